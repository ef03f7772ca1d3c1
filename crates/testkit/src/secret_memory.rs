//! Secret memory without the library under test: whether this machine has it, and for how much the limit has room.

use std::{
    io,
    os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd},
    ptr,
};

use nix::libc;

/// Bytes of a page.
pub const PAGE: usize = 4096;

/// Whether the kernel makes a file of secret memory for the calling process. Whether the limit on locked memory has
/// room for pages of it is another question.
pub fn is_there() -> bool {
    file().is_ok()
}

fn file() -> io::Result<OwnedFd> {
    // SAFETY: the call takes one number.
    let file = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::c_long::from(libc::O_CLOEXEC)) };
    match libc::c_int::try_from(file) {
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(file) if file >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(file) }),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A page of secret memory.
///
/// # Invariants
/// 1. The page is a mapping of its own, to which nobody has a reference.
#[derive(Debug)]
pub struct Page(*mut libc::c_void);

/// Which call has no room for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `mmap(2)`, with EAGAIN: the kernel counts a page for the process, when it is mapped.
    Mapping,
    /// A call that writes into the page, with EFAULT: kernels since 2026 (CVE-2026-93243) refuse no mapping, and charge
    /// a page to the user when it is first touched. A store of ours would be SIGBUS.
    Touch,
}

impl Page {
    /// Takes a page. The kernel touches it.
    ///
    /// # Errors
    /// [`Refused`]: the limit on locked memory has no room for it.
    ///
    /// # Panics
    /// Where a call is refused for another reason.
    pub fn take() -> Result<Self, Refused> {
        let page = Self::map()?;
        // SAFETY: the byte is ours (invariant 1); the kernel looks whether it can be written.
        let touched = unsafe { libc::syscall(libc::SYS_getrandom, page.0, 1_usize, 0) };
        if touched == 1 { Ok(page) } else { Err(refused(libc::EFAULT, Refused::Touch)) }
    }

    /// Takes a page and touches it by a store, as a program does that knows nothing of the limit: the control of what
    /// [`take`](Self::take) spares. Where the kernel charges a page when it is first touched, SIGBUS ends the process
    /// that has no room.
    ///
    /// # Errors
    /// [`Refused::Mapping`].
    ///
    /// # Panics
    /// As [`take`](Self::take).
    pub fn take_by_store() -> Result<Self, Refused> {
        let page = Self::map()?;
        // SAFETY: the byte is ours (invariant 1). A SIGBUS harms no memory.
        unsafe { page.0.cast::<u8>().write_volatile(1) };
        Ok(page)
    }

    /// Maps a page, which nobody has touched.
    fn map() -> Result<Self, Refused> {
        let file = file().unwrap_or_else(|error| panic!("memfd_secret: {error}"));
        // SAFETY: the descriptor is open.
        let done = unsafe { libc::ftruncate(file.as_raw_fd(), PAGE as libc::off_t) };
        assert!(done == 0, "ftruncate: {}", io::Error::last_os_error());
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
        let at = unsafe { libc::mmap(ptr::null_mut(), PAGE, rights, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        if at == libc::MAP_FAILED {
            return Err(refused(libc::EAGAIN, Refused::Mapping));
        }
        Ok(Self(at))
    }

    /// Takes so many pages, or as many as there is room for.
    ///
    /// # Panics
    /// As [`take`](Self::take).
    pub fn take_many(most: usize) -> Vec<Self> {
        (0..most).map_while(|_| Self::take().ok()).collect()
    }
}

/// Tells the last call's error, which has to be this one.
fn refused(errno: i32, by: Refused) -> Refused {
    let error = io::Error::last_os_error();
    assert!(error.raw_os_error() == Some(errno), "{by:?}: {error}");
    by
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours (invariant 1).
        unsafe { libc::munmap(self.0, PAGE) };
    }
}

/// What the kernel lets the calling process have under a limit of so many bytes on locked memory, tried page by page
/// and given back: exactly that, or why a test of the limit would say nothing.
///
/// # Errors
/// The reason, for [`skip!`](crate::skip!).
///
/// # Panics
/// As [`Page::take`].
pub fn binds(limit: usize) -> Result<(), &'static str> {
    let room = limit / PAGE;
    match Page::take_many(room + 1).len() {
        had if had > room => Err("this kernel does not count secret memory against RLIMIT_MEMLOCK"),
        had if had < room => {
            Err("other processes of this user hold secret memory, which this kernel counts for the user")
        }
        _ => Ok(()),
    }
}

/// Leaves the calling test, aloud, where the kernel has no secret memory: see [`skip!`](crate::skip!).
#[macro_export]
macro_rules! needs_secret_memory {
    () => {
        if !$crate::secret_memory::is_there() {
            $crate::skip!("the kernel has no memfd_secret");
        }
    };
}
