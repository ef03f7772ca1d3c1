//! Every domain string, info and type number that the formats fix, on one screen, each with its source.
//!
//! Nothing here is secret and nothing here may ever change: these values are what other software wrote.

use std::fmt;

/// HKDF-Expand info of the encryption half when 32 bytes are stretched to a 64-byte key.
/// Source: Bitwarden security white paper, "stretched master key"; RFC 5869 section 2.3.
pub(crate) const STRETCH_ENC: &[u8] = b"enc";

/// HKDF-Expand info of the MAC half of the same stretch.
pub(crate) const STRETCH_MAC: &[u8] = b"mac";

/// Begins what is hashed for the associated data of a program's own records. Source: here; no other software writes
/// them.
pub(crate) const ASSOCIATED_DATA: &[u8] = b"strongroom associated data";

/// Labels, numbers and names of COSE.
///
/// Source: RFC 9052, RFC 9053 and the IANA registries of COSE; numbers below -65536 are private use of Bitwarden's.
pub(crate) mod cose {
    /// Header parameters (RFC 9052 section 3.1).
    pub(crate) const ALG: i64 = 1;
    pub(crate) const CRIT: i64 = 2;
    pub(crate) const CONTENT_TYPE: i64 = 3;
    pub(crate) const HEADER_KID: i64 = 4;
    pub(crate) const NONCE: i64 = 5;
    /// Of a recipient: the salt of HKDF (RFC 9053 section 5.1).
    pub(crate) const HKDF_SALT: i64 = -20;
    /// Bitwarden's own, of recipients: Argon2id and PBKDF2.
    pub(crate) const ARGON2ID_SALT: i64 = -71_001;
    pub(crate) const ARGON2ID_ITERATIONS: i64 = -71_002;
    pub(crate) const ARGON2ID_MEMORY_KIB: i64 = -71_003;
    pub(crate) const ARGON2ID_PARALLELISM: i64 = -71_004;
    pub(crate) const PBKDF2_ITERATIONS: i64 = -71_011;
    pub(crate) const PBKDF2_SALT: i64 = -71_012;
    /// Bitwarden's own: the id of the key that is sealed.
    pub(crate) const CONTAINED_KEY_ID: i64 = -71_005;
    /// Bitwarden's own: what a signature is for, what contents are for, and what kind of object it is.
    pub(crate) const SIGNATURE_NAMESPACE: i64 = -80_000;
    pub(crate) const CONTENT_NAMESPACE: i64 = -80_001;
    pub(crate) const OBJECT: i64 = -80_002;

    /// Parameters of a COSE_Key (RFC 9052 section 7.1).
    pub(crate) const KEY_TYPE: i64 = 1;
    pub(crate) const KID: i64 = 2;
    pub(crate) const KEY_ALG: i64 = 3;
    pub(crate) const KEY_OPS: i64 = 4;
    /// Of a symmetric key (RFC 9053 section 7.3).
    pub(crate) const K: i64 = -1;
    /// Of an octet key pair (RFC 9053 section 7.2).
    pub(crate) const CRV: i64 = -1;
    pub(crate) const OKP_X: i64 = -2;
    pub(crate) const OKP_D: i64 = -4;
    /// Of an algorithm key pair (RFC 9964): the public key, and the private key, which is the seed.
    #[cfg(feature = "ml-dsa")]
    pub(crate) const AKP_PUB: i64 = -1;
    #[cfg(feature = "ml-dsa")]
    pub(crate) const AKP_PRIV: i64 = -2;

    /// Key types (RFC 9053 section 7, RFC 9964).
    pub(crate) const OKP: i64 = 1;
    pub(crate) const SYMMETRIC_KEY_TYPE: i64 = 4;
    pub(crate) const AKP: i64 = 7;

    /// The curve Ed25519 (RFC 9053 section 7.1).
    pub(crate) const ED25519: i64 = 6;

    /// Algorithms: RFC 9053 section 2.2 and 4.1, RFC 9964, and Bitwarden's own.
    pub(crate) const EDDSA: i64 = -8;
    pub(crate) const ML_DSA_44: i64 = -48;
    pub(crate) const A256GCM: i64 = 3;
    pub(crate) const XCHACHA20_POLY1305: i64 = -70_000;
    pub(crate) const XAES_256_GCM: i64 = -70_010;
    pub(crate) const AES_256_CBC_HMAC_SHA256: i64 = -70_011;
    /// Of recipients: direct key with HKDF and SHA-256 (RFC 9053 section 6.1.2), and Bitwarden's own.
    pub(crate) const DIRECT_HKDF_SHA_256: i64 = -10;
    pub(crate) const ARGON2ID: i64 = -71_000;
    pub(crate) const PBKDF2: i64 = -71_010;

    /// The context strings (RFC 9052 sections 5.3 and 4.4).
    pub(crate) const ENCRYPT0: &str = "Encrypt0";
    pub(crate) const ENCRYPT: &str = "Encrypt";
    pub(crate) const SIGNATURE1: &str = "Signature1";

    /// What the MAC of `AES_256_CBC_HMAC_SHA256` begins with.
    pub(crate) const AES_256_CBC_HMAC_SHA256_DOMAIN: &[u8] = b"bitwarden.aes256-cbc-hmac-sha256-aead.v1";

    /// What kind of object a message is: the value of [`OBJECT`].
    pub(crate) const PASSWORD_PROTECTED_KEY_ENVELOPE: i64 = 1;
    pub(crate) const DATA_ENVELOPE: i64 = 2;
    pub(crate) const SYMMETRIC_KEY_ENVELOPE: i64 = 3;
    pub(crate) const SECRET_PROTECTED_KEY_ENVELOPE: i64 = 6;
}

/// What the contents of a COSE message are: its header parameter 3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum ContentType {
    /// UTF-8 text, padded so that short texts of different lengths look alike.
    Utf8Padded,
    /// Bytes.
    Octets,
    /// A PKCS#8 private key.
    Pkcs8,
    /// An SPKI public key.
    Spki,
    /// 64 bytes of a key of AES-256-CBC-HMAC-SHA256.
    LegacyKey,
    /// A COSE_Key.
    CoseKey,
    /// CBOR, padded.
    CborPadded,
    /// CBOR.
    Cbor,
    /// A COSE_Sign1.
    CoseSign1,
    /// A COSE_Encrypt0.
    CoseEncrypt0,
}

impl ContentType {
    /// Each with its number or name.
    const ALL: [(Self, Result<i64, &'static str>); 10] = [
        (Self::Utf8Padded, Err("application/x.bitwarden.utf8-padded")),
        (Self::Octets, Ok(42)),
        (Self::Pkcs8, Ok(284)),
        (Self::Spki, Err("application/x.bitwarden.spki-public-key")),
        (Self::LegacyKey, Err("application/x.bitwarden.legacy-key")),
        (Self::CoseKey, Ok(101)),
        (Self::CborPadded, Err("application/x.bitwarden.cbor-padded")),
        (Self::Cbor, Ok(60)),
        (Self::CoseSign1, Ok(18)),
        (Self::CoseEncrypt0, Ok(16)),
    ];

    /// The number of a CoAP content format (RFC 7252 section 12.3), or a name of Bitwarden's.
    pub(crate) fn label(self) -> Result<i64, &'static str> {
        Self::ALL.iter().find(|(content, _)| *content == self).map_or(Ok(42), |(_, label)| *label)
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().find(|(_, label)| *label == Ok(number)).map(|(content, _)| *content)
    }

    pub(crate) fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, label)| label.is_err_and(|label| label.as_bytes() == name))
            .map(|(content, _)| *content)
    }

    /// Whether it is a secret key. A COSE message that says so is unwrapped, and does not open as contents.
    pub(crate) fn is_secret_key(self) -> bool {
        matches!(self, Self::Pkcs8 | Self::LegacyKey | Self::CoseKey)
    }
}

macro_rules! namespaces {
    ($($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)* })*) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum $name {
            $($(#[$doc])* $variant = $number,)*
        }

        impl $name {
            pub(crate) const fn number(self) -> i64 {
                self as u8 as i64
            }
        }
    )* };
}
namespaces! {
    /// What a signature is for: a message signed for one purpose does not verify for another.
    SignatureNamespace {
        /// 1, a public key that its owner vouches for.
        SignedPublicKey = 1,
        /// 2, the version of an account's security state.
        SecurityState = 2,
    }

    /// What the key in a [`PasswordProtectedKeyEnvelope`](crate::envelopes::PasswordProtectedKeyEnvelope) is for.
    PasswordEnvelopeNamespace {
        /// 1, unlocking with a PIN.
        PinUnlock = 1,
    }

    /// What the key in a [`SecretProtectedKeyEnvelope`](crate::envelopes::SecretProtectedKeyEnvelope) is for.
    SecretEnvelopeNamespace {
        /// 3, the data of an open invitation to an organisation, kept while somebody registers.
        RegistrationOpenOrgInvite = 3,
    }

    /// What the key in a [`SymmetricKeyEnvelope`](crate::envelopes::SymmetricKeyEnvelope) is for.
    SymmetricEnvelopeNamespace {
        /// 1, the key of a session.
        SessionKey = 1,
        /// 2, an invitation to an organisation.
        OrganizationInvite = 2,
    }

    /// What the contents of a [`DataEnvelope`](crate::envelopes::DataEnvelope) are.
    DataEnvelopeNamespace {
        /// 1, an item of a vault.
        VaultItem = 1,
        /// 2, an invitation to an organisation.
        OrganizationInvite = 2,
        /// 3, an open invitation to an organisation, kept while somebody registers.
        RegistrationOpenOrgInvite = 3,
    }
}

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

    /// Whether opening one proves that a holder of the key made it: what types 2 and 7 hold was not changed.
    ///
    /// Type 0 has no MAC: anybody may have changed it, so it is opened in one place alone
    /// ([`unwrap_legacy_user_key`](crate::master_keys::MasterKeys::unwrap_legacy_user_key)). Types 3 to 6 can be made
    /// by anybody who knows the public key, and the MACs of types 5 and 6 are checked by no software.
    #[must_use]
    pub const fn is_authenticated(self) -> bool {
        matches!(self, Self::AesCbcHmac | Self::Cose)
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
        let authenticated = |n: &u8| EncStringType::from_number(*n).is_some_and(EncStringType::is_authenticated);
        assert_eq!(read.iter().copied().filter(authenticated).collect::<Vec<_>>(), [2, 7]);
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
