//! `EncString` of type 0, which nothing authenticates: read for one purpose alone.

use strongroom_memory::SecretMemory;

use super::enc_string::{AesCbc, EncString};
use crate::error::{ErrorKind, Malformed, Unsupported, WrongKey};
use crate::operation::{self, MasterBox, SymmetricBox, UnwrapFailure};

/// Unwraps the user key that lies under an unstretched master key.
pub(crate) fn unwrap_legacy(
    memory: &SecretMemory,
    master: &MasterBox,
    text: &EncString,
) -> Result<SymmetricBox, ErrorKind> {
    let AesCbc { iv, data } = text.as_aes_cbc().map_err(Unsupported::Type)?;
    operation::unwrap_unauthenticated(memory, master, iv, data).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => Malformed::NotAKey.into(),
        UnwrapFailure::NotAuthentic | UnwrapFailure::WrongAlgorithm => WrongKey::OrChanged.into(),
    })
}

#[cfg(test)]
mod tests;
