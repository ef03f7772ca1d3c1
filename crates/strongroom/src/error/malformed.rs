//! What is wrong with an input, and where.

use super::key::PublicKeyError;
use super::message::MessageError;
use super::text::EncStringError;

/// The input is not what was expected, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// Not an encrypted text or buffer.
    #[error(transparent)]
    EncString(#[from] EncStringError),
    /// Not a signed object or an envelope.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Not a public key.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
    /// Of type 7, but not a COSE_Encrypt0 as it is written here.
    #[error("the encrypted text is not a COSE_Encrypt0 that can be read")]
    Cose,
    /// An envelope that was sealed for another purpose.
    #[error("sealed for the purpose of number {found}, not for that of number {expected}")]
    Purpose {
        /// The number of the purpose that it names.
        found: i64,
        /// The number of the purpose that was expected.
        expected: i64,
    },
    /// Authentic, or said to be, but what it holds is not a key of this kind: a key of another kind, or no key.
    #[error("the contents are not a key that can be used here")]
    NotAKey,
    /// The text is of type 7 and says that it holds a key: unwrap it. A text of type 2 does not say what it holds. A
    /// wrapped key of type 2 decrypts as contents, under a key that was made for both
    /// ([`KeyUses`](crate::KeyUses)).
    #[error("the encrypted text holds a key, which can only be unwrapped")]
    IsKey,
    /// Decrypted and authentic, but not UTF-8: decrypt it as bytes.
    #[error("the contents are not UTF-8 text")]
    NotText,
    /// Not base64 of a secret of this length, in the alphabet that it is written in: it was not copied whole, or is
    /// something else.
    #[error("not the base64 of a secret of {expected} bytes")]
    Secret {
        /// Bytes of the secret.
        expected: usize,
    },
    /// A secret that is shorter than it has to be.
    #[error("a secret of {found} bytes; it should have {min} at least")]
    ShortSecret {
        /// Its length in bytes.
        found: usize,
        /// The least that it may be, in bytes.
        min: usize,
    },
    /// The source did not give the same bytes when it was read again: somebody writes to it. Nothing of what changed
    /// was written.
    #[error("the encrypted body changed while it was read")]
    SourceChanged,
}
