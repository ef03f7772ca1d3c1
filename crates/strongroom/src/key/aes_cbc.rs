//! AES-256 in CBC mode (NIST SP 800-38A section 6.2) with PKCS#7 padding (RFC 5652 section 6.3), in place.
//!
//! CBC alone authenticates nothing: only [`SymmetricKey`](super::aes_cbc_hmac::AesCbcHmacKey), which checks a MAC
//! first, may call it on foreign data.

use aes::Aes256;
use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{
    Block, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockModeDecrypt, BlockSizeUser, InnerIvInit, KeyInit,
};
use subtle::ConstantTimeEq;

/// Bytes in one block, and in an initialisation vector.
pub(crate) const BLOCK: usize = 16;

/// So many blocks are decrypted one by one: fields are short.
pub(crate) const FEW: usize = 8;

/// An AES-256 key with both schedules expanded.
pub(crate) struct AesCbcKey {
    cipher: Aes256,
}

impl AesCbcKey {
    /// Expands `key`.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self { cipher: Aes256::new(key.into()) }
    }

    /// Encrypts whole blocks in place.
    pub(crate) fn encrypt(&self, iv: &[u8; BLOCK], blocks: &mut [[u8; BLOCK]]) {
        self.cipher.encrypt_with_backend(Chain { iv, blocks });
    }

    /// Decrypts whole blocks in place.
    pub(crate) fn decrypt(&self, iv: &[u8; BLOCK], blocks: &mut [[u8; BLOCK]]) {
        if blocks.len() <= FEW {
            self.cipher.decrypt_with_backend(Chain { iv, blocks });
        } else {
            self.decrypt_many(iv, blocks);
        }
    }

    /// Many blocks at once, on a stack of 8 KiB for all the blocks in flight.
    #[inline(never)]
    fn decrypt_many(&self, iv: &[u8; BLOCK], blocks: &mut [[u8; BLOCK]]) {
        cbc::Decryptor::inner_iv_init(&self.cipher, iv.into()).decrypt_blocks(Array::cast_slice_from_core_mut(blocks));
    }
}

/// Blocks to go through one after the other, and what the first is chained to.
///
/// The `cbc` crate does the same, on a stack of 1.3 KiB more: the cipher spreads its schedule for the many blocks at
/// once that never come. That costs more to write and to wipe than a field to decrypt.
struct Chain<'c> {
    iv: &'c [u8; BLOCK],
    blocks: &'c mut [[u8; BLOCK]],
}

impl BlockSizeUser for Chain<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Chain<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut before = *self.iv;
        for block in self.blocks {
            let mut chained = Block::<B>::from(u128::to_ne_bytes(word(block) ^ word(&before)));
            backend.encrypt_block_inplace(&mut chained);
            before = chained.into();
            *block = before;
        }
    }
}

impl BlockCipherDecClosure for Chain<'_> {
    #[inline(always)]
    fn call<B: BlockCipherDecBackend<BlockSize = U16>>(self, backend: &B) {
        let mut before = *self.iv;
        for block in self.blocks {
            let mut plain = Block::<B>::from(*block);
            backend.decrypt_block_inplace(&mut plain);
            let plain = u128::to_ne_bytes(word(&plain.into()) ^ word(&before));
            before = std::mem::replace(block, plain);
        }
    }
}

#[inline(always)]
fn word(block: &[u8; BLOCK]) -> u128 {
    u128::from_ne_bytes(*block)
}

/// The length in bytes of `length` bytes once padded: the next multiple of 16 above it.
/// `None` if that is more than a `usize` holds.
pub(crate) const fn padded_length(length: usize) -> Option<usize> {
    match length.checked_add(BLOCK) {
        Some(more) => Some(more - more % BLOCK),
        None => None,
    }
}

/// Writes the padding behind the first `length` bytes of `buffer`, whose own length is
/// [`padded_length`]`(length)`.
pub(crate) fn pad(buffer: &mut [u8], length: usize) {
    let (_, tail) = buffer.split_at_mut(length);
    #[expect(clippy::cast_possible_truncation, reason = "a padded buffer has at most 16 bytes behind its contents")]
    let count = tail.len() as u8;
    tail.fill(count);
}

/// How many bytes of `last`, the last block, are padding: 1 to 16, or `None` where the padding is not whole.
///
/// Every byte is looked at and none is branched on, so that the time does not tell where the padding is wrong. (An
/// attacker gets here with a valid MAC alone.)
pub(crate) fn padding(last: &[u8; BLOCK]) -> Option<usize> {
    let count = last[BLOCK - 1];
    let mut wrong = 0;
    for (behind, byte) in (1_u8..).zip(last.iter().rev()) {
        wrong |= at_most(behind, count) & (byte ^ count);
    }
    wrong |= !at_most(1, count) | !at_most(count, 16);
    bool::from(wrong.ct_eq(&0)).then_some(usize::from(count))
}

/// All bits set if `a <= b`, none otherwise.
fn at_most(a: u8, b: u8) -> u8 {
    let [_, borrow] = u16::from(b).wrapping_sub(u16::from(a)).to_le_bytes();
    !borrow
}

#[cfg(test)]
mod tests;
