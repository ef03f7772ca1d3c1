//! The clear part of a password-protected export: how the key is derived and how a password is tested.

use strongroom::{
    EncString, Kdf,
    algorithms::EncStringType,
    errors::{EncStringError, KdfError},
    passwords::{KdfLimits, KdfSettings},
};

use crate::{
    defect::{Defect, Path, Problem},
    export::{
        encrypted_data::EncryptedData,
        flags::{self, Contradiction},
        salt::Salt,
    },
    record::{Object, record},
};

record! {
    /// A password-protected export as it stands in the file.
    pub struct ExportHeader {
        /// True.
        encrypted: flag = "encrypted";
        /// True.
        password_protected: flag = "passwordProtected";
        /// The salt of key derivation. Official clients write Base64 of 16 random bytes, and any text that is not
        /// empty is accepted. [`SaltForm`](crate::SaltForm) says what the key is derived with.
        salt: text = "salt";
        /// 0 for PBKDF2-HMAC-SHA256, 1 for Argon2id.
        kdf_type: code(i64) = "kdfType";
        /// Rounds or passes.
        kdf_iterations: code(i64) = "kdfIterations";
        /// Memory of Argon2id in MiB.
        kdf_memory: code(i64) = "kdfMemory";
        /// Lanes of Argon2id.
        kdf_parallelism: code(i64) = "kdfParallelism";
        /// An encrypted UUID that tells whether a password is right.
        validation: text = "encKeyValidation_DO_NOT_EDIT";
        /// The encrypted plain export.
        data: own(EncryptedData) = "data";
    }
}

/// Why JSON is no export that can be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// It is something else.
    #[error("JSON, but not a Bitwarden export")]
    NotAnExport,
    /// Encrypted with the keys of an account. No password opens the file alone: import it into that account, or export
    /// again with a password.
    #[error(
        "an account-restricted export: it needs the keys of the account that made it, a password alone cannot open it"
    )]
    AccountRestricted,
    /// The file says that it is one kind of export and has what another kind has.
    #[error("contradictory export: {0}")]
    Contradiction(#[from] Contradiction),
    /// A member is missing, stands there twice or is no text, number or list where it must be.
    #[error("damaged export: {0}")]
    Malformed(Defect),
    /// An encrypted member is not in the form that encrypted text has.
    #[error("damaged export: {member}: {error}")]
    EncString {
        /// Its name.
        member: &'static str,
        /// What is wrong with it.
        error: EncStringError,
    },
    /// An encrypted member holds NUL bytes, which a download that was not finished left in the place of the text.
    #[error("damaged export: {member} holds NUL bytes in the place of text, so the download is damaged")]
    Nul {
        /// Its name.
        member: &'static str,
    },
    /// An encrypted member is encrypted otherwise than with a password.
    #[error("damaged export: {member} is of {found}; a password-protected export has type 2 there")]
    EncType {
        /// Its name.
        member: &'static str,
        /// How it is encrypted.
        found: EncStringType,
    },
}

/// Why the parameters of key derivation are not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KdfParameterError {
    /// A function that this version does not know.
    #[error("unknown key derivation function: kdfType {kdf_type}; known are 0 (PBKDF2) and 1 (Argon2id)")]
    Unknown {
        /// Its number.
        kdf_type: i64,
    },
    /// One is missing, stands there twice or is no whole number.
    #[error("damaged parameters of key derivation: {0}")]
    Malformed(Defect),
    /// One is negative, or greater than 32 bits can hold.
    #[error("{name} is {found}, which no key derivation can do")]
    Range {
        /// Its name.
        name: &'static str,
        /// As stated.
        found: i64,
    },
    /// One is outside the limits.
    #[error(transparent)]
    Bounds(#[from] KdfError),
}

impl From<Defect> for HeaderError {
    fn from(defect: Defect) -> Self {
        HeaderError::Malformed(defect)
    }
}

impl From<Defect> for KdfParameterError {
    fn from(defect: Defect) -> Self {
        KdfParameterError::Malformed(defect)
    }
}

impl ExportHeader {
    pub(crate) const VALIDATION: &'static str = flags::VALIDATION;
    pub(crate) const DATA: &'static str = flags::DATA;

    /// The salt, which must be there.
    pub(crate) fn required_salt(&self) -> Result<Salt, HeaderError> {
        Ok(self.salt().and_then(Salt::new).ok_or_else(|| missing("salt"))?)
    }

    /// States the parameters of key derivation, for [`kdf`] to read; false if the format has no number for this
    /// function.
    pub(crate) fn state_kdf(&mut self, settings: KdfSettings) -> bool {
        let (kdf_type, iterations) = match settings {
            KdfSettings::Pbkdf2 { iterations } => (0, iterations),
            KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
                self.kdf_memory = i64::from(memory_mib).into();
                self.kdf_parallelism = i64::from(parallelism).into();
                (1, iterations)
            }
            _ => return false,
        };
        self.kdf_type = kdf_type.into();
        self.kdf_iterations = i64::from(iterations).into();
        true
    }

    /// Checks the encrypted data, and returns them unless the header itself keeps them.
    pub(crate) fn parsed_data(&self) -> Result<Option<EncString>, HeaderError> {
        match self.data() {
            None => Err(missing(Self::DATA).into()),
            Some(data) => match data.bytes() {
                Some(parsed) => Self::of_type_2(Self::DATA, parsed.enc_type()).map(|()| None),
                None => Self::enc_string(Self::DATA, Some(&data.text())).map(Some),
            },
        }
    }

    fn of_type_2(member: &'static str, found: EncStringType) -> Result<(), HeaderError> {
        match found {
            EncStringType::AesCbcHmac => Ok(()),
            found => Err(HeaderError::EncType { member, found }),
        }
    }

    /// An encrypted member, which must be there and of type 2.
    pub(crate) fn enc_string(member: &'static str, text: Option<&str>) -> Result<EncString, HeaderError> {
        let text = text.ok_or_else(|| missing(member))?;
        if text.contains('\0') {
            return Err(HeaderError::Nul { member });
        }
        // Base64 has no white space: what mail or an editor put between its letters says nothing.
        let is_wrapped = text.contains(|c: char| c.is_ascii_whitespace());
        let unwrapped = is_wrapped.then(|| text.split_ascii_whitespace().collect::<String>());
        let parsed = EncString::parse(unwrapped.as_deref().unwrap_or(text))
            .map_err(|error| HeaderError::EncString { member, error })?;
        Self::of_type_2(member, parsed.enc_type())?;
        Ok(parsed)
    }
}

/// Reads the parameters of key derivation and checks them.
pub(crate) fn kdf(object: &mut Object<'_>, limits: &KdfLimits) -> Result<Kdf, KdfParameterError> {
    let settings = match object.require::<i64>("kdfType")? {
        0 => KdfSettings::Pbkdf2 { iterations: parameter(object, "kdfIterations")? },
        1 => KdfSettings::Argon2id {
            iterations: parameter(object, "kdfIterations")?,
            memory_mib: parameter(object, "kdfMemory")?,
            parallelism: parameter(object, "kdfParallelism")?,
        },
        kdf_type => return Err(KdfParameterError::Unknown { kdf_type }),
    };
    Ok(Kdf::within(settings, limits)?)
}

fn parameter(object: &mut Object<'_>, name: &'static str) -> Result<u32, KdfParameterError> {
    let found: i64 = object.require(name)?;
    u32::try_from(found).map_err(|_| KdfParameterError::Range { name, found })
}

pub(crate) fn missing(name: &'static str) -> Defect {
    Path::TOP.member(name).defect(Problem::Missing)
}
