//! Organisations: a key that many share, encapsulated for each member. They are made, and shared with further members.

use strongroom::{
    Asymmetric, Context, EncString, Key, KeyUses, Symmetric, Transaction,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    inspection::{Inspect, KeyThumbprint},
    names::{KeyName, KeySet},
};

use crate::error::Error;

/// What the server keeps of a new organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct NewOrganization {
    /// The organisation's key for its first member: type 4.
    pub key: EncString,
    /// The organisation's private key under its key.
    pub private_key: EncString,
    /// Its public half.
    pub public_key: PublicKey,
    /// The thumbprint of the organisation's key, for the program to store as
    /// [`Membership::last`](crate::Membership::last).
    pub thumbprint: KeyThumbprint,
}

/// Makes the key of a new organisation, of AES-256-CBC-HMAC-SHA256, and its pair of RSA keys. The key gets this name.
/// Its first member is the user, whose private key has the name `private`.
///
/// # Errors
/// [`Error::Store`]: there is no such private key; the name is taken; no room, no random bytes.
pub fn create_organization<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    name: impl KeyName<S, Symmetric>,
    private: impl KeyName<S, Asymmetric>,
) -> Result<NewOrganization, Error> {
    let member = Confirmed::without_check(tx.public_key(tx.key(private)?)?); // the user's own
    let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
    let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
    let made = NewOrganization {
        key: tx.encapsulate(key, &member)?,
        private_key: tx.wrap_key(key, private)?,
        public_key: tx.public_key(private)?,
        thumbprint: tx.thumbprint(key)?,
    };
    tx.insert(name, key)?;
    Ok(made)
}

/// Encapsulates the organisation's key for a further member, whose public key is confirmed: by
/// [its fingerprint](crate::confirm_fingerprint), or by
/// [a signature](strongroom::signatures::SignedPublicKey::confirm) of a verifying key that is confirmed itself.
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn share_organization<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    key: Key<'c>,
    member: &Confirmed<PublicKey>,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate(key, member)?)
}
