//! Keys by reference: tokens of a context.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use super::locals::Entry;
use super::named::Named;
use super::stored::Stored;
use crate::error::{Error, ErrorKind, Operation};
use crate::kind::{Kind, Symmetric};

/// Makes `'c` invariant: one context's brand can neither shrink nor grow into another's.
pub(super) type Brand<'c> = PhantomData<fn(&'c ()) -> &'c ()>;

/// A key of a context, by reference: an opaque token, freely copied. It is a local key, which is erased when its
/// context ends, or one of the store's that the context has [looked up](super::Context::key).
///
/// The brand `'c` ties it to the context that made it: it cannot leave the closure that received the context, and no
/// other context accepts it.
pub struct Key<'c, K: Kind = Symmetric> {
    held: Held<'c, K>,
    brand: Brand<'c>,
}

/// Where the key is until the context ends.
enum Held<'c, K: Kind> {
    Local(&'c Arc<Stored<K>>),
    Named(&'c dyn Named<K>),
}

impl<K: Kind> Clone for Held<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Held<'_, K> {}

impl<'c, K: Kind> Key<'c, K> {
    /// Returns the token of a key that a context holds. Only a context calls this, for its own brand.
    pub(super) fn held(entry: &'c Entry<K>) -> Self {
        let held = match entry {
            Entry::Local(key) => Held::Local(key),
            Entry::Named(named) => Held::Named(&**named),
        };
        Self { held, brand: PhantomData }
    }

    /// Returns the token of a key of the context's snapshot. Only a context calls this, for its own brand.
    pub(super) fn named(named: &'c dyn Named<K>) -> Self {
        Self { held: Held::Named(named), brand: PhantomData }
    }

    /// Returns the same key as one of a context that ends first.
    pub(super) fn lent<'d>(self) -> Key<'d, K>
    where
        'c: 'd,
    {
        Key { held: self.held, brand: PhantomData }
    }

    #[inline]
    pub(super) fn stored(self) -> &'c Arc<Stored<K>> {
        match self.held {
            Held::Local(key) => key,
            Held::Named(named) => named.key(),
        }
    }

    /// Returns the name by which it was looked up.
    fn name(&self) -> Option<&'c dyn fmt::Debug> {
        match self.held {
            Held::Local(_) => None,
            Held::Named(named) => Some(named.name()),
        }
    }

    /// Returns where the key or, if it was looked up, its name is: one place for each.
    fn place(&self) -> *const () {
        match self.held {
            Held::Local(key) => Arc::as_ptr(key).cast(),
            Held::Named(named) => std::ptr::from_ref(named).cast(),
        }
    }

    /// Returns the error of an operation with the key, by its name if it has one. No lock is held and no gate passed:
    /// showing a name is the caller's code.
    #[cold]
    pub(super) fn failed(self, operation: Operation, kind: ErrorKind) -> Error {
        match self.name() {
            Some(name) => Error::with(operation, name, kind),
            None => Error::of(operation, kind),
        }
    }
}

impl<K: Kind> Clone for Key<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for Key<'_, K> {}

/// Equal if they are one local key, or one key looked up by one name.
impl<K: Kind> PartialEq for Key<'_, K> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.place(), other.place())
    }
}
impl<K: Kind> Eq for Key<'_, K> {}
impl<K: Kind> Hash for Key<'_, K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place().hash(state);
    }
}

/// The kind, and the name by which it was looked up: `Key(symmetric, User)`, or `Key(symmetric)` for a local key.
impl<K: Kind> fmt::Debug for Key<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Key({}, {name:?})", K::NAME),
            None => write!(f, "Key({})", K::NAME),
        }
    }
}
