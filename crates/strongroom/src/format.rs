//! The formats that keys and contents are stored and sent in.

mod base64;
pub(crate) mod enc_string;
