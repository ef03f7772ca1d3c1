//! A new user key in the place of the old one, of the same version or of the next.

use strongroom::{
    Asymmetric, Key, KeyUses, Symmetric, Transaction,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::Confirmed,
    errors::ItemError,
    inspection::Inspect,
    list::Lists,
    names::{KeyName, KeySet},
    rotation::Rewrap,
    signatures::SignObjects,
};

use crate::creation::{SECURITY_VERSION, generate_v2, sign};
use crate::error::Error;
use crate::key_set::RotatableKeySet;
use crate::keys::{Account, AccountIds, AccountKeys, Opened, name, open};
use crate::upgrade_token::UpgradeToken;

/// What is encrypted under a user key and has to be moved when it is rotated.
#[derive(Debug)]
pub struct UnderUserKey<'w, W> {
    /// The account as the program remembers it. Keys that contradict it are not moved.
    pub last: &'w Account,
    /// The account's own keys.
    pub keys: &'w AccountKeys,
    /// Those of trusted devices and of passkeys that unlock, each confirmed by the user: the server lists them, and
    /// each opens the new user key.
    pub key_sets: &'w [Confirmed<RotatableKeySet>],
    /// Everything else: keys of items, folders, sends. Keys of organisations are not encrypted under it.
    pub things: &'w [W],
}

impl<W> Clone for UnderUserKey<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<W> Copy for UnderUserKey<'_, W> {}

/// What a rotation made. What a password, a PIN or a key connector opens is put under the new key apart, in the same
/// transaction. So is what was given to others: account recovery and emergency access.
#[derive(Debug)]
#[non_exhaustive]
pub struct RotatedAccount<'c, W> {
    /// The new user key. It has the name already; as a local key it can be put under a password.
    pub user: Key<'c>,
    /// The public facts of the account after the rotation. Store them in place of the last ones.
    pub account: Account,
    /// The account's own keys, under it.
    pub keys: AccountKeys,
    /// Those of trusted devices and passkeys, in order.
    pub key_sets: Vec<RotatableKeySet>,
    /// Everything else, in order.
    pub things: Vec<W>,
}

/// Makes a new user key of the same algorithm, and moves everything that the old one encrypts. The private and the
/// signing key stay, and so does what is signed.
///
/// A user key of AES-256-GCM is followed by one of [`Xaes256Gcm`](SymmetricAlgorithm::Xaes256Gcm): random nonces of 12
/// bytes wear out.
///
/// A device that nobody confirmed does not come along:
///
/// ```compile_fail,E0308
/// use strongroom::{EncString, Transaction};
/// use strongroom_account::{self as account, Account, AccountIds, AccountKeys, RotatableKeySet, UnderUserKey};
///
/// const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: None };
///
/// fn rotate(tx: &mut Transaction<'_>, last: &Account, keys: &AccountKeys, listed: &[RotatableKeySet]) {
///     let things: &[EncString] = &[];
///     let under = UnderUserKey { last, keys, key_sets: listed, things }; // listed by the server
///     account::rotate(tx, &IDS, under).unwrap();
/// }
/// ```
///
/// All or nothing: what does not open under the old key ends it, and the transaction around it leaves the store as it
/// was.
///
/// # Errors
/// [`Error::TakenBack`]: the keys contradict what the program remembers, so that the new ones would not unlock.
/// [`Error::Item`]: which of the `key_sets` or `things` cannot be moved, and why; as [`unlock`](crate::unlock) for the
/// account's own keys. [`Error::Store`]: there is no user key; no room, no random bytes.
pub fn rotate<'c, S: KeySet, W: Rewrap<S, Error: Into<Error> + Send> + Send + Sync>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    under: UnderUserKey<'_, W>,
) -> Result<RotatedAccount<'c, W>, Error> {
    let old = tx.key(ids.user.clone())?;
    let algorithm = match tx.key_info::<Symmetric>(old)?.algorithm() {
        SymmetricAlgorithm::Aes256Gcm => SymmetricAlgorithm::Xaes256Gcm,
        same => same,
    };
    let mut opened = open(tx, old, under.keys)?;
    opened.account = opened.account.compared(under.last)?;
    let user = tx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
    let keys = under.keys.moved(tx, &opened, user)?;
    let key_sets = move_key_sets(tx, old, user, under.key_sets)?;
    let things = move_all(tx, old, user, under.things)?;
    tx.replace(ids.user.clone(), user)?;
    let account = opened.account.rotated(tx.thumbprint(user)?);
    Ok(RotatedAccount { user, account, keys, key_sets, things })
}

/// Moves things from one user key to another.
fn move_all<'c, S: KeySet, W: Rewrap<S, Error: Into<Error> + Send> + Send + Sync>(
    tx: &Transaction<'c, S>,
    from: Key<'c>,
    to: Key<'c>,
    things: &[W],
) -> Result<Vec<W>, Error> {
    tx.try_map_list(things, |child, parent, one| one.rewrap(child, parent.lend(from), parent.lend(to)))
        .map_err(|ItemError { index, error }| ItemError { index, error: error.into() }.into())
}

/// Puts another user key behind the pairs of keys that the user confirmed.
fn move_key_sets<'c, S: KeySet>(
    tx: &Transaction<'c, S>,
    from: Key<'c>,
    to: Key<'c>,
    key_sets: &[Confirmed<RotatableKeySet>],
) -> Result<Vec<RotatableKeySet>, Error> {
    tx.try_map_list(key_sets, |child, parent, one| {
        RotatableKeySet::rewrap(one, child, parent.lend(from), parent.lend(to))
    })
    .map_err(Error::from)
}

/// What an upgrade made.
#[derive(Debug)]
#[non_exhaustive]
pub struct UpgradedAccount<'c, W> {
    /// As of a rotation; the keys are those of version 2.
    pub rotated: RotatedAccount<'c, W>,
    /// For devices that still have the old user key.
    pub token: UpgradeToken,
}

/// Takes an account from version 1 to 2: a new user key of a COSE algorithm, a signing key that vouches for the public
/// key and the security state, and everything moved from the old user key to the new one. The private key stays.
///
/// # Errors
/// [`Error::WrongVersion`]: the account is of version 2 already. [`Error::UnsuitableAlgorithm`]: as
/// [`create_v2`](crate::create_v2). Else as [`rotate`].
pub fn upgrade<'c, S: KeySet, W: Rewrap<S, Error: Into<Error> + Send> + Send + Sync>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    under: UnderUserKey<'_, W>,
    algorithm: SymmetricAlgorithm,
) -> Result<UpgradedAccount<'c, W>, Error> {
    let old = tx.key(ids.user.clone())?;
    let user_key = tx.key_info::<Symmetric>(old)?.algorithm();
    if under.keys.version() != 1 {
        return Err(Error::WrongVersion { user_key, version: under.keys.version() });
    }
    let Opened { private, account, .. } = open(tx, old, under.keys)?;
    let account = account.compared(under.last)?;
    let user = generate_v2(tx, algorithm)?;
    let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
    let keys = sign(tx, user, private, signing, &account.public_key)?;
    let token = UpgradeToken::create(tx, old, user)?;
    let key_sets = move_key_sets(tx, old, user, under.key_sets)?;
    let things = move_all(tx, old, user, under.things)?;
    name(tx, ids, user, private, Some(signing))?;
    let account = Account {
        version: 2,
        security_version: Some(SECURITY_VERSION.into()),
        verifying_key: Some(tx.verifying_key(signing)?),
        ..account.rotated(tx.thumbprint(user)?)
    };
    Ok(UpgradedAccount { rotated: RotatedAccount { user, account, keys, key_sets, things }, token })
}
