//! What is public of a key of one type.

use strongroom_memory::{EnterError, SecretBox, SecretMemory};

use crate::error::broken;
use crate::key::facts::KeyInfo;
use crate::key::prepared::Prepared;

/// The facts that a key tells.
pub(super) fn told<P: Prepared>(
    memory: &SecretMemory,
    key: &SecretBox<P>,
) -> Result<KeyInfo<P::Algorithm>, EnterError> {
    let told = memory.scope(|inside, key: &SecretBox<P>| key.expose(inside).tell(), key)?;
    P::facts(told).ok_or(broken("a key tells an algorithm of its kind"))
}
