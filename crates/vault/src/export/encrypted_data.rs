//! The encrypted member that is nearly all of a password-protected export.

use std::{borrow::Cow, fmt};

use serde_json::value::RawValue;
use strongroom::{EncString, algorithms::EncStringType};

use crate::{
    codec::Codec,
    defect::{Defect, Path},
    read,
    write::Writer,
};

/// The encrypted data of an export. Its `Display` is their text, as it is in the file.
///
/// The text of a file of official software says the same as its bytes, which take a quarter less, so only these are
/// kept of it.
#[derive(Clone)]
pub struct EncryptedData(Kept);

#[derive(Clone)]
enum Kept {
    /// The bytes, whose canonical text is the text of the file.
    Bytes(EncString),
    /// Any other text, whether it can be parsed or not.
    Text(String),
}

impl EncryptedData {
    fn new(text: &str) -> Self {
        let parsed = EncString::parse(text).ok();
        EncryptedData(match parsed.filter(|parsed| is_text_of(text, parsed)) {
            Some(parsed) => Kept::Bytes(parsed),
            None => Kept::Text(text.to_owned()),
        })
    }

    /// Returns the text, as it is in the file.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match &self.0 {
            Kept::Bytes(data) => data.to_string().into(),
            Kept::Text(text) => text.into(),
        }
    }

    /// Returns the bytes, if that is all that is kept.
    pub(crate) fn bytes(&self) -> Option<&EncString> {
        match &self.0 {
            Kept::Bytes(data) => Some(data),
            Kept::Text(_) => None,
        }
    }
}

/// Returns true if these bytes are written as exactly this text, which they were read from.
///
/// Two texts that mean the same bytes differ in their padding or in the number before them, and so in their length.
fn is_text_of(text: &str, data: &EncString) -> bool {
    // The number and a dot, 16 bytes, a bar, the data, a bar, 32 bytes: each in Base64 with padding.
    let len = 2 + 24 + 1 + data.max_contents_len().div_ceil(3) * 4 + 1 + 44;
    data.enc_type() == EncStringType::AesCbcHmac && text.starts_with("2.") && text.len() == len
}

impl From<EncString> for EncryptedData {
    fn from(data: EncString) -> Self {
        EncryptedData(Kept::Bytes(data))
    }
}

impl fmt::Display for EncryptedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text())
    }
}

impl fmt::Debug for EncryptedData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kept::Bytes(data) => data.fmt(f),
            Kept::Text(text) => write!(f, "EncryptedData({} bytes of text)", text.len()),
        }
    }
}

impl Codec for EncryptedData {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        let written = json.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match written.filter(|text| memchr::memchr(b'\\', text.as_bytes()).is_none()) {
            Some(text) => Ok(EncryptedData::new(text)),
            None => read::text(json).map(|text| EncryptedData::new(&text)).map_err(|problem| path.defect(problem)),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.text(&self.text());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is kept of it, it is written as it was.
    #[test]
    fn only_the_bytes_of_the_usual_text_are_kept() {
        let (iv, mac) = ("AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let usual = format!("2.{iv}|{iv}|{mac}");
        for (text, is_usual) in [
            (usual.clone(), true),
            (format!("2.{iv}|{}|{mac}", "A".repeat(64)), true),
            (usual.replace("=", ""), false),
            (usual.replace("==|A", "=|A"), false),
            (usual.replace("2.", ""), false),
            (usual.replace("2.", "1."), false),
            (format!("0.{iv}|{iv}"), false),
            (usual.replace('A', "!"), false),
            ("7.AAAA".to_owned(), false),
            (String::new(), false),
        ] {
            let data = EncryptedData::new(&text);
            assert_eq!(data.bytes().is_some(), is_usual, "{text}");
            assert_eq!((data.to_string(), &*data.text()), (text.clone(), &*text));
        }
    }
}
