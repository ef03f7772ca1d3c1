//! The formats that keys and contents are stored and sent in.

mod aes_cbc_hmac;
mod base64;
mod contents;
mod cose_encrypt0;
pub(crate) mod enc_string;
mod encapsulated;
pub(crate) mod sealed;
mod wrapped;

pub(crate) use contents::{decrypt_into, encrypt};
pub(crate) use encapsulated::{decapsulate, encapsulate};
pub(crate) use wrapped::{unwrap, wrap};
