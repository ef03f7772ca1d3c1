//! Header parameters of COSE messages (RFC 9052 section 3): the protected header as a whole, the unprotected one as far
//! as messages need it.

use strongroom_memory::EnterError;

use super::cbor::{NotCbor, Reader, Value, Writer, encoded_in, encoded_len, once};
use super::key::KID_LEN;
use crate::error::broken;
use crate::labels::ContentType;
use crate::labels::cose::{
    ALG, CONTAINED_KEY_ID, CONTENT_NAMESPACE, CONTENT_TYPE, CRIT, HEADER_KID, NONCE, OBJECT, SIGNATURE_NAMESPACE,
};
use crate::written::Written;

/// Parameters that a header may have.
const MOST_PARAMETERS: u64 = 16;

/// Bytes of a protected header that we write, at most: all labels, the longest name of a content type, two ids.
pub(crate) const HEADER: usize = 128;

/// A protected header. Nothing of it is authentic before the message was opened or verified. Absent parameters are
/// `None`.
#[derive(Default)]
pub(crate) struct Header<'b> {
    /// As it was written, which is what is authenticated.
    pub(crate) bytes: &'b [u8],
    pub(crate) alg: Option<i64>,
    /// `None` within: one that we do not know.
    content: Option<Option<ContentType>>,
    pub(crate) kid: Option<&'b [u8]>,
    /// The id of the sealed key.
    pub(crate) contained: Option<&'b [u8]>,
    pub(crate) object: Option<i64>,
    pub(crate) namespace: Option<i64>,
    pub(crate) signature_namespace: Option<i64>,
}

impl<'b> Header<'b> {
    /// Reads the contents of the byte string that a protected header is; empty ones stand for no parameters.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let mut header = Self { bytes, ..Self::default() };
        if bytes.is_empty() {
            return Ok(header);
        }
        let mut reader = Reader::new(bytes);
        for _ in 0..parameters(&mut reader)? {
            let Value::Integer(label) = reader.value()? else {
                reader.skip()?;
                continue;
            };
            match label {
                ALG => once(&mut header.alg, reader.integer()?)?,
                CONTENT_TYPE => {
                    let content = match reader.value()? {
                        Value::Integer(number) => ContentType::from_number(number),
                        Value::Text(name) => ContentType::from_name(name),
                    };
                    once(&mut header.content, content)?;
                }
                HEADER_KID => once(&mut header.kid, reader.bytes()?)?,
                CONTAINED_KEY_ID => once(&mut header.contained, reader.bytes()?)?,
                OBJECT => once(&mut header.object, reader.integer()?)?,
                CONTENT_NAMESPACE => once(&mut header.namespace, reader.integer()?)?,
                SIGNATURE_NAMESPACE => once(&mut header.signature_namespace, reader.integer()?)?,
                // A nonce here would be another than the one that is used. And what is critical has to be understood
                // (RFC 9052 section 3.1), which no parameter that we do not know is.
                NONCE | CRIT => return Err(NotCbor),
                _ => reader.skip()?,
            }
        }
        reader.end()?;
        Ok(header)
    }

    /// What the contents are. `None`: absent, or one that we do not know.
    pub(crate) fn content(&self) -> Option<ContentType> {
        self.content.flatten()
    }
}

/// The nonce of an unprotected header; everything else there is read over.
pub(crate) fn nonce<'b>(reader: &mut Reader<'b>) -> Result<&'b [u8], NotCbor> {
    let mut nonce = None;
    unprotected(reader, |label, reader| match label {
        NONCE => once(&mut nonce, reader.bytes()?),
        _ => reader.skip(),
    })?;
    nonce.ok_or(NotCbor)
}

/// Goes through an unprotected header. `take` reads the value of a label.
pub(crate) fn unprotected<'b>(
    reader: &mut Reader<'b>,
    mut take: impl FnMut(i64, &mut Reader<'b>) -> Result<(), NotCbor>,
) -> Result<(), NotCbor> {
    for _ in 0..parameters(reader)? {
        match reader.value()? {
            Value::Integer(label) => take(label, reader)?,
            Value::Text(_) => reader.skip()?,
        }
    }
    Ok(())
}

fn parameters(reader: &mut Reader<'_>) -> Result<u64, NotCbor> {
    reader.map().and_then(|count| if count > MOST_PARAMETERS { Err(NotCbor) } else { Ok(count) })
}

/// The parameters of a protected header that is written, in the order in which they are.
#[derive(Default)]
pub(crate) struct Parameters<'p> {
    pub(crate) alg: Option<i64>,
    pub(crate) content: Option<ContentType>,
    pub(crate) kid: Option<&'p [u8; KID_LEN]>,
    pub(crate) contained: Option<&'p [u8; KID_LEN]>,
    pub(crate) object: Option<i64>,
    pub(crate) namespace: Option<i64>,
    pub(crate) signature_namespace: Option<i64>,
}

impl Parameters<'_> {
    /// The map of them, encoded in `out`.
    ///
    /// # Errors
    /// [`EnterError::Internal`]: it is longer than any header that we write.
    pub(crate) fn encode<'o>(&self, out: &'o mut Written<HEADER>) -> Result<&'o [u8], EnterError> {
        encoded_in(out, |writer| self.write(writer)).ok_or(broken("a protected header has at most HEADER bytes"))
    }

    /// The length in bytes of the map of them.
    pub(crate) fn encoded_len(&self) -> usize {
        encoded_len(|writer| self.write(writer))
    }

    fn write(&self, writer: &mut Writer<'_>) {
        let Self { alg, content, kid, contained, object, namespace, signature_namespace } = self;
        let numbers = [(OBJECT, object), (CONTENT_NAMESPACE, namespace), (SIGNATURE_NAMESPACE, signature_namespace)];
        let count = usize::from(alg.is_some())
            + usize::from(content.is_some())
            + [kid, contained].iter().filter(|id| id.is_some()).count()
            + numbers.iter().filter(|(_, number)| number.is_some()).count();
        writer.map(count);
        if let Some(alg) = alg {
            writer.integer(ALG).integer(*alg);
        }
        if let Some(content) = content {
            writer.integer(CONTENT_TYPE);
            match content.label() {
                Ok(number) => writer.integer(number),
                Err(name) => writer.text(name),
            };
        }
        for (label, id) in [(HEADER_KID, kid), (CONTAINED_KEY_ID, contained)] {
            if let Some(id) = id {
                writer.integer(label).bytes(*id);
            }
        }
        for (label, number) in numbers {
            if let Some(number) = number {
                writer.integer(label).integer(*number);
            }
        }
    }
}
