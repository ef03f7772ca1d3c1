//! One unit, cut into slots of one size.

use super::units::{UNIT, Unit};
use std::ptr::NonNull;

/// A unit cut into slots.
///
/// # Invariants
/// 1. `size` is at least 64, so that each slot has a bit; bits from `count()` on are clear.
/// 2. A set bit is a free slot.
#[derive(Debug)]
pub(super) struct Cut {
    unit: Unit,
    size: usize,
    free: u64,
    /// Where it is listed among those with a free slot, if it is.
    pub(super) listed: Option<usize>,
}

impl Cut {
    /// Cuts a unit into slots of `size` bytes: 64 to [`UNIT`].
    pub(super) fn new(unit: Unit, size: usize) -> Self {
        let mut cut = Self { unit, size: size.clamp(64, UNIT), free: 0, listed: None };
        cut.free = cut.all();
        cut
    }

    fn count(&self) -> usize {
        UNIT / self.size
    }

    fn all(&self) -> u64 {
        u64::MAX >> (64 - self.count())
    }

    pub(super) fn is_full(&self) -> bool {
        self.free == 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.free == self.all()
    }

    /// The first free slot: its index and its first byte.
    pub(super) fn take(&mut self) -> Option<(u32, NonNull<u8>)> {
        let index = self.free.trailing_zeros();
        if index == u64::BITS {
            return None;
        }
        self.free &= !(1 << index);
        // SAFETY: a set bit is below `count` (invariant 1), so the address is in the unit, which is ours (Units 2).
        let at = unsafe { self.unit.at.add(index as usize * self.size) };
        Some((index, at))
    }

    /// Marks the slot as free. Its owner has erased it.
    pub(super) fn put_back(&mut self, index: u32) {
        self.free |= 1 << index;
    }

    /// The unit, when no slot of it is out.
    pub(super) fn into_unit(self) -> Unit {
        self.unit
    }
}
