//! A user key behind a pair of RSA keys, so that it can be rotated without the key that opens it.

use strongroom::{
    Asymmetric, Context, EncString, ExposeSecret, Key, KeyUses,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Encapsulate, PublicKey},
    names::KeySet,
    rotation::Rewrap,
};

use crate::error::{Error, opened};

/// What the server keeps so that a device or an authenticator opens the user key, without a password and also after the
/// user key was rotated.
///
/// The device's key opens the private key, and this the user key. A client that rotates the user key has no key of the
/// device, but the public key, encrypted under the old user key so that nobody puts another in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RotatableKeySet {
    /// The private key (PKCS#8) under the device's or authenticator's key.
    pub private_key: EncString,
    /// The public key (SPKI) under the user key.
    pub public_key: EncString,
    /// The user key for the holder of the private key: type 4.
    pub user_key: EncString,
}

impl RotatableKeySet {
    /// Makes a pair of keys and puts the user key behind it.
    ///
    /// # Errors
    /// [`Error::Store`]: the store is locked; no room, no random bytes.
    pub fn create<'c, S: KeySet>(ctx: &Context<'c, S>, by: Key<'c>, user: Key<'c>) -> Result<Self, Error> {
        let private = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
        let public = ctx.public_key(private)?;
        Ok(Self {
            private_key: ctx.wrap_key(by, private)?,
            public_key: encrypt_public_key(ctx, user, &public)?,
            user_key: ctx.encapsulate(user, &public)?,
        })
    }

    /// Opens the user key. It becomes a local key of this context.
    ///
    /// # Errors
    /// [`Error::WrongSecret`]: `by` does not open the private key; [`Error::Store`]: the private key does not open
    /// the user key.
    pub fn unlock<'c, S: KeySet>(
        ctx: &Context<'c, S>,
        by: Key<'c>,
        private_key: &EncString,
        user_key: &EncString,
    ) -> Result<Key<'c>, Error> {
        let private = opened(ctx.unwrap_key::<Asymmetric>(by, private_key, KeyUses::KEYS))?;
        Ok(ctx.decapsulate(private, user_key, KeyUses::CONTENTS_AND_KEYS)?)
    }
}

/// Puts another user key behind the same pair of keys. The public key has to be one that the old user key encrypted.
impl<S: KeySet> Rewrap<S> for RotatableKeySet {
    type Error = Error;

    fn rewrap<'c>(&self, ctx: &Context<'c, S>, from: Key<'c>, to: Key<'c>) -> Result<Self, Error> {
        let public = decrypt_public_key(ctx, from, &self.public_key)?;
        Ok(Self {
            private_key: self.private_key.clone(),
            public_key: encrypt_public_key(ctx, to, &public)?,
            user_key: ctx.encapsulate(to, &public)?,
        })
    }
}

fn encrypt_public_key<'c, S: KeySet>(ctx: &Context<'c, S>, by: Key<'c>, key: &PublicKey) -> Result<EncString, Error> {
    Ok(ctx.encrypt_public_key(by, key)?)
}

fn decrypt_public_key<'c, S: KeySet>(ctx: &Context<'c, S>, by: Key<'c>, text: &EncString) -> Result<PublicKey, Error> {
    let spki = ctx.decrypt_bytes(by, text)?;
    PublicKey::from_spki(spki.expose_secret()).map_err(|_| Error::NotAPublicKey)
}
