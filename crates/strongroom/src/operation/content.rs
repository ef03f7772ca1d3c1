//! Contents under a symmetric key.

use strongroom_memory::{EnterError, SecretMemory, StackBudget};

use super::{Secret, SymmetricBox};
use crate::key::aes_cbc::{BLOCK, FEW};
use crate::key::symmetric::{AEAD, TAG};
use crate::kind::Symmetric;

/// Encrypts `buffer`, padded contents, in place; returns the MAC over `iv || buffer`. `None` for a key of another
/// algorithm than AES-256-CBC-HMAC-SHA256.
pub(crate) fn encrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
    buffer: &mut [u8],
) -> Result<Option<[u8; 32]>, EnterError> {
    memory.scope(
        |inside, (key, iv, buffer): (&Secret<Symmetric>, &[u8; BLOCK], &mut [u8])| {
            key.expose(inside).as_aes_cbc_hmac().map(|key| key.encrypt(iv, buffer.as_chunks_mut().0))
        },
        (key.secret(), iv, buffer),
    )
}

/// Checks the MAC over `iv || buffer`, and only then decrypts `buffer`, whole blocks, in place; returns the length of
/// the contents in bytes.
///
/// The inner `None`: the MAC or the padding is wrong; what `buffer` holds then must not be used. The outer: the key is
/// of another algorithm than AES-256-CBC-HMAC-SHA256.
pub(crate) fn decrypt(
    memory: &SecretMemory,
    key: &SymmetricBox,
    iv: &[u8; BLOCK],
    mac: &[u8; 32],
    buffer: &mut [u8],
) -> Result<Option<Option<usize>>, EnterError> {
    let room = if buffer.len() > FEW * BLOCK { MANY } else { StackBudget::FIELD };
    memory.scope_reserving(
        room,
        |inside, (key, iv, mac, buffer): (&Secret<Symmetric>, &[u8; BLOCK], &[u8; 32], &mut [u8])| {
            key.expose(inside).as_aes_cbc_hmac().map(|key| key.decrypt(iv, mac, buffer.as_chunks_mut().0))
        },
        (key.secret(), iv, mac, buffer),
    )
}

/// What decryption of many blocks at once reserves: it goes 8.7 KiB deep in release builds.
const MANY: StackBudget = StackBudget::stack(10 << 10, 28 << 10);

/// Encrypts `buffer` in place with a COSE key; returns the tag. `None` if the key is of AES-256-CBC-HMAC-SHA256, the
/// nonce not of its length, or the buffer longer than the algorithm takes.
pub(crate) fn encrypt_aead(
    memory: &SecretMemory,
    key: &SymmetricBox,
    nonce: &[u8],
    aad: &[u8],
    buffer: &mut [u8],
) -> Result<Option<[u8; TAG]>, EnterError> {
    memory.scope_reserving(
        room(buffer),
        |inside, (key, nonce, aad, buffer): (&Secret<Symmetric>, &[u8], &[u8], &mut [u8])| {
            key.expose(inside).as_aead()?.encrypt(nonce, aad, buffer)
        },
        (key.secret(), nonce, aad, buffer),
    )
}

/// Checks the tag, and only then decrypts `buffer` in place with a COSE key. Whether it did.
pub(crate) fn decrypt_aead(
    memory: &SecretMemory,
    key: &SymmetricBox,
    nonce: &[u8],
    aad: &[u8],
    buffer: &mut [u8],
    tag: &[u8; TAG],
) -> Result<bool, EnterError> {
    memory.scope_reserving(
        room(buffer),
        |inside, (key, nonce, aad, buffer, tag): Message<'_>| {
            key.expose(inside).as_aead().and_then(|key| key.decrypt(nonce, aad, buffer, tag)).is_some()
        },
        (key.secret(), nonce, aad, buffer, tag),
    )
}

/// Key, nonce, authenticated data, ciphertext, tag.
type Message<'m> = (&'m Secret<Symmetric>, &'m [u8], &'m [u8], &'m mut [u8], &'m [u8; TAG]);

/// What a COSE key reserves for contents of this length.
fn room(buffer: &[u8]) -> StackBudget {
    if buffer.len() > FEW * BLOCK { LONG } else { AEAD }
}

/// What long contents reserve under a COSE key: no more than short ones in release builds; builds without optimisation
/// go 40 KiB deep with AES-256-GCM.
pub(super) const LONG: StackBudget = StackBudget::stack(AEAD.stack, 48 << 10);
