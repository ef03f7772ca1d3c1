//! How many contexts are open.
//!
//! A field is encrypted in some 300 ns. Two atomic read-modify-write instructions took 16 to 19 ns of that. So each of
//! the first threads has a count that it alone changes, by a load and a store. The others share counts, so many that
//! they hardly hand a cache line back and forth.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::thread;

/// Counts of one thread each.
const OWN: usize = 32;

/// Counts that the other threads share. A power of two.
const SHARED: usize = 32;

/// A count on a cache line of its own (and the one that processors fetch with it).
#[repr(align(128))]
struct Count(AtomicUsize);

impl Count {
    /// Adds one, or `usize::MAX` to take one away. `own`: no other thread changes it.
    #[inline]
    fn add(&self, by: usize, own: bool) {
        let Self(count) = self;
        if own {
            count.store(count.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
        } else {
            count.fetch_add(by, Ordering::Relaxed);
        }
    }
}

/// Counts the contexts of a store that are open. Nothing relies on it but the report.
pub(super) struct Contexts {
    own: [Count; OWN],
    shared: [Count; SHARED],
}

/// Shows that a context is open.
pub(super) struct Open<'c> {
    count: Option<&'c Count>,
    /// Whether it is the count of this thread alone.
    own: bool,
    /// Stays on its thread, whose own count it may be.
    thread: PhantomData<*const ()>,
}

impl Contexts {
    pub(super) fn new() -> Self {
        let zero = |_| Count(AtomicUsize::new(0));
        Self { own: std::array::from_fn(zero), shared: std::array::from_fn(zero) }
    }

    /// Counts a context until what this returns is dropped.
    #[inline]
    pub(super) fn open(&self) -> Open<'_> {
        let number = thread::number();
        let own = self.own.get(number);
        let count = own.or_else(|| self.shared.get(number % SHARED));
        if let Some(count) = count {
            count.add(1, own.is_some());
        }
        Open { count, own: own.is_some(), thread: PhantomData }
    }

    /// Returns how many are open.
    pub(super) fn len(&self) -> usize {
        self.own.iter().chain(&self.shared).map(|Count(count)| count.load(Ordering::Relaxed)).sum()
    }
}

impl Drop for Open<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(count) = self.count {
            count.add(usize::MAX, self.own);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Barrier;

    use super::{Contexts, OWN, SHARED};

    /// More threads than there are counts: some share one, and none of those takes it for its own.
    #[test]
    fn a_count_that_threads_share_is_nobodys_own() {
        const THREADS: usize = OWN + 2 * SHARED;
        let (contexts, all) = (Contexts::new(), Barrier::new(THREADS + 1));
        std::thread::scope(|threads| {
            let opening: Vec<_> = (0..THREADS)
                .map(|_| {
                    threads.spawn(|| {
                        let (outer, _inner) = (contexts.open(), contexts.open());
                        all.wait();
                        all.wait();
                        (std::ptr::from_ref(outer.count.unwrap()).addr(), outer.own)
                    })
                })
                .collect();
            all.wait();
            let open = contexts.len();
            all.wait();
            assert_eq!(open, 2 * THREADS);
            let mut counts: HashMap<usize, Vec<bool>> = HashMap::new();
            for thread in opening {
                let (count, own) = thread.join().unwrap();
                counts.entry(count).or_default().push(own);
            }
            assert!(counts.values().any(|threads| threads.len() > 1));
            assert!(counts.values().all(|threads| threads.len() == 1 || !threads.contains(&true)));
        });
        assert_eq!(contexts.len(), 0);
    }
}
