//! What must not be found: the forms that a secret takes in memory.

mod aead;
mod ed25519;
mod ml_dsa;
mod rsa;

pub use rsa::RsaNumbers;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::block_api::compress256;

use crate::aes256;
use crate::argon2id::{self, Cost};
use crate::form::Form;

/// Bytes that are looked for at once: a needle is found in pieces of this length, so that a part of it is found too.
pub(crate) const WINDOW: usize = 8;

/// Different bytes that a window needs: what has fewer (zeros, padding) lies in every memory.
const DIFFERENT: usize = 5;

/// Which secret a needle comes from, and in which form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Label {
    /// The name that the attacker gave the secret.
    pub secret: String,
    /// The form.
    pub form: Form,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.secret, self.form)
    }
}

/// A secret (or a form of it) so regular that every memory holds pieces of it by chance.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{label}` is too regular to be looked for: choose a secret of random bytes, at least 8")]
pub struct TooPlain {
    /// What was to become a needle.
    pub label: Label,
}

pub(crate) struct Needle {
    pub(crate) label: Label,
    pub(crate) bytes: Vec<u8>,
}

impl Needle {
    /// Its windows that tell something, with their places in it.
    pub(crate) fn windows(&self) -> impl Iterator<Item = (usize, [u8; WINDOW])> {
        let end = self.bytes.len().saturating_sub(WINDOW);
        let places = (0..end).step_by(WINDOW).chain([end]);
        let window = |place: usize| Some((place, *self.bytes.get(place..)?.first_chunk()?));
        places.filter_map(window).filter(|(_, window)| BTreeSet::from(*window).len() >= DIFFERENT)
    }
}

/// A set of needles: labelled patterns made from secrets that the attacker knows.
///
/// It holds those secrets in ordinary memory: it belongs into the attacker's process, never into the one under attack
/// (but for a control). Its `Debug` shows labels alone.
#[derive(Default)]
pub struct Needles {
    needles: Vec<Needle>,
}

impl Needles {
    /// No needles yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for these bytes: raw, in words as hashes take them, in hexadecimal and in base64.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn bytes(&mut self, secret: &str, bytes: &[u8]) -> Result<(), TooPlain> {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        self.add(secret, Form::Raw, bytes.to_vec())?;
        self.add(secret, Form::RawWords, swapped(bytes))?;
        self.add(secret, Form::RawWords, swapped_64(bytes))?;
        self.add(secret, Form::HexUpper, hex.to_uppercase().into())?;
        self.add(secret, Form::HexLower, hex.into())?;
        self.add(secret, Form::Base64, BASE64_STANDARD.encode(bytes).into())
    }

    /// Looks for a part of these bytes as it stands in the base64 of the whole.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn base64_of_part(&mut self, secret: &str, bytes: &[u8], part: Range<usize>) -> Result<(), TooPlain> {
        let text = BASE64_STANDARD.encode(bytes);
        let letters = part.start.div_ceil(3) * 4..part.end / 3 * 4;
        #[expect(clippy::disallowed_methods, reason = "nothing is too plain to be a needle, and refused as one")]
        let letters = text.get(letters).unwrap_or_default();
        self.add(secret, Form::Base64, letters.into())
    }

    /// Looks for the expanded schedules of this AES-256 key.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn aes256_key(&mut self, secret: &str, key: &[u8; 32]) -> Result<(), TooPlain> {
        let encryption = aes256::encryption_keys(key);
        let decryption = aes256::decryption_keys(key);
        let ([_, _, expanded @ ..], [_, inner @ .., _]) = (&encryption, &decryption);
        self.add(secret, Form::AesEncryption, expanded.as_flattened().to_vec())?;
        self.add(secret, Form::AesEncryptionWords, swapped(encryption.as_flattened()))?;
        self.add(secret, Form::AesDecryption, inner.as_flattened().to_vec())?;
        self.add(secret, Form::AesDecryptionWords, swapped(inner.as_flattened()))
    }

    /// Looks for what HMAC-SHA256 makes of this key, of at most 64 bytes: its two midstates and the padded key.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn hmac_sha256_key(&mut self, secret: &str, key: &[u8]) -> Result<(), TooPlain> {
        let mut midstates = Vec::new();
        let mut padded = Vec::new();
        for pad in [0x36, 0x5c] {
            let mut block = [0; 64];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte = *key);
            block = block.map(|byte| byte ^ pad);
            let mut state = INITIAL;
            compress256(&mut state, &[block]);
            midstates.extend(state.iter().flat_map(|word| word.to_be_bytes()));
            padded.extend(block.into_iter().take(key.len()));
        }
        self.add(secret, Form::HmacMidstatesRegisters, register_order(&midstates))?;
        self.add(secret, Form::HmacMidstatesWords, swapped(&midstates))?;
        self.add(secret, Form::HmacMidstates, midstates)?;
        self.add(secret, Form::HmacPaddedWords, swapped(&padded))?;
        self.add(secret, Form::HmacPadded, padded)
    }

    /// Looks for what Argon2id (RFC 9106, version 0x13) makes of this password on the way to 32 bytes, and for these.
    ///
    /// # Errors
    /// [`TooPlain`], also for a cost that Argon2 does not know: then there is nothing to look for.
    pub fn argon2id_password(
        &mut self,
        secret: &str,
        password: &[u8],
        salt: &[u8],
        cost: Cost,
    ) -> Result<(), TooPlain> {
        let states = argon2id::states(password, salt, cost);
        self.add(secret, Form::Argon2Initial, states.initial)?;
        for block in states.first {
            self.add(secret, Form::Argon2First, block)?;
        }
        let label = Label { secret: secret.to_owned(), form: Form::Argon2Final };
        for block in states.last.ok_or(TooPlain { label })? {
            self.add(secret, Form::Argon2Final, block)?;
        }
        Ok(())
    }

    /// The labels, in the order in which they came.
    pub fn labels(&self) -> impl Iterator<Item = &Label> {
        self.needles.iter().map(|needle| &needle.label)
    }

    /// The patterns themselves: what a control holds in ordinary memory.
    pub fn patterns(&self) -> impl Iterator<Item = &[u8]> {
        self.needles.iter().map(|needle| needle.bytes.as_slice())
    }

    pub(crate) fn all(&self) -> &[Needle] {
        &self.needles
    }

    fn add(&mut self, secret: &str, form: Form, bytes: Vec<u8>) -> Result<(), TooPlain> {
        let needle = Needle { label: Label { secret: secret.to_owned(), form }, bytes };
        if needle.windows().next().is_none() {
            return Err(TooPlain { label: needle.label });
        }
        self.needles.push(needle);
        Ok(())
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Needles").field(&self.labels().map(ToString::to_string).collect::<Vec<_>>()).finish()
    }
}

/// The initial hash value of SHA-256, FIPS 180-4 section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// States of eight big-endian words as the SHA instructions of x86 hold them: F E B A, then H G D C, from the lowest
/// address on, each word little-endian.
fn register_order(states: &[u8]) -> Vec<u8> {
    let order = |state: &[u8; 32]| -> Vec<u8> {
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|word| state.as_chunks::<4>().0.get(word).copied());
        [f, e, b, a, h, g, d, c].into_iter().flatten().flat_map(|[a, b, c, d]| [d, c, b, a]).collect()
    };
    states.as_chunks::<32>().0.iter().flat_map(order).collect()
}

/// Every 32-bit word with its bytes reversed.
fn swapped(bytes: &[u8]) -> Vec<u8> {
    bytes.as_chunks::<4>().0.iter().flat_map(|[a, b, c, d]| [*d, *c, *b, *a]).collect()
}

/// Every 64-bit word with its bytes reversed.
fn swapped_64(bytes: &[u8]) -> Vec<u8> {
    bytes.as_chunks::<8>().0.iter().flat_map(|word| word.iter().rev().copied()).collect()
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    const KEY: [u8; 32] = hex!("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");

    fn pattern(needles: &Needles, form: Form) -> Vec<u8> {
        needles.needles.iter().find(|needle| needle.label.form == form).unwrap().bytes.clone()
    }

    #[test]
    fn bytes_are_looked_for_in_five_forms() {
        let mut needles = Needles::new();
        needles.bytes("key", &KEY[..10]).unwrap();
        assert_eq!(pattern(&needles, Form::Raw), KEY[..10]);
        assert_eq!(pattern(&needles, Form::RawWords), hex!("10eb3d60be71ca15"));
        assert_eq!(pattern(&needles, Form::HexLower), b"603deb1015ca71be2b73");
        assert_eq!(pattern(&needles, Form::HexUpper), b"603DEB1015CA71BE2B73");
        assert_eq!(pattern(&needles, Form::Base64), b"YD3rEBXKcb4rcw==");
        assert_eq!(needles.labels().count(), 6);
        assert_eq!(needles.needles[2].bytes, hex!("be71ca1510eb3d60"));
    }

    #[test]
    fn a_part_is_cut_out_of_the_base64_of_the_whole() {
        let mut needles = Needles::new();
        needles.base64_of_part("key", &KEY, 4..32).unwrap();
        // Whole groups of three bytes: from the seventh to the thirtieth.
        assert_eq!(pattern(&needles, Form::Base64), BASE64_STANDARD.encode(&KEY[6..30]).as_bytes());
    }

    #[test]
    fn schedules_stand_in_both_orders() {
        let mut needles = Needles::new();
        needles.aes256_key("key", &KEY).unwrap();
        let encryption = pattern(&needles, Form::AesEncryption);
        assert_eq!((encryption.len(), &encryption[..4]), (13 * 16, &hex!("9ba35411")[..]));
        let words = pattern(&needles, Form::AesEncryptionWords);
        assert_eq!((words.len(), &words[..4], &words[32..36]), (15 * 16, &hex!("10eb3d60")[..], &hex!("1154a39b")[..]));
        assert_eq!(pattern(&needles, Form::AesDecryption).len(), 13 * 16);
        assert_eq!(pattern(&needles, Form::AesDecryptionWords).len(), 13 * 16);
    }

    #[test]
    fn midstates_continue_to_the_library_s_mac() {
        use hmac::{Hmac, KeyInit, Mac};
        let mut needles = Needles::new();
        needles.hmac_sha256_key("key", &KEY).unwrap();
        let states: Vec<u32> =
            pattern(&needles, Form::HmacMidstates).as_chunks().0.iter().map(|word| u32::from_be_bytes(*word)).collect();
        // The MAC of nothing: one padded block after each midstate.
        let finish = |state: &[u32], text: &[u8]| {
            let mut block = [0; 64];
            block[..text.len()].copy_from_slice(text);
            block[text.len()] = 0x80;
            block[56..].copy_from_slice(&(8 * (64 + text.len() as u64)).to_be_bytes());
            let mut state: [u32; 8] = state.try_into().unwrap();
            compress256(&mut state, &[block]);
            state.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>()
        };
        let mac = finish(&states[8..], &finish(&states[..8], b""));
        assert_eq!(mac, Hmac::<sha2::Sha256>::new_from_slice(&KEY).unwrap().finalize().into_bytes()[..]);
        assert_eq!(pattern(&needles, Form::HmacPadded)[0], KEY[0] ^ 0x36);
        assert_eq!(pattern(&needles, Form::HmacPadded)[32], KEY[0] ^ 0x5c);
    }

    #[test]
    fn what_lies_in_every_memory_is_refused() {
        let label = |form| Label { secret: "zeros".into(), form };
        assert_eq!(Needles::new().bytes("zeros", &[0; 64]), Err(TooPlain { label: label(Form::Raw) }));
        assert_eq!(Needles::new().bytes("zeros", b"short"), Err(TooPlain { label: label(Form::Raw) }));
        let half: Vec<u8> = [0; 16].into_iter().chain(1..9).collect();
        let needle = Needle { label: label(Form::Raw), bytes: half };
        assert_eq!(needle.windows().collect::<Vec<_>>(), [(16, [1, 2, 3, 4, 5, 6, 7, 8])]);
    }

    #[test]
    fn windows_cover_the_end() {
        let needle = Needle { label: Label { secret: String::new(), form: Form::Raw }, bytes: (0..20).collect() };
        assert_eq!(needle.windows().map(|(place, _)| place).collect::<Vec<_>>(), [0, 8, 12]);
    }

    #[test]
    fn debug_shows_labels_alone() {
        let mut needles = Needles::new();
        needles.bytes("key", &KEY).unwrap();
        assert_eq!(
            format!("{needles:?}"),
            r#"Needles(["key, raw", "key, raw, words", "key, raw, words", "key, HEX", "key, hex", "key, base64"])"#
        );
    }
}
