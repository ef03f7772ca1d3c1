//! A kernel that charges secret pages when they are first touched, simulated on one that charges whole mappings.
//!
//! Since a fix of 2026 (CVE-2026-93243) `mmap(2)` of a secret file always succeeds, and a touch beyond the user's
//! `RLIMIT_MEMLOCK` raises SIGBUS. A secret file that is shorter than its mapping behaves exactly so: a store beyond its
//! end raises SIGBUS, and a system call that writes there answers EFAULT. So the executable's `ftruncate` is this one. It
//! makes secret files only as long as the simulated limit has room, counting what the process has mapped.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// Takes the place of the C library's in every executable that this crate is linked to.
///
/// # Safety
/// As `ftruncate(2)`: none is needed, as no memory is touched.
#[unsafe(no_mangle)]
unsafe extern "C" fn ftruncate(descriptor: libc::c_int, len: libc::off_t) -> libc::c_int {
    let limit = LIMIT.load(Ordering::SeqCst);
    let len = if limit == u64::MAX || !is_secret(descriptor) {
        len
    } else {
        let room = limit.saturating_sub(mapped_secret_bytes()) / PAGE * PAGE;
        len.min(libc::off_t::try_from(room).unwrap_or(libc::off_t::MAX))
    };
    // SAFETY: the call takes two numbers.
    let done = unsafe { libc::syscall(libc::SYS_ftruncate, libc::c_long::from(descriptor), len) };
    libc::c_int::try_from(done).unwrap_or(-1)
}

const PAGE: u64 = 4096;

fn is_secret(descriptor: libc::c_int) -> bool {
    // The thread's own table: the mapping is made by a helper that has one.
    fs::read_link(format!("/proc/thread-self/fd/{descriptor}"))
        .is_ok_and(|name| name.to_string_lossy().contains("secretmem"))
}
