//! The encrypted text of Bitwarden's formats.

mod buffer;

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::base64::{self, Base64};
use crate::error::{EncStringError, EncStringPart};
use crate::labels::EncStringType;

/// An encrypted text: `T.` and base64 parts joined by `|`, for example `2.iv|data|mac`.
///
/// All types that are still read are parsed and printed; which of them a key opens is another matter. An
/// `EncString` is ciphertext: it may be copied, compared, logged and stored at will. It has been taken apart
/// and its lengths were checked, nothing more: that it is *genuine* is known once it was decrypted. Also a genuine text
/// is bound to its key alone, not to its place or time: [`Sealed`](crate::Sealed) says what helps.
///
/// | type | text | lengths in bytes |
/// | --- | --- | --- |
/// | 0 | `0.iv\|data`, also without `0.` | iv 16; data a positive multiple of 16 |
/// | 2 | `2.iv\|data\|mac` | iv 16; data a positive multiple of 16; mac 32 |
/// | 3, 4 | `3.data`, `4.data` | data at least 1 |
/// | 5, 6 | `5.data\|mac`, `6.data\|mac` | data at least 1; mac 32 |
/// | 7 | `7.data` | data at least 1 |
///
/// Base64 is read with or without its padding, everything else as it is written. Type 1 (AES-128) is refused. Types 0,
/// 2 and 7 have a binary form too: [`from_buffer`](Self::from_buffer). Which types are authenticated is told by
/// [`EncStringType::is_authenticated`].
///
/// ```
/// use strongroom::{EncString, algorithms::EncStringType};
///
/// let text = "0.AAAAAAAAAAAAAAAAAAAAAA==|AQEBAQEBAQEBAQEBAQEBAQ==";
/// let enc: EncString = text.parse()?;
/// assert_eq!(enc.enc_type(), EncStringType::AesCbc);
/// assert_eq!(enc.to_string(), text);
/// # Ok::<_, strongroom::errors::EncStringError>(())
/// ```
///
/// # Invariants
/// 1. `bytes` has the iv and the mac that the type has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EncString {
    enc_type: EncStringType,
    /// iv (types 0 and 2), then mac (2, 5 and 6), then data: one allocation of exact size. This is the
    /// order of the binary form, and puts the parts of fixed length at fixed places.
    bytes: Box<[u8]>,
}

/// Bytes of an initialisation vector of types 0 and 2.
pub(super) const IV: usize = 16;
/// Bytes of a MAC of types 2, 5 and 6.
pub(super) const MAC: usize = 32;
/// The data of types 0 and 2 come in blocks of this many bytes.
const BLOCK: usize = 16;

/// Whether a type has an iv and a mac, in the text's order: iv, data, mac.
const fn shape(enc_type: EncStringType) -> (bool, bool) {
    match enc_type {
        EncStringType::AesCbc => (true, false),
        EncStringType::AesCbcHmac => (true, true),
        EncStringType::RsaOaepSha256 | EncStringType::RsaOaepSha1 | EncStringType::Cose => (false, false),
        EncStringType::RsaOaepSha256Mac | EncStringType::RsaOaepSha1Mac => (false, true),
    }
}

/// The parts of an `EncString` of type 2.
pub(super) struct AesCbcHmac<'e> {
    pub(super) iv: &'e [u8; IV],
    pub(super) mac: &'e [u8; MAC],
    /// A positive multiple of 16 bytes.
    pub(super) data: &'e [u8],
}

/// The parts of an `EncString` of type 0.
pub(super) struct AesCbc<'e> {
    pub(super) iv: &'e [u8; IV],
    /// A positive multiple of 16 bytes.
    pub(super) data: &'e [u8],
}

/// The three places in `bytes`; those that the type does not have are empty.
struct Parts<'e> {
    iv: &'e [u8],
    mac: &'e [u8],
    data: &'e [u8],
}

impl EncString {
    /// Parses the text form.
    ///
    /// # Errors
    /// [`EncStringError`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, EncStringError> {
        // Dots and bars too many are no Base64, so they are looked for only in what cannot be read: a look at long data
        // takes as long as decoding them.
        Self::read(text).map_err(|error| misplaced(text).unwrap_or(error))
    }

    fn read(text: &str) -> Result<Self, EncStringError> {
        let (enc_type, body) = header(text)?;
        let (has_iv, has_mac) = shape(enc_type);

        let (iv, rest) = match has_iv {
            true => body.split_once('|').map(|(iv, rest)| (Some(iv), rest)).ok_or_else(|| parts(enc_type, body))?,
            false => (None, body),
        };
        let (data, mac) = match has_mac {
            true => rest.rsplit_once('|').map(|(data, mac)| (data, Some(mac))).ok_or_else(|| parts(enc_type, body))?,
            false => (rest, None),
        };
        let iv = fixed(iv, EncStringPart::Iv, IV)?;
        let data = part(data, EncStringPart::Data)?;
        let mac = fixed(mac, EncStringPart::Mac, MAC)?;

        match data.len() {
            0 => return Err(EncStringError::NoData),
            found if has_iv && found % BLOCK != 0 => return Err(EncStringError::Blocks { found }),
            _ => {}
        }

        let fixed_len = usize::from(has_iv) * IV + usize::from(has_mac) * MAC;
        let mut bytes = vec![0; fixed_len + data.len()].into_boxed_slice();
        let mut rest = &mut *bytes;
        for (base64, part) in [(iv, EncStringPart::Iv), (mac, EncStringPart::Mac), (Some(data), EncStringPart::Data)] {
            let Some(base64) = base64 else { continue };
            let Some((place, behind)) = rest.split_at_mut_checked(base64.len()) else {
                return Err(EncStringError::Base64 { part });
            };
            base64.decode(place).map_err(|_| EncStringError::Base64 { part })?;
            rest = behind;
        }
        Ok(Self { enc_type, bytes })
    }

    /// What it was made with.
    #[must_use]
    pub fn enc_type(&self) -> EncStringType {
        self.enc_type
    }

    /// An upper bound of the length of what it opens to, in bytes: the length of its data.
    #[must_use]
    pub fn max_contents_len(&self) -> usize {
        self.parts().data.len()
    }

    /// Type 2, of `iv || mac || data`. `None` if the first two are not there.
    pub(super) fn from_aes_cbc_hmac(bytes: Box<[u8]>) -> Option<Self> {
        (bytes.len() >= IV + MAC).then_some(Self { enc_type: EncStringType::AesCbcHmac, bytes })
    }

    /// Type 7, of a serialized COSE_Encrypt0.
    pub(super) fn from_cose(bytes: Box<[u8]>) -> Self {
        Self { enc_type: EncStringType::Cose, bytes }
    }

    /// Type 4.
    pub(super) fn from_rsa_oaep_sha1(bytes: Box<[u8]>) -> Self {
        Self { enc_type: EncStringType::RsaOaepSha1, bytes }
    }

    /// The data: all that types 3, 4 and 7 have.
    pub(super) fn data(&self) -> &[u8] {
        self.parts().data
    }

    /// The parts of type 2.
    ///
    /// # Errors
    /// The type, if it is another.
    pub(super) fn as_aes_cbc_hmac(&self) -> Result<AesCbcHmac<'_>, EncStringType> {
        let Parts { iv, mac, data } = self.parts();
        match (self.enc_type, iv.first_chunk(), mac.first_chunk()) {
            (EncStringType::AesCbcHmac, Some(iv), Some(mac)) => Ok(AesCbcHmac { iv, mac, data }),
            (other, ..) => Err(other),
        }
    }

    /// The parts of type 0.
    ///
    /// # Errors
    /// The type, if it is another.
    pub(super) fn as_aes_cbc(&self) -> Result<AesCbc<'_>, EncStringType> {
        let Parts { iv, data, .. } = self.parts();
        match (self.enc_type, iv.first_chunk()) {
            (EncStringType::AesCbc, Some(iv)) => Ok(AesCbc { iv, data }),
            (other, _) => Err(other),
        }
    }

    fn parts(&self) -> Parts<'_> {
        let (has_iv, has_mac) = shape(self.enc_type);
        // Both are there (invariant 1).
        let (iv, rest) = self.bytes.split_at(usize::from(has_iv) * IV);
        let (mac, data) = rest.split_at(usize::from(has_mac) * MAC);
        Parts { iv, mac, data }
    }

    /// The canonical text: base64 with padding, legacy texts with their header.
    fn to_text(&self) -> String {
        let Parts { iv, mac, data } = self.parts();
        let length = |part: &[u8]| base64::encoded_len(part.len());
        let mut text = String::with_capacity(4 + length(iv) + length(data) + length(mac));
        text.push(char::from(b'0' + self.enc_type.number()));
        let mut separator = '.';
        for part in [iv, data, mac].into_iter().filter(|part| !part.is_empty()) {
            text.push(separator);
            base64::append(&mut text, part);
            separator = '|';
        }
        text
    }
}

/// Splits off the header, or infers the type of a text from before there were headers.
fn header(text: &str) -> Result<(EncStringType, &str), EncStringError> {
    if text.is_empty() {
        return Err(EncStringError::Empty);
    }
    let Some((header, body)) = text.split_once('.') else {
        return match text.split('|').count() {
            3 => Err(EncStringError::WithdrawnType),
            _ => Ok((EncStringType::AesCbc, text)),
        };
    };
    match header.as_bytes() {
        [b'1'] => Err(EncStringError::WithdrawnType),
        [digit @ b'0'..=b'9'] => {
            EncStringType::from_number(digit - b'0').map(|enc_type| (enc_type, body)).ok_or(EncStringError::UnknownType)
        }
        _ => Err(EncStringError::UnknownType),
    }
}

/// Returns what is wrong with the number of dots or parts.
fn misplaced(text: &str) -> Option<EncStringError> {
    if text.split_once('.').is_some_and(|(_, body)| body.contains('.')) {
        return Some(EncStringError::Dots);
    }
    let (enc_type, body) = header(text).ok()?;
    match parts(enc_type, body) {
        EncStringError::Parts { found, expected, .. } if found == expected => None,
        other => Some(other),
    }
}

/// Counts the parts of a body, beside those that the type has.
fn parts(of: EncStringType, body: &str) -> EncStringError {
    let (has_iv, has_mac) = shape(of);
    let expected = 1 + usize::from(has_iv) + usize::from(has_mac);
    EncStringError::Parts { of, found: body.split('|').count(), expected }
}

fn part(text: &str, part: EncStringPart) -> Result<Base64<'_>, EncStringError> {
    Base64::new(text).map_err(|_| EncStringError::Base64 { part })
}

/// A part of fixed length, where the type has it.
fn fixed(text: Option<&str>, which: EncStringPart, expected: usize) -> Result<Option<Base64<'_>>, EncStringError> {
    let Some(text) = text else { return Ok(None) };
    let base64 = part(text, which)?;
    if base64.len() != expected {
        return Err(EncStringError::Length { part: which, found: base64.len(), expected });
    }
    Ok(Some(base64))
}

impl FromStr for EncString {
    type Err = EncStringError;

    fn from_str(text: &str) -> Result<Self, EncStringError> {
        Self::parse(text)
    }
}

/// The canonical text.
impl fmt::Display for EncString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text())
    }
}

/// The type and the length of the data: enough to recognise it, without filling a log.
impl fmt::Debug for EncString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, length) = (self.enc_type.number(), self.parts().data.len());
        write!(f, "EncString(type {number}, {length} bytes)")
    }
}

/// As its text.
impl Serialize for EncString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

/// From its text.
impl<'de> Deserialize<'de> for EncString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = EncString;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an encrypted text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<EncString, E> {
                EncString::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests;
