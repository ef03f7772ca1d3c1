//! Unix systems other than Linux: memory can be locked, not made secret.

pub(super) use super::unix::Range;
use super::unix::forbid_core_files;
use crate::refusal::{Call, Refusal};
use std::sync::atomic::AtomicU64;

pub(super) fn page_size() -> usize {
    // SAFETY: the call only returns a number.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(16384)
}

impl Range {
    pub(super) fn commit_secret(&mut self) -> Result<(), Refusal> {
        Err(Refusal::unsupported())
    }

    /// No portable call: a forked child is told by its process id, and core files are the binary's to forbid.
    pub(super) fn exclude_from_dumps_and_forks(&mut self) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Fills `out` from the system's random source.
pub(crate) fn fill_random(out: &mut [u8]) -> Result<(), Refusal> {
    #[expect(clippy::disallowed_methods, reason = "0 in a refusal says that there is no number")]
    let number = |error: getrandom::Error| error.raw_os_error().unwrap_or_default();
    getrandom::fill(out).map_err(|error| Refusal::new(Call::Random, number(error)))
}

/// No page that a fork wipes: the process id tells a child.
pub(crate) struct ProcessMarker;

impl ProcessMarker {
    pub(crate) fn cell() -> Option<&'static AtomicU64> {
        None
    }
}

pub(crate) fn dumpable() -> Option<bool> {
    None
}

/// No core files.
pub(crate) fn forbid_dumps() -> Result<(), Refusal> {
    forbid_core_files()
}
