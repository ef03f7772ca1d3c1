//! The formats that keys and contents are stored and sent in.

mod aes_cbc_hmac;
mod base64;
pub(crate) mod enc_string;
pub(crate) mod sealed;

pub(crate) use aes_cbc_hmac::{decrypt_into, encrypt, unwrap, wrap};
