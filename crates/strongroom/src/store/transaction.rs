//! A context that changes named keys, all or none.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::context::Context;
use super::key::Key;
use super::line::Line;
use super::locals::Locals;
use super::named::NamedKey;
use super::reach::Reach;
use super::snapshot::Snapshot;
use crate::error::{Error, ErrorKind, Operation};
use crate::kind::each::Kind as _;
use crate::kind::{KeyId, KeySet, Kind};

/// A [`Context`] whose changes to named keys take effect together when its closure returns `Ok`, or not at all.
///
/// It sees its own changes; nobody else does before the end.
pub struct Transaction<'c, S: KeySet> {
    context: Context<'c, S>,
}

impl<'c, S: KeySet> Transaction<'c, S> {
    pub(super) fn new(base: &'c Snapshot<S>, locals: &'c Locals) -> Self {
        Self { context: Context::new(Reach::of_transaction(base, locals)) }
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

    /// Gives a key of the context a name, under which it stays in the store. A key that had the name is replaced.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: the store was locked meanwhile.
    pub fn insert<I: KeyId<Set = S>>(&mut self, id: I, key: Key<'c, I::Kind>) -> Result<(), Error>
    where
        I::Kind: Kind<Id<S> = I>,
    {
        let reach = self.context.reach_mut();
        if reach.is_locked() {
            return Err(Error::with(Operation::Insert, &id, ErrorKind::Locked));
        }
        I::Kind::of_mut(reach.changes())
            .insert(id, Some(Arc::new(NamedKey { name: id, key: Arc::clone(key.stored()) })));
        Ok(())
    }

    /// Removes a named key. It is erased when the last context that sees it has ended.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`]: the store is locked. [`ErrorKind::UnknownKey`]: the store holds no key of this name.
    pub fn remove<I: KeyId<Set = S>>(&mut self, id: I) -> Result<(), Error>
    where
        I::Kind: Kind<Id<S> = I>,
    {
        let reach = self.context.reach();
        if !reach.contains::<I::Kind>(id) {
            // Asked after the look: a lock in between takes the key away.
            let kind = if reach.is_locked() { ErrorKind::Locked } else { ErrorKind::UnknownKey };
            return Err(Error::with(Operation::Remove, &id, kind));
        }
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

/// How many keys it sees and changes; not which.
impl<S: KeySet> fmt::Debug for Transaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("context", &self.context).finish_non_exhaustive()
    }
}
