//! `EncString` of type 2, both ways: contents and keys.

use strongroom_memory::{EnterError, SecretBytes, SecretMemory, random};
use zeroize::{Zeroize, Zeroizing};

use super::enc_string::{AesCbcHmac, EncString, IV, MAC};
use crate::error::{DecryptError, EncryptError, UnwrapError, WrapError, WrongAlgorithm, broken, unusable};
use crate::key::aes_cbc::{pad, padded_length};
use crate::kind::{Kind, Symmetric};
use crate::labels::EncStringType;
use crate::operation::{self, Boxed, MOST, SymmetricBox, UnwrapFailure, Wrapped};

/// The length in bytes of `iv || mac || data` for contents of this length.
fn encrypted_length(length: usize) -> Result<usize, EncryptError> {
    let total = padded_length(length).and_then(|padded| padded.checked_add(IV + MAC));
    total.ok_or(EncryptError::OutOfMemory { length })
}

/// The text of `iv || mac || data`.
fn whole(bytes: Vec<u8>) -> Result<EncString, EnterError> {
    EncString::from_aes_cbc_hmac(bytes.into_boxed_slice()).ok_or(broken("type 2 has an iv and a MAC"))
}

/// Encrypts `contents`.
pub(super) fn encrypt(memory: &SecretMemory, key: &SymmetricBox, contents: &[u8]) -> Result<EncString, EncryptError> {
    let length = contents.len();
    let total = encrypted_length(length)?;
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(total).map_err(|_| EncryptError::OutOfMemory { length })?;
    bytes.resize(total, 0);
    encrypt_into(memory, key, contents, &mut bytes)?;
    Ok(whole(std::mem::take(&mut *bytes))?)
}

/// Encrypts `contents` into the front of `out`, as `iv || mac || data`; returns how many bytes. `out` is left empty of
/// contents by an error, and as it was if it is too short.
pub(super) fn encrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    contents: &[u8],
    out: &mut [u8],
) -> Result<usize, EncryptError> {
    let total = encrypted_length(contents.len())?;
    let too_short = EncryptError::BufferTooShort { needed: total, given: out.len() };
    let Some((iv, rest)) = out.get_mut(..total).and_then(|out| out.split_first_chunk_mut::<IV>()) else {
        return Err(too_short);
    };
    let Some((mac, data)) = rest.split_first_chunk_mut::<MAC>() else {
        return Err(too_short);
    };
    random::public(iv)?;
    data.iter_mut().zip(contents).for_each(|(to, from)| *to = *from);
    pad(data, contents.len());
    // The contents were copied into what becomes the ciphertext; whatever fails, the copy is erased.
    let made = match operation::encrypt(memory, key, iv, data) {
        Ok(Some(made)) => made,
        Ok(None) => {
            data.zeroize();
            return Err(EncryptError::TooLong { length: contents.len() });
        }
        Err(error) => {
            data.zeroize();
            return Err(error.into());
        }
    };
    *mac = made;
    Ok(total)
}

/// Decrypts into the front of `out`; returns how many bytes. `out` is left empty of contents by an error.
pub(super) fn decrypt_into(
    memory: &SecretMemory,
    key: &SymmetricBox,
    text: &EncString,
    out: &mut [u8],
) -> Result<usize, DecryptError> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(DecryptError::UnsupportedType)?;
    let given = out.len();
    let Some(out) = out.get_mut(..data.len()) else {
        return Err(DecryptError::BufferTooShort { needed: data.len(), given });
    };
    out.copy_from_slice(data);
    let length = match operation::decrypt(memory, key, iv, mac, out) {
        Ok(Some(Some(length))) => return Ok(length),
        Ok(Some(None)) => Err(DecryptError::WrongKeyOrChanged),
        Ok(None) => wrong_algorithm(memory, key).map_or_else(|error| Err(error.into()), |wrong| Err(wrong.into())),
        Err(error) => Err(error.into()),
    };
    out.zeroize();
    length
}

/// Says what the key is a key of, where it is not one of this format.
fn wrong_algorithm(memory: &SecretMemory, key: &SymmetricBox) -> Result<WrongAlgorithm, EnterError> {
    let facts = operation::facts::<Symmetric>(memory, key)?;
    Ok(WrongAlgorithm { text: EncStringType::AesCbcHmac, key: facts.algorithm() })
}

/// Wraps `key` under `by`.
pub(super) fn wrap<K: Kind>(memory: &SecretMemory, by: &SymmetricBox, key: &Boxed<K>) -> Result<EncString, WrapError> {
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    let mut out = [0; MOST];
    let Wrapped { data, mac } = operation::wrap::<K>(memory, by, key, &iv, &mut out)?.ok_or(WrapError::Unwritable)?;
    Ok(whole([&iv[..], &mac, data].concat())?)
}

/// Unwraps the key in `text`.
pub(super) fn unwrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    text: &EncString,
) -> Result<Boxed<K>, UnwrapError> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(UnwrapError::UnsupportedType)?;
    operation::unwrap::<K>(memory, by, iv, mac, data).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic => UnwrapError::WrongKeyOrChanged,
        UnwrapFailure::NotAKey => UnwrapError::NotAKey,
        UnwrapFailure::Unusable(told) => unusable(told),
        UnwrapFailure::WrongAlgorithm => match wrong_algorithm(memory, by) {
            Ok(wrong) => wrong.into(),
            Err(error) => error.into(),
        },
    })
}

/// Encrypts a secret that lies in secret memory.
pub(super) fn encrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    secret: &SecretBytes,
) -> Result<EncString, EncryptError> {
    let too_long = EncryptError::TooLong { length: secret.len() };
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    let mut data = vec![0; padded_length(secret.len()).ok_or_else(|| too_long.clone())?];
    let mac = operation::encrypt_secret(memory, key, secret, &iv, &mut data)?.ok_or(too_long)?;
    Ok(whole([&iv[..], &mac, &data].concat())?)
}

/// Decrypts a secret into secret memory.
pub(super) fn decrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    text: &EncString,
) -> Result<SecretBytes, DecryptError> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(DecryptError::UnsupportedType)?;
    operation::decrypt_secret(memory, key, iv, mac, data).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic | UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => {
            DecryptError::WrongKeyOrChanged
        }
        UnwrapFailure::WrongAlgorithm => {
            wrong_algorithm(memory, key).map_or_else(DecryptError::from, DecryptError::from)
        }
    })
}

#[cfg(test)]
mod tests;
