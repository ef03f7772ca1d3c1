//! What is public of a key, kept outside its slot: it decides what the key is asked to do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::uses::KeyUses;
use crate::cose::key::KID_LEN;
use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// The `kid` of a COSE key (RFC 9052 section 7.1): 16 random bytes that travel with the key. Not secret.
///
/// Shown as lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CoseKeyId([u8; KID_LEN]);

/// The id of a key that carries none: the first 16 bytes of its thumbprint (RFC 9679). Not secret.
///
/// Shown as lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DerivedKeyId([u8; KID_LEN]);

macro_rules! shown {
    ($($name:ident)*) => { $(
        impl $name {
            pub(crate) fn new(bytes: [u8; KID_LEN]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; KID_LEN] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    )* };
}
shown!(CoseKeyId DerivedKeyId);

/// Identifies the bytes of a symmetric key: the SHA-256 thumbprint of RFC 9679. It is not secret, as nobody finds a
/// random key of its hash.
///
/// Whoever makes a COSE key chooses its [`CoseKeyId`], so two keys may have one id. Keys of different bytes have
/// different thumbprints. The algorithm and the id do not count.
///
/// It is shown, parsed and serialised as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyThumbprint([u8; KeyThumbprint::LEN]);

impl KeyThumbprint {
    /// The length of a thumbprint in bytes.
    pub const LEN: usize = 32;

    pub(crate) fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for KeyThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyThumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyThumbprint({self})")
    }
}

/// Parses 64 hexadecimal digits.
impl FromStr for KeyThumbprint {
    type Err = NotAThumbprint;

    fn from_str(text: &str) -> Result<Self, NotAThumbprint> {
        let digits = text.as_bytes().as_chunks::<2>();
        if digits.0.len() != Self::LEN || !digits.1.is_empty() {
            return Err(NotAThumbprint);
        }
        let mut bytes = [0; Self::LEN];
        for (byte, digits) in bytes.iter_mut().zip(digits.0) {
            let value = |digit: u8| char::from(digit).to_digit(16).ok_or(NotAThumbprint);
            *byte = (value(digits[0])? << 4 | value(digits[1])?) as u8;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for KeyThumbprint {
    type Error = NotAThumbprint;

    fn try_from(text: String) -> Result<Self, NotAThumbprint> {
        text.parse()
    }
}

impl From<KeyThumbprint> for String {
    fn from(thumbprint: KeyThumbprint) -> Self {
        thumbprint.to_string()
    }
}

/// A text is not a [`KeyThumbprint`]: it is not 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the 64 hexadecimal digits of a thumbprint")]
pub struct NotAThumbprint;

/// What is public of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyInfo<A> {
    algorithm: A,
    operations: KeyOperations,
    id: Option<CoseKeyId>,
}

impl<A: Copy> KeyInfo<A> {
    pub(crate) fn new(algorithm: A, operations: KeyOperations, id: Option<CoseKeyId>) -> Self {
        Self { algorithm, operations, id }
    }

    /// Returns what it is a key of.
    #[must_use]
    pub fn algorithm(&self) -> A {
        self.algorithm
    }

    /// Returns what it may be used for: what the key carries permits it, and so do the [uses](crate::KeyUses) for which
    /// the program made it.
    #[must_use]
    pub fn operations(&self) -> KeyOperations {
        self.operations
    }

    /// Returns the id that it carries. Keys of AES-256-CBC-HMAC-SHA256 and of RSA carry none.
    #[must_use]
    pub fn id(&self) -> Option<CoseKeyId> {
        self.id
    }

    /// Returns the same facts with the algorithm as another type.
    pub(crate) fn map<B>(self, algorithm: impl FnOnce(A) -> B) -> KeyInfo<B> {
        KeyInfo { algorithm: algorithm(self.algorithm), operations: self.operations, id: self.id }
    }

    /// Returns the same facts of a key that was made for these uses.
    pub(crate) fn for_uses(self, uses: KeyUses) -> Self {
        Self { operations: self.operations.intersection(uses.operations()), ..self }
    }

    /// Whether the key may be used so.
    pub(crate) fn permit(&self, operation: KeyOperation) -> bool {
        self.operations.permit(operation)
    }
}
