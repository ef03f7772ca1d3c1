//! Looking at a page as an attacker would: what a level claims is believed when it was seen.

mod smaps;

use crate::protection::Protection;
use crate::refusal::Refusal;
use serde::{Deserialize, Serialize};
pub use smaps::Area;
pub(crate) use smaps::area_of;
use std::fmt;
use std::ptr::NonNull;

/// How a level was verified.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// `process_vm_readv(2)` read a control page and failed on the secret one.
    ProcessVmReadv,
    /// That call was not permitted; `/proc/self/mem` gave a control page and not the secret one.
    ProcMem,
    /// `/proc/self/smaps` counts the page as locked.
    Smaps,
    /// Nothing here can look: the word of the call that made the memory.
    CallAlone,
    /// The level claims nothing that could be looked at.
    NotNeeded,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ProcessVmReadv => "verified: process_vm_readv read a control page and not the secret one",
            Self::ProcMem => "verified: /proc/self/mem gave a control page and not the secret one",
            Self::Smaps => "verified: /proc/self/smaps counts the page as locked",
            Self::CallAlone => "not verified: nothing here can look, the call's word is all there is",
            Self::NotNeeded => "nothing to verify",
        })
    }
}

/// What came of reading a page in some way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// It was read.
    Read,
    /// It could not be reached, while reading as such works.
    OutOfReach,
    /// This way of reading is not to be had here.
    NotPossible,
}

/// The secret page and a control page, read in the same way in the same moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Probe {
    /// The page that should be out of reach.
    pub secret: Look,
    /// An ordinary page, which must be read: only then does the other result mean anything.
    pub control: Look,
}

impl Probe {
    pub(crate) const IMPOSSIBLE: Self = Self { secret: Look::NotPossible, control: Look::NotPossible };

    /// Whether it shows that the page is out of reach.
    #[must_use]
    pub fn proves_secrecy(&self) -> bool {
        self.control == Look::Read && self.secret == Look::OutOfReach
    }
}

/// Both ways of reading our own page: the call, and the file that stands in where the call is not permitted.
pub(crate) fn probe(page: NonNull<u8>) -> (Probe, Probe) {
    let control = Box::new(0u8);
    let control = NonNull::from(control.as_ref());
    let by = |read: fn(NonNull<u8>) -> Look| match read(control) {
        Look::Read => Probe { secret: read(page), control: Look::Read },
        _ => Probe::IMPOSSIBLE,
    };
    (by(by_call), by(by_file))
}

#[cfg(all(target_os = "linux", not(miri)))]
fn by_call(page: NonNull<u8>) -> Look {
    match crate::sys::read_own_memory(page) {
        Ok(_) => Look::Read,
        Err(error) if error.raw_os_error() == Some(libc::EFAULT) => Look::OutOfReach,
        Err(_) => Look::NotPossible,
    }
}

#[cfg(all(target_os = "linux", not(miri)))]
fn by_file(page: NonNull<u8>) -> Look {
    use std::os::unix::fs::FileExt;
    let Ok(file) = std::fs::File::open("/proc/self/mem") else { return Look::NotPossible };
    match file.read_at(&mut [0], page.as_ptr().addr() as u64) {
        Ok(1) => Look::Read,
        Err(error) if matches!(error.raw_os_error(), Some(libc::EIO | libc::EFAULT)) => Look::OutOfReach,
        _ => Look::NotPossible,
    }
}

#[cfg(any(miri, not(target_os = "linux")))]
fn by_call(_page: NonNull<u8>) -> Look {
    Look::NotPossible
}

#[cfg(any(miri, not(target_os = "linux")))]
fn by_file(_page: NonNull<u8>) -> Look {
    Look::NotPossible
}

/// Verifies that `page` is of `level`.
///
/// Secret must be shown, by one way of reading or the other: without a look it is refused. Locked is refused when
/// `/proc/self/smaps` contradicts it (gVisor's `mlock` succeeds and does nothing), and taken at its word where there is
/// no such file.
pub(crate) fn of_level(level: Protection, page: NonNull<u8>) -> Result<Evidence, Refusal> {
    match level {
        Protection::Plain => Ok(Evidence::NotNeeded),
        Protection::Locked => match area_of(page) {
            Some(area) if area.is_locked() => Ok(Evidence::Smaps),
            Some(_) => Err(Refusal::unverified()),
            None => Ok(Evidence::CallAlone),
        },
        Protection::Secret => {
            let (call, file) = probe(page);
            if call.control == Look::Read {
                return call.proves_secrecy().then_some(Evidence::ProcessVmReadv).ok_or(Refusal::unverified());
            }
            if file.control == Look::Read {
                return file.proves_secrecy().then_some(Evidence::ProcMem).ok_or(Refusal::unverified());
            }
            Err(Refusal::unverified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_page_is_found_and_never_taken_for_secret() {
        let page = Box::new([0u8; 64]);
        let page = NonNull::from(page.as_ref()).cast();
        let (call, file) = probe(page);
        for probe in [call, file] {
            assert_ne!(probe.secret, Look::OutOfReach);
            assert!(!probe.proves_secrecy());
        }
        assert!(of_level(Protection::Secret, page).is_err());
    }

    #[test]
    #[cfg(all(target_os = "linux", not(miri)))]
    fn an_ordinary_page_is_not_taken_for_locked() {
        let page = Box::new([0u8; 64]);
        assert_eq!(of_level(Protection::Locked, NonNull::from(page.as_ref()).cast()), Err(Refusal::unverified()));
    }
}
