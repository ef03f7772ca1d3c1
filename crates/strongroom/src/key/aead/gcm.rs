//! AES-256-GCM (NIST SP 800-38D section 7) with nonces of 12 bytes: `H = AES(0)`, `J0 = nonce || 1`, `tag = AES(J0) ^
//! GHASH(H; aad, padded || ciphertext, padded || lengths)`; the contents are encrypted from `J0 + 1` on.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use ctr::Ctr32BE;
use ctr::cipher::{InnerIvInit, StreamCipher, StreamCipherCoreWrapper, StreamCipherSeek};
use ghash::GHash;
use ghash::universal_hash::UniversalHash;

/// Bytes of a block.
const BLOCK: u64 = 16;

/// The most bytes of a message, 2^36 - 32: the blocks with the numbers 2 to 2^32 - 1.
pub(super) const MOST: u64 = (u32::MAX as u64 - 1) * BLOCK;

/// The block that the counter begins with.
fn j0(nonce: &[u8; 12]) -> [u8; 16] {
    let mut block = [0; 16];
    block.iter_mut().zip(nonce.iter().chain(&[0, 0, 0, 1])).for_each(|(to, from)| *to = *from);
    block
}

/// The hash before the associated data.
pub(super) fn begin(key: &[u8; 32], nonce: &[u8; 12]) -> Running {
    let aes = Aes256Enc::new(key.into());
    let (mut h, mut mask) = ([0; 16].into(), j0(nonce).into());
    aes.encrypt_block(&mut h);
    aes.encrypt_block(&mut mask);
    Running { hash: GHash::new(&h), mask: mask.into() }
}

pub(super) fn apply(key: &[u8; 32], nonce: &[u8; 12], at: u64, data: &mut [u8]) -> Option<()> {
    let core = InnerIvInit::inner_iv_init(Aes256Enc::new(key.into()), &j0(nonce).into());
    let mut cipher: Ctr32BE<Aes256Enc> = StreamCipherCoreWrapper::from_core(core);
    cipher.try_seek(at.checked_add(BLOCK)?).ok()?;
    cipher.try_apply_keystream(data).ok()
}

/// The hash so far, H in it.
pub(super) struct Running {
    hash: GHash,
    mask: [u8; 16],
}

impl Running {
    pub(super) fn again(&self) -> Self {
        Self { hash: self.hash.clone(), mask: self.mask }
    }

    pub(super) fn update(&mut self, data: &[u8]) {
        self.hash.update_padded(data);
    }

    /// Lengths in bits, big-endian.
    pub(super) fn tag(mut self, aad_len: u64, length: u64) -> [u8; 16] {
        let bits = [aad_len, length].map(|bytes| bytes.wrapping_mul(8).to_be_bytes());
        self.hash.update_padded(bits.as_flattened());
        let mut tag: [u8; 16] = self.hash.finalize().into();
        tag.iter_mut().zip(self.mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}
