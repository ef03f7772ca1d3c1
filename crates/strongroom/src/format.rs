//! The formats that keys and contents are stored and sent in.

mod aes_cbc_hmac;
pub(crate) mod base64;
mod bytes;
mod contents;
mod cose_encrypt0;
pub(crate) mod enc_string;
mod encapsulated;
pub(crate) mod envelope;
pub(crate) mod external;
mod legacy;
mod message;
pub(crate) mod sealed;
pub(crate) mod signed;
pub(crate) mod stream;
mod wrapped;

pub(crate) use contents::{decrypt_into, decrypt_secret, encrypt, encrypt_into, encrypt_secret, may_hold};
pub(crate) use encapsulated::{decapsulate, decapsulate_master, encapsulate, encapsulate_master};
pub(crate) use legacy::unwrap_legacy;
pub(crate) use wrapped::{unwrap, wrap};
