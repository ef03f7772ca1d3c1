//! How keys and hashes are derived of the secrets of an account: plain functions that run in secret memory.

use hkdf::Hkdf;
use sha2::Sha256;
use strongroom::ProtectedBytes;
use strongroom::extension::{ScopeToken, Status};
use subtle::ConstantTimeEq;

use crate::operation::{ALL_ZERO, Fixed, LENGTH};

/// Writes the key that a secret is shared for: HMAC-SHA256 of it under `name`, expanded (RFC 5869 section 2.3) to 64
/// bytes with `info`.
pub(crate) fn shareable_key(
    inside: &ScopeToken<'_>,
    (secret, name, info): (&Fixed<16>, &[u8], &[u8]),
    out: &mut [u8],
) -> Result<usize, Status> {
    let key = out.get_mut(..64).ok_or(LENGTH)?;
    // HKDF-Extract with the name as its salt is that HMAC.
    Hkdf::<Sha256>::new(Some(name), secret.expose(inside).as_slice()).expand(info, key).map_err(|_| LENGTH)?;
    Ok(key.len())
}

/// Writes a secret that is a key as it is.
pub(crate) fn raw_key(inside: &ScopeToken<'_>, secret: &Fixed<64>, out: &mut [u8]) -> Result<usize, Status> {
    out.get_mut(..64).ok_or(LENGTH)?.copy_from_slice(secret.expose(inside).as_slice());
    Ok(64)
}

/// Returns a copy of a secret, for a call that consumes it.
pub(crate) fn copy<const N: usize>(inside: &ScopeToken<'_>, secret: &Fixed<N>) -> Result<[u8; N], Status> {
    Ok(**secret.expose(inside))
}

/// Returns the first 32 bytes of what an authenticator gave, which has as many. They are not all zero.
pub(crate) fn prf_output(inside: &ScopeToken<'_>, output: &ProtectedBytes) -> Result<[u8; 32], Status> {
    let first: &[u8; 32] = output.expose(inside).first_chunk().ok_or(LENGTH)?;
    if bool::from(first.ct_eq(&[0; 32])) { Err(ALL_ZERO) } else { Ok(*first) }
}

/// Returns PBKDF2-HMAC-SHA256 of a password with a secret as its salt.
pub(crate) fn salted_hash(
    inside: &ScopeToken<'_>,
    (password, salt, rounds): (&ProtectedBytes, &Fixed<16>, u32),
) -> Result<[u8; 32], Status> {
    Ok(pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.expose(inside), salt.expose(inside).as_slice(), rounds))
}

#[cfg(test)]
mod tests {
    use base64_simd::STANDARD;
    use strongroom::extension::{MakeError, SecretBox, SecretMemory};
    use strongroom::{Policy, ProtectedBytes};

    use super::{raw_key, shareable_key};
    use crate::operation::{LENGTH, ROOM};

    /// Two vectors of `derive_shareable_key`, as its documentation gives them.
    #[test]
    fn shareable_keys() {
        let memory = SecretMemory::open(Policy::best_available()).unwrap().reserving(ROOM);
        for (secret, name, info, expected) in [
            (
                b"&/$%F1a895g67HlX",
                "bitwarden-test_key",
                "",
                "4PV6+PcmF2w7YHRatvyMcVQtI7zvCyssv/wFWmzjiH6Iv9altjmDkuBD1aagLVaLezbthbSe+ktR+U6qswxNnQ==",
            ),
            (
                b"67t9b5g67$%Dh89n",
                "bitwarden-test_key",
                "test",
                "F9jVQmrACGx9VUPjuzfMYDjr726JtL300Y3Yg+VYUnVQtQ1s8oImJ5xtp1KALC9h2nav04++1LDW4iFD+infng==",
            ),
        ] {
            let secret = SecretBox::make(&memory, |_, bytes: &[u8; 16]| *bytes, secret).unwrap();
            let key =
                ProtectedBytes::try_make(&memory, 100, shareable_key, (&secret, name.as_bytes(), info.as_bytes()))
                    .unwrap();
            assert_eq!(STANDARD.encode_to_string(shown(&memory, &key)), expected);
        }
    }

    #[test]
    fn raw_keys_are_their_bytes() {
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        let bytes: [u8; 64] = std::array::from_fn(|n| n as u8);
        let secret = SecretBox::make(&memory, |_, bytes: &[u8; 64]| *bytes, &bytes).unwrap();
        let key = ProtectedBytes::try_make(&memory, 64, raw_key, &secret).unwrap();
        assert_eq!(shown(&memory, &key), bytes);
    }

    #[test]
    fn a_buffer_that_is_too_short_is_a_bug() {
        let memory = SecretMemory::open(Policy::best_available()).unwrap().reserving(ROOM);
        let raw = SecretBox::make(&memory, |_, ()| [7; 64], ()).unwrap();
        let made = ProtectedBytes::try_make(&memory, 63, raw_key, &raw);
        assert!(matches!(made, Err(MakeError::Failed(LENGTH))), "{made:?}");
        let secret = SecretBox::make(&memory, |_, ()| [7; 16], ()).unwrap();
        let made = ProtectedBytes::try_make(&memory, 63, shareable_key, (&secret, b"name", b"info"));
        assert!(matches!(made, Err(MakeError::Failed(LENGTH))), "{made:?}");
    }

    fn shown(memory: &SecretMemory, key: &ProtectedBytes) -> [u8; 64] {
        memory.scope(|inside, key: &ProtectedBytes| *key.expose(inside).first_chunk().unwrap(), key).unwrap()
    }
}
