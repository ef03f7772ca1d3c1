//! A key from a password.

use argon2::Block;
use sha2::{Digest, Sha256};
use strongroom_memory::{MakeError, NoHeap, ProtectedBytes, Scratch, SecretBox, SecretMemory, StackBudget, Status};

use crate::error::{ErrorKind, Limit};
use crate::kdf::argon2::{argon2id, block_count};
use crate::kdf::pbkdf2::pbkdf2;
use crate::kdf::stretch::stretch;
use crate::kdf::{Kdf, KdfSettings};
use crate::key::symmetric::SymmetricKey;

/// What the 32 bytes that a function gives become.
pub(crate) trait Derived: NoHeap + Sized {
    fn from_derived(bytes: &[u8; 32]) -> Self;
}

/// Themselves: a master key.
impl Derived for [u8; 32] {
    fn from_derived(bytes: &[u8; 32]) -> Self {
        *bytes
    }
}

/// Stretched to 64, the key of AES-256-CBC-HMAC-SHA256.
impl Derived for SymmetricKey {
    fn from_derived(bytes: &[u8; 32]) -> Self {
        Self::aes_cbc_hmac(&stretch(bytes))
    }
}

/// A function from a password to 32 bytes. Its parameters were found within limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Function {
    Pbkdf2 { iterations: u32 },
    Argon2id { iterations: u32, memory_kib: u32, lanes: u32 },
}

/// Derives a key from `password`, as Bitwarden's accounts and exports do: Argon2id takes the SHA-256 of the salt.
pub(crate) fn derive<T: Derived>(
    memory: &SecretMemory,
    password: &ProtectedBytes,
    kdf: &Kdf,
    salt: &[u8],
) -> Result<SecretBox<T>, ErrorKind> {
    match kdf.settings() {
        KdfSettings::Pbkdf2 { iterations } => derive_by(memory, password, Function::Pbkdf2 { iterations }, salt),
        KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
            let memory_kib = memory_mib.saturating_mul(1024);
            let function = Function::Argon2id { iterations, memory_kib, lanes: parallelism };
            derive_by(memory, password, function, &Sha256::digest(salt))
        }
    }
}

/// Derives a key from `password` and the salt as it is, all in one operation.
pub(crate) fn derive_by<T: Derived>(
    memory: &SecretMemory,
    password: &ProtectedBytes,
    function: Function,
    salt: &[u8],
) -> Result<SecretBox<T>, ErrorKind> {
    match function {
        Function::Pbkdf2 { iterations } => Ok(SecretBox::make(
            memory,
            |inside, (password, salt, iterations): (&ProtectedBytes, &[u8], u32)| {
                T::from_derived(&pbkdf2(password.expose(inside), salt, iterations))
            },
            (password, salt, iterations),
        )?),
        Function::Argon2id { iterations, memory_kib, lanes } => {
            let blocks = block_count(iterations, memory_kib, lanes).ok_or(Limit::Parameters)?;
            let mut matrix = Scratch::filled(blocks, Block::default())?;
            let made = SecretBox::try_make(
                &memory.reserving(StackBudget::LARGE),
                |inside, (password, salt, (iterations, memory_kib, lanes), matrix): Argon2Input<'_>| {
                    let password = password.expose(inside);
                    argon2id(password, salt, iterations, memory_kib, lanes, matrix.as_mut_slice(inside))
                        .map(|key| T::from_derived(&key))
                        .ok_or(Status(0))
                },
                (password, salt, (iterations, memory_kib, lanes), &mut matrix),
            );
            made.map_err(|error| match error {
                MakeError::Memory(error) => error.into(),
                MakeError::Failed(_) => Limit::Parameters.into(),
            })
        }
    }
}

type Argon2Input<'i> = (&'i ProtectedBytes, &'i [u8], (u32, u32, u32), &'i mut Scratch<Block>);

#[cfg(test)]
mod tests;
