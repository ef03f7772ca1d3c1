//! ChaCha20-Poly1305 (RFC 8439 section 2.8): `tag = Poly1305(aad, padded || ciphertext, padded || lengths)` under the
//! first 32 bytes of keystream block 0; the contents are encrypted from block 1 on.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use poly1305::Poly1305;
use poly1305::universal_hash::{KeyInit, UniversalHash};

/// Bytes of a block of keystream.
const BLOCK: u64 = 64;

/// The most bytes of a message: the blocks with the numbers 1 to 2^32 - 2. The RFC has one more, which the library
/// keeps back.
pub(super) const MOST: u64 = (u32::MAX as u64 - 1) * BLOCK;

/// The hash before the associated data.
pub(super) fn begin(key: &[u8; 32], nonce: &[u8; 12]) -> Running {
    let mut one_time = [0; 32];
    ChaCha20::new(key.into(), nonce.into()).apply_keystream(&mut one_time);
    Running(Poly1305::new(&one_time.into()))
}

pub(super) fn apply(key: &[u8; 32], nonce: &[u8; 12], at: u64, data: &mut [u8]) -> Option<()> {
    let mut cipher = ChaCha20::new(key.into(), nonce.into());
    cipher.try_seek(at.checked_add(BLOCK)?).ok()?;
    cipher.try_apply_keystream(data).ok()
}

/// The hash so far, r and s in it.
pub(super) struct Running(Poly1305);

impl Running {
    pub(super) fn again(&self) -> Self {
        Self(self.0.clone())
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.0.update_padded(data);
    }

    /// Lengths in bytes, little-endian.
    pub(super) fn tag(mut self, aad_len: u64, length: u64) -> [u8; 16] {
        self.0.update_padded([aad_len.to_le_bytes(), length.to_le_bytes()].as_flattened());
        self.0.finalize().into()
    }
}
