//! COSE as Bitwarden writes it (RFC 9052): keys and messages, by the attacker's own hand.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chacha20poly1305::XChaCha20Poly1305;
use xaes_256_gcm::Xaes256Gcm;
use zeroize::Zeroizing;

/// An AEAD of COSE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Aead {
    XChaCha20Poly1305,
    Xaes256Gcm,
    Aes256Gcm,
}

/// What a message holds: its content type (RFC 9052 section 3.1), here a name of Bitwarden's.
const TEXT: &str = "application/x.bitwarden.utf8-padded";
const KEY: &str = "application/x.bitwarden.legacy-key";

impl Aead {
    fn number(self) -> i64 {
        match self {
            Self::XChaCha20Poly1305 => -70_000,
            Self::Xaes256Gcm => -70_010,
            Self::Aes256Gcm => 3,
        }
    }

    pub(crate) fn nonce_len(self) -> usize {
        if self == Self::Aes256Gcm { 12 } else { 24 }
    }

    fn run(
        self,
        key: &[u8; 32],
        nonce: &[u8],
        aad: &[u8],
        buffer: &mut [u8],
        tag: Option<&[u8; 16]>,
    ) -> Option<[u8; 16]> {
        fn with<A: AeadInOut<TagSize = aes_gcm::aead::consts::U16>>(
            aead: &A,
            nonce: &[u8],
            aad: &[u8],
            buffer: &mut [u8],
            tag: Option<&[u8; 16]>,
        ) -> Option<[u8; 16]> {
            let nonce = nonce.try_into().ok()?;
            match tag {
                None => aead.encrypt_inout_detached(nonce, aad, buffer.into()).ok().map(Into::into),
                Some(tag) => aead.decrypt_inout_detached(nonce, aad, buffer.into(), tag.into()).ok().map(|()| *tag),
            }
        }
        match self {
            Self::XChaCha20Poly1305 => with(&XChaCha20Poly1305::new(key.into()), nonce, aad, buffer, tag),
            Self::Xaes256Gcm => with(&Xaes256Gcm::new(key.into()), nonce, aad, buffer, tag),
            Self::Aes256Gcm => with(&Aes256Gcm::new(key.into()), nonce, aad, buffer, tag),
        }
    }

    /// The key in Bitwarden's encoded form: a COSE_Key, padded to 65 bytes at least. Its id is of zeros.
    pub(crate) fn encoded(self, key: &[u8; 32]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(128));
        head(&mut out, MAP, 5);
        [1, 4].into_iter().for_each(|number| integer(&mut out, number));
        kid_and_algorithm(&mut out, self.number(), &[3, 4, 5, 6]);
        integer(&mut out, -1);
        string(&mut out, BYTES, key);
        let padding = 65_usize.saturating_sub(out.len()).max(1);
        let length = out.len() + padding;
        out.resize(length, padding as u8);
        out
    }

    /// [`TEXT`](crate::sealed::TEXT) or the like as an `EncString` of type 7.
    pub(crate) fn seal_text(self, key: &[u8; 32], nonce: &[u8], text: &str) -> Option<String> {
        let padding = 32 - text.len() % 32;
        let padding = vec![u8::try_from(padding).ok()?; padding];
        self.seal(key, nonce, TEXT, [text.as_bytes(), &padding].concat())
    }

    /// A key of 64 bytes.
    pub(crate) fn seal_key(self, key: &[u8; 32], nonce: &[u8], contents: &[u8]) -> Option<String> {
        self.seal(key, nonce, KEY, contents.to_vec())
    }

    fn seal(self, key: &[u8; 32], nonce: &[u8], content: &str, mut contents: Vec<u8>) -> Option<String> {
        let protected = self.protected(content);
        let tag = self.run(key, nonce, &aad(&protected), &mut contents, None)?;
        contents.extend(tag);
        let mut out = Vec::new();
        head(&mut out, ARRAY, 3);
        string(&mut out, BYTES, &protected);
        head(&mut out, MAP, 1);
        integer(&mut out, 5);
        string(&mut out, BYTES, nonce);
        string(&mut out, BYTES, &contents);
        Some(format!("7.{}", BASE64_STANDARD.encode(out)))
    }

    /// The contents of such a text of this program's own, with their padding.
    pub(crate) fn open(self, key: &[u8; 32], text: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = BASE64_STANDARD.decode(text.strip_prefix("7.")?).ok()?;
        let nonce = self.nonce(text)?;
        let content = if find(&bytes, TEXT.as_bytes()).is_some() { TEXT } else { KEY };
        let behind = find(&bytes, &nonce)? + nonce.len();
        // Behind the head of a string of 24 bytes at least and 255 at most.
        let (data, tag) = bytes.get(behind + 2..)?.split_last_chunk::<16>()?;
        let mut data = Zeroizing::new(data.to_vec());
        self.run(key, &nonce, &aad(&self.protected(content)), &mut data, Some(tag))?;
        Some(data)
    }

    /// The nonce of a text of type 7.
    pub(crate) fn nonce(self, text: &str) -> Option<Vec<u8>> {
        let bytes = BASE64_STANDARD.decode(text.strip_prefix("7.")?).ok()?;
        let mut before = Vec::new();
        head(&mut before, MAP, 1);
        integer(&mut before, 5);
        head(&mut before, BYTES, self.nonce_len() as u64);
        let at = find(&bytes, &before)? + before.len();
        bytes.get(at..at + self.nonce_len()).map(<[u8]>::to_vec)
    }

    fn protected(self, content: &str) -> Vec<u8> {
        let mut out = Vec::new();
        head(&mut out, MAP, 3);
        integer(&mut out, 1);
        integer(&mut out, self.number());
        integer(&mut out, 3);
        string(&mut out, TEXTUAL, content.as_bytes());
        integer(&mut out, 4);
        string(&mut out, BYTES, &[0; 16]);
        out
    }
}

/// An Ed25519 key as COSE_Key, with an id of zeros.
pub(crate) fn ed25519(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(128));
    head(&mut out, MAP, 6);
    [1, 1].into_iter().for_each(|number| integer(&mut out, number));
    kid_and_algorithm(&mut out, -8, &[1]);
    integer(&mut out, -4);
    string(&mut out, BYTES, seed);
    [-1, 6].into_iter().for_each(|number| integer(&mut out, number));
    out
}

/// An ML-DSA-44 key as COSE_Key (RFC 9964), its seed alone, with an id of zeros.
pub(crate) fn ml_dsa_44(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(128));
    head(&mut out, MAP, 5);
    [1, 7].into_iter().for_each(|number| integer(&mut out, number));
    kid_and_algorithm(&mut out, -48, &[1]);
    integer(&mut out, -2);
    string(&mut out, BYTES, seed);
    out
}

/// The 32 bytes of a COSE_Key: its parameter -1 (k) or, of an Ed25519 key, -4 (d), or of an ML-DSA-44 key, -2 (the
/// seed).
pub(crate) fn secret_of(key: &[u8]) -> Option<[u8; 32]> {
    [-1, -4, -2].into_iter().find_map(|label| parameter(key, label))
}

/// The value of 32 bytes that a map has under this label.
fn parameter(map: &[u8], wanted: i64) -> Option<[u8; 32]> {
    let (MAP, count, mut rest) = read_head(map)? else { return None };
    for _ in 0..count {
        let (major, number, value) = read_head(rest)?;
        let number = i64::try_from(number).ok()?;
        let label = if major == 0 { number } else { -1 - number };
        match read_head(value)? {
            (BYTES, 32, bytes) if label == wanted => return bytes.first_chunk().copied(),
            _ => rest = behind(value)?,
        }
    }
    None
}

/// Major type and number of the first item, and what stands behind its head.
fn read_head(bytes: &[u8]) -> Option<(u8, u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let long = match first & 31 {
        short @ 0..24 => return Some((first >> 5, short.into(), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(long)?;
    Some((first >> 5, number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), rest))
}

/// What stands behind the first item.
fn behind(bytes: &[u8]) -> Option<&[u8]> {
    match read_head(bytes)? {
        (0 | 1, _, rest) => Some(rest),
        (BYTES | TEXTUAL, length, rest) => rest.get(usize::try_from(length).ok()?..),
        (ARRAY, count, rest) => (0..count).try_fold(rest, |rest, _| behind(rest)),
        _ => None,
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Enc_structure, RFC 9052 section 5.3.
fn aad(protected: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    head(&mut out, ARRAY, 3);
    string(&mut out, TEXTUAL, b"Encrypt0");
    string(&mut out, BYTES, protected);
    string(&mut out, BYTES, &[]);
    out
}

fn kid_and_algorithm(out: &mut Vec<u8>, algorithm: i64, operations: &[i64]) {
    integer(out, 2);
    string(out, BYTES, &[0; 16]);
    integer(out, 3);
    integer(out, algorithm);
    integer(out, 4);
    head(out, ARRAY, operations.len() as u64);
    operations.iter().for_each(|operation| integer(out, *operation));
}

// Major types of CBOR, RFC 8949 section 3.1.
const BYTES: u8 = 2;
const TEXTUAL: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;

fn integer(out: &mut Vec<u8>, number: i64) {
    match u64::try_from(number) {
        Ok(number) => head(out, 0, number),
        Err(_) => head(out, 1, number.abs_diff(-1)),
    }
}

fn string(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    head(out, major, bytes.len() as u64);
    out.extend(bytes);
}

fn head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    let [.., c, d, e, f] = bytes;
    match number {
        0..24 => out.push(major | f),
        24..0x100 => out.extend([major | 24, f]),
        0x100..0x1_0000 => out.extend([major | 25, e, f]),
        _ => out.extend([major | 26, c, d, e, f]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_by_its_label_alone() {
        // As in a public key or an id: what looks like another secret.
        let mut lure = Vec::new();
        for label in [-1, -4, -2] {
            integer(&mut lure, label);
            string(&mut lure, BYTES, &[0; 32]);
        }
        let mut key = Vec::new();
        head(&mut key, MAP, 4);
        integer(&mut key, 4);
        head(&mut key, ARRAY, 2);
        [1, 300].into_iter().for_each(|number| integer(&mut key, number));
        integer(&mut key, -1);
        string(&mut key, BYTES, &lure.repeat(12));
        integer(&mut key, -2);
        string(&mut key, BYTES, &[7; 32]);
        [3, -48].into_iter().for_each(|number| integer(&mut key, number));
        assert_eq!(secret_of(&key), Some([7; 32]));
        for length in 0..key.len() - 3 {
            assert!(secret_of(&key[..length]).is_none_or(|found| found == [7; 32]), "{length}");
        }
        for seed in [[7; 32], [0x20; 32]] {
            assert_eq!(secret_of(&ml_dsa_44(&seed)), Some(seed));
            assert_eq!(secret_of(&ed25519(&seed)), Some(seed));
            assert_eq!(secret_of(&Aead::Xaes256Gcm.encoded(&seed)), Some(seed));
        }
    }
}
