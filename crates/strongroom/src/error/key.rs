//! What is wrong with a key for the use it was put to.

use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::key::algorithm::AsymmetricAlgorithm;
use crate::key::prepared::{Unusable, UnusableRsa};

/// A key may not be used so: its own list of permitted operations leaves it out, or the program made it for other
/// [uses](crate::KeyUses).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the key may not {operation}: it permits {}", list(.permitted))]
pub struct NotPermitted {
    /// What was asked for.
    pub operation: KeyOperation,
    /// What the key permits.
    pub permitted: KeyOperations,
}

fn list(operations: &KeyOperations) -> String {
    let names: Vec<String> = operations.iter().map(|operation| operation.to_string()).collect();
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}

/// An RSA key is one, but none that can be used: its modulus has to have 2,048, 3,072 or 4,096 bits, its two primes
/// half as many each, and its public exponent has to be odd and from 3 to 2^64 - 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "an RSA key of {bits} bits with public exponent {} cannot be used; it has to have 2048, 3072 or 4096 bits, two primes \
     of half as many, and an odd exponent from 3 to 2^64 - 1",
    shown(.exponent)
)]
pub struct UnusableRsaKey {
    /// Bits of the modulus.
    pub bits: u32,
    /// The public exponent; `None` if it has more than 64 bits.
    pub exponent: Option<u64>,
}

fn shown(exponent: &Option<u64>) -> String {
    exponent.map_or_else(|| "of more than 64 bits".into(), |exponent| exponent.to_string())
}

impl UnusableRsaKey {
    pub(crate) fn of((bits, exponent): UnusableRsa) -> Self {
        Self { bits, exponent }
    }
}

/// The key is one of an algorithm that this build of the program leaves out: build it with the Cargo feature that adds
/// it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this build does not have {algorithm}; the feature `{feature}` of the crate `strongroom` adds it")]
pub struct UnavailableAlgorithm {
    /// What the key is a key of, or was to be.
    pub algorithm: AsymmetricAlgorithm,
    /// The Cargo feature of this crate that adds it.
    pub feature: &'static str,
}

impl UnavailableAlgorithm {
    /// The only one that can be left out.
    pub(crate) const ML_DSA_44: Self = Self { algorithm: AsymmetricAlgorithm::MlDsa44, feature: "ml-dsa" };
}

/// Returns the error for a key that is one and cannot be used.
pub(crate) fn unusable<E: From<UnusableRsaKey> + From<UnavailableAlgorithm>>(told: Unusable) -> E {
    match told {
        Ok(told) => UnusableRsaKey::of(told).into(),
        Err(()) => UnavailableAlgorithm::ML_DSA_44.into(),
    }
}

/// A public key cannot be read, or a signature is not its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// Not the SPKI form of an RSA key.
    #[error("not a public key of RSA")]
    NotAnRsaKey,
    /// That of an RSA key, but of none that can be used.
    #[error(transparent)]
    UnusableRsaKey(UnusableRsaKey),
    /// Not a COSE_Key of Ed25519 or ML-DSA-44 with its public half, or an Ed25519 point of small order.
    #[error("not a public key of Ed25519 or ML-DSA-44")]
    NotAVerifyingKey,
    /// Its permitted operations leave out verification.
    #[error("the key may not verify")]
    MayNotVerify,
    /// It is a public key of ML-DSA-44, and this build has no ML-DSA-44.
    #[error(transparent)]
    UnavailableAlgorithm(#[from] UnavailableAlgorithm),
    /// Another key made the signature, or the signature or the message was changed.
    #[error("the signature is not that of this key for this message")]
    WrongSignature,
}
