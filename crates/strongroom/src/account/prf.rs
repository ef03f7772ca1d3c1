//! Passkeys that unlock: the pseudo-random function of an authenticator (WebAuthn, extension `prf`) gives a key.

use strongroom_memory::SecretBytes;

use super::secret::secret_error;
use crate::error::SecretError;
use crate::id::LocalKey;
use crate::key::uses::KeyUses;
use crate::kind::KeySet;
use crate::operation;
use crate::store::Context;

/// Bytes of an authenticator's output that count.
const COUNTED: usize = 32;

/// The key that an authenticator's output is stretched to: the first 32 bytes, as a master key is. Under it lies the
/// private key of a [`RotatableKeySet`](super::RotatableKeySet).
///
/// # Errors
/// [`SecretError::TooShort`]; [`SecretError::AllZero`]: the authenticator gave no output, and anybody could make this key;
/// no room.
pub fn prf_key<'c, S: KeySet>(ctx: &mut Context<'c, S>, output: &SecretBytes) -> Result<LocalKey<'c>, SecretError> {
    if output.len() < COUNTED {
        return Err(SecretError::TooShort { found: output.len(), min: COUNTED });
    }
    ctx.make_key(|memory| {
        let key = operation::prf_key(memory, output).map_err(|failure| secret_error(failure, COUNTED))?;
        Ok(key.for_uses(KeyUses::KEYS))
    })
}
