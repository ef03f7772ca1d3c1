//! What is public of a key.

use strongroom_memory::{EnterError, SecretMemory};
use subtle::ConstantTimeEq;

use super::{Boxed, Secret, SymmetricBox};
use crate::cose::key::KID_LEN;
use crate::key::prepared::{Form, Prepared};
use crate::key::private::MODULUS;
use crate::key::symmetric::SymmetricKey;
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

/// Whether two keys are the same, in constant time.
pub(crate) fn same(memory: &SecretMemory, one: &SymmetricBox, other: &SymmetricBox) -> Result<bool, EnterError> {
    memory.reserving(SymmetricKey::ROOM).scope(
        |inside, (one, other): (&Secret<Symmetric>, &Secret<Symmetric>)| {
            let (mut first, mut second) = (SymmetricKey::BLANK, SymmetricKey::BLANK);
            let lengths = (
                one.expose(inside).write(Form::Encoded, &mut first),
                other.expose(inside).write(Form::Encoded, &mut second),
            );
            matches!(lengths, (Some(_), Some(_))) && bool::from(first.ct_eq(&second))
        },
        (one.secret(), other.secret()),
    )
}
