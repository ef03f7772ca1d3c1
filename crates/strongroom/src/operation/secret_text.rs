//! Secret bytes that are no keys, under a key: they leave encrypted, and come back, without being seen.

use strongroom_memory::{EnterError, ProtectedBytes, SecretMemory, StackBudget};

use super::content::LONG;
use super::wrap::{NOT_A_KEY, NOT_AUTHENTIC, Unread, WRONG_ALGORITHM};
use super::{Secret, SymmetricBox, UnwrapFailure};
use crate::key::aes_cbc::{BLOCK, pad, padded_length};
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;

/// The most bytes of such a secret: with padding, they still lie in one slot.
pub(crate) const SECRET_MOST: usize = 4000;

/// What such an operation reserves: a secret and its padding, beside what the cipher takes.
pub(super) const ROOM: StackBudget = StackBudget { stack: LONG.stack + (8 << 10), ..LONG };

/// The padded secret on the operation's stack.
type Padded = [u8; SECRET_MOST + 48];

/// Encrypts `secret` under `by`, of AES-256-CBC-HMAC-SHA256, into `out`, which has the length of the padded secret;
/// returns the MAC. `None`: `by` is of another algorithm, the secret is too long, or `out` has another length.
pub(crate) fn encrypt_secret(
    memory: &SecretMemory,
    by: &SymmetricBox,
    secret: &ProtectedBytes,
    iv: &[u8; BLOCK],
    out: &mut [u8],
) -> Result<Option<[u8; 32]>, EnterError> {
    memory.scope_reserving(
        ROOM,
        |inside, (by, secret, iv, out): (&Secret<Symmetric>, &ProtectedBytes, &[u8; BLOCK], &mut [u8])| {
            let by = by.expose(inside).as_aes_cbc_hmac()?;
            let secret = secret.expose(inside);
            let mut buffer: Padded = [0; _];
            let padded = buffer.get_mut(..padded_length(secret.len())?)?;
            padded.iter_mut().zip(secret.iter()).for_each(|(to, from)| *to = *from);
            pad(padded, secret.len());
            let mac = by.encrypt(iv, padded.as_chunks_mut().0);
            (out.len() == padded.len()).then(|| {
                out.copy_from_slice(padded);
                mac
            })
        },
        (by.secret(), secret, iv, out),
    )
}

/// Encrypting key, secret, bytes of padding, nonce, authenticated data, place for the ciphertext.
type Task<'t> = (&'t Secret<Symmetric>, &'t ProtectedBytes, u8, &'t [u8], &'t [u8], &'t mut [u8]);

/// Encrypts `secret` and so many bytes of padding, each of which says how many they are, under `by`, a COSE key, into
/// `out`, which has the length of both; returns the tag. `None`: `by` is no COSE key, the nonce not of its length, the
/// secret too long, or `out` has another length.
pub(crate) fn encrypt_secret_aead(
    memory: &SecretMemory,
    by: &SymmetricBox,
    secret: &ProtectedBytes,
    padding: u8,
    (nonce, aad): (&[u8], &[u8]),
    out: &mut [u8],
) -> Result<Option<[u8; TAG]>, EnterError> {
    memory.scope_reserving(
        ROOM,
        |inside, (by, secret, padding, nonce, aad, out): Task<'_>| {
            let by = by.expose(inside).as_aead()?;
            let secret = secret.expose(inside);
            let mut buffer: Padded = [padding; _];
            let padded = buffer.get_mut(..secret.len().checked_add(padding.into())?)?;
            padded.iter_mut().zip(secret.iter()).for_each(|(to, from)| *to = *from);
            let tag = by.encrypt(nonce, aad, padded)?;
            (out.len() == padded.len()).then(|| {
                out.copy_from_slice(padded);
                tag
            })
        },
        (by.secret(), secret, padding, nonce, aad, out),
    )
}

/// Checks the MAC over `iv || data`, and only then decrypts it into secret memory.
pub(crate) fn decrypt_secret(
    memory: &SecretMemory,
    by: &SymmetricBox,
    iv: &[u8; BLOCK],
    mac: &[u8; 32],
    data: &[u8],
) -> Result<ProtectedBytes, UnwrapFailure> {
    let made = ProtectedBytes::try_make(
        &memory.reserving(ROOM),
        data.len(),
        |inside, (by, iv, mac, data): (&Secret<Symmetric>, &[u8; BLOCK], &[u8; 32], &[u8]), out| {
            let by = by.expose(inside).as_aes_cbc_hmac().ok_or(WRONG_ALGORITHM)?;
            out.copy_from_slice(data);
            by.decrypt(iv, mac, out.as_chunks_mut().0).ok_or(NOT_AUTHENTIC)
        },
        (by.secret(), iv, mac, data),
    );
    Ok(made?)
}

/// Key, nonce, authenticated data, ciphertext, tag; whether it ends in padding.
type Message<'m> = (&'m Secret<Symmetric>, &'m [u8], &'m [u8], &'m [u8], &'m [u8; TAG], bool);

/// Checks the tag, and only then decrypts `data` into secret memory; without its padding, if it is `padded`.
pub(crate) fn decrypt_secret_aead(
    memory: &SecretMemory,
    by: &SymmetricBox,
    (nonce, aad): (&[u8], &[u8]),
    (data, tag): (&[u8], &[u8; TAG]),
    padded: bool,
) -> Result<ProtectedBytes, UnwrapFailure> {
    let made = ProtectedBytes::try_make(
        &memory.reserving(ROOM),
        data.len(),
        |inside, (by, nonce, aad, data, tag, padded): Message<'_>, out| -> Result<usize, Unread> {
            let by = by.expose(inside).as_aead().ok_or(WRONG_ALGORITHM)?;
            out.copy_from_slice(data);
            by.decrypt(nonce, aad, out, tag).ok_or(NOT_AUTHENTIC)?;
            if !padded {
                return Ok(out.len());
            }
            let padding = usize::from(*out.last().ok_or(NOT_A_KEY)?);
            out.len().checked_sub(padding).filter(|_| padding > 0).ok_or(NOT_A_KEY)
        },
        (by.secret(), nonce, aad, data, tag, padded),
    );
    Ok(made?)
}

#[cfg(test)]
mod tests {
    use strongroom_memory::ProtectedBytes;

    use super::{encrypt_secret, encrypt_secret_aead};
    use crate::key::algorithm::SymmetricAlgorithm;
    use crate::kind::Symmetric;
    use crate::operation::generate;
    use crate::vectors::memory;

    /// A place that is too long would end in zeros that nobody encrypted; in one that is too short nothing has room.
    #[test]
    fn the_place_for_a_ciphertext_has_its_length() {
        let memory = memory();
        let secret = ProtectedBytes::copy_from(&memory, b"0123456789").unwrap();
        let by = |algorithm| generate::<Symmetric>(&memory, algorithm).unwrap();
        let (cbc, gcm) = (by(SymmetricAlgorithm::Aes256CbcHmacSha256), by(SymmetricAlgorithm::Aes256Gcm));
        let cbc = |length| encrypt_secret(&memory, &cbc, &secret, &[0; 16], &mut vec![0; length]).unwrap();
        assert_eq!([0, 15, 16, 17, 32].map(|length| cbc(length).is_some()), [false, false, true, false, false]);
        let about = (&[0; 12][..], &[][..]);
        let gcm = |length| encrypt_secret_aead(&memory, &gcm, &secret, 3, about, &mut vec![0; length]).unwrap();
        assert_eq!([0, 10, 12, 13, 14].map(|length| gcm(length).is_some()), [false, false, false, true, false]);
    }
}
