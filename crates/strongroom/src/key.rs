//! Prepared keys: expanded once, laid out flat, used in place.
//!
//! Every type here holds all its secret bytes inside itself, with no Box, Vec or String, so that the slot it
//! lies in is the only place they are. None is `Clone`, none has a `Debug` that shows contents.

pub(crate) mod aead;
pub(crate) mod aes_cbc;
pub(crate) mod aes_cbc_hmac;
pub(crate) mod algorithm;
pub(crate) mod facts;
pub(crate) mod hmac;
pub(crate) mod mark;
pub(crate) mod prepared;
pub(crate) mod private;
pub(crate) mod resting;
pub(crate) mod root;
pub(crate) mod signing;
pub(crate) mod symmetric;
pub(crate) mod uses;
pub(crate) mod verifying;
