//! Resource limits of a victim.

use nix::{
    errno::Errno,
    sys::resource::{Resource, getrlimit, setrlimit},
};

use crate::role;

/// A resource whose limit a test lowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// RLIMIT_MEMLOCK, in bytes. Root is exempt from it, but for secret memory on some kernels: a victim that should
    /// feel it has to be unprivileged.
    LockedMemory,
    /// RLIMIT_NOFILE: the highest descriptor number plus one.
    OpenFiles,
}

impl Limit {
    fn resource(self) -> Resource {
        match self {
            Self::LockedMemory => Resource::RLIMIT_MEMLOCK,
            Self::OpenFiles => Resource::RLIMIT_NOFILE,
        }
    }
}

/// Sets a limit, soft and hard, on the calling victim. To have it in force from the victim's first instruction on, use
/// [`Victim::limit`](crate::Victim::limit).
///
/// # Panics
/// Outside a victim, where it would hit every other test of the process, and when the limit is refused (it can only
/// fall).
pub fn set(limit: Limit, value: u64) {
    role::demand("a limit is set");
    if let Err(errno) = apply(limit, value) {
        panic!("setrlimit({limit:?}, {value}): {errno}");
    }
}

/// Bytes that the calling process may lock, unless it is exempt.
///
/// # Panics
/// When the system does not tell.
pub fn locked_memory() -> u64 {
    match getrlimit(Resource::RLIMIT_MEMLOCK) {
        Ok((soft, _)) => soft,
        Err(errno) => panic!("getrlimit: {errno}"),
    }
}

/// Leaves the calling test, aloud, where the limit on locked memory is less than so many bytes: see
/// [`skip!`](crate::skip!). A victim has the limit that its test gave it.
#[macro_export]
macro_rules! needs_locked_memory {
    ($bytes:expr) => {
        let (limit, needed): (u64, u64) = ($crate::limit::locked_memory(), $bytes);
        if limit < needed && !$crate::is_victim() {
            $crate::skip!("RLIMIT_MEMLOCK is {} KiB, and {} are needed", limit / 1024, needed / 1024);
        }
    };
}

/// Only system calls, so that it may run between fork and exec.
pub(crate) fn apply(limit: Limit, value: u64) -> Result<(), Errno> {
    setrlimit(limit.resource(), value, value)
}

/// No core file for a victim: it dies on purpose. Only a system call, as above.
pub(crate) fn no_core() -> Result<(), Errno> {
    setrlimit(Resource::RLIMIT_CORE, 0, 0)
}

/// Sets the soft limit of the calling victim, which may rise again up to the hard one.
///
/// # Panics
/// As [`set`].
pub fn set_soft(limit: Limit, value: u64, hard: u64) {
    role::demand("a limit is set");
    if let Err(errno) = setrlimit(limit.resource(), value, hard) {
        panic!("setrlimit({limit:?}, {value}, {hard}): {errno}");
    }
}
