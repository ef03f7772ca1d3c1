//! The stack and the heap of one operation, and how large they are under the limit on locked memory.

use crate::heap::{self, Heap};
use crate::mapping::Mapping;
use crate::protection::Protection;
use crate::refusal::Refusal;
use crate::sys;
use crate::workspace::room::LARGE_FRAMES;
use crate::workspace::wipe::Depths;
use std::cell::UnsafeCell;

/// Bytes of a stack where there is room: twice what the deepest operation needs, and enough for a panic to be reported.
/// Builds without optimisation go deeper: the search for RSA primes 80 KiB.
pub(super) const STACK: usize = if LARGE_FRAMES { 128 << 10 } else { 64 << 10 };

/// Bytes of a stack where the limit is tight.
const SMALL_STACK: usize = if cfg!(unoptimised) { 56 << 10 } else { 32 << 10 };

/// Bytes of a large stack: ML-DSA signs up to 226 KiB deep, and 400 KiB in builds without optimisation.
pub(super) const LARGE_STACK: usize = if LARGE_FRAMES { 512 << 10 } else { 320 << 10 };

/// Below this limit on locked memory a large stack is given back at once: what it takes, keys may need.
const KEPT_FROM: u64 = 8 * LARGE_STACK as u64;

/// A stack and a heap.
///
/// # Invariants
/// 1. Between leases every byte of both is zero, but for the frame of a signal that came after the last look at the stack.
///    Every register was zero then, so nothing secret is in it, and the next operation takes it for its own and wipes it.
pub(super) struct Workspace {
    pub(super) stack: Mapping,
    pub(super) heap: UnsafeCell<Heap>,
    pub(super) depths: Depths,
}

impl Workspace {
    pub(super) fn new(kind: Protection, size: Size) -> Result<Self, Refusal> {
        let small = || Mapping::new(kind, SMALL_STACK);
        let stack = match size {
            Size::Large => Mapping::new(kind, LARGE_STACK),
            Size::Usual if is_tight() => small(),
            Size::Usual => Mapping::new(kind, STACK).or_else(|_| small()),
        }?;
        Ok(Self { stack, heap: UnsafeCell::new(Heap::new(kind)), depths: Depths::default() })
    }
}

/// Which stack a workspace has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Usual,
    Large,
}

/// The soft limit on locked memory, if there is one.
fn limit() -> Option<u64> {
    #[cfg(unix)]
    {
        sys::memory_lock_limit().and_then(|limit| limit.soft)
    }
    #[cfg(not(unix))]
    None
}

/// Whether the limit on locked memory has no room for a large stack and then a heap and the keys.
pub(crate) fn is_tight() -> bool {
    is_tight_for(STACK)
}

fn is_tight_for(stack: usize) -> bool {
    limit().is_some_and(|soft| soft < (stack + heap::LEN) as u64)
}

/// Whether the limit ever has room for a large stack.
pub(super) fn has_room_for_large() -> bool {
    !is_tight_for(LARGE_STACK)
}

/// Whether a large stack that nobody uses may be missed elsewhere.
pub(super) fn is_scarce() -> bool {
    limit().is_some_and(|soft| soft < KEPT_FROM)
}

/// Bytes of a usual stack under the limit.
pub(super) fn usual() -> usize {
    if is_tight() { SMALL_STACK } else { STACK }
}

/// The least bytes of locked memory that a store needs to protect keys in use: a small stack and a page of slots.
pub(crate) fn floor() -> usize {
    SMALL_STACK + sys::page_size()
}
