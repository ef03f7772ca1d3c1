//! Numbers for threads, by which each counts and registers in a place of its own.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Returns a number for the calling thread, so that threads do not meet in the same place.
pub(super) fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    let mine = MINE.try_with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        mine.get()
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "a thread that is ending may share a place with another: only slower"
    )]
    mine.unwrap_or_default()
}
