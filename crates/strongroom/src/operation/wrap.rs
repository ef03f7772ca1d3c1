//! Keys that are made, wrapped and unwrapped: raw key bytes exist inside these functions alone.

use strongroom_memory::{EnterError, MakeError, MemoryError, SecretBox, SecretMemory, Status, random};

use super::SymmetricBox;
use crate::error::GenerateError;
use crate::key::aes_cbc::{BLOCK, pad};
use crate::key::symmetric::{RawKey, SymmetricKey};

/// Bytes of a wrapped key: 64 bytes of key and a whole block of padding.
const WRAPPED_KEY: usize = 80;

/// A new key from the system's random source.
pub(crate) fn generate(memory: &SecretMemory) -> Result<SymmetricBox, GenerateError> {
    let made = SecretBox::try_make(
        memory,
        |inside, ()| {
            let mut raw: RawKey = [[0; 32]; 2];
            random::secret(inside, raw.as_flattened_mut()).map_err(|_| Status(0))?;
            Ok(SymmetricKey::new(&raw))
        },
        (),
    );
    made.map_err(|error| match error {
        MakeError::Memory(error) => GenerateError::Memory(error),
        MakeError::Failed(Status(_)) => GenerateError::Random,
    })
}

/// Encrypts the raw bytes of `key` under `by`: the ciphertext, and the MAC over `iv || ciphertext`.
pub(crate) fn wrap(
    memory: &SecretMemory,
    by: &SymmetricBox,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
) -> Result<([u8; WRAPPED_KEY], [u8; 32]), EnterError> {
    memory.scope(
        |inside, (by, key, iv): (&SymmetricBox, &SymmetricBox, &[u8; BLOCK])| {
            let raw = key.expose(inside).raw().as_flattened();
            let mut buffer = [0; WRAPPED_KEY];
            buffer.iter_mut().zip(raw).for_each(|(to, from)| *to = *from);
            pad(&mut buffer, raw.len());
            let mac = by.expose(inside).encrypt(iv, buffer.as_chunks_mut().0);
            (buffer, mac)
        },
        (by, key, iv),
    )
}

/// Why a key was not unwrapped.
#[derive(Debug)]
pub(crate) enum UnwrapFailure {
    Memory(MemoryError),
    /// The MAC or the padding is wrong.
    NotAuthentic,
    /// Authentic, but not 64 bytes long.
    NotAKey,
}

const NOT_AUTHENTIC: Status = Status(1);
const NOT_A_KEY: Status = Status(2);

/// Checks the MAC over `iv || data`, decrypts `data` and expands the key that it holds.
pub(crate) fn unwrap(
    memory: &SecretMemory,
    by: &SymmetricBox,
    iv: &[u8; BLOCK],
    mac: &[u8; 32],
    data: &[u8],
) -> Result<SymmetricBox, UnwrapFailure> {
    let made = SecretBox::try_make(
        memory,
        |inside, (by, iv, mac, data): (&SymmetricBox, &[u8; BLOCK], &[u8; 32], &[u8])| {
            let by = by.expose(inside);
            let Ok(mut buffer) = <[u8; WRAPPED_KEY]>::try_from(data) else {
                return Err(if by.is_authentic(iv, mac, data) { NOT_A_KEY } else { NOT_AUTHENTIC });
            };
            let length = by.decrypt(iv, mac, buffer.as_chunks_mut().0).ok_or(NOT_AUTHENTIC)?;
            let raw = buffer.get(..length).and_then(|raw| <&RawKey>::try_from(raw.as_chunks().0).ok());
            raw.filter(|raw| raw.as_flattened().len() == length).map(SymmetricKey::new).ok_or(NOT_A_KEY)
        },
        (by, iv, mac, data),
    );
    made.map_err(|error| match error {
        MakeError::Memory(error) => UnwrapFailure::Memory(error),
        MakeError::Failed(NOT_A_KEY) => UnwrapFailure::NotAKey,
        MakeError::Failed(_) => UnwrapFailure::NotAuthentic,
    })
}
