//! Why a file cannot be read, by stages.

use crate::{
    csv::columns::CsvError,
    export::{
        header::{HeaderError, KdfParameterError},
        other_format::OtherFormat,
        text::FileError,
    },
    syntax::JsonError,
};

/// Why a file is no export that a password or nothing at all opens. One variant for each stage of reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The bytes are no text.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is one of another program, or another of Bitwarden's.
    #[error("{0}")]
    Other(OtherFormat),
    /// The text is not JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The text is CSV whose first row cannot be used.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The JSON is no export that can be opened.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The parameters of key derivation.
    #[error(transparent)]
    Kdf(#[from] KdfParameterError),
}
