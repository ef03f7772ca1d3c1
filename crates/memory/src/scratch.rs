//! Large working memory of an operation that no lock limit has room for: the matrix of Argon2.
//!
//! It is ordinary memory: locked where the limit allows, left out of core dumps and forks, erased when dropped. Root
//! and debuggers can read it while the operation runs. It is mapped for the one use and given back whole.

use crate::error::MemoryError;
use crate::fork::Epoch;
use crate::mapping::Mapping;
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::scope::{ScopeToken, sealed};
use std::fmt;
use std::marker::PhantomData;

/// Working memory: `len` values of a plain type.
///
/// # Invariants
/// 1. The mapping holds `len` initialised values of `T` from its first byte, aligned.
pub struct Scratch<T: Copy> {
    mapping: Mapping,
    len: usize,
    values: PhantomData<T>,
}

impl<T: Copy> Scratch<T> {
    /// Maps room for `len` values and sets each to `value`.
    ///
    /// # Errors
    /// [`MemoryError::Refused`]: the system has not so much memory.
    pub fn filled(len: usize, value: T) -> Result<Self, MemoryError> {
        let too_much = MemoryError::Refused(Refusal::new(Call::Mmap, 0));
        const { assert!(align_of::<T>() <= 4096, "aligned to more than a page") };
        let bytes = len.checked_mul(size_of::<T>()).ok_or(too_much)?;
        let mapping = Mapping::new(Protection::Locked, bytes)
            .or_else(|_| Mapping::new(Protection::Plain, bytes))
            .map_err(MemoryError::Refused)?;
        let first = mapping.data().cast::<T>();
        for index in 0..len {
            // SAFETY: `index` is below `len`, and `len` values fit the mapping (Mapping 1, `bytes` above).
            let place = unsafe { first.add(index) };
            // SAFETY: the place is writable and aligned: pages are to 4,096 bytes (Mapping 1).
            unsafe { place.write(value) };
        }
        Ok(Self { mapping, len, values: PhantomData })
    }

    /// The values, while an operation runs.
    pub fn as_mut_slice<'a>(&'a mut self, inside: &'a ScopeToken<'_>) -> &'a mut [T] {
        if self.epoch() != inside.epoch() {
            return &mut [];
        }
        // SAFETY: the values are initialised (invariant 1), mapped in this process (just checked: an operation's epoch
        // is the current one; Mapping 1), and borrowed mutably with `self`.
        unsafe { std::slice::from_raw_parts_mut(self.mapping.data().cast::<T>().as_ptr(), self.len) }
    }

    /// Whether the limit on locked memory had room for it.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.mapping.kind() == Protection::Locked
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.mapping.epoch()
    }
}

impl<T: Copy> sealed::ScopeInput for &mut Scratch<T> {
    #[inline]
    fn is_of(&self, epoch: Epoch) -> bool {
        self.epoch() == epoch
    }
}

impl<T: Copy> fmt::Debug for Scratch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").field("len", &self.len).field("locked", &self.is_locked()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::SecretMemory;
    use crate::protection::Policy;

    #[test]
    fn every_value_is_set_and_can_be_changed() {
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        let mut scratch = Scratch::filled(1000, [7u64; 16]).unwrap();
        let changed = |inside: &ScopeToken<'_>, scratch: &mut Scratch<[u64; 16]>| {
            let values = scratch.as_mut_slice(inside);
            let before = values.len() == 1000 && values.iter().all(|value| *value == [7; 16]);
            values[999] = [8; 16];
            before && values[998] == [7; 16] && values[999] == [8; 16]
        };
        assert_eq!(memory.scope(changed, &mut scratch), Ok(true));
        assert_eq!(memory.scope(changed, &mut scratch), Ok(false), "the change stays");
    }

    #[test]
    fn more_than_there_is_is_refused() {
        assert!(matches!(Scratch::filled(usize::MAX, [0u64; 16]), Err(MemoryError::Refused(_))));
        assert!(matches!(Scratch::filled(1 << 55, 0u8), Err(MemoryError::Refused(_))));
    }
}
