//! Bodies of attachments and of files that are sent, from a reader to a writer: the buffer form of an `EncString`.
//!
//! They take little memory whatever their length. The one MAC or tag is over all of a body, and no plaintext is handed
//! out before it was checked, so the source is read twice. In the first pass the MAC is checked, and each piece marked:
//! a MAC, under a key made for this one pass, of the state that the body's own has after the piece. In the second pass
//! the state is computed once more, and a piece is decrypted only if its mark is the same. So whatever the source gives
//! the second time, only bytes of what was authenticated come out, in their order. Why that holds for the AEADs of type
//! 7, whose hashes are no MACs by themselves, stands in [`crate::key::aead::pieces`].
//!
//! Pieces have 64 KiB, and more for bodies over 256 MiB, so that pieces and marks take the same room: in all
//! `8 * sqrt(length)` bytes, 256 KiB for 1 GiB and 8 MiB for 1 TiB.

mod decrypt;
mod encrypt;
mod pieces;

pub(crate) use decrypt::{decrypt, decrypt_spooled};
pub(crate) use encrypt::{encrypt, encrypt_spooled};

use strongroom_memory::SecretMemory;

use crate::error::{Error, ErrorKind};
use crate::operation::SymmetricBox;

/// A key by reference, for one primitive operation after the other: between two of them the store can be locked.
pub(crate) trait Keyed {
    /// Runs an operation, again if there was no room at first.
    fn run<R>(&self, operation: impl FnMut(&SecretMemory, &SymmetricBox) -> Result<R, ErrorKind>) -> Result<R, Error>;
}

#[cfg(test)]
mod tests;
