//! Numbers for threads, by which each counts and registers in a place of its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number that threads have while they end, in common. No other thread has it.
const ENDING: usize = usize::MAX;

/// Returns a number for the calling thread, so that threads do not meet in the same place. No other thread has or had
/// the same, unless both are ending.
pub(super) fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(ENDING) };
    }
    let mine = MINE.try_with(|mine| {
        if mine.get() == ENDING {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        mine.get()
    });
    match mine {
        Ok(mine) => mine,
        Err(_) => ENDING,
    }
}
