//! What the AEADs make of a key.

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::{Needles, TooPlain};
use crate::chacha20;
use crate::form::Form;

impl Needles {
    /// Looks for what XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) makes of this key for the message with this
    /// nonce.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn xchacha20_poly1305_message(
        &mut self,
        secret: &str,
        key: &[u8; 32],
        nonce: &[u8; 24],
    ) -> Result<(), TooPlain> {
        let [outer @ .., _, _, _, _, _, _, _, _] = nonce;
        self.add(secret, Form::ChaChaSubkey, chacha20::subkey(key, outer).to_vec())?;
        let one_time = chacha20::poly1305_key(key, nonce);
        self.add(secret, Form::Poly1305Limbs, poly1305_limbs(&one_time))?;
        self.add(secret, Form::Poly1305Key, one_time.to_vec())
    }

    /// Looks for what AES-256-GCM (NIST SP 800-38D) makes of this key.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn aes256_gcm_key(&mut self, secret: &str, key: &[u8; 32]) -> Result<(), TooPlain> {
        self.aes256_key(secret, key)?;
        let hash = encrypt(key, [0; 16]);
        let mut reversed = hash;
        reversed.reverse();
        self.add(secret, Form::GhashKey, hash.to_vec())?;
        self.add(secret, Form::GhashKey, reversed.to_vec())?;
        self.add(secret, Form::PolyvalKey, times_x(u128::from_le_bytes(reversed)).to_le_bytes().to_vec())
    }

    /// Looks for what XAES-256-GCM (C2SP) makes of this key for all messages.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn xaes256_gcm_key(&mut self, secret: &str, key: &[u8; 32]) -> Result<(), TooPlain> {
        self.aes256_key(secret, key)?;
        self.add(secret, Form::XaesMask, xaes_mask(key).to_vec())
    }

    /// Looks for what XAES-256-GCM makes of this key for the message with this nonce: a key of AES-256-GCM.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn xaes256_gcm_message(&mut self, secret: &str, key: &[u8; 32], nonce: &[u8; 24]) -> Result<(), TooPlain> {
        let mask = xaes_mask(key);
        let mut message = [0; 32];
        for (half, number) in message.as_chunks_mut::<16>().0.iter_mut().zip(1..) {
            let mut block = mask;
            let prefix = [0, number, b'X', 0];
            block.iter_mut().zip(prefix.iter().chain(nonce)).for_each(|(byte, with)| *byte ^= with);
            *half = encrypt(key, block);
        }
        let name = format!("{secret}, message key");
        self.bytes(&name, &message)?;
        self.aes256_gcm_key(&name, &message)
    }
}

fn encrypt(key: &[u8; 32], block: [u8; 16]) -> [u8; 16] {
    let mut block = block.into();
    Aes256::new(key.into()).encrypt_block(&mut block);
    block.into()
}

/// K1: the zero block encrypted and doubled as in CMAC (NIST SP 800-38B section 6.1).
fn xaes_mask(key: &[u8; 32]) -> [u8; 16] {
    let block = u128::from_be_bytes(encrypt(key, [0; 16]));
    let reduced = if block >> 127 == 0 { 0 } else { 0x87 };
    ((block << 1) ^ reduced).to_be_bytes()
}

/// mulX_POLYVAL, RFC 8452 appendix A.
fn times_x(element: u128) -> u128 {
    let carry = element >> 127;
    (element << 1) ^ carry ^ (carry << 127) ^ (carry << 126) ^ (carry << 121)
}

/// r of a one-time key, clamped (RFC 8439 section 2.5), in five words of 26 bits: what software multiplies by.
fn poly1305_limbs(key: &[u8; 32]) -> Vec<u8> {
    let [first @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = key;
    let clamped = u128::from_le_bytes(*first) & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff;
    let limbs = (0..5).map(|limb| (clamped >> (26 * limb)) & 0x3ff_ffff);
    limbs.flat_map(|limb| limb.to_le_bytes().into_iter().take(4)).collect()
}

#[cfg(test)]
mod tests {
    use aes_gcm::aead::AeadInOut;
    use aes_gcm::{Aes256Gcm, Nonce};
    use hex_literal::hex;
    use xaes_256_gcm::Xaes256Gcm;

    use super::*;

    #[test]
    fn the_polyval_key_is_that_of_the_standard() {
        // RFC 8452 appendix A, and its erratum.
        let element = u128::from_le_bytes(hex!("9c98c04df9387ded828175a92ba652d8"));
        assert_eq!(times_x(element).to_le_bytes(), hex!("3931819bf271fada0503eb52574ca572"));
    }

    #[test]
    fn the_ghash_key_is_that_of_the_standard() {
        // The validation set of the GCM specification, test case 13: a key of zeros.
        let mut needles = Needles::new();
        needles.aes256_gcm_key("key", &[0; 32]).unwrap();
        let hash = needles.needles.iter().find(|needle| needle.label.form == Form::GhashKey).unwrap();
        assert_eq!(hash.bytes, hex!("dc95c078a2408989ad48a21492842087"));
    }

    #[test]
    fn a_message_key_encrypts_as_the_library_does() {
        let (key, nonce) = ([3; 32], *b"ABCDEFGHIJKLMNOPQRSTUVWX");
        let mut needles = Needles::new();
        needles.xaes256_gcm_message("key", &key, &nonce).unwrap();
        let message: [u8; 32] = needles.needles[0].bytes.as_slice().try_into().unwrap();
        let (mut one, mut other) = (*b"XAES-256-GCM", *b"XAES-256-GCM");
        let whole = Xaes256Gcm::new(&key.into());
        let tag = whole.encrypt_inout_detached(&nonce.into(), b"c2sp", one.as_mut_slice().into()).unwrap();
        let short = Nonce::try_from(&nonce[12..]).unwrap();
        let inner = Aes256Gcm::new(&message.into());
        assert_eq!(inner.encrypt_inout_detached(&short, b"c2sp", other.as_mut_slice().into()).unwrap(), tag);
        assert_eq!(one, other);
    }

    #[test]
    fn r_is_clamped_and_cut() {
        // RFC 8439 section 2.5.2.
        let key = hex!("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b");
        let limbs: Vec<u32> = poly1305_limbs(&key).as_chunks().0.iter().map(|limb| u32::from_le_bytes(*limb)).collect();
        let r = limbs.iter().rev().fold(0_u128, |r, limb| (r << 26) | u128::from(*limb));
        assert_eq!(r, 0x0806_d540_0e52_447c_036d_5554_08be_d685);
    }
}
