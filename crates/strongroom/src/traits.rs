//! How a program's own types are encrypted and decrypted.

use crate::error::Error;
use crate::format::enc_string::EncString;
use crate::format::external::External;
use crate::format::sealed::{Contents, Sealed};
use crate::kind::Symmetric;
use crate::name::{KeyName, KeySet};
use crate::plaintext::Plaintext;
use crate::store::{Context, Key, KeyStore};

/// Names the key that a thing needs.
///
/// The name often follows from a part of a record that is not encrypted, such as the id of an organisation. Whoever
/// writes the record then chooses the key. To read that does no harm, as another key opens nothing. Before a program
/// writes a record anew, it has to know itself whose the record is.
pub trait UsesKey {
    /// A [`KeyName`] of a symmetric key.
    type Name;

    /// Returns the name of the key that this thing is encrypted with, or that wraps its own.
    fn uses_key(&self) -> Self::Name;
}

/// Can be encrypted with the keys of the set `S`.
///
/// The counterpart of [`Decryptable`]: what `encrypt` gives, `decrypt` with the same key turns back into an equal
/// value, and with another key into an error. The crate `strongroom-contract` checks that in the tests of a program.
pub trait Encryptable<S: KeySet> {
    /// The encrypted form.
    type Sealed;
    /// Why it could not be encrypted: [`Error`], or an error of one's own.
    type Error: From<Error>;

    /// Encrypts with `key`, or with a key of its own that `key` wraps.
    ///
    /// # Errors
    /// What the type says.
    fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Sealed, Self::Error>;
}

/// Can be decrypted with the keys of the set `S`.
///
/// # Example
/// An item that may have a key of its own, wrapped by its owner's:
///
/// ```
/// use strongroom::{Context, Decryptable, EncString, Encryptable, Error, Key, KeyStore, KeyUses, Sealed, Symmetric,
///     UsesKey};
///
/// strongroom::key_ids! {
///     enum VaultKeys;
///     symmetric VaultKey { User, Organization(u128) }
/// }
///
/// struct Item { organization: Option<u128>, name: String, note: Option<String> }
/// struct SealedItem {
///     organization: Option<u128>,
///     key: Option<EncString>,
///     name: Sealed<String>,
///     note: Option<Sealed<String>>,
/// }
///
/// fn owner(organization: Option<u128>) -> VaultKey {
///     organization.map_or(VaultKey::User, VaultKey::Organization)
/// }
/// impl UsesKey for Item {
///     type Name = VaultKey;
///     fn uses_key(&self) -> VaultKey { owner(self.organization) }
/// }
/// impl UsesKey for SealedItem {
///     type Name = VaultKey;
///     fn uses_key(&self) -> VaultKey { owner(self.organization) }
/// }
///
/// impl Encryptable<VaultKeys> for Item {
///     type Sealed = SealedItem;
///     type Error = Error;
///     fn encrypt<'c>(&self, ctx: &Context<'c, VaultKeys>, owner: Key<'c>) -> Result<SealedItem, Error> {
///         let own = ctx.generate(KeyUses::CONTENTS)?;
///         Ok(SealedItem {
///             organization: self.organization,
///             key: Some(ctx.wrap_key(owner, own)?),
///             name: self.name.encrypt(ctx, own)?,
///             note: self.note.encrypt(ctx, own)?,
///         })
///     }
/// }
///
/// impl Decryptable<VaultKeys> for SealedItem {
///     type Plain = Item;
///     type Error = Error;
///     fn decrypt<'c>(&self, ctx: &Context<'c, VaultKeys>, owner: Key<'c>) -> Result<Item, Error> {
///         let key = match &self.key {
///             Some(wrapped) => ctx.unwrap_key::<Symmetric>(owner, wrapped, KeyUses::CONTENTS)?,
///             None => owner,
///         };
///         Ok(Item {
///             organization: self.organization,
///             name: self.name.decrypt(ctx, key)?,
///             note: self.note.decrypt(ctx, key)?,
///         })
///     }
/// }
///
/// let store = KeyStore::<VaultKeys>::open()?;
/// store.transaction(|tx| {
///     let user = tx.generate(KeyUses::CONTENTS_AND_KEYS)?;
///     tx.insert(VaultKey::User, user)
/// })?;
///
/// let item = Item { organization: None, name: "Bank".into(), note: Some("ask for Ada".into()) };
/// let sealed = store.encrypt(&item)?;
/// let opened = store.decrypt(&sealed)?;
/// assert_eq!((opened.name, opened.note), (item.name, item.note));
///
/// // An item of an organisation whose key the store does not hold stays closed, and says which key it needs.
/// let foreign = SealedItem { organization: Some(7), ..sealed };
/// let error = store.decrypt(&foreign).err().expect("no such key");
/// assert_eq!(error.to_string(), "the store holds no key Organization(7) (find)");
/// # Ok::<(), Error>(())
/// ```
pub trait Decryptable<S: KeySet> {
    /// The decrypted form.
    type Plain;
    /// Why it could not be decrypted: [`Error`], or an error of one's own.
    type Error: From<Error>;

    /// Decrypts with `key`, or with a key of its own that `key` wraps.
    ///
    /// # Errors
    /// What the type says.
    fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Plain, Self::Error>;
}

impl<'c, S: KeySet> Context<'c, S> {
    /// Encrypts a value: text, bytes, or a thing of the program's own.
    ///
    /// # Errors
    /// What the thing says.
    pub fn encrypt<T: Encryptable<S> + ?Sized>(&self, key: Key<'c>, thing: &T) -> Result<T::Sealed, T::Error> {
        thing.encrypt(self, key)
    }

    /// Decrypts a value: what [`encrypt`](Self::encrypt) returned.
    ///
    /// # Errors
    /// What the thing says.
    pub fn decrypt<T: Decryptable<S> + ?Sized>(&self, key: Key<'c>, thing: &T) -> Result<T::Plain, T::Error> {
        thing.decrypt(self, key)
    }
}

impl<S: KeySet> KeyStore<S> {
    /// Encrypts one thing with the key that it names, in a context of its own.
    ///
    /// # Errors
    /// What the thing says.
    pub fn encrypt<T>(&self, thing: &T) -> Result<T::Sealed, T::Error>
    where
        T: Encryptable<S> + UsesKey<Name: KeyName<S, Symmetric>> + ?Sized,
    {
        self.try_context(|ctx| thing.encrypt(ctx, ctx.key(thing.uses_key())?))
    }

    /// Decrypts one thing with the key that it names, in a context of its own.
    ///
    /// # Errors
    /// What the thing says.
    pub fn decrypt<T>(&self, thing: &T) -> Result<T::Plain, T::Error>
    where
        T: Decryptable<S> + UsesKey<Name: KeyName<S, Symmetric>> + ?Sized,
    {
        self.try_context(|ctx| thing.decrypt(ctx, ctx.key(thing.uses_key())?))
    }
}

/// A box is what lies in it. `Option` and `Vec` name no key, because nothing and an empty list have none: for these
/// there are [`encrypt_list`](crate::list::Lists::encrypt_list) with a key, and [`KeyStore::encrypt_list`] with each
/// thing's own.
impl<T: UsesKey + ?Sized> UsesKey for Box<T> {
    type Name = T::Name;

    fn uses_key(&self) -> T::Name {
        (**self).uses_key()
    }
}

/// A box stays a box.
impl<S: KeySet, T: Encryptable<S> + ?Sized> Encryptable<S> for Box<T> {
    type Sealed = Box<T::Sealed>;
    type Error = T::Error;

    fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Sealed, T::Error> {
        (**self).encrypt(ctx, key).map(Box::new)
    }
}

/// A box stays a box.
impl<S: KeySet, T: Decryptable<S> + ?Sized> Decryptable<S> for Box<T> {
    type Plain = Box<T::Plain>;
    type Error = T::Error;

    fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Plain, T::Error> {
        (**self).decrypt(ctx, key).map(Box::new)
    }
}

/// Nothing stays nothing.
impl<S: KeySet, T: Encryptable<S>> Encryptable<S> for Option<T> {
    type Sealed = Option<T::Sealed>;
    type Error = T::Error;

    fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Sealed, T::Error> {
        self.as_ref().map(|thing| thing.encrypt(ctx, key)).transpose()
    }
}

/// All, or the first error.
impl<S: KeySet, T: Encryptable<S>> Encryptable<S> for Vec<T> {
    type Sealed = Vec<T::Sealed>;
    type Error = T::Error;

    fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Sealed, T::Error> {
        self.iter().map(|thing| thing.encrypt(ctx, key)).collect()
    }
}

/// Nothing stays nothing.
impl<S: KeySet, T: Decryptable<S>> Decryptable<S> for Option<T> {
    type Plain = Option<T::Plain>;
    type Error = T::Error;

    fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Plain, T::Error> {
        self.as_ref().map(|thing| thing.decrypt(ctx, key)).transpose()
    }
}

/// All, or the first error.
impl<S: KeySet, T: Decryptable<S>> Decryptable<S> for Vec<T> {
    type Plain = Vec<T::Plain>;
    type Error = T::Error;

    fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Plain, T::Error> {
        self.iter().map(|thing| thing.decrypt(ctx, key)).collect()
    }
}

macro_rules! encryptable {
    ($($contents:ty)*) => { $(
        impl<S: KeySet> Encryptable<S> for $contents {
            type Sealed = Sealed<$contents>;
            type Error = Error;

            fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Sealed, Error> {
                ctx.encrypt_contents(key, self).map(Sealed::new)
            }
        }
    )* };
}
encryptable!(String Plaintext Plaintext<[u8]>);

impl<S: KeySet> Encryptable<S> for str {
    type Sealed = Sealed<String>;
    type Error = Error;

    fn encrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Self::Sealed, Error> {
        ctx.encrypt_text(key, self).map(Sealed::new)
    }
}

impl<S: KeySet, T: Contents> Decryptable<S> for Sealed<T> {
    type Plain = T;
    type Error = Error;

    fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<T, Error> {
        ctx.decrypt_contents(key, self.as_enc_string(), &External::NONE)
    }
}

/// To text.
impl<S: KeySet> Decryptable<S> for EncString {
    type Plain = Plaintext;
    type Error = Error;

    fn decrypt<'c>(&self, ctx: &Context<'c, S>, key: Key<'c>) -> Result<Plaintext, Error> {
        ctx.decrypt_text(key, self)
    }
}
