//! Calls that look a key up by its name and use it at once.

use super::handle::KeyStore;
use crate::error::{Error, ErrorKind, Operation};
use crate::format::enc_string::EncString;
use crate::key::uses::KeyUses;
use crate::kind::Symmetric;
use crate::name::{KeyName, KeySet};
use crate::plaintext::Plaintext;

/// Uses one key for one thing. Each call is a [`context`](KeyStore::context) or a
/// [`transaction`](KeyStore::transaction) of its own. Use one of these for calls that belong together: a context sees
/// the keys of one moment, and a transaction changes all names or none.
impl<S: KeySet> KeyStore<S> {
    /// Makes a new symmetric key of XChaCha20-Poly1305 for contents, and gives it this name.
    ///
    /// The key exists in this store alone. To have it again later, [wrap](crate::Context::wrap_key) it in a
    /// [transaction](KeyStore::transaction).
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
    /// - [`ErrorKind::NameTaken`](crate::ErrorKind::NameTaken): the store holds a key of this name.
    /// - [`ErrorKind::Conflict`](crate::ErrorKind::Conflict): another transaction gave this name to a key meanwhile.
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked. A [transaction](KeyStore::transaction)
    ///   unlocks it.
    /// - [`ErrorKind::NoRandom`](crate::ErrorKind::NoRandom): the system gives no random bytes.
    /// - [`ErrorKind::Refused`](crate::ErrorKind::Refused), [`ErrorKind::Limit`](crate::ErrorKind::Limit): there is no
    ///   room for another key.
    /// - [`ErrorKind::ForkedChild`](crate::ErrorKind::ForkedChild): this process was forked from the one that opened
    ///   the store.
    pub fn generate(&self, name: impl KeyName<S, Symmetric>) -> Result<(), Error> {
        self.transaction(|tx| {
            // A call that says nothing of unlocking does not undo a lock.
            if tx.unlocks() {
                return Err(Error::of(Operation::Generate, ErrorKind::Locked));
            }
            let key = tx.generate(KeyUses::CONTENTS)?;
            tx.insert(name, key)
        })
    }

    /// Removes a named key. The key is erased when the last context that sees it has ended.
    ///
    /// # Errors
    /// - [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey): the store holds no key of this name. A locked store
    ///   holds none.
    /// - [`ErrorKind::Conflict`](crate::ErrorKind::Conflict): another transaction changed this name meanwhile.
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store was locked meanwhile.
    pub fn remove(&self, name: impl Into<S>) -> Result<(), Error> {
        self.transaction(|tx| tx.remove(name))
    }

    /// Returns true if the store holds a key of this name and is not locked.
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
    /// - [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey): the store holds no key of this name.
    /// - [`ErrorKind::OtherKind`](crate::ErrorKind::OtherKind): the key of this name is not symmetric.
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    /// - [`ErrorKind::NotPermitted`](crate::ErrorKind::NotPermitted): the key is not for contents.
    /// - [`ErrorKind::NoRandom`](crate::ErrorKind::NoRandom): the system gives no random bytes.
    /// - [`ErrorKind::Refused`](crate::ErrorKind::Refused), [`ErrorKind::Limit`](crate::ErrorKind::Limit): there is no
    ///   memory for the operation or its result.
    /// - [`ErrorKind::ForkedChild`](crate::ErrorKind::ForkedChild): this process was forked from the one that opened
    ///   the store.
    pub fn encrypt_text(&self, name: impl KeyName<S, Symmetric>, text: &str) -> Result<EncString, Error> {
        self.try_context(|ctx| ctx.encrypt_text(ctx.key(name)?, text))
    }

    /// Decrypts text with the key of this name. The result is the caller's: it is in ordinary memory, is erased when
    /// dropped, and is not shown by `Debug`.
    ///
    /// # Errors
    /// - [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey),
    ///   [`ErrorKind::OtherKind`](crate::ErrorKind::OtherKind), [`ErrorKind::Locked`](crate::ErrorKind::Locked),
    ///   [`ErrorKind::NotPermitted`](crate::ErrorKind::NotPermitted),
    ///   [`ErrorKind::Refused`](crate::ErrorKind::Refused), [`ErrorKind::Limit`](crate::ErrorKind::Limit),
    ///   [`ErrorKind::ForkedChild`](crate::ErrorKind::ForkedChild): as for [`encrypt_text`](Self::encrypt_text).
    /// - [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey): another key encrypted the text, or the text was changed.
    /// - [`ErrorKind::Malformed`](crate::ErrorKind::Malformed): it holds a key, its contents are not UTF-8, or it is
    ///   not a COSE_Encrypt0 that can be read.
    /// - [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported): it is of a type that is not opened as contents.
    pub fn decrypt_text(&self, name: impl KeyName<S, Symmetric>, text: &EncString) -> Result<Plaintext, Error> {
        self.try_context(|ctx| ctx.decrypt_text(ctx.key(name)?, text))
    }

    /// Encrypts bytes with the key of this name.
    ///
    /// # Errors
    /// As for [`encrypt_text`](Self::encrypt_text).
    pub fn encrypt_bytes(&self, name: impl KeyName<S, Symmetric>, bytes: &[u8]) -> Result<EncString, Error> {
        self.try_context(|ctx| ctx.encrypt_bytes(ctx.key(name)?, bytes))
    }

    /// Decrypts bytes with the key of this name. The result is the caller's, as for
    /// [`decrypt_text`](Self::decrypt_text).
    ///
    /// # Errors
    /// As for [`decrypt_text`](Self::decrypt_text). Contents that are not UTF-8 are no error.
    pub fn decrypt_bytes(&self, name: impl KeyName<S, Symmetric>, text: &EncString) -> Result<Plaintext<[u8]>, Error> {
        self.try_context(|ctx| ctx.decrypt_bytes(ctx.key(name)?, text))
    }
}
