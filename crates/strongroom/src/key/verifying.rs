//! The public half of a signing key, and what a signature is under it.

#[cfg(feature = "ml-dsa")]
mod ml_dsa_44;

use ed25519_dalek::{Signature, VerifyingKey as Ed25519};

use super::algorithm::SigningAlgorithm;
#[cfg(feature = "ml-dsa")]
use crate::cose::key::ML_DSA_44_PUBLIC;

/// The public half of a signing key, checked as far as it can be.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum PublicHalf {
    Ed25519([u8; 32]),
    /// Any bytes are one.
    #[cfg(feature = "ml-dsa")]
    MlDsa44(Box<[u8; ML_DSA_44_PUBLIC]>),
}

impl PublicHalf {
    /// A point that a private key gives: not of small order.
    pub(crate) fn ed25519(bytes: &[u8; 32]) -> Option<Self> {
        let point = Ed25519::from_bytes(bytes).ok()?;
        (!point.is_weak()).then_some(Self::Ed25519(*bytes))
    }

    /// The one that a signing key of the algorithm with this number tells; `None` if there is none of this length.
    pub(crate) fn of(algorithm: u8, bytes: &[u8]) -> Option<Self> {
        match SigningAlgorithm::from_number(algorithm)? {
            SigningAlgorithm::Ed25519 => Some(Self::Ed25519(bytes.try_into().ok()?)),
            #[cfg(feature = "ml-dsa")]
            SigningAlgorithm::MlDsa44 => Some(Self::MlDsa44(Box::new(bytes.try_into().ok()?))),
            #[cfg(not(feature = "ml-dsa"))]
            SigningAlgorithm::MlDsa44 => None,
        }
    }

    pub(crate) fn algorithm(&self) -> SigningAlgorithm {
        match self {
            Self::Ed25519(_) => SigningAlgorithm::Ed25519,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44(_) => SigningAlgorithm::MlDsa44,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44(bytes) => &bytes[..],
        }
    }

    /// Whether it is the signature of this message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Ed25519(bytes) => verify_ed25519(bytes, message, signature),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44(bytes) => ml_dsa_44::verify(bytes, message, signature),
        };
        verified == Some(true)
    }
}

fn verify_ed25519(public: &[u8; 32], message: &[u8], signature: &[u8]) -> Option<bool> {
    let key = Ed25519::from_bytes(public).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    Some(key.verify_strict(message, &signature).is_ok())
}
