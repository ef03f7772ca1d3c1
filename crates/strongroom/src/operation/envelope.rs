//! The keys that envelopes are sealed with, and AES-256-CBC-HMAC-SHA256 as an AEAD.

use strongroom_memory::{EnterError, MakeError, MemoryError, SecretBox, SecretMemory, Status, random};

use super::entropy::EntropyBox;
use super::master::MasterBox;
use super::wrap::{NOT_A_KEY, NOT_AUTHENTIC, WRONG_ALGORITHM, read, unwrapped};
use super::{Boxed, MOST, Secret, SymmetricBox, UnwrapFailure, Wrapped};
use crate::cose::key::KID_LEN;
use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::error::{ErrorKind, broken};
use crate::kdf::hkdf::{expand, extract};
use crate::key::aes_cbc::{BLOCK, pad, padded_length};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::prepared::{Form, Prepared};
use crate::key::symmetric::SymmetricKey;
use crate::kind::Symmetric;

/// A key of an envelope is used in it alone, so it has no id.
const NO_ID: [u8; KID_LEN] = [0; KID_LEN];

/// The key of `algorithm` with the 32 bytes that were derived from a password.
pub(crate) fn kek_of_master(
    memory: &SecretMemory,
    master: &MasterBox,
    algorithm: SymmetricAlgorithm,
) -> Result<SymmetricBox, MemoryError> {
    let made: Result<Secret<Symmetric>, _> = SecretBox::try_make(
        &memory.reserving(SymmetricKey::ROOM),
        |inside, (master, number): (&MasterBox, u8)| {
            let algorithm = SymmetricAlgorithm::from_number(number).ok_or(Status(0))?;
            SymmetricKey::aead(NO_ID, algorithm, KeyOperations::SYMMETRIC, master.expose(inside)).ok_or(Status(0))
        },
        (master, algorithm as u8),
    );
    made.map(Into::into).map_err(|error| match error {
        MakeError::Memory(error) => error,
        MakeError::Failed(Status(_)) => broken("a key of an envelope is one of COSE").into(),
    })
}

/// The key of AES-256-GCM that HKDF-SHA-256 (RFC 5869) gives for a secret: one block of output.
pub(crate) fn kek_of_secret(
    memory: &SecretMemory,
    secret: &EntropyBox,
    salt: &[u8],
    info: &[u8],
) -> Result<SymmetricBox, MemoryError> {
    let made: Result<Secret<Symmetric>, _> = SecretBox::try_make(
        &memory.reserving(SymmetricKey::ROOM),
        |inside, (secret, salt, info): (&EntropyBox, &[u8], &[u8])| {
            let key = expand(&extract(salt, secret.expose(inside).as_bytes()), info);
            SymmetricKey::aead(NO_ID, SymmetricAlgorithm::Aes256Gcm, KeyOperations::SYMMETRIC, &key).ok_or(Status(0))
        },
        (secret, salt, info),
    );
    made.map(Into::into).map_err(|error| match error {
        MakeError::Memory(error) => error,
        MakeError::Failed(Status(_)) => broken("AES-256-GCM is an algorithm of COSE").into(),
    })
}

/// A new key for the contents of one envelope: of AES-256-GCM, and whoever gets it may only decrypt.
pub(crate) fn content_key(memory: &SecretMemory) -> Result<SymmetricBox, ErrorKind> {
    let made: Result<Secret<Symmetric>, _> = SecretBox::try_make(
        &memory.reserving(SymmetricKey::ROOM),
        |inside, ()| {
            let (mut key, mut kid) = ([0; 32], NO_ID);
            random::secret(inside, &mut key).map_err(|_| Status(0))?;
            random::secret(inside, &mut kid).map_err(|_| Status(0))?;
            let only = KeyOperations::of(&[KeyOperation::Decrypt]);
            SymmetricKey::aead(kid, SymmetricAlgorithm::Aes256Gcm, only, &key).ok_or(Status(0))
        },
        (),
    );
    made.map(Into::into).map_err(|error| match error {
        MakeError::Memory(error) => ErrorKind::from(error),
        MakeError::Failed(Status(_)) => ErrorKind::NoRandom(None),
    })
}

/// Key, key, initialisation vector, authenticated data, ciphertext.
type Wrapping<'w> = (&'w Secret<Symmetric>, &'w Secret<Symmetric>, &'w [u8; BLOCK], &'w [u8], &'w mut [u8]);

/// Encrypts `key` in its typed form under `by`, of AES-256-CBC-HMAC-SHA256, as an AEAD, into `out`. `None`: `by` is
/// of another algorithm.
pub(crate) fn wrap_cbc_aead<'o>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
    aad: &[u8],
    out: &'o mut [u8; MOST],
) -> Result<Option<Wrapped<'o, 32>>, EnterError> {
    let done = memory.scope_reserving(
        SymmetricKey::WRAP,
        |inside, (by, key, iv, aad, out): Wrapping<'_>| {
            let by = by.expose(inside).as_aes_cbc_hmac()?;
            let mut buffer = SymmetricKey::BLANK;
            let length = key.expose(inside).write(Form::Typed, buffer.as_mut())?;
            let padded = buffer.as_mut().get_mut(..padded_length(length)?)?;
            pad(padded, length);
            let mac = by.encrypt_with_aad(iv, aad, padded.as_chunks_mut().0);
            out.get_mut(..padded.len())?.copy_from_slice(padded);
            Some((padded.len(), mac))
        },
        (by.secret(), key.secret(), iv, aad, &mut out[..]),
    )?;
    Wrapped::of(out, done)
}

/// Key, initialisation vector, authenticated data, ciphertext, MAC; whether it holds 64 raw bytes.
type Unwrapping<'u> = (&'u Secret<Symmetric>, &'u [u8; BLOCK], &'u [u8], &'u [u8], &'u [u8; 32], bool);

/// Checks the MAC, decrypts `data`, whole blocks, and expands the key that it holds, 64 raw bytes if `legacy`.
pub(crate) fn unwrap_cbc_aead(
    memory: &SecretMemory,
    by: &SymmetricBox,
    iv: &[u8; BLOCK],
    aad: &[u8],
    (data, mac): (&[u8], &[u8; 32]),
    legacy: bool,
) -> Result<SymmetricBox, UnwrapFailure> {
    let made: Result<Secret<Symmetric>, _> = SecretBox::try_make(
        &memory.reserving(SymmetricKey::ROOM),
        |inside, (by, iv, aad, data, mac, legacy): Unwrapping<'_>| {
            let by = by.expose(inside).as_aes_cbc_hmac().ok_or(WRONG_ALGORITHM)?;
            let mut buffer = SymmetricKey::BLANK;
            let buffer = buffer.as_mut().get_mut(..data.len()).ok_or(NOT_A_KEY)?;
            buffer.copy_from_slice(data);
            let length = by.decrypt_with_aad(iv, aad, buffer.as_chunks_mut().0, mac).ok_or(NOT_AUTHENTIC)?;
            let bytes = buffer.get(..length).ok_or(NOT_AUTHENTIC)?;
            read::<SymmetricKey>(if legacy { Form::Legacy } else { Form::Typed }, bytes)
        },
        (by.secret(), iv, aad, data, mac, legacy),
    );
    unwrapped(memory, made?).map(Boxed::of)
}
