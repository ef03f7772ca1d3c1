//! Argon2id version 0x13, RFC 9106.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use sha2::{Digest, Sha256};

/// How many blocks of 1 KiB the matrix has; 0 for parameters that Argon2 does not know.
pub(crate) fn block_count(iterations: u32, memory_kib: u32, lanes: u32) -> usize {
    Params::new(memory_kib, iterations, lanes, Some(32)).map_or(0, |params| params.block_count())
}

/// 32 bytes from `password` and the SHA-256 of `salt`, as Bitwarden's software asks for it.
///
/// `matrix` is the working memory, of [`block_count`] blocks; its last blocks determine the result. `None` if the
/// parameters are none of Argon2's or the matrix is too small.
pub(crate) fn argon2id(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    memory_kib: u32,
    lanes: u32,
    matrix: &mut [Block],
) -> Option<[u8; 32]> {
    let params = Params::new(memory_kib, iterations, lanes, Some(32)).ok()?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password, &Sha256::digest(salt), &mut key, matrix)
        .ok()?;
    Some(key)
}
