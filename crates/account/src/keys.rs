//! The keys of an account as the server keeps them, and the names that they get.

use serde::{Deserialize, Serialize};
use strongroom::{
    Asymmetric, Context, EncString, Key, KeyUses, Symmetric, Transaction,
    encapsulation::{Encapsulate, PublicKey},
    inspection::Inspect,
    names::{KeyName, KeySet},
    rotation::Rewrap,
    signatures::{SecurityState, SignObjects, SignedPublicKey, VerifyingKey},
};

use crate::error::Error;
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

/// What is public of an account that was unlocked.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The version of its keys: 1 or 2.
    pub version: u8,
    /// The version of its security state, signed by the account; `None` in accounts of version 1.
    pub security_version: Option<u64>,
    /// What others send to it with.
    pub public_key: PublicKey,
    /// What its signatures are verified with; `None` in accounts of version 1.
    pub verifying_key: Option<VerifyingKey>,
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
    match keys {
        AccountKeys::V1 { private_key } => {
            let private = ctx.unwrap_key(user, private_key, KeyUses::KEYS)?;
            let public_key = ctx.public_key(private)?;
            let account = Account { version: 1, security_version: None, public_key, verifying_key: None };
            Ok(Opened { private, signing: None, account })
        }
        AccountKeys::V2 { private_key, signing_key, signed_public_key, security_state } => {
            let private = ctx.unwrap_key(user, private_key, KeyUses::KEYS)?;
            let signing = ctx.unwrap_key(user, signing_key, KeyUses::CONTENTS)?;
            let (public_key, verifying_key) = (ctx.public_key(private)?, ctx.verifying_key(signing)?);
            let security_version = Some(security_state.verify(&verifying_key)?);
            if let Some(signed) = signed_public_key
                && signed.verify(&verifying_key)? != public_key
            {
                return Err(Error::OtherPublicKey);
            }
            let verifying_key = Some(verifying_key);
            Ok(Opened {
                private,
                signing: Some(signing),
                account: Account { version: 2, security_version, public_key, verifying_key },
            })
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

/// Names the keys that were opened or moved, in the place of those that had the names.
pub(crate) fn name<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    user: Key<'c>,
    private: Key<'c, Asymmetric>,
    signing: Option<Key<'c, Asymmetric>>,
) -> Result<(), Error> {
    let signing_name = ids.signing.as_ref().filter(|_| signing.is_some());
    let names =
        [Some(ids.user.clone().into()), Some(ids.private.clone().into()), signing_name.cloned().map(Into::into)];
    for name in names.into_iter().flatten() {
        if tx.contains(S::clone(&name)) {
            tx.remove(name)?;
        }
    }
    name_new(tx, ids, user, private, signing)
}

/// Opens the keys of an account with its user key, checks that they belong together, and names all of them: an account
/// that is unlocked.
///
/// An account from before there were private keys, or one whose private key does not open, has nothing to unlock but
/// its user key: [name](Transaction::replace) that.
///
/// Of version 2, the signing key vouches for the security state and for the public key, which has to be that of the
/// private key.
///
/// # Errors
/// [`Error::WrongVersion`], [`Error::OtherPublicKey`]; [`Error::Store`]: a key does not open or is of another
/// algorithm, a signature is not the account's, two of the names are equal, or there is no room. Then none of the keys
/// is named.
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

/// Moves the private and the signing key; what is signed stays as it is.
impl<S: KeySet> Rewrap<S> for AccountKeys {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        let Opened { private, signing, .. } = open(ctx, from, self)?;
        let algorithm = ctx.key_info::<Symmetric>(to)?.algorithm();
        if version_of(algorithm) != self.version() {
            return Err(Error::UnsuitableAlgorithm { algorithm, version: self.version() });
        }
        let private_key = ctx.wrap_key(to, private)?;
        Ok(match (self, signing) {
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
