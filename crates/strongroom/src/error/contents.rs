//! Contents that were not encrypted or not decrypted.

use strongroom_memory::{EnterError, MemoryError, RandomError};

use super::change::Locked;
use super::key::{NotPermitted, UnknownKey, WrongAlgorithm, WrongKeyId};
use crate::labels::EncStringType;

/// Contents were not encrypted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The key rests sealed, and there is no room to prepare it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The key may not encrypt.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The key is one of AES-256-CBC-HMAC-SHA256, whose MAC covers no associated data. Take a key of COSE.
    #[error("a key of AES-256-CBC-HMAC-SHA256 binds contents to no associated data, a COSE key does")]
    NoAssociatedData,
    /// The contents are longer than the algorithm takes with one nonce: 64 GiB and more.
    #[error("contents of {length} bytes are too long for one encryption")]
    TooLong {
        /// Of the contents, in bytes.
        length: usize,
    },
    /// There is no ordinary memory for the ciphertext.
    #[error("no memory for the encryption of {length} bytes")]
    OutOfMemory {
        /// Of the contents, in bytes.
        length: usize,
    },
    /// The caller's buffer is too short. It is as it was.
    #[error("a buffer of {given} bytes is too short, {needed} are needed")]
    BufferTooShort {
        /// What is needed, in bytes.
        needed: usize,
        /// The buffer's length in bytes.
        given: usize,
    },
    /// The system gives no random bytes for an initialisation vector.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// Contents were not decrypted. Not one byte of them was handed out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecryptError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The key rests sealed, and there is no room to prepare it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// Contents encrypted this way are not opened by this version.
    #[error("encrypted text of {0} cannot be opened")]
    UnsupportedType(EncStringType),
    /// Another key encrypted it, or somebody changed it. After a key from a password: the password is wrong.
    #[error("wrong key, or the encrypted text was changed")]
    WrongKeyOrChanged,
    /// The key may not decrypt.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The key is of another algorithm.
    #[error(transparent)]
    WrongAlgorithm(#[from] WrongAlgorithm),
    /// The encrypted text names another key.
    #[error(transparent)]
    WrongKeyId(#[from] WrongKeyId),
    /// Type 7, but not a COSE_Encrypt0 as it is written here.
    #[error("the encrypted text is not a COSE_Encrypt0 that can be read")]
    Malformed,
    /// It is of type 2, whose MAC covers no associated data: it was encrypted without.
    #[error("the encrypted text is of AES-256-CBC-HMAC-SHA256, which binds contents to no associated data")]
    NoAssociatedData,
    /// It holds a key: unwrap it. Keys are not handed out as bytes.
    #[error("the encrypted text holds a key, which can only be unwrapped")]
    IsKey,
    /// Decrypted and authentic, but not UTF-8: decrypt it as bytes.
    #[error("the contents are not UTF-8 text")]
    NotText,
    /// The caller's buffer is too short.
    #[error("a buffer of {given} bytes is too short, {needed} are needed")]
    BufferTooShort {
        /// What is needed, in bytes.
        needed: usize,
        /// The buffer's length in bytes.
        given: usize,
    },
    /// The system gives no random bytes, which the check of a body in pieces needs.
    #[error("the system gives no random bytes for the check")]
    Random,
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
