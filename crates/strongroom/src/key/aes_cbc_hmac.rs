//! AES-256-CBC with HMAC-SHA256, encrypt-then-MAC: the keys of Bitwarden's first format.

pub(crate) mod pieces;

use super::aes_cbc::{AesCbcKey, BLOCK, padding};
use super::hmac::HmacSha256Key;
use crate::labels::cose::AES_256_CBC_HMAC_SHA256_DOMAIN;

/// A raw "V1" key, 64 bytes as it travels: 32 for AES-256, then 32 for HMAC-SHA256.
pub(crate) type RawKey = [[u8; 32]; 2];

/// A V1 key (AES-256-CBC with HMAC-SHA256, encrypt-then-MAC), ready for use.
pub(crate) struct AesCbcHmacKey {
    /// Kept to be wrapped: the schedules and midstates cannot be turned back into it.
    raw: RawKey,
    cipher: AesCbcKey,
    mac: HmacSha256Key,
}

impl AesCbcHmacKey {
    /// Expands the schedules and midstates of `raw`.
    pub(crate) fn new(raw: &RawKey) -> Self {
        let [enc, mac] = raw;
        Self { raw: *raw, cipher: AesCbcKey::new(enc), mac: HmacSha256Key::new(mac) }
    }

    /// The 64 bytes that are wrapped under another key.
    pub(crate) fn raw(&self) -> &RawKey {
        &self.raw
    }

    /// Encrypts padded `blocks` in place and returns the MAC over `iv || blocks`.
    pub(crate) fn encrypt(&self, iv: &[u8; BLOCK], blocks: &mut [[u8; BLOCK]]) -> [u8; 32] {
        self.cipher.encrypt(iv, blocks);
        self.mac.mac(&[iv, blocks.as_flattened()])
    }

    /// Whether `mac` is the MAC over `iv || data`, and not that of an AEAD message ([`is_of_aead`]).
    pub(crate) fn is_authentic(&self, iv: &[u8; BLOCK], mac: &[u8; 32], data: &[u8]) -> bool {
        self.mac.verify(&[iv, data], mac) && !is_of_aead(iv)
    }

    /// Checks the MAC over `iv || blocks`, and only then decrypts in place.
    ///
    /// Returns the length of the contents without padding; `None` if the MAC or the padding is wrong, which
    /// are one and the same to the caller. After a wrong MAC `blocks` are unchanged.
    pub(crate) fn decrypt(&self, iv: &[u8; BLOCK], mac: &[u8; 32], blocks: &mut [[u8; BLOCK]]) -> Option<usize> {
        if !self.is_authentic(iv, mac, blocks.as_flattened()) {
            return None;
        }
        self.cipher.decrypt(iv, blocks);
        let padding = padding(blocks.last()?)?;
        blocks.as_flattened().len().checked_sub(padding)
    }
}

/// Returns true if what the MAC covers begins as that of the AEAD below does, with an initialisation vector in the
/// place of the domain. One key makes both MACs.
///
/// A MAC of the AEAD covers 72 bytes, the associated data and whole blocks. Where the associated data is 8 bytes longer
/// than whole blocks, all of it is whole blocks. It can then be cut into an initialisation vector and data, and the MAC
/// is right for them. Those data hold the ciphertext of a key, at the begin of a block, so in one of 256 cases (those
/// in which the end looks like padding) the key would come out as contents. No associated data of ours has such a
/// length (`tests/one_mac_key.rs`), but other software may write other headers. A vector that is drawn is the begin of
/// the domain with a probability of 2^-128.
pub(crate) fn is_of_aead(iv: &[u8; BLOCK]) -> bool {
    AES_256_CBC_HMAC_SHA256_DOMAIN.starts_with(iv)
}

/// As an AEAD inside COSE: the MAC covers a domain, the associated data, and all lengths.
impl AesCbcHmacKey {
    /// Encrypts padded `blocks` in place and returns the MAC, which goes behind them.
    pub(crate) fn encrypt_with_aad(&self, iv: &[u8; BLOCK], aad: &[u8], blocks: &mut [[u8; BLOCK]]) -> [u8; 32] {
        self.cipher.encrypt(iv, blocks);
        let data = blocks.as_flattened();
        let lengths = [data, aad].map(|part| (part.len() as u64).to_be_bytes());
        self.mac.mac(&mac_input(iv, aad, data, &lengths))
    }

    /// Checks the MAC, and only then decrypts in place; as [`decrypt`](Self::decrypt) otherwise.
    pub(crate) fn decrypt_with_aad(
        &self,
        iv: &[u8; BLOCK],
        aad: &[u8],
        blocks: &mut [[u8; BLOCK]],
        mac: &[u8; 32],
    ) -> Option<usize> {
        let data = blocks.as_flattened();
        let lengths = [data, aad].map(|part| (part.len() as u64).to_be_bytes());
        if !self.mac.verify(&mac_input(iv, aad, data, &lengths), mac) {
            return None;
        }
        self.cipher.decrypt(iv, blocks);
        let padding = padding(blocks.last()?)?;
        blocks.as_flattened().len().checked_sub(padding)
    }
}

/// `domain || iv || length of data || data || length of aad || aad`, lengths of 64 bits, big-endian.
fn mac_input<'i>(
    iv: &'i [u8; BLOCK],
    aad: &'i [u8],
    data: &'i [u8],
    [data_len, aad_len]: &'i [[u8; 8]; 2],
) -> [&'i [u8]; 6] {
    [AES_256_CBC_HMAC_SHA256_DOMAIN, iv, data_len, data, aad_len, aad]
}

#[cfg(test)]
mod tests;
