//! A public key that its owner vouches for with a signing key.

use strongroom_memory::SecretMemory;

use super::{Sign1, sign};
use crate::confirmed::Confirmed;
use crate::cose::cbor::{NotCbor, Reader, Value, encoded, once};
use crate::error::{ErrorKind, MessageError, VerifyError};
use crate::format::bytes::message;
use crate::key::facts::CoseKeyId;
use crate::kind::Asymmetric;
use crate::labels::SignatureNamespace;
use crate::operation::Boxed;
use crate::public::{PublicKey, VerifyingKey};

message! {
    /// The public half of a private key, signed: whoever trusts the signing key may send to it.
    ///
    /// A [`SignedObject`](crate::signatures::SignedObject) whose message is `{"algorithm": 0, "contentFormat": 0,
    /// "publicKey": SPKI in DER}` in CBOR: RSA with OAEP and SHA-1. Made by
    /// [`sign_public_key`](crate::signatures::SignObjects::sign_public_key).
    SignedPublicKey Option<CoseKeyId>
}

/// What the message calls its parts, and the only values that there are.
const ALGORITHM: &str = "algorithm";
const RSA_OAEP_SHA1: i64 = 0;
const CONTENT_FORMAT: &str = "contentFormat";
const SPKI: i64 = 0;
const PUBLIC_KEY: &str = "publicKey";

const PURPOSE: SignatureNamespace = SignatureNamespace::SignedPublicKey;

impl SignedPublicKey {
    const NAME: &'static str = "signed public key";

    fn about(bytes: &[u8]) -> Result<Option<CoseKeyId>, MessageError> {
        Ok(super::kid(&super::parse(bytes, true, Self::NAME)?.header))
    }

    /// The id of the key that it says it was signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<CoseKeyId> {
        self.about
    }

    /// Returns the public key, if `key` signed it as one. That shows who owns the public key as far as it is known who
    /// owns `key`.
    ///
    /// # Errors
    /// [`VerifyError`]: as [`SignedObject::verify`](crate::signatures::SignedObject::verify), or what was signed is no
    /// RSA key that can be used.
    pub fn verify(&self, key: &VerifyingKey) -> Result<PublicKey, VerifyError> {
        let wrong = VerifyError::WrongSignature;
        let message = Sign1::parse(&self.bytes).map_err(|_| wrong)?;
        let payload = message.payload.ok_or(wrong)?;
        super::verify(&message, key, PURPOSE, payload)?;
        let unreadable = VerifyError::Payload { expected: "public key" };
        PublicKey::from_spki(read(payload).map_err(|_| unreadable)?).map_err(|_| unreadable)
    }

    /// Returns the public key as one to send to, if a verifying key that is confirmed signed it.
    ///
    /// # Errors
    /// As for [`verify`](Self::verify).
    pub fn confirm(&self, key: &Confirmed<VerifyingKey>) -> Result<Confirmed<PublicKey>, VerifyError> {
        self.verify(key).map(Confirmed::without_check)
    }
}

/// The SPKI in the message.
fn read(payload: &[u8]) -> Result<&[u8], NotCbor> {
    let mut reader = Reader::new(payload);
    let (mut algorithm, mut format, mut spki) = (None, None, None);
    for _ in 0..reader.map()? {
        match reader.value()? {
            Value::Text(name) if name == ALGORITHM.as_bytes() => once(&mut algorithm, reader.integer()?)?,
            Value::Text(name) if name == CONTENT_FORMAT.as_bytes() => once(&mut format, reader.integer()?)?,
            Value::Text(name) if name == PUBLIC_KEY.as_bytes() => once(&mut spki, reader.bytes()?)?,
            _ => reader.skip()?,
        }
    }
    reader.end()?;
    match (algorithm, format, spki) {
        (Some(RSA_OAEP_SHA1), Some(SPKI), Some(spki)) => Ok(spki),
        _ => Err(NotCbor),
    }
}

/// Signs a public key.
pub(crate) fn sign_public_key(
    memory: &SecretMemory,
    key: &Boxed<Asymmetric>,
    public: &PublicKey,
) -> Result<SignedPublicKey, ErrorKind> {
    let spki = public.to_spki();
    let payload = encoded(|writer| {
        writer.map(3).text(ALGORITHM).integer(RSA_OAEP_SHA1).text(CONTENT_FORMAT).integer(SPKI);
        writer.text(PUBLIC_KEY).bytes(&spki);
    });
    Ok(SignedPublicKey::written(sign(memory, key, PURPOSE, &payload, true)?)?)
}
