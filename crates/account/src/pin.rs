//! Unlocking with a PIN.
//!
//! A PIN is short, so what it opens belongs on the device alone.

use serde::{Deserialize, Serialize};
use strongroom::{
    Context, EncString, Kdf, Key, KeyUses, ProtectedBytes,
    envelopes::{Envelopes, PasswordEnvelopeNamespace, PasswordProtectedKeyEnvelope},
    inspection::KeyThumbprint,
    names::KeySet,
    passwords::NewKdf,
    protected::ProtectedContents,
};

use crate::error::{Error, opened};

/// What a device keeps of a PIN.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PinEnrollment {
    /// The user key under the PIN.
    pub envelope: PasswordProtectedKeyEnvelope,
    /// The PIN under the user key, so that the envelope can be made anew without asking.
    pub pin: EncString,
}

/// Puts a user key under a PIN: an envelope, which [`unlock_with_pin`] opens, and beside it the PIN under the user key.
///
/// `kdf` makes a PIN costly to guess. Its default is what official clients take. With a weak one even a long PIN is
/// guessed.
///
/// ```
/// # use strongroom::{KeyStore, KeyUses, passwords::NewKdf};
/// # use strongroom_account::Error;
/// use strongroom_account as account;
/// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
/// # let store = KeyStore::<Keys>::open()?;
/// # store.transaction(|tx| { let user = tx.generate(KeyUses::CONTENTS_AND_KEYS)?; tx.insert(Key::User, user) })?;
///
/// let pin = store.secret_text("4321")?;
/// let kdf = NewKdf::default(); // Argon2id
/// let kept = store.try_context(|ctx| account::enroll_pin(ctx, ctx.key(Key::User)?, &pin, &kdf))?;
/// store.lock();
/// store.try_transaction(|tx| {
///     let user = account::unlock_with_pin(tx, &kept.envelope, &pin)?;
///     Ok::<_, Error>(tx.insert(Key::User, user)?)
/// })?;
/// // After a new user key: its own PIN, unseen.
/// let again = store.try_transaction(|tx| {
///     let next = tx.generate(KeyUses::CONTENTS_AND_KEYS)?;
///     let again = account::enroll_pin_again(tx, tx.key(Key::User)?, &kept.pin, next, &kdf)?;
///     tx.replace(Key::User, next)?;
///     Ok::<_, Error>(again)
/// })?;
/// store.try_context(|ctx| account::unlock_with_pin(ctx, &again.envelope, &pin).map(drop))?;
/// # Ok::<_, Error>(())
/// ```
///
/// # Errors
/// [`Error::Store`]: the store is locked, the PIN is of more than 4,000 bytes, or there is no room for
/// the working memory.
pub fn enroll_pin<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    pin: &ProtectedBytes,
    kdf: &NewKdf,
) -> Result<PinEnrollment, Error> {
    let envelope = ctx.seal_with_password(user, pin, kdf, PasswordEnvelopeNamespace::PinUnlock)?;
    Ok(PinEnrollment { envelope, pin: ctx.encrypt_secret(user, pin)? })
}

/// Puts another user key under the PIN that is encrypted under `by`: after a rotation. `by` is the user key so far, so
/// take `tx.key(..)` of its name before [`rotate`](crate::rotate) or [`upgrade`](crate::upgrade). The token stays good
/// afterwards.
///
/// `pin` is not bound to its place: whoever can write it can put another text there that the user key encrypted.
///
/// # Errors
/// [`Error::Store`]: `by` does not open the PIN; else as [`enroll_pin`].
pub fn enroll_pin_again<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    by: Key<'c>,
    pin: &EncString,
    user: Key<'c>,
    kdf: &NewKdf,
) -> Result<PinEnrollment, Error> {
    let pin = ctx.decrypt_secret(by, pin)?;
    enroll_pin(ctx, user, &pin, kdf)
}

/// Opens a user key with a PIN, if the work that its envelope asks for is within the default
/// [`KdfLimits`](strongroom::passwords::KdfLimits). It becomes a local key of this context.
///
/// Somebody who can put an envelope of their own in the place of the true one learns from the program's reaction
/// whether the PIN is one of theirs: one PIN an envelope, or five in the form of older versions
/// ([`PasswordProtectedKeyEnvelope`]). And what opens may be a key of theirs. Where the program remembers the account,
/// call [`unlock_with_pin_of`].
///
/// # Errors
/// [`Error::WrongSecret`]: the PIN is wrong, or the envelope holds no key, or another than it names. [`Error::Store`]:
/// the envelope is for something else, or asks for too much or too little work; no room.
pub fn unlock_with_pin<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    envelope: &PasswordProtectedKeyEnvelope,
    pin: &ProtectedBytes,
) -> Result<Key<'c>, Error> {
    opened(ctx.unseal_with_password(envelope, pin, PasswordEnvelopeNamespace::PinUnlock, KeyUses::CONTENTS_AND_KEYS))
}

/// Opens the user key with this thumbprint with a PIN, and no other key.
///
/// The program remembers it: it is [`Account::user_key`](crate::Account::user_key). An envelope that was made without
/// the user key opens for no PIN. So nobody who puts an envelope of their own in the place of the true one learns
/// anything of the PIN. Keep the thumbprint where somebody who can write the envelope cannot write.
///
/// ```
/// # use strongroom::{KeyStore, KeyUses, inspection::Inspect, passwords::NewKdf};
/// # use strongroom_account::{self as account, Error};
/// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
/// # let store = KeyStore::<Keys>::open()?;
/// # store.transaction(|tx| { let user = tx.generate(KeyUses::CONTENTS_AND_KEYS)?; tx.insert(Key::User, user) })?;
/// # let pin = store.secret_text("4321")?;
/// # let kdf = NewKdf::default();
/// let (thumbprint, kept) = store.try_context(|ctx| {
///     let user = ctx.key(Key::User)?;
///     Ok::<_, Error>((ctx.thumbprint(user)?, account::enroll_pin(ctx, user, &pin, &kdf)?))
/// })?;
/// store.lock();
/// store.try_transaction(|tx| {
///     let user = account::unlock_with_pin_of(tx, &kept.envelope, &pin, &thumbprint)?;
///     Ok::<_, Error>(tx.insert(Key::User, user)?)
/// })?;
/// # Ok::<_, Error>(())
/// ```
///
/// # Errors
/// - [`Error::WrongSecret`]: the PIN is wrong, or the envelope holds another key.
/// - As for [`unlock_with_pin`].
pub fn unlock_with_pin_of<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    envelope: &PasswordProtectedKeyEnvelope,
    pin: &ProtectedBytes,
    user_key: &KeyThumbprint,
) -> Result<Key<'c>, Error> {
    let (namespace, uses) = (PasswordEnvelopeNamespace::PinUnlock, KeyUses::CONTENTS_AND_KEYS);
    opened(ctx.unseal_with_password_of(user_key, envelope, pin, namespace, uses))
}

/// Wraps a user key under a PIN in the old way, which clients of all ages read: type 2 under the key that the account's
/// own function derives of the PIN. `salt` is taken as it is; clients use the e-mail address.
///
/// `kdf` is the [key derivation of the account](crate::MasterPassword::kdf), even if it is weak. The old format does
/// not state its parameters, and the clients that open it take the account's. So the limits for new passwords do not
/// apply. [`enroll_pin`] states parameters of its own.
///
/// # Errors
/// [`Error::Store`]: the store is locked; no room, no random bytes.
pub fn wrap_with_pin<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    user: Key<'c>,
    pin: &ProtectedBytes,
    kdf: &Kdf,
    salt: &[u8],
) -> Result<EncString, Error> {
    let by = ctx.derive_from_password(pin, kdf, salt, KeyUses::KEYS)?;
    Ok(ctx.wrap_key(by, user)?)
}

/// Opens a user key that was wrapped under a PIN in the old way. It becomes a local key of this context.
///
/// # Errors
/// [`Error::WrongSecret`]: the PIN is wrong. [`Error::Store`]: the text is of another type, or holds something else
/// than a symmetric key; no room.
pub fn unwrap_with_pin<'c, S: KeySet>(
    ctx: &Context<'c, S>,
    wrapped: &EncString,
    pin: &ProtectedBytes,
    kdf: &Kdf,
    salt: &[u8],
) -> Result<Key<'c>, Error> {
    let by = ctx.derive_from_password(pin, kdf, salt, KeyUses::KEYS)?;
    opened(ctx.unwrap_key(by, wrapped, KeyUses::CONTENTS_AND_KEYS))
}
