//! What a key may be used for: `key_ops` of RFC 9052 section 7.1.

use std::fmt;

/// One use of a key, with its number in COSE (RFC 9052 section 7.1, table 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
#[repr(u8)]
pub enum KeyOperation {
    /// 1, make signatures.
    Sign = 1,
    /// 2, verify signatures.
    Verify = 2,
    /// 3, encrypt contents.
    Encrypt = 3,
    /// 4, decrypt contents.
    Decrypt = 4,
    /// 5, wrap keys.
    Wrap = 5,
    /// 6, unwrap keys.
    Unwrap = 6,
}

impl fmt::Display for KeyOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sign => "sign",
            Self::Verify => "verify",
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
        })
    }
}

/// What a key may be used for. It travels with the key and is honoured: a key that may not encrypt does not.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyOperations(u8);

impl KeyOperations {
    const ALL: [KeyOperation; 6] = [
        KeyOperation::Sign,
        KeyOperation::Verify,
        KeyOperation::Encrypt,
        KeyOperation::Decrypt,
        KeyOperation::Wrap,
        KeyOperation::Unwrap,
    ];

    /// These and no others.
    #[must_use]
    pub const fn of(operations: &[KeyOperation]) -> Self {
        let mut bits = 0;
        let mut rest = operations;
        while let [first, behind @ ..] = rest {
            bits |= 1 << *first as u8;
            rest = behind;
        }
        Self(bits)
    }

    /// All that a symmetric key can do: encrypt, decrypt, wrap and unwrap.
    pub const SYMMETRIC: Self =
        Self::of(&[KeyOperation::Encrypt, KeyOperation::Decrypt, KeyOperation::Wrap, KeyOperation::Unwrap]);

    /// Whether this use is permitted.
    #[must_use]
    pub const fn permit(self, operation: KeyOperation) -> bool {
        self.0 & (1 << operation as u8) != 0
    }

    /// Returns what either permits.
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns what both permit.
    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Each permitted use, in the order of the numbers.
    pub fn iter(self) -> impl Iterator<Item = KeyOperation> {
        Self::ALL.into_iter().filter(move |operation| self.permit(*operation))
    }

    /// One bit for each, at the place of its number.
    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        let all = Self::of(&Self::ALL);
        Self(bits & all.0)
    }
}

/// For example `{Encrypt, Decrypt}`.
impl fmt::Debug for KeyOperations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyOperation, KeyOperations};

    #[test]
    fn bits_and_uses_agree() {
        let some = KeyOperations::of(&[KeyOperation::Decrypt, KeyOperation::Sign]);
        assert_eq!(KeyOperations::from_bits(some.bits()), some);
        assert_eq!(format!("{some:?}"), "{Sign, Decrypt}");
        assert!(some.permit(KeyOperation::Sign) && !some.permit(KeyOperation::Encrypt));
        assert_eq!(KeyOperations::from_bits(0xff).iter().count(), 6);
        assert_eq!(KeyOperations::from_bits(0x81), KeyOperations::of(&[]));
    }
}
