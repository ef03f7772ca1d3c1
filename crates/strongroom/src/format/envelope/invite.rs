//! An open invitation to an organisation: contents, and their key sealed for a secret that is told apart.

use std::fmt;
use std::str::FromStr;

use base64_simd::{AsOut, URL_SAFE_NO_PAD};

use super::data::DataEnvelope;
use super::secret::SecretProtectedKeyEnvelope;
use crate::cose::cbor::{NotCbor, Reader, Value, encoded, once};
use crate::error::MessageError;

/// An open invitation to an organisation: what it holds, and the key of that sealed for a secret, which is told apart.
///
/// Travels as base64 for URLs (RFC 4648 section 5) of the CBOR map `{"d": data envelope, "k": secret-protected key
/// envelope}`, both as byte strings. Made by [`seal_invite`](crate::envelopes::Envelopes::seal_invite), opened by
/// [`unseal_invite`](crate::envelopes::Envelopes::unseal_invite).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct OpenOrgInvite {
    /// What it holds.
    pub data: DataEnvelope,
    /// The key that opens it.
    pub key: SecretProtectedKeyEnvelope,
}

const NAME: &str = "open invitation to an organisation";
const DATA: &str = "d";
const KEY: &str = "k";

impl OpenOrgInvite {
    /// Takes the CBOR apart.
    ///
    /// # Errors
    /// [`MessageError`]: it is no such map, or one of the envelopes in it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let (data, key) = parts(bytes).map_err(|_| MessageError::Malformed { expected: NAME })?;
        let missing = |part| MessageError::Missing { of: NAME, part };
        Ok(Self {
            data: DataEnvelope::from_bytes(data.ok_or(missing("data envelope"))?)?,
            key: SecretProtectedKeyEnvelope::from_bytes(key.ok_or(missing("key envelope"))?)?,
        })
    }

    /// The CBOR.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (data, key) = (self.data.as_bytes(), self.key.as_bytes());
        encoded(|writer| {
            writer.map(2).text(DATA).bytes(data).text(KEY).bytes(key);
        })
    }
}

/// The data and the key, if they are there.
type Parts<'b> = (Option<&'b [u8]>, Option<&'b [u8]>);

fn parts(bytes: &[u8]) -> Result<Parts<'_>, NotCbor> {
    let mut reader = Reader::new(bytes);
    let (mut data, mut key) = (None, None);
    for _ in 0..reader.map()? {
        match reader.value()? {
            Value::Text(name) if name == DATA.as_bytes() => once(&mut data, reader.bytes()?)?,
            Value::Text(name) if name == KEY.as_bytes() => once(&mut key, reader.bytes()?)?,
            _ => reader.skip()?,
        }
    }
    reader.end()?;
    Ok((data, key))
}

/// From base64 for URLs, with or without its padding.
impl FromStr for OpenOrgInvite {
    type Err = MessageError;

    fn from_str(text: &str) -> Result<Self, MessageError> {
        let text = text.trim_end_matches('=').as_bytes();
        let mut bytes = vec![0; text.len() / 4 * 3 + (text.len() % 4).saturating_sub(1)];
        match URL_SAFE_NO_PAD.decode(text, bytes.as_mut_slice().as_out()) {
            Ok(_) => Self::from_bytes(&bytes),
            Err(_) => Err(MessageError::Base64 { expected: NAME }),
        }
    }
}

/// Base64 for URLs, without padding.
impl fmt::Display for OpenOrgInvite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&URL_SAFE_NO_PAD.encode_to_string(self.to_bytes()))
    }
}
