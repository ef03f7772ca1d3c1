//! A context that changes named keys, all or none.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::context::Context;
use super::key::Key;
use super::line::Line;
use super::locals::Locals;
use super::named::{AnyKey, NamedKey};
use super::reach::Reach;
use super::snapshot::Snapshot;
use crate::error::{Error, ErrorKind, Operation};
use crate::kind::Kind;
use crate::name::{KeyName, KeySet};

/// Changes named keys: a [`Context`] whose changes take effect together when its closure returns `Ok`, or not at all.
///
/// It sees its own changes. Nobody else sees them before the end.
pub struct Transaction<'c, S: KeySet> {
    context: Context<'c, S>,
}

impl<'c, S: KeySet> Transaction<'c, S> {
    pub(super) fn new(base: &'c Snapshot<S>, locals: &'c Locals) -> Self {
        Self { context: Context::new(Reach::of_transaction(base, locals)) }
    }

    /// Returns whether the store was locked when it began, so that its commit unlocks the store.
    pub(super) fn unlocks(&self) -> bool {
        self.context.reach().snapshot().is_locked()
    }

    /// Puts its changes into the line, unless one of the names was changed since it began.
    pub(super) fn commit(self, line: &Line<Snapshot<S>>) -> Result<(), Error> {
        let base = self.context.reach().snapshot();
        let reach = self.context.into_reach();
        let changes = reach.into_changes();
        if changes.is_empty() {
            return Ok(());
        }
        line.advance(|now| now.changed(base, &changes))?;
        changes.values().flatten().for_each(AnyKey::settle);
        Ok(())
    }

    /// Gives a key of the context a name, under which it stays in the store.
    ///
    /// # Errors
    /// - [`ErrorKind::NameTaken`]: the store holds a key of this name. To put another in its place, use
    ///   [`replace`](Self::replace).
    /// - [`ErrorKind::Locked`]: the store was locked meanwhile.
    pub fn insert<K: Kind>(&mut self, name: impl KeyName<S, K>, key: Key<'c, K>) -> Result<(), Error> {
        let name: S = name.into();
        if self.context.reach().contains(&name) {
            return Err(Error::with(Operation::Insert, &name, ErrorKind::NameTaken));
        }
        self.put(name, key)
    }

    /// Gives a key of the context a name, also one that another key has. That key loses the name, and is erased when
    /// the last context that sees it has ended.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: the store was locked meanwhile.
    pub fn replace<K: Kind>(&mut self, name: impl KeyName<S, K>, key: Key<'c, K>) -> Result<(), Error> {
        self.put(name.into(), key)
    }

    fn put<K: Kind>(&mut self, name: S, key: Key<'c, K>) -> Result<(), Error> {
        let reach = self.context.reach_mut();
        if reach.is_locked() {
            return Err(Error::with(Operation::Insert, &name, ErrorKind::Locked));
        }
        let named = NamedKey { name: name.clone(), key: Arc::clone(key.stored()) };
        reach.changes().insert(name, Some(AnyKey::new(named)));
        Ok(())
    }

    /// Removes a named key. The key is erased when the last context that sees it has ended.
    ///
    /// # Errors
    /// - [`ErrorKind::UnknownKey`]: the store holds no key of this name.
    /// - [`ErrorKind::Locked`]: the store was locked meanwhile.
    pub fn remove(&mut self, name: impl Into<S>) -> Result<(), Error> {
        let name = name.into();
        let reach = self.context.reach();
        if !reach.contains(&name) {
            // Asked after the look: a lock in between takes the key away.
            let kind = if reach.is_locked() { ErrorKind::Locked } else { ErrorKind::UnknownKey };
            return Err(Error::with(Operation::Remove, &name, kind));
        }
        self.context.reach_mut().changes().insert(name, None);
        Ok(())
    }
}

impl<'c, S: KeySet> Deref for Transaction<'c, S> {
    type Target = Context<'c, S>;

    fn deref(&self) -> &Context<'c, S> {
        &self.context
    }
}

/// Shows how many keys it sees, but no name.
impl<S: KeySet> fmt::Debug for Transaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("context", &self.context).finish_non_exhaustive()
    }
}
