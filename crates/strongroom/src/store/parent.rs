//! What ties a child context to its parent.

use std::fmt;
use std::marker::PhantomData;

use super::key::{Brand, Key};
use crate::kind::Kind;

/// Lends the keys of a context to its child: see [`Context::child`](super::Context::child).
pub struct Parent<'p: 'c, 'c> {
    parent: Brand<'p>,
    child: Brand<'c>,
    /// The child ends first.
    lasts: PhantomData<&'c &'p ()>,
}

impl<'p: 'c, 'c> Parent<'p, 'c> {
    pub(super) fn new() -> Self {
        Self { parent: PhantomData, child: PhantomData, lasts: PhantomData }
    }

    /// Returns the parent's key, for the child.
    #[must_use]
    pub fn lend<K: Kind>(&self, key: Key<'p, K>) -> Key<'c, K> {
        key.lent()
    }
}

impl fmt::Debug for Parent<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parent")
    }
}
