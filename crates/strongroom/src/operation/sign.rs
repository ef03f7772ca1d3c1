//! Signatures.

use strongroom_memory::{EnterError, Room, SecretMemory};

use super::{Boxed, Secret};
use crate::key::signing::SIGNATURE;
use crate::kind::Signing;

/// The signature of `message`.
pub(crate) fn sign(memory: &SecretMemory, key: &Boxed<Signing>, message: &[u8]) -> Result<[u8; SIGNATURE], EnterError> {
    memory.scope_reserving(
        Room::LARGE,
        |inside, (key, message): (&Secret<Signing>, &[u8])| key.expose(inside).sign(message),
        (key.secret(), message),
    )
}
