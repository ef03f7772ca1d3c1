//! Passkeys that unlock: the pseudo-random function of an authenticator (WebAuthn, extension `prf`) gives a key.

use strongroom::extension::{self, SecretBox};
use strongroom::{Context, Key, ProtectedBytes, hazmat, master_keys::MasterKeys, names::KeySet};

use crate::derivation::prf_output;
use crate::error::Error;
use crate::operation::ROOM;
use crate::secret::secret_error;

/// Bytes of an authenticator's output that count.
const COUNTED: usize = 32;

/// Derives the key that an authenticator's output is stretched to: its first 32 bytes, as a master key is. It opens the
/// private key of a [`RotatableKeySet`](crate::RotatableKeySet).
///
/// # Errors
/// [`Error::ShortSecret`]; [`Error::AllZero`]: the authenticator gave no output, and anybody could make this key.
/// [`Error::Store`]: no room.
pub fn prf_key<'c, S: KeySet>(ctx: &Context<'c, S>, output: &ProtectedBytes) -> Result<Key<'c>, Error> {
    if output.len() < COUNTED {
        return Err(Error::ShortSecret { found: output.len(), min: COUNTED });
    }
    let bytes = extension::make_secret(ctx, |memory| SecretBox::try_make(&memory.reserving(ROOM), prf_output, output));
    let master = hazmat::import_master_key(ctx, bytes.map_err(|error| secret_error(error, COUNTED))?)?;
    Ok(ctx.stretch(&master)?)
}
