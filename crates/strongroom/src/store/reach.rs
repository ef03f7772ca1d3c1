//! The keys within reach of a context: its own, its parent's, a transaction's changes, and one snapshot.

use std::sync::Arc;

use super::key::Key;
use super::session::Session;
use super::snapshot::{Changes, Snapshot};
use crate::error::{Error, ErrorKind, Operation};
use crate::id::KeyRef;
use crate::kind::each::{Each, Family, Kind as _};
use crate::kind::{KeySet, Kind, for_each_kind};
use crate::operation::Boxed;
use strongroom_memory::SecretMemory;

/// For each kind, the local keys.
struct Locals;

impl Family for Locals {
    type Member<K: Kind> = Vec<Arc<Key<K>>>;
}

pub(super) struct Reach<'r, S: KeySet> {
    snapshot: &'r Snapshot<S>,
    /// Whether keys may be used: on a locked store they may in a transaction alone.
    open: bool,
    /// What the transaction has changed so far; none in any other context.
    changes: Option<Box<Changes<S>>>,
    locals: Each<Locals>,
    parent: Option<&'r Reach<'r, S>>,
}

impl<'r, S: KeySet> Reach<'r, S> {
    #[inline]
    pub(super) fn of_context(snapshot: &'r Snapshot<S>) -> Self {
        let open = !snapshot.is_locked();
        Self { snapshot, open, changes: None, locals: Each::default(), parent: None }
    }

    pub(super) fn of_transaction(snapshot: &'r Snapshot<S>) -> Self {
        Self { open: true, changes: Some(Box::default()), ..Self::of_context(snapshot) }
    }

    #[inline]
    pub(super) fn of_child(parent: &'r Reach<'r, S>) -> Self {
        Self { open: parent.open, parent: Some(parent), ..Self::of_context(parent.snapshot) }
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

    /// Finds the key of this name, if it is there and the store is not locked.
    pub(super) fn named<K: Kind>(&self, id: K::Id<S>) -> Option<&Arc<Key<K>>> {
        if self.is_locked() { None } else { self.find_named(id) }
    }

    #[inline]
    fn find_named<K: Kind>(&self, id: K::Id<S>) -> Option<&Arc<Key<K>>> {
        for changes in self.line().filter_map(|reach| reach.changes.as_deref()) {
            if let Some(change) = K::of(changes).get(&id) {
                return change.as_ref();
            }
        }
        self.snapshot.find(id)
    }

    /// Finds the local key of this number: a child goes on counting where its parent ended.
    pub(super) fn local<K: Kind>(&self, index: usize) -> Option<&Arc<Key<K>>> {
        let inherited = self.inherited::<K>();
        match (index.checked_sub(inherited), self.parent) {
            (Some(own), _) => K::of(&self.locals).get(own),
            (None, Some(parent)) => parent.local(index),
            (None, None) => None,
        }
    }

    fn inherited<K: Kind>(&self) -> usize {
        self.parent.iter().map(|parent| parent.inherited::<K>() + K::of(&parent.locals).len()).sum()
    }

    /// Counts the local keys within reach, of all kinds.
    pub(super) fn local_len(&self) -> usize {
        let mut sum = 0;
        for_each_kind!(K => sum += self.inherited::<K>() + K::of(&self.locals).len());
        sum
    }

    /// Finds a key. No lock is held and no gate passed: names are the caller's code.
    fn find<K: Kind>(&self, key: KeyRef<'_, S, K>) -> Result<&Arc<Key<K>>, ErrorKind> {
        let found = match key {
            KeyRef::Named(id) if self.open => self.find_named(id),
            KeyRef::Named(_) => None,
            KeyRef::Local(key) => self.local(key.index()),
        };
        found.ok_or_else(|| if self.is_locked() { ErrorKind::Locked } else { ErrorKind::UnknownKey })
    }

    /// Returns the error of an operation with a key, by its name if it has one. No lock is held and no gate passed: showing a name is the caller's
    /// code.
    #[cold]
    pub(super) fn failed<K: Kind>(operation: Operation, key: KeyRef<'_, S, K>, kind: ErrorKind) -> Error {
        match key {
            KeyRef::Named(id) => Error::with(operation, &id, kind),
            KeyRef::Local(_) => Error::of(operation, kind),
        }
    }

    /// Runs one primitive operation with a key.
    #[inline]
    pub(super) fn using<K: Kind, R>(
        &self,
        operation: Operation,
        key: KeyRef<'_, S, K>,
        run: impl FnOnce(&SecretMemory, &Boxed<K>) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        let done = self.find(key).and_then(|key| {
            let pass = self.session().enter()?;
            let prepared = key.prepared(&pass)?;
            run(self.memory(), prepared.get().ok_or(ErrorKind::Locked)?)
        });
        done.map_err(|kind| Self::failed(operation, key, kind))
    }

    /// Runs one primitive operation with two keys; its error names the first. Both are found before the gate is passed: who
    /// finds the second one inside it runs the caller's code there, and if that locks the store, it waits for itself.
    pub(super) fn using_both<A: Kind, B: Kind, R>(
        &self,
        operation: Operation,
        first: KeyRef<'_, S, A>,
        second: KeyRef<'_, S, B>,
        run: impl FnOnce(&SecretMemory, &Boxed<A>, &Boxed<B>) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        let one = self.find(first).map_err(|kind| Self::failed(operation, first, kind))?;
        let other = self.find(second).map_err(|kind| Self::failed(operation, second, kind))?;
        let run = || {
            let pass = self.session().enter()?;
            let (one, other) = (one.prepared(&pass)?, other.prepared(&pass)?);
            match (one.get(), other.get()) {
                (Some(one), Some(other)) => run(self.memory(), one, other),
                _ => Err(ErrorKind::Locked),
            }
        };
        run().map_err(|kind| Self::failed(operation, first, kind))
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
        key: KeyRef<'_, S, K>,
        mut make: impl FnMut(&SecretMemory, &Boxed<K>) -> Result<R, ErrorKind>,
    ) -> Result<R, Error> {
        let session = self.session();
        let made = self.find(key).and_then(|key| {
            session.with_room(|memory| {
                let pass = session.enter()?;
                make(memory, key.prepared(&pass)?.get().ok_or(ErrorKind::Locked)?)
            })
        });
        made.map_err(|kind| Self::failed(operation, key, kind))
    }

    /// Makes a local key by one primitive operation; returns its number.
    pub(super) fn make<K: Kind>(
        &mut self,
        operation: Operation,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<usize, Error> {
        self.add(make).map_err(|kind| Error::of(operation, kind))
    }

    /// Makes a local key out of another key, by one primitive operation; returns its number.
    pub(super) fn make_by<B: Kind, K: Kind>(
        &mut self,
        operation: Operation,
        by: KeyRef<'_, S, B>,
        mut make: impl FnMut(&SecretMemory, &Boxed<B>) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<usize, Error> {
        let session = self.session();
        let made = self.find(by).map(Arc::clone).and_then(|by| {
            self.add(|memory| {
                let pass = session.enter()?;
                make(memory, by.prepared(&pass)?.get().ok_or(ErrorKind::Locked)?)
            })
        });
        made.map_err(|kind| Self::failed(operation, by, kind))
    }

    /// Makes a local key; returns its number.
    fn add<K: Kind>(
        &mut self,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<usize, ErrorKind> {
        if !self.open {
            return Err(ErrorKind::Locked);
        }
        let key = Key::make(self.session(), make)?;
        let inherited = self.inherited::<K>();
        let own = K::of_mut(&mut self.locals);
        own.push(key);
        Ok(inherited + own.len() - 1)
    }

    /// Returns where a transaction notes its changes.
    pub(super) fn changes(&mut self) -> &mut Changes<S> {
        self.changes.get_or_insert_default()
    }

    pub(super) fn into_changes(self) -> Changes<S> {
        self.changes.map_or_else(Changes::<S>::default, |changes| *changes)
    }
}
