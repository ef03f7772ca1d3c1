//! What goes wrong with envelopes: keys and contents that are sealed for a password, a secret or a key.

use strongroom_memory::{EnterError, MemoryError, RandomError};

use super::broken;
use super::change::Locked;
use super::input::KdfError;
use super::key::{NotPermitted, UnknownKey, WrongKeyId};
use super::make::{DeriveError, GenerateError};
use super::secret::SecretError;
use crate::key::algorithm::SymmetricAlgorithm;

/// An envelope was not sealed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// There is no room for a key, or for the working memory of Argon2id.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// A key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The key may not wrap.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// Argon2 refused parameters that were found within limits.
    #[error("Argon2id does not accept these parameters")]
    Parameters,
    /// The contents are too long for one encryption, or there is no memory for them.
    #[error("contents of {length} bytes are too long for an envelope")]
    TooLong {
        /// Of the contents, in bytes.
        length: usize,
    },
    /// The key cannot be written: its numbers are not those of a key.
    #[error("the key cannot be written as bytes")]
    Unwritable,
    /// The system gives no random bytes for a key.
    #[error("the system gives no random bytes for a key")]
    NoRandom,
    /// The system gives no random bytes for a salt or a nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// An envelope was not opened. Nothing of what it holds was handed out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// There is no room for a key, or for the working memory of Argon2id: use smaller parameters, or end other work.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The key may not unwrap, or not decrypt.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The envelope asks for more work, or for less, than the reader's limits accept. No work was done.
    #[error(transparent)]
    Kdf(#[from] KdfError),
    /// Argon2 refused parameters that were found within limits.
    #[error("Argon2id does not accept these parameters")]
    Parameters,
    /// It was sealed for another purpose.
    #[error("sealed for the purpose of number {found}, not for that of number {expected}")]
    WrongNamespace {
        /// The number of the purpose that it names.
        found: i64,
        /// The number of the purpose that was expected.
        expected: i64,
    },
    /// It names another key.
    #[error(transparent)]
    WrongKeyId(#[from] WrongKeyId),
    /// It was sealed with another algorithm than the key's.
    #[error("a key of {key} does not open an envelope of another algorithm")]
    WrongAlgorithm {
        /// What the key is a key of.
        key: SymmetricAlgorithm,
    },
    /// The password, the secret or the key is wrong, or somebody changed the envelope.
    #[error("wrong password, secret or key, or the envelope was changed")]
    WrongKeyOrChanged,
    /// Authentic, but what it holds is no symmetric key.
    #[error("the contents are not a key that can be used here")]
    NotAKey,
    /// Authentic, but the key in it is another than the one that it names.
    #[error("the sealed key is not the one that the envelope names")]
    OtherKeyInside,
    /// There is no ordinary memory for the contents.
    #[error("no memory for the decryption of {length} bytes")]
    OutOfMemory {
        /// Of the ciphertext, in bytes.
        length: usize,
    },
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

impl From<DeriveError> for SealError {
    fn from(error: DeriveError) -> Self {
        match error {
            DeriveError::Locked(error) => error.into(),
            DeriveError::Memory(error) => error.into(),
            DeriveError::Parameters => Self::Parameters,
        }
    }
}

impl From<DeriveError> for UnsealError {
    fn from(error: DeriveError) -> Self {
        match error {
            DeriveError::Locked(error) => error.into(),
            DeriveError::Memory(error) => error.into(),
            DeriveError::Parameters => Self::Parameters,
        }
    }
}

impl From<SecretError> for SealError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Locked(error) => error.into(),
            SecretError::Memory(error) => error.into(),
            // No text is read, and no length is chosen.
            SecretError::Random
            | SecretError::Malformed { .. }
            | SecretError::TooShort { .. }
            | SecretError::AllZero => Self::NoRandom,
        }
    }
}

impl From<GenerateError> for SealError {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Locked(error) => error.into(),
            GenerateError::Memory(error) => error.into(),
            GenerateError::Random => Self::NoRandom,
            GenerateError::UnavailableAlgorithm(_) => {
                broken("every build has the algorithm of an envelope's keys").into()
            }
        }
    }
}
