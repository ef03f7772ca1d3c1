//! The algorithms of keys.

use std::fmt;

use crate::labels::cose::{A256GCM, EDDSA, ML_DSA_44, XAES_256_GCM, XCHACHA20_POLY1305};

/// The algorithm that a symmetric key encrypts with. It belongs to the key, and is chosen when the key is made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum SymmetricAlgorithm {
    /// AES-256-CBC with HMAC-SHA256, encrypt-then-MAC. Keys have 64 bytes. Every Bitwarden client reads it.
    Aes256CbcHmacSha256 = 1,
    /// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). Keys have 32 bytes, nonces 24.
    XChaCha20Poly1305 = 2,
    /// XAES-256-GCM (C2SP). Keys have 32 bytes, nonces 24.
    Xaes256Gcm = 3,
    /// AES-256-GCM (NIST SP 800-38D). Keys have 32 bytes, nonces 12. Nonces are random, so encrypt no more than 2^32
    /// messages with one key.
    Aes256Gcm = 4,
}

impl SymmetricAlgorithm {
    /// All symmetric algorithms.
    pub const ALL: [Self; 4] = [Self::Aes256CbcHmacSha256, Self::XChaCha20Poly1305, Self::Xaes256Gcm, Self::Aes256Gcm];

    /// The number in COSE; `None` for keys that are not written as COSE_Key.
    pub(crate) const fn cose(self) -> Option<i64> {
        match self {
            Self::Aes256CbcHmacSha256 => None,
            Self::XChaCha20Poly1305 => Some(XCHACHA20_POLY1305),
            Self::Xaes256Gcm => Some(XAES_256_GCM),
            Self::Aes256Gcm => Some(A256GCM),
        }
    }

    pub(crate) fn from_cose(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.cose() == Some(number))
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| *algorithm as u8 == number)
    }

    /// Bytes of a nonce; of an initialisation vector for AES-256-CBC.
    pub(crate) const fn nonce_len(self) -> usize {
        match self {
            Self::Aes256CbcHmacSha256 => 16,
            Self::XChaCha20Poly1305 | Self::Xaes256Gcm => 24,
            Self::Aes256Gcm => 12,
        }
    }
}

impl fmt::Display for SymmetricAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes256CbcHmacSha256 => "AES-256-CBC-HMAC-SHA256",
            Self::XChaCha20Poly1305 => "XChaCha20-Poly1305",
            Self::Xaes256Gcm => "XAES-256-GCM",
            Self::Aes256Gcm => "AES-256-GCM",
        })
    }
}

/// The algorithm that an asymmetric key decapsulates or signs with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum AsymmetricAlgorithm {
    /// RSA of 2,048 bits, about as strong as a symmetric key of 112 bits (NIST SP 800-57 part 1, table 2). Bitwarden's
    /// clients make such keys.
    ///
    /// Keys of RSA decapsulate by OAEP with SHA-1 or SHA-256 (RFC 8017 section 7.1). New keys have 65537 as their
    /// public exponent. An imported key may have any odd exponent from 3 to 2^64 - 1. Its two primes have half the
    /// modulus' bits each.
    Rsa2048 = 1,
    /// RSA of 3,072 bits, about as strong as a symmetric key of 128 bits.
    Rsa3072 = 2,
    /// RSA of 4,096 bits.
    Rsa4096 = 3,
    /// Ed25519 (RFC 8032). Signatures have 64 bytes, and are verified strictly.
    Ed25519 = 4,
    /// ML-DSA-44 (FIPS 204) with the empty context. A quantum computer does not break it either. Signatures have 2,420
    /// bytes.
    ///
    /// Signing is hedged (FIPS 204 section 3.4): random bytes go into each signature beside the key. So a fault in the
    /// computation, caused on purpose or not, does not give the key away by a second signature of the same message. Two
    /// signatures of one message differ.
    ///
    /// A key at rest is its seed. Each operation expands it, on 200 KiB of a stack in locked memory (see
    /// [`EnterError::NoRoom`](crate::errors::EnterError::NoRoom)). Verification takes up to 130 KiB of the caller's
    /// stack.
    ///
    /// A build without the Cargo feature `ml-dsa` neither makes nor takes such keys. Its error is
    /// [`UnavailableAlgorithm`](crate::errors::UnavailableAlgorithm).
    MlDsa44 = 5,
}

impl AsymmetricAlgorithm {
    /// All asymmetric algorithms.
    pub const ALL: [Self; 5] = [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096, Self::Ed25519, Self::MlDsa44];

    /// Tells apart what keys of different types are keys of.
    pub(crate) const fn of(self) -> OfAsymmetric {
        match self {
            Self::Rsa2048 => OfAsymmetric::Rsa(RsaSize::Rsa2048),
            Self::Rsa3072 => OfAsymmetric::Rsa(RsaSize::Rsa3072),
            Self::Rsa4096 => OfAsymmetric::Rsa(RsaSize::Rsa4096),
            Self::Ed25519 => OfAsymmetric::Signing(SigningAlgorithm::Ed25519),
            Self::MlDsa44 => OfAsymmetric::Signing(SigningAlgorithm::MlDsa44),
        }
    }
}

impl fmt::Display for AsymmetricAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa2048 => "RSA-2048",
            Self::Rsa3072 => "RSA-3072",
            Self::Rsa4096 => "RSA-4096",
            Self::Ed25519 => "Ed25519",
            Self::MlDsa44 => "ML-DSA-44",
        })
    }
}

/// What keys of one type are keys of.
pub(crate) enum OfAsymmetric {
    Rsa(RsaSize),
    Signing(SigningAlgorithm),
}

/// The size of an RSA key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum RsaSize {
    /// A modulus of 2048 bits.
    Rsa2048 = 1,
    /// A modulus of 3072 bits.
    Rsa3072 = 2,
    /// A modulus of 4096 bits.
    Rsa4096 = 3,
}

impl RsaSize {
    pub(crate) const ALL: [Self; 3] = [Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// Bytes of the modulus, and of whatever is encapsulated.
    pub(crate) const fn modulus_len(self) -> usize {
        match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|size| *size as u8 == number)
    }

    /// Finds the size by the bytes of the modulus.
    pub(crate) fn from_modulus_len(bytes: usize) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.modulus_len() == bytes)
    }
}

impl From<RsaSize> for AsymmetricAlgorithm {
    fn from(size: RsaSize) -> Self {
        match size {
            RsaSize::Rsa2048 => Self::Rsa2048,
            RsaSize::Rsa3072 => Self::Rsa3072,
            RsaSize::Rsa4096 => Self::Rsa4096,
        }
    }
}

/// A signature scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SigningAlgorithm {
    /// Ed25519.
    Ed25519 = 1,
    /// ML-DSA-44.
    MlDsa44 = 2,
}

impl SigningAlgorithm {
    pub(crate) const ALL: [Self; 2] = [Self::Ed25519, Self::MlDsa44];

    /// Whether this build has it.
    pub(crate) const fn is_there(self) -> bool {
        match self {
            Self::Ed25519 => true,
            Self::MlDsa44 => cfg!(feature = "ml-dsa"),
        }
    }

    /// The number in COSE.
    pub(crate) const fn cose(self) -> i64 {
        match self {
            Self::Ed25519 => EDDSA,
            Self::MlDsa44 => ML_DSA_44,
        }
    }

    pub(crate) fn from_cose(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.cose() == number)
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| *algorithm as u8 == number)
    }
}

impl From<SigningAlgorithm> for AsymmetricAlgorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Ed25519 => Self::Ed25519,
            SigningAlgorithm::MlDsa44 => Self::MlDsa44,
        }
    }
}
