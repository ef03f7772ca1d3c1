//! Contents that are bound to data of the program's own, such as the name of the record that they are of.

use std::fmt;
use std::io::{Read, Seek, Write};

use super::context::Context;
use super::key::Key;
use super::stream::KeyOf;
use crate::error::{Error, Operation};
use crate::format::enc_string::EncString;
use crate::format::external::External;
use crate::format::sealed::Contents;
use crate::format::{self, stream};
use crate::labels::ContentType;
use crate::name::KeySet;
use crate::plaintext::Plaintext;

/// Encrypts and decrypts contents that are bound to associated data: what was encrypted with other data does not open.
///
/// Made by [`Context::with_associated_data`].
pub struct WithAssociatedData<'u, 'c, S: KeySet> {
    context: &'u Context<'c, S>,
    external: External,
}

impl<'c, S: KeySet> Context<'c, S> {
    /// Returns what encrypts and decrypts contents that are bound to `data`, of any length: the name of a record, its
    /// version, its owner. So a value that was sealed under one name does not open under another.
    ///
    /// ```
    /// use strongroom::{Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, algorithms::SymmetricAlgorithm,
    ///     errors::WrongKey};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { Notes } }
    ///
    /// let store = KeyStore::<Keys>::open()?;
    /// store.context(|ctx| {
    ///     let key = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS)?;
    ///     let sealed = ctx.with_associated_data(b"limit of Ada's account").encrypt_text(key, "100")?;
    ///
    ///     let opened = ctx.with_associated_data(b"limit of Ada's account").decrypt_text(key, &sealed)?;
    ///     assert_eq!(opened.expose_secret(), "100");
    ///     let moved = ctx.with_associated_data(b"limit of Ben's account").decrypt_text(key, &sealed);
    ///     assert_eq!(moved.unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
    ///     Ok(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// The data are not secret, not part of the result, and must be given again. They need a key of COSE, and make an
    /// [`EncString`] of type 7 with an `external_aad` (RFC 9052 section 4.3): the SHA-256 hash of the text `strongroom
    /// associated data`, a zero byte and the data. Bitwarden's software does not open it. The MAC of type 2 covers no
    /// associated data, so a key of AES-256-CBC-HMAC-SHA256 is refused. Empty data are the same as none.
    #[must_use]
    pub fn with_associated_data(&self, data: &[u8]) -> WithAssociatedData<'_, 'c, S> {
        WithAssociatedData { context: self, external: External::of(data) }
    }
}

impl<'c, S: KeySet> WithAssociatedData<'_, 'c, S> {
    /// Encrypts text.
    ///
    /// # Errors
    /// As for [`Context::encrypt_text`]; [`Unsupported::AssociatedData`](crate::errors::Unsupported::AssociatedData):
    /// the key is not one of COSE.
    pub fn encrypt_text(&self, key: Key<'c>, text: &str) -> Result<EncString, Error> {
        self.encrypt(key, ContentType::Utf8Padded, text.as_bytes())
    }

    /// Encrypts bytes.
    ///
    /// # Errors
    /// As [`encrypt_text`](Self::encrypt_text).
    pub fn encrypt_bytes(&self, key: Key<'c>, bytes: &[u8]) -> Result<EncString, Error> {
        self.encrypt(key, ContentType::Octets, bytes)
    }

    fn encrypt(&self, key: Key<'c>, content: ContentType, bytes: &[u8]) -> Result<EncString, Error> {
        self.context
            .reach()
            .using(Operation::Encrypt, key, |memory, key| format::encrypt(memory, key, content, bytes, &self.external))
    }

    /// Decrypts text. It is the caller's then: in ordinary memory, erased when dropped, not shown by `Debug`.
    ///
    /// # Errors
    /// As for [`Context::decrypt_text`], or the data are not those with which it was encrypted;
    /// [`Unsupported::AssociatedData`](crate::errors::Unsupported::AssociatedData): it is of type 2.
    pub fn decrypt_text(&self, key: Key<'c>, text: &EncString) -> Result<Plaintext, Error> {
        self.decrypt(key, text)
    }

    /// Decrypts bytes. They are the caller's then: in ordinary memory, erased when dropped, not shown by `Debug`.
    ///
    /// # Errors
    /// As [`decrypt_text`](Self::decrypt_text).
    pub fn decrypt_bytes(&self, key: Key<'c>, text: &EncString) -> Result<Plaintext<[u8]>, Error> {
        self.decrypt(key, text)
    }

    fn decrypt<T: Contents>(&self, key: Key<'c>, text: &EncString) -> Result<T, Error> {
        self.context.decrypt_contents(key, text, &self.external)
    }

    /// Encrypts a body, as [`encrypt_stream`](crate::streams::Streams::encrypt_stream) does.
    ///
    /// # Errors
    /// As for that; [`Unsupported::AssociatedData`](crate::errors::Unsupported::AssociatedData): the key is not one of
    /// COSE.
    pub fn encrypt_stream<R: Read, W: Write + Seek>(
        &self,
        key: Key<'c>,
        source: &mut R,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Encrypt, key).stream(|key| stream::encrypt(key, &self.external, source, out))
    }

    /// Encrypts a body, as [`encrypt_stream_spooled`](crate::streams::Streams::encrypt_stream_spooled) does.
    ///
    /// # Errors
    /// As [`encrypt_stream`](Self::encrypt_stream).
    pub fn encrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Encrypt, key)
            .stream(|key| stream::encrypt_spooled(key, &self.external, source, spool, out))
    }

    /// Decrypts a body, as [`decrypt_stream`](crate::streams::Streams::decrypt_stream) does.
    ///
    /// # Errors
    /// As for that, or the data are not those with which it was encrypted;
    /// [`Unsupported::AssociatedData`](crate::errors::Unsupported::AssociatedData): it is of type 2.
    pub fn decrypt_stream<R: Read + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Decrypt, key).stream(|key| stream::decrypt(key, &self.external, source, out))
    }

    /// Decrypts a body, as [`decrypt_stream_spooled`](crate::streams::Streams::decrypt_stream_spooled) does.
    ///
    /// # Errors
    /// As [`decrypt_stream`](Self::decrypt_stream).
    pub fn decrypt_stream_spooled<R: Read, P: Read + Write + Seek, W: Write>(
        &self,
        key: Key<'c>,
        source: &mut R,
        spool: &mut P,
        out: &mut W,
    ) -> Result<u64, Error> {
        self.key_of(Operation::Decrypt, key)
            .stream(|key| stream::decrypt_spooled(key, &self.external, source, spool, out))
    }

    fn key_of(&self, operation: Operation, key: Key<'c>) -> KeyOf<'_, 'c, S> {
        KeyOf::new(self.context.reach(), operation, key)
    }
}

/// Nothing of the data.
impl<S: KeySet> fmt::Debug for WithAssociatedData<'_, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithAssociatedData").finish_non_exhaustive()
    }
}
