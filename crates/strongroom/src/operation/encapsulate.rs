//! A symmetric key for somebody else: RSA-OAEP.

use strongroom_memory::{MakeError, MemoryError, NoHeap, SecretBox, SecretMemory, Status};

use super::tell::told;
use super::{MasterBox, Secret, SymmetricBox, UnwrapFailure};
use crate::error::{ErrorKind, broken};
use crate::key::prepared::{Form, Prepared};
use crate::key::private::{LONGEST_MODULUS, NO_RANDOM, PrivateKey, PublicHalf, UNFIT, room, seal};
use crate::key::symmetric::SymmetricKey;
use crate::kind::Symmetric;
use crate::rsa::OaepHash;

/// Encrypts the encoded form of `key` for the holder of the private key; as many bytes as the modulus.
pub(crate) fn encapsulate(
    memory: &SecretMemory,
    key: &SymmetricBox,
    public: &PublicHalf,
) -> Result<Box<[u8]>, ErrorKind> {
    let mut out = vec![0; public.modulus().len()].into_boxed_slice();
    let sealed = memory.scope_reserving(
        room(public.size()),
        |inside, (key, public, out): (&Secret<Symmetric>, &PublicHalf, &mut [u8])| {
            let mut buffer = SymmetricKey::BLANK;
            let length = key.expose(inside).write(Form::Encoded, &mut buffer);
            let encoded = length.and_then(|length| buffer.get(..length)).ok_or(UNFIT)?;
            seal(inside, public, OaepHash::Sha1, encoded, out)
        },
        (key.secret(), public, &mut out[..]),
    )?;
    unless_failed(sealed)?;
    Ok(out)
}

/// Returns what a status of [`seal`] says.
fn unless_failed(sealed: Result<(), Status>) -> Result<(), ErrorKind> {
    sealed.map_err(|status| match status {
        NO_RANDOM => ErrorKind::NoRandom(None),
        _ => broken("every public key that was read encapsulates every key").into(),
    })
}

/// As [`encapsulate`], of a master key: its 32 bytes.
pub(crate) fn encapsulate_master(
    memory: &SecretMemory,
    key: &MasterBox,
    public: &PublicHalf,
) -> Result<Box<[u8]>, ErrorKind> {
    let mut out = vec![0; public.modulus().len()].into_boxed_slice();
    let sealed = memory.scope_reserving(
        room(public.size()),
        |inside, (key, public, out): (&MasterBox, &PublicHalf, &mut [u8])| {
            seal(inside, public, OaepHash::Sha1, key.expose(inside).as_slice(), out)
        },
        (key, public, &mut out[..]),
    )?;
    unless_failed(sealed)?;
    Ok(out)
}

const NOT_A_KEY: Status = Status(2);

/// What is encapsulated.
pub(crate) trait Encapsulated: NoHeap + Sized {
    /// It, of its bytes.
    fn of(bytes: &[u8]) -> Option<Self>;
}

/// A symmetric key, in its encoded form.
impl Encapsulated for SymmetricKey {
    fn of(bytes: &[u8]) -> Option<Self> {
        Self::read(Form::Encoded, bytes)
    }
}

/// A master key.
impl Encapsulated for [u8; 32] {
    fn of(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok()
    }
}

/// Opens an encapsulated key.
pub(crate) fn decapsulate<T: Encapsulated>(
    memory: &SecretMemory,
    by: &SecretBox<PrivateKey>,
    sha256: bool,
    data: &[u8],
) -> Result<SecretBox<T>, UnwrapFailure> {
    let size = told(memory, by).map_err(MemoryError::from).map_err(UnwrapFailure::Memory)?.algorithm();
    let made = SecretBox::try_make(
        &memory.reserving(room(size)),
        |inside, (by, sha256, data): (&SecretBox<PrivateKey>, bool, &[u8])| {
            let hash = if sha256 { OaepHash::Sha256 } else { OaepHash::Sha1 };
            let mut buffer = [0; LONGEST_MODULUS];
            let by = by.expose(inside);
            let place = buffer.get_mut(..by.size().modulus_len()).ok_or(Status(1))?;
            let length = by.open(inside, hash, data, place).ok_or(Status(1))?;
            let bytes = buffer.get(..length).ok_or(NOT_A_KEY)?;
            T::of(bytes).ok_or(NOT_A_KEY)
        },
        (by, sha256, data),
    );
    made.map_err(|error| match error {
        MakeError::Memory(error) => UnwrapFailure::Memory(error),
        MakeError::Failed(NOT_A_KEY) => UnwrapFailure::NotAKey,
        MakeError::Failed(_) => UnwrapFailure::NotAuthentic,
    })
}
