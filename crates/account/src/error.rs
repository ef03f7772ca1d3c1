//! What goes wrong between the keys of an account.

use strongroom::{
    ErrorKind,
    algorithms::SymmetricAlgorithm,
    errors::{
        EncStringError, ImportError, ItemError, KdfError, MessageError, OpenError, PublicKeyError, Unsupported,
        VerifyError, WrongKey,
    },
};

use crate::taken_back::TakenBack;

/// The keys of an account were not made, opened or moved, or do not belong together.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The password, PIN or other secret does not open the user key. It is wrong: ask again. If it is right, the
    /// wrapped key is another account's, or somebody changed it.
    #[error("the secret does not open the user key")]
    WrongSecret,
    /// The user key is of one version of accounts, and the keys that it encrypts of another: the server's answer is
    /// made up of two accounts, or of one before and after its upgrade. Fetch it again. If the user key came from a PIN
    /// or a device key from before the upgrade, the account's [`UpgradeToken`](crate::UpgradeToken) leads to the new
    /// one.
    #[error("a user key of {user_key} does not belong to the keys of an account of version {version}")]
    WrongVersion {
        /// What the user key is a key of.
        user_key: SymmetricAlgorithm,
        /// The version of the account's keys.
        version: u8,
    },
    /// An account of this version has keys of AES-256-CBC-HMAC-SHA256 alone, or of COSE alone, and the key to be is
    /// not.
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
    /// The server's answer contradicts the account that the program remembers.
    #[error("the server serves another state of the account: {0}")]
    TakenBack(#[from] TakenBack),
    /// The security state is signed for another user.
    #[error("the security state is another user's")]
    OtherUser,
    /// The owner of a public key has another fingerprint: somebody put another key in its place, or the phrase was
    /// misread.
    #[error("the fingerprint of the public key is another than its owner's")]
    OtherFingerprint,
    /// The two halves of an upgrade token are not of the same two user keys.
    #[error("the halves of the upgrade token do not belong together")]
    TornToken,
    /// The encrypted text does not hold a public key of RSA, or says that it holds something else.
    #[error("what was encrypted as a public key is none")]
    NotAPublicKey,
    /// The text is not base64 of a secret of this length, in the alphabet that it is written in: it was not copied
    /// whole, or is something else.
    #[error("not the base64 of a secret of {expected} bytes")]
    MalformedSecret {
        /// Bytes of the secret.
        expected: usize,
    },
    /// The authenticator's output is shorter than it has to be.
    #[error("a secret of {found} bytes; it should have {min} at least")]
    ShortSecret {
        /// Its length in bytes.
        found: usize,
        /// The least that it may be, in bytes.
        min: usize,
    },
    /// The authenticator's output is nothing but zeros: it gave none.
    #[error("a secret of zeros alone")]
    AllZero,
    /// One thing of a list could not be moved.
    #[error(transparent)]
    Item(Box<ItemError<Error>>),
    /// The store did not do a step: it is locked, a key is unknown or does not open what it should, there is no room.
    #[error(transparent)]
    Store(#[from] strongroom::Error),
}

impl Error {
    /// Returns the error of the store, if it is that; for a thing of a list, of that thing.
    #[must_use]
    pub fn store(&self) -> Option<&strongroom::Error> {
        match self {
            Self::Store(error) => Some(error),
            Self::Item(item) => item.error.store(),
            _ => None,
        }
    }

    /// Returns the error for a broken invariant.
    pub(crate) fn broken(invariant: &'static str) -> Self {
        Self::Store(ErrorKind::Internal { invariant }.into())
    }
}

impl From<ItemError<Error>> for Error {
    fn from(error: ItemError<Error>) -> Self {
        Self::Item(Box::new(error))
    }
}

/// What parsers and imports answer.
macro_rules! of_the_store {
    ($($error:ident)*) => { $(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Store(error.into())
            }
        }
    )* };
}
of_the_store!(EncStringError ImportError KdfError MessageError OpenError PublicKeyError VerifyError);

/// Returns whether an error is about what was to be opened: another key opens it, or none. Every other error would meet
/// anything else in its place too.
pub(crate) fn is_of_text(error: &strongroom::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WrongKey(_) | ErrorKind::Malformed(_) | ErrorKind::Unsupported(Unsupported::Type(_))
    )
}

/// Returns what a secret opened, or says that it is the wrong secret.
pub(crate) fn opened<T>(result: Result<T, strongroom::Error>) -> Result<T, Error> {
    result.map_err(|error| match error.kind() {
        ErrorKind::WrongKey(WrongKey::OrChanged) => Error::WrongSecret,
        _ => error.into(),
    })
}
