//! What a victim does while it is attacked.

use std::fmt;

/// An operation on keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Operation {
    Encrypt,
    Decrypt,
    Wrap,
    Unwrap,
    Generate,
    Pbkdf2,
    Argon2id,
}

impl Operation {
    pub(crate) const ALL: &[Self] =
        &[Self::Encrypt, Self::Decrypt, Self::Wrap, Self::Unwrap, Self::Generate, Self::Pbkdf2, Self::Argon2id];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Encrypt => "encrypt",
            Self::Decrypt => "decrypt",
            Self::Wrap => "wrap",
            Self::Unwrap => "unwrap",
            Self::Generate => "generate",
            Self::Pbkdf2 => "pbkdf2",
            Self::Argon2id => "argon2id",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl serde::Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
