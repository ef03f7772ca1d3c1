//! Sends: contents that whoever has the link opens. The link carries a secret of 16 bytes, of which the key is derived.

use strongroom_memory::SecretBytes;

use super::secret::{Held, exposed, secret};
use crate::error::{DeriveError, Error, SecretError};
use crate::format::enc_string::EncString;
use crate::id::{KeyRef, LocalKey};
use crate::key::uses::KeyUses;
use crate::kind::KeySet;
use crate::labels::{ContentType, SEND, SEND_PASSWORD_ROUNDS};
use crate::operation::{self, SecretFailure};
use crate::store::Context;

secret! {
    /// The secret of a send: 16 bytes, 22 characters of base64 for URLs, which stand behind the `#` of its link.
    ///
    /// ```
    /// # use strongroom::{Error, ExposeSecret, KeyStore, Policy};
    /// use strongroom::account::SendSecret;
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open(Policy::best_available())?;
    ///
    /// let (text, fragment) = store.context(|ctx| {
    ///     let secret = SendSecret::generate(ctx)?;
    ///     let key = secret.derive_key(ctx)?;
    ///     Ok::<_, Error>((ctx.encrypt_text(key, "for you")?, secret.expose()?))
    /// })?;
    ///
    /// // Somebody else, who has the link:
    /// let fragment = store.secret_text(&fragment)?;
    /// let opened = store.context(|ctx| {
    ///     let key = SendSecret::read(ctx, &fragment)?.derive_key(ctx)?;
    ///     Ok::<_, Error>(ctx.decrypt_text(key, &text)?)
    /// })?;
    /// assert_eq!(opened.expose_secret(), "for you");
    /// # Ok::<_, Error>(())
    /// ```
    SendSecret, 16, Url
}

/// What shows the server that somebody knows the password of a send: 32 bytes, 44 characters of base64. It opens nothing.
/// Made by [`SendSecret::password_hash`].
#[derive(Debug)]
pub struct SendPasswordHash(Held<32>);

impl SendPasswordHash {
    exposed!(Standard);
}

impl SendSecret {
    /// Opens the secret of a send that the account keeps under its user key.
    ///
    /// # Errors
    /// [`Error::Decrypt`]: the key does not open it; [`SecretError::Malformed`]: it holds something else.
    pub fn open<'c, S: KeySet>(
        ctx: &Context<'c, S>,
        by: impl Into<KeyRef<'c, S>>,
        sealed: &EncString,
    ) -> Result<Self, Error> {
        let bytes = ctx.decrypt_secret(by, sealed)?;
        Ok(Self(Held::make(ctx, |memory| operation::take(memory, &bytes))?))
    }

    /// Encrypts the secret for the account, under its user key.
    ///
    /// # Errors
    /// [`Error::Encrypt`], [`Error::Secret`].
    pub fn seal<'c, S: KeySet>(&self, ctx: &Context<'c, S>, by: impl Into<KeyRef<'c, S>>) -> Result<EncString, Error> {
        let bytes = self.0.give(ctx)?;
        Ok(ctx.encrypt_secret_as(by.into(), ContentType::Octets, &bytes)?)
    }

    /// The key that the send's contents and file lie under: HMAC-SHA256 of the secret under `bitwarden-send`, expanded
    /// (RFC 5869 section 2.3) to 64 bytes with the info `send`.
    ///
    /// # Errors
    /// [`DeriveError`]: no room for the key.
    pub fn derive_key<'c, S: KeySet>(&self, ctx: &mut Context<'c, S>) -> Result<LocalKey<'c>, DeriveError> {
        let (name, info) = SEND;
        ctx.make_key(|memory| {
            Ok(operation::shareable_key(memory, &self.0.bytes, name, info)?.for_uses(KeyUses::CONTENTS))
        })
    }

    /// The hash of a password that the server is to ask for: PBKDF2-HMAC-SHA256, 100,000 rounds, with the secret as its
    /// salt.
    ///
    /// # Errors
    /// [`SecretError`]: no room, or the operation could not run.
    pub fn password_hash<S: KeySet>(
        &self,
        ctx: &Context<'_, S>,
        password: &SecretBytes,
    ) -> Result<SendPasswordHash, SecretError> {
        let rounds = SEND_PASSWORD_ROUNDS;
        let hash = Held::make(ctx, |memory| {
            operation::salted_hash(memory, password, &self.0.bytes, rounds).map_err(SecretFailure::Memory)
        });
        hash.map(SendPasswordHash)
    }
}
