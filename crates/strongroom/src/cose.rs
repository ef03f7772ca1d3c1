//! COSE structures (RFC 9052) over byte slices: what is written here never owns a key byte.
//!
//! The reader borrows from its input and the writer fills a slice of the caller's, so both work inside an operation.

pub(crate) mod cbor;
pub(crate) mod encrypt;
pub(crate) mod encrypt0;
pub(crate) mod header;
pub(crate) mod key;
pub(crate) mod key_ops;
pub(crate) mod sign1;
