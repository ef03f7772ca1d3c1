//! What cannot be had with an algorithm or a type.

use super::key::{UnavailableAlgorithm, UnusableRsaKey};
use crate::key::algorithm::AsymmetricAlgorithm;
use crate::labels::EncStringType;

/// What was asked for cannot be had with this algorithm or type, in this version or build.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// What is encrypted in this way is not opened by this version.
    #[error("encrypted text of {0} cannot be opened")]
    Type(EncStringType),
    /// An RSA key, but none that can be used.
    #[error(transparent)]
    RsaKey(#[from] UnusableRsaKey),
    /// An algorithm that this build leaves out.
    #[error(transparent)]
    Algorithm(#[from] UnavailableAlgorithm),
    /// Keys of this algorithm are not for what was asked: those of RSA do not sign, those of signature schemes do not
    /// decapsulate.
    #[error("a key of {0} cannot do this")]
    ForAlgorithm(AsymmetricAlgorithm),
    /// AES-256-CBC-HMAC-SHA256 binds contents to no associated data. Encrypt with a COSE key; what a key of
    /// AES-256-CBC-HMAC-SHA256 encrypted is decrypted without.
    #[error("AES-256-CBC-HMAC-SHA256 binds contents to no associated data, a COSE key does")]
    AssociatedData,
    /// Kinds of operations that the store was to be opened for, and that this build leaves out.
    #[error("this build does not have {name}; the feature `{feature}` of the crate `strongroom` adds it")]
    NotBuilt {
        /// The kind of operations.
        name: &'static str,
        /// The Cargo feature that adds it.
        feature: &'static str,
    },
    /// Keys of this algorithm have no such form in other software.
    #[error("a key of this algorithm has no such form")]
    Form,
    /// The function was declared to use the heap, which is not protected, and the policy demands protection in use.
    #[error("the operation uses the heap, which is not protected, and protection in use is demanded")]
    Allocates,
}
