//! A user key behind a pair of RSA keys, so that it can be rotated without the key that opens it.

use serde::{Deserialize, Serialize};
use strongroom::{
    Asymmetric, Context, EncString, ErrorKind, Key, KeyUses,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    errors::{Malformed, Unsupported},
    names::KeySet,
};

use crate::error::{Error, opened};

/// What the server keeps so that a device or an authenticator opens the user key, without a password and also after the
/// user key was rotated.
///
/// The device's key opens the private key, and this the user key. A client that rotates the user key has no key of the
/// device, but the public key, encrypted under the old user key.
///
/// That shows that somebody with the user key put the public key there. **It does not show that the device is still
/// trusted**: a server can keep the set of a device whose trust was withdrawn, and list it again. So a rotation takes
/// sets that the user [confirmed](Self::confirmed_by_user).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
        let public = Confirmed::without_check(ctx.public_key(private)?); // made here
        Ok(Self {
            private_key: ctx.wrap_key(by, private)?,
            public_key: ctx.encrypt_public_key(user, &public)?,
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

    /// Opens the public key, for example to compare it with those that the program remembers of trusted devices. `user`
    /// is the user key so far.
    ///
    /// Under a user key of version 2 nothing but a public key passes. Under one of version 1, contents that have the
    /// form of a public key pass too.
    ///
    /// # Errors
    /// - [`Error::NotAPublicKey`]: what was encrypted is no public key, or was not encrypted as one.
    /// - [`Error::Store`]: `user` does not open it.
    pub fn open_public_key<'c, S: KeySet>(&self, ctx: &Context<'c, S>, user: Key<'c>) -> Result<PublicKey, Error> {
        ctx.decrypt_public_key(user, &self.public_key).map_err(|error| match error.kind() {
            ErrorKind::Malformed(Malformed::PublicKey(_)) | ErrorKind::Unsupported(Unsupported::RsaKey(_)) => {
                Error::NotAPublicKey
            }
            _ => error.into(),
        })
    }

    /// Says that the user recognised this device or authenticator in the list that the server gave, and wants it to
    /// open the next user key too. Ask the user, with the name and the date of each.
    #[must_use]
    pub fn confirmed_by_user(self) -> Confirmed<Self> {
        Confirmed::without_check(self)
    }

    /// Puts another user key behind the pair of keys of a set that the user confirmed. A [rotation](crate::rotate) does
    /// that for all sets.
    ///
    /// # Errors
    /// - As for [`open_public_key`](Self::open_public_key), with `from`.
    /// - [`Error::Store`]: there are no random bytes.
    pub fn rewrap<'c, S: KeySet>(
        confirmed: &Confirmed<Self>,
        ctx: &Context<'c, S>,
        from: Key<'c>,
        to: Key<'c>,
    ) -> Result<Self, Error> {
        let public = Confirmed::without_check(confirmed.open_public_key(ctx, from)?); // confirmed with its set
        Ok(Self {
            private_key: confirmed.private_key.clone(),
            public_key: ctx.encrypt_public_key(to, &public)?,
            user_key: ctx.encapsulate(to, &public)?,
        })
    }
}
