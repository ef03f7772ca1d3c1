//! The calls of the operating system that this crate makes, each behind a checked, safe wrapper. One file a platform.
//!
//! A range of memory has two states. A [`Reservation`] is address space without access; it becomes a [`Committed`]
//! range, whose middle is readable and writable and whose ends stay without access, as guards. Only a committed range
//! tells its address, and only once all its calls are made, so no wrapper here can be told to change memory that
//! somebody already looks at.

#[cfg(target_os = "linux")]
mod faults;
#[cfg(all(target_os = "linux", not(miri)))]
mod forks;
#[cfg(all(target_os = "linux", not(miri)))]
#[path = "sys/linux.rs"]
mod imp;
#[cfg(any(miri, not(any(unix, windows))))]
#[path = "sys/plain.rs"]
mod imp;
#[cfg(all(unix, not(target_os = "linux"), not(miri)))]
#[path = "sys/other_unix.rs"]
mod imp;
#[cfg(all(windows, not(miri)))]
#[path = "sys/windows.rs"]
mod imp;
#[cfg(all(target_os = "linux", not(miri)))]
mod inherited;
#[cfg(all(target_os = "linux", not(miri)))]
mod own_descriptors;
#[cfg(all(target_os = "linux", not(miri)))]
mod secret_pages;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
#[cfg_attr(miri, allow(dead_code, reason = "Miri has no pages"))]
mod unix;

#[cfg(target_os = "linux")]
pub(crate) use faults::name_overflows;
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) use forks::register as watch_forks;
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) use imp::read_own_memory;
pub(crate) use imp::{ProcessMarker, dumpable, fill_random, forbid_dumps};
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) use inherited::{announce as announce_signal_stack, withdraw as withdraw_signal_stack};
#[cfg(unix)]
pub(crate) use signals::{
    MOST as MOST_SIGNAL_STACKS, SignalStackSetting, restore_signal_stack, set_signal_stack, signal_stack,
    signal_stack_len,
};
#[cfg(unix)]
pub(crate) use unix::{core_limit, memory_lock_limit, read_descriptor};

use crate::protection::Protection;
use crate::refusal::Refusal;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The size of a page in bytes: a power of two, at least 4,096.
pub(crate) fn page_size() -> usize {
    // Not a `OnceLock`: a child that is forked while another thread fills one waits for that thread for ever.
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    match SIZE.load(Ordering::Relaxed) {
        0 => {
            let size = imp::page_size().next_power_of_two().max(4096);
            SIZE.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

/// The soft limit on locked memory in bytes, if there is one.
pub(crate) fn soft_lock_limit() -> Option<u64> {
    #[cfg(unix)]
    {
        memory_lock_limit().and_then(|limit| limit.soft)
    }
    #[cfg(not(unix))]
    None
}

/// Address space without access, owned. Nothing in it can be read, and it counts against no limit on locked memory.
#[derive(Debug)]
pub(crate) struct Reservation(imp::Range);

impl Reservation {
    /// Reserves room for `len` bytes (a multiple of the page size) between two guard pages.
    pub(crate) fn new(len: usize) -> Result<Self, Refusal> {
        imp::Range::reserve(len, page_size()).map(Self)
    }

    /// Backs the middle by zeroed memory of the level `kind`. Every call that level needs has been made on success; on
    /// failure the whole range is given back.
    pub(crate) fn commit(mut self, kind: Protection) -> Result<Committed, Refusal> {
        self.back(kind)?;
        Ok(Committed(self.0))
    }

    fn back(&mut self, kind: Protection) -> Result<(), Refusal> {
        match kind {
            Protection::Secret => self.0.commit_secret(),
            Protection::Locked => {
                self.0.commit_private()?;
                self.0.exclude_from_dumps_and_forks()?;
                self.0.lock()
            }
            Protection::Plain => {
                self.0.commit_private()?;
                // Best effort: this level promises erasure alone.
                let _ = self.0.exclude_from_dumps_and_forks();
                Ok(())
            }
        }
    }
}

/// A committed range between guard pages, owned and unmapped on drop.
///
/// # Invariants
/// 1. `data()` to `data() + len()` is mapped, readable, writable and zeroed at first, until the value is dropped (in
///    the process that made it; a forked child has no such memory).
/// 2. `data()` is aligned to the page size.
/// 3. Nobody but the owner of the value knows the range.
#[derive(Debug)]
pub(crate) struct Committed(imp::Range);

impl Committed {
    pub(crate) fn data(&self) -> NonNull<u8> {
        self.0.data()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
