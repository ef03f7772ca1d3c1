//! A key of the store with one of its names.

use std::fmt;
use std::sync::Arc;

use super::stored::Stored;
use crate::kind::{KeySet, Kind};

/// A key and a name of it, of whatever type the name is.
pub(super) trait Named<K: Kind>: Send + Sync {
    fn key(&self) -> &Arc<Stored<K>>;
    fn name(&self) -> &dyn fmt::Debug;
}

/// A key of the store, and one of its names.
pub(super) struct NamedKey<S: KeySet, K: Kind> {
    pub(super) name: K::Id<S>,
    pub(super) key: Arc<Stored<K>>,
}

impl<S: KeySet, K: Kind> Named<K> for NamedKey<S, K> {
    #[inline]
    fn key(&self) -> &Arc<Stored<K>> {
        &self.key
    }

    fn name(&self) -> &dyn fmt::Debug {
        &self.name
    }
}
