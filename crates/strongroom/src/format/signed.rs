//! Signed objects: COSE_Sign1 (RFC 9052 section 4.2) with Ed25519 or ML-DSA-44, each signed for one purpose.

pub(crate) mod public_key;
pub(crate) mod security_state;

use strongroom_memory::SecretMemory;

use super::bytes::message;
use crate::cose::header::{Header, Parameters};
use crate::cose::key_ops::KeyOperation;
use crate::cose::sign1::{Sign1, to_be_signed, write};
use crate::error::{ErrorKind, Limit, MessageError, NotPermitted, Unsupported, VerifyError};
use crate::key::algorithm::{OfAsymmetric, SigningAlgorithm};
use crate::key::facts::CoseKeyId;
use crate::kind::Asymmetric;
use crate::labels::{ContentType, SignatureNamespace};
use crate::operation::{self, Boxed};
use crate::public::VerifyingKey;
use crate::written::Written;

message! {
    /// A message and its signature in one: a COSE_Sign1, travelling as base64.
    ///
    /// The message comes out of [`verify`](Self::verify) alone. Made by
    /// [`sign_object`](crate::signatures::SignObjects::sign_object).
    ///
    /// ```
    /// # use strongroom::{Error, KeyStore, KeyUses, algorithms::AsymmetricAlgorithm, errors::VerifyError, signatures::{SignatureNamespace, SignedObject}};
    /// # use strongroom::signatures::SignObjects;
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// store.context(|ctx| {
    ///     let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
    ///     let signed = ctx.sign_object(key, SignatureNamespace::SecurityState, b"\xa0")?;
    ///     let read: SignedObject = signed.to_string().parse()?;
    ///     let verifying = ctx.verifying_key(key)?;
    ///     assert_eq!(read.verify(&verifying, SignatureNamespace::SecurityState)?, b"\xa0");
    ///     let other = read.verify(&verifying, SignatureNamespace::SignedPublicKey);
    ///     assert!(matches!(other, Err(VerifyError::WrongNamespace { found: Some(2), .. })));
    ///     Ok(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    SignedObject Option<CoseKeyId>
}

message! {
    /// A signature of a message that is kept apart: a COSE_Sign1 without its payload, travelling as base64.
    ///
    /// Made by [`sign_detached`](crate::signatures::SignObjects::sign_detached).
    DetachedSignature Option<CoseKeyId>
}

impl SignedObject {
    const NAME: &'static str = "COSE_Sign1";

    fn about(bytes: &[u8]) -> Result<Option<CoseKeyId>, MessageError> {
        Ok(kid(&parse(bytes, true, Self::NAME)?.header))
    }

    /// The id of the key that it says it was signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<CoseKeyId> {
        self.about
    }

    /// The message, if `key` signed it for this purpose, verified as [`VerifyingKey::verify`] says.
    ///
    /// # Errors
    /// [`VerifyError`]: another key, another purpose, another algorithm, or it was changed.
    pub fn verify(&self, key: &VerifyingKey, namespace: SignatureNamespace) -> Result<&[u8], VerifyError> {
        let wrong = VerifyError::WrongSignature;
        let message = Sign1::parse(&self.bytes).map_err(|_| wrong)?;
        let payload = message.payload.ok_or(wrong)?;
        verify(&message, key, namespace, payload)?;
        Ok(payload)
    }
}

impl DetachedSignature {
    const NAME: &'static str = "detached COSE_Sign1";

    fn about(bytes: &[u8]) -> Result<Option<CoseKeyId>, MessageError> {
        Ok(kid(&parse(bytes, false, Self::NAME)?.header))
    }

    /// The id of the key that it says it was signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<CoseKeyId> {
        self.about
    }

    /// Whether `key` signed `message` for this purpose.
    ///
    /// # Errors
    /// As [`SignedObject::verify`].
    pub fn verify(&self, key: &VerifyingKey, namespace: SignatureNamespace, message: &[u8]) -> Result<(), VerifyError> {
        let signature = Sign1::parse(&self.bytes).map_err(|_| VerifyError::WrongSignature)?;
        verify(&signature, key, namespace, message)
    }
}

fn parse<'b>(bytes: &'b [u8], embedded: bool, name: &'static str) -> Result<Sign1<'b>, MessageError> {
    let message = Sign1::parse(bytes).map_err(|_| MessageError::Malformed { expected: name })?;
    if message.payload.is_some() != embedded {
        return Err(MessageError::Malformed { expected: name });
    }
    if message.header.alg.is_none() {
        return Err(MessageError::Missing { of: name, part: "algorithm" });
    }
    match message.header.kid {
        Some(kid) if kid.len() != 16 => {
            Err(MessageError::Length { of: name, part: "key id", found: kid.len(), expected: 16 })
        }
        _ => Ok(message),
    }
}

fn kid(header: &Header<'_>) -> Option<CoseKeyId> {
    header.kid?.try_into().ok().map(CoseKeyId::new)
}

/// What is said outside the payload comes first, so that the error says what is wrong; it is part of what is signed.
fn verify(
    message: &Sign1<'_>,
    key: &VerifyingKey,
    namespace: SignatureNamespace,
    payload: &[u8],
) -> Result<(), VerifyError> {
    let (header, wrong) = (&message.header, VerifyError::WrongSignature);
    // Each message names its algorithm, or it was not read.
    let found = header.alg.ok_or(wrong)?;
    let found = SigningAlgorithm::from_cose(found).ok_or(VerifyError::UnsupportedAlgorithm { found })?.into();
    if found != key.algorithm() {
        return Err(VerifyError::WrongAlgorithm { found, key: key.algorithm() });
    }
    if let Some(named) = kid(header)
        && named != key.id()
    {
        return Err(VerifyError::WrongKeyId { named, given: key.id() });
    }
    if header.signature_namespace != Some(namespace.number()) {
        return Err(VerifyError::WrongNamespace { found: header.signature_namespace, expected: namespace });
    }
    let signed = to_be_signed(header.bytes, payload).ok_or(wrong)?;
    key.verify(&signed, message.signature).map_err(|_| wrong)
}

/// Signs `payload`, CBOR, and puts the message together.
fn sign(
    memory: &SecretMemory,
    key: &Boxed<Asymmetric>,
    namespace: SignatureNamespace,
    payload: &[u8],
    embed: bool,
) -> Result<Vec<u8>, ErrorKind> {
    let facts = operation::facts::<Asymmetric>(memory, key)?;
    let OfAsymmetric::Signing(algorithm) = facts.algorithm().of() else {
        return Err(Unsupported::ForAlgorithm(facts.algorithm()).into());
    };
    let permitted = facts.operations();
    if !permitted.permit(KeyOperation::Sign) {
        return Err(NotPermitted { operation: KeyOperation::Sign, permitted }.into());
    }
    let id = facts.id();
    let parameters = Parameters {
        alg: Some(algorithm.cose()),
        content: Some(ContentType::Cbor),
        kid: id.as_ref().map(CoseKeyId::as_bytes),
        signature_namespace: Some(namespace.number()),
        ..Parameters::default()
    };
    let mut protected = Written::empty();
    let protected = parameters.encode(&mut protected)?;
    let signed = to_be_signed(protected, payload).ok_or(Limit::Memory { asked: payload.len() })?;
    let signature =
        operation::sign(memory, operation::signing(memory, key)?, &signed)?.ok_or(ErrorKind::NoRandom(None))?;
    Ok(write(protected, embed.then_some(payload), &signature))
}

/// The message with its signature.
pub(crate) fn sign_object(
    memory: &SecretMemory,
    key: &Boxed<Asymmetric>,
    namespace: SignatureNamespace,
    payload: &[u8],
) -> Result<SignedObject, ErrorKind> {
    Ok(SignedObject::written(sign(memory, key, namespace, payload, true)?)?)
}

/// The signature alone.
pub(crate) fn sign_detached(
    memory: &SecretMemory,
    key: &Boxed<Asymmetric>,
    namespace: SignatureNamespace,
    payload: &[u8],
) -> Result<DetachedSignature, ErrorKind> {
    Ok(DetachedSignature::written(sign(memory, key, namespace, payload, false)?)?)
}

#[cfg(test)]
mod tests;
