//! Puts a new key in the place of an old one, and moves everything under the old key to under the new one.
//!
//! Keys of both kinds move in one transaction, in parallel, as a [list](crate::list). The call works on the caller's
//! own pool of threads if it is made inside
//! [`rayon::ThreadPool::install`](https://docs.rs/rayon/latest/rayon/struct.ThreadPool.html#method.install). It moves
//! all or nothing. It stops at the first thing that cannot be moved, and says which it is. The transaction around it
//! then leaves the store as it was.
//!
//! ```
//! use strongroom::{EncString, Error, KeyStore, KeyUses, algorithms::AsymmetricAlgorithm, rotation::WrappedKey};
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! # fn save(_: &EncString, _: &[WrappedKey]) -> Result<(), Error> { Ok(()) }
//! # let store = KeyStore::<Keys>::open()?;
//! # let password = store.secret_text("correct horse")?;
//! # let (kdf, salt) = (strongroom::Kdf::argon2id(3, 64, 4)?, strongroom::Salt::random()?);
//! # let (item, signing) = store.transaction(|tx| {
//! #     let (user, item) = (tx.generate(KeyUses::CONTENTS_AND_KEYS)?, tx.generate(KeyUses::CONTENTS_AND_KEYS)?);
//! #     let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
//! #     tx.insert(Key::User, user)?;
//! #     Ok((tx.wrap_key(user, item)?, tx.wrap_key(user, signing)?))
//! # })?;
//! let keys = [WrappedKey::Symmetric(item), WrappedKey::Asymmetric(signing)];
//! store.transaction(|tx| {
//!     let rotation = tx.rotate(Key::User, &keys)?; // a key that does not open ends it here
//!     let master = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?;
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

/// Holds a wrapped key, and tells its kind, which the text does not.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum WrappedKey {
    /// A wrapped symmetric key.
    Symmetric(EncString),
    /// A wrapped asymmetric key.
    Asymmetric(EncString),
}

impl WrappedKey {
    /// Returns its text.
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

/// Can be moved from under one key to under another without being seen: a [`WrappedKey`], an [`EncString`] that holds a
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
    /// Why a thing was not moved.
    type Error: From<Error>;

    /// Returns the thing under `to` instead of `from`.
    ///
    /// # Errors
    /// - It does not open under `from`.
    /// - It cannot be put under `to`.
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

/// Moves a wrapped symmetric key.
impl<S: KeySet> Rewrap<S> for EncString {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        rewrap::<S, Symmetric>(ctx, from, to, self)
    }
}

/// Decrypts contents and encrypts them again. What was decrypted is erased at once.
impl<S: KeySet, T: Contents> Rewrap<S> for Sealed<T> {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        let plain = ctx.decrypt_bytes(from, self.as_enc_string())?;
        ctx.encrypt_as(to, T::CONTENT, plain.expose_secret()).map(Self::new)
    }
}

/// Holds what [`Transaction::rotate`] made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rotation<'c, W = EncString> {
    /// The new key. It has the name already. As a local key it can be wrapped for whoever should have it.
    pub key: Key<'c>,
    /// What was under the old key, now under the new one, in order.
    pub wrapped: Vec<W>,
}

impl<'c, S: KeySet> Transaction<'c, S> {
    /// Makes a new key of the same algorithm and for the same uses in the place of `name`, and moves what was under the
    /// old key to under the new one, in parallel. Things of another type are moved in the same transaction by
    /// [`rewrap_list`](crate::rotation::MoveLists::rewrap_list), or beforehand by [`rotate_to`](Self::rotate_to).
    ///
    /// # Errors
    /// - [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey): the store holds no key of this name.
    /// - [`ErrorKind::OtherKind`](crate::ErrorKind::OtherKind): the key of this name is not symmetric.
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store was locked meanwhile.
    /// - [`ErrorKind::Item`](crate::ErrorKind::Item): one thing cannot be moved. The error says which, and why.
    /// - [`ErrorKind::NoRandom`](crate::ErrorKind::NoRandom): the system gives no random bytes.
    /// - [`ErrorKind::Refused`](crate::ErrorKind::Refused), [`ErrorKind::Limit`](crate::ErrorKind::Limit): there is no
    ///   room for the new key.
    pub fn rotate<W>(&mut self, name: impl KeyName<S, Symmetric>, wrapped: &[W]) -> Result<Rotation<'c, W>, W::Error>
    where
        W: Rewrap<S> + Send + Sync,
        W::Error: From<Error> + From<ItemError<W::Error>> + Send,
    {
        let key = self.generate_like(self.key_by(&name)?)?;
        let wrapped = self.rotate_to(name, key, wrapped)?;
        Ok(Rotation { key, wrapped })
    }

    /// Puts an existing key in the place of `name`, and moves what was under the old key to under it, as
    /// [`rotate`](Self::rotate) does. The key may be of another algorithm, or one that others have.
    ///
    /// # Errors
    /// - [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey): the store holds no key of this name.
    /// - [`ErrorKind::OtherKind`](crate::ErrorKind::OtherKind): the key of this name is not symmetric.
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store was locked meanwhile.
    /// - [`ErrorKind::Item`](crate::ErrorKind::Item): one thing cannot be moved. The error says which, and why.
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
        self.generate_with(self.key_info::<Symmetric>(key)?.algorithm(), self.uses(key)?)
    }
}

/// Moves lists from under one key to under another, in parallel.
///
/// The calls are those of a [`Context`] and a [`Transaction`]. The trait is sealed.
pub trait MoveLists<'c, S: KeySet>: OfContext {
    /// Moves wrapped keys, of any kinds, from one wrapping key to another, in parallel. The results are in order.
    fn rewrap_list<W: Rewrap<S, Error: Send> + Send + Sync>(
        &self,
        from: Key<'c>,
        to: Key<'c>,
        wrapped: &[W],
    ) -> Vec<Result<W, W::Error>>;

    /// Decrypts each thing with one key and encrypts it again with another, in parallel. The results are in order. What
    /// was decrypted is dropped at once.
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
