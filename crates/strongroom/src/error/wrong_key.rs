//! Why a key does not open something.

use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::{CoseKeyId, KeyId};
use crate::labels::EncStringType;

/// The key is the wrong one, or what it should open was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WrongKey {
    /// Another key encrypted it, or somebody changed it: which of the two, no one can tell.
    #[error("wrong key, or what it should open was changed")]
    OrChanged,
    /// It names another key than the one that was given.
    #[error("encrypted with key {named}, not with key {given}")]
    Id {
        /// The key that it names.
        named: CoseKeyId,
        /// The key that was to open it.
        given: CoseKeyId,
    },
    /// The key has another algorithm than the encrypted text.
    #[error("a key of {key} does not open encrypted text of {text}")]
    Algorithm {
        /// What the text was encrypted with.
        text: EncStringType,
        /// What the key is a key of.
        key: SymmetricAlgorithm,
    },
    /// The key has another algorithm than the envelope.
    #[error("a key of {key} does not open an envelope of another algorithm")]
    EnvelopeAlgorithm {
        /// What the key is a key of.
        key: SymmetricAlgorithm,
    },
    /// The envelope names another key than the one that was demanded. Nothing was opened.
    #[error("the envelope names key {named}, not key {demanded}")]
    OtherKeyNamed {
        /// The key that it names.
        named: CoseKeyId,
        /// The key that was to be in it.
        demanded: KeyId,
    },
    /// The envelope is authentic, but the key in it is another than the one that it names.
    #[error("the sealed key is not the one that the envelope names")]
    OtherKeyInside,
}
