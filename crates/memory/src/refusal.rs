//! A call that the operating system refused: which, why, and what a person can do about it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The calls this crate makes that can be refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Call {
    /// `memfd_secret(2)`: a file whose pages are taken out of the kernel's own map.
    MemfdSecret,
    /// `ftruncate(2)` on such a file.
    Ftruncate,
    /// `mmap(2)` of such a file.
    MmapSecret,
    /// `mremap(2)` of secret pages to their place.
    Mremap,
    /// The first touch of a secret page, by a call that writes there. Kernels with the fix of CVE-2026-93243 (2026)
    /// charge the page to the user's limit at that moment.
    Touch,
    /// No call: this process forked without a pause, so that no mapping could be made that no child has.
    Forks,
    /// `pthread_atfork(3)`.
    AtFork,
    /// `mmap(2)` of ordinary anonymous memory, or `VirtualAlloc`.
    Mmap,
    /// `mprotect(2)`.
    Mprotect,
    /// `madvise(2)` with `MADV_DONTFORK`.
    DontFork,
    /// `madvise(2)` with `MADV_DONTDUMP`.
    DontDump,
    /// `mlock(2)`, or `VirtualLock`.
    Mlock,
    /// `getrandom(2)`, or the platform's random source.
    Random,
    /// `prctl(2)` with `PR_SET_DUMPABLE`.
    SetDumpable,
    /// `setrlimit(2)` with `RLIMIT_CORE`.
    SetCoreLimit,
    /// `sigaltstack(2)`.
    SignalStack,
    /// `sigaction(2)`.
    SignalAction,
    /// No call: the level does not exist on this platform.
    Unsupported,
    /// No call: the operating system said yes, and a look afterwards showed that it had not done it.
    Verification,
}

impl Call {
    /// The name as a manual page has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MemfdSecret => "memfd_secret",
            Self::Ftruncate => "ftruncate (of a secret file)",
            Self::MmapSecret => "mmap (of a secret file)",
            Self::Mremap => "mremap",
            Self::Touch => "first touch (of a secret page)",
            Self::Forks => "none (this process forks all the time)",
            Self::AtFork => "pthread_atfork",
            Self::Mmap => "mmap",
            Self::Mprotect => "mprotect",
            Self::DontFork => "madvise(MADV_DONTFORK)",
            Self::DontDump => "madvise(MADV_DONTDUMP)",
            Self::Mlock => "mlock",
            Self::Random => "getrandom",
            Self::SetDumpable => "prctl(PR_SET_DUMPABLE)",
            Self::SetCoreLimit => "setrlimit(RLIMIT_CORE)",
            Self::SignalStack => "sigaltstack",
            Self::SignalAction => "sigaction",
            Self::Unsupported => "none (not on this platform)",
            Self::Verification => "none (the check afterwards)",
        }
    }
}

/// A refused call. Carries no addresses and no contents.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// The call.
    pub call: Call,
    /// The operating system's error number (`errno`, or `GetLastError` on Windows); 0 where there was no call.
    pub errno: i32,
}

impl Refusal {
    pub(crate) fn new(call: Call, errno: i32) -> Self {
        Self { call, errno }
    }

    /// The error number of the call that has just failed.
    #[expect(clippy::disallowed_methods, reason = "`last_os_error` always has a number, as its documentation says")]
    pub(crate) fn last(call: Call) -> Self {
        Self { call, errno: std::io::Error::last_os_error().raw_os_error().unwrap_or_default() }
    }

    #[cfg(any(miri, not(target_os = "linux")))]
    pub(crate) fn unsupported() -> Self {
        Self { call: Call::Unsupported, errno: 0 }
    }

    pub(crate) fn unverified() -> Self {
        Self { call: Call::Verification, errno: 0 }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match (self.call, Errno::of(self.errno)) {
            (Call::MemfdSecret, Errno::NotImplemented) => {
                "the kernel does not offer memfd_secret: Linux 5.14 or later built with CONFIG_SECRETMEM is needed, and \
                 kernels before 6.5 also need the boot option secretmem.enable=1; gVisor has no such call"
            }
            (Call::MemfdSecret, Errno::NotPermitted) => {
                "a seccomp filter refuses memfd_secret: use a container profile that allows it (the default profiles of \
                 Docker and containerd do since 2022)"
            }
            (Call::MemfdSecret | Call::Mmap | Call::MmapSecret, Errno::TooManyFiles) => {
                "the process has no free file descriptor: close some, or raise RLIMIT_NOFILE (ulimit -n)"
            }
            (Call::MemfdSecret, Errno::TooManyFilesSystem) => {
                "the system has no free file descriptor: close some, or raise fs.file-max"
            }
            (Call::MmapSecret | Call::Mlock, Errno::Again | Errno::NoMemory | Errno::NotPermitted) => {
                "the limit on locked memory is reached: raise RLIMIT_MEMLOCK (ulimit -l; LimitMEMLOCK= in a systemd unit; \
                 --ulimit memlock= for a container), or hold fewer keys"
            }
            (Call::Touch, _) => {
                "the limit on locked memory is reached, which on this kernel all processes of the user share, root's too: \
                 raise RLIMIT_MEMLOCK (ulimit -l; LimitMEMLOCK= in a systemd unit; --ulimit memlock= for a container), or \
                 hold fewer keys"
            }
            (Call::Forks, _) => "secret memory is made only between forks: try again, or fork less often",
            (Call::SignalStack, Errno::Again) => "the thread has as many of these stacks as it can have: drop some",
            (Call::Unsupported, _) => "this platform has no such memory: accept a lower level, or run on Linux",
            (Call::Verification, _) => {
                "the system claims to have done it and has not (gVisor's mlock does nothing): do not rely on this level \
                 here"
            }
            (Call::Random, _) => "the system's random source refuses: allow getrandom in the seccomp filter",
            (_, Errno::NoMemory) => "the system is out of memory or of mappings (vm.max_map_count): free some",
            _ => "see the manual page of the call for this error number; a container or seccomp profile may refuse it",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errno {
            0 => write!(f, "{}: {}", self.call.name(), self.advice()),
            errno => write!(f, "{} answered {}: {}", self.call.name(), describe(errno), self.advice()),
        }
    }
}

impl std::error::Error for Refusal {}

/// The operating system's text for a number, with the number.
fn describe(errno: i32) -> String {
    std::io::Error::from_raw_os_error(errno).to_string()
}

/// The numbers that decide the advice.
#[cfg_attr(not(unix), expect(dead_code, reason = "other systems have other numbers"))]
enum Errno {
    NotImplemented,
    NotPermitted,
    TooManyFiles,
    TooManyFilesSystem,
    Again,
    NoMemory,
    Other,
}

impl Errno {
    #[cfg(unix)]
    fn of(errno: i32) -> Self {
        match errno {
            libc::ENOSYS => Self::NotImplemented,
            libc::EPERM | libc::EACCES => Self::NotPermitted,
            libc::EMFILE => Self::TooManyFiles,
            libc::ENFILE => Self::TooManyFilesSystem,
            libc::EAGAIN => Self::Again,
            libc::ENOMEM => Self::NoMemory,
            _ => Self::Other,
        }
    }

    #[cfg(windows)]
    fn of(errno: i32) -> Self {
        // ERROR_ACCESS_DENIED, ERROR_NOT_ENOUGH_MEMORY, ERROR_WORKING_SET_QUOTA.
        match errno {
            5 => Self::NotPermitted,
            8 | 1453 => Self::NoMemory,
            _ => Self::Other,
        }
    }

    #[cfg(not(any(unix, windows)))]
    fn of(_errno: i32) -> Self {
        Self::Other
    }
}
