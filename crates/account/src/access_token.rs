//! Access tokens of Bitwarden's Secrets Manager: `0.id.client secret:secret`. The server is shown the id and the client
//! secret; of the secret after the colon the key is derived that opens what the server answers.

mod parts;

use std::fmt;

use strongroom::extension;
use strongroom::{
    Context, EncString, ErrorKind, Key, KeyUses, Plaintext, ProtectedBytes,
    algorithms::SymmetricAlgorithm,
    errors::{ImportError, MemoryError},
    hazmat,
    names::KeySet,
    protected::ProtectedContents,
};
use zeroize::Zeroizing;

use crate::derivation::shareable_key;
use crate::error::Error;
use crate::labels::ACCESS_TOKEN;
use crate::operation::{MALFORMED, ROOM, operation_error};
use crate::secret::{Held, secret};

/// Bytes that the key in a payload has at most.
const MAX_KEY_LEN: usize = 128;

secret! {
    /// The secret of an access token: 16 bytes, 24 characters of base64.
    AccessTokenSecret, 16, Standard
}

impl AccessTokenSecret {
    /// Derives the key that opens what the server has for the token: HMAC-SHA256 of the secret under
    /// `bitwarden-accesstoken`, expanded (RFC 5869 section 2.3) to 64 bytes with the info `sm-access-token`.
    ///
    /// # Errors
    /// [`Error::Store`]: no room for the key.
    pub fn derive_key<'c, S: KeySet>(&self, ctx: &Context<'c, S>) -> Result<Key<'c>, Error> {
        let (name, info) = ACCESS_TOKEN;
        let algorithm = SymmetricAlgorithm::Aes256CbcHmacSha256;
        let input = (&self.0.bytes, name, info);
        extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, shareable_key, input).map_err(operation_error)
    }
}

/// An access token, taken apart.
pub struct AccessToken {
    id: String,
    client_secret: Plaintext,
    secret: AccessTokenSecret,
}

impl AccessToken {
    /// Reads a token.
    ///
    /// # Errors
    /// [`Error::MalformedSecret`]: the text is not a token. [`Error::Store`]: no room.
    pub fn read<S: KeySet>(ctx: &Context<'_, S>, text: &ProtectedBytes) -> Result<Self, Error> {
        let secret = Held::make(ctx, parts::secret, text)?;
        let malformed = || Error::MalformedSecret { expected: 16 };
        let mut public = Zeroizing::new(vec![0; text.len()]);
        let lengths = extension::make_secret(ctx, |memory| {
            let lengths = memory.scope_reserving(ROOM, parts::credentials, (text, &mut public[..]));
            Ok(lengths.map_err(MemoryError::from)?)
        });
        let (id_len, secret_len) = lengths?.ok_or_else(malformed)?;
        let (id, rest) = public.split_at_checked(id_len).ok_or_else(malformed)?;
        let client_secret = rest.get(..secret_len).ok_or_else(malformed)?;
        let [id, client_secret] = [id, client_secret].map(|text| std::str::from_utf8(text).map_err(|_| malformed()));
        Ok(Self {
            id: id?.to_owned(),
            client_secret: Box::<str>::from(client_secret?).into(),
            secret: AccessTokenSecret(secret),
        })
    }

    /// Returns the token's id, which the server is shown.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns what shows the server that somebody has the token. It opens nothing.
    #[must_use]
    pub fn client_secret(&self) -> &Plaintext {
        &self.client_secret
    }

    /// Opens what the server has for the token: the key of its organisation, in JSON. It becomes a local key of this
    /// context.
    ///
    /// # Errors
    /// [`Error::Store`]: it is for another token, or does not hold a key; no room.
    pub fn unlock_organization<'c, S: KeySet>(
        &self,
        ctx: &Context<'c, S>,
        payload: &EncString,
    ) -> Result<Key<'c>, Error> {
        let by = self.secret.derive_key(ctx)?;
        let payload = ctx.decrypt_secret(by, payload)?;
        let encoded = extension::make_secret(ctx, |memory| {
            ProtectedBytes::try_make(&memory.reserving(ROOM), MAX_KEY_LEN, parts::encoded_key, &payload)
        });
        let encoded = encoded.map_err(|error| match error.kind() {
            // Refused as a payload is whose key is none.
            ErrorKind::Function(MALFORMED) => ImportError::NotAKey.into(),
            _ => operation_error(error),
        })?;
        Ok(hazmat::import_encoded(ctx, encoded, KeyUses::CONTENTS_AND_KEYS)?)
    }
}

/// Its id alone.
impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("id", &self.id).finish_non_exhaustive()
    }
}
