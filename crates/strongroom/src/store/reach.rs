//! The keys within reach of a context: its own, its parent's, a transaction's changes, and one snapshot.

use std::sync::Arc;

use super::key::Key;
use super::locals::Locals;
use super::lookup::Probe;
use super::named::AnyKey;
use super::session::Session;
use super::snapshot::{Changes, Snapshot};
use super::stored::{InUse, Stored};
use crate::error::{Error, ErrorKind, Operation};
use crate::kind::Kind;
use crate::name::KeySet;
use crate::operation::Boxed;
use strongroom_memory::SecretMemory;

pub(super) struct Reach<'r, S: KeySet> {
    snapshot: &'r Snapshot<S>,
    /// Whether keys may be used: on a locked store they may in a transaction alone.
    open: bool,
    /// What the transaction has changed so far; none in any other context.
    changes: Option<Box<Changes<S>>>,
    /// The keys that the context holds.
    locals: &'r Locals,
    parent: Option<&'r Reach<'r, S>>,
}

impl<'r, S: KeySet> Reach<'r, S> {
    #[inline]
    pub(super) fn of_context(snapshot: &'r Snapshot<S>, locals: &'r Locals) -> Self {
        Self { snapshot, open: !snapshot.is_locked(), changes: None, locals, parent: None }
    }

    pub(super) fn of_transaction(snapshot: &'r Snapshot<S>, locals: &'r Locals) -> Self {
        Self { open: true, changes: Some(Box::default()), ..Self::of_context(snapshot, locals) }
    }

    #[inline]
    pub(super) fn of_child(parent: &'r Reach<'r, S>, locals: &'r Locals) -> Self {
        Self { open: parent.open, parent: Some(parent), ..Self::of_context(parent.snapshot, locals) }
    }

    pub(super) fn snapshot(&self) -> &'r Snapshot<S> {
        self.snapshot
    }

    fn session(&self) -> &'r Arc<Session> {
        self.snapshot.session()
    }

    pub(super) fn memory(&self) -> &'r SecretMemory {
        self.session().memory()
    }

    /// Goes through itself, its parent, and so on.
    fn line(&self) -> impl Iterator<Item = &Reach<'r, S>> {
        std::iter::successors(Some(self), |reach| reach.parent)
    }

    pub(super) fn is_locked(&self) -> bool {
        !self.open || self.session().is_over()
    }

    /// Returns whether there is a key of this name, and the store is not locked.
    pub(super) fn contains(&self, name: &impl Probe<S>) -> bool {
        !self.is_locked()
            && match self.changed(name) {
                Some(change) => change.is_some(),
                None => self.snapshot.find(name).is_some(),
            }
    }

    /// Finds what a transaction has done to a name.
    #[inline]
    fn changed(&self, name: &impl Probe<S>) -> Option<Option<&AnyKey<S>>> {
        let mut changes = self.line().filter_map(|reach| reach.changes.as_deref());
        changes.find_map(|changes| name.in_map(changes)).map(Option::as_ref)
    }

    /// Counts the local keys within reach.
    pub(super) fn local_len(&self) -> usize {
        self.line().map(|reach| reach.locals.count()).sum()
    }

    /// Looks a named key up. No lock is held and no gate passed: names are the caller's code.
    pub(super) fn key<K: Kind>(&self, name: &impl Probe<S>) -> Result<Key<'r, K>, Error> {
        let failed = |kind| Error::with(Operation::Find, name, kind);
        let of_kind = |key: &'_ AnyKey<S>| ErrorKind::OtherKind { expected: K::NAME, found: key.kind() };
        if self.is_locked() {
            return Err(failed(ErrorKind::Locked));
        }
        match self.changed(name) {
            // A thread that a forked child does not have may be adding another.
            Some(Some(_)) if !self.memory().is_of_this_process() => Err(failed(ErrorKind::ForkedChild)),
            Some(Some(key)) => {
                let named = key.of::<K>().ok_or_else(|| failed(of_kind(key)))?;
                Ok(Key::held(self.locals.look_up::<K>(Arc::clone(named) as _)))
            }
            Some(None) => Err(failed(ErrorKind::UnknownKey)),
            None => {
                let key = self.snapshot.find(name).ok_or_else(|| failed(ErrorKind::UnknownKey))?;
                Ok(Key::named(&**key.of::<K>().ok_or_else(|| failed(of_kind(key)))?))
            }
        }
    }

    /// Runs one primitive operation with a key.
    #[inline]
    pub(super) fn using<K: Kind, R>(
        &self,
        operation: Operation,
        key: Key<'r, K>,
        run: impl FnOnce(&SecretMemory, &Boxed<K>) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        let run = || {
            let pass = self.session().enter()?;
            let prepared = key.stored().prepared(&pass)?;
            run(self.memory(), there(&prepared)?)
        };
        run().map_err(|kind| key.failed(operation, kind))
    }

    /// Runs one primitive operation with two keys; its error names the first.
    pub(super) fn using_both<A: Kind, B: Kind, R>(
        &self,
        operation: Operation,
        first: Key<'r, A>,
        second: Key<'r, B>,
        run: impl FnOnce(&SecretMemory, &Boxed<A>, &Boxed<B>) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        let run = || {
            let pass = self.session().enter()?;
            let (one, other) = (first.stored().prepared(&pass)?, second.stored().prepared(&pass)?);
            run(self.memory(), there(&one)?, there(&other)?)
        };
        run().map_err(|kind| first.failed(operation, kind))
    }

    /// Makes something that is not a key of the store by code of the program's own, which may take its time or lock the
    /// store: no gate is passed.
    pub(super) fn making_outside<R>(
        &self,
        operation: Operation,
        make: impl FnMut(&SecretMemory) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        if self.is_locked() {
            return Err(Error::of(operation, ErrorKind::Locked));
        }
        self.session().with_room(make).map_err(|kind| Error::of(operation, kind))
    }

    /// Makes something that is no key of the store, by one primitive operation.
    pub(super) fn making<R>(
        &self,
        operation: Operation,
        mut make: impl FnMut(&SecretMemory) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        if !self.open {
            return Err(Error::of(operation, ErrorKind::Locked));
        }
        let session = self.session();
        let made = session.with_room(|memory| {
            let _pass = session.enter()?;
            make(memory)
        });
        made.map_err(|kind| Error::of(operation, kind))
    }

    /// Makes something that is no key of the store with a key, by one primitive operation.
    pub(super) fn making_by<K: Kind, R>(
        &self,
        operation: Operation,
        key: Key<'r, K>,
        mut make: impl FnMut(&SecretMemory, &Boxed<K>) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        let session = self.session();
        let made = session.with_room(|memory| {
            let pass = session.enter()?;
            make(memory, there(&key.stored().prepared(&pass)?)?)
        });
        made.map_err(|kind| key.failed(operation, kind))
    }

    /// Makes a local key by one primitive operation.
    pub(super) fn make<K: Kind>(
        &self,
        operation: Operation,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<Key<'r, K>, Error> {
        self.add(make).map_err(|kind| Error::of(operation, kind))
    }

    /// Makes a local key out of another key, by one primitive operation.
    pub(super) fn make_by<B: Kind, K: Kind>(
        &self,
        operation: Operation,
        by: Key<'r, B>,
        mut make: impl FnMut(&SecretMemory, &Boxed<B>) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<Key<'r, K>, Error> {
        let session = self.session();
        let made = self.add(|memory| {
            let pass = session.enter()?;
            make(memory, there(&by.stored().prepared(&pass)?)?)
        });
        made.map_err(|kind| by.failed(operation, kind))
    }

    /// Makes a local key.
    fn add<K: Kind>(
        &self,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<Key<'r, K>, ErrorKind> {
        if !self.open {
            return Err(ErrorKind::Locked);
        }
        let key = Stored::make(self.session(), make)?;
        Ok(Key::held(self.locals.add(key)))
    }

    /// Returns where a transaction notes its changes.
    pub(super) fn changes(&mut self) -> &mut Changes<S> {
        self.changes.get_or_insert_default()
    }

    pub(super) fn into_changes(self) -> Changes<S> {
        self.changes.map_or_else(Changes::default, |changes| *changes)
    }
}

/// Returns the key itself. It is gone if the store was locked meanwhile.
#[inline]
fn there<'p, K: Kind>(prepared: &'p InUse<'_, K>) -> Result<&'p Boxed<K>, ErrorKind> {
    // Not `ok_or`: every operation would make the error, and drop it by a call.
    match prepared.get() {
        Some(key) => Ok(key),
        None => Err(ErrorKind::Locked),
    }
}
