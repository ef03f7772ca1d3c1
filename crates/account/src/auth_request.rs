//! Login with another device: the new device sends a public key, and one that is unlocked answers with the user key
//! encapsulated for it.

use strongroom::{
    Asymmetric, Context, EncString, Key, KeyUses, Transaction,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Encapsulate, PublicKey},
    master_keys::{MasterKey, MasterKeys},
    names::{KeyName, KeySet},
};

use crate::error::Error;
use crate::master_password::unwrap_user_key;

/// Begins a request on the new device: makes a pair of keys, names the private one, and returns what is sent. The user
/// compares its [fingerprint](crate::fingerprint_phrase) on both devices, with the e-mail address as material.
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
/// everything, so ask the user to compare fingerprints first.
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn approve_auth_request<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    to: &PublicKey,
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
    to: &PublicKey,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate_master_key(master, to)?)
}

/// Ends a request on the new device: opens the user key, which becomes a local key of the transaction, and removes the
/// private key, which was for this one answer.
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
