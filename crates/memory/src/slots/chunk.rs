//! One mapping, cut into slots of one size.

use crate::mapping::Mapping;
use std::ptr::NonNull;

/// A chunk.
///
/// # Invariants
/// 1. `count * size <= mapping.len()`, and `map` has a bit for each of the `count` slots; surplus bits are set.
/// 2. A set bit is a slot with an owner; `taken` counts them.
#[derive(Debug)]
pub(crate) struct Chunk {
    mapping: Mapping,
    size: usize,
    count: usize,
    taken: usize,
    /// No word below this one has a free bit.
    hint: usize,
    map: Vec<u64>,
}

impl Chunk {
    pub(super) fn new(mapping: Mapping, size: usize) -> Self {
        let count = mapping.len() / size;
        let mut map = vec![0u64; count.div_ceil(64)];
        if let (Some(last), extra @ 1..) = (map.last_mut(), count % 64) {
            *last = u64::MAX << extra;
        }
        Self { mapping, size, count, taken: 0, hint: 0, map }
    }

    pub(super) fn len(&self) -> usize {
        self.mapping.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.taken == self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    /// A free slot: its index and its first byte.
    pub(super) fn take(&mut self) -> Option<(usize, NonNull<u8>)> {
        let (offset, word) = self.map.iter_mut().enumerate().skip(self.hint).find(|(_, word)| **word != u64::MAX)?;
        let bit = word.trailing_ones() as usize;
        *word |= 1 << bit;
        self.hint = offset;
        self.taken += 1;
        let index = offset * 64 + bit;
        // SAFETY: a clear bit is a slot below `count`, so the address lies in the mapping (invariant 1; Mapping 1).
        let at = unsafe { self.mapping.data().add(index * self.size) };
        Some((index, at))
    }

    /// Marks the slot as free. Its owner has erased it.
    pub(super) fn put_back(&mut self, index: usize) {
        let bit = 1u64 << (index % 64);
        if let Some(word) = self.map.get_mut(index / 64).filter(|word| **word & bit != 0) {
            *word &= !bit;
            self.taken -= 1;
            self.hint = self.hint.min(index / 64);
        }
    }
}
