//! COSE_Sign1 (RFC 9052 section 4.2): untagged, no external data.

use super::cbor::{NotCbor, Reader, encoded};
use super::header::{Header, unprotected};
use crate::labels::cose::SIGNATURE1;

/// A parsed message: references into its bytes. Nothing of it is genuine before it was verified.
pub(crate) struct Sign1<'b> {
    pub(crate) header: Header<'b>,
    /// `None`: the message is not in it.
    pub(crate) payload: Option<&'b [u8]>,
    pub(crate) signature: &'b [u8],
}

impl<'b> Sign1<'b> {
    /// Takes a message apart, and nothing behind it.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != 4 {
            return Err(NotCbor);
        }
        let protected = reader.bytes()?;
        unprotected(&mut reader, |_, reader| reader.skip())?;
        let payload = reader.bytes_or_null()?;
        let signature = reader.bytes()?;
        reader.end()?;
        Ok(Self { header: Header::parse(protected)?, payload, signature })
    }
}

/// The message, with its payload or detached from it.
pub(crate) fn write(protected: &[u8], payload: Option<&[u8]>, signature: &[u8]) -> Vec<u8> {
    encoded(|writer| {
        writer.array(4).bytes(protected).map(0);
        match payload {
            Some(payload) => writer.bytes(payload),
            None => writer.null(),
        };
        writer.bytes(signature);
    })
}

/// What is signed: the Sig_structure (RFC 9052 section 4.4). `None` if it is longer than memory can hold.
pub(crate) fn to_be_signed(protected: &[u8], payload: &[u8]) -> Option<Vec<u8>> {
    let most = protected.len().checked_add(payload.len())?.checked_add(64)?;
    isize::try_from(most).is_ok().then(|| {
        encoded(|writer| {
            writer.array(4).text(SIGNATURE1).bytes(protected).bytes(&[]).bytes(payload);
        })
    })
}
