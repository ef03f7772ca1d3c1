//! Windows: `VirtualAlloc` and `VirtualLock`.

use crate::refusal::{Call, Refusal};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_NOACCESS, PAGE_READWRITE, VirtualAlloc, VirtualFree, VirtualLock,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};

pub(super) fn page_size() -> usize {
    let mut info = SYSTEM_INFO::default();
    // SAFETY: `info` is writable and of the type the call fills.
    unsafe { GetSystemInfo(&raw mut info) };
    usize::try_from(info.dwPageSize).unwrap_or(4096)
}

/// A reservation of ours: a guard page, the middle, a guard page.
///
/// # Invariants
/// 1. `base` to `base + guard + len + guard` was reserved by one `VirtualAlloc` of ours and is freed only in `drop`.
/// 2. `guard` and `len` are multiples of the page size, and their sum does not overflow.
/// 3. Until [`super::Committed`] wraps the value, nobody has been told an address of it.
#[derive(Debug)]
pub(super) struct Range {
    base: NonNull<u8>,
    guard: usize,
    len: usize,
}

// SAFETY: the value is the one owner of its range (invariant 1); the addresses in it mean the same on every thread.
unsafe impl Send for Range {}
// SAFETY: shared access reads three plain fields; no method changes memory through `&self`.
unsafe impl Sync for Range {}

impl Range {
    pub(super) fn reserve(len: usize, guard: usize) -> Result<Self, Refusal> {
        let no_room = Refusal::new(Call::Mmap, 8);
        if len == 0 || !len.is_multiple_of(guard) {
            return Err(Refusal::new(Call::Mmap, 87));
        }
        let whole = guard.checked_mul(2).and_then(|guards| guards.checked_add(len)).ok_or(no_room)?;
        // SAFETY: a reservation at an address that the system chooses replaces nothing.
        let base = unsafe { VirtualAlloc(ptr::null(), whole, MEM_RESERVE, PAGE_NOACCESS) };
        let base = NonNull::new(base.cast::<u8>()).ok_or_else(|| Refusal::last(Call::Mmap))?;
        Ok(Self { base, guard, len })
    }

    pub(super) fn data(&self) -> NonNull<u8> {
        // SAFETY: by invariants 1 and 2 the result lies in our reservation.
        unsafe { self.base.add(self.guard) }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn commit_secret(&mut self) -> Result<(), Refusal> {
        Err(Refusal::unsupported())
    }

    pub(super) fn commit_private(&mut self) -> Result<(), Refusal> {
        // SAFETY: the range is ours (invariant 1) and nobody holds an address in it (invariant 3).
        let at = unsafe { VirtualAlloc(self.data().as_ptr().cast(), self.len, MEM_COMMIT, PAGE_READWRITE) };
        if at.is_null() { Err(Refusal::last(Call::Mmap)) } else { Ok(()) }
    }

    pub(super) fn exclude_from_dumps_and_forks(&mut self) -> Result<(), Refusal> {
        Ok(())
    }

    pub(super) fn lock(&mut self) -> Result<(), Refusal> {
        // SAFETY: locking changes no contents, and the range is ours (invariant 1).
        let done = unsafe { VirtualLock(self.data().as_ptr().cast(), self.len) };
        if done == 0 { Err(Refusal::last(Call::Mlock)) } else { Ok(()) }
    }
}

impl Drop for Range {
    fn drop(&mut self) {
        // SAFETY: by invariant 1 the reservation is ours; the owner has let go of every address in it.
        unsafe { VirtualFree(self.base.as_ptr().cast(), 0, MEM_RELEASE) };
    }
}

/// Fills `out` from the system's random source.
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refusal> {
    #[expect(clippy::disallowed_methods, reason = "0 in a refusal says that there is no number")]
    let number = |error: getrandom::Error| error.raw_os_error().unwrap_or_default();
    getrandom::fill(out).map_err(|error| Refusal::new(Call::Random, number(error)))
}

/// There is no fork on Windows.
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

/// Windows writes dumps by error reporting, which a process cannot forbid by a call of this kind.
pub(crate) fn forbid_dumps() -> Result<(), Refusal> {
    Err(Refusal::unsupported())
}
