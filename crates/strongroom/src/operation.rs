//! The only room where keys are seen: plain functions over prepared keys and slices, run as operations of
//! [`strongroom_memory`].
//!
//! In go secrets by reference, the caller's buffers and plain numbers; out come numbers and byte arrays. Bulk data is
//! changed in place in the caller's buffer. Nothing here allocates inside an operation.

pub(crate) mod aead_pieces;
mod boxed;
mod content;
mod derive;
mod encapsulate;
mod entropy;
mod envelope;
mod identify;
mod keys;
mod kinds;
mod master;
pub(crate) mod pieces;
mod prove;
mod raw;
mod rest;
mod secret_text;
mod sign;
pub(crate) mod slot;
mod tell;
mod wrap;

pub(crate) use boxed::{Boxed, Secret, SymmetricBox, facts, rsa, signing};
pub(crate) use content::{decrypt, decrypt_aead, encrypt, encrypt_aead};
pub(crate) use derive::{Function, derive, derive_by};
pub(crate) use encapsulate::{Encapsulated, decapsulate, encapsulate, encapsulate_master};
pub(crate) use entropy::{EntropyBox, NotEntropy, SHORTEST, entropy_of_base64, expose_base64, generate_entropy};
pub(crate) use envelope::{content_key, kek_of_master, kek_of_secret, unwrap_cbc_aead, wrap_cbc_aead};
pub(crate) use identify::{derived_id, key_id, rsa_public_half, same, verifying_key};
pub(crate) use keys::{expose, generate, import, rest, unwrap, unwrap_aead, wake, wrap, wrap_aead};
pub use kinds::{OperationKind, OperationReport};
pub(crate) use master::{MasterBox, authentication_hash, import_master, stretch, unwrap_unauthenticated};
pub(crate) use raw::{Erased, Format, ImportFailure, Source, expose_open_ssh};
pub(crate) use rest::{RootBox, root};
pub(crate) use secret_text::{SECRET_MOST, decrypt_secret, decrypt_secret_aead, encrypt_secret, encrypt_secret_aead};
pub(crate) use sign::sign;
pub(crate) use wrap::{Encrypted, EncryptedAead, MOST, UnwrapFailure, Wrapped};
