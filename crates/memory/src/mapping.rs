//! One owned range of memory of a level, between guard pages; erased, then unmapped, on drop.

use crate::fork::Epoch;
use crate::protection::Protection;
use crate::refusal::Refusal;
use crate::sys::{self, Committed, Reservation};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A mapping.
///
/// # Invariants
/// 1. In the process of `epoch`, `data()` to `data() + len()` is mapped, readable and writable until the value is
///    dropped ([`Committed`] 1), and page-aligned ([`Committed`] 2).
/// 2. In any other process the range may be gone or be somebody else's: nothing of it is touched there, not even to
///    unmap it.
#[derive(Debug)]
pub(crate) struct Mapping {
    memory: ManuallyDrop<Committed>,
    kind: Protection,
    epoch: Epoch,
}

impl Mapping {
    /// Maps `len` bytes, rounded up to whole pages, of exactly the level `kind`. The memory is zeroed.
    pub(crate) fn new(kind: Protection, len: usize) -> Result<Self, Refusal> {
        let page = sys::page_size();
        let len = len.max(1).checked_next_multiple_of(page).ok_or_else(too_large)?;
        let memory = Reservation::new(len)?.commit(kind)?;
        Ok(Self { memory: ManuallyDrop::new(memory), kind, epoch: Epoch::current() })
    }

    /// The first byte. Valid for `len()` bytes while the value lives, in its own process.
    pub(crate) fn data(&self) -> NonNull<u8> {
        self.memory.data()
    }

    /// Bytes between the guards: whole pages.
    pub(crate) fn len(&self) -> usize {
        self.memory.len()
    }

    pub(crate) fn kind(&self) -> Protection {
        self.kind
    }

    /// Erases it, if this is its process; returns whether it is.
    fn erase(&mut self) -> bool {
        let is_here = self.epoch.is_current();
        if is_here {
            // SAFETY: by invariant 1 the whole range is writable, and the value is borrowed for this alone.
            unsafe { erase(self.memory.data(), self.memory.len()) };
        }
        is_here
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }
}

fn too_large() -> Refusal {
    Refusal::new(crate::refusal::Call::Mmap, 0)
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.erase() {
            // SAFETY: the field is not used again.
            unsafe { ManuallyDrop::drop(&mut self.memory) };
        }
    }
}

/// Above this many bytes the C library turns to an instruction that is slow to start: 4 KiB at once take 30 ns, in two
/// parts 16.
const PART: usize = 2048;

/// Writes zeros that the compiler may not leave out.
///
/// # Safety
/// `at` to `at + len` is writable, and nobody reads or writes it meanwhile.
pub(crate) unsafe fn erase(at: NonNull<u8>, len: usize) {
    let mut done = 0;
    while done < len {
        let part = (len - done).min(PART);
        // SAFETY: `done` is below `len`.
        let from = unsafe { at.add(done) };
        // SAFETY: `done + part` is at most `len`; the rest is the caller's promise.
        unsafe { from.as_ptr().write_bytes(0, part) };
        // SAFETY: the bytes have just been written, and nobody writes them meanwhile.
        zeroize::optimization_barrier(unsafe { std::slice::from_raw_parts(from.as_ptr(), part) });
        done += part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_the_machine_has_is_zeroed_writable_and_whole_pages() {
        for kind in Protection::BEST_FIRST {
            let mapping = match Mapping::new(kind, 5000) {
                Ok(mapping) => mapping,
                Err(refusal) if kind != Protection::Plain => {
                    eprintln!("skipped: this machine refuses {kind}: {refusal}");
                    continue;
                }
                Err(refusal) => panic!("plain memory refused: {refusal}"),
            };
            assert_eq!(mapping.kind(), kind);
            assert_eq!(mapping.len() % sys::page_size(), 0);
            assert!(mapping.len() >= 5000);
            for offset in 0..mapping.len() {
                // SAFETY: `offset` is below `len` (Mapping, invariant 1).
                let at = unsafe { mapping.data().add(offset) };
                // SAFETY: the byte is readable (Mapping, invariant 1).
                assert_eq!(unsafe { at.as_ptr().read() }, 0);
                // SAFETY: the byte is writable (Mapping, invariant 1).
                unsafe { at.as_ptr().write(0xa5) };
            }
        }
    }

    #[test]
    fn a_length_that_no_machine_has_is_refused() {
        assert!(Mapping::new(Protection::Plain, usize::MAX).is_err());
        assert!(Mapping::new(Protection::Plain, usize::MAX / 2).is_err());
    }
}
