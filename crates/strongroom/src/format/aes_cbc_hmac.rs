//! `EncString` of type 2, both ways: contents and keys.

use strongroom_memory::{EnterError, ProtectedBytes, SecretMemory, random};
use zeroize::{Zeroize, Zeroizing};

use super::enc_string::{AesCbcHmac, EncString, IV, MAC};
use crate::error::{ErrorKind, Limit, Malformed, Unsupported, WrongKey, broken, unusable};
use crate::key::aes_cbc::{pad, padded_length};
use crate::kind::{Kind, Symmetric};
use crate::labels::EncStringType;
use crate::operation::{self, Boxed, Encrypted, MOST, SymmetricBox, UnwrapFailure, Wrapped};

const OTHER_ALGORITHM: &str = "contents of type 2 are encrypted by a key of AES-256-CBC-HMAC-SHA256";

const SHORT_SECRET: &str = "a secret that is encrypted has at most SECRET_MOST bytes";

/// The length in bytes of `iv || mac || data` for contents of this length.
fn encrypted_length(length: usize) -> Result<usize, Limit> {
    let total = padded_length(length).and_then(|padded| padded.checked_add(IV + MAC));
    total.ok_or(Limit::Memory { asked: usize::MAX })
}

/// The text of `iv || mac || data`.
fn whole(bytes: Vec<u8>) -> Result<EncString, EnterError> {
    EncString::from_aes_cbc_hmac(bytes.into_boxed_slice()).ok_or(broken("type 2 has an iv and a MAC"))
}

/// Encrypts `contents`.
pub(super) fn encrypt(memory: &SecretMemory, key: &SymmetricBox, contents: &[u8]) -> Result<EncString, ErrorKind> {
    let length = contents.len();
    let total = encrypted_length(length)?;
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(total).map_err(|_| Limit::Memory { asked: total })?;
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
) -> Result<usize, ErrorKind> {
    let total = encrypted_length(contents.len())?;
    let too_short = Limit::Buffer { needed: total, given: out.len() };
    let Some((iv, rest)) = out.get_mut(..total).and_then(|out| out.split_first_chunk_mut::<IV>()) else {
        return Err(too_short.into());
    };
    let Some((mac, data)) = rest.split_first_chunk_mut::<MAC>() else {
        return Err(too_short.into());
    };
    random::public(iv)?;
    data.iter_mut().zip(contents).for_each(|(to, from)| *to = *from);
    pad(data, contents.len());
    // The contents were copied into what becomes the ciphertext; whatever fails, the copy is erased.
    let made = match operation::encrypt(memory, key, iv, data) {
        Ok(Some(made)) => made,
        Ok(None) => {
            data.zeroize();
            return Err(broken(OTHER_ALGORITHM).into());
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
) -> Result<usize, ErrorKind> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(Unsupported::Type)?;
    let given = out.len();
    let Some(out) = out.get_mut(..data.len()) else {
        return Err(Limit::Buffer { needed: data.len(), given }.into());
    };
    out.copy_from_slice(data);
    let length = match operation::decrypt(memory, key, iv, mac, out) {
        Ok(Some(Some(length))) => return Ok(length),
        Ok(Some(None)) => Err(WrongKey::OrChanged.into()),
        Ok(None) => Err(wrong_algorithm(memory, key)),
        Err(error) => Err(error.into()),
    };
    out.zeroize();
    length
}

/// Says what the key is a key of, where it is not one of this format.
fn wrong_algorithm(memory: &SecretMemory, key: &SymmetricBox) -> ErrorKind {
    match operation::facts::<Symmetric>(memory, key) {
        Ok(facts) => WrongKey::Algorithm { text: EncStringType::AesCbcHmac, key: facts.algorithm() }.into(),
        Err(error) => error.into(),
    }
}

/// Wraps `key` under `by`.
pub(super) fn wrap<K: Kind>(memory: &SecretMemory, by: &SymmetricBox, key: &Boxed<K>) -> Result<EncString, ErrorKind> {
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    let mut out = [0; MOST];
    let Wrapped { data, mac } =
        operation::wrap::<K>(memory, by, key, &iv, &mut out)?.ok_or(broken("a key can be written as bytes"))?;
    Ok(whole([&iv[..], &mac, data].concat())?)
}

/// Unwraps the key in `text`.
pub(super) fn unwrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    text: &EncString,
) -> Result<Boxed<K>, ErrorKind> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(Unsupported::Type)?;
    operation::unwrap::<K>(memory, by, &Encrypted { iv, mac, data }).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic => WrongKey::OrChanged.into(),
        UnwrapFailure::NotAKey => Malformed::NotAKey.into(),
        UnwrapFailure::Unusable(told) => unusable(told),
        UnwrapFailure::WrongAlgorithm => wrong_algorithm(memory, by),
    })
}

/// Encrypts a secret that lies in secret memory.
pub(super) fn encrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    secret: &ProtectedBytes,
) -> Result<EncString, ErrorKind> {
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    let mut data = vec![0; padded_length(secret.len()).ok_or(broken(SHORT_SECRET))?];
    let mac = operation::encrypt_secret(memory, key, secret, &iv, &mut data)?.ok_or(broken(SHORT_SECRET))?;
    Ok(whole([&iv[..], &mac, &data].concat())?)
}

/// Decrypts a secret into secret memory.
pub(super) fn decrypt_secret(
    memory: &SecretMemory,
    key: &SymmetricBox,
    text: &EncString,
) -> Result<ProtectedBytes, ErrorKind> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(Unsupported::Type)?;
    operation::decrypt_secret(memory, key, iv, mac, data).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic | UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => WrongKey::OrChanged.into(),
        UnwrapFailure::WrongAlgorithm => wrong_algorithm(memory, key),
    })
}

#[cfg(test)]
mod tests;
