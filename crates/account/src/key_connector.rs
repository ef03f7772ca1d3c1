//! Key connector: a server of an organisation keeps, for each member, a secret that is used in place of a master key.

use strongroom::extension::{self, SecretBox};
use strongroom::{Context, EncString, Key, KeyUses, hazmat, master_keys::MasterKeys, names::KeySet};

use crate::derivation::copy;
use crate::error::{Error, opened};
use crate::secret::secret;

secret! {
    /// What a key connector keeps for a member: 32 random bytes, 44 characters of base64. It opens the user key, and is
    /// handed out to the key connector alone.
    KeyConnectorKey, 32, Standard
}

impl KeyConnectorKey {
    /// Returns the key that it is stretched to, as a master key is.
    fn stretch<'c, S: KeySet>(&self, ctx: &Context<'c, S>) -> Result<Key<'c>, Error> {
        let bytes = extension::make_secret(ctx, |memory| SecretBox::try_make(memory, copy, &self.0.bytes))?;
        let master = hazmat::import_master_key(ctx, bytes)?;
        Ok(ctx.stretch(&master)?)
    }

    /// Wraps a user key: type 2, under the key that this one is stretched to.
    ///
    /// # Errors
    /// [`Error::Store`]: the store is locked; no room, no random bytes.
    pub fn wrap<'c, S: KeySet>(&self, ctx: &Context<'c, S>, user: Key<'c>) -> Result<EncString, Error> {
        let by = self.stretch(ctx)?;
        Ok(ctx.wrap_key(by, user)?)
    }

    /// Unwraps the user key. It becomes a local key of this context.
    ///
    /// Whoever runs the key connector, or has its keys and writes for the server, can answer with a user key of their
    /// own. So compare what it unlocks with what the program remembers ([`unlock_known`](crate::unlock_known)).
    ///
    /// # Errors
    /// [`Error::WrongSecret`]: it is not the key of this member. [`Error::Store`]: the text is of another type, or
    /// holds something else than a symmetric key; no room.
    pub fn unwrap<'c, S: KeySet>(&self, ctx: &Context<'c, S>, wrapped: &EncString) -> Result<Key<'c>, Error> {
        let by = self.stretch(ctx)?;
        opened(ctx.unwrap_key(by, wrapped, KeyUses::CONTENTS_AND_KEYS))
    }
}
