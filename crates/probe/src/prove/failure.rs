//! Why the attack could not be made.

use std::io;

use strongroom_probe::{NotACore, ScanError, TooPlain};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no random bytes: {0}")]
    Random(#[from] getrandom::Error),
    #[error("{0}")]
    TooPlain(#[from] TooPlain),
    #[error("a victim could not be run: {0}")]
    Victim(io::Error),
    #[error("a victim could not be halted: {0}")]
    Halt(io::Error),
    #[error("a victim's key does not open with the key it was to be wrapped under")]
    WrongKey,
    #[error("{0}")]
    Scan(#[from] ScanError),
    #[error("{0}")]
    Core(#[from] NotACore),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Victim(error)
    }
}
