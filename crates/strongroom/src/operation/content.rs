//! Contents under a symmetric key: encrypt-then-MAC.

use strongroom_memory::{EnterError, Room, SecretMemory};

use super::SymmetricBox;
use crate::key::aes_cbc::{BLOCK, FEW};

/// Encrypts `buffer`, padded contents, in place; returns the MAC over `iv || buffer`.
pub(crate) fn encrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
    buffer: &mut [u8],
) -> Result<[u8; 32], EnterError> {
    memory.scope(
        |inside, (key, iv, buffer): (&SymmetricBox, &[u8; BLOCK], &mut [u8])| {
            key.expose(inside).encrypt(iv, buffer.as_chunks_mut().0)
        },
        (key, iv, buffer),
    )
}

/// Checks the MAC over `iv || buffer`, and only then decrypts `buffer`, whole blocks, in place; returns the length of
/// the contents in bytes.
///
/// `None` if the MAC or the padding is wrong; what `buffer` holds then must not be used.
pub(crate) fn decrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
    mac: &[u8; 32],
    buffer: &mut [u8],
) -> Result<Option<usize>, EnterError> {
    let large;
    let memory = if buffer.len() > FEW * BLOCK {
        large = memory.reserving(Room::LARGE);
        &large
    } else {
        memory
    };
    memory.scope(
        |inside, (key, iv, mac, buffer): (&SymmetricBox, &[u8; BLOCK], &[u8; 32], &mut [u8])| {
            key.expose(inside).decrypt(iv, mac, buffer.as_chunks_mut().0)
        },
        (key, iv, mac, buffer),
    )
}
