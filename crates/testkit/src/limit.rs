//! Resource limits of a victim.

use nix::{
    errno::Errno,
    sys::resource::{Resource, setrlimit},
};

use crate::role;

/// A resource whose limit a test lowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// RLIMIT_MEMLOCK, in bytes. Root is exempt from it: a victim that should feel it has to be unprivileged.
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
/// Outside a victim, where it would hit every other test of the process, and when the limit is refused (it can only fall).
pub fn set(limit: Limit, value: u64) {
    role::demand("a limit is set");
    if let Err(errno) = apply(limit, value) {
        panic!("setrlimit({limit:?}, {value}): {errno}");
    }
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
