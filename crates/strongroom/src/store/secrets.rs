//! Texts and bytes that stay in secret memory: encrypted from there, and decrypted into it.

use strongroom_memory::SecretBytes;

use super::context::Context;
use crate::error::{DecryptError, EncryptError};
use crate::format;
use crate::format::enc_string::EncString;
use crate::id::KeyRef;
use crate::kind::KeySet;
use crate::labels::ContentType;

impl<'c, S: KeySet> Context<'c, S> {
    /// Encrypts a text in secret memory, such as a PIN: at most 4,000 bytes. Whoever decrypts it finds text.
    ///
    /// # Errors
    /// [`EncryptError`]: the key is unknown, the secret is too long, or there are no random bytes.
    pub fn encrypt_secret(
        &self,
        key: impl Into<KeyRef<'c, S>>,
        secret: &SecretBytes,
    ) -> Result<EncString, EncryptError> {
        self.encrypt_secret_as(key.into(), ContentType::Utf8Padded, secret)
    }

    /// Encrypts bytes in secret memory: at most 4,000. Whoever decrypts them finds bytes.
    ///
    /// # Errors
    /// As [`encrypt_secret`](Self::encrypt_secret).
    pub fn encrypt_secret_bytes(
        &self,
        key: impl Into<KeyRef<'c, S>>,
        secret: &SecretBytes,
    ) -> Result<EncString, EncryptError> {
        self.encrypt_secret_as(key.into(), ContentType::Octets, secret)
    }

    fn encrypt_secret_as(
        &self,
        key: KeyRef<'c, S>,
        content: ContentType,
        secret: &SecretBytes,
    ) -> Result<EncString, EncryptError> {
        self.reach().using(key, |memory, key| format::encrypt_secret(memory, key, content, secret))
    }

    /// Decrypts text or bytes into secret memory, where [`decrypt_text`](Self::decrypt_text) hands them out.
    ///
    /// # Errors
    /// [`DecryptError`]: the key is unknown or does not open it; they are more than [`SecretBytes::MAX`] bytes, or there is
    /// no room.
    pub fn decrypt_secret(&self, key: impl Into<KeyRef<'c, S>>, text: &EncString) -> Result<SecretBytes, DecryptError> {
        self.reach().making_by(key.into(), |memory, key| format::decrypt_secret(memory, key, text))
    }
}
