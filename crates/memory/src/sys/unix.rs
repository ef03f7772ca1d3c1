//! What all Unix systems share.

use crate::refusal::{Call, Refusal};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{self, NonNull};

/// A mapping of ours: a guard page, the middle, a guard page.
///
/// # Invariants
/// 1. `base` to `base + guard + len + guard` was mapped by one `mmap` of ours, and is unmapped nowhere but in `drop`.
///    If `lost`, the middle is excepted.
/// 2. `guard` and `len` are multiples of the page size, and their sum does not overflow.
/// 3. Until [`super::Committed`] wraps the value, nobody has been told an address of it.
#[derive(Debug)]
pub(crate) struct Range {
    base: NonNull<u8>,
    guard: usize,
    len: usize,
    /// Whether the middle may be somebody else's by now.
    lost: bool,
}

// SAFETY: the value is the one owner of its range (invariant 1); the addresses in it mean the same on every thread.
unsafe impl Send for Range {}
// SAFETY: shared access reads three plain fields; no method changes memory through `&self`.
unsafe impl Sync for Range {}

impl Range {
    pub(crate) fn reserve(len: usize, guard: usize) -> Result<Self, Refusal> {
        let no_room = Refusal::new(Call::Mmap, libc::ENOMEM);
        if len == 0 || !len.is_multiple_of(guard) {
            return Err(Refusal::new(Call::Mmap, libc::EINVAL));
        }
        let whole = guard.checked_mul(2).and_then(|guards| guards.checked_add(len)).ok_or(no_room)?;
        // SAFETY: an anonymous mapping at an address that the kernel chooses replaces nothing.
        let base = unsafe {
            libc::mmap(
                ptr::null_mut(),
                whole,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(Refusal::last(Call::Mmap));
        }
        let base = NonNull::new(base.cast::<u8>()).ok_or(no_room)?;
        Ok(Self { base, guard, len, lost: false })
    }

    pub(crate) fn data(&self) -> NonNull<u8> {
        // SAFETY: by invariants 1 and 2 the result lies in our mapping.
        unsafe { self.base.add(self.guard) }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Reserves the middle again after a call that may have taken it away. If the system does not say that it was free,
    /// it may be somebody else's by now: it is lost.
    #[cfg(target_os = "linux")]
    pub(super) fn reserve_middle_again(&mut self) {
        let middle = self.data().as_ptr().cast();
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE | NORESERVE;
        // SAFETY: a mapping that replaces nothing.
        let mapped = unsafe { libc::mmap(middle, self.len, libc::PROT_NONE, flags, -1, 0) };
        self.lost = mapped != middle;
    }

    /// Makes the middle readable and writable.
    pub(crate) fn commit_private(&mut self) -> Result<(), Refusal> {
        // SAFETY: the range is ours (invariant 1) and nobody holds an address in it (invariant 3).
        let done = unsafe { libc::mprotect(self.data().as_ptr().cast(), self.len, libc::PROT_READ | libc::PROT_WRITE) };
        check(done, Call::Mprotect)
    }

    /// Keeps the middle in memory. The kernel faults every page in while it does.
    pub(crate) fn lock(&mut self) -> Result<(), Refusal> {
        // SAFETY: locking changes no contents, and the range is ours (invariant 1).
        let done = unsafe { libc::mlock(self.data().as_ptr().cast(), self.len) };
        check(done, Call::Mlock)
    }
}

#[cfg(target_os = "linux")]
const NORESERVE: libc::c_int = libc::MAP_NORESERVE;
#[cfg(not(target_os = "linux"))]
const NORESERVE: libc::c_int = 0;

impl Drop for Range {
    fn drop(&mut self) {
        // What is lost is left: at most, address space without access.
        if !self.lost {
            // SAFETY: by invariant 1 the range is ours and still mapped; the owner has let go of every address in it.
            unsafe { libc::munmap(self.base.as_ptr().cast(), self.guard * 2 + self.len) };
        }
    }
}

/// Turns the usual 0 or -1 into a result.
pub(super) fn check(returned: libc::c_int, call: Call) -> Result<(), Refusal> {
    if returned == 0 { Ok(()) } else { Err(Refusal::last(call)) }
}

/// `read(2)` into `out`, repeated when a signal interrupts it. Returns the bytes read; 0 at the end.
pub(crate) fn read_descriptor(from: BorrowedFd<'_>, out: &mut [u8]) -> io::Result<usize> {
    loop {
        // SAFETY: `out` is writable for its whole length.
        let got = unsafe { libc::read(from.as_raw_fd(), out.as_mut_ptr().cast(), out.len()) };
        match usize::try_from(got) {
            Ok(got) => return Ok(got),
            Err(_) => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
        }
    }
}

/// A resource limit in bytes, as `getrlimit(2)` has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Limit {
    /// What holds now; `None` is no limit.
    pub(crate) soft: Option<u64>,
}

/// `RLIMIT_MEMLOCK`.
pub(crate) fn memory_lock_limit() -> Option<Limit> {
    limit(libc::RLIMIT_MEMLOCK)
}

/// `RLIMIT_CORE`.
pub(crate) fn core_limit() -> Option<Limit> {
    limit(libc::RLIMIT_CORE)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

fn limit(resource: Resource) -> Option<Limit> {
    let mut raw = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `raw` is writable and of the type the call fills.
    let done = unsafe { libc::getrlimit(resource, &raw mut raw) };
    // The type is narrower on some platforms.
    #[allow(clippy::unnecessary_cast, reason = "rlim_t is not u64 everywhere")]
    (done == 0).then_some(Limit { soft: (raw.rlim_cur != libc::RLIM_INFINITY).then_some(raw.rlim_cur as u64) })
}

/// Sets `RLIMIT_CORE` to 0: no core file of this process.
pub(super) fn forbid_core_files() -> Result<(), Refusal> {
    let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `none` is readable and of the type the call takes.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    check(done, Call::SetCoreLimit)
}
