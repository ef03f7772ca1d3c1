//! What can go wrong with a body that is streamed.

use std::io;

use super::contents::{DecryptError, EncryptError};
use super::input::EncStringError;

/// A body was not encrypted or decrypted to its end. What was written until then is to be thrown away: of a decryption it
/// is authentic but not whole, of an encryption it does not open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The body is not in the form that bodies have: see [`EncStringError`].
    #[error(transparent)]
    EncString(#[from] EncStringError),
    /// It could not be encrypted: see [`EncryptError`].
    #[error(transparent)]
    Encrypt(#[from] EncryptError),
    /// It could not be decrypted: see [`DecryptError`].
    #[error(transparent)]
    Decrypt(#[from] DecryptError),
    /// What it is read from failed.
    #[error("the body cannot be read: {0}")]
    Read(#[source] io::Error),
    /// What it is written to failed, the spool included.
    #[error("the body cannot be written: {0}")]
    Write(#[source] io::Error),
    /// The source did not give the same bytes when it was read again: somebody writes to it. Nothing of what changed was
    /// written.
    #[error("the encrypted body changed while it was read")]
    SourceChanged,
    /// A body of type 7 (COSE_Encrypt0) is longer than its algorithm takes with one nonce; or than 4 GiB less 17 bytes, and
    /// the output is one that is sought back in, where a longer length has no room: by way of a spool it has.
    #[error("such a body of type 7 (COSE_Encrypt0) may have {most} bytes at most")]
    TooLong {
        /// The most, of contents, in bytes.
        most: u64,
    },
}
