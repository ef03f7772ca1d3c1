//! From the bytes of a file to what kind of export they are.

use serde_json::value::RawValue;
use strongroom::passwords::KdfLimits;

use crate::{
    codec::Codec,
    csv::header::Header,
    defect::{Defect, Path, Problem, Shape},
    export::{
        encrypted::EncryptedExport,
        error::ReadError,
        flags::{self, Flags},
        header::HeaderError,
        other_format::{self, OtherFormat},
        plain::{Export, PlainError},
        text::{self, FileError},
    },
    member::Member,
    object::DocumentError,
    read::{self, Pieces},
    record::Object,
    syntax,
};

/// What an export file is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ExportFile {
    /// Not encrypted: nothing has to be opened.
    Plain(Export),
    /// Not encrypted, and only as much of a vault as CSV says: see [`Export::parse_csv`].
    Csv(Export),
    /// Encrypted with a password of its own.
    PasswordProtected(EncryptedExport),
}

/// What a file may cost, so that a hostile one cannot take the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest file, in bytes. The default, 128 MiB, holds about 100,000 items. Opening a file takes less than three
    /// times its length of memory, and what the key derivation takes; one that no official client wrote can take up to
    /// eight times its length.
    pub max_bytes: usize,
    /// The parameters of key derivation.
    pub kdf: KdfLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 128 << 20, kdf: KdfLimits::default() }
    }
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// JSON: an export, or a list of items.
    Json,
    /// CSV.
    Csv,
}

impl ExportFile {
    /// Tells what kind of export the bytes of a file are and checks all that can be checked without a password.
    ///
    /// Only the content decides. A byte order mark (UTF-8) at the beginning is skipped. CSV is what names the columns
    /// of such an export, or two of them, in its first line. A list of items, as `bw list items` prints it, is read as
    /// an export of these items.
    ///
    /// # Errors
    /// [`ReadError`] says at which stage reading stopped, where and why. An account-restricted export is one of them
    /// ([`HeaderError::AccountRestricted`]): no password opens it. So is a file whose flags and members contradict each
    /// other ([`HeaderError::Contradiction`]), and a file of another program, which is named ([`ReadError::Other`]).
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<ExportFile, ReadError> {
        if bytes.len() > limits.max_bytes {
            return Err(too_large(bytes, limits));
        }
        if let Some(other) = OtherFormat::of_bytes(bytes) {
            return Err(ReadError::Other(other));
        }
        let header = Header::of(bytes);
        if header.as_ref().is_some_and(|header| header.form().is_some()) {
            return Self::parse_as(FileFormat::Csv, bytes, limits);
        }
        if let Some(other) = header.as_ref().and_then(OtherFormat::of_csv) {
            return Err(ReadError::Other(other));
        }
        if header.as_ref().is_some_and(|header| header.known_names() >= 2) {
            return Self::parse_as(FileFormat::Csv, bytes, limits);
        }
        Self::parse_as(FileFormat::Json, bytes, limits).map_err(|error| match (&error, header) {
            (ReadError::Json(_), Some(header)) => OtherFormat::of_unknown_csv(&header).map_or(error, ReadError::Other),
            _ => error,
        })
    }

    /// Reads a file as of this format, whatever its content looks like.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse). A file of another program is not named by its first bytes and columns.
    pub fn parse_as(format: FileFormat, bytes: &[u8], limits: &Limits) -> Result<ExportFile, ReadError> {
        if bytes.len() > limits.max_bytes {
            return Err(too_large(bytes, limits));
        }
        match format {
            // A byte that is not UTF-8 makes one row of CSV unreadable, and the whole of anything else.
            FileFormat::Csv => Ok(ExportFile::Csv(Export::parse_csv(bytes)?)),
            FileFormat::Json => Self::parse_json(bytes, limits),
        }
    }

    fn parse_json(bytes: &[u8], limits: &Limits) -> Result<ExportFile, ReadError> {
        let text = text::from_bytes(bytes, limits.max_bytes)?;
        let object = match Object::read_document(text, &Path::TOP) {
            Ok(object) => object,
            Err(DocumentError::Json(error)) => return Err(error.into()),
            Err(DocumentError::Malformed(defect)) => return no_object(syntax::check(text)?, defect),
        };
        if !object.has("items")
            && !object.has(flags::VALIDATION)
            && let Some(other) = OtherFormat::of_members(object.named())
        {
            return Err(ReadError::Other(other));
        }
        match Flags::read::<HeaderError>(&object)? {
            Flags::PasswordProtected => {
                EncryptedExport::from_object(object, &limits.kdf).map(ExportFile::PasswordProtected)
            }
            Flags::AccountRestricted => Err(HeaderError::AccountRestricted.into()),
            Flags::Plain => match Export::from_object_checked(object) {
                Ok(export) => Ok(ExportFile::Plain(export)),
                Err(PlainError::Json(error)) => Err(error.into()),
                Err(PlainError::Malformed(defect)) => Err(HeaderError::Malformed(defect).into()),
                Err(PlainError::Contradiction(error)) => Err(HeaderError::Contradiction(error).into()),
                Err(PlainError::NotAnExport | PlainError::Encrypted) => Err(HeaderError::NotAnExport.into()),
            },
        }
    }
}

/// Reads JSON that is no object of a reasonable number of members.
fn no_object(json: &RawValue, defect: Defect) -> Result<ExportFile, ReadError> {
    if let Ok(elements) = read::elements(json) {
        return list(json, elements);
    }
    match OtherFormat::of_members(read::named_members(json).into_iter().flatten()) {
        Some(other) => Err(ReadError::Other(other)),
        None => Err(not_an_object(defect).into()),
    }
}

/// A list of items is an export that has nothing else.
fn list(json: &RawValue, elements: Pieces<'_>) -> Result<ExportFile, ReadError> {
    if !other_format::is_list_of_items(elements.clone()) {
        let other = OtherFormat::of_list(elements);
        return Err(other.map_or(HeaderError::NotAnExport.into(), ReadError::Other));
    }
    let items = Codec::read(json, &Path::TOP.member("items")).map_err(HeaderError::Malformed)?;
    Ok(ExportFile::Plain(Export { encrypted: false.into(), items: Member::Value(items), ..Export::default() }))
}

fn too_large(bytes: &[u8], limits: &Limits) -> ReadError {
    FileError::TooLarge { found: bytes.len(), max: limits.max_bytes }.into()
}

fn not_an_object(defect: Defect) -> HeaderError {
    match defect.problem() {
        Problem::Expected(Shape::Object) => HeaderError::NotAnExport,
        _ => HeaderError::Malformed(defect),
    }
}
