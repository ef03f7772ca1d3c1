//! Organisations: a key that many share, encapsulated for each member.

use strongroom::{
    Asymmetric, Context, EncString, ErrorKind, Key, KeyUses, Symmetric, Transaction,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Encapsulate, PublicKey},
    errors::ItemError,
    inspection::Inspect,
    names::{KeyName, KeySet},
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
/// [`Error::Store`]: the name is taken; no room, no random bytes.
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

/// Opens the keys of organisations with the private key of a member, and names them. What concerns one organisation
/// alone is reported with its place in the list, and hides none of the others: its text holds no key, the private key
/// does not open it, or its name is that of another key.
///
/// Names often come from the server, and anybody can encapsulate a key for a public key. So a name that the store holds
/// already is left as it is: another key under it is [`ErrorKind::NameTaken`](strongroom::ErrorKind::NameTaken). A
/// program that accepts the new key [removes](Transaction::remove) the old one first. Where names are text, a prefix
/// keeps those of organisations apart from the program's own.
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
        let error = match tx.decapsulate(private, wrapped, KeyUses::CONTENTS_AND_KEYS) {
            Ok(key) => match name_once(tx, name, key) {
                Err(error) if *error.kind() == ErrorKind::NameTaken => error,
                named => {
                    named?;
                    continue;
                }
            },
            Err(error) if is_of_text(&error) => error,
            Err(error) => return Err(error.into()),
        };
        closed.push(ItemError { index, error: error.into() });
    }
    Ok(closed)
}

/// Gives a key a name that is free, or that it has.
fn name_once<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    name: &impl KeyName<S, Symmetric>,
    key: Key<'c>,
) -> Result<(), strongroom::Error> {
    if let Ok(named) = tx.key(name.clone())
        && tx.is_same_key(named, key)?
    {
        return Ok(());
    }
    tx.insert(name.clone(), key)
}
