//! What goes wrong between the keys of an account.

use strongroom_memory::MemoryError;

use super::change::Locked;
use crate::key::algorithm::SymmetricAlgorithm;

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

/// The keys of an account were not opened, or do not belong together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The password, PIN or other secret does not open the user key. It is wrong: ask again. If it is right, the wrapped
    /// key is another account's, or somebody changed it.
    #[error("the secret does not open the user key")]
    WrongSecret,
    /// The user key is of one version of accounts, and what lies under it of another: the server's answer is made up of
    /// two accounts, or of one before and after its upgrade. Fetch it again.
    #[error("a user key of {user_key} does not belong to the keys of an account of version {version}")]
    WrongVersion {
        /// What the user key is a key of.
        user_key: SymmetricAlgorithm,
        /// The version of the account's keys.
        version: u8,
    },
    /// An account of this version has keys of AES-256-CBC-HMAC-SHA256 alone, or of COSE alone, and the key to be is not.
    #[error("an account of version {version} cannot have a user key of {algorithm}")]
    UnsuitableAlgorithm {
        /// What the key was to be a key of.
        algorithm: SymmetricAlgorithm,
        /// The version of the account.
        version: u8,
    },
    /// What was wrapped is another user key than the one in use: it belongs to another account, or the user key was
    /// rotated. Fetch it again.
    #[error("another user key than the one in use")]
    OtherUserKey,
    /// The public key is not that of the private key beside it: somebody put another in its place.
    #[error("the public key is not that of the account's private key")]
    OtherPublicKey,
    /// The two halves of an upgrade token are not of the same two user keys.
    #[error("the halves of the upgrade token do not belong together")]
    TornToken,
    /// Not the SPKI form of a public key.
    #[error("what was encrypted as a public key is none")]
    NotAPublicKey,
}
