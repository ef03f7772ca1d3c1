//! Unlocking with a PIN.

use strongroom_memory::SecretBytes;

use super::opened;
use crate::error::Error;
use crate::format::enc_string::EncString;
use crate::id::{KeyRef, LocalKey};
use crate::kdf::Kdf;
use crate::kind::KeySet;
use crate::store::Context;

/// Wraps a user key under a PIN in the old way, which clients of all ages read: type 2 under the key that the account's own
/// function derives of the PIN. `salt` is taken as it is; clients use the e-mail address. A PIN is short: the result
/// belongs on the device alone.
///
/// # Errors
/// [`Error::Derive`], [`Error::Wrap`].
pub fn wrap_with_pin<'c, S: KeySet>(
    ctx: &mut Context<'c, S>,
    user: impl Into<KeyRef<'c, S>>,
    pin: &SecretBytes,
    kdf: &Kdf,
    salt: &[u8],
) -> Result<EncString, Error> {
    let by = ctx.derive_from_password(pin, kdf, salt)?;
    Ok(ctx.wrap(by, user)?)
}

/// Opens a user key that lies under a PIN in the old way. It becomes a local key of this context.
///
/// # Errors
/// [`AccountError::WrongSecret`](crate::AccountError::WrongSecret): the PIN is wrong; no room.
pub fn unwrap_with_pin<'c, S: KeySet>(
    ctx: &mut Context<'c, S>,
    wrapped: &EncString,
    pin: &SecretBytes,
    kdf: &Kdf,
    salt: &[u8],
) -> Result<LocalKey<'c>, Error> {
    let by = ctx.derive_from_password(pin, kdf, salt)?;
    opened(ctx.unwrap(by, wrapped))
}
