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
    /// Copies a text, such as a password, into secret memory. The caller's copy stays the caller's business: where there
    /// is a choice, read it from its source with [`read_secret`](Self::read_secret) instead.
    ///
    /// # Errors
    /// There is no room, or it has more than [`ProtectedBytes::MAX`] bytes.
    pub fn secret_text(&self, text: &str) -> Result<ProtectedBytes, Error> {
        self.take_secret(|memory| Ok(ProtectedBytes::copy_from(memory, text.as_bytes())?))
    }

    /// Reads a descriptor to its end straight into secret memory, at most [`ProtectedBytes::MAX`] bytes.
    ///
    /// # Errors
    /// More bytes came, reading failed, or there is no room.
    #[cfg(unix)]
    pub fn read_secret(&self, from: BorrowedFd<'_>) -> Result<ProtectedBytes, Error> {
        self.take_secret(|memory| Ok(ProtectedBytes::read_to_end(memory, from)?))
    }

    /// Reads a line from a descriptor straight into secret memory, at most [`ProtectedBytes::MAX`] bytes; its newline is
    /// taken and not kept, and not a byte behind it is taken.
    ///
    /// # Errors
    /// As [`read_secret`](Self::read_secret).
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
/// For a [`Context`](crate::Context) and a [`Transaction`](crate::Transaction). Sealed.
pub trait ProtectedContents<'c, S: KeySet>: OfContext {
    /// Encrypts a text in secret memory, such as a PIN: at most 4,000 bytes. Whoever decrypts it finds text.
    ///
    /// # Errors
    /// The store is locked, the secret is too long, or there are no random bytes.
    fn encrypt_secret(&self, key: Key<'c>, secret: &ProtectedBytes) -> Result<EncString, Error>;

    /// Encrypts bytes in secret memory: at most 4,000. Whoever decrypts them finds bytes.
    ///
    /// # Errors
    /// As [`encrypt_secret`](Self::encrypt_secret).
    fn encrypt_secret_bytes(&self, key: Key<'c>, secret: &ProtectedBytes) -> Result<EncString, Error>;

    /// Decrypts text or bytes into secret memory, where [`decrypt_text`](crate::Context::decrypt_text) hands them out.
    ///
    /// # Errors
    /// The key does not open it, or the store is locked; they are more than [`ProtectedBytes::MAX`] bytes, or there is
    /// no room.
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
