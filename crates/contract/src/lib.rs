//! Checks, in a program's own tests, that its types keep what [`Encryptable`], [`Decryptable`] and [`UsesKey`] promise.
//!
//! The compiler sees that the types fit. That a field is forgotten on the way, that it leaves unencrypted, or that the
//! sealed form asks for another key than the open one, it does not see; whoever wrote the type finds out when a record
//! does not open any more. These checks find out before:
//!
//! ```
//! use strongroom_contract::{RoundTripError, check_round_trip, check_uses_key};
//! # use strongroom::{Context, Decryptable, Encryptable, Error, KeyStore, KeyUses, Sealed, UsesKey};
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! #[derive(PartialEq)]
//! struct Login { user: String, password: String }
//! struct SealedLogin { user: Sealed<String>, password: Sealed<String> }
//! # impl UsesKey for Login { type Name = Key; fn uses_key(&self) -> Key { Key::User } }
//! # impl UsesKey for SealedLogin { type Name = Key; fn uses_key(&self) -> Key { Key::User } }
//! # impl Encryptable<Keys> for Login {
//! #     type Sealed = SealedLogin;
//! #     type Error = Error;
//! #     fn encrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<SealedLogin, Error> {
//! #         Ok(SealedLogin { user: self.user.encrypt(ctx, key)?, password: self.password.encrypt(ctx, key)? })
//! #     }
//! # }
//!
//! impl Decryptable<Keys> for SealedLogin {
//!     type Plain = Login;
//!     type Error = Error;
//!     fn decrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<Login, Error> {
//!         Ok(Login { user: self.user.decrypt(ctx, key)?, password: self.user.decrypt(ctx, key)? }) // a slip
//!     }
//! }
//!
//! # let store = KeyStore::<Keys>::open()?;
//! # store.transaction(|tx| { let key = tx.generate(KeyUses::CONTENTS_AND_KEYS)?; tx.insert(Key::User, key) })?;
//! let login = Login { user: "ada".into(), password: "1843".into() };
//! assert!(matches!(check_round_trip(&store, &login), Err(RoundTripError::Differs)));
//! check_uses_key(&store, &login).expect("both forms are the user's");
//! # Ok::<(), Error>(())
//! ```
//!
//! A failure names what broke, and shows nothing of the thing: it may be logged.

#![forbid(unsafe_code)]

use strongroom::names::{KeyName, KeySet};
use strongroom::{Context, Decryptable, Encryptable, Error, Key, KeyStore, KeyUses, Symmetric, UsesKey};

/// How a thing broke the contract. `E` and `D` are the errors of its own that encrypting and decrypting give.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RoundTripError<E, D = E> {
    /// There was no key to check with: no fault of the thing's.
    #[error("no key to check with: {0}")]
    NoKey(Error),
    /// It was not encrypted with a key that was made for it.
    #[error("not encrypted: {0}")]
    Encrypt(E),
    /// What it was encrypted to does not open with the same key.
    #[error("encrypted, but does not open with the same key: {0}")]
    Decrypt(D),
    /// What it was encrypted to opens, to something that is not equal.
    #[error("encrypted, but opens to something else")]
    Differs,
    /// What it was encrypted to opens with a key that nobody has used: it is not encrypted, or not authenticated.
    #[error("encrypted, but opens with any key")]
    OpensWithAnyKey,
}

/// In which form a thing names another key than the open form that was given.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Form {
    /// Encrypted.
    Sealed,
    /// Encrypted and decrypted again.
    Opened,
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sealed => "encrypted",
            Self::Opened => "opened again",
        })
    }
}

/// How a thing broke the contract about the key that it names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsesKeyError<I, E, D = E> {
    /// It was not encrypted with the key that it names, which the store should hold.
    #[error("not encrypted with the key that it names: {0}")]
    Encrypt(E),
    /// What it was encrypted to does not open with the key that this names.
    #[error("encrypted, but does not open with the key that it names then: {0}")]
    Decrypt(D),
    /// It names another key in another form, so that it would be looked for in the wrong place.
    #[error("it names {given:?}; {form}, it names {named:?}")]
    NamesAnotherKey {
        /// What the thing that was given names.
        given: I,
        /// In which form it names another.
        form: Form,
        /// Which.
        named: I,
    },
}

/// Checks that `thing`, encrypted with a key, opens with that key to what is equal to it, and with no other key.
///
/// Both keys are made for the check and erased after it; of the store's own keys none is needed, unless the thing asks
/// for one itself. `thing` needs contents: nothing (`None`) and an empty list open with any key, as there is nothing to
/// open. Parts that are meant to stay unencrypted are none of its business.
///
/// # Errors
/// [`RoundTripError`]: what broke.
pub fn check_round_trip<S, T>(store: &KeyStore<S>, thing: &T) -> Result<(), RoundTripFailure<S, T>>
where
    S: KeySet,
    T: Encryptable<S, Sealed: Decryptable<S>> + PartialEq<Opened<S, T>> + ?Sized,
{
    check_round_trip_by(store, thing, |thing, opened| thing == opened)
}

/// As [`check_round_trip`], for things that cannot be compared with `==`, as those that hold a
/// [`Plaintext`](strongroom::Plaintext).
///
/// # Errors
/// [`RoundTripError`]: what broke.
pub fn check_round_trip_by<S, T>(
    store: &KeyStore<S>,
    thing: &T,
    is_same: impl FnOnce(&T, &Opened<S, T>) -> bool,
) -> Result<(), RoundTripFailure<S, T>>
where
    S: KeySet,
    T: Encryptable<S, Sealed: Decryptable<S>> + ?Sized,
{
    store.try_context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS).map_err(RoundTripError::NoKey)?;
        let another = ctx.generate(KeyUses::CONTENTS_AND_KEYS).map_err(RoundTripError::NoKey)?;
        // Each in a context of its own, as in life: what is encrypted today is opened by another run of the program.
        let sealed = ctx.child(|child, parent| thing.encrypt(child, parent.lend(key)));
        let sealed = sealed.map_err(RoundTripError::Encrypt)?;
        let opened = open(ctx, &sealed, key).map_err(RoundTripError::Decrypt)?;
        if !is_same(thing, &opened) {
            return Err(RoundTripError::Differs);
        }
        if open(ctx, &sealed, another).is_ok() { Err(RoundTripError::OpensWithAnyKey) } else { Ok(()) }
    })
}

/// Checks that `thing` names the same key as it is, encrypted, and opened again; the store must hold that key.
///
/// # Errors
/// [`UsesKeyError`]: what broke.
pub fn check_uses_key<S, T>(store: &KeyStore<S>, thing: &T) -> Result<(), UsesKeyFailure<S, T>>
where
    S: KeySet,
    T: Encryptable<S> + UsesKey<Name: KeyName<S, Symmetric>> + ?Sized,
    T::Sealed: Decryptable<S, Plain: UsesKey<Name: KeyName<S, Symmetric>>> + UsesKey<Name: KeyName<S, Symmetric>>,
{
    let given: S = thing.uses_key().into();
    let is_given = |form, named: S| {
        if named == given { Ok(()) } else { Err(UsesKeyError::NamesAnotherKey { given: given.clone(), form, named }) }
    };
    let sealed = store.encrypt(thing).map_err(UsesKeyError::Encrypt)?;
    is_given(Form::Sealed, sealed.uses_key().into())?;
    let opened = store.decrypt(&sealed).map_err(UsesKeyError::Decrypt)?;
    is_given(Form::Opened, opened.uses_key().into())
}

/// What a thing opens to after it was encrypted.
pub type Opened<S, T> = <<T as Encryptable<S>>::Sealed as Decryptable<S>>::Plain;

/// The failure of [`check_round_trip`], with the thing's own errors.
pub type RoundTripFailure<S, T> =
    RoundTripError<<T as Encryptable<S>>::Error, <<T as Encryptable<S>>::Sealed as Decryptable<S>>::Error>;

/// The failure of [`check_uses_key`], with the thing's own errors.
pub type UsesKeyFailure<S, T> =
    UsesKeyError<S, <T as Encryptable<S>>::Error, <<T as Encryptable<S>>::Sealed as Decryptable<S>>::Error>;

fn open<'c, S: KeySet, T: Decryptable<S>>(
    ctx: &Context<'c, S>,
    sealed: &T,
    key: Key<'c>,
) -> Result<T::Plain, T::Error> {
    ctx.child(|child, parent| sealed.decrypt(child, parent.lend(key)))
}
