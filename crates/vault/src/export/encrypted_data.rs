//! The encrypted member that is nearly all of a password-protected export.

use std::{borrow::Cow, fmt};

use serde_json::value::RawValue;
use strongroom::EncString;

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
    /// What its own text says.
    Bytes(EncString),
    /// Text that says it in other words, or that says nothing.
    Text(String),
}

impl EncryptedData {
    fn new(text: &str) -> Self {
        let parsed = EncString::parse(text).ok();
        EncryptedData(match parsed.filter(|parsed| prints_as(parsed, text)) {
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

/// Returns true if a value prints as exactly this text. The text is not made again as a whole where that can be spared.
fn prints_as(value: &EncString, text: &str) -> bool {
    struct Rest<'a>(&'a str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(piece).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    fmt::write(&mut rest, format_args!("{value}")).is_ok() && rest.0.is_empty()
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
        match written.filter(|text| !text.contains('\\')) {
            Some(text) => Ok(EncryptedData::new(text)),
            None => read::text(json).map(|text| EncryptedData::new(&text)).map_err(|problem| path.defect(problem)),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.text(&self.text());
    }
}
