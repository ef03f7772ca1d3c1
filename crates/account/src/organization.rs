//! Organisations: a key that many share, encapsulated for each member.

use strongroom::{
    Asymmetric, AsymmetricAlgorithm, Context, EncString, ItemError, Key, KeyName, KeySet, KeyUses, PublicKey,
    Symmetric, SymmetricAlgorithm, Transaction,
};

use crate::error::{Error, is_of_text};

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
}

/// Makes the key of a new organisation, of AES-256-CBC-HMAC-SHA256, and its pair of RSA keys. The key gets this name;
/// its first member is the holder of the private key of `member`.
///
/// # Errors
/// [`Error::Store`]: no room, no random bytes.
pub fn create_organization<S: KeySet>(
    tx: &mut Transaction<'_, S>,
    name: impl KeyName<S, Symmetric>,
    member: &PublicKey,
) -> Result<NewOrganization, Error> {
    let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
    let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
    let made = NewOrganization {
        key: tx.encapsulate(key, member)?,
        private_key: tx.wrap_key(key, private)?,
        public_key: tx.public_key(private)?,
    };
    tx.insert(name, key)?;
    Ok(made)
}

/// Encapsulates the organisation's key for a further member. Whether it is that member's public key, only a
/// [fingerprint](crate::fingerprint_phrase) or a signature tells.
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn share_organization<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    key: Key<'c>,
    member: &PublicKey,
) -> Result<EncString, Error> {
    Ok(ctx.encapsulate(key, member)?)
}

/// Opens the keys of organisations with the private key of a member, and names them. Those that this key does not open,
/// and texts that hold no key, are reported with their place in the list, and hide none of the others.
///
/// # Errors
/// [`Error::Store`]: what has nothing to do with one organisation. The private key is unknown or may not unwrap; the
/// store is locked; no room.
pub fn unlock_organizations<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    private: impl KeyName<S, Asymmetric>,
    keys: &[(impl KeyName<S, Symmetric>, EncString)],
) -> Result<Vec<ItemError<Error>>, Error> {
    let private = tx.key(private)?;
    let mut closed = Vec::new();
    for (index, (name, wrapped)) in keys.iter().enumerate() {
        match tx.decapsulate(private, wrapped, KeyUses::CONTENTS_AND_KEYS) {
            Ok(key) => tx.insert(name.clone(), key)?,
            Err(error) if is_of_text(&error) => closed.push(ItemError { index, error: error.into() }),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(closed)
}
