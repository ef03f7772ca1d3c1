//! What can go wrong: one error for all calls of a store, and small ones for parsers and imports. None ever shows bytes
//! of a key or of plaintext.

mod convert;
mod failure;
mod import;
mod item;
mod key;
mod limit;
mod malformed;
mod message;
mod operation;
mod parameters;
mod text;
mod unsupported;
mod wrong_key;

use strongroom_memory::EnterError;

pub use failure::{Error, ErrorKind, IoFailure};
pub use import::ImportError;
pub use item::ItemError;
pub(crate) use key::unusable;
pub use key::{NotPermitted, PublicKeyError, UnavailableAlgorithm, UnusableRsaKey};
pub use limit::Limit;
pub use malformed::Malformed;
pub use message::{MessageError, VerifyError};
pub use operation::Operation;
pub use parameters::{KdfError, SaltError};
pub use text::{EncStringError, EncStringPart};
pub use unsupported::Unsupported;
pub use wrong_key::WrongKey;

/// The error for an invariant of ours that does not hold. Operations answer with it, and every error has a place for
/// it.
#[cold]
pub(crate) fn broken(invariant: &'static str) -> EnterError {
    EnterError::Internal { invariant }
}
