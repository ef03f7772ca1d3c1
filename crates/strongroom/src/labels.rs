//! Every domain string, info and type number that the formats fix, on one screen, each with its source.
//!
//! Nothing here is secret and nothing here may ever change: these values are what other software wrote.

use std::fmt;

/// HKDF-Expand info of the encryption half when 32 bytes are stretched to a 64-byte key.
/// Source: Bitwarden security white paper, "stretched master key"; RFC 5869 section 2.3.
pub(crate) const STRETCH_ENC: &[u8] = b"enc";

/// HKDF-Expand info of the MAC half of the same stretch.
pub(crate) const STRETCH_MAC: &[u8] = b"mac";

/// What an [`EncString`](crate::EncString) was made with: the number before its dot.
///
/// Source: the types that Bitwarden's clients write or once wrote. Type 1 (AES-128-CBC with HMAC) has no
/// variant: it was withdrawn and is refused when parsing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum EncStringType {
    /// Type 0, AES-256-CBC with PKCS#7 padding and **no MAC**: anybody could have changed it.
    AesCbc = 0,
    /// Type 2, AES-256-CBC with PKCS#7 padding, then HMAC-SHA256 over `iv || data`.
    AesCbcHmac = 2,
    /// Type 3, RSA-OAEP with SHA-256 (MGF1 with SHA-256, empty label).
    RsaOaepSha256 = 3,
    /// Type 4, RSA-OAEP with SHA-1 (MGF1 with SHA-1, empty label).
    RsaOaepSha1 = 4,
    /// Type 5, as type 3 with a MAC that nobody checks.
    RsaOaepSha256Mac = 5,
    /// Type 6, as type 4 with a MAC that nobody checks.
    RsaOaepSha1Mac = 6,
    /// Type 7, a serialized COSE_Encrypt0 (RFC 9052 section 5.2).
    Cose = 7,
}

impl EncStringType {
    /// The number as written before the dot.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The type with this number, if there is one that is still read.
    pub(crate) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::AesCbc,
            2 => Self::AesCbcHmac,
            3 => Self::RsaOaepSha256,
            4 => Self::RsaOaepSha1,
            5 => Self::RsaOaepSha256Mac,
            6 => Self::RsaOaepSha1Mac,
            7 => Self::Cose,
            _ => return None,
        })
    }
}

/// For example `type 2 (AES-256-CBC, HMAC-SHA256)`.
impl fmt::Display for EncStringType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::AesCbc => "AES-256-CBC without MAC",
            Self::AesCbcHmac => "AES-256-CBC, HMAC-SHA256",
            Self::RsaOaepSha256 => "RSA-OAEP-SHA256",
            Self::RsaOaepSha1 => "RSA-OAEP-SHA1",
            Self::RsaOaepSha256Mac => "RSA-OAEP-SHA256 with MAC",
            Self::RsaOaepSha1Mac => "RSA-OAEP-SHA1 with MAC",
            Self::Cose => "COSE_Encrypt0",
        };
        write!(f, "type {} ({name})", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::EncStringType;

    #[test]
    fn numbers_and_types_agree() {
        let read: Vec<u8> =
            (0..=u8::MAX).filter(|n| EncStringType::from_number(*n).is_some_and(|t| t.number() == *n)).collect();
        assert_eq!(read, [0, 2, 3, 4, 5, 6, 7]);
        let names: Vec<String> =
            read.iter().filter_map(|n| EncStringType::from_number(*n)).map(|t| t.to_string()).collect();
        assert_eq!(
            names,
            [
                "type 0 (AES-256-CBC without MAC)",
                "type 2 (AES-256-CBC, HMAC-SHA256)",
                "type 3 (RSA-OAEP-SHA256)",
                "type 4 (RSA-OAEP-SHA1)",
                "type 5 (RSA-OAEP-SHA256 with MAC)",
                "type 6 (RSA-OAEP-SHA1 with MAC)",
                "type 7 (COSE_Encrypt0)",
            ]
        );
    }
}
