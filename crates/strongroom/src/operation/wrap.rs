//! Keys that are made, wrapped and unwrapped: raw key bytes exist inside these functions alone.

use strongroom_memory::{EnterError, MakeError, MemoryError, SecretBox, SecretMemory, Status};

use super::prove::prove;
use crate::error::{ErrorKind, UnavailableAlgorithm, broken};
use crate::key::aes_cbc::{BLOCK, pad, padded_length};
use crate::key::prepared::{Form, LONGEST, Prepared, Unusable};
use crate::key::symmetric::{SymmetricKey, TAG};

/// Bytes that a wrapped key has at most, with padding or tag.
pub(crate) const MOST: usize = LONGEST + BLOCK;

/// Makes a new key from the system's random source.
pub(super) fn generate_key<P: Prepared>(
    memory: &SecretMemory,
    algorithm: P::Algorithm,
) -> Result<SecretBox<P>, ErrorKind> {
    let number = P::number(algorithm);
    if P::is_left_out(number) {
        return Err(UnavailableAlgorithm::ML_DSA_44.into());
    }
    let made = SecretBox::try_make(
        &memory.reserving(P::generation_room(algorithm)),
        |inside, number: u8| P::generate(inside, number).ok_or(Status(0)),
        number,
    );
    let made = made.map_err(|error| match error {
        MakeError::Memory(error) => ErrorKind::from(error),
        MakeError::Failed(Status(_)) => ErrorKind::NoRandom(None),
    })?;
    Ok(prove(memory, made)?.ok_or(broken("the parts of a key that was made belong together"))?)
}

/// A key that was wrapped.
pub struct Wrapped<'o, const N: usize> {
    /// The ciphertext, in the caller's buffer.
    pub(crate) data: &'o [u8],
    /// The MAC or the tag.
    pub(crate) mac: [u8; N],
}

impl<const N: usize> std::fmt::Debug for Wrapped<'_, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wrapped(..)")
    }
}

impl<'o, const N: usize> Wrapped<'o, N> {
    /// What an operation wrote to `out`, if it did: how many bytes, and the MAC.
    pub(super) fn of(out: &'o [u8; MOST], done: Option<(usize, [u8; N])>) -> Result<Option<Self>, EnterError> {
        let Some((length, mac)) = done else { return Ok(None) };
        let data = out.get(..length).ok_or(broken("a wrapped key has at most MOST bytes"))?;
        Ok(Some(Self { data, mac }))
    }
}

/// Encrypts `key` in its encoded form under `by`, of AES-256-CBC-HMAC-SHA256, into `out`.
///
/// `None`: `by` is of another algorithm.
pub(super) fn wrap_key<'o, P: Prepared>(
    memory: &SecretMemory,
    by: &SecretBox<SymmetricKey>,
    key: &SecretBox<P>,
    iv: &[u8; BLOCK],
    out: &'o mut [u8; MOST],
) -> Result<Option<Wrapped<'o, 32>>, EnterError> {
    let done = memory.scope_reserving(
        P::WRAP,
        |inside, (by, key, iv, out): (&SecretBox<SymmetricKey>, &SecretBox<P>, &[u8; BLOCK], &mut [u8])| {
            let by = by.expose(inside).as_aes_cbc_hmac()?;
            let mut buffer = P::BLANK;
            let length = key.expose(inside).write(Form::Encoded, buffer.as_mut())?;
            let padded = buffer.as_mut().get_mut(..padded_length(length)?)?;
            pad(padded, length);
            let mac = by.encrypt(iv, padded.as_chunks_mut().0);
            out.get_mut(..padded.len())?.copy_from_slice(padded);
            Some((padded.len(), mac))
        },
        (by, key, iv, &mut out[..]),
    )?;
    Wrapped::of(out, done)
}

/// Wrapping key, key, nonce, authenticated data, place for the ciphertext.
type Task<'t, P> = (&'t SecretBox<SymmetricKey>, &'t SecretBox<P>, &'t [u8], &'t [u8], &'t mut [u8]);

/// Encrypts `key` in its typed form under `by`, a COSE key, into `out`.
///
/// `None`: `by` is no COSE key, or the nonce not of its length.
pub(super) fn wrap_key_aead<'o, P: Prepared>(
    memory: &SecretMemory,
    by: &SecretBox<SymmetricKey>,
    key: &SecretBox<P>,
    nonce: &[u8],
    aad: &[u8],
    out: &'o mut [u8; MOST],
) -> Result<Option<Wrapped<'o, TAG>>, EnterError> {
    let done = memory.scope_reserving(
        P::WRAP,
        |inside, (by, key, nonce, aad, out): Task<'_, P>| {
            let by = by.expose(inside).as_aead()?;
            let mut buffer = P::BLANK;
            let length = key.expose(inside).write(Form::Typed, buffer.as_mut())?;
            let written = buffer.as_mut().get_mut(..length)?;
            let tag = by.encrypt(nonce, aad, written)?;
            out.get_mut(..length)?.copy_from_slice(written);
            Some((length, tag))
        },
        (by, key, nonce, aad, &mut out[..]),
    )?;
    Wrapped::of(out, done)
}

/// Why a key was not unwrapped.
#[derive(Debug)]
pub enum UnwrapFailure {
    Memory(MemoryError),
    /// The MAC, the tag or the padding is wrong.
    NotAuthentic,
    /// Authentic, but not a key of this kind.
    NotAKey,
    /// Authentic, but a key that cannot be used.
    Unusable(Unusable),
    /// The wrapping key is of an algorithm that does not do this.
    WrongAlgorithm,
}

/// Why an operation read no key; and what is told of the key if it is one that cannot be used.
pub(super) type Unread = (Status, Option<Unusable>);

pub(super) const NOT_AUTHENTIC: Unread = (Status(1), None);
pub(super) const NOT_A_KEY: Unread = (Status(2), None);
pub(super) const WRONG_ALGORITHM: Unread = (Status(3), None);

impl From<MakeError<Unread>> for UnwrapFailure {
    fn from(error: MakeError<Unread>) -> Self {
        match error {
            MakeError::Memory(error) => Self::Memory(error),
            MakeError::Failed((_, Some(unusable))) => Self::Unusable(unusable),
            MakeError::Failed(NOT_A_KEY) => Self::NotAKey,
            MakeError::Failed(WRONG_ALGORITHM) => Self::WrongAlgorithm,
            MakeError::Failed(_) => Self::NotAuthentic,
        }
    }
}

/// The key in what was decrypted. A frame of its own: the cipher needs the room for its moves before.
#[inline(never)]
pub(super) fn read<P: Prepared>(form: Form, bytes: &[u8]) -> Result<P, Unread> {
    P::read(form, bytes).ok_or_else(|| (NOT_A_KEY.0, P::unusable(bytes)))
}

/// The key that was unwrapped, if its parts belong together.
pub(super) fn unwrapped<P: Prepared>(memory: &SecretMemory, key: SecretBox<P>) -> Result<SecretBox<P>, UnwrapFailure> {
    prove(memory, key).map_err(UnwrapFailure::Memory)?.ok_or(UnwrapFailure::NotAKey)
}

/// A wrapped key of type 2.
pub struct Encrypted<'m> {
    pub(crate) iv: &'m [u8; BLOCK],
    pub(crate) mac: &'m [u8; 32],
    pub(crate) data: &'m [u8],
}

impl std::fmt::Debug for Encrypted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encrypted(..)")
    }
}

/// Checks the MAC over the initialisation vector and the ciphertext, decrypts it and expands the key that it holds.
pub(super) fn unwrap_key<P: Prepared>(
    memory: &SecretMemory,
    by: &SecretBox<SymmetricKey>,
    wrapped: &Encrypted<'_>,
) -> Result<SecretBox<P>, UnwrapFailure> {
    let made = SecretBox::try_make(
        &memory.reserving(P::ROOM),
        |inside, (by, iv, mac, data): (&SecretBox<SymmetricKey>, &[u8; BLOCK], &[u8; 32], &[u8])| {
            let by = by.expose(inside).as_aes_cbc_hmac().ok_or(WRONG_ALGORITHM)?;
            let mut buffer = P::BLANK;
            let Some(buffer) = buffer.as_mut().get_mut(..data.len()) else {
                return Err(if by.is_authentic(iv, mac, data) { NOT_A_KEY } else { NOT_AUTHENTIC });
            };
            buffer.copy_from_slice(data);
            let length = by.decrypt(iv, mac, buffer.as_chunks_mut().0).ok_or(NOT_AUTHENTIC)?;
            let bytes = buffer.get(..length).ok_or(NOT_AUTHENTIC)?;
            read::<P>(Form::Encoded, bytes)
        },
        (by, wrapped.iv, wrapped.mac, wrapped.data),
    );
    unwrapped(memory, made?)
}

/// A wrapped key of type 7.
pub struct EncryptedAead<'m> {
    pub(crate) nonce: &'m [u8],
    pub(crate) aad: &'m [u8],
    pub(crate) data: &'m [u8],
    pub(crate) tag: &'m [u8; TAG],
}

impl std::fmt::Debug for EncryptedAead<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EncryptedAead(..)")
    }
}

/// Key, nonce, authenticated data, ciphertext, tag; whether it holds 64 raw bytes.
type Message<'m> = (&'m SecretBox<SymmetricKey>, &'m [u8], &'m [u8], &'m [u8], &'m [u8; TAG], bool);

/// Checks the tag, decrypts the ciphertext, and expands the key that it holds, 64 raw bytes if `legacy`.
pub(super) fn unwrap_key_aead<P: Prepared>(
    memory: &SecretMemory,
    by: &SecretBox<SymmetricKey>,
    wrapped: &EncryptedAead<'_>,
    legacy: bool,
) -> Result<SecretBox<P>, UnwrapFailure> {
    let made = SecretBox::try_make(
        &memory.reserving(P::ROOM),
        |inside, (by, nonce, aad, data, tag, legacy): Message<'_>| {
            let by = by.expose(inside).as_aead().ok_or(WRONG_ALGORITHM)?;
            let mut buffer = P::BLANK;
            // Longer than any key of this kind, so not worth the room to find out whether it is authentic.
            let buffer = buffer.as_mut().get_mut(..data.len()).ok_or(NOT_A_KEY)?;
            buffer.copy_from_slice(data);
            by.decrypt(nonce, aad, buffer, tag).ok_or(NOT_AUTHENTIC)?;
            read::<P>(if legacy { Form::Legacy } else { Form::Typed }, buffer)
        },
        (by, wrapped.nonce, wrapped.aad, wrapped.data, wrapped.tag, legacy),
    );
    unwrapped(memory, made?)
}

#[cfg(test)]
mod tests {
    use strongroom_memory::EnterError;

    use super::{MOST, Wrapped};

    /// Broken here on purpose: no ciphertext without data.
    #[test]
    fn a_ciphertext_that_does_not_fit_is_not_empty() {
        let out = [7; MOST];
        let of = |length| Wrapped::of(&out, Some((length, [9; 16])));
        let invariant = "a wrapped key has at most MOST bytes";
        assert_eq!(of(MOST + 1).err(), Some(EnterError::Internal { invariant }));
        assert_eq!(of(MOST).unwrap().unwrap().data, out, "the control");
        assert!(Wrapped::<16>::of(&out, None).unwrap().is_none());
    }
}
