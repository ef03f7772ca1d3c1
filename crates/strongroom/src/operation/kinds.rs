//! Kinds of operations, by what they reserve: which of them have room under a limit is told when a store is opened.

use std::fmt;

use serde::{Deserialize, Serialize};
use strongroom_memory::{OpenError, Protection, SecretMemory, StackBudget};

use super::content::LONG;
use super::secret_text::ROOM as SECRET_TEXT;
use crate::error::UnavailableAlgorithm;
use crate::key::algorithm::{RsaSize, SigningAlgorithm};
use crate::key::prepared::Prepared;
use crate::key::private::{self, PrivateKey};
use crate::key::signing::SigningKey;
use crate::key::symmetric::{AEAD, SymmetricKey};

/// A kind of operations that need about the same stack. Under a tight limit on locked memory some kinds have no
/// room in secret memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OperationKind {
    /// Making, wrapping and unwrapping symmetric keys, and encrypting and decrypting short fields.
    Fields,
    /// Encrypting and decrypting contents of any length, streams, and texts that stay in secret memory.
    Contents,
    /// Deriving keys from passwords (Argon2id, PBKDF2): unlocking, PINs, envelopes for a password.
    Passwords,
    /// Making, wrapping, unwrapping and signing with Ed25519 keys.
    Ed25519,
    /// Importing, wrapping and unwrapping RSA keys of any size, and making and using those of 2,048 bits.
    Rsa2048,
    /// Making and using RSA keys of 3,072 bits.
    Rsa3072,
    /// Making and using RSA keys of 4,096 bits.
    Rsa4096,
    /// Making, importing and signing with ML-DSA-44 keys. A build without the Cargo feature `ml-dsa` has none.
    MlDsa44,
}

impl OperationKind {
    /// Every kind that this build has.
    pub const ALL: &'static [Self] = &[
        Self::Fields,
        Self::Contents,
        Self::Passwords,
        Self::Ed25519,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        #[cfg(feature = "ml-dsa")]
        Self::MlDsa44,
    ];

    /// The most that an operation of the kind reserves; `None`: this build has no such operations.
    pub(crate) fn room(self) -> Option<StackBudget> {
        let most = |rooms: &[StackBudget]| {
            let stack = rooms.iter().map(|room| room.stack).fold(0, usize::max);
            StackBudget { stack, allocates: rooms.iter().any(|room| room.allocates) }
        };
        let rsa = |algorithm| {
            let used = private::room(algorithm);
            most(&[used, used.making::<PrivateKey>(), PrivateKey::WRAP, PrivateKey::ROOM.making::<PrivateKey>()])
        };
        Some(match self {
            Self::Fields => {
                most(&[StackBudget::FIELD, AEAD, SymmetricKey::WRAP, SymmetricKey::ROOM.making::<SymmetricKey>()])
            }
            Self::Contents => most(&[StackBudget::LARGE, LONG, SECRET_TEXT]),
            Self::Passwords => StackBudget::LARGE.making::<SymmetricKey>(),
            Self::Ed25519 => most(&[
                SigningKey::signing_room(SigningAlgorithm::Ed25519)?,
                SigningKey::WRAP,
                SigningKey::ROOM.making::<SigningKey>(),
            ]),
            Self::Rsa2048 => rsa(RsaSize::Rsa2048),
            Self::Rsa3072 => rsa(RsaSize::Rsa3072),
            Self::Rsa4096 => rsa(RsaSize::Rsa4096),
            Self::MlDsa44 => {
                let expanded = SigningKey::signing_room(SigningAlgorithm::MlDsa44)?;
                most(&[expanded, expanded.making::<SigningKey>()])
            }
        })
    }

    /// Fails if operations of the kind have no room in `memory` at the level in use that its policy demands, or if this
    /// build has none.
    pub(crate) fn demand(self, memory: &SecretMemory) -> Result<(), OpenError> {
        let Some(room) = self.room() else { return Err(self.not_built()) };
        let because = match memory.in_use_of(room) {
            Ok(_) => return Ok(()),
            Err(because) => because,
        };
        Err(OpenError::Operation { name: self.name(), demand: memory.policy().in_use, because })
    }

    /// The error for a kind that this build leaves out.
    fn not_built(self) -> OpenError {
        OpenError::NotBuilt { name: self.name(), feature: UnavailableAlgorithm::ML_DSA_44.feature }
    }

    /// The name in reports and errors.
    fn name(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Contents => "contents",
            Self::Passwords => "passwords",
            Self::Ed25519 => "Ed25519",
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::Rsa4096 => "RSA-4096",
            Self::MlDsa44 => "ML-DSA-44",
        }
    }

    /// The level in use that operations of the kind have in `memory`.
    pub(crate) fn in_use(self, memory: &SecretMemory) -> OperationReport {
        let refused = |error: String| OperationReport { kind: self, in_use: None, refused: Some(error) };
        let Some(room) = self.room() else { return refused(self.not_built().to_string()) };
        match memory.in_use_of(room) {
            Ok(level) => OperationReport { kind: self, in_use: Some(level), refused: None },
            Err(error) => refused(error.to_string()),
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where operations of one kind run. Decided when the store is opened; it stays so.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OperationReport {
    /// The kind.
    pub kind: OperationKind,
    /// Their level in use: [`Protection::Plain`] runs on the ordinary stack. `None`: they are refused.
    pub in_use: Option<Protection>,
    /// Why they are refused, with what they need and what there is in bytes.
    pub refused: Option<String>,
}
