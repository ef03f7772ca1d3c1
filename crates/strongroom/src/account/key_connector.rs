//! Key connector: a server of an organisation keeps, for each member, what stands in the place of a master key.

use super::opened;
use super::secret::secret;
use crate::error::{DeriveError, Error};
use crate::format::enc_string::EncString;
use crate::id::{KeyRef, LocalKey};
use crate::key::uses::KeyUses;
use crate::kind::KeySet;
use crate::operation;
use crate::store::Context;

secret! {
    /// What a key connector keeps for a member: 32 random bytes, 44 characters of base64. It opens the user key, and is
    /// handed out to the key connector alone.
    KeyConnectorKey, 32, Standard
}

impl KeyConnectorKey {
    fn stretch<'c, S: KeySet>(&self, ctx: &mut Context<'c, S>) -> Result<LocalKey<'c>, DeriveError> {
        ctx.make_key(|memory| Ok(operation::stretch(memory, &self.0.bytes)?.for_uses(KeyUses::KEYS)))
    }

    /// Wraps a user key: type 2, under the key that this one is stretched to.
    ///
    /// # Errors
    /// [`Error::Derive`], [`Error::Wrap`].
    pub fn wrap<'c, S: KeySet>(
        &self,
        ctx: &mut Context<'c, S>,
        user: impl Into<KeyRef<'c, S>>,
    ) -> Result<EncString, Error> {
        let by = self.stretch(ctx)?;
        Ok(ctx.wrap(by, user)?)
    }

    /// Unwraps the user key. It becomes a local key of this context.
    ///
    /// # Errors
    /// [`AccountError::WrongSecret`](crate::AccountError::WrongSecret): it is not the key of this member.
    pub fn unwrap<'c, S: KeySet>(&self, ctx: &mut Context<'c, S>, wrapped: &EncString) -> Result<LocalKey<'c>, Error> {
        let by = self.stretch(ctx)?;
        opened(ctx.unwrap(by, wrapped, KeyUses::CONTENTS_AND_KEYS))
    }
}
