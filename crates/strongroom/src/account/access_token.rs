//! Access tokens of Bitwarden's Secrets Manager. What stands behind the colon of one is a secret, of which the key is
//! derived that opens what the server has for it.

use super::secret::secret;
use crate::error::DeriveError;
use crate::id::LocalKey;
use crate::kind::KeySet;
use crate::labels::ACCESS_TOKEN;
use crate::operation;
use crate::store::Context;

secret! {
    /// The secret of an access token: 16 bytes, 24 characters of base64.
    AccessTokenSecret, 16, Standard
}

impl AccessTokenSecret {
    /// The key that opens what the server has for the token: HMAC-SHA256 of the secret under `bitwarden-accesstoken`,
    /// expanded (RFC 5869 section 2.3) to 64 bytes with the info `sm-access-token`.
    ///
    /// # Errors
    /// [`DeriveError`]: no room for the key.
    pub fn derive_key<'c, S: KeySet>(&self, ctx: &mut Context<'c, S>) -> Result<LocalKey<'c>, DeriveError> {
        let (name, info) = ACCESS_TOKEN;
        ctx.make_key(|memory| Ok(operation::shareable_key(memory, &self.0.bytes, name, info)?))
    }
}
