//! A context that changes named keys, all or none.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::context::Context;
use super::line::Line;
use super::reach::Reach;
use super::snapshot::Snapshot;
use crate::error::{Error, ErrorKind, Operation};
use crate::id::LocalKey;
use crate::kind::each::Kind as _;
use crate::kind::{KeyId, KeySet, Kind};

/// A [`Context`] whose changes to named keys take effect together when its closure returns `Ok`, or not at all.
///
/// It sees its own changes; nobody else does before the end.
pub struct Transaction<'c, S: KeySet> {
    context: Context<'c, S>,
}

impl<'c, S: KeySet> Transaction<'c, S> {
    pub(super) fn new(base: &'c Snapshot<S>) -> Self {
        Self { context: Context::new(Reach::of_transaction(base)) }
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
        changes.settle();
        Ok(())
    }

    /// Gives a local key a name, under which it stays in the store. A key that had the name is replaced.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: the store was locked meanwhile. [`ErrorKind::UnknownKey`]: the context has no such local key,
    /// which no program that compiles can bring about.
    pub fn insert<I: KeyId<Set = S>>(&mut self, id: I, key: LocalKey<'c, I::Kind>) -> Result<(), Error>
    where
        I::Kind: Kind<Id<S> = I>,
    {
        let reach = self.context.reach_mut();
        if reach.is_locked() {
            return Err(Error::with(Operation::Insert, &id, ErrorKind::Locked));
        }
        let local = reach.local::<I::Kind>(key.index()).map(Arc::clone);
        let local = local.ok_or_else(|| Error::with(Operation::Insert, &key, ErrorKind::UnknownKey))?;
        I::Kind::of_mut(reach.changes()).insert(id, Some(local));
        Ok(())
    }

    /// Says why, if there is no key of this name.
    pub(crate) fn demand<I: KeyId<Set = S>>(&self, operation: Operation, id: I) -> Result<(), Error>
    where
        I::Kind: Kind<Id<S> = I>,
    {
        let reach = self.context.reach();
        match reach.named::<I::Kind>(id) {
            Some(_) => Ok(()),
            // Asked after the look: a lock in between takes the key away.
            None if reach.is_locked() => Err(Error::with(operation, &id, ErrorKind::Locked)),
            None => Err(Error::with(operation, &id, ErrorKind::UnknownKey)),
        }
    }

    /// Removes a named key. It is erased when the last context that sees it has ended.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: the store is locked. [`ErrorKind::UnknownKey`]: the store holds no key of this name.
    pub fn remove<I: KeyId<Set = S>>(&mut self, id: I) -> Result<(), Error>
    where
        I::Kind: Kind<Id<S> = I>,
    {
        self.demand(Operation::Remove, id)?;
        I::Kind::of_mut(self.context.reach_mut().changes()).insert(id, None);
        Ok(())
    }
}

impl<'c, S: KeySet> Deref for Transaction<'c, S> {
    type Target = Context<'c, S>;

    fn deref(&self) -> &Context<'c, S> {
        &self.context
    }
}

impl<S: KeySet> DerefMut for Transaction<'_, S> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.context
    }
}

/// How many keys it sees and changes; not which.
impl<S: KeySet> fmt::Debug for Transaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("context", &self.context).finish_non_exhaustive()
    }
}
