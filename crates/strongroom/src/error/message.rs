//! What is wrong with signed objects and envelopes before any key is looked at, and with what was signed.

use crate::key::algorithm::AsymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::labels::SignatureNamespace;

/// Bytes or a text are not the message that was expected. No key was looked at yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The text is not base64.
    #[error("the {expected} is not base64")]
    Base64 {
        /// What was expected.
        expected: &'static str,
    },
    /// Not the CBOR that it is written as: something was cut off, added or nested, a label appears twice, a length is
    /// not true, or it is of another kind.
    #[error("not a {expected} that can be read")]
    Malformed {
        /// What was expected.
        expected: &'static str,
    },
    /// A part that it cannot be without is missing, or is of a value that is not known.
    #[error("the {of} has no {part} that is known")]
    Missing {
        /// What was expected.
        of: &'static str,
        /// The part.
        part: &'static str,
    },
    /// A part of fixed length has another one.
    #[error("the {part} of the {of} is {found} bytes long; it should be {expected}")]
    Length {
        /// What was expected.
        of: &'static str,
        /// The part.
        part: &'static str,
        /// Its length in bytes.
        found: usize,
        /// What it should be.
        expected: usize,
    },
    /// A part is longer than what is known of it takes: something stands there that nobody reads.
    #[error("the {part} of the {of} is {found} bytes long; what is known of it takes {max}")]
    Surplus {
        /// What was expected.
        of: &'static str,
        /// The part.
        part: &'static str,
        /// Its length in bytes.
        found: usize,
        /// The most that it may be, in bytes.
        max: usize,
    },
    /// It says that it is another kind of object.
    #[error("an object of kind {found} where a {expected} was expected")]
    WrongObject {
        /// The number of the kind.
        found: i64,
        /// What was expected.
        expected: &'static str,
    },
}

/// A signed object was not verified. Nothing of what it says may be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// It says that another key signed it.
    #[error("signed with key {named}, not with key {given}")]
    WrongKeyId {
        /// The key that it names.
        named: CoseKeyId,
        /// The key that was to verify it.
        given: CoseKeyId,
    },
    /// It was signed with something else than Ed25519 or ML-DSA-44.
    #[error("signed with algorithm {found}, not with Ed25519 or ML-DSA-44")]
    UnsupportedAlgorithm {
        /// The number of the algorithm in COSE.
        found: i64,
    },
    /// It was signed with another algorithm than that of the key: it is the wrong key.
    #[error("signed with {found}, and the key is one of {key}")]
    WrongAlgorithm {
        /// What it says that it was signed with.
        found: AsymmetricAlgorithm,
        /// What the key is a key of.
        key: AsymmetricAlgorithm,
    },
    /// It was signed for another purpose, or does not say for which.
    #[error("signed for another purpose than {expected:?}")]
    WrongNamespace {
        /// The number of the purpose that it names.
        found: Option<i64>,
        /// The purpose that was expected.
        expected: SignatureNamespace,
    },
    /// The signature is not that of this key for this message.
    #[error("the signature is not that of this key for this message")]
    WrongSignature,
    /// The signature is good, but what was signed is not what was expected.
    #[error("genuine, but not a {expected} that can be read")]
    Payload {
        /// What was expected.
        expected: &'static str,
    },
}
