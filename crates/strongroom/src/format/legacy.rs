//! `EncString` of type 0, which nothing authenticates: read for one purpose alone.

use strongroom_memory::SecretMemory;

use super::enc_string::{AesCbc, EncString};
use crate::error::UnwrapError;
use crate::operation::{self, MasterBox, SymmetricBox, UnwrapFailure};

/// Unwraps the user key that lies under an unstretched master key.
pub(crate) fn unwrap_legacy(
    memory: &SecretMemory,
    master: &MasterBox,
    text: &EncString,
) -> Result<SymmetricBox, UnwrapError> {
    let AesCbc { iv, data } = text.as_aes_cbc().map_err(UnwrapError::UnsupportedType)?;
    operation::unwrap_unauthenticated(memory, master, iv, data).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => UnwrapError::NotAKey,
        UnwrapFailure::NotAuthentic | UnwrapFailure::WrongAlgorithm => UnwrapError::WrongKeyOrChanged,
    })
}

#[cfg(test)]
mod tests;
