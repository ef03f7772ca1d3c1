//! What a program remembers of an account, against what the server says of it now.

use strongroom::Kdf;

/// The server serves an older state of an account than the program knows, or other keys.
///
/// Either the server attacks, or it was restored from a backup, or the user has another account of the same name. The
/// program asks the user, who can compare the [fingerprint](crate::fingerprint_phrase) with another device.
///
/// - If the user accepts the new value, the program sets that one value in the [`Account`](crate::Account) that it
///   remembers, and tries again. Whoever forgets the whole account accepts everything else as well.
/// - If the user does not, the program stays locked and logs out. Nothing was named, and nothing is to be undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakenBack {
    /// The version of the account's keys is lower.
    #[error("version {found} of its keys, where version {last} is known")]
    Version {
        /// The version at the last unlock.
        last: u8,
        /// The version now.
        found: u8,
    },
    /// The version of the security state is lower.
    #[error("version {found} of its security state, where version {last} is known")]
    SecurityVersion {
        /// The version at the last unlock.
        last: u64,
        /// The version now.
        found: u64,
    },
    /// The verifying key is another, or there is none.
    #[error("another verifying key than the known one")]
    VerifyingKey,
    /// The user key is one that was rotated away.
    #[error("a user key that was rotated away")]
    UserKey,
    /// The public key is another.
    #[error("another public key than the known one")]
    PublicKey,
    /// The security state names another user.
    #[error("another user than the known one")]
    User,
    /// The key derivation of the master password is [weaker](Kdf::is_weaker_than). A hash that is made with it is
    /// cheaper to guess the password from. Nothing was derived.
    #[error("the password would be put through {found:?}, which is weaker than the known {last:?}")]
    Kdf {
        /// The parameters at the last unlock with the password.
        last: Kdf,
        /// The parameters now.
        found: Kdf,
    },
}
