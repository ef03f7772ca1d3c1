//! How many contexts are open.
//!
//! Each thread counts in a place of its own as far as they reach, so that threads that open contexts do not hand a
//! cache line back and forth.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::thread;

/// Counts. A power of two.
const COUNTS: usize = 32;

/// A count on a cache line of its own (and the one that processors fetch with it).
#[repr(align(128))]
struct Count(AtomicUsize);

/// Counts the contexts of a store that are open. Nothing relies on it but the report.
pub(super) struct Contexts {
    counts: [Count; COUNTS],
}

/// Shows that a context is open.
pub(super) struct Open<'c> {
    count: Option<&'c Count>,
}

impl Contexts {
    pub(super) fn new() -> Self {
        Self { counts: std::array::from_fn(|_| Count(AtomicUsize::new(0))) }
    }

    /// Counts a context until what this returns is dropped.
    #[inline]
    pub(super) fn open(&self) -> Open<'_> {
        let count = self.counts.get(thread::number() % COUNTS);
        if let Some(Count(count)) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Open { count }
    }

    /// Returns how many are open.
    pub(super) fn len(&self) -> usize {
        self.counts.iter().map(|Count(count)| count.load(Ordering::Relaxed)).sum()
    }
}

impl Drop for Open<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(Count(count)) = self.count {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
