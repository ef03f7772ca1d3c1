//! A key of the store with one of its names.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::stored::Stored;
use crate::kind::each::{Any, Family};
use crate::kind::{Kind, with_any};
use crate::name::KeySet;

/// A key and a name of it, of whatever type the name is.
pub(super) trait Named<K: Kind>: Send + Sync {
    fn key(&self) -> &Arc<Stored<K>>;
    fn name(&self) -> &dyn fmt::Debug;
}

/// A key of the store, and one of its names.
pub(super) struct NamedKey<S: KeySet, K: Kind> {
    pub(super) name: S,
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

/// A key of the store with one of its names, of any kind.
pub(super) struct AnyKey<S: KeySet>(Any<NamedKeys<S>>);

struct NamedKeys<S>(PhantomData<S>);

impl<S: KeySet> Family for NamedKeys<S> {
    type Member<K: Kind> = Arc<NamedKey<S, K>>;
}

impl<S: KeySet> AnyKey<S> {
    pub(super) fn new<K: Kind>(key: NamedKey<S, K>) -> Self {
        Self(K::any(Arc::new(key)))
    }

    /// Returns it, if it is of this kind.
    #[inline]
    pub(super) fn of<K: Kind>(&self) -> Option<&Arc<NamedKey<S, K>>> {
        K::of_any(&self.0)
    }

    /// Returns the name of its kind.
    pub(super) fn kind(&self) -> &'static str {
        fn kind<S: KeySet, K: Kind>(_: &NamedKey<S, K>) -> &'static str {
            K::NAME
        }
        with_any!(&self.0, key => kind(key))
    }

    /// Returns whether they are one naming of one key.
    pub(super) fn is(&self, other: &Self) -> bool {
        fn is<S: KeySet, K: Kind>(one: &Arc<NamedKey<S, K>>, other: &AnyKey<S>) -> bool {
            other.of::<K>().is_some_and(|other| Arc::ptr_eq(one, other))
        }
        with_any!(&self.0, key => is(key, other))
    }

    /// Tells the key that it has a name.
    pub(super) fn settle(&self) {
        with_any!(&self.0, named => named.key.settle());
    }
}

impl<S: KeySet> Clone for AnyKey<S> {
    fn clone(&self) -> Self {
        Self(match &self.0 {
            Any::Symmetric(key) => Any::Symmetric(Arc::clone(key)),
            Any::Asymmetric(key) => Any::Asymmetric(Arc::clone(key)),
        })
    }
}
