//! What is done with a master key before it is stretched.

use strongroom_memory::{EnterError, MakeError, MemoryError, ProtectedBytes, SecretBox, SecretMemory, Status};

use super::derive::Derived;
use super::raw::{ImportFailure, Source};
use super::wrap::{NOT_A_KEY, NOT_AUTHENTIC};
use super::{SymmetricBox, UnwrapFailure};
use crate::kdf::pbkdf2::pbkdf2;
use crate::key::aes_cbc::{AesCbcKey, BLOCK, padding};
use crate::key::prepared::{Form, Prepared};
use crate::key::symmetric::SymmetricKey;

/// A master key where it lies.
pub(crate) type MasterBox = SecretBox<[u8; 32]>;

/// The key of AES-256-CBC-HMAC-SHA256 that a master key is stretched to.
pub(crate) fn stretch(memory: &SecretMemory, master: &MasterBox) -> Result<SymmetricBox, MemoryError> {
    SecretBox::make(memory, |inside, master: &MasterBox| SymmetricKey::from_derived(master.expose(inside)), master)
        .map(Into::into)
}

/// PBKDF2 with the master key as its password and the password as its salt.
pub(crate) fn authentication_hash(
    memory: &SecretMemory,
    master: &MasterBox,
    password: &ProtectedBytes,
    rounds: u32,
) -> Result<[u8; 32], EnterError> {
    memory.scope(
        |inside, (master, password, rounds): (&MasterBox, &ProtectedBytes, u32)| {
            pbkdf2(master.expose(inside).as_slice(), password.expose(inside), rounds)
        },
        (master, password, rounds),
    )
}

/// Decrypts `data`, whole blocks that **nothing authenticates**, with AES-256-CBC under the master key itself, and
/// reads the encoded key in it. Everything that is wrong with it is one error.
pub(crate) fn unwrap_unauthenticated(
    memory: &SecretMemory,
    master: &MasterBox,
    iv: &[u8; BLOCK],
    data: &[u8],
) -> Result<SymmetricBox, UnwrapFailure> {
    let made = SecretBox::try_make(
        &memory.reserving(SymmetricKey::ROOM),
        |inside, (master, iv, data): (&MasterBox, &[u8; BLOCK], &[u8])| {
            let mut buffer = SymmetricKey::BLANK;
            let buffer = buffer.get_mut(..data.len()).ok_or(NOT_A_KEY)?;
            buffer.copy_from_slice(data);
            let blocks = buffer.as_chunks_mut().0;
            AesCbcKey::new(master.expose(inside)).decrypt(iv, blocks);
            let padding = blocks.last().and_then(padding).ok_or(NOT_AUTHENTIC)?;
            let bytes = buffer.len().checked_sub(padding).and_then(|length| buffer.get(..length));
            bytes.and_then(|bytes| SymmetricKey::read(Form::Encoded, bytes)).ok_or(NOT_AUTHENTIC)
        },
        (master, iv, data),
    );
    Ok(made?.into())
}

/// Takes over the 32 bytes of a master key.
pub(crate) fn import_master<F: Source>(memory: &SecretMemory, source: &F) -> Result<MasterBox, ImportFailure> {
    let made: Result<MasterBox, MakeError<Status>> = SecretBox::try_make(
        memory,
        |inside, lent: F::Lent<'_>| F::bytes(&lent, inside).try_into().map_err(|_| Status(0)),
        source.lend(),
    );
    made.map_err(|error| match error {
        MakeError::Memory(error) => ImportFailure::Memory(error),
        MakeError::Failed(_) => ImportFailure::NotAKey,
    })
}
