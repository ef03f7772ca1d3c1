//! Nonces of 24 bytes: the first part goes into a key of the message, the rest is its nonce.

use aes::Aes256Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use chacha20::{R20, hchacha};

/// XChaCha20: `HChaCha20(key, nonce[0..16])`, and `0000 || nonce[16..24]` (draft-irtf-cfrg-xchacha-03 section 2.3).
pub(super) fn xchacha20(secret: &[u8; 32], nonce: &[u8; 24]) -> ([u8; 32], [u8; 12]) {
    let [first @ .., a, b, c, d, e, f, g, h] = *nonce;
    (hchacha::<R20>(&(*secret).into(), &first.into()).into(), [0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

/// XAES-256-GCM (C2SP): with `K1` of CMAC, `AES(M1 ^ K1) || AES(M2 ^ K1)` for `Mi = 0 || i || 'X' || 0 ||
/// nonce[0..12]`, and `nonce[12..24]`.
pub(super) fn xaes_256(secret: &[u8; 32], nonce: &[u8; 24]) -> ([u8; 32], [u8; 12]) {
    let aes = Aes256Enc::new(secret.into());
    let mut block = [0; 16].into();
    aes.encrypt_block(&mut block);
    let mask = doubled(block.into());
    let (mut key, mut rest) = ([[0; 16]; 2], [0; 12]);
    for (half, number) in key.iter_mut().zip(1..) {
        let message = [0, number, b'X', 0].into_iter().chain(nonce.iter().copied());
        half.iter_mut().zip(mask).zip(message).for_each(|((to, mask), byte)| *to = mask ^ byte);
        aes.encrypt_block(half.into());
    }
    rest.iter_mut().zip(nonce.iter().skip(12)).for_each(|(to, from)| *to = *from);
    let mut whole = [0; 32];
    whole.copy_from_slice(key.as_flattened());
    (whole, rest)
}

/// The double of a block in the field of CMAC (NIST SP 800-38B section 6.1), without a branch on it.
fn doubled(block: [u8; 16]) -> [u8; 16] {
    let block = u128::from_be_bytes(block);
    ((block << 1) ^ ((block >> 127) * 0x87)).to_be_bytes()
}
