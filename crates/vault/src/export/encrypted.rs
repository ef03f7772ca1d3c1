//! Password-protected exports.

use std::fmt;

use strongroom::{EncString, Kdf, KdfLimits};

use crate::{
    export::{
        error::ReadError,
        header::{self, ExportHeader, HeaderError},
    },
    record::{Object, Record},
};

/// A password-protected export, checked as far as that goes without its password.
#[derive(Clone)]
pub struct EncryptedExport {
    header: ExportHeader,
    kdf: Kdf,
    validation: EncString,
    data: EncString,
}

impl EncryptedExport {
    pub(crate) fn from_object(mut object: Object<'_>, limits: &KdfLimits) -> Result<Self, ReadError> {
        let kdf = header::kdf(&mut object, limits)?;
        let header = ExportHeader::from_object(object).map_err(HeaderError::from)?;
        header.required_salt()?;
        Ok(EncryptedExport {
            kdf,
            validation: ExportHeader::enc_string(ExportHeader::VALIDATION, header.validation())?,
            data: ExportHeader::enc_string(ExportHeader::DATA, header.data())?,
            header,
        })
    }

    /// How the key is derived from the password. The parameters were found within the limits.
    pub fn kdf(&self) -> Kdf {
        self.kdf
    }

    /// An encrypted UUID: a password is right if its key opens this.
    pub fn validation(&self) -> &EncString {
        &self.validation
    }

    /// The encrypted plain export.
    pub fn data(&self) -> &EncString {
        &self.data
    }

    /// The members of the file.
    pub fn header(&self) -> &ExportHeader {
        &self.header
    }
}

impl fmt::Debug for EncryptedExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedExport").field("kdf", &self.kdf).finish_non_exhaustive()
    }
}
