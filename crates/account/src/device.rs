//! Trusted devices: a key that a device keeps opens the user key without a password.

use strongroom::extension;
use strongroom::{Context, EncString, Key, KeyUses, algorithms::SymmetricAlgorithm, names::KeySet};

use crate::derivation::raw_key;
use crate::error::Error;
use crate::key_set::RotatableKeySet;
use crate::operation::{ROOM, operation_error};
use crate::secret::secret;

secret! {
    /// The key of a trusted device: 64 bytes, 88 characters of base64, which the device keeps where its system keeps
    /// secrets.
    ///
    /// ```
    /// # use strongroom::{KeyStore, KeyUses};
    /// # use strongroom_account::Error;
    /// use strongroom_account::DeviceKey;
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// # store.transaction(|tx| { let user = tx.generate(KeyUses::CONTENTS_AND_KEYS)?; tx.insert(Key::User, user) })?;
    ///
    /// let (keys, kept) = store.try_context(|ctx| {
    ///     let device = DeviceKey::generate(ctx)?;
    ///     Ok::<_, Error>((device.trust(ctx, ctx.key(Key::User)?)?, device.expose()?))
    /// })?;
    ///
    /// store.lock();
    /// let kept = store.secret_text(&kept)?; // or read_secret, from where the device keeps it
    /// store.try_transaction(|tx| {
    ///     let user = DeviceKey::read(tx, &kept)?.unlock(tx, &keys.private_key, &keys.user_key)?;
    ///     Ok::<_, Error>(tx.insert(Key::User, user)?)
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    DeviceKey, 64, Standard
}

impl DeviceKey {
    fn key<'c, S: KeySet>(&self, ctx: &Context<'c, S>) -> Result<Key<'c>, Error> {
        let algorithm = SymmetricAlgorithm::Aes256CbcHmacSha256;
        extension::make_key(ctx, algorithm, KeyUses::KEYS, ROOM, raw_key, &self.0.bytes).map_err(operation_error)
    }

    /// Makes what the server keeps so that this device opens the user key.
    ///
    /// # Errors
    /// As [`RotatableKeySet::create`].
    pub fn trust<'c, S: KeySet>(&self, ctx: &Context<'c, S>, user: Key<'c>) -> Result<RotatableKeySet, Error> {
        let by = self.key(ctx)?;
        RotatableKeySet::create(ctx, by, user)
    }

    /// Opens the user key. It becomes a local key of this context.
    ///
    /// # Errors
    /// As [`RotatableKeySet::unlock`].
    pub fn unlock<'c, S: KeySet>(
        &self,
        ctx: &Context<'c, S>,
        private_key: &EncString,
        user_key: &EncString,
    ) -> Result<Key<'c>, Error> {
        let by = self.key(ctx)?;
        RotatableKeySet::unlock(ctx, by, private_key, user_key)
    }
}
