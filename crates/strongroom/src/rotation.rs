//! Rotation: a new key in the place of an old one, and everything that lay under the old one under the new one.
//!
//! Keys of all kinds move in one transaction, as a [list](crate::list): in parallel, on the caller's own pool of threads if
//! the call is made inside
//! [`rayon::ThreadPool::install`](https://docs.rs/rayon/latest/rayon/struct.ThreadPool.html#method.install). All or
//! nothing: it stops at the first thing that cannot be moved, says which it is, and the transaction around it leaves the
//! store as it was.
//!
//! ```
//! use strongroom::{EncString, Error, KeyStore, KeyUses, algorithms::AsymmetricAlgorithm, rotation::WrappedKey};
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! # fn save(_: &EncString, _: &[WrappedKey]) -> Result<(), Error> { Ok(()) }
//! # let store = KeyStore::<Keys>::open()?;
//! # let password = store.secret_text("correct horse")?;
//! # let kdf = strongroom::Kdf::pbkdf2(5_000)?;
//! # let (item, signing) = store.transaction(|tx| {
//! #     let (user, item) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate(KeyUses::CONTENTS_AND_KEYS)?);
//! #     let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
//! #     tx.insert(Key::User, user)?;
//! #     Ok((tx.wrap_key(user, item)?, tx.wrap_key(user, signing)?))
//! # })?;
//! let keys = [WrappedKey::Symmetric(item), WrappedKey::Asymmetric(signing)];
//! store.transaction(|tx| {
//!     let rotation = tx.rotate(Key::User, &keys)?; // a key that does not open ends it here
//!     let master = tx.derive_from_password(&password, &kdf, b"ada@example.com", KeyUses::KEYS)?;
//!     let wrapped = tx.wrap_key(master, rotation.key)?;
//!     save(&wrapped, &rotation.wrapped) // if this fails, the old key stays
//! })?;
//! # Ok::<(), Error>(())
//! ```

use secrecy::ExposeSecret;

use crate::error::{Error, ItemError};
use crate::format::enc_string::EncString;
use crate::format::sealed::{Contents, Sealed};
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Kind, Symmetric};
use crate::list::Lists;
use crate::name::{KeyName, KeySet};
use crate::store::{Context, Inspect, Key, OfContext, Transaction};
use crate::traits::{Decryptable, Encryptable};

/// A wrapped key and its kind, which its text does not tell.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WrappedKey {
    /// Of a symmetric key.
    Symmetric(EncString),
    /// Of an asymmetric key.
    Asymmetric(EncString),
}

impl WrappedKey {
    /// Its text.
    #[must_use]
    pub fn as_enc_string(&self) -> &EncString {
        match self {
            Self::Symmetric(text) | Self::Asymmetric(text) => text,
        }
    }
}

impl From<WrappedKey> for EncString {
    fn from(key: WrappedKey) -> Self {
        match key {
            WrappedKey::Symmetric(text) | WrappedKey::Asymmetric(text) => text,
        }
    }
}

/// Lies under a key, and can be moved under another without being seen: a [`WrappedKey`], an [`EncString`] that holds a
/// symmetric key, or a program's own record.
///
/// ```
/// use strongroom::{Context, EncString, Error, Key, Sealed, names::KeySet, rotation::Rewrap};
///
/// struct Item { key: Option<EncString>, name: Sealed<String> }
///
/// impl<S: KeySet> Rewrap<S> for Item {
///     type Error = Error;
///
///     fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
///         Ok(match &self.key {
///             // Its contents lie under its own key, and stay.
///             Some(key) => Item { key: Some(key.rewrap(ctx, from, to)?), name: self.name.clone() },
///             None => Item { key: None, name: self.name.rewrap(ctx, from, to)? },
///         })
///     }
/// }
/// ```
pub trait Rewrap<S: KeySet>: Sized {
    /// Why it was not moved.
    type Error: From<Error>;

    /// Returns it under `to` instead of `from`.
    ///
    /// # Errors
    /// What does not open under `from`, or cannot be put under `to`.
    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Self::Error>;
}

fn rewrap<'c, S: KeySet, K: Kind>(
    ctx: &Context<'c, S>,
    from: Key<'c>,
    to: Key<'c>,
    wrapped: &EncString,
) -> Result<EncString, Error> {
    let key = ctx.unwrap_key::<K>(from, wrapped, KeyUses::NONE)?;
    ctx.wrap_key(to, key)
}

impl<S: KeySet> Rewrap<S> for WrappedKey {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        Ok(match self {
            Self::Symmetric(text) => Self::Symmetric(rewrap::<S, Symmetric>(ctx, from, to, text)?),
            Self::Asymmetric(text) => Self::Asymmetric(rewrap::<S, Asymmetric>(ctx, from, to, text)?),
        })
    }
}

/// Of a symmetric key.
impl<S: KeySet> Rewrap<S> for EncString {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        rewrap::<S, Symmetric>(ctx, from, to, self)
    }
}

/// Contents: decrypted, and encrypted again. What was decrypted is erased at once.
impl<S: KeySet, T: Contents> Rewrap<S> for Sealed<T> {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        let plain = ctx.decrypt_bytes(from, self.as_enc_string())?;
        ctx.encrypt_as(to, T::CONTENT, plain.expose_secret()).map(Self::new)
    }
}

/// What [`Transaction::rotate`] made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rotation<'c, W = EncString> {
    /// The new key. It has the name already; as a local key it can be wrapped for who should have it.
    pub key: Key<'c>,
    /// What lay under the old key, under the new one; in order.
    pub wrapped: Vec<W>,
}

impl<'c, S: KeySet> Transaction<'c, S> {
    /// Makes a new key of the same algorithm and for the same uses in the place of `name`, and moves what lay under the old
    /// one under it, in parallel. Things of another type are moved by [`rewrap_list`](crate::rotation::MoveLists::rewrap_list), or
    /// before by [`rotate_to`](Self::rotate_to), in the same transaction.
    ///
    /// # Errors
    /// [`ErrorKind::Item`](crate::ErrorKind::Item): one of them cannot be moved, and why. The key is unknown; there is no room,
    /// or there are no random bytes.
    pub fn rotate<W>(&mut self, name: impl KeyName<S, Symmetric>, wrapped: &[W]) -> Result<Rotation<'c, W>, W::Error>
    where
        W: Rewrap<S> + Send + Sync,
        W::Error: From<Error> + From<ItemError<W::Error>> + Send,
    {
        let key = self.generate_like(self.key_by(&name)?)?;
        let wrapped = self.rotate_to(name, key, wrapped)?;
        Ok(Rotation { key, wrapped })
    }

    /// As [`rotate`](Self::rotate), with a key that is there already: one of another algorithm, or one that others have.
    ///
    /// # Errors
    /// [`ErrorKind::Item`](crate::ErrorKind::Item): one of them cannot be moved, and why. The key is unknown.
    pub fn rotate_to<W>(
        &mut self,
        name: impl KeyName<S, Symmetric>,
        key: Key<'c>,
        wrapped: &[W],
    ) -> Result<Vec<W>, W::Error>
    where
        W: Rewrap<S> + Send + Sync,
        W::Error: From<Error> + From<ItemError<W::Error>> + Send,
    {
        let from = self.key_by(&name)?;
        let wrapped =
            self.try_map_list(wrapped, |child, parent, one| one.rewrap(child, parent.lend(from), parent.lend(key)))?;
        self.replace(name, key)?;
        Ok(wrapped)
    }

    /// Makes a new key of the same algorithm and for the same uses as a named one.
    fn generate_like(&self, key: Key<'c>) -> Result<Key<'c>, Error> {
        self.generate_with(self.facts::<Symmetric>(key)?.algorithm(), self.uses(key)?)
    }
}

/// Moves lists from under one key to under another, in parallel.
///
/// For a [`Context`] and a [`Transaction`]. Sealed.
pub trait MoveLists<'c, S: KeySet>: OfContext {
    /// Moves wrapped keys, of any kinds, from one wrapping key to another; in parallel, results in order.
    fn rewrap_list<W: Rewrap<S, Error: Send> + Send + Sync>(
        &self,
        from: Key<'c>,
        to: Key<'c>,
        wrapped: &[W],
    ) -> Vec<Result<W, W::Error>>;

    /// Decrypts each thing with one key and encrypts it again with another; in parallel, results in order. What was
    /// decrypted is dropped at once.
    fn reencrypt_list<T, E>(&self, from: Key<'c>, to: Key<'c>, things: &[T]) -> Vec<Result<T, E>>
    where
        T: Decryptable<S, Plain: Encryptable<S, Sealed = T, Error = E>, Error = E> + Send + Sync,
        E: Send;
}

impl<'c, S: KeySet> MoveLists<'c, S> for Context<'c, S> {
    fn rewrap_list<W: Rewrap<S, Error: Send> + Send + Sync>(
        &self,
        from: Key<'c>,
        to: Key<'c>,
        wrapped: &[W],
    ) -> Vec<Result<W, W::Error>> {
        self.map_list(wrapped, |child, parent, one| one.rewrap(child, parent.lend(from), parent.lend(to)))
    }

    fn reencrypt_list<T, E>(&self, from: Key<'c>, to: Key<'c>, things: &[T]) -> Vec<Result<T, E>>
    where
        T: Decryptable<S, Plain: Encryptable<S, Sealed = T, Error = E>, Error = E> + Send + Sync,
        E: Send,
    {
        self.map_list(things, |child, parent, thing| {
            thing.decrypt(child, parent.lend(from))?.encrypt(child, parent.lend(to))
        })
    }
}
