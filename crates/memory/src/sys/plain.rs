//! Platforms without memory calls (WebAssembly, and Miri, which knows neither secret pages nor other stacks): zeroed
//! memory of the global allocator, no guards.

use crate::refusal::{Call, Refusal};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

pub(super) fn page_size() -> usize {
    65536
}

/// A block of the global allocator.
///
/// # Invariants
/// 1. `base` was allocated by us with `layout` and is given back only in `drop`.
#[derive(Debug)]
pub(super) struct Range {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: the value is the one owner of its block (invariant 1).
unsafe impl Send for Range {}
// SAFETY: shared access reads two plain fields.
unsafe impl Sync for Range {}

impl Range {
    pub(super) fn reserve(len: usize, page: usize) -> Result<Self, Refusal> {
        let refused = Refusal::new(Call::Mmap, 0);
        let layout = Layout::from_size_align(len, page).map_err(|_| refused)?;
        if len == 0 {
            return Err(refused);
        }
        // SAFETY: the layout's size is not zero.
        let base = unsafe { alloc_zeroed(layout) };
        Ok(Self { base: NonNull::new(base).ok_or(refused)?, layout })
    }

    pub(super) fn data(&self) -> NonNull<u8> {
        self.base
    }

    pub(super) fn len(&self) -> usize {
        self.layout.size()
    }

    pub(super) fn commit_secret(&mut self) -> Result<(), Refusal> {
        Err(Refusal::unsupported())
    }

    pub(super) fn commit_private(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    pub(super) fn exclude_from_dumps_and_forks(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    pub(super) fn lock(&mut self) -> Result<(), Refusal> {
        Err(Refusal::unsupported())
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        // SAFETY: by invariant 1 the block is ours and was allocated with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

/// Fills `out` from the platform's random source.
#[cfg(not(all(miri, target_os = "linux")))]
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refusal> {
    getrandom::fill(out).map_err(|_| Refusal::new(Call::Random, 0))
}

/// The same where we depend on nothing that knows it.
#[cfg(all(miri, target_os = "linux"))]
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refusal> {
    // SAFETY: `out` is writable for its whole length.
    let got = unsafe { libc::getrandom(out.as_mut_ptr().cast(), out.len(), 0) };
    if usize::try_from(got) == Ok(out.len()) { Ok(()) } else { Err(Refusal::last(Call::Random)) }
}

/// There is no fork here.
pub(crate) struct ProcessMarker;

impl ProcessMarker {
    pub(crate) fn cell() -> Option<&'static AtomicU64> {
        static ONE: AtomicU64 = AtomicU64::new(1);
        Some(&ONE)
    }
}

pub(crate) fn dumpable() -> Option<bool> {
    None
}

pub(crate) fn forbid_dumps() -> Result<(), Refusal> {
    Err(Refusal::unsupported())
}
