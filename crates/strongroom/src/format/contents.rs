//! Contents under any symmetric key: the key's algorithm decides the type of the text, and the text's type says which
//! keys open it.

use strongroom_memory::{ProtectedBytes, SecretMemory};

use super::aes_cbc_hmac;
use super::cose_encrypt0::{self, CoseFacts};
use super::enc_string::EncString;
use super::external::External;
use crate::cose::key_ops::KeyOperation;
use crate::error::{ErrorKind, Limit, NotPermitted, Unsupported};
use crate::key::facts::KeyInfo;
use crate::kind::Symmetric;
use crate::labels::{ContentType, EncStringType};
use crate::operation::{self, SECRET_MOST, SymmetricBox};

/// Encrypts `contents`, which are of this content type.
pub(crate) fn encrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    content: ContentType,
    contents: &[u8],
    external: &External,
) -> Result<EncString, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, key)?;
    permit(&facts, KeyOperation::Encrypt)?;
    match CoseFacts::of(&facts) {
        None if external.is_none() => aes_cbc_hmac::encrypt(memory, key, contents),
        None => Err(Unsupported::AssociatedData.into()),
        Some(facts) => cose_encrypt0::encrypt(memory, key, &facts, content, contents, external),
    }
}

/// Encrypts bytes into the front of `out`, as [`EncString::from_buffer`] reads them; returns how many. `out` is left
/// empty of contents by an error, and as it was if it is too short.
pub(crate) fn encrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    contents: &[u8],
    out: &mut [u8],
) -> Result<usize, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, key)?;
    permit(&facts, KeyOperation::Encrypt)?;
    let given = out.len();
    // The type stands in a byte of its own before the rest.
    let (front, rest) = out.split_at_mut(given.min(1));
    let (enc_type, made) = match CoseFacts::of(&facts) {
        None => (EncStringType::AesCbcHmac, aes_cbc_hmac::encrypt_into(memory, key, contents, rest)),
        Some(facts) => (EncStringType::Cose, cose_encrypt0::encrypt_into(memory, key, &facts, contents, rest)),
    };
    let length = made.map_err(|error| match error {
        ErrorKind::Limit(Limit::Buffer { needed, .. }) => {
            Limit::Buffer { needed: needed.saturating_add(1), given }.into()
        }
        other => other,
    })?;
    front.fill(enc_type.number());
    Ok(length + 1)
}

/// Decrypts into the front of `out`; returns how many bytes. `out` is left empty of contents by an error.
pub(crate) fn decrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    text: &EncString,
    external: &External,
    out: &mut [u8],
) -> Result<usize, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, key)?;
    permit(&facts, KeyOperation::Decrypt)?;
    match text.enc_type() {
        EncStringType::Cose => cose_encrypt0::decrypt_into(memory, key, &facts, text, external, out),
        EncStringType::AesCbcHmac if !external.is_none() => Err(Unsupported::AssociatedData.into()),
        _ => aes_cbc_hmac::decrypt_into(memory, key, text, out),
    }
}

/// Returns whether a text may hold contents of this type: one of type 7 says of what type they are, one of type 2 says
/// nothing. Only what was opened is authentic, so this is to be asked of a text that opens.
pub(crate) fn may_hold(text: &EncString, content: ContentType) -> bool {
    text.enc_type() != EncStringType::Cose || cose_encrypt0::content_of(text) == Some(content)
}

/// Encrypts a secret that lies in secret memory and is of this content type.
pub(crate) fn encrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    content: ContentType,
    secret: &ProtectedBytes,
) -> Result<EncString, ErrorKind> {
    if secret.len() > SECRET_MOST {
        return Err(Limit::Contents { asked: secret.len() as u64, most: SECRET_MOST as u64 }.into());
    }
    let facts = operation::facts::<Symmetric>(memory, key)?;
    permit(&facts, KeyOperation::Encrypt)?;
    match CoseFacts::of(&facts) {
        None => aes_cbc_hmac::encrypt_secret(memory, key, secret),
        Some(facts) => cose_encrypt0::encrypt_secret(memory, key, &facts, content, secret),
    }
}

/// Decrypts a secret into secret memory.
pub(crate) fn decrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    text: &EncString,
) -> Result<ProtectedBytes, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, key)?;
    permit(&facts, KeyOperation::Decrypt)?;
    match text.enc_type() {
        EncStringType::Cose => cose_encrypt0::decrypt_secret(memory, key, &facts, text),
        _ => aes_cbc_hmac::decrypt_secret(memory, key, text),
    }
}

/// Whether the key may be used so.
pub(super) fn permit<A: Copy>(facts: &KeyInfo<A>, operation: KeyOperation) -> Result<(), NotPermitted> {
    if facts.permit(operation) { Ok(()) } else { Err(NotPermitted { operation, permitted: facts.operations() }) }
}
