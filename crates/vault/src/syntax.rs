//! Whether a text is JSON at all.

use serde_json::value::RawValue;

/// Why a text is not JSON (RFC 8259). Shows positions, nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Something stands where JSON does not allow it.
    #[error("not JSON: syntax error at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// The text ends in the middle.
    #[error("truncated: the JSON ends too early, at line {line}, column {column}")]
    Truncated {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
}

/// Checks the syntax of the whole text. Nesting costs no stack, however deep.
pub(crate) fn check(text: &str) -> Result<&RawValue, JsonError> {
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        if error.is_eof() { JsonError::Truncated { line, column } } else { JsonError::Syntax { line, column } }
    })
}
