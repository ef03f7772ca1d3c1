//! Whether memory that nobody uses is kept for what comes next.
//!
//! A chunk whose last secret has gone and a stack whose operation has ended are kept mapped, so that a program which
//! makes and drops secrets maps nothing anew. But one secret page keeps the machine from hibernating. So they are kept
//! as long as somebody wants that, and are given back at once otherwise.
//!
//! # Why nothing is overlooked
//! The one that frees memory marks it as free and then asks whether it is kept; the last one that wants it kept says so
//! and then looks for what is free. For chunks both happen under their lock. For stacks all four accesses are
//! sequentially consistent, so at least one of the two sees what the other wrote.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many want it kept. On a cache line of its own: every operation reads it at its end.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Spare {
    keepers: AtomicUsize,
}

impl Spare {
    /// Wanted by one, who opens the memory.
    pub(crate) fn kept() -> Self {
        Self { keepers: AtomicUsize::new(1) }
    }

    #[inline]
    pub(crate) fn is_kept(&self) -> bool {
        self.keepers.load(Ordering::SeqCst) > 0
    }

    /// Notes one more who wants it kept.
    pub(crate) fn keep(&self) {
        self.keepers.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes one less; returns true if it was the last, who then gives back what is free.
    #[must_use]
    pub(crate) fn let_go(&self) -> bool {
        self.keepers.fetch_sub(1, Ordering::SeqCst) == 1
    }
}
