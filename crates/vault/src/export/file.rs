//! From the bytes of a file to what kind of export they are.

use strongroom::passwords::KdfLimits;

use crate::{
    csv::header::Header,
    defect::{Defect, Path, Problem, Shape},
    export::{
        encrypted::EncryptedExport,
        error::ReadError,
        flags::Flags,
        header::HeaderError,
        plain::{Export, PlainError},
        text,
    },
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
    /// The longest file, in bytes. The default, 64 MiB, holds about 50,000 items; opening a file takes up to
    /// about eight times its length of memory.
    pub max_bytes: usize,
    /// The parameters of key derivation.
    pub kdf: KdfLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 64 << 20, kdf: KdfLimits::default() }
    }
}

impl ExportFile {
    /// Tells what kind of export the bytes of a file are and checks all that can be checked without a password.
    ///
    /// A byte order mark (UTF-8) at the beginning is skipped. CSV is what names two columns of such an export, or more,
    /// in its first line.
    ///
    /// # Errors
    /// [`ReadError`] says at which stage reading stopped, where and why. An account-restricted export is one of them
    /// ([`HeaderError::AccountRestricted`]): no password opens it. So is a file whose flags and members contradict each
    /// other ([`HeaderError::Contradiction`]).
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<ExportFile, ReadError> {
        // A byte that is not UTF-8 makes one row of CSV unreadable, and the whole of anything else.
        if bytes.len() <= limits.max_bytes
            && Header::of(bytes).is_some_and(|header| header.form().is_some() || header.known_names() >= 2)
        {
            return Ok(ExportFile::Csv(Export::parse_csv(bytes)?));
        }
        let json = syntax::check(text::from_bytes(bytes, limits.max_bytes)?)?;
        let object = Object::read(json, &Path::TOP).map_err(not_an_object)?;
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

fn not_an_object(defect: Defect) -> HeaderError {
    match defect.problem() {
        Problem::Expected(Shape::Object) => HeaderError::NotAnExport,
        _ => HeaderError::Malformed(defect),
    }
}
