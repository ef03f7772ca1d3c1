//! A secret that is looked at inside the gate alone.
//!
//! A look keeps the secret alive until it ends. `lock` waits for those inside the gate and for nobody else, so it would
//! come back while a look from outside still keeps a key. Hence a look takes a [`Pass`] and does not outlive it.

use std::marker::PhantomData;
use std::sync::Arc;

use super::gate::Pass;
use super::sync::{Seen, Swap};

/// A secret, or none.
pub(super) struct Gated<T> {
    current: Swap<Option<Arc<T>>>,
}

/// What was there at a look. It stays alive as long as this.
pub(super) struct Look<'p, T> {
    seen: Seen<Option<Arc<T>>>,
    inside: PhantomData<&'p ()>,
}

impl<T> Gated<T> {
    pub(super) fn new(secret: Option<T>) -> Self {
        Self { current: Swap::new(secret.map(Arc::new)) }
    }

    #[inline]
    pub(super) fn look<'p>(&self, _pass: &'p Pass<'_>) -> Look<'p, T> {
        Look { seen: self.current.load(), inside: PhantomData }
    }

    /// Puts a secret in place of what was there, and looks at it.
    pub(super) fn put<'p>(&self, pass: &'p Pass<'_>, secret: T) -> Look<'p, T> {
        let secret = Arc::new(secret);
        drop(self.current.swap(Some(Arc::clone(&secret))));
        Look::at(pass, secret)
    }

    /// Puts a secret there if nothing is, and looks at what is there then.
    pub(super) fn put_first<'p>(&self, pass: &'p Pass<'_>, secret: T) -> Look<'p, T> {
        self.current.replace(&Seen::from_inner(None), Some(Arc::new(secret)));
        self.look(pass)
    }

    /// Erases what is there; with the last look at it, if there are any.
    pub(super) fn erase(&self) {
        drop(self.current.swap(None));
    }
}

impl<'p, T> Look<'p, T> {
    /// A look at a secret that is put nowhere, and ends with it.
    pub(super) fn at(_pass: &'p Pass<'_>, secret: impl Into<Arc<T>>) -> Self {
        Self { seen: Seen::from_inner(Some(secret.into())), inside: PhantomData }
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        self.seen.as_deref()
    }
}
