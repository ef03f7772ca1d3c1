//! COSE_Encrypt0 (RFC 9052 section 5.2): untagged, no external data authenticated.

use super::cbor::{NotCbor, Reader, Writer};
use super::header::{Header, nonce};
use crate::labels::cose::NONCE;

/// Bytes that stand before the ciphertext of a message that we write, at most.
pub(crate) const PREFIX: usize = super::header::HEADER + 48;

/// A parsed message: references into its bytes. Nothing of it is authentic before it was decrypted.
pub(crate) struct Encrypt0<'b> {
    pub(crate) header: Header<'b>,
    pub(crate) nonce: &'b [u8],
    /// Ciphertext and tag.
    pub(crate) ciphertext: &'b [u8],
}

impl<'b> Encrypt0<'b> {
    /// Takes a message apart, and nothing behind it.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let Front { header, nonce, length, ciphertext_len } = Front::parse(bytes)?;
        let (_, ciphertext) = bytes.split_at_checked(length).ok_or(NotCbor)?;
        if ciphertext.len() as u64 != ciphertext_len {
            return Err(NotCbor);
        }
        Ok(Self { header, nonce, ciphertext })
    }
}

/// All of a message that stands before its ciphertext: the whole of it may be longer than memory.
pub(crate) struct Front<'b> {
    pub(crate) header: Header<'b>,
    pub(crate) nonce: &'b [u8],
    /// Its own length in bytes.
    pub(crate) length: usize,
    /// Bytes of ciphertext and tag, as it says: they are to be all that follows.
    pub(crate) ciphertext_len: u64,
}

impl<'b> Front<'b> {
    /// Of a message that begins with these bytes.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != 3 {
            return Err(NotCbor);
        }
        let protected = reader.bytes()?;
        let nonce = nonce(&mut reader)?;
        let ciphertext_len = reader.bytes_head()?;
        let length = bytes.len() - reader.left();
        Ok(Self { header: Header::parse(protected)?, nonce, length, ciphertext_len })
    }
}

/// Writes all that stands before the `ciphertext_len` bytes of ciphertext and tag, in an array of this many items.
pub(crate) fn write_prefix(writer: &mut Writer<'_>, items: usize, protected: &[u8], nonce: &[u8], ciphertext_len: u64) {
    writer.array(items).bytes(protected).map(1).integer(NONCE).bytes(nonce).bytes_head(ciphertext_len);
}

/// Writes what is authenticated beside the contents, the Enc_structure (RFC 9052 section 5.3), of a message of the kind
/// that `context` names, with 32 bytes of external data or none. It has the bytes of the header and at most
/// [`AAD_MORE`] more.
pub(crate) fn write_enc_structure(writer: &mut Writer<'_>, context: &str, protected: &[u8], external: &[u8]) {
    writer.array(3).text(context).bytes(protected).bytes(external);
}

/// See [`write_enc_structure`].
pub(crate) const AAD_MORE: usize = 24 + 33;

#[cfg(test)]
mod tests;
