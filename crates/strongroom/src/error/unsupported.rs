//! What cannot be had with an algorithm or a type.

use super::key::{UnavailableAlgorithm, UnusableRsaKey};
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
    /// AES-256-CBC-HMAC-SHA256 binds contents to no associated data. Take a COSE key.
    #[error("AES-256-CBC-HMAC-SHA256 binds contents to no associated data, a COSE key does")]
    AssociatedData,
    /// Keys of this algorithm have no such form in other software.
    #[error("a key of this algorithm has no such form")]
    Form,
    /// The function was declared to use the heap, which is not protected, and the policy demands protection in use.
    #[error("the operation uses the heap, which is not protected, and protection in use is demanded")]
    Allocates,
}
