//! Password-protected exports.

use std::{fmt, sync::Arc};

use strongroom::{
    Context, EncString, ErrorKind, Kdf, Key, KeyStore, KeyUses, ProtectedBytes,
    errors::WrongKey,
    names::KeySet,
    passwords::{KdfLimits, NewKdf},
    streams::Streams as _,
};
use zeroize::Zeroizing;

use crate::{
    codec::Codec,
    export::{
        encrypted_data::EncryptedData,
        error::ReadError,
        header::{self, ExportHeader, HeaderError},
        plain::{Export, PlainError},
        salt::{Salt, SaltForm},
    },
    member::Member,
    record::{Object, Record},
    write::Writer,
};

/// A password-protected export, checked as far as that goes without its password.
///
/// The key is stretched from the password with the file's salt and parameters; see [`ExportHeader`]. Both encrypted
/// members are of type 2 (AES-256-CBC, HMAC-SHA256) and are authenticated before they are decrypted.
#[derive(Clone)]
pub struct EncryptedExport {
    header: ExportHeader,
    kdf: Kdf,
    salt: Salt,
    validation: EncString,
    /// The encrypted data, where the header keeps their text alone.
    data: Option<EncString>,
}

impl EncryptedExport {
    pub(crate) fn from_object(mut object: Object<'_>, limits: &KdfLimits) -> Result<Self, ReadError> {
        let kdf = header::kdf(&mut object, limits)?;
        let header = ExportHeader::from_object(object).map_err(HeaderError::from)?;
        let mut defects = Vec::new();
        Record::odd_within(&header, &mut defects);
        if let Some(&defect) = defects.first() {
            return Err(HeaderError::Malformed(defect.clone()).into());
        }
        Ok(EncryptedExport {
            kdf,
            salt: header.required_salt()?,
            validation: ExportHeader::enc_string(ExportHeader::VALIDATION, header.validation())?,
            data: header.parsed_data()?,
            header,
        })
    }

    /// Opens the export. The key lives in the store's memory and is erased before this returns.
    ///
    /// It needs no key of the store, so the store may be locked, and stays as it is.
    ///
    /// This takes as long as the key derivation does, usually a noticeable part of a second; and twice as long for a
    /// wrong password, and for a file of [`SaltForm::Decoded`].
    ///
    /// # Errors
    /// [`OpenError`]: the password is wrong, the file was tampered with, or what it holds is no export; or the store
    /// was locked while it was opened, which erases its key too. A single bad item is no error: see
    /// [`Export::unreadable`].
    pub fn open<S: KeySet>(&self, store: &KeyStore<S>, password: &ProtectedBytes) -> Result<Export, OpenError> {
        Ok(self.open_with_salt_form(store, password)?.0)
    }

    /// Opens the export as [`open`](Self::open) does, and says how the program that wrote the file used its salt.
    ///
    /// # Errors
    /// - [`OpenError::WrongPassword`]: neither form of the salt gives a key that opens the validation.
    /// - [`OpenError::Tampered`]: the key opens the validation, and not the data.
    /// - [`OpenError::NotText`], [`OpenError::Payload`]: the data are authentic, and no plain export.
    /// - [`OpenError::Memory`]: there is no memory for the decrypted data.
    /// - [`OpenError::Store`]: there is no memory for keys, or the store was locked meanwhile.
    pub fn open_with_salt_form<S: KeySet>(
        &self,
        store: &KeyStore<S>,
        password: &ProtectedBytes,
    ) -> Result<(Export, SaltForm), OpenError> {
        let (plain, form) = store.try_local_context(|ctx| {
            let (key, form) = match self.key(ctx, password, self.salt.as_str().as_bytes()) {
                Ok(key) => (key, SaltForm::Text),
                Err(OpenError::WrongPassword) => {
                    let decoded = self.salt.decoded().ok_or(OpenError::WrongPassword)?;
                    (self.key(ctx, password, &decoded)?, SaltForm::Decoded)
                }
                Err(error) => return Err(error),
            };
            Ok((self.decrypt_data(ctx, key)?, form))
        })?;
        Ok((Export::from_text(&Arc::new(plain)).map_err(OpenError::Payload)?, form))
    }

    /// Decrypts the data into the one buffer that the lists of the export read from.
    fn decrypt_data<'c, S: KeySet>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Zeroizing<String>, OpenError> {
        let Some(data) = self.data.as_ref().or_else(|| self.header.data()?.bytes()) else {
            return Err(OpenError::Payload(PlainError::Malformed(header::missing(ExportHeader::DATA))));
        };
        let (mut plain, length) = (Zeroizing::new(Vec::new()), data.max_contents_len());
        plain.try_reserve_exact(length).map_err(|_| OpenError::Memory { asked: length })?;
        plain.resize(length, 0);
        let length = ctx.decrypt_into(key, data, &mut plain).map_err(|error| match error.kind() {
            ErrorKind::WrongKey(WrongKey::OrChanged) => OpenError::Tampered,
            _ => OpenError::Store(error),
        })?;
        plain.truncate(length);
        let mut text = String::from_utf8(std::mem::take(&mut *plain)).map(Zeroizing::new).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            OpenError::NotText
        })?;
        // Some editor put it there; the text behind it moves within its buffer.
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Ok(text)
    }

    /// The key of the password and this salt, if it opens the validation.
    fn key<'c, S: KeySet>(
        &self,
        ctx: &Context<'c, S>,
        password: &ProtectedBytes,
        salt: &[u8],
    ) -> Result<Key<'c>, OpenError> {
        let key = ctx.derive_from_password(password, &self.kdf, salt, KeyUses::CONTENTS)?;
        // As bytes: that it is authentic is all there is to know about it.
        match ctx.decrypt_bytes(key, &self.validation) {
            Ok(_) => Ok(key),
            Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)) => {
                Err(OpenError::WrongPassword)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Encrypts an export with a password, as the official clients do: they can import the result.
    ///
    /// Salt and validation are fresh random values. The key lives in the store's memory and is erased before this
    /// returns. The store may be locked, and stays as it is.
    ///
    /// Anybody who has the file can guess its password offline. `kdf` makes each guess expensive. The default of
    /// [`NewKdf`] is what official clients take.
    ///
    /// # Errors
    /// [`SealError`]: no memory, or no random bytes; or the store was locked meanwhile.
    pub fn seal<S: KeySet>(
        export: &Export,
        store: &KeyStore<S>,
        password: &ProtectedBytes,
        kdf: NewKdf,
    ) -> Result<Self, SealError> {
        let kdf = kdf.kdf();
        let salt = Salt::of(random()?);
        let id = uuid::Builder::from_random_bytes(random()?).into_uuid().to_string();
        let plain = export.expose_json();
        let (validation, data) = store.local_context(|ctx| {
            let salt = salt.as_str().as_bytes();
            let key = ctx.derive_from_password(password, &kdf, salt, KeyUses::CONTENTS)?;
            Ok((ctx.encrypt_text(key, &id)?, ctx.encrypt_text(key, &plain)?))
        })?;
        let mut header = ExportHeader {
            encrypted: true.into(),
            password_protected: true.into(),
            salt: salt.as_str().to_owned().into(),
            kdf_memory: Member::Null,
            kdf_parallelism: Member::Null,
            validation: validation.to_string().into(),
            data: EncryptedData::from(data).into(),
            ..ExportHeader::default()
        };
        if !header.state_kdf(kdf.settings()) {
            return Err(SealError::UnknownKdf);
        }
        Ok(EncryptedExport { header, kdf, salt, validation, data: None })
    }

    /// The file as JSON, laid out as the official clients do. What was read is written as it stood.
    pub fn to_json(&self) -> String {
        let mut out = Writer::new();
        self.header.write(&mut out);
        std::mem::take(&mut *out.finish())
    }

    /// How the key is derived from the password. The parameters were found within the limits.
    pub fn kdf(&self) -> Kdf {
        self.kdf
    }

    /// The members of the file.
    pub fn header(&self) -> &ExportHeader {
        &self.header
    }
}

fn random() -> Result<[u8; 16], SealError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(SealError::Random)?;
    Ok(bytes)
}

/// The parameters and the encrypted members by their lengths.
impl fmt::Debug for EncryptedExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedExport")
            .field("kdf", &self.kdf)
            .field("validation", &self.validation)
            .field("data", &self.header.data())
            .finish_non_exhaustive()
    }
}

/// Why a password-protected export was not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The password is wrong. Its key does not open the text that is there to tell. A file whose salt, parameters or
    /// validation were changed cannot be told from that.
    #[error("wrong password")]
    WrongPassword,
    /// The password is right and the data are not what was written with it: the file was changed or damaged.
    #[error("tampered: the password is right, but the data were changed after the export was written")]
    Tampered,
    /// The system does not give the memory for the decrypted data.
    #[error("there is no memory for {asked} bytes of decrypted data")]
    Memory {
        /// How many bytes were asked for.
        asked: usize,
    },
    /// Authentic, but not UTF-8.
    #[error("the decrypted data are not text")]
    NotText,
    /// Authentic, but no plain export.
    #[error("the decrypted data are no export: {0}")]
    Payload(PlainError),
    /// The key was not derived or the data not decrypted: no memory, for instance, or the store was locked meanwhile.
    #[error("the export cannot be opened: {0}")]
    Store(#[from] strongroom::Error),
}

/// Why an export was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The export's format has no number for this key derivation function.
    #[error("the format of exports does not know this key derivation function")]
    UnknownKdf,
    /// The key was not derived or the data not encrypted: no memory, for instance, or the store was locked meanwhile.
    #[error("the export cannot be sealed: {0}")]
    Store(#[from] strongroom::Error),
}
