//! Linux: advice on mappings, the raw random call, the marker page that a fork wipes.

use super::forks;
pub(super) use super::unix::Range;
use super::unix::{check, forbid_core_files};
use crate::refusal::{Call, Refusal};
use std::io;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

pub(super) fn page_size() -> usize {
    // SAFETY: the call only returns a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

impl Range {
    pub(super) fn exclude_from_dumps_and_forks(&mut self) -> Result<(), Refusal> {
        // SAFETY: the range is ours (invariant 1).
        unsafe { exclude_from_dumps_and_forks(self.data(), self.len()) }
    }
}

/// `MADV_DONTFORK`: a child would read and change a shared mapping. `MADV_DONTDUMP`: not in core files.
///
/// # Safety
/// `at` to `at + len` is a mapping of the caller's.
pub(super) unsafe fn exclude_from_dumps_and_forks(at: NonNull<u8>, len: usize) -> Result<(), Refusal> {
    for (advice, call) in [(libc::MADV_DONTFORK, Call::DontFork), (libc::MADV_DONTDUMP, Call::DontDump)] {
        // SAFETY: neither advice changes contents; the rest is the caller's promise.
        let done = unsafe { libc::madvise(at.as_ptr().cast(), len, advice) };
        check(done, call)?;
    }
    Ok(())
}

/// Fills `out` by the raw system call. The C library's function may keep generator state, and so keys to come, in
/// ordinary memory (glibc 2.41 with vDSO getrandom does).
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refusal> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        // SAFETY: `rest` is writable for its whole length.
        let got = unsafe { libc::syscall(libc::SYS_getrandom, rest.as_mut_ptr(), rest.len(), 0) };
        match usize::try_from(got) {
            Ok(got) if got > 0 => filled += got.min(rest.len()),
            _ => {
                let refusal = Refusal::last(Call::Random);
                if refusal.errno != libc::EINTR {
                    return Err(refusal);
                }
            }
        }
    }
    Ok(())
}

/// A number that a forked child sees as 0: it is stored on a page that the kernel wipes in the child.
pub(crate) struct ProcessMarker;

static MARKER: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

impl ProcessMarker {
    /// The number. Where the kernel gives no such page (`MADV_WIPEONFORK` came with 4.14), a handler of forks sets it
    /// back. Which of the two it is stays as it was found at first.
    #[inline]
    pub(crate) fn cell() -> Option<&'static AtomicU64> {
        let mut page = MARKER.load(Ordering::Acquire);
        if page.is_null() {
            page = Self::make();
        }
        // SAFETY: a pointer stored in MARKER is to a static, or to an aligned, zero-initialised page that is never
        // unmapped; in a forked child the page is there too, wiped.
        Some(unsafe { &*page })
    }

    #[cold]
    fn make() -> *mut AtomicU64 {
        let fallback = ptr::from_ref(forks::mark_without_page()).cast_mut();
        let page = Self::wiped_page();
        match MARKER.compare_exchange(ptr::null_mut(), page.unwrap_or(fallback), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => page.unwrap_or(fallback),
            Err(winner) => {
                if let Some(page) = page {
                    // SAFETY: the page is ours and was not stored, so nobody else knows it.
                    unsafe { libc::munmap(page.cast(), page_size()) };
                }
                winner
            }
        }
    }

    /// A page that the kernel wipes in a forked child.
    fn wiped_page() -> Option<*mut AtomicU64> {
        let len = page_size();
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: an anonymous mapping at an address that the kernel chooses replaces nothing.
        let page = unsafe { libc::mmap(ptr::null_mut(), len, prot, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the page is ours, and nobody else knows it yet.
        if unsafe { libc::madvise(page, len, libc::MADV_WIPEONFORK) } == 0 {
            return Some(page.cast());
        }
        // SAFETY: as above.
        unsafe { libc::munmap(page, len) };
        None
    }
}

/// `process_vm_readv(2)` of one byte of our own memory: what another process would call.
pub(crate) fn read_own_memory(address: NonNull<u8>) -> io::Result<u8> {
    let mut byte = 0u8;
    let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let remote = libc::iovec { iov_base: address.as_ptr().cast(), iov_len: 1 };
    let pid = libc::pid_t::try_from(std::process::id()).map_err(io::Error::other)?;
    // SAFETY: `local` is one writable byte; the kernel checks `remote` and answers EFAULT.
    let got = unsafe { libc::process_vm_readv(pid, &raw const local, 1, &raw const remote, 1, 0) };
    if got == 1 { Ok(byte) } else { Err(io::Error::last_os_error()) }
}

/// Whether the process can be dumped and traced by its own user.
pub(crate) fn dumpable() -> Option<bool> {
    // SAFETY: this option takes no pointer and only returns a number.
    let value = unsafe { libc::prctl(libc::PR_GET_DUMPABLE, 0, 0, 0, 0) };
    (value >= 0).then_some(value == 1)
}

/// No core files, and no tracing by the same user.
pub(crate) fn forbid_dumps() -> Result<(), Refusal> {
    // SAFETY: this option takes no pointer.
    let done = unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) };
    check(done, Call::SetDumpable)?;
    forbid_core_files()
}
