//! What is wrong with an encrypted text or buffer.

use crate::labels::EncStringType;

/// A part of the text of an [`EncString`](crate::EncString).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum EncStringPart {
    /// The initialisation vector.
    Iv,
    /// The ciphertext.
    Data,
    /// The message authentication code.
    Mac,
}

impl std::fmt::Display for EncStringPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Iv => "initialisation vector",
            Self::Data => "data",
            Self::Mac => "MAC",
        })
    }
}

/// A text or a buffer is not an [`EncString`](crate::EncString). Says which part is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncStringError {
    /// The text is empty.
    #[error("the encrypted text is empty")]
    Empty,
    /// More than one `.`.
    #[error("the encrypted text has more than one dot")]
    Dots,
    /// The part before the dot is not the number of a type.
    #[error("the encrypted text does not begin with a known type number and a dot")]
    UnknownType,
    /// Type 1, AES-128-CBC with HMAC, with or without its header. It was withdrawn; no software of today
    /// writes or opens it.
    #[error("the encrypted text is of type 1 (AES-128-CBC, HMAC-SHA256), which was withdrawn")]
    WithdrawnType,
    /// The type asks for another number of parts, joined by `|`.
    #[error("encrypted text of {of} has {found} parts; it should have {expected}")]
    Parts {
        /// The type.
        of: EncStringType,
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A part is not standard base64.
    #[error("the {part} of the encrypted text is not base64")]
    Base64 {
        /// Which one.
        part: EncStringPart,
    },
    /// A part of fixed length has another one.
    #[error("the {part} of the encrypted text is {found} bytes long; it should be {expected}")]
    Length {
        /// Which one.
        part: EncStringPart,
        /// Its length in bytes.
        found: usize,
        /// What it should be.
        expected: usize,
    },
    /// There is no data.
    #[error("the encrypted text holds no data")]
    NoData,
    /// The first byte of a buffer is not the number of a type that has a binary form: 0, 2 or 7.
    #[error("the encrypted buffer begins with {found}, which is no type that buffers have")]
    UnknownDiscriminator {
        /// The byte.
        found: u8,
    },
    /// A buffer ends before its parts of fixed length and a first block or byte of data: something was cut off.
    #[error("an encrypted buffer of {of} has {min} bytes at least; this one has {found}")]
    TooShort {
        /// The type.
        of: EncStringType,
        /// Its length in bytes.
        found: usize,
        /// The least that it may be.
        min: usize,
    },
    /// The data of an AES-CBC type are not whole blocks of 16 bytes: something was cut off or added.
    #[error("the data of the encrypted text are {found} bytes long, not a multiple of 16")]
    Blocks {
        /// Their length in bytes.
        found: usize,
    },
}
