//! Rotation: a new key in the place of an old one, and everything that lay under the old one under the new one.
//!
//! All or nothing: it stops at the first thing that cannot be moved, and the transaction around it leaves the store as it
//! was.
//!
//! ```
//! use strongroom::{EncString, Error, KeyStore, Policy};
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! # fn save(_: &EncString, _: &[EncString]) -> Result<(), Error> { Ok(()) }
//! # let store = KeyStore::<Keys>::open(Policy::best_available())?;
//! # let password = store.secret_text("correct horse")?;
//! # let kdf = strongroom::Kdf::pbkdf2(5_000)?;
//! # let item_keys: Vec<EncString> = store.transaction(|tx| {
//! #     let (user, item) = (tx.generate()?, tx.generate()?);
//! #     tx.name(Key::User, user)?;
//! #     Ok::<_, Error>(vec![tx.wrap(user, item)?])
//! # })?;
//! store.transaction(|tx| {
//!     let rotation = tx.rotate(Key::User, &item_keys)?; // an item key that does not open ends it here
//!     let master = tx.derive_from_password(&password, &kdf, b"ada@example.com")?;
//!     let wrapped = tx.wrap(master, rotation.key)?;
//!     save(&wrapped, &rotation.wrapped) // if this fails, the old key stays
//! })?;
//! # Ok::<(), Error>(())
//! ```

use crate::error::{Error, ItemError};
use crate::format::enc_string::EncString;
use crate::id::{KeyRef, LocalKey};
use crate::kind::KeySet;
use crate::kind::Symmetric;
use crate::store::{Context, Transaction};
use crate::traits::{Decryptable, Encryptable};

/// What [`Transaction::rotate`] made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rotation<'c> {
    /// The new key. It has the name already; as a local key it can be wrapped for who should have it.
    pub key: LocalKey<'c>,
    /// The keys that the old key wrapped, wrapped by the new one; in order.
    pub wrapped: Vec<EncString>,
}

impl<'c, S: KeySet> Context<'c, S> {
    /// Moves wrapped symmetric keys from one wrapping key to another, in parallel.
    ///
    /// # Errors
    /// [`ItemError`]: the first that cannot be moved, and why: [`Error::Unwrap`], [`Error::Wrap`].
    pub fn rewrap_list(
        &self,
        from: impl Into<KeyRef<'c, S>>,
        to: impl Into<KeyRef<'c, S>>,
        wrapped: &[EncString],
    ) -> Result<Vec<EncString>, ItemError<Error>> {
        let (from, to) = (from.into(), to.into());
        self.try_map_list(wrapped, |child, parent, wrapped| {
            let key = child.unwrap::<Symmetric>(parent.lend_ref(from), wrapped)?;
            Ok(child.wrap(parent.lend_ref(to), key)?)
        })
    }

    /// Decrypts each thing with one key and encrypts it again with another, in parallel. What was decrypted is dropped at
    /// once.
    ///
    /// # Errors
    /// [`ItemError`]: the first that cannot be moved, and why.
    pub fn reencrypt_list<T, E>(
        &self,
        from: impl Into<KeyRef<'c, S>>,
        to: impl Into<KeyRef<'c, S>>,
        things: &[T],
    ) -> Result<Vec<T>, ItemError<E>>
    where
        T: Decryptable<S, Plain: Encryptable<S, Sealed = T, Error = E>, Error = E> + Send + Sync,
        E: Send,
    {
        let (from, to) = (from.into(), to.into());
        self.try_map_list(things, |child, parent, thing| {
            let plain = thing.decrypt(child, parent.lend_ref(from))?;
            plain.encrypt(child, parent.lend_ref(to))
        })
    }
}

impl<'c, S: KeySet> Transaction<'c, S> {
    /// Makes a new key in the place of `id`, and moves the keys that the old one wrapped under it, in parallel. Contents
    /// that lay under the old key itself are moved by [`reencrypt_list`](Context::reencrypt_list), before.
    ///
    /// # Errors
    /// [`Error::Item`]: one of them cannot be moved, and why. [`Error::UnknownKey`], [`Error::Generate`].
    pub fn rotate(&mut self, id: S::Symmetric, wrapped: &[EncString]) -> Result<Rotation<'c>, Error> {
        self.demand(id)?;
        let key = self.generate()?;
        let wrapped = self.rewrap_list(id, key, wrapped)?;
        self.name(id, key)?;
        Ok(Rotation { key, wrapped })
    }
}
