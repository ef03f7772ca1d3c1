//! What can go wrong: one small enum for each family of operations. Each variant answers "what can the
//! caller do?". None ever shows key or plaintext bytes.

mod change;
mod contents;
mod envelope;
mod input;
mod key;
mod make;
mod message;
mod room;
mod secret;
mod stream;

pub use contents::{DecryptError, EncryptError};
pub use envelope::{SealError, UnsealError};
pub use input::{EncStringError, EncStringPart, KdfError};
pub(crate) use key::unusable;
pub use key::{
    NotPermitted, PublicKeyError, UnavailableAlgorithm, UnknownKey, UnusableRsaKey, WrongAlgorithm, WrongKeyId,
};
pub use make::{DeriveError, GenerateError};
pub use message::{MessageError, VerifyError};
pub use secret::{ExtensionError, SecretError};
pub use stream::StreamError;

use strongroom_memory::{EnterError, MemoryError, OpenError, RandomError, ReadError};

pub use change::{CommitError, ItemError, Locked};
pub(crate) use room::LacksRoom;

use crate::labels::EncStringType;

/// The error for an invariant of ours that does not hold. Every family of errors has a place for it.
#[cold]
pub(crate) fn broken(invariant: &'static str) -> EnterError {
    EnterError::Internal { invariant }
}

/// Any error of this crate, for who does not tell them apart. Every family converts into it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// See [`OpenError`].
    #[error(transparent)]
    Open(#[from] OpenError),
    /// See [`MemoryError`].
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// See [`ReadError`].
    #[error(transparent)]
    Read(#[from] ReadError),
    /// See [`KdfError`].
    #[error(transparent)]
    Kdf(#[from] KdfError),
    /// See [`EncStringError`].
    #[error(transparent)]
    EncString(#[from] EncStringError),
    /// See [`GenerateError`].
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// See [`DeriveError`].
    #[error(transparent)]
    Derive(#[from] DeriveError),
    /// See [`WrapError`].
    #[error(transparent)]
    Wrap(#[from] WrapError),
    /// See [`UnwrapError`].
    #[error(transparent)]
    Unwrap(#[from] UnwrapError),
    /// See [`EncryptError`].
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// See [`DecryptError`].
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    /// See [`StreamError`].
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// See [`SignError`].
    #[error(transparent)]
    Sign(#[from] SignError),
    /// See [`EncapsulateError`].
    #[error(transparent)]
    Encapsulate(#[from] EncapsulateError),
    /// See [`ImportError`].
    #[error(transparent)]
    Import(#[from] ImportError),
    /// See [`ExposeError`].
    #[error(transparent)]
    Expose(#[from] ExposeError),
    /// See [`SealError`].
    #[error(transparent)]
    Seal(#[from] SealError),
    /// See [`UnsealError`].
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// See [`SecretError`].
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// See [`MessageError`].
    #[error(transparent)]
    Message(#[from] MessageError),
    /// See [`VerifyError`].
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// See [`ExtensionError`].
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// See [`PublicKeyError`].
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
    /// See [`KeyError`].
    #[error(transparent)]
    Key(#[from] KeyError),
    /// See [`UnknownKey`].
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// See [`Locked`].
    #[error(transparent)]
    Locked(#[from] Locked),
    /// See [`CommitError`].
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// See [`ItemError`].
    #[error(transparent)]
    Item(Box<ItemError<Error>>),
}

impl From<ItemError<Error>> for Error {
    fn from(error: ItemError<Error>) -> Self {
        Self::Item(Box::new(error))
    }
}

/// What is public of a key could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// A key that was at rest has no room to be prepared.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// A key was not encapsulated.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncapsulateError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// A key that was at rest has no room to be prepared.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The system gives no random bytes.
    #[error("the public key cannot be used, or there are no random bytes")]
    Unusable,
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// A key was not imported. Its source is erased all the same.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// There is no room for the key.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The bytes are not a key of this kind and algorithm in this format, or its numbers do not belong together.
    #[error("not a key of this kind in this format")]
    NotAKey,
    /// It is an RSA key, but none that can be used.
    #[error(transparent)]
    UnusableRsaKey(#[from] UnusableRsaKey),
    /// It is a key of an algorithm that this build leaves out.
    #[error(transparent)]
    UnavailableAlgorithm(#[from] UnavailableAlgorithm),
}

/// A key was not handed out in a form of other software.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExposeError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// A key that was at rest has no room to be prepared.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// Keys of its algorithm have no such form.
    #[error("a key of this algorithm has no such form")]
    NoSuchForm,
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// A signature was not made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// A key that was at rest has no room to be prepared.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The key may not sign.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The message is longer than memory can hold.
    #[error("a message of {length} bytes is too long to be signed")]
    TooLong {
        /// Of the message, in bytes.
        length: usize,
    },
    /// The system gives no random bytes, which a signature of ML-DSA takes.
    #[error("no random bytes for the signature")]
    Random,
    /// The operation could not run; [`EnterError::NoRoom`] where the limit on locked memory has no room for what ML-DSA
    /// takes.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// A key was not wrapped.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrapError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The key rests sealed, and there is no room to prepare it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// One of the two keys is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The wrapping key may not wrap.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The key cannot be written: its numbers are not those of a key.
    #[error("the key cannot be written as bytes")]
    Unwritable,
    /// The system gives no random bytes for an initialisation vector.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}

/// A key was not unwrapped.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnwrapError {
    /// The store was locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// The wrapping key is not in the store.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
    /// The wrapping key may not unwrap.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The wrapping key is of another algorithm.
    #[error(transparent)]
    WrongAlgorithm(#[from] WrongAlgorithm),
    /// The wrapped key names another wrapping key.
    #[error(transparent)]
    WrongKeyId(#[from] WrongKeyId),
    /// Type 7, but not a COSE_Encrypt0 as it is written here.
    #[error("the wrapped key is not a COSE_Encrypt0 that can be read")]
    Malformed,
    /// Keys wrapped this way are not opened by this version.
    #[error("keys wrapped as {0} cannot be opened")]
    UnsupportedType(EncStringType),
    /// Another key wrapped it, or somebody changed it. After a key from a password: the password is wrong.
    #[error("wrong key, or the wrapped key was changed")]
    WrongKeyOrChanged,
    /// Authentic or said to be, but what it holds is not a key of this kind: a key of another kind, or no key.
    #[error("the contents are not a key that can be used here")]
    NotAKey,
    /// They are an RSA key, but none that can be used.
    #[error(transparent)]
    UnusableRsaKey(#[from] UnusableRsaKey),
    /// They are a key of an algorithm that this build leaves out.
    #[error(transparent)]
    UnavailableAlgorithm(#[from] UnavailableAlgorithm),
    /// There is no room for the key.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The operation could not run.
    #[error(transparent)]
    Enter(#[from] EnterError),
}
