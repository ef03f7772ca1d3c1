//! Texts and bytes that stay in secret memory: taken into it, encrypted from there, and decrypted into it.

#[cfg(unix)]
use std::os::fd::BorrowedFd;

use strongroom_memory::{ProtectedBytes, SecretMemory};

use super::KeyStore;
use super::context::{Context, OfContext};
use super::key::Key;
use crate::error::{Error, ErrorKind, Operation};
use crate::format;
use crate::format::enc_string::EncString;
use crate::labels::ContentType;
use crate::name::KeySet;

impl<S: KeySet> KeyStore<S> {
    /// Copies a text, such as a password, into secret memory. The caller has to erase the original. If you can, read
    /// the text from its source with [`read_secret`](Self::read_secret) instead.
    ///
    /// # Errors
    /// - [`Limit::Secret`](crate::errors::Limit::Secret): the text has more than [`ProtectedBytes::MAX`] bytes.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for it.
    /// - [`ErrorKind::ForkedChild`]: this process was forked from the one that opened the store.
    pub fn secret_text(&self, text: &str) -> Result<ProtectedBytes, Error> {
        self.take_secret(|memory| Ok(ProtectedBytes::copy_from(memory, text.as_bytes())?))
    }

    /// Reads a descriptor to its end straight into secret memory, at most [`ProtectedBytes::MAX`] bytes.
    ///
    /// # Errors
    /// - [`Limit::Input`](crate::errors::Limit::Input): more bytes came.
    /// - [`ErrorKind::Read`]: the descriptor cannot be read.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the secret.
    /// - [`ErrorKind::ForkedChild`]: this process was forked from the one that opened the store.
    #[cfg(unix)]
    pub fn read_secret(&self, from: BorrowedFd<'_>) -> Result<ProtectedBytes, Error> {
        self.take_secret(|memory| Ok(ProtectedBytes::read_to_end(memory, from)?))
    }

    /// Reads a line from a descriptor straight into secret memory, at most [`ProtectedBytes::MAX`] bytes. It reads the
    /// newline and does not keep it. It reads no byte behind the newline.
    ///
    /// # Errors
    /// As for [`read_secret`](Self::read_secret).
    #[cfg(unix)]
    pub fn read_secret_line(&self, from: BorrowedFd<'_>) -> Result<ProtectedBytes, Error> {
        self.take_secret(|memory| Ok(ProtectedBytes::read_line(memory, from)?))
    }

    fn take_secret(
        &self,
        take: impl FnMut(&SecretMemory) -> Result<ProtectedBytes, ErrorKind>,
    ) -> Result<ProtectedBytes, Error> {
        self.shared.line.now().session().with_room(take).map_err(|kind| Error::of(Operation::ReadSecret, kind))
    }
}

impl<'c, S: KeySet> Context<'c, S> {
    fn encrypt_secret_as(
        &self,
        key: Key<'c>,
        content: ContentType,
        secret: &ProtectedBytes,
    ) -> Result<EncString, Error> {
        self.reach().using(Operation::Encrypt, key, |memory, key| format::encrypt_secret(memory, key, content, secret))
    }
}

/// Encrypts and decrypts contents that stay in secret memory.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait ProtectedContents<'c, S: KeySet>: OfContext {
    /// Encrypts a text in secret memory, such as a PIN, of at most 4,000 bytes. Whoever decrypts it finds text.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not encrypt.
    /// - [`Limit::Contents`](crate::errors::Limit::Contents): the text is longer.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    fn encrypt_secret(&self, key: Key<'c>, secret: &ProtectedBytes) -> Result<EncString, Error>;

    /// Encrypts bytes in secret memory, at most 4,000. Whoever decrypts them finds bytes.
    ///
    /// # Errors
    /// As for [`encrypt_secret`](Self::encrypt_secret).
    fn encrypt_secret_bytes(&self, key: Key<'c>, secret: &ProtectedBytes) -> Result<EncString, Error>;

    /// Decrypts text or bytes into secret memory. [`decrypt_text`](crate::Context::decrypt_text) hands them out
    /// instead.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not decrypt.
    /// - [`ErrorKind::WrongKey`]: another key encrypted the text, or the text was changed.
    /// - [`ErrorKind::Malformed`]: it holds a key, or it is not a COSE_Encrypt0 that can be read.
    /// - [`ErrorKind::Unsupported`]: it is of a type that is not opened as contents.
    /// - [`Limit::Secret`](crate::errors::Limit::Secret): it holds more than [`ProtectedBytes::MAX`] bytes.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the contents.
    fn decrypt_secret(&self, key: Key<'c>, text: &EncString) -> Result<ProtectedBytes, Error>;
}

impl<'c, S: KeySet> ProtectedContents<'c, S> for Context<'c, S> {
    fn encrypt_secret(&self, key: Key<'c>, secret: &ProtectedBytes) -> Result<EncString, Error> {
        self.encrypt_secret_as(key, ContentType::Utf8Padded, secret)
    }

    fn encrypt_secret_bytes(&self, key: Key<'c>, secret: &ProtectedBytes) -> Result<EncString, Error> {
        self.encrypt_secret_as(key, ContentType::Octets, secret)
    }

    fn decrypt_secret(&self, key: Key<'c>, text: &EncString) -> Result<ProtectedBytes, Error> {
        self.reach().making_by(Operation::Decrypt, key, |memory, key| format::decrypt_secret(memory, key, text))
    }
}
