//! `EncString` of type 7: contents and keys in a COSE_Encrypt0.

use strongroom_memory::{SecretBytes, SecretMemory};

use super::enc_string::EncString;
use super::external::External;
use super::message::{self, Aad, Message, Prefix, Shut, Unmade, aad_of, unpadded};
use crate::cose::encrypt0::{Encrypt0, Front};
use crate::cose::header::{Header, Parameters};
use crate::error::{DecryptError, EncryptError, UnwrapError, WrapError, WrongAlgorithm, WrongKeyId, unusable};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::{CoseKeyId, KeyFacts};
use crate::key::symmetric::TAG;
use crate::kind::Kind;
use crate::labels::cose::ENCRYPT0;
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

/// Text is padded to hide its length: `length` bytes to the next multiple of 32 above it. Each byte of the padding says
/// how many they are, as in PKCS#7.
const PADDED_TO: u8 = 32;

fn padding(content: ContentType, length: usize) -> u8 {
    match content {
        ContentType::Utf8Padded => PADDED_TO - (length % usize::from(PADDED_TO)) as u8,
        _ => 0,
    }
}

/// A message under this key that holds such contents.
pub(super) fn message(key: &CoseFacts, content: ContentType) -> Result<Message, Unmade> {
    let parameters = Parameters {
        alg: Some(key.alg),
        content: Some(content),
        kid: Some(key.id.as_bytes()),
        ..Parameters::default()
    };
    Message::new(ENCRYPT0, &parameters, key.nonce_len)
}

/// Encrypts `contents` under a COSE key.
pub(super) fn encrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &CoseFacts,
    content: ContentType,
    contents: &[u8],
    external: &External,
) -> Result<EncString, EncryptError> {
    let length = contents.len();
    let sealed = message(facts, content).and_then(|message| {
        let padding = padding(content, length);
        message.bound_to(external).seal(memory, key, contents, padding)
    });
    sealed.map(EncString::from_cose).map_err(|unmade| unmade.of_contents(length))
}

/// Encrypts bytes under a COSE key into the front of `out`; returns how many bytes the message has. `out` is left empty
/// of contents by an error, and as it was if it is too short.
pub(super) fn encrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &CoseFacts,
    contents: &[u8],
    out: &mut [u8],
) -> Result<usize, EncryptError> {
    let sealed = message(facts, ContentType::Octets).and_then(|message| {
        let padding = padding(ContentType::Octets, contents.len());
        message.seal_into(memory, key, contents, padding, out)
    });
    sealed.map_err(|unmade| unmade.of_contents(contents.len()))
}

/// Wraps `key`, which is of this content type, under `by`.
pub(super) fn wrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    facts: &CoseFacts,
    key: &Boxed<K>,
    content: ContentType,
) -> Result<EncString, WrapError> {
    let message = message(facts, content).map_err(Unmade::of_key)?;
    let (mut aad, mut prefix, mut out) = (Aad::empty(), Prefix::empty(), [0; MOST]);
    let aad = message.aad(&mut aad)?;
    let Wrapped { data, mac } =
        operation::wrap_aead::<K>(memory, by, key, message.nonce(), aad, &mut out)?.ok_or(WrapError::Unwritable)?;
    let prefix = message.prefix(&mut prefix, 3, (data.len() + TAG) as u64)?;
    Ok(EncString::from_cose([prefix, data, &mac].concat().into_boxed_slice()))
}

/// Why a message is not to be opened with a key.
enum Closed {
    Malformed,
    WrongAlgorithm,
    WrongKeyId(WrongKeyId),
}

impl Closed {
    fn of_contents(self, wrong: WrongAlgorithm) -> DecryptError {
        match self {
            Self::Malformed => DecryptError::Malformed,
            Self::WrongAlgorithm => wrong.into(),
            Self::WrongKeyId(error) => error.into(),
        }
    }
}

/// What a message holds that says of itself that this key opens it.
fn fits(header: &Header<'_>, nonce: &[u8], key: &CoseFacts) -> Result<ContentType, Closed> {
    if header.alg.ok_or(Closed::Malformed)? != key.alg {
        return Err(Closed::WrongAlgorithm);
    }
    let content = header.content().ok_or(Closed::Malformed)?;
    if let Some(kid) = header.kid {
        let named = CoseKeyId::new(kid.try_into().map_err(|_| Closed::Malformed)?);
        if named != key.id {
            return Err(Closed::WrongKeyId(WrongKeyId { named, given: key.id }));
        }
    }
    if nonce.len() == key.nonce_len { Ok(content) } else { Err(Closed::Malformed) }
}

/// What a message holds of which the front is there: contents, and no key.
pub(super) fn contents_of(
    front: &Front<'_>,
    facts: &KeyFacts<SymmetricAlgorithm>,
) -> Result<ContentType, DecryptError> {
    let wrong = WrongAlgorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let key = CoseFacts::of(facts).ok_or(wrong)?;
    let content = fits(&front.header, front.nonce, &key).map_err(|closed| closed.of_contents(wrong))?;
    if content.is_secret_key() { Err(DecryptError::IsKey) } else { Ok(content) }
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
    fn new(text: &'b EncString, key: &CoseFacts, external: &External) -> Result<Self, Closed> {
        let message = Encrypt0::parse(text.data()).map_err(|_| Closed::Malformed)?;
        let content = fits(&message.header, message.nonce, key)?;
        let (data, tag) = message.ciphertext.split_last_chunk().ok_or(Closed::Malformed)?;
        let aad = aad_of(ENCRYPT0, message.header.bytes, external);
        Ok(Self { message, content, data, tag, aad })
    }

    /// One that holds contents, and no key.
    fn of_contents(
        text: &'b EncString,
        key: &CoseFacts,
        external: &External,
        wrong: WrongAlgorithm,
    ) -> Result<Self, DecryptError> {
        let fitting = Self::new(text, key, external).map_err(|closed| closed.of_contents(wrong))?;
        if fitting.content.is_secret_key() { Err(DecryptError::IsKey) } else { Ok(fitting) }
    }
}

/// Decrypts into the front of `out`; returns how many bytes. `out` is left empty of contents by an error.
pub(super) fn decrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &KeyFacts<SymmetricAlgorithm>,
    text: &EncString,
    external: &External,
    out: &mut [u8],
) -> Result<usize, DecryptError> {
    let wrong = WrongAlgorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } = Fitting::of_contents(text, &cose, external, wrong)?;
    let given = out.len();
    let length_of = |contents: &[u8]| match content {
        ContentType::Utf8Padded => unpadded(contents),
        _ => Some(contents.len()),
    };
    message::open(memory, key, (message.nonce, &aad), (data, tag), out, length_of).map_err(|shut| match shut {
        Shut::BufferTooShort { needed } => DecryptError::BufferTooShort { needed, given },
        Shut::NotAuthentic => DecryptError::WrongKeyOrChanged,
        Shut::Enter(error) => error.into(),
    })
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
    let Fitting { message, content, data, tag, aad } =
        Fitting::new(text, &cose, &External::NONE).map_err(|closed| match closed {
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
        UnwrapFailure::Unusable(told) => unusable(told),
        UnwrapFailure::WrongAlgorithm => wrong.into(),
    })
}

/// Encrypts a secret that lies in secret memory.
pub(super) fn encrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &CoseFacts,
    content: ContentType,
    secret: &SecretBytes,
) -> Result<EncString, EncryptError> {
    let length = secret.len();
    let message = message(facts, content).map_err(|unmade| unmade.of_contents(length))?;
    let padding = padding(content, length);
    let (mut aad, mut prefix) = (Aad::empty(), Prefix::empty());
    let about = (message.nonce(), message.aad(&mut aad)?);
    let mut data = vec![0; length.saturating_add(padding.into())];
    let sealed = operation::encrypt_secret_aead(memory, key, secret, padding, about, &mut data)?;
    let tag = sealed.ok_or(EncryptError::TooLong { length })?;
    let prefix = message.prefix(&mut prefix, 3, (data.len() + TAG) as u64)?;
    Ok(EncString::from_cose([prefix, &data, &tag].concat().into_boxed_slice()))
}

/// Decrypts a secret into secret memory.
pub(super) fn decrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &KeyFacts<SymmetricAlgorithm>,
    text: &EncString,
) -> Result<SecretBytes, DecryptError> {
    let wrong = WrongAlgorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } = Fitting::of_contents(text, &cose, &External::NONE, wrong)?;
    let padded = content == ContentType::Utf8Padded;
    operation::decrypt_secret_aead(memory, key, (message.nonce, &aad), (data, tag), padded).map_err(|failure| {
        match failure {
            UnwrapFailure::Memory(error) => error.into(),
            UnwrapFailure::NotAuthentic | UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => {
                DecryptError::WrongKeyOrChanged
            }
            UnwrapFailure::WrongAlgorithm => wrong.into(),
        }
    })
}

#[cfg(test)]
mod tests;
