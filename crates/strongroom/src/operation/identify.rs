//! What is public of a key.

use strongroom_memory::{EnterError, SecretBox, SecretMemory};
use subtle::ConstantTimeEq;

use super::{Secret, SymmetricBox};
use crate::cose::key::{KID_LEN, ML_DSA_44_PUBLIC};
use crate::error::broken;
use crate::key::facts::{DerivedKeyId, KeyId};
use crate::key::prepared::{Form, Prepared};
use crate::key::private::{PrivateKey, PublicHalf as RsaPublicHalf};
use crate::key::signing::SigningKey;
use crate::key::symmetric::SymmetricKey;
use crate::key::verifying::PublicHalf;
use crate::kind::Symmetric;

/// The id that is derived of a key that carries none; `None` for one that carries its own.
pub(crate) fn derived_id(memory: &SecretMemory, key: &SymmetricBox) -> Result<Option<[u8; KID_LEN]>, EnterError> {
    memory.scope(|inside, key: &Secret<Symmetric>| key.expose(inside).derived_id(), key.secret())
}

/// The id that a key carries, or the one that is derived of it.
pub(crate) fn key_id(memory: &SecretMemory, key: &SymmetricBox) -> Result<KeyId, EnterError> {
    if let Some(id) = super::facts::<Symmetric>(memory, key)?.id() {
        return Ok(KeyId::Carried(id));
    }
    let derived = derived_id(memory, key)?.ok_or(broken("a key that carries no id has a derived one"))?;
    Ok(KeyId::Derived(DerivedKeyId::new(derived)))
}

/// The public half of an RSA key.
pub(crate) fn rsa_public_half(memory: &SecretMemory, key: &SecretBox<PrivateKey>) -> Result<RsaPublicHalf, EnterError> {
    let (modulus, length, exponent) =
        memory.scope(|inside, key: &SecretBox<PrivateKey>| key.expose(inside).public(), key)?;
    let half = modulus.get(..length).and_then(|modulus| RsaPublicHalf::new(modulus, exponent));
    half.ok_or(broken("a private key has the numbers of a public one"))
}

/// The kid and the public half of a signing key.
pub(crate) fn verifying_key(
    memory: &SecretMemory,
    key: &SecretBox<SigningKey>,
) -> Result<([u8; KID_LEN], PublicHalf), EnterError> {
    let mut out = [0; ML_DSA_44_PUBLIC];
    let told = memory.scope(
        |inside, (key, out): (&SecretBox<SigningKey>, &mut [u8])| {
            let key = key.expose(inside);
            let length = key.public(out)?;
            Some((*key.kid(), key.algorithm() as u8, length))
        },
        (key, &mut out[..]),
    )?;
    let (kid, algorithm, length) = told.ok_or(broken("a public key has at most ML_DSA_44_PUBLIC bytes"))?;
    let half = out.get(..length).and_then(|public| PublicHalf::of(algorithm, public));
    Ok((kid, half.ok_or(broken("a signing key tells its public half"))?))
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
