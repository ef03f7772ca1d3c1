//! `EncString` of type 7: contents and keys in a COSE_Encrypt0.

use strongroom_memory::{SecretMemory, random};
use zeroize::{Zeroize, Zeroizing};

use super::enc_string::EncString;
use crate::cose::encrypt0::{AAD_MORE, Encrypt0, HEADER, PREFIX, write_aad, write_prefix, write_protected};
use crate::error::{DecryptError, EncryptError, UnwrapError, WrapError, WrongAlgorithm, WrongKeyId};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::{CoseKeyId, KeyFacts};
use crate::key::symmetric::TAG;
use crate::kind::Kind;
use crate::labels::{ContentType, EncStringType};
use crate::operation::{self, Boxed, MOST, SymmetricBox, UnwrapFailure, Wrapped};

/// The facts of a COSE key: one that has a number and an id.
pub(super) struct CoseFacts {
    alg: i64,
    id: CoseKeyId,
    nonce_len: usize,
}

impl CoseFacts {
    /// `None` for a key that is not one of COSE.
    pub(super) fn of(facts: &KeyFacts<SymmetricAlgorithm>) -> Option<Self> {
        let algorithm = facts.algorithm();
        Some(Self { alg: algorithm.cose()?, id: facts.id()?, nonce_len: algorithm.nonce_len() })
    }
}

/// Why a message was not made.
enum Unmade {
    Random(strongroom_memory::RandomError),
    TooLong,
}

/// All of a message that is known before the encryption.
struct Envelope {
    protected: [u8; HEADER],
    protected_len: usize,
    nonce: [u8; 24],
    nonce_len: usize,
}

impl Envelope {
    fn new(key: &CoseFacts, content: ContentType) -> Result<Self, Unmade> {
        let mut envelope = Self { protected: [0; HEADER], protected_len: 0, nonce: [0; 24], nonce_len: key.nonce_len };
        let length = write_protected(&mut envelope.protected, key.alg, content, key.id.as_bytes());
        envelope.protected_len = length.ok_or(Unmade::TooLong)?;
        let nonce = envelope.nonce.get_mut(..key.nonce_len).ok_or(Unmade::TooLong)?;
        random::public(nonce).map_err(Unmade::Random)?;
        Ok(envelope)
    }

    fn protected(&self) -> &[u8] {
        self.protected.get(..self.protected_len).unwrap_or_default()
    }

    fn nonce(&self) -> &[u8] {
        self.nonce.get(..self.nonce_len).unwrap_or_default()
    }

    fn aad<'a>(&self, out: &'a mut [u8; HEADER + AAD_MORE]) -> &'a [u8] {
        let length = write_aad(out, self.protected()).unwrap_or_default();
        out.get(..length).unwrap_or_default()
    }

    fn prefix<'a>(&self, out: &'a mut [u8; PREFIX], ciphertext_len: usize) -> &'a [u8] {
        let length = write_prefix(out, self.protected(), self.nonce(), ciphertext_len).unwrap_or_default();
        out.get(..length).unwrap_or_default()
    }
}

/// Text is padded to hide its length: `length` bytes to the next multiple of 32 above it. Each byte of the padding says
/// how many they are, as in PKCS#7.
const PADDED_TO: usize = 32;

fn padding(content: ContentType, length: usize) -> usize {
    match content {
        ContentType::Utf8Padded => PADDED_TO - length % PADDED_TO,
        _ => 0,
    }
}

/// Encrypts `contents` under a COSE key.
pub(super) fn encrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &CoseFacts,
    content: ContentType,
    contents: &[u8],
) -> Result<EncString, EncryptError> {
    let length = contents.len();
    let out_of_memory = EncryptError::OutOfMemory { length };
    let padding = padding(content, length);
    let sum = |parts: [usize; 3]| parts.into_iter().try_fold(0_usize, usize::checked_add);
    let Some(ciphertext_len) = sum([length, padding, TAG]) else { return Err(out_of_memory) };
    let envelope = Envelope::new(facts, content).map_err(|unmade| match unmade {
        Unmade::Random(error) => error.into(),
        Unmade::TooLong => EncryptError::TooLong { length },
    })?;
    let mut prefix = [0; PREFIX];
    let prefix = envelope.prefix(&mut prefix, ciphertext_len);
    let Some(total) = prefix.len().checked_add(ciphertext_len) else { return Err(out_of_memory) };

    // The contents are copied into what becomes the ciphertext; whatever fails in between, the copy is erased.
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(total).map_err(|_| out_of_memory)?;
    bytes.extend_from_slice(prefix);
    bytes.extend_from_slice(contents);
    bytes.resize(total - TAG, u8::try_from(padding).unwrap_or_default());
    let buffer = bytes.get_mut(prefix.len()..).unwrap_or_default();
    let mut aad = [0; HEADER + AAD_MORE];
    let tag = operation::encrypt_aead(memory, key, envelope.nonce(), envelope.aad(&mut aad), buffer)?;
    bytes.extend_from_slice(&tag.ok_or(EncryptError::TooLong { length })?);
    Ok(EncString::from_cose(std::mem::take(&mut *bytes).into_boxed_slice()))
}

/// Wraps `key`, which is of this content type, under `by`.
pub(super) fn wrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    facts: &CoseFacts,
    key: &Boxed<K>,
    content: ContentType,
) -> Result<EncString, WrapError> {
    let envelope = Envelope::new(facts, content).map_err(|unmade| match unmade {
        Unmade::Random(error) => error.into(),
        Unmade::TooLong => WrapError::Unwritable,
    })?;
    let (mut aad, mut out) = ([0; HEADER + AAD_MORE], [0; MOST]);
    let Some(Wrapped { length, mac }) =
        operation::wrap_aead::<K>(memory, by, key, envelope.nonce(), envelope.aad(&mut aad), &mut out)?
    else {
        return Err(WrapError::Unwritable);
    };
    let mut prefix = [0; PREFIX];
    let prefix = envelope.prefix(&mut prefix, length + TAG);
    let data = out.get(..length).unwrap_or_default();
    Ok(EncString::from_cose([prefix, data, &mac].concat().into_boxed_slice()))
}

/// Why a message is not to be opened with a key.
enum Closed {
    Malformed,
    WrongAlgorithm,
    WrongKeyId(WrongKeyId),
}

/// A message that says of itself that this key opens it.
struct Fitting<'b> {
    message: Encrypt0<'b>,
    content: ContentType,
    data: &'b [u8],
    tag: &'b [u8; TAG],
    aad: Vec<u8>,
}

impl<'b> Fitting<'b> {
    fn new(text: &'b EncString, key: &CoseFacts) -> Result<Self, Closed> {
        let message = Encrypt0::parse(text.data()).map_err(|_| Closed::Malformed)?;
        if message.alg.ok_or(Closed::Malformed)? != key.alg {
            return Err(Closed::WrongAlgorithm);
        }
        let content = message.content.ok_or(Closed::Malformed)?;
        if let Some(kid) = message.kid {
            let named = CoseKeyId::new(kid.try_into().map_err(|_| Closed::Malformed)?);
            if named != key.id {
                return Err(Closed::WrongKeyId(WrongKeyId { named, given: key.id }));
            }
        }
        let (data, tag) = message.ciphertext.split_last_chunk().ok_or(Closed::Malformed)?;
        if message.nonce.len() != key.nonce_len {
            return Err(Closed::Malformed);
        }
        let mut aad = vec![0; message.protected.len() + AAD_MORE];
        let length = write_aad(&mut aad, message.protected).ok_or(Closed::Malformed)?;
        aad.truncate(length);
        Ok(Self { message, content, data, tag, aad })
    }
}

/// Decrypts into the front of `out`; returns how many bytes. `out` is left empty of contents by an error.
pub(super) fn decrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &KeyFacts<SymmetricAlgorithm>,
    text: &EncString,
    out: &mut [u8],
) -> Result<usize, DecryptError> {
    let wrong = WrongAlgorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } = Fitting::new(text, &cose).map_err(|closed| match closed {
        Closed::Malformed => DecryptError::Malformed,
        Closed::WrongAlgorithm => wrong.into(),
        Closed::WrongKeyId(error) => error.into(),
    })?;
    if content.is_secret_key() {
        return Err(DecryptError::IsKey);
    }
    let given = out.len();
    let Some(out) = out.get_mut(..data.len()) else {
        return Err(DecryptError::BufferTooShort { needed: data.len(), given });
    };
    out.copy_from_slice(data);
    let opened = operation::decrypt_aead(memory, key, message.nonce, &aad, out, tag);
    let length = match opened {
        Ok(true) => unpadded(content, out).ok_or(DecryptError::WrongKeyOrChanged),
        Ok(false) => Err(DecryptError::WrongKeyOrChanged),
        Err(error) => Err(error.into()),
    };
    length.inspect_err(|_| out.zeroize())
}

/// The length of the contents without their padding. They are authentic; the padding's last byte alone counts, as in
/// the official software.
fn unpadded(content: ContentType, contents: &[u8]) -> Option<usize> {
    match content {
        ContentType::Utf8Padded => {
            let padding = usize::from(*contents.last()?);
            contents.len().checked_sub(padding).filter(|_| padding > 0)
        }
        _ => Some(contents.len()),
    }
}

/// Unwraps the key in `text`.
pub(super) fn unwrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    facts: &KeyFacts<SymmetricAlgorithm>,
    text: &EncString,
) -> Result<Boxed<K>, UnwrapError> {
    let wrong = WrongAlgorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } = Fitting::new(text, &cose).map_err(|closed| match closed {
        Closed::Malformed => UnwrapError::Malformed,
        Closed::WrongAlgorithm => wrong.into(),
        Closed::WrongKeyId(error) => error.into(),
    })?;
    let legacy = content == ContentType::LegacyKey;
    if !K::CONTENTS.contains(&content) {
        return Err(UnwrapError::NotAKey);
    }
    operation::unwrap_aead::<K>(memory, by, message.nonce, &aad, data, tag, legacy).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic => UnwrapError::WrongKeyOrChanged,
        UnwrapFailure::NotAKey => UnwrapError::NotAKey,
        UnwrapFailure::WrongAlgorithm => wrong.into(),
    })
}

#[cfg(test)]
mod tests;
