//! What goes wrong with secrets that are no keys of the store, and with a program's own functions.

use strongroom_memory::{MakeError, MemoryError, Status};

use super::ImportError;
use super::change::Locked;

/// A secret that a protocol hands out was not made or read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// There is no room for the secret, or the operation could not run.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The system gives no random bytes: its call is forbidden, as by a seccomp filter.
    #[error("the system gives no random bytes for a secret")]
    Random,
    /// The text is not base64 of as many bytes, in the alphabet that this secret is written in: it was not copied whole,
    /// or is something else.
    #[error("not the base64 of a secret of {expected} bytes")]
    Malformed {
        /// Bytes of the secret.
        expected: usize,
    },
    /// Shorter than the secret has to be.
    #[error("a secret of {found} bytes; it should have {min} at least")]
    TooShort {
        /// Its length in bytes.
        found: usize,
        /// The least that it may be.
        min: usize,
    },
    /// Nothing but zeros: the authenticator gave no output.
    #[error("a secret of zeros alone")]
    AllZero,
}

/// A function of the program's own did not make a secret or a key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// There is no room, the function asks for more stack than there is, or it panicked.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The function said no, by a number whose meaning the program knows.
    #[error("the function ended with status {}", .0.0)]
    Failed(Status),
    /// What the function wrote is not a key of the algorithm.
    #[error(transparent)]
    Import(#[from] ImportError),
}

impl From<MakeError<Status>> for ExtensionError {
    fn from(error: MakeError<Status>) -> Self {
        match error {
            MakeError::Memory(error) => Self::Memory(error),
            MakeError::Failed(status) => Self::Failed(status),
        }
    }
}
