//! Why the attack could not be made.

use std::io;

use strongroom_probe::{NotACore, ScanError, TooPlain};

use crate::operation::Operation;

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
    #[error("a victim was never halted in the middle of its operation")]
    NeverInside,
    #[error("no account could be invented")]
    Account,
    #[error("what a victim made does not open with the keys of its account")]
    WrongKey,
    #[error("{operation}: {source}")]
    Of { operation: Operation, source: Box<Failure> },
    #[error("a thread of the attacker panicked")]
    Panicked,
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
