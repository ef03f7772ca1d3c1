//! The named keys at one moment.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use super::named::NamedKey;
use super::session::Session;
use super::table::Table;
use crate::error::{Error, ErrorKind, Operation};
use crate::kind::each::{Each, Family, Kind as _};
use crate::kind::{KeySet, Kind, for_each_kind};

/// For each kind, the named keys.
struct Named<S>(PhantomData<S>);

impl<S: KeySet> Family for Named<S> {
    type Member<K: Kind> = Table<K::Id<S>, Arc<NamedKey<S, K>>>;
}

/// For each kind, changes to named keys.
pub(super) struct Changed<S>(PhantomData<S>);

impl<S: KeySet> Family for Changed<S> {
    type Member<K: Kind> = HashMap<K::Id<S>, Option<Arc<NamedKey<S, K>>>>;
}

/// Changes to named keys: a key to put in place, or `None` to remove what is there.
pub(super) type Changes<S> = Each<Changed<S>>;

/// The named keys at one moment. Never changed: a commit puts another one in its place.
pub(super) struct Snapshot<S: KeySet> {
    session: Arc<Session>,
    /// Whether no transaction of the session was committed since the store was locked.
    locked: bool,
    named: Each<Named<S>>,
}

impl<S: KeySet> Snapshot<S> {
    pub(super) fn empty(session: Arc<Session>, locked: bool) -> Self {
        Self { session, locked, named: Each::default() }
    }

    #[inline]
    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    #[inline]
    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    #[inline]
    pub(super) fn find<K: Kind>(&self, id: K::Id<S>) -> Option<&Arc<NamedKey<S, K>>> {
        K::of(&self.named).find(&id)
    }

    /// Returns the names of a kind.
    pub(super) fn names<K: Kind>(&self) -> Vec<K::Id<S>> {
        K::of(&self.named).names().copied().collect()
    }

    pub(super) fn len(&self) -> usize {
        let mut sum = 0;
        for_each_kind!(K => sum += K::of(&self.named).len());
        sum
    }

    /// The snapshot that these changes, made by looking at `base`, make of this one.
    ///
    /// # Errors
    /// The store was locked since `base`, or a name that they change has another key than it had.
    pub(super) fn changed(&self, base: &Self, changes: &Changes<S>) -> Result<Self, Error> {
        if !Arc::ptr_eq(&self.session, &base.session) {
            return Err(Error::of(Operation::Commit, ErrorKind::Locked));
        }
        let mut named = Each::<Named<S>>::default();
        for_each_kind!(K => *K::of_mut(&mut named) = self.changed_of::<K>(base, K::of(changes))?);
        Ok(Self { session: Arc::clone(&self.session), locked: false, named })
    }

    fn changed_of<K: Kind>(
        &self,
        base: &Self,
        changes: &<Changed<S> as Family>::Member<K>,
    ) -> Result<<Named<S> as Family>::Member<K>, Error> {
        for id in changes.keys() {
            let same = match (base.find::<K>(*id), self.find::<K>(*id)) {
                (Some(before), Some(now)) => Arc::ptr_eq(before, now),
                (None, None) => true,
                _ => false,
            };
            if !same {
                return Err(Error::with(Operation::Commit, id, ErrorKind::Conflict));
            }
        }
        Ok(K::of(&self.named).changed(changes.iter()))
    }
}

impl<S: KeySet> Changes<S> {
    pub(super) fn is_empty(&self) -> bool {
        let mut empty = true;
        for_each_kind!(K => empty &= K::of(self).is_empty());
        empty
    }

    /// Tells the keys that these changes have named them.
    pub(super) fn settle(&self) {
        for_each_kind!(K => K::of(self).values().flatten().for_each(|named| named.key.settle()));
    }
}
