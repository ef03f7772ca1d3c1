//! The second look at a key that was read or made: what takes more room than that, and only some keys need.

use strongroom_memory::{MakeError, MemoryError, SecretBox, SecretMemory, Status};

use crate::key::prepared::Prepared;

/// The key as it is used; `None` if its parts do not belong together.
///
/// Which algorithm a wrapped key has is known only when it is decrypted, and one that wants a large stack must not cost
/// the others theirs: so this is an operation of its own, after the first.
pub(crate) fn prove<P: Prepared>(
    memory: &SecretMemory,
    key: SecretBox<P>,
) -> Result<Option<SecretBox<P>>, MemoryError> {
    let Some(room) = P::PROOF else { return Ok(Some(key)) };
    let unproved = memory.scope(|inside, key: &SecretBox<P>| key.expose(inside).is_unproved(), &key)?;
    if !unproved {
        return Ok(Some(key));
    }
    let made: Result<SecretBox<P>, _> = SecretBox::try_make(
        &memory.reserving(room),
        |inside, key: &SecretBox<P>| key.expose(inside).prove().ok_or(Status(0)),
        &key,
    );
    match made {
        Ok(proved) => Ok(Some(proved)),
        Err(MakeError::Failed(Status(_))) => Ok(None),
        Err(MakeError::Memory(error)) => Err(error),
    }
}
