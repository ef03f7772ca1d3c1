//! What ties a child context to its parent.

use std::fmt;
use std::marker::PhantomData;

use crate::id::{Brand, KeyRef, LocalKey};
use crate::kind::{KeySet, Kind};

/// Lends the local keys of a context to its child: see [`Context::child`](super::Context::child).
pub struct Parent<'p, 'c> {
    parent: Brand<'p>,
    child: Brand<'c>,
}

impl<'p, 'c> Parent<'p, 'c> {
    pub(super) fn new() -> Self {
        Self { parent: PhantomData, child: PhantomData }
    }

    /// The parent's key, for the child.
    #[must_use]
    pub fn lend<K: Kind>(&self, key: LocalKey<'p, K>) -> LocalKey<'c, K> {
        LocalKey::new(key.index())
    }

    /// A reference of the parent's, for the child.
    #[must_use]
    pub fn lend_ref<S: KeySet, K: Kind>(&self, key: KeyRef<'p, S, K>) -> KeyRef<'c, S, K> {
        match key {
            KeyRef::Named(id) => KeyRef::Named(id),
            KeyRef::Local(key) => KeyRef::Local(self.lend(key)),
        }
    }
}

impl fmt::Debug for Parent<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parent")
    }
}
