//! Sends: contents that everybody opens who has the link. The link carries a secret of 16 bytes, of which the key is
//! derived.

use strongroom::extension::{self, ScopeToken};
use strongroom::{
    Context, EncString, Key, KeyUses, ProtectedBytes, algorithms::SymmetricAlgorithm, names::KeySet,
    protected::ProtectedContents,
};

use crate::derivation::{salted_hash, shareable_key};
use crate::error::Error;
use crate::labels::{SEND, SEND_PASSWORD_ROUNDS};
use crate::operation::{Fixed, MALFORMED, ROOM, operation_error};
use crate::secret::{Held, exposed, secret};

secret! {
    /// The secret of a send: 16 bytes, 22 characters of base64 for URLs, which follow the `#` of its link.
    ///
    /// ```
    /// # use strongroom::{ExposeSecret, KeyStore};
    /// # use strongroom_account::Error;
    /// use strongroom_account::SendSecret;
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    ///
    /// let (text, fragment) = store.try_context(|ctx| {
    ///     let secret = SendSecret::generate(ctx)?;
    ///     let key = secret.derive_key(ctx)?;
    ///     Ok::<_, Error>((ctx.encrypt_text(key, "for you")?, secret.expose()?))
    /// })?;
    ///
    /// // Somebody else, who has the link:
    /// let fragment = store.secret_text(&fragment)?;
    /// let opened = store.try_context(|ctx| {
    ///     let key = SendSecret::read(ctx, &fragment)?.derive_key(ctx)?;
    ///     Ok::<_, Error>(ctx.decrypt_text(key, &text)?)
    /// })?;
    /// assert_eq!(opened.expose_secret(), "for you");
    /// # Ok::<_, Error>(())
    /// ```
    SendSecret, 16, Url
}

/// What shows the server that somebody knows the password of a send: 32 bytes, 44 characters of base64. It opens
/// nothing. Made by [`SendSecret::password_hash`].
#[derive(Debug)]
pub struct SendPasswordHash(Held<32>);

impl SendPasswordHash {
    exposed!(Standard);
}

impl SendSecret {
    /// Opens the secret of a send that the account keeps under its user key.
    ///
    /// # Errors
    /// [`Error::Store`]: the key does not open it. [`Error::MalformedSecret`]: it holds something else.
    pub fn open<'c, S: KeySet>(ctx: &Context<'c, S>, by: Key<'c>, sealed: &EncString) -> Result<Self, Error> {
        let bytes = ctx.decrypt_secret(by, sealed)?;
        let take = |inside: &ScopeToken<'_>, bytes: &ProtectedBytes| {
            let bytes: &[u8] = bytes.expose(inside);
            bytes.try_into().map_err(|_| MALFORMED)
        };
        Held::make(ctx, take, &bytes).map(Self)
    }

    /// Encrypts the secret for the account, under its user key.
    ///
    /// # Errors
    /// [`Error::Store`]: the store is locked; no room, no random bytes.
    pub fn seal<'c, S: KeySet>(&self, ctx: &Context<'c, S>, by: Key<'c>) -> Result<EncString, Error> {
        let give = |inside: &ScopeToken<'_>, secret: &Fixed<16>, out: &mut [u8]| {
            out.copy_from_slice(secret.expose(inside).as_slice());
            Ok(out.len())
        };
        let bytes = extension::make_secret(ctx, |memory| ProtectedBytes::try_make(memory, 16, give, &self.0.bytes))?;
        Ok(ctx.encrypt_secret_bytes(by, &bytes)?)
    }

    /// Derives the key that encrypts the send's contents and file: HMAC-SHA256 of the secret under `bitwarden-send`,
    /// expanded (RFC 5869 section 2.3) to 64 bytes with the info `send`.
    ///
    /// # Errors
    /// [`Error::Store`]: no room for the key.
    pub fn derive_key<'c, S: KeySet>(&self, ctx: &Context<'c, S>) -> Result<Key<'c>, Error> {
        let (name, info) = SEND;
        let algorithm = SymmetricAlgorithm::Aes256CbcHmacSha256;
        let input = (&self.0.bytes, name, info);
        extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, shareable_key, input).map_err(operation_error)
    }

    /// Hashes a password that the server is to ask for: PBKDF2-HMAC-SHA256, 100,000 rounds, with the secret as its
    /// salt.
    ///
    /// # Errors
    /// [`Error::Store`]: no room, or the operation could not run.
    pub fn password_hash<S: KeySet>(
        &self,
        ctx: &Context<'_, S>,
        password: &ProtectedBytes,
    ) -> Result<SendPasswordHash, Error> {
        let input = (password, &self.0.bytes, SEND_PASSWORD_ROUNDS);
        Held::make(ctx, salted_hash, input).map(SendPasswordHash)
    }
}
