//! Login with another device: the new device sends a public key, and one that is unlocked answers with the user key
//! encapsulated for it.
//!
//! Both messages go through the server. The phrase that the user compares shows the old device that the request is the
//! new one's. **Nothing shows the new device that the answer is the old one's.** So the new device compares what it
//! unlocks with what it knows ([`unlock_known`](crate::unlock_known)), or shows a fingerprint of it.

use strongroom::{
    Asymmetric, Context, EncString, Key, KeyUses, Transaction,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    master_keys::{MasterKey, MasterKeys},
    names::{KeyName, KeySet},
};

use crate::error::Error;
use crate::master_password::unwrap_user_key;

/// Begins a request on the new device: makes a pair of keys, names the private one, and returns what is sent. The user
/// compares its [fingerprint](crate::fingerprint_phrase) on both devices, with the e-mail address as material.
///
/// The key that has the name is replaced: a request that was begun before is over. A locked store is unlocked by a
/// transaction that names a key, so its user key is not there afterwards either. If the request comes to nothing,
/// remove the name.
///
/// # Errors
/// [`Error::Store`]: no room, no random bytes.
pub fn begin_auth_request<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    name: impl KeyName<S, Asymmetric>,
) -> Result<PublicKey, Error> {
    let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
    let public = tx.public_key(private)?;
    tx.replace(name, private)?;
    Ok(public)
}

/// Answers on a device that is unlocked: with the user key for the holder of the private key of `to`. This holder gets
/// everything. So [`confirm_fingerprint`](crate::confirm_fingerprint) asks the user to compare phrases first.
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn approve_auth_request<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    to: &Confirmed<PublicKey>,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate(user, to)?)
}

/// Answers a client from before the user key was sent, otherwise as [`approve_auth_request`]: with the master key, with
/// which it opens the user key that the server keeps. Clients of today expect the user key.
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn approve_auth_request_with_master_key<S: KeySet>(
    ctx: &Context<'_, S>,
    master: &MasterKey,
    to: &Confirmed<PublicKey>,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate_master_key(master, to)?)
}

/// Ends a request on the new device: opens the user key, which becomes a local key of the transaction, and removes the
/// private key, which was for this one answer.
///
/// **Anybody can make an answer**, the server too: with a user key of its own, and a whole account under it. All its
/// signatures are good then, and what the new device writes, the server reads. So:
///
/// - Where the device has had the account before, [`unlock_known`](crate::unlock_known) refuses another one.
/// - Elsewhere show the [fingerprint](crate::fingerprint_phrase) of the account's public key, once it is unlocked, and
///   ask the user to compare it with the one that the old device shows. Write nothing before.
///
/// ```
/// use strongroom::KeyStore;
/// use strongroom_account::{self as account, AccountIds, Error};
///
/// const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: Some("signing") };
/// const EMAIL: &str = "ada@example.com";
/// const USER_ID: &str = "f2f1b5f0-1d5c-4a3c-9d1b-0a4c7f1e2d3c";
///
/// /// Shows a phrase and asks whether the other device shows the same.
/// fn user_sees_it_there_too(phrase: &str) -> bool {
///     println!("Does the other device show {phrase}?");
///     true
/// }
///
/// # let (old, new) = (KeyStore::open()?, KeyStore::open()?);
/// # let keys = old.try_transaction(|tx| Ok::<_, Error>(account::create_v1(tx, &IDS)?.keys))?;
/// // The new device asks, and shows the phrase of its request.
/// let request = new.try_transaction(|tx| account::begin_auth_request(tx, "request"))?;
/// println!("{}", account::fingerprint_phrase(&request, EMAIL));
///
/// // The old device answers, if the user confirms the phrase.
/// let request = account::confirm_fingerprint(request, EMAIL, user_sees_it_there_too)?;
/// let answer = old.try_context(|ctx| account::approve_auth_request(ctx, ctx.key("user")?, &request))?;
///
/// // The new device unlocks, if the user confirms the phrase of the account.
/// let account = new.try_transaction(|tx| {
///     let user = account::complete_auth_request(tx, "request", &answer)?;
///     let account = account::unlock(tx, &IDS, user, &keys)?;
///     account::confirm_fingerprint(account.public_key.clone(), USER_ID, user_sees_it_there_too)?;
///     Ok::<_, Error>(account) // store it
/// })?;
/// # Ok::<_, Error>(())
/// ```
///
/// # Errors
/// [`Error::Store`]: the answer is not for this request, or the request is unknown. The private key stays.
pub fn complete_auth_request<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    name: impl KeyName<S, Asymmetric>,
    answer: &EncString,
) -> Result<Key<'c>, Error> {
    let user = tx.decapsulate(tx.key(name.clone())?, answer, KeyUses::CONTENTS_AND_KEYS)?;
    tx.remove(name)?;
    Ok(user)
}

/// Ends a request with the answer of an older client, otherwise as [`complete_auth_request`]: `answer` holds the master
/// key, and `user_key` is the user key as the server keeps it.
///
/// # Errors
/// [`Error::Store`]: the answer is not for this request, or the request is unknown. [`Error::WrongSecret`]: the master
/// key does not open the user key. The private key stays.
pub fn complete_auth_request_with_master_key<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    name: impl KeyName<S, Asymmetric>,
    answer: &EncString,
    user_key: &EncString,
) -> Result<Key<'c>, Error> {
    let master = tx.decapsulate_master_key(tx.key(name.clone())?, answer)?;
    let user = unwrap_user_key(tx, &master, user_key)?;
    tx.remove(name)?;
    Ok(user)
}
