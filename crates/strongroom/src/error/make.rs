//! What goes wrong where keys are made.

use strongroom_memory::MemoryError;

use super::change::Locked;
use super::key::UnavailableAlgorithm;

/// A key was not generated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenerateError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The system gives no random bytes: its call is forbidden, as by a seccomp filter.
    #[error("the system gives no random bytes for a key")]
    Random,
    /// There is no room for the key.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// This build has no keys of the algorithm.
    #[error(transparent)]
    UnavailableAlgorithm(#[from] UnavailableAlgorithm),
}

/// A key was not derived from a password. That the password is wrong shows only when the key is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// There is no room for the key, or for the working memory of Argon2id: use smaller parameters, or end other work.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// Argon2 refused parameters that were found within limits.
    #[error("Argon2id does not accept these parameters")]
    Parameters,
}
