//! The line of snapshots: one is current, and is only ever replaced whole.

use std::sync::Arc;

use super::sync::{Seen, Swap};

pub(super) struct Line<T> {
    current: Swap<Arc<T>>,
}

impl<T> Line<T> {
    pub(super) fn new(first: T) -> Self {
        Self { current: Swap::new(Arc::new(first)) }
    }

    /// What is current now.
    #[inline]
    pub(super) fn now(&self) -> Seen<Arc<T>> {
        self.current.load()
    }

    /// Replaces the current snapshot by what `next` makes of it, or leaves it if that says no. `next` may be asked
    /// several times, if others are quicker; no lock is held meanwhile.
    pub(super) fn advance<E>(&self, mut next: impl FnMut(&Arc<T>) -> Result<T, E>) -> Result<(), E> {
        loop {
            let seen = self.now();
            let next = Arc::new(next(&seen)?);
            if self.current.replace(&seen, next) {
                return Ok(());
            }
        }
    }

    /// Replaces the current snapshot whatever it is, and returns it.
    pub(super) fn cut(&self, next: T) -> Arc<T> {
        self.current.swap(Arc::new(next))
    }
}
