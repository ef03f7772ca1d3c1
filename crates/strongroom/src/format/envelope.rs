//! Envelopes: keys sealed for a password, a secret or a key, and contents sealed with a key of their own. Each says
//! what it is for, and does not open for anything else.

pub(crate) mod data;
pub(crate) mod invite;
pub(crate) mod password;
pub(crate) mod secret;
pub(crate) mod symmetric;

use strongroom_memory::{EnterError, SecretMemory};

use crate::cose::header::Header;
use crate::cose::key::KID_LEN;
use crate::error::{ErrorKind, Malformed, MessageError, WrongKey};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::kind::each::Kind as _;
use crate::labels::ContentType;
use crate::operation::{self, EncryptedAead, SymmetricBox, UnwrapFailure};

/// Why an envelope can be taken apart once more.
const WAS_READ: &str = "an envelope was taken apart when it was made";

/// What all protected headers of envelopes are asked, before any key is looked at. `of` is what the envelope is called.
struct Checks<'h, 'b> {
    header: &'h Header<'b>,
    of: &'static str,
}

impl Checks<'_, '_> {
    /// It is of this kind, or from before there were kinds.
    fn object(&self, expected: i64) -> Result<(), MessageError> {
        match self.header.object {
            Some(found) if found != expected => Err(MessageError::WrongObject { found, expected: self.of }),
            _ => Ok(()),
        }
    }

    /// The algorithm; where none is named, the one from before it was named.
    fn algorithm(&self) -> Result<SymmetricAlgorithm, MessageError> {
        match self.header.alg {
            None => Ok(SymmetricAlgorithm::XChaCha20Poly1305),
            Some(number) => SymmetricAlgorithm::from_cose(number).ok_or(self.missing("algorithm")),
        }
    }

    /// The content type of a symmetric key.
    fn symmetric_key(&self) -> Result<ContentType, MessageError> {
        let content = self.header.content().filter(|content| Symmetric::CONTENTS.contains(content));
        content.ok_or(self.missing("content type"))
    }

    fn contained(&self) -> Result<Option<CoseKeyId>, MessageError> {
        self.header.contained.map(|id| self.key_id("id of the sealed key", id)).transpose()
    }

    fn kid(&self) -> Result<Option<CoseKeyId>, MessageError> {
        self.header.kid.map(|id| self.key_id("key id", id)).transpose()
    }

    fn key_id(&self, part: &'static str, id: &[u8]) -> Result<CoseKeyId, MessageError> {
        self.fixed::<KID_LEN>(part, id).map(|id| CoseKeyId::new(*id))
    }

    fn nonce(&self, nonce: &[u8], algorithm: SymmetricAlgorithm) -> Result<(), MessageError> {
        let (found, expected) = (nonce.len(), algorithm.nonce_len());
        if found == expected {
            Ok(())
        } else {
            Err(MessageError::Length { of: self.of, part: "nonce", found, expected })
        }
    }

    fn fixed<'p, const N: usize>(&self, part: &'static str, bytes: &'p [u8]) -> Result<&'p [u8; N], MessageError> {
        bytes.try_into().map_err(|_| MessageError::Length { of: self.of, part, found: bytes.len(), expected: N })
    }

    /// Contents and tag.
    fn sealed<'p, const N: usize>(&self, ciphertext: &'p [u8]) -> Result<(&'p [u8], &'p [u8; N]), MessageError> {
        ciphertext.split_last_chunk().ok_or(MessageError::Length {
            of: self.of,
            part: "ciphertext",
            found: ciphertext.len(),
            expected: N,
        })
    }

    fn missing(&self, part: &'static str) -> MessageError {
        MessageError::Missing { of: self.of, part }
    }
}

/// It was sealed for this purpose, or before purposes were named.
fn check_namespace(found: Option<i64>, expected: i64) -> Result<(), ErrorKind> {
    match found {
        Some(found) if found != expected => Err(Malformed::Purpose { found, expected }.into()),
        _ => Ok(()),
    }
}

/// The id that a key carries, or the one that is derived of it, as envelopes name it.
fn id_of(memory: &SecretMemory, key: &SymmetricBox) -> Result<CoseKeyId, EnterError> {
    Ok(CoseKeyId::new(*operation::key_id(memory, key)?.as_bytes()))
}

/// What a key is called that is sealed.
fn content_of(memory: &SecretMemory, key: &SymmetricBox) -> Result<ContentType, EnterError> {
    Ok(Symmetric::content(&operation::facts::<Symmetric>(memory, key)?))
}

/// Opens a sealed key with the key of its envelope, and looks whether it is the one that the envelope names.
fn unseal_key(
    memory: &SecretMemory,
    kek: &SymmetricBox,
    (nonce, aad): (&[u8], &[u8]),
    (data, tag): (&[u8], &[u8; TAG]),
    (content, contained): (ContentType, Option<CoseKeyId>),
) -> Result<SymmetricBox, ErrorKind> {
    let sealed = EncryptedAead { nonce, aad, data, tag };
    let key = operation::unwrap_aead::<Symmetric>(memory, kek, &sealed, content).map_err(unopened)?;
    checked(memory, key, contained)
}

/// Looks whether it is the key that the envelope names.
fn checked(memory: &SecretMemory, key: SymmetricBox, contained: Option<CoseKeyId>) -> Result<SymmetricBox, ErrorKind> {
    match contained {
        Some(named) if named != id_of(memory, &key)? => Err(WrongKey::OtherKeyInside.into()),
        _ => Ok(key),
    }
}

fn unopened(failure: UnwrapFailure) -> ErrorKind {
    match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => Malformed::NotAKey.into(),
        UnwrapFailure::NotAuthentic | UnwrapFailure::WrongAlgorithm => WrongKey::OrChanged.into(),
    }
}

#[cfg(test)]
mod tests;
