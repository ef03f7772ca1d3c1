//! The keys of an account as the server keeps them, and the names that they get.

use serde::{Deserialize, Serialize};
use strongroom::{
    Asymmetric, Context, EncString, Kdf, Key, KeyUses, Symmetric, Transaction,
    encapsulation::{Encapsulate, PublicKey},
    inspection::{Inspect, KeyThumbprint},
    names::{KeyName, KeySet},
    rotation::Rewrap,
    signatures::{SecurityState, SignObjects, SignedPublicKey, VerifyingKey},
};

use crate::error::Error;
use crate::taken_back::TakenBack;
use crate::upgrade_token::version_of;

/// The keys of an account as the server keeps them: those encrypted under the user key, and what is signed.
///
/// Serialised with the version, as `{"version": "v1", "private_key": "2.…"}`: for a program that stores them. What a
/// server sends has other names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "version", rename_all = "lowercase")]
#[non_exhaustive]
pub enum AccountKeys {
    /// Version 1: the user key is of AES-256-CBC-HMAC-SHA256.
    V1 {
        /// The private key under the user key.
        private_key: EncString,
    },
    /// Version 2: the user key is a COSE key, and a signing key vouches for the public key and the security state.
    V2 {
        /// The private key under the user key.
        private_key: EncString,
        /// The signing key under the user key.
        signing_key: EncString,
        /// The public key, signed; `None` where the server has none.
        signed_public_key: Option<SignedPublicKey>,
        /// The security state, signed.
        security_state: SecurityState,
    },
}

impl AccountKeys {
    /// Returns the version: 1 or 2.
    #[must_use]
    pub fn version(&self) -> u8 {
        match self {
            Self::V1 { .. } => 1,
            Self::V2 { .. } => 2,
        }
    }
}

/// The names that an account's keys get, each another.
///
/// The names of the private and the signing key are often of one type, then the third parameter is left out:
/// `AccountIds<Key, KeyPair>`. Where there is no signing key, that type says what `signing` is `None` of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountIds<U, P = U, G = P> {
    /// Of the user key.
    pub user: U,
    /// Of the private key.
    pub private: P,
    /// Of the signing key of accounts of version 2; `None` does not keep it.
    pub signing: Option<G>,
}

/// Holds what is public of an account that was unlocked.
///
/// A program stores it with its own data, and passes it to [`unlock_known`] and
/// [`MasterPassword`](crate::MasterPassword) at the next unlock. The server cannot change it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// The version of its keys: 1 or 2.
    pub version: u8,
    /// The version of its security state, signed by the account; `None` in accounts of version 1.
    pub security_version: Option<u64>,
    /// The user's id, a UUID, if the security state names it. Only some official versions write it there.
    pub user_id: Option<[u8; 16]>,
    /// The thumbprint of the user key, for [`unlock_with_pin_of`](crate::unlock_with_pin_of).
    ///
    /// Another one than the last time means that the user key was rotated on another device. Or the server serves one
    /// that the program never saw.
    pub user_key: KeyThumbprint,
    /// The thumbprints of user keys that were rotated away, as far as the program saw that. The server is refused if it
    /// serves one of them again.
    pub former_user_keys: Vec<KeyThumbprint>,
    /// What others send to it with.
    pub public_key: PublicKey,
    /// What its signatures are verified with; `None` in accounts of version 1.
    pub verifying_key: Option<VerifyingKey>,
    /// The key derivation of its master password, as of the last unlock with one.
    /// [`unlock_account`](crate::unlock_account) sets it. A program sets it when it sets a
    /// [new password](crate::NewPassword). `None`: the account was never unlocked with its password.
    pub kdf: Option<Kdf>,
}

impl Account {
    /// Returns an account of version 2 with this security version and verifying key, or of version 1.
    pub(crate) fn new(user_key: KeyThumbprint, public_key: PublicKey, signed: Option<(u64, VerifyingKey)>) -> Self {
        let version = if signed.is_some() { 2 } else { 1 };
        let (security_version, verifying_key) = signed.unzip();
        Self {
            version,
            security_version,
            user_id: None,
            user_key,
            former_user_keys: Vec::new(),
            public_key,
            verifying_key,
            kdf: None,
        }
    }

    /// Checks that the account does not name another user than this one, the one that the server says is logged in.
    /// Call it after the first unlock on a device. An account whose security state names nobody passes: most name
    /// nobody.
    ///
    /// # Errors
    /// [`Error::OtherUser`]: it names another user.
    pub fn is_of_user(&self, user_id: &[u8; 16]) -> Result<(), Error> {
        match &self.user_id {
            Some(found) if found != user_id => Err(Error::OtherUser),
            _ => Ok(()),
        }
    }

    /// Returns the former user keys of an account whose user key is now this one.
    fn former_user_keys_before(&self, user_key: KeyThumbprint) -> Vec<KeyThumbprint> {
        let mut former = self.former_user_keys.clone();
        if user_key != self.user_key && !former.contains(&self.user_key) {
            former.push(self.user_key);
        }
        former
    }

    /// Returns the account after its user key was rotated.
    pub(crate) fn rotated(self, user_key: KeyThumbprint) -> Self {
        Self { user_key, former_user_keys: self.former_user_keys_before(user_key), ..self }
    }

    /// Compares an opened account with the last one, and copies from the last one what the server does not state. Keys
    /// are compared first, because the versions of another user's account mean nothing here.
    pub(crate) fn compared(self, last: &Self) -> Result<Self, TakenBack> {
        if self.public_key != last.public_key {
            return Err(TakenBack::PublicKey);
        }
        if self.version < last.version {
            return Err(TakenBack::Version { last: last.version, found: self.version });
        }
        if last.verifying_key.is_some() && self.verifying_key != last.verifying_key {
            return Err(TakenBack::VerifyingKey);
        }
        if let (Some(found), Some(last)) = (self.security_version, last.security_version)
            && found < last
        {
            return Err(TakenBack::SecurityVersion { last, found });
        }
        if last.former_user_keys.contains(&self.user_key) {
            return Err(TakenBack::UserKey);
        }
        let user_id = match (self.user_id, last.user_id) {
            (Some(found), Some(last)) if found != last => return Err(TakenBack::User),
            (found, last) => found.or(last),
        };
        let former_user_keys = last.former_user_keys_before(self.user_key);
        Ok(Self { user_id, former_user_keys, kdf: last.kdf, ..self })
    }
}

impl AccountKeys {
    /// Wraps the keys, which were opened, under another user key; what is signed stays as it is.
    pub(crate) fn moved<'c, S: KeySet>(
        &self,
        ctx: &Context<'c, S>,
        opened: &Opened<'c>,
        to: Key<'c>,
    ) -> Result<Self, Error> {
        let algorithm = ctx.key_info::<Symmetric>(to)?.algorithm();
        if version_of(algorithm) != self.version() {
            return Err(Error::UnsuitableAlgorithm { algorithm, version: self.version() });
        }
        let private_key = ctx.wrap_key(to, opened.private)?;
        Ok(match (self, opened.signing) {
            (Self::V2 { signed_public_key, security_state, .. }, Some(signing)) => Self::V2 {
                private_key,
                signing_key: ctx.wrap_key(to, signing)?,
                signed_public_key: signed_public_key.clone(),
                security_state: security_state.clone(),
            },
            _ => Self::V1 { private_key },
        })
    }
}

/// The keys of an account, opened and checked, not yet named.
pub(crate) struct Opened<'c> {
    pub(crate) private: Key<'c, Asymmetric>,
    pub(crate) signing: Option<Key<'c, Asymmetric>>,
    pub(crate) account: Account,
}

/// Opens the keys that a user key encrypts and checks that they belong together.
pub(crate) fn open<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    keys: &AccountKeys,
) -> Result<Opened<'c>, Error> {
    let user_key = ctx.key_info::<Symmetric>(user)?.algorithm();
    if version_of(user_key) != keys.version() {
        return Err(Error::WrongVersion { user_key, version: keys.version() });
    }
    let thumbprint = ctx.thumbprint(user)?;
    match keys {
        AccountKeys::V1 { private_key } => {
            let private = ctx.unwrap_key(user, private_key, KeyUses::KEYS)?;
            let public_key = ctx.public_key(private)?;
            let account = Account::new(thumbprint, public_key, None);
            Ok(Opened { private, signing: None, account })
        }
        AccountKeys::V2 { private_key, signing_key, signed_public_key, security_state } => {
            let private = ctx.unwrap_key(user, private_key, KeyUses::KEYS)?;
            let signing = ctx.unwrap_key(user, signing_key, KeyUses::CONTENTS)?;
            let (public_key, verifying_key) = (ctx.public_key(private)?, ctx.verifying_key(signing)?);
            let security_version = security_state.verify(&verifying_key)?;
            let user_id = security_state.user_id(&verifying_key)?;
            if let Some(signed) = signed_public_key
                && signed.verify(&verifying_key)? != public_key
            {
                return Err(Error::OtherPublicKey);
            }
            let account =
                Account { user_id, ..Account::new(thumbprint, public_key, Some((security_version, verifying_key))) };
            Ok(Opened { private, signing: Some(signing), account })
        }
    }
}

/// Names the keys of a new account. Names that are taken are an error: another account's keys would be lost. So are
/// names that are equal.
pub(crate) fn name_new<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    user: Key<'c>,
    private: Key<'c, Asymmetric>,
    signing: Option<Key<'c, Asymmetric>>,
) -> Result<(), Error> {
    tx.insert(ids.user.clone(), user)?;
    tx.insert(ids.private.clone(), private)?;
    if let (Some(name), Some(key)) = (&ids.signing, signing) {
        tx.insert(name.clone(), key)?;
    }
    Ok(())
}

/// Names the keys that were opened or moved, in the place of those that had the names. A signing key that is not
/// replaced loses its name: it is of another generation, or of another account.
pub(crate) fn name<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    user: Key<'c>,
    private: Key<'c, Asymmetric>,
    signing: Option<Key<'c, Asymmetric>>,
) -> Result<(), Error> {
    let names = [Some(ids.user.clone().into()), Some(ids.private.clone().into()), ids.signing.clone().map(Into::into)];
    for name in names.into_iter().flatten() {
        if tx.contains(S::clone(&name)) {
            tx.remove(name)?;
        }
    }
    name_new(tx, ids, user, private, signing)
}

/// Opens the keys of an account with its user key, checks that they belong together, and names all of them, for the
/// first time on this device. Later unlocks call [`unlock_known`].
///
/// Of version 2, the signing key vouches for the security state and for the public key, which has to be that of the
/// private key. That shows that the keys belong together. **It does not show whose they are.** Where the server can
/// choose the user key, it can answer with a whole account of its own:
///
/// - as the answer to a [login with another device](crate::complete_auth_request),
/// - with a [key connector](crate::KeyConnectorKey),
/// - for a [device key or passkey](crate::RotatableKeySet), if the server knows the public key in the key set.
///
/// A password and a PIN open only what was put under them, but that may be an older state of the account. So the
/// program stores the [`Account`].
///
/// An account from before there were private keys has nothing to unlock but its user key: [name](Transaction::replace)
/// that, if the server never had a private key. If a private key does not open, the user key may be another than the
/// account's. Such a user key must not be used.
///
/// The keys replace those that have the names. If the account has no signing key, the name for it is freed.
///
/// # Errors
/// - [`Error::WrongVersion`]: the user key is of another version than the keys.
/// - [`Error::OtherPublicKey`]: the signed public key is not that of the private key.
/// - [`Error::Store`]: a key does not open or is of another algorithm, a signature is not the account's, two of the
///   names are equal, or there is no room.
///
/// A transaction that ends with this error names none of the keys.
pub fn unlock<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    user: Key<'c>,
    keys: &AccountKeys,
) -> Result<Account, Error> {
    let Opened { private, signing, account } = open(tx, user, keys)?;
    name(tx, ids, user, private, signing)?;
    Ok(account)
}

/// Opens the keys of an account as [`unlock`] does, and refuses a state of it that contradicts the last one: a server
/// keeps old states and can serve them again.
///
/// Store the account that it returns in place of `last`. It has the key derivation of `last`, and the user's id where
/// the security state does not say it again.
///
/// [`TakenBack`] says what to ask the user when an account is refused.
///
/// ```
/// use strongroom::KeyStore;
/// use strongroom_account::{self as account, Account, AccountIds, Error, TakenBack};
///
/// const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: Some("signing") };
///
/// # let algorithm = strongroom::algorithms::SymmetricAlgorithm::Xaes256Gcm;
/// let store = KeyStore::open()?;
/// # let (last, keys) = store.try_transaction(|tx| {
/// #     let made = account::create_v2(tx, &IDS, algorithm)?;
/// #     Ok::<_, Error>((serde_json::to_string(&made.account).unwrap(), made.keys))
/// # })?;
/// # let other = KeyStore::open()?;
/// # let theirs = other.try_transaction(|tx| Ok::<_, Error>(account::create_v2(tx, &IDS, algorithm)?.account))?;
/// let last: Account = serde_json::from_str(&last).unwrap(); // from the program's own file
/// let unlock = |last: &Account| {
///     store.try_transaction(|tx| {
///         let user = tx.key("user")?; // from a password, a PIN, a device, another device ...
///         account::unlock_known(tx, &IDS, user, &keys, last)
///     })
/// };
/// assert_eq!(unlock(&last)?, last);
/// // Against the memory of an account with other keys:
/// assert_eq!(unlock(&theirs), Err(Error::TakenBack(TakenBack::PublicKey)));
/// # Ok::<_, Error>(())
/// ```
///
/// # Errors
/// - [`Error::TakenBack`]: the version or the security version is lower than the last one, the user key was rotated
///   away, or the public key, the verifying key or the user is another.
/// - As for [`unlock`].
///
/// A transaction that ends with this error names none of the keys.
pub fn unlock_known<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    user: Key<'c>,
    keys: &AccountKeys,
    last: &Account,
) -> Result<Account, Error> {
    let Opened { private, signing, account } = open(tx, user, keys)?;
    let account = account.compared(last)?;
    name(tx, ids, user, private, signing)?;
    Ok(account)
}

/// Moves the private and the signing key; what is signed stays as it is.
impl<S: KeySet> Rewrap<S> for AccountKeys {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        self.moved(ctx, &open(ctx, from, self)?, to)
    }
}
