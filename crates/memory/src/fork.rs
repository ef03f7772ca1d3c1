//! Which process this is, told cheaply enough to ask at every operation.
//!
//! A forked child has a copy of every handle but none of the secret pages behind them. It must neither touch those
//! addresses (they may hold something else by now) nor wait for locks that a thread of the parent held. So every handle
//! remembers the [`Epoch`] it was made in, and asks for the present one before it does anything.

use crate::sys::ProcessMarker;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that no process shares with the one it was forked from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Epoch(NonZeroU64);

/// The last number given out by this process or those it was forked from: a child inherits the count.
static LAST: AtomicU64 = AtomicU64::new(0);

/// The epoch of the process that was the first to open secret memory, which its children inherit; 0 before.
static FIRST: AtomicU64 = AtomicU64::new(0);

/// Notes that this process opens secret memory.
pub(crate) fn note_use() {
    // Whoever was first stays it.
    let _ = FIRST.compare_exchange(0, Epoch::current().0.get(), Ordering::Relaxed, Ordering::Relaxed);
}

/// Returns true if this process was forked from one that had opened secret memory. It has none of the threads that
/// there were.
pub(crate) fn is_forked() -> bool {
    ![0, Epoch::current().0.get()].contains(&FIRST.load(Ordering::Relaxed))
}

impl Epoch {
    /// The epoch of the running process: on Linux one load from a page that the kernel wipes in a forked child,
    /// elsewhere the process id (a system call).
    #[inline]
    pub(crate) fn current() -> Self {
        match ProcessMarker::cell() {
            Some(cell) => match NonZeroU64::new(cell.load(Ordering::Relaxed)) {
                Some(number) => Self(number),
                None => Self::begin(cell),
            },
            None => Self(NonZeroU64::MIN.saturating_add(u64::from(std::process::id()))),
        }
    }

    /// Whether this is the epoch of the running process.
    #[inline]
    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }

    #[cold]
    fn begin(cell: &AtomicU64) -> Self {
        let mine = NonZeroU64::MIN.saturating_add(LAST.fetch_add(1, Ordering::Relaxed));
        match cell.compare_exchange(0, mine.get(), Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => Self(mine),
            Err(winner) => Self(NonZeroU64::new(winner).unwrap_or(mine)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_stays_the_same_on_every_thread() {
        let here = Epoch::current();
        let there = std::thread::spawn(Epoch::current).join().unwrap();
        assert_eq!(here, there);
        assert!(here.is_current());
    }
}
