//! A kernel that charges secret pages when they are first touched, simulated on one that charges whole mappings.
//!
//! Since a fix of 2026 (CVE-2026-93243) `mmap(2)` of a secret file always succeeds, and a touch beyond the user's
//! `RLIMIT_MEMLOCK` raises SIGBUS. A secret file that is shorter than its mapping behaves exactly so: a store beyond
//! its end raises SIGBUS, and a system call that writes there answers EFAULT. So the executable's `ftruncate` is this
//! one. It makes secret files only as long as the simulated limit has room, counting what the process has mapped.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use nix::libc;

use crate::{area::Area, role};

/// The simulated limit in bytes; the largest number where there is none.
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

/// From now on the calling victim has room for `bytes` of touched secret pages, whoever runs it.
///
/// # Panics
/// Outside a victim.
pub fn at_first_touch(bytes: u64) {
    role::demand("secret pages are charged");
    LIMIT.store(bytes, Ordering::SeqCst);
}

/// Bytes of secret memory that the process has mapped.
///
/// # Panics
/// As [`Area::all`].
pub fn mapped_secret_bytes() -> u64 {
    Area::all().iter().filter(|area| area.is_secret()).map(|area| area.size() as u64).sum()
}

/// What was granted last. A kernel charges and touches in one step; here a file gets its length first and is mapped
/// later, so that nobody else may look at the limit in between.
static GRANT: Mutex<Option<Grant>> = Mutex::new(None);

/// A secret file that got its length.
struct Grant {
    inode: u64,
    /// Of the thread that has it open.
    link: PathBuf,
}

impl Grant {
    /// The open descriptor's; `None` unless it is a secret file.
    fn of(descriptor: libc::c_int) -> Option<Self> {
        // The thread's own table: the mapping is made by a helper that has one.
        let thread = fs::read_link("/proc/thread-self").ok()?;
        let link = Path::new("/proc").join(thread).join(format!("fd/{descriptor}"));
        let is_secret = fs::read_link(&link).is_ok_and(|name| name.to_string_lossy().contains("secretmem"));
        let inode = is_secret.then(|| fs::metadata(&link).map(|file| file.ino()));
        Some(Self { inode: inode?.ok()?, link })
    }

    /// Whether its memory is mapped, and so is counted, or never will be.
    fn is_settled(&self) -> bool {
        let is_open = fs::metadata(&self.link).is_ok_and(|file| file.ino() == self.inode);
        !is_open || Area::all().iter().any(|area| area.is_secret() && area.inode() == self.inode)
    }
}

/// Takes the place of the C library's in every executable that this crate is linked to.
///
/// # Safety
/// As `ftruncate(2)`: none is needed, as no memory is touched.
#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate(descriptor: libc::c_int, len: libc::off_t) -> libc::c_int {
    let limit = LIMIT.load(Ordering::SeqCst);
    let grant = if limit == u64::MAX { None } else { Grant::of(descriptor) };
    let Some(grant) = grant else { return set_len(descriptor, len) };
    let mut last = GRANT.lock().unwrap_or_else(PoisonError::into_inner);
    while last.as_ref().is_some_and(|last| last.link != grant.link && !last.is_settled()) {
        thread::yield_now();
    }
    let room = limit.saturating_sub(mapped_secret_bytes()) / PAGE * PAGE;
    *last = Some(grant);
    set_len(descriptor, len.min(libc::off_t::try_from(room).unwrap_or(libc::off_t::MAX)))
}

const PAGE: u64 = 4096;

fn set_len(descriptor: libc::c_int, len: libc::off_t) -> libc::c_int {
    // SAFETY: the call takes two numbers.
    let done = unsafe { libc::syscall(libc::SYS_ftruncate, libc::c_long::from(descriptor), len) };
    libc::c_int::try_from(done).unwrap_or(-1)
}
