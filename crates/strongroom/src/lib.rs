//! Keeps encryption keys in secret memory and lets programs use them only by reference; speaks Bitwarden's
//! formats.
#![forbid(unsafe_code)]
#![expect(dead_code, reason = "the store, which uses these rooms, comes next")]

mod error;
mod format;
mod id;
mod kdf;
mod key;
mod kind;
mod labels;

pub use error::{EncStringError, EncStringPart, KdfError};
pub use format::enc_string::EncString;
pub use id::{KeyId, KeyRef, KeySet, LocalKey, Names};
pub use kdf::{Kdf, KdfLimits, KdfSettings};
pub use kind::{Kind, Symmetric};
pub use labels::EncStringType;
