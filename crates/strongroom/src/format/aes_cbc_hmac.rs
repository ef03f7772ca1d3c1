//! `EncString` of type 2, both ways: contents and keys.

use strongroom_memory::{SecretMemory, random};
use zeroize::{Zeroize, Zeroizing};

use super::enc_string::{AesCbcHmac, EncString, IV, MAC};
use crate::error::{DecryptError, EncryptError, UnwrapError, WrapError};
use crate::key::aes_cbc::{pad, padded_length};
use crate::operation::{self, SymmetricBox, UnwrapFailure};

/// Encrypts `contents`.
pub(crate) fn encrypt(memory: &SecretMemory, key: &SymmetricBox, contents: &[u8]) -> Result<EncString, EncryptError> {
    let out_of_memory = EncryptError::OutOfMemory { length: contents.len() };
    let Some(total) = padded_length(contents.len()).and_then(|padded| padded.checked_add(IV + MAC)) else {
        return Err(out_of_memory);
    };
    // The contents are copied into what becomes the ciphertext; whatever fails in between, the copy is erased.
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(total).map_err(|_| out_of_memory)?;
    bytes.resize(total, 0);
    if let Some((iv, rest)) = bytes.split_first_chunk_mut::<IV>()
        && let Some((mac, data)) = rest.split_first_chunk_mut::<MAC>()
    {
        random::public(iv)?;
        data.iter_mut().zip(contents).for_each(|(to, from)| *to = *from);
        pad(data, contents.len());
        *mac = operation::encrypt(memory, key, iv, data)?;
    }
    Ok(EncString::from_aes_cbc_hmac(std::mem::take(&mut *bytes).into_boxed_slice()))
}

/// Decrypts into the front of `out`; returns how many bytes. `out` is left empty of contents by an error.
pub(crate) fn decrypt_into(
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
    match operation::decrypt(memory, key, iv, mac, out) {
        Ok(Some(length)) => Ok(length),
        Ok(None) => {
            out.zeroize();
            Err(DecryptError::WrongKeyOrChanged)
        }
        Err(error) => {
            out.zeroize();
            Err(error.into())
        }
    }
}

/// Wraps `key` under `by`.
pub(crate) fn wrap(memory: &SecretMemory, by: &SymmetricBox, key: &SymmetricBox) -> Result<EncString, WrapError> {
    let mut iv = [0; IV];
    random::public(&mut iv)?;
    let (data, mac) = operation::wrap(memory, by, key, &iv)?;
    Ok(EncString::from_aes_cbc_hmac([&iv[..], &mac, &data].concat().into_boxed_slice()))
}

/// Unwraps the key in `text`.
pub(crate) fn unwrap(memory: &SecretMemory, by: &SymmetricBox, text: &EncString) -> Result<SymmetricBox, UnwrapError> {
    let AesCbcHmac { iv, mac, data } = text.as_aes_cbc_hmac().map_err(UnwrapError::UnsupportedType)?;
    operation::unwrap(memory, by, iv, mac, data).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic => UnwrapError::WrongKeyOrChanged,
        UnwrapFailure::NotAKey => UnwrapError::NotAKey,
    })
}

#[cfg(test)]
mod tests;
