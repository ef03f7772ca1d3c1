//! A key from a password.

use argon2::Block;
use strongroom_memory::{MakeError, Room, Scratch, SecretBox, SecretBytes, SecretMemory, Status};

use super::SymmetricBox;
use crate::error::DeriveError;
use crate::kdf::argon2::{argon2id, block_count};
use crate::kdf::pbkdf2::pbkdf2;
use crate::kdf::stretch::stretch;
use crate::kdf::{Kdf, KdfSettings};
use crate::key::symmetric::SymmetricKey;

/// Derives 32 bytes from `password`, stretches them to 64 and expands these, all in one operation.
pub(crate) fn derive(
    memory: &SecretMemory,
    password: &SecretBytes,
    kdf: &Kdf,
    salt: &[u8],
) -> Result<SymmetricBox, DeriveError> {
    match kdf.settings() {
        KdfSettings::Pbkdf2 { iterations } => Ok(SecretBox::make(
            memory,
            |inside, (password, salt, iterations): (&SecretBytes, &[u8], u32)| {
                SymmetricKey::aes_cbc_hmac(&stretch(&pbkdf2(password.expose(inside), salt, iterations)))
            },
            (password, salt, iterations),
        )?),
        KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
            let memory_kib = memory_mib.saturating_mul(1024);
            let blocks = block_count(iterations, memory_kib, parallelism);
            let mut matrix = Scratch::filled(blocks, Block::default())?;
            let made = SecretBox::try_make(
                &memory.reserving(Room::LARGE),
                |inside, (password, salt, (iterations, memory_kib, lanes), matrix): Argon2Input<'_>| {
                    let password = password.expose(inside);
                    argon2id(password, salt, iterations, memory_kib, lanes, matrix.as_mut_slice())
                        .map(|key| SymmetricKey::aes_cbc_hmac(&stretch(&key)))
                        .ok_or(Status(0))
                },
                (password, salt, (iterations, memory_kib, parallelism), &mut matrix),
            );
            made.map_err(|error| match error {
                MakeError::Memory(error) => error.into(),
                MakeError::Failed(_) => DeriveError::Parameters,
            })
        }
    }
}

type Argon2Input<'i> = (&'i SecretBytes, &'i [u8], (u32, u32, u32), &'i mut Scratch<Block>);

#[cfg(test)]
mod tests;
