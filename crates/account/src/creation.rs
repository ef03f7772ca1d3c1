//! New accounts.

use strongroom::{
    Asymmetric, Context, Key, KeyUses, Symmetric, Transaction,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Encapsulate, PublicKey},
    inspection::Inspect,
    names::{KeyName, KeySet},
    signatures::SignObjects,
};

use crate::error::Error;
use crate::keys::{Account, AccountIds, AccountKeys, name_new};
use crate::upgrade_token::version_of;

/// The version of the security state of a new account.
pub(crate) const SECURITY_VERSION: u32 = 2;

/// An account that was made: what is in the store, and what goes to the server.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewAccount<'c> {
    /// The user key. It has its name already; as a local key it can be put under a password.
    pub user: Key<'c>,
    /// The keys for the server.
    pub keys: AccountKeys,
    /// The public facts of the account. Store them: [`unlock_known`](crate::unlock_known) compares later answers of the
    /// server with them.
    pub account: Account,
}

/// Makes the keys of an account of version 1 and names them: a user key of AES-256-CBC-HMAC-SHA256 and a pair of RSA
/// keys.
///
/// # Errors
/// [`Error::Store`]: a name is taken; no room, no random bytes.
pub fn create_v1<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
) -> Result<NewAccount<'c>, Error> {
    let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
    let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
    let public_key = tx.public_key(private)?;
    let keys = AccountKeys::V1 { private_key: tx.wrap_key(user, private)? };
    name_new(tx, ids, user, private, None)?;
    Ok(NewAccount { user, keys, account: Account::new(tx.thumbprint(user)?, public_key, None) })
}

/// Makes the keys of an account of version 2 and names them: a user key of a COSE algorithm, a pair of RSA keys and a
/// signing key, which signs the public key and the security state. Official clients write
/// [`Xaes256Gcm`](SymmetricAlgorithm::Xaes256Gcm), older ones
/// [`XChaCha20Poly1305`](SymmetricAlgorithm::XChaCha20Poly1305).
///
/// # Errors
/// [`Error::UnsuitableAlgorithm`]: another algorithm; as [`create_v1`].
pub fn create_v2<'c, S: KeySet>(
    tx: &mut Transaction<'c, S>,
    ids: &AccountIds<impl KeyName<S, Symmetric>, impl KeyName<S, Asymmetric>, impl KeyName<S, Asymmetric>>,
    algorithm: SymmetricAlgorithm,
) -> Result<NewAccount<'c>, Error> {
    let user = generate_v2(tx, algorithm)?;
    let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
    let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
    let public_key = tx.public_key(private)?;
    let keys = sign(tx, user, private, signing, &public_key)?;
    let signed = (SECURITY_VERSION.into(), tx.verifying_key(signing)?);
    let account = Account::new(tx.thumbprint(user)?, public_key, Some(signed));
    name_new(tx, ids, user, private, Some(signing))?;
    Ok(NewAccount { user, keys, account })
}

/// Makes a user key of an account of version 2. With random nonces of 12 bytes, those of AES-256-GCM wear out.
pub(crate) fn generate_v2<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    algorithm: SymmetricAlgorithm,
) -> Result<Key<'c>, Error> {
    if version_of(algorithm) != 2 || algorithm == SymmetricAlgorithm::Aes256Gcm {
        return Err(Error::UnsuitableAlgorithm { algorithm, version: 2 });
    }
    Ok(ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?)
}

/// Signs what an account of version 2 signs, and wraps its keys.
pub(crate) fn sign<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    private: Key<'c, Asymmetric>,
    signing: Key<'c, Asymmetric>,
    public_key: &PublicKey,
) -> Result<AccountKeys, Error> {
    Ok(AccountKeys::V2 {
        private_key: ctx.wrap_key(user, private)?,
        signing_key: ctx.wrap_key(user, signing)?,
        signed_public_key: Some(ctx.sign_public_key(signing, public_key)?),
        security_state: ctx.sign_security_state(signing, SECURITY_VERSION)?,
    })
}
