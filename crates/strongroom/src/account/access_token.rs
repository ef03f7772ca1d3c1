//! Access tokens of Bitwarden's Secrets Manager: `0.id.client secret:secret`. The server is shown the id and the client
//! secret; of the secret behind the colon the key is derived that opens what the server answers.

use std::fmt;

use secrecy::SecretString;
use strongroom_memory::{MemoryError, SecretBytes};
use zeroize::Zeroizing;

use super::secret::{Held, secret, secret_error};
use crate::error::{DeriveError, Error, SecretError, UnwrapError};
use crate::format::enc_string::EncString;
use crate::id::LocalKey;
use crate::key::uses::KeyUses;
use crate::kind::{KeySet, Symmetric};
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
        ctx.make_key(|memory| {
            Ok(operation::shareable_key(memory, &self.0.bytes, name, info)?.for_uses(KeyUses::CONTENTS))
        })
    }
}

/// An access token, taken apart.
pub struct AccessToken {
    id: String,
    client_secret: SecretString,
    secret: AccessTokenSecret,
}

impl AccessToken {
    /// Reads a token.
    ///
    /// # Errors
    /// [`SecretError::Malformed`]: it is none; no room.
    pub fn read<S: KeySet>(ctx: &Context<'_, S>, text: &SecretBytes) -> Result<Self, SecretError> {
        let secret = Held::make(ctx, |memory| operation::token_secret(memory, text))?;
        let malformed = SecretError::Malformed { expected: 16 };
        let mut public = Zeroizing::new(vec![0; text.len()]);
        let (id_len, secret_len) = ctx.make_secret(|memory| {
            let lengths = operation::token_credentials(memory, text, &mut public).map_err(MemoryError::from)?;
            lengths.ok_or(malformed)
        })?;
        let (id, rest) = public.split_at_checked(id_len).ok_or(malformed)?;
        let client_secret = rest.get(..secret_len).ok_or(malformed)?;
        let [id, client_secret] = [id, client_secret].map(|text| std::str::from_utf8(text).map_err(|_| malformed));
        Ok(Self {
            id: id?.to_owned(),
            client_secret: Box::<str>::from(client_secret?).into(),
            secret: AccessTokenSecret(secret),
        })
    }

    /// The token's id, which the server is shown.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What shows the server that somebody has the token. It opens nothing.
    #[must_use]
    pub fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// Opens what the server has for the token: the key of its organisation, in JSON. It becomes a local key of this
    /// context.
    ///
    /// # Errors
    /// [`Error::Decrypt`]: it is for another token. [`Error::Unwrap`]: it holds no key.
    pub fn unlock_organization<'c, S: KeySet>(
        &self,
        ctx: &mut Context<'c, S>,
        payload: &EncString,
    ) -> Result<LocalKey<'c>, Error> {
        let by = self.secret.derive_key(ctx)?;
        let payload = ctx.decrypt_secret(by, payload)?;
        let key = ctx.make_key::<Symmetric, SecretError>(|memory| {
            operation::key_of_payload(memory, &payload).map_err(|failure| secret_error(failure, 64))
        });
        key.map_err(|error| match error {
            SecretError::Malformed { .. } => UnwrapError::NotAKey.into(),
            error => error.into(),
        })
    }
}

/// Its id alone.
impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("id", &self.id).finish_non_exhaustive()
    }
}
