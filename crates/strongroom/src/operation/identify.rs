//! What is public of a key.

use strongroom_memory::{EnterError, SecretMemory};

use super::{Boxed, Secret, SymmetricBox};
use crate::cose::key::KID_LEN;
use crate::key::private::MODULUS;
use crate::kind::{Private, Signing, Symmetric};

/// The id that is derived of a key that carries none; `None` for one that carries its own.
pub(crate) fn derived_id(memory: &SecretMemory, key: &SymmetricBox) -> Result<Option<[u8; KID_LEN]>, EnterError> {
    memory.scope(|inside, key: &Secret<Symmetric>| key.expose(inside).derived_id(), key.secret())
}

/// The modulus of an RSA key.
pub(crate) fn public_modulus(memory: &SecretMemory, key: &Boxed<Private>) -> Result<[u8; MODULUS], EnterError> {
    memory.scope(|inside, key: &Secret<Private>| *key.expose(inside).modulus(), key.secret())
}

/// The kid and the public half of an Ed25519 key.
pub(crate) fn verifying_key(
    memory: &SecretMemory,
    key: &Boxed<Signing>,
) -> Result<([u8; KID_LEN], [u8; 32]), EnterError> {
    memory.scope(|inside, key: &Secret<Signing>| (*key.expose(inside).kid(), key.expose(inside).public()), key.secret())
}
