//! Why a key from other software was not taken over.

use super::failure::{Error, ErrorKind};
use super::key::{UnavailableAlgorithm, UnusableRsaKey};
use super::malformed::Malformed;
use super::operation::Operation;
use super::unsupported::Unsupported;

/// A key was not imported. Its source is erased all the same.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes are not a key of this kind and algorithm in this format, or its numbers do not belong together.
    #[error("not a key of this kind in this format")]
    NotAKey,
    /// It is an RSA key, but none that can be used.
    #[error(transparent)]
    UnusableRsaKey(UnusableRsaKey),
    /// It is a key of an algorithm that this build leaves out.
    #[error(transparent)]
    UnavailableAlgorithm(UnavailableAlgorithm),
    /// The store did not take it: it is locked, or there is no room.
    #[error(transparent)]
    Store(Error),
}

impl ImportError {
    /// Returns the error of an import that an operation failed with.
    pub(crate) fn of(error: Error) -> Self {
        match *error.kind() {
            ErrorKind::Malformed(Malformed::NotAKey) => Self::NotAKey,
            ErrorKind::Unsupported(Unsupported::RsaKey(unusable)) => Self::UnusableRsaKey(unusable),
            ErrorKind::Unsupported(Unsupported::Algorithm(unavailable)) => Self::UnavailableAlgorithm(unavailable),
            _ => Self::Store(error),
        }
    }
}

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        let kind: ErrorKind = match error {
            ImportError::NotAKey => Malformed::NotAKey.into(),
            ImportError::UnusableRsaKey(unusable) => unusable.into(),
            ImportError::UnavailableAlgorithm(unavailable) => unavailable.into(),
            ImportError::Store(error) => return error,
        };
        Self::of(Operation::Import, kind)
    }
}
