//! Signatures.

use strongroom_memory::{EnterError, SecretBox, SecretMemory};

use super::tell::told;
use crate::error::broken;
use crate::key::signing::{LONGEST_SIGNATURE, SigningKey};

/// The signature of `message`; `None` if its algorithm wants random bytes and there are none.
pub(crate) fn sign(
    memory: &SecretMemory,
    key: &SecretBox<SigningKey>,
    message: &[u8],
) -> Result<Option<Vec<u8>>, EnterError> {
    let algorithm = told(memory, key)?.algorithm();
    let mut out = vec![0; LONGEST_SIGNATURE];
    let length = memory.scope_reserving(
        SigningKey::signing_room(algorithm).ok_or(broken("this build has the algorithm of each of its keys"))?,
        |inside, (key, message, out): (&SecretBox<SigningKey>, &[u8], &mut [u8])| {
            key.expose(inside).sign(inside, message, out)
        },
        (key, message, &mut out[..]),
    )?;
    Ok(length.map(|length| {
        out.truncate(length);
        out
    }))
}
