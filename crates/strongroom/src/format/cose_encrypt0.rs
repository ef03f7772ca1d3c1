//! `EncString` of type 7: contents and keys in a COSE_Encrypt0.

use strongroom_memory::{ProtectedBytes, SecretMemory};

use super::enc_string::EncString;
use super::external::External;
use super::message::{self, Aad, Message, Prefix, Shut, aad_of, unpadded};
use crate::cose::encrypt0::{Encrypt0, Front};
use crate::cose::header::{Header, Parameters};
use crate::error::{ErrorKind, Limit, Malformed, WrongKey, broken, unusable};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::{CoseKeyId, KeyInfo};
use crate::key::symmetric::TAG;
use crate::kind::Kind;
use crate::labels::cose::ENCRYPT0;
use crate::labels::{ContentType, EncStringType};
use crate::operation::{self, Boxed, EncryptedAead, MOST, SymmetricBox, UnwrapFailure, Wrapped};

/// The facts of a COSE key: one that has a number and an id.
pub(super) struct CoseFacts {
    alg: i64,
    id: CoseKeyId,
    nonce_len: usize,
}

impl CoseFacts {
    /// `None` for a key that is not one of COSE.
    pub(super) fn of(facts: &KeyInfo<SymmetricAlgorithm>) -> Option<Self> {
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
pub(super) fn message(key: &CoseFacts, content: ContentType) -> Result<Message, ErrorKind> {
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
) -> Result<EncString, ErrorKind> {
    let length = contents.len();
    let sealed = message(facts, content).and_then(|message| {
        let padding = padding(content, length);
        message.bound_to(external).seal(memory, key, contents, padding)
    });
    sealed.map(EncString::from_cose)
}

/// Encrypts bytes under a COSE key into the front of `out`; returns how many bytes the message has. `out` is left empty
/// of contents by an error, and as it was if it is too short.
pub(super) fn encrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &CoseFacts,
    contents: &[u8],
    out: &mut [u8],
) -> Result<usize, ErrorKind> {
    message(facts, ContentType::Octets).and_then(|message| {
        let padding = padding(ContentType::Octets, contents.len());
        message.seal_into(memory, key, contents, padding, out)
    })
}

/// Wraps `key`, which is of this content type, under `by`.
pub(super) fn wrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    facts: &CoseFacts,
    key: &Boxed<K>,
    content: ContentType,
) -> Result<EncString, ErrorKind> {
    let message = message(facts, content)?;
    let (mut aad, mut prefix, mut out) = (Aad::empty(), Prefix::empty(), [0; MOST]);
    let aad = message.aad(&mut aad)?;
    let Wrapped { data, mac } = operation::wrap_aead::<K>(memory, by, key, message.nonce(), aad, &mut out)?
        .ok_or(broken("a key can be written as bytes"))?;
    let prefix = message.prefix(&mut prefix, 3, (data.len() + TAG) as u64)?;
    Ok(EncString::from_cose([prefix, data, &mac].concat().into_boxed_slice()))
}

/// Why a message is not to be opened with a key.
enum Closed {
    Malformed,
    WrongAlgorithm,
    WrongKey(WrongKey),
}

impl Closed {
    /// Returns the error; `wrong` is that of a key of another algorithm.
    fn of(self, wrong: WrongKey) -> ErrorKind {
        match self {
            Self::Malformed => Malformed::Cose.into(),
            Self::WrongAlgorithm => wrong.into(),
            Self::WrongKey(wrong) => wrong.into(),
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
            return Err(Closed::WrongKey(WrongKey::Id { named, given: key.id }));
        }
    }
    if nonce.len() == key.nonce_len { Ok(content) } else { Err(Closed::Malformed) }
}

/// What a message holds of which the front is there: contents, and no key.
pub(super) fn contents_of(front: &Front<'_>, facts: &KeyInfo<SymmetricAlgorithm>) -> Result<ContentType, ErrorKind> {
    let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let key = CoseFacts::of(facts).ok_or(wrong)?;
    let content = fits(&front.header, front.nonce, &key).map_err(|closed| closed.of(wrong))?;
    if content.is_secret_key() { Err(Malformed::IsKey.into()) } else { Ok(content) }
}

/// What a text says that it holds, which is authentic once it was opened; `None` if it says nothing that we know.
pub(super) fn content_of(text: &EncString) -> Option<ContentType> {
    Encrypt0::parse(text.data()).ok()?.header.content()
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
        wrong: WrongKey,
    ) -> Result<Self, ErrorKind> {
        let fitting = Self::new(text, key, external).map_err(|closed| closed.of(wrong))?;
        if fitting.content.is_secret_key() { Err(Malformed::IsKey.into()) } else { Ok(fitting) }
    }
}

/// Decrypts into the front of `out`; returns how many bytes. `out` is left empty of contents by an error.
pub(super) fn decrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &KeyInfo<SymmetricAlgorithm>,
    text: &EncString,
    external: &External,
    out: &mut [u8],
) -> Result<usize, ErrorKind> {
    let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } = Fitting::of_contents(text, &cose, external, wrong)?;
    let given = out.len();
    let length_of = |contents: &[u8]| match content {
        ContentType::Utf8Padded => unpadded(contents),
        _ => Some(contents.len()),
    };
    message::open(memory, key, (message.nonce, &aad), (data, tag), out, length_of).map_err(|shut| match shut {
        Shut::BufferTooShort { needed } => Limit::Buffer { needed, given }.into(),
        Shut::NotAuthentic => WrongKey::OrChanged.into(),
        Shut::Enter(error) => error.into(),
    })
}

/// Unwraps the key in `text`.
pub(super) fn unwrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    facts: &KeyInfo<SymmetricAlgorithm>,
    text: &EncString,
) -> Result<Boxed<K>, ErrorKind> {
    let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } =
        Fitting::new(text, &cose, &External::NONE).map_err(|closed| closed.of(wrong))?;
    if !K::CONTENTS.contains(&content) {
        return Err(Malformed::NotAKey.into());
    }
    let wrapped = EncryptedAead { nonce: message.nonce, aad: &aad, data, tag };
    operation::unwrap_aead::<K>(memory, by, &wrapped, content).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic => WrongKey::OrChanged.into(),
        UnwrapFailure::NotAKey => Malformed::NotAKey.into(),
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
    secret: &ProtectedBytes,
) -> Result<EncString, ErrorKind> {
    let length = secret.len();
    let message = message(facts, content)?;
    let padding = padding(content, length);
    let (mut aad, mut prefix) = (Aad::empty(), Prefix::empty());
    let about = (message.nonce(), message.aad(&mut aad)?);
    let mut data = vec![0; length.saturating_add(padding.into())];
    let sealed = operation::encrypt_secret_aead(memory, key, secret, padding, about, &mut data)?;
    let tag = sealed.ok_or(broken("a secret that is encrypted has at most SECRET_MOST bytes"))?;
    let prefix = message.prefix(&mut prefix, 3, (data.len() + TAG) as u64)?;
    Ok(EncString::from_cose([prefix, &data, &tag].concat().into_boxed_slice()))
}

/// Decrypts a secret into secret memory.
pub(super) fn decrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    facts: &KeyInfo<SymmetricAlgorithm>,
    text: &EncString,
) -> Result<ProtectedBytes, ErrorKind> {
    let wrong = WrongKey::Algorithm { text: EncStringType::Cose, key: facts.algorithm() };
    let cose = CoseFacts::of(facts).ok_or(wrong)?;
    let Fitting { message, content, data, tag, aad } = Fitting::of_contents(text, &cose, &External::NONE, wrong)?;
    let padded = content == ContentType::Utf8Padded;
    operation::decrypt_secret_aead(memory, key, (message.nonce, &aad), (data, tag), padded).map_err(|failure| {
        match failure {
            UnwrapFailure::Memory(error) => error.into(),
            UnwrapFailure::NotAuthentic | UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => {
                WrongKey::OrChanged.into()
            }
            UnwrapFailure::WrongAlgorithm => wrong.into(),
        }
    })
}

#[cfg(test)]
mod tests;
