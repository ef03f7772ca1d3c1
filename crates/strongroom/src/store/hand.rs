//! What the rooms above do with keys and secrets by operations of their own.

use strongroom_memory::{MemoryError, SecretBytes, SecretMemory};

use super::context::Context;
use crate::error::{DecryptError, EncryptError, LacksRoom, Locked, UnknownKey};
use crate::format;
use crate::format::enc_string::EncString;
use crate::id::{KeyRef, LocalKey};
use crate::kind::{KeySet, Kind};
use crate::labels::ContentType;
use crate::operation::Boxed;

impl<'c, S: KeySet> Context<'c, S> {
    /// Returns the memory that the keys are in.
    pub(crate) fn memory(&self) -> &SecretMemory {
        self.reach().memory()
    }

    /// Makes a secret that is no key of the store, by one primitive operation.
    pub(crate) fn make_secret<R, E: From<Locked> + LacksRoom>(
        &self,
        make: impl FnMut(&SecretMemory) -> Result<R, E>,
    ) -> Result<R, E> {
        self.reach().making(make)
    }

    /// Makes a local key by one primitive operation.
    pub(crate) fn make_key<K: Kind, E: From<Locked> + LacksRoom>(
        &mut self,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, E>,
    ) -> Result<LocalKey<'c, K>, E> {
        self.reach_mut().make::<K, E>(make).map(LocalKey::new)
    }

    /// Encrypts a secret, such as a PIN, that lies in secret memory: at most 4,000 bytes. It is text to who decrypts it.
    ///
    /// # Errors
    /// [`EncryptError`]: the key is unknown, the secret too long, or there are no random bytes.
    pub fn encrypt_secret(
        &self,
        key: impl Into<KeyRef<'c, S>>,
        secret: &SecretBytes,
    ) -> Result<EncString, EncryptError> {
        self.encrypt_secret_as(key.into(), ContentType::Utf8Padded, secret)
    }

    pub(crate) fn encrypt_secret_as(
        &self,
        key: KeyRef<'c, S>,
        content: ContentType,
        secret: &SecretBytes,
    ) -> Result<EncString, EncryptError> {
        self.use_key(key, |memory, key| format::encrypt_secret(memory, key, content, secret))
    }

    /// Decrypts text or bytes into secret memory, where [`decrypt_text`](Self::decrypt_text) hands them out.
    ///
    /// # Errors
    /// [`DecryptError`]: the key is unknown or does not open it; they are more than [`SecretBytes::MAX`] bytes, or there is
    /// no room.
    pub fn decrypt_secret(&self, key: impl Into<KeyRef<'c, S>>, text: &EncString) -> Result<SecretBytes, DecryptError> {
        self.reach().making_by(key.into(), |memory, key| format::decrypt_secret(memory, key, text))
    }

    /// Runs one primitive operation with a key.
    pub(crate) fn use_key<K: Kind, R, E>(
        &self,
        key: KeyRef<'c, S, K>,
        operation: impl FnOnce(&SecretMemory, &Boxed<K>) -> Result<R, E>,
    ) -> Result<R, E>
    where
        E: From<UnknownKey> + From<Locked> + From<MemoryError>,
    {
        self.reach().using(key, operation)
    }

    /// Runs one primitive operation with two keys.
    pub(crate) fn use_keys<K: Kind, R, E>(
        &self,
        first: KeyRef<'c, S, K>,
        second: KeyRef<'c, S, K>,
        operation: impl FnOnce(&SecretMemory, &Boxed<K>, &Boxed<K>) -> Result<R, E>,
    ) -> Result<R, E>
    where
        E: From<UnknownKey> + From<Locked> + From<MemoryError>,
    {
        self.reach().using_both(first, second, operation)
    }
}
