//! What can go wrong: one small enum for each family of operations. Each variant answers "what can the
//! caller do?". None ever shows key or plaintext bytes.

mod change;
mod room;

use strongroom_memory::{EnterError, MemoryError, OpenError, RandomError, ReadError};

pub use change::{CommitError, ItemError, Locked};
pub(crate) use room::LacksRoom;

use crate::labels::EncStringType;

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

/// The store holds no key of this name: name one in a transaction first.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the store holds no key {id}")]
pub struct UnknownKey {
    /// The id as its `Debug` shows it.
    pub id: String,
}

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
    /// Keys wrapped this way are not opened by this version.
    #[error("keys wrapped as {0} cannot be opened")]
    UnsupportedType(EncStringType),
    /// Another key wrapped it, or somebody changed it. After a key from a password: the password is wrong.
    #[error("wrong key, or the wrapped key was changed")]
    WrongKeyOrChanged,
    /// Authentic, but what it holds is not a key of 64 bytes: a key of another kind, or no key.
    #[error("the contents are not a key that can be used here")]
    NotAKey,
    /// There is no room for the key.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

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
    /// There is no ordinary memory for the ciphertext.
    #[error("no memory for the encryption of {length} bytes")]
    OutOfMemory {
        /// Of the contents, in bytes.
        length: usize,
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

/// The parameters of a password-to-key function are out of bounds.
///
/// Who trusts the source of the parameters can accept more by stating other
/// [`KdfLimits`](crate::KdfLimits).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KdfError {
    /// Rounds of PBKDF2.
    #[error("PBKDF2 with {found} iterations; accepted are {min} to {max}")]
    Pbkdf2Iterations {
        /// As stated.
        found: u32,
        /// The least that is accepted.
        min: u32,
        /// The most that is accepted.
        max: u32,
    },
    /// Passes of Argon2id.
    #[error("Argon2id with {found} iterations; accepted are {min} to {max}")]
    Argon2idIterations {
        /// As stated.
        found: u32,
        /// The least that is accepted.
        min: u32,
        /// The most that is accepted.
        max: u32,
    },
    /// Memory of Argon2id.
    #[error("Argon2id with {found} MiB of memory; accepted are {min} to {max} MiB")]
    Argon2idMemory {
        /// As stated, in MiB.
        found: u32,
        /// The least that is accepted, in MiB.
        min: u32,
        /// The most that is accepted, in MiB.
        max: u32,
    },
    /// Lanes of Argon2id.
    #[error("Argon2id with parallelism {found}; accepted are {min} to {max}")]
    Argon2idParallelism {
        /// As stated.
        found: u32,
        /// The least that is accepted.
        min: u32,
        /// The most that is accepted.
        max: u32,
    },
    /// Passes times memory of Argon2id: each is within its own bounds, together they take too long.
    #[error(
        "Argon2id with {iterations} iterations over {memory_mib} MiB takes too long; iterations times \
         memory may be {max} MiB at most"
    )]
    Argon2idWork {
        /// Passes as stated.
        iterations: u32,
        /// Memory as stated, in MiB.
        memory_mib: u32,
        /// The most that their product may be, in MiB.
        max: u64,
    },
}

/// A part of the text of an [`EncString`](crate::EncString).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EncStringPart {
    /// The initialisation vector.
    Iv,
    /// The ciphertext.
    Data,
    /// The message authentication code.
    Mac,
}

impl std::fmt::Display for EncStringPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Iv => "initialisation vector",
            Self::Data => "data",
            Self::Mac => "MAC",
        })
    }
}

/// A text is not an [`EncString`](crate::EncString). Says which part is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncStringError {
    /// The text is empty.
    #[error("the encrypted text is empty")]
    Empty,
    /// More than one `.`.
    #[error("the encrypted text has more than one dot")]
    Dots,
    /// What stands before the dot is not the number of a type.
    #[error("the encrypted text does not begin with a known type number and a dot")]
    UnknownType,
    /// Type 1, AES-128-CBC with HMAC, with or without its header. It was withdrawn; no software of today
    /// writes or opens it.
    #[error("the encrypted text is of type 1 (AES-128-CBC, HMAC-SHA256), which was withdrawn")]
    WithdrawnType,
    /// The type asks for another number of parts, joined by `|`.
    #[error("encrypted text of {of} has {found} parts; it should have {expected}")]
    Parts {
        /// The type.
        of: EncStringType,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A part is not standard base64.
    #[error("the {part} of the encrypted text is not base64")]
    Base64 {
        /// Which one.
        part: EncStringPart,
    },
    /// A part of fixed length has another one.
    #[error("the {part} of the encrypted text is {found} bytes long; it should be {expected}")]
    Length {
        /// Which one.
        part: EncStringPart,
        /// Its length in bytes.
        found: usize,
        /// What it should be.
        expected: usize,
    },
    /// There is no data.
    #[error("the encrypted text holds no data")]
    NoData,
    /// The data of an AES-CBC type are not whole blocks of 16 bytes: something was cut off or added.
    #[error("the data of the encrypted text are {found} bytes long, not a multiple of 16")]
    Blocks {
        /// Their length in bytes.
        found: usize,
    },
}
