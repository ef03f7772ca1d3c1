//! Linux: `memfd_secret`, the raw random call, the marker page that a fork wipes.

pub(super) use super::unix::{Range, reserve_forever};
use super::unix::{check, forbid_core_files};
use crate::refusal::{Call, Refusal};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

pub(super) fn page_size() -> usize {
    // SAFETY: the call only returns a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

impl Range {
    /// Backs the middle by `memfd_secret` pages: shared (the call knows no other), not inherited by a forked child,
    /// every page faulted in, the descriptor closed (an open one can be fetched by `pidfd_getfd` and mapped).
    pub(super) fn commit_secret(&mut self) -> Result<(), Refusal> {
        let file = secret_file()?;
        let len = libc::off_t::try_from(self.len()).map_err(|_| Refusal::new(Call::Ftruncate, libc::EFBIG))?;
        // SAFETY: the descriptor is open and ours.
        let done = unsafe { libc::ftruncate(file.as_raw_fd(), len) };
        check(done, Call::Ftruncate)?;
        // Not MAP_FIXED onto the reservation: a refusal (the limit on locked memory) would come after the kernel has
        // taken the reserved pages away, and another thread's mapping could lie there when the range is given back.
        // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
        let mapped = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(ptr::null_mut(), self.len(), access, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        if mapped == libc::MAP_FAILED {
            return Err(Refusal::last(Call::MmapSecret));
        }
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        // SAFETY: both ranges are ours (the second by invariant 1) and nobody holds an address in either (invariant 3).
        // The kernel replaces the one by the other in one step.
        let moved = unsafe { libc::mremap(mapped, self.len(), self.len(), flags, self.data().as_ptr()) };
        if moved == libc::MAP_FAILED {
            let refusal = Refusal::last(Call::MmapSecret);
            self.lose_middle();
            // SAFETY: the mapping is ours and nobody holds an address in it.
            unsafe { libc::munmap(mapped, self.len()) };
            return Err(refusal);
        }
        drop(file);
        self.exclude_from_dumps_and_forks()?;
        self.touch_every_page();
        Ok(())
    }

    /// `MADV_DONTFORK`: the mapping is shared, a child would read and change it. `MADV_DONTDUMP`: not in core files.
    pub(super) fn exclude_from_dumps_and_forks(&mut self) -> Result<(), Refusal> {
        for (advice, call) in [(libc::MADV_DONTFORK, Call::DontFork), (libc::MADV_DONTDUMP, Call::DontDump)] {
            // SAFETY: neither advice changes contents, and the range is ours (invariant 1).
            let done = unsafe { libc::madvise(self.data().as_ptr().cast(), self.len(), advice) };
            check(done, call)?;
        }
        Ok(())
    }

    /// The first touch of a secret page costs 20 to 60 us: pay it here and not in an operation.
    fn touch_every_page(&mut self) {
        for offset in (0..self.len()).step_by(page_size()) {
            // SAFETY: `offset` is below `len`, so the address lies in our range.
            let page = unsafe { self.data().add(offset) };
            // SAFETY: the page was mapped writable by the caller, and nobody else knows it (invariant 3).
            unsafe { page.as_ptr().write_volatile(0) };
        }
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

/// A number that a forked child sees as 0: it lies on a page that the kernel wipes in the child.
pub(crate) struct ProcessMarker;

static MARKER: AtomicPtr<AtomicU64> = AtomicPtr::new(ptr::null_mut());

impl ProcessMarker {
    /// The number, or `None` where the kernel has no `MADV_WIPEONFORK` (before 4.14) or refuses it.
    #[inline]
    pub(crate) fn cell() -> Option<&'static AtomicU64> {
        let mut page = MARKER.load(Ordering::Acquire);
        if page.is_null() {
            page = Self::make()?;
        }
        // SAFETY: a pointer stored in MARKER is an aligned, zero-initialised page that is never unmapped; in a forked
        // child the page is there too, wiped.
        Some(unsafe { &*page })
    }

    #[cold]
    fn make() -> Option<*mut AtomicU64> {
        let len = page_size();
        let prot = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: an anonymous mapping at an address that the kernel chooses replaces nothing.
        let page = unsafe { libc::mmap(ptr::null_mut(), len, prot, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0) };
        if page == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the page is ours, and nobody else knows it yet.
        let advised = unsafe { libc::madvise(page, len, libc::MADV_WIPEONFORK) };
        let page = page.cast::<AtomicU64>();
        let stored = match advised {
            0 => MARKER.compare_exchange(ptr::null_mut(), page, Ordering::AcqRel, Ordering::Acquire),
            _ => Err(ptr::null_mut()),
        };
        match stored {
            Ok(_) => Some(page),
            Err(winner) => {
                // SAFETY: the page is ours and was not stored, so nobody else knows it.
                unsafe { libc::munmap(page.cast(), len) };
                (!winner.is_null()).then_some(winner)
            }
        }
    }
}

/// `process_vm_readv(2)` of one byte of our own memory: what another process would call.
pub(crate) fn read_own_memory(address: ptr::NonNull<u8>) -> io::Result<u8> {
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
