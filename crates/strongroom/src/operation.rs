//! The only room where keys are seen: plain functions over prepared keys and slices, run as operations of
//! [`strongroom_memory`].
//!
//! In go secrets by reference, the caller's buffers and plain numbers; out come numbers and byte arrays. Bulk data is
//! changed in place in the caller's buffer. Nothing here allocates inside an operation.

mod content;
mod derive;
mod wrap;

pub(crate) use content::{decrypt, encrypt};
pub(crate) use derive::derive;
pub(crate) use wrap::{UnwrapFailure, generate, unwrap, wrap};

/// A symmetric key where it rests.
pub(crate) type SymmetricBox = strongroom_memory::SecretBox<crate::key::symmetric::SymmetricKey>;
