//! Verification of ML-DSA-44 (FIPS 204), by the `ml-dsa` crate.

use ml_dsa::{MlDsa44, Signature, VerifyingKey};

use crate::cose::key::ML_DSA_44_PUBLIC;

/// Whether it is the signature of this message with the empty context (FIPS 204 algorithm 3). `None`: it is no
/// signature.
#[inline(never)]
pub(super) fn verify(public: &[u8; ML_DSA_44_PUBLIC], message: &[u8], signature: &[u8]) -> Option<bool> {
    let signature = Signature::<MlDsa44>::decode(signature.try_into().ok()?)?;
    Some(VerifyingKey::<MlDsa44>::decode(public.into()).verify_with_context(message, &[], &signature))
}
