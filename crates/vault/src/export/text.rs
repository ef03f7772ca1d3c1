//! From the bytes of a file to its text.

/// Why bytes are not the text of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Longer than [`Limits::max_bytes`](crate::Limits::max_bytes).
    #[error("the file has {found} bytes, more than the limit of {max}")]
    TooLarge {
        /// Its length in bytes.
        found: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// Nothing, or nothing but white space.
    #[error("the file is empty")]
    Empty,
    /// A zip archive, such as an export with attachments.
    #[error("the file is a zip archive; unpack it and give the export in it, which Bitwarden calls `data.json`")]
    Zip,
    /// UTF-16, which some shells write when output is redirected.
    #[error("the file is UTF-16 text; convert it to UTF-8")]
    Utf16,
    /// Bytes that are not UTF-8.
    #[error("the file is not UTF-8 text: bad byte at offset {offset}")]
    NotUtf8 {
        /// Where, in bytes from 0.
        offset: usize,
    },
}

pub(crate) fn from_bytes(bytes: &[u8], max: usize) -> Result<&str, FileError> {
    if bytes.len() > max {
        return Err(FileError::TooLarge { found: bytes.len(), max });
    }
    match bytes {
        [b'P', b'K', 3, 4, ..] => return Err(FileError::Zip),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err(FileError::Utf16),
        // Without a mark: every other byte of a letter is 0.
        [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..] => return Err(FileError::Utf16),
        _ => {}
    }
    let text = std::str::from_utf8(bytes).map_err(|error| FileError::NotUtf8 { offset: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Err(FileError::Empty);
    }
    Ok(text)
}
