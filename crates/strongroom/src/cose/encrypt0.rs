//! COSE_Encrypt0 (RFC 9052 section 5.2), as `EncString` type 7 holds it: untagged, no external data authenticated.

use super::cbor::{NotCbor, Reader, Value, Writer};
use super::key::KID_LEN;
use crate::labels::ContentType;
use crate::labels::cose::{ALG, CONTENT_TYPE, ENCRYPT0, HEADER_KID, NONCE};

/// Parameters that a header may have.
const MOST_PARAMETERS: u64 = 16;

/// Bytes of a header that we write, at most: labels, an algorithm, the longest name of a content type, a kid.
pub(crate) const HEADER: usize = 96;

/// Bytes that stand before the ciphertext of a message that we write, at most.
pub(crate) const PREFIX: usize = HEADER + 48;

/// A parsed message: references into its bytes. Nothing of it is authentic before it was decrypted.
pub(crate) struct Encrypt0<'b> {
    /// The protected header as it was written, which is what is authenticated.
    pub(crate) protected: &'b [u8],
    pub(crate) alg: Option<i64>,
    /// `None`: absent, or one that we do not know.
    pub(crate) content: Option<ContentType>,
    /// The id of the key, if it is named.
    pub(crate) kid: Option<&'b [u8]>,
    pub(crate) nonce: &'b [u8],
    /// Ciphertext and tag.
    pub(crate) ciphertext: &'b [u8],
}

impl<'b> Encrypt0<'b> {
    /// Takes a message apart, and nothing behind it.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let mut reader = Reader::new(bytes);
        if reader.array()? != 3 {
            return Err(NotCbor);
        }
        let protected = reader.bytes()?;
        let nonce = nonce(&mut reader)?;
        let ciphertext = reader.bytes()?;
        reader.end()?;

        let mut message = Self { protected, alg: None, content: None, kid: None, nonce, ciphertext };
        let mut header = Reader::new(protected);
        let mut seen = Seen::default();
        for _ in 0..parameters(&mut header)? {
            let Value::Integer(label) = header.value()? else {
                header.skip()?;
                continue;
            };
            seen.once(label)?;
            match label {
                ALG => message.alg = Some(header.integer()?),
                CONTENT_TYPE => {
                    message.content = match header.value()? {
                        Value::Integer(number) => ContentType::from_number(number),
                        Value::Text(name) => ContentType::from_name(name),
                    };
                }
                HEADER_KID => message.kid = Some(header.bytes()?),
                // A nonce here would be another than the one that is used.
                NONCE => return Err(NotCbor),
                _ => header.skip()?,
            }
        }
        header.end()?;
        Ok(message)
    }
}

/// The nonce of an unprotected header; everything else there is read over.
fn nonce<'b>(reader: &mut Reader<'b>) -> Result<&'b [u8], NotCbor> {
    let mut nonce = None;
    for _ in 0..parameters(reader)? {
        match reader.value()? {
            Value::Integer(NONCE) if nonce.is_some() => return Err(NotCbor),
            Value::Integer(NONCE) => nonce = Some(reader.bytes()?),
            _ => reader.skip()?,
        }
    }
    nonce.ok_or(NotCbor)
}

fn parameters(reader: &mut Reader<'_>) -> Result<u64, NotCbor> {
    reader.map().and_then(|count| if count > MOST_PARAMETERS { Err(NotCbor) } else { Ok(count) })
}

/// Labels that stood already; those that matter are small.
#[derive(Default)]
struct Seen(u8);

impl Seen {
    fn once(&mut self, label: i64) -> Result<(), NotCbor> {
        let Ok(label @ 0..=7) = u8::try_from(label) else { return Ok(()) };
        let before = self.0;
        self.0 |= 1 << label;
        if before == self.0 { Err(NotCbor) } else { Ok(()) }
    }
}

/// Writes the protected header; returns its length in bytes.
pub(crate) fn write_protected(out: &mut [u8], alg: i64, content: ContentType, kid: &[u8; KID_LEN]) -> Option<usize> {
    let mut writer = Writer::new(out);
    writer.map(3).integer(ALG).integer(alg).integer(CONTENT_TYPE);
    match content.label() {
        Ok(number) => writer.integer(number),
        Err(name) => writer.text(name),
    };
    writer.integer(HEADER_KID).bytes(kid);
    writer.finish()
}

/// Writes all that stands before the `ciphertext_len` bytes of ciphertext and tag; returns its length in bytes.
pub(crate) fn write_prefix(out: &mut [u8], protected: &[u8], nonce: &[u8], ciphertext_len: usize) -> Option<usize> {
    let mut writer = Writer::new(out);
    writer.array(3).bytes(protected).map(1).integer(NONCE).bytes(nonce).bytes_head(ciphertext_len);
    writer.finish()
}

/// Writes what is authenticated beside the contents, the Enc_structure (RFC 9052 section 5.3); returns its length in
/// bytes, which is that of the header and at most [`AAD_MORE`] more.
pub(crate) fn write_aad(out: &mut [u8], protected: &[u8]) -> Option<usize> {
    let mut writer = Writer::new(out);
    writer.array(3).text(ENCRYPT0).bytes(protected).bytes(&[]);
    writer.finish()
}

/// See [`write_aad`].
pub(crate) const AAD_MORE: usize = 24;

#[cfg(test)]
mod tests;
