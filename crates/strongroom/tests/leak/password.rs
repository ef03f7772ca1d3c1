//! What envelopes make of a password, by other implementations.

use base64_simd::STANDARD;

/// 5,000 rounds.
pub(crate) fn pbkdf2(password: &[u8], salt: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    ::pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, 5_000, &mut key);
    key
}

/// Two passes over 16 MiB.
pub(crate) fn argon2id(password: &[u8], salt: &[u8]) -> [u8; 32] {
    let params = argon2::Params::new(16 << 10, 2, 1, Some(32)).unwrap();
    let mut blocks = vec![argon2::Block::new(); params.block_count()];
    let mut key = [0; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into_with_memory(password, salt, &mut key, &mut blocks)
        .unwrap();
    key
}

/// The salt stands at the end of an envelope, before the last byte.
pub(crate) fn salt_of(envelope: &str, length: usize) -> Vec<u8> {
    let bytes = STANDARD.decode_to_vec(envelope).unwrap();
    bytes[bytes.len() - 1 - length..bytes.len() - 1].to_vec()
}
