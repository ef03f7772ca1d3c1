//! The stack of one operation, and how large it is under the limit on locked memory.

use crate::error::EnterError;
use crate::mapping::Mapping;
use crate::protection::Protection;
use crate::refusal::Refusal;
use crate::slots;
use crate::sys;
use crate::workspace::room::{LARGE_FRAMES, StackBudget};
use crate::workspace::wipe::Depths;

/// Bytes of a stack where there is room: twice what the deepest operation needs, and enough for a panic to be reported.
/// Builds without optimisation go deeper: Argon2id 56 KiB.
pub(super) const STACK: usize = if LARGE_FRAMES { 128 << 10 } else { 64 << 10 };

/// Bytes of a stack where the limit is tight.
const SMALL_STACK: usize = if cfg!(unoptimised) { 56 << 10 } else { 32 << 10 };

/// Bytes of a large stack: ML-DSA signs up to 226 KiB deep, and 400 KiB in builds without optimisation.
pub(super) const LARGE_STACK: usize = if LARGE_FRAMES { 512 << 10 } else { 320 << 10 };

/// Below this limit on locked memory a large stack is given back at once: what it takes, keys may need.
const KEPT_FROM: u64 = 8 * LARGE_STACK as u64;

/// A stack.
///
/// # Invariants
/// 1. Between leases every byte of it is zero, but for the frame of a signal that came after the last look at the
///    stack. Every register was zero then, so nothing secret is in it, and the next operation takes it for its own and
///    wipes it.
pub(super) struct Workspace {
    pub(super) stack: Mapping,
    pub(super) depths: Depths,
}

impl Workspace {
    /// A workspace with a stack of `len` bytes.
    pub(super) fn new(kind: Protection, len: usize) -> Result<Self, Refusal> {
        let stack = Mapping::new(kind, len)?;
        Ok(Self { stack, depths: Depths::default() })
    }
}

/// The largest stacks that operations of a store can have: decided when it is opened, by the limit on locked memory and
/// by what the system gave. So an operation that has room once has room always, or waits, or is refused by an error:
/// its level never falls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Capacity {
    /// Bytes of a usual stack. All usual stacks of a store are of this length.
    pub(super) usual: usize,
    /// Bytes of a large stack, 0 if there can be none.
    large: usize,
}

impl Capacity {
    /// Tries to have a workspace of `kind`, with the larger of the usual stacks first, and returns its capacity.
    pub(super) fn find(kind: Protection) -> Result<(Workspace, Self), Refusal> {
        let first = match is_tight() {
            true => Workspace::new(kind, SMALL_STACK),
            false => Workspace::new(kind, STACK).or_else(|_| Workspace::new(kind, SMALL_STACK)),
        }?;
        let usual = first.stack.len();
        let large = if usual >= STACK && has_room_for_large() { LARGE_STACK } else { 0 };
        Ok((first, Self { usual, large }))
    }

    /// Whether an operation that reserves so much ever has room.
    ///
    /// # Errors
    /// [`EnterError::NoRoom`]: what it needs, and what there can be. [`EnterError::Allocates`].
    #[inline]
    pub(super) fn check(self, room: StackBudget) -> Result<(), EnterError> {
        if room.allocates {
            return Err(EnterError::Allocates);
        }
        if room.stack > self.usual && (room.stack <= STACK || room.stack > self.large) {
            return Err(EnterError::NoRoom { asked: room.stack, has: self.usual.max(self.large) });
        }
        Ok(())
    }

    /// Whether the usual stacks are smaller than a panic's report may need.
    pub(super) fn is_small(self) -> bool {
        self.usual < STACK
    }

    /// Bytes of locked memory that alternate signal stacks may take: an eighth of the limit, and nothing that the
    /// largest operation needs.
    #[cfg(unix)]
    pub(super) fn for_signals(self) -> usize {
        let needs = (self.usual.max(self.large) + SLOTS) as u64;
        let bytes = sys::soft_lock_limit().map_or(u64::MAX, |limit| (limit / 8).min(limit.saturating_sub(needs)));
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Bytes of a stack of this size.
    pub(super) fn len(self, size: Size) -> usize {
        match size {
            Size::Usual => self.usual,
            Size::Large => LARGE_STACK,
        }
    }
}

/// Which stack a workspace has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Usual,
    Large,
}

/// Bytes that are left for keys beside a stack, if the stack is not to be the smaller one.
const KEYS: usize = 32 << 10;

/// Whether the limit on locked memory has no room for a usual stack and then the keys.
pub(crate) fn is_tight() -> bool {
    is_tight_for(STACK)
}

fn is_tight_for(stack: usize) -> bool {
    sys::soft_lock_limit().is_some_and(|soft| soft < (stack + KEYS) as u64)
}

/// Whether the limit ever has room for a large stack.
pub(super) fn has_room_for_large() -> bool {
    !is_tight_for(LARGE_STACK)
}

/// Whether a large stack that nobody uses may be missed elsewhere.
pub(super) fn is_scarce() -> bool {
    sys::soft_lock_limit().is_some_and(|soft| soft < KEPT_FROM)
}

/// Bytes of slots without which not every kind of operation works: a root key, a symmetric key, a key of another kind
/// and a password, each of a size of its own.
pub(super) const SLOTS: usize = 4 * slots::LARGEST;

/// The least bytes of locked memory that a store needs to protect keys in use: a small stack and some slots.
pub(crate) fn floor() -> usize {
    SMALL_STACK + SLOTS.next_multiple_of(sys::page_size())
}
