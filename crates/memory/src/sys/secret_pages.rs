//! Pages of `memfd_secret(2)`: mapped, kept from children and core files, touched. Linux.

use super::forks::between_forks;
use super::imp::exclude_from_dumps_and_forks;
use super::own_descriptors::with_own_descriptors;
use super::unix::{Range, check};
use crate::refusal::{Call, Refusal};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};

impl Range {
    /// Backs the middle by `memfd_secret` pages: shared (the call knows no other), not inherited by a forked child,
    /// left out of core files, every page touched, no descriptor left.
    pub(super) fn commit_secret(&mut self) -> Result<(), Refusal> {
        let mut pages = SecretPages::new(self.len())?;
        pages.touch()?;
        // Not mapped at once onto the reservation: a refusal would come after the kernel has taken the reserved pages
        // away, and another thread's mapping could be there when the range is given back.
        let (from, to) = (pages.at.as_ptr().cast(), self.data().as_ptr().cast::<libc::c_void>());
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        // SAFETY: both ranges are ours (SecretPages 1; the second by Range 1) and nobody holds an address in either
        // (SecretPages 1, Range 3). The kernel replaces the one by the other in one step.
        let moved = unsafe { libc::mremap(from, pages.len, pages.len, flags, to) };
        if moved == libc::MAP_FAILED {
            let refusal = Refusal::last(Call::Mremap);
            // The kernel may have taken the reserved pages away before it failed.
            self.reserve_middle_again();
            return Err(refusal);
        }
        pages.forget();
        Ok(())
    }
}

/// A mapping of secret pages at an address that the kernel chose; unmapped on drop.
///
/// # Invariants
/// 1. `at` to `at + len` is a shared, writable mapping of a secret file, and nobody else knows it.
/// 2. `len` is a multiple of the page size.
struct SecretPages {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: the value is the one owner of its mapping (invariant 1), whose address means the same on every thread.
unsafe impl Send for SecretPages {}

impl SecretPages {
    /// Maps `len` bytes (a multiple of the page size) that no forked child inherits. The pages are not there yet.
    fn new(len: usize) -> Result<Self, Refusal> {
        with_own_descriptors(|| between_forks(|| Self::map(len)))
    }

    fn map(len: usize) -> Result<Self, Refusal> {
        let file = secret_file()?;
        let size = libc::off_t::try_from(len).map_err(|_| Refusal::new(Call::Ftruncate, libc::EFBIG))?;
        // SAFETY: the descriptor is open and ours.
        let done = unsafe { libc::ftruncate(file.as_raw_fd(), size) };
        check(done, Call::Ftruncate)?;
        // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
        let mapped = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), len, access, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        if mapped == libc::MAP_FAILED {
            return Err(Refusal::last(Call::MmapSecret));
        }
        let at = NonNull::new(mapped.cast::<u8>()).ok_or(Refusal::new(Call::MmapSecret, libc::ENOMEM))?;
        let pages = Self { at, len };
        // SAFETY: the mapping is ours (invariant 1).
        unsafe { exclude_from_dumps_and_forks(pages.at, pages.len) }?;
        Ok(pages)
    }

    /// Has the kernel touch each page. The first touch costs 20 to 60 us: it is paid here and not in an operation.
    ///
    /// Since a fix of 2026 (CVE-2026-93243) kernels charge a page to the user's `RLIMIT_MEMLOCK` when it is first
    /// touched. Beyond the limit a store of ours would raise SIGBUS. A call that writes there answers EFAULT instead.
    fn touch(&mut self) -> Result<(), Refusal> {
        for offset in (0..self.len).step_by(super::page_size()) {
            // SAFETY: `offset` is below `len`, so the address is in the mapping (invariant 1).
            let page = unsafe { self.at.add(offset) }.cast::<libc::timespec>();
            // A call that no filter refuses, and that leaves nothing secret behind. SAFETY: the page is ours (invariant
            // 1), larger than what the kernel writes, and aligned for it (invariant 2).
            let done = unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC, page.as_ptr()) };
            if done != 0 {
                return Err(Refusal::last(Call::Touch));
            }
            // SAFETY: the page is there now, and ours (invariant 1); all zeros are a valid value of this type.
            unsafe { page.as_ptr().write_bytes(0, 1) };
        }
        Ok(())
    }

    /// Leaves the mapping, which has moved elsewhere.
    fn forget(self) {
        let _ = std::mem::ManuallyDrop::new(self);
    }
}

impl Drop for SecretPages {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nobody else knows it (invariant 1).
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.len) };
    }
}

fn secret_file() -> Result<OwnedFd, Refusal> {
    // SAFETY: the call takes one number. The flag is FD_CLOEXEC's file form; an exec'd program gets no descriptor.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::c_long::from(libc::O_CLOEXEC)) };
    match libc::c_int::try_from(fd) {
        Ok(fd) if fd >= 0 => {
            // SAFETY: the kernel has just made this descriptor for us.
            Ok(unsafe { OwnedFd::from_raw_fd(fd) })
        }
        _ => Err(Refusal::last(Call::MemfdSecret)),
    }
}
