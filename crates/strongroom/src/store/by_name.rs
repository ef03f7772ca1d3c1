//! Calls that look a key up by its name and use it at once.

use super::handle::KeyStore;
use crate::error::Error;
use crate::format::enc_string::EncString;
use crate::key::uses::KeyUses;
use crate::kind::Symmetric;
use crate::name::{KeyName, KeySet};
use crate::plaintext::Plaintext;

/// One key, one thing. Each call is a [`context`](KeyStore::context) or a [`transaction`](KeyStore::transaction) of its own.
/// What belongs together is done in one of these: it sees the keys of one moment, or changes all or none.
impl<S: KeySet> KeyStore<S> {
    /// Makes a new symmetric key of XChaCha20-Poly1305 for contents, and gives it this name.
    ///
    /// The key exists in this store alone. A program that wants it again later [wraps](crate::Context::wrap_key) it, which
    /// needs a [transaction](KeyStore::transaction).
    ///
    /// ```
    /// use strongroom::{Error, ErrorKind, KeyStore};
    ///
    /// let store = KeyStore::open()?;
    /// store.generate("notes")?;
    /// assert_eq!(store.generate("notes").unwrap_err(), ErrorKind::NameTaken);
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken): the store holds a key of this name. There is no room for
    /// another, or there are no random bytes.
    pub fn generate(&self, name: impl KeyName<S, Symmetric>) -> Result<(), Error> {
        self.transaction(|tx| {
            let key = tx.generate(KeyUses::CONTENTS)?;
            tx.insert(name, key)
        })
    }

    /// Removes a named key. It is erased when the last context that sees it has ended.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey): the store holds no key of this name.
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked): it is locked.
    pub fn remove(&self, name: impl Into<S>) -> Result<(), Error> {
        self.transaction(|tx| tx.remove(name))
    }

    /// Returns whether there is a key of this name, and the store is not locked.
    #[must_use]
    pub fn contains(&self, name: impl Into<S>) -> bool {
        self.try_context(|ctx| ctx.contains(name))
    }

    /// Encrypts text with the key of this name.
    ///
    /// ```
    /// # use strongroom::{EncString, Error, ExposeSecret, KeyStore};
    /// # let store = KeyStore::open()?;
    /// # store.generate("notes")?;
    /// let sealed: String = store.encrypt_text("notes", "milk")?.to_string();
    /// let read: EncString = sealed.parse()?;
    /// assert_eq!(store.decrypt_text("notes", &read)?.expose_secret(), "milk");
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey): the store holds no key of this name.
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked): it is locked.
    /// [`ErrorKind::NotPermitted`](crate::ErrorKind::NotPermitted): the key is not for contents. There is no memory, or there
    /// are no random bytes.
    pub fn encrypt_text(&self, name: impl KeyName<S, Symmetric>, text: &str) -> Result<EncString, Error> {
        self.try_context(|ctx| ctx.encrypt_text(ctx.key(name)?, text))
    }

    /// Decrypts text with the key of this name. It is the caller's then: in ordinary memory, erased when dropped, not shown by
    /// `Debug`.
    ///
    /// # Errors
    /// As [`encrypt_text`](Self::encrypt_text). [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey): it was encrypted with
    /// another key, or was changed.
    pub fn decrypt_text(&self, name: impl KeyName<S, Symmetric>, text: &EncString) -> Result<Plaintext, Error> {
        self.try_context(|ctx| ctx.decrypt_text(ctx.key(name)?, text))
    }

    /// Encrypts bytes with the key of this name.
    ///
    /// # Errors
    /// As [`encrypt_text`](Self::encrypt_text).
    pub fn encrypt_bytes(&self, name: impl KeyName<S, Symmetric>, bytes: &[u8]) -> Result<EncString, Error> {
        self.try_context(|ctx| ctx.encrypt_bytes(ctx.key(name)?, bytes))
    }

    /// Decrypts bytes with the key of this name. They are the caller's then, as of [`decrypt_text`](Self::decrypt_text).
    ///
    /// # Errors
    /// As [`decrypt_text`](Self::decrypt_text).
    pub fn decrypt_bytes(&self, name: impl KeyName<S, Symmetric>, text: &EncString) -> Result<Plaintext<[u8]>, Error> {
        self.try_context(|ctx| ctx.decrypt_bytes(ctx.key(name)?, text))
    }
}
