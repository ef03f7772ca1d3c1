//! Secrets of fixed length that are no keys themselves, and the keys that are made of them.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding};
use strongroom_memory::{EnterError, MakeError, MemoryError, SecretBox, SecretBytes, SecretMemory, Status, random};
use subtle::ConstantTimeEq;

use super::SymmetricBox;
use crate::kdf::hkdf::{expand, extract};
use crate::kdf::pbkdf2::pbkdf2;
use crate::kdf::stretch::stretch;
use crate::key::aes_cbc_hmac::RawKey;
use crate::key::symmetric::SymmetricKey;

/// A secret of `N` bytes where it lies.
pub(crate) type Fixed<const N: usize> = SecretBox<[u8; N]>;

/// Why a secret, or a key of one, was not made.
pub(crate) enum SecretFailure {
    Memory(MemoryError),
    Random,
    /// Not the encoding of as many bytes.
    Malformed,
    /// Nothing but zeros.
    AllZero,
}

const NO_RANDOM: Status = Status(1);
pub(super) const MALFORMED: Status = Status(2);
const ALL_ZERO: Status = Status(3);

impl From<MakeError<Status>> for SecretFailure {
    fn from(error: MakeError<Status>) -> Self {
        match error {
            MakeError::Memory(error) => Self::Memory(error),
            MakeError::Failed(NO_RANDOM) => Self::Random,
            MakeError::Failed(ALL_ZERO) => Self::AllZero,
            MakeError::Failed(_) => Self::Malformed,
        }
    }
}

/// The base64 (RFC 4648) that a secret is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Alphabet {
    /// Section 4, padded.
    Standard,
    /// Section 5, not padded.
    Url,
}

/// New random bytes.
pub(crate) fn random_secret<const N: usize>(memory: &SecretMemory) -> Result<Fixed<N>, SecretFailure> {
    let made = SecretBox::try_make(
        memory,
        |inside, ()| {
            let mut bytes = [0; N];
            random::secret(inside, &mut bytes).map_err(|_| NO_RANDOM)?;
            Ok(bytes)
        },
        (),
    );
    Ok(made?)
}

/// Takes bytes for the secret that they are.
pub(crate) fn take<const N: usize>(memory: &SecretMemory, bytes: &SecretBytes) -> Result<Fixed<N>, SecretFailure> {
    let made = SecretBox::try_make(
        memory,
        |inside, bytes: &SecretBytes| {
            let bytes: &[u8] = bytes.expose(inside);
            bytes.try_into().map_err(|_| MALFORMED)
        },
        bytes,
    );
    Ok(made?)
}

/// The bytes of a secret, as others of any length.
pub(crate) fn give<const N: usize>(memory: &SecretMemory, secret: &Fixed<N>) -> Result<SecretBytes, SecretFailure> {
    let made = SecretBytes::try_make(
        memory,
        N,
        |inside, secret: &Fixed<N>, out| {
            out.copy_from_slice(secret.expose(inside).as_slice());
            Ok(N)
        },
        secret,
    );
    Ok(made?)
}

/// Decodes a text, with or without its padding, in constant time.
pub(crate) fn decode<const N: usize>(
    memory: &SecretMemory,
    text: &SecretBytes,
    alphabet: Alphabet,
) -> Result<Fixed<N>, SecretFailure> {
    let made = SecretBox::try_make(
        memory,
        |inside, (text, url): (&SecretBytes, bool)| {
            decoded(text.expose(inside), if url { Alphabet::Url } else { Alphabet::Standard })
        },
        (text, alphabet == Alphabet::Url),
    );
    Ok(made?)
}

/// The bytes of a text, with or without its padding.
pub(super) fn decoded<const N: usize>(text: &[u8], alphabet: Alphabet) -> Result<[u8; N], Status> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count().min(2);
    let text = text.split_at_checked(text.len() - padding).map_or(text, |(text, _)| text);
    let mut bytes = [0; N];
    let decoded = match alphabet {
        Alphabet::Standard => Base64Unpadded::decode(text, &mut bytes),
        Alphabet::Url => Base64UrlUnpadded::decode(text, &mut bytes),
    };
    if decoded.map_err(|_| MALFORMED)?.len() == N { Ok(bytes) } else { Err(MALFORMED) }
}

/// Encodes a secret into the front of `out`, in constant time; returns how many characters. `None` if `out` is too short.
pub(crate) fn encode<const N: usize>(
    memory: &SecretMemory,
    secret: &Fixed<N>,
    alphabet: Alphabet,
    out: &mut [u8],
) -> Result<Option<usize>, EnterError> {
    memory.scope(
        |inside, (secret, url, out): (&Fixed<N>, bool, &mut [u8])| {
            let bytes = secret.expose(inside).as_slice();
            let text = if url { Base64UrlUnpadded::encode(bytes, out) } else { Base64::encode(bytes, out) };
            text.ok().map(str::len)
        },
        (secret, alphabet == Alphabet::Url, out),
    )
}

/// The key that a secret is shared for: HKDF-SHA256 with `name` as its salt, 64 bytes.
pub(crate) fn shareable_key(
    memory: &SecretMemory,
    secret: &Fixed<16>,
    name: &[u8],
    info: &[u8],
) -> Result<SymmetricBox, MemoryError> {
    SecretBox::make(
        memory,
        |inside, (secret, name, info): (&Fixed<16>, &[u8], &[u8])| {
            let mut raw: RawKey = [[0; 32]; 2];
            raw.as_flattened_mut()
                .copy_from_slice(&expand::<64>(&extract(name, secret.expose(inside).as_slice()), info));
            SymmetricKey::aes_cbc_hmac(&raw)
        },
        (secret, name, info),
    )
    .map(Into::into)
}

/// The key of AES-256-CBC-HMAC-SHA256 that these bytes are.
pub(crate) fn raw_key(memory: &SecretMemory, secret: &Fixed<64>) -> Result<SymmetricBox, MemoryError> {
    SecretBox::make(
        memory,
        |inside, secret: &Fixed<64>| {
            let mut raw: RawKey = [[0; 32]; 2];
            raw.as_flattened_mut().copy_from_slice(secret.expose(inside).as_slice());
            SymmetricKey::aes_cbc_hmac(&raw)
        },
        secret,
    )
    .map(Into::into)
}

/// The key that the first 32 bytes of what an authenticator gave are stretched to. They are not all zero.
pub(crate) fn prf_key(memory: &SecretMemory, output: &SecretBytes) -> Result<SymmetricBox, SecretFailure> {
    let made: Result<SecretBox<SymmetricKey>, _> = SecretBox::try_make(
        memory,
        |inside, output: &SecretBytes| {
            let first: &[u8; 32] = output.expose(inside).first_chunk().ok_or(MALFORMED)?;
            if bool::from(first.ct_eq(&[0; 32])) {
                return Err(ALL_ZERO);
            }
            Ok(SymmetricKey::aes_cbc_hmac(&stretch(first)))
        },
        output,
    );
    Ok(made?.into())
}

/// PBKDF2 of a password with a secret as its salt.
pub(crate) fn salted_hash(
    memory: &SecretMemory,
    password: &SecretBytes,
    salt: &Fixed<16>,
    rounds: u32,
) -> Result<Fixed<32>, MemoryError> {
    SecretBox::make(
        memory,
        |inside, (password, salt, rounds): (&SecretBytes, &Fixed<16>, u32)| {
            pbkdf2(password.expose(inside), salt.expose(inside).as_slice(), rounds)
        },
        (password, salt, rounds),
    )
}

#[cfg(test)]
mod tests;
