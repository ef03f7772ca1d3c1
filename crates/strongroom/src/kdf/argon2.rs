//! Argon2id version 0x13, RFC 9106.

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// How many blocks of 1 KiB the matrix has; `None` for parameters that are none of Argon2's.
pub(crate) fn block_count(iterations: u32, memory_kib: u32, lanes: u32) -> Option<usize> {
    Params::new(memory_kib, iterations, lanes, Some(32)).ok().map(|params| params.block_count())
}

/// 32 bytes from `password` and `salt`, of 8 bytes at least.
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
        .hash_password_into_with_memory(password, salt, &mut key, matrix)
        .ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Argon2, Block, Params, Version, argon2id, block_count};
    use hex_literal::hex;

    /// RFC 9106 section 5.3. It has a secret and associated data, which no format here has: so this is the function
    /// that is built upon; what is built is held to the official software's vectors.
    #[test]
    fn rfc_9106_vector() {
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .output_len(32)
            .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
            .build();
        let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params.unwrap()).unwrap();
        let mut matrix = vec![Block::default(); block_count(3, 32, 4).unwrap()];
        let mut tag = [0; 32];
        argon2.hash_password_into_with_memory(&[1; 32], &[2; 16], &mut tag, &mut matrix).unwrap();
        assert_eq!(tag, hex!("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
    }

    /// What is built upon it: 32 bytes, and the salt as it is. Who hashes it first, as accounts do, does so before.
    #[test]
    fn the_salt_is_taken_as_it_is() {
        let mut matrix = vec![Block::default(); block_count(2, 64, 1).unwrap()];
        let ours = argon2id(b"password", b"a salt of 16 byt", 2, 64, 1, &mut matrix);
        let mut tag = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 2, 1, Some(32)).unwrap())
            .hash_password_into_with_memory(b"password", b"a salt of 16 byt", &mut tag, &mut matrix)
            .unwrap();
        assert_eq!(ours, Some(tag));
    }
}
