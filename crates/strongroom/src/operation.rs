//! The only room where keys are seen: plain functions over prepared keys and slices, run as operations of
//! [`strongroom_memory`].
//!
//! In go secrets by reference, the caller's buffers and plain numbers; out come numbers and byte arrays. Bulk data is
//! changed in place in the caller's buffer. Nothing here allocates inside an operation.

mod content;
mod derive;
mod rest;
mod wrap;

pub(crate) use content::{decrypt, encrypt};
pub(crate) use derive::derive;
pub(crate) use rest::{Rested, RootBox, rest, root, wake};
pub(crate) use wrap::{UnwrapFailure, generate, unwrap, wrap};

/// A prepared key of kind `K` where it lies.
pub(crate) type Boxed<K> = strongroom_memory::SecretBox<<K as crate::kind::each::Kind>::Prepared>;

/// A symmetric key where it lies.
pub(crate) type SymmetricBox = Boxed<crate::kind::Symmetric>;
