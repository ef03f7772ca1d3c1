//! What is public of a key, kept outside its slot: it decides what the key is asked to do.

use std::fmt;

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
            /// Makes the id of its 16 bytes, as a program kept them.
            #[must_use]
            pub fn new(bytes: [u8; KID_LEN]) -> Self {
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

/// The id of a symmetric key, whichever it has. Not secret.
///
/// A derived id is a hash of the key: no other key has it. A carried id is what the maker of the key chose: anybody can
/// make another key that carries it. Shown as lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyId {
    /// The id that a COSE key carries.
    Carried(CoseKeyId),
    /// The id that is derived of a key of AES-256-CBC-HMAC-SHA256.
    Derived(DerivedKeyId),
}

impl KeyId {
    /// Returns the 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KID_LEN] {
        match self {
            Self::Carried(id) => id.as_bytes(),
            Self::Derived(id) => id.as_bytes(),
        }
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carried(id) => id.fmt(f),
            Self::Derived(id) => id.fmt(f),
        }
    }
}

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
