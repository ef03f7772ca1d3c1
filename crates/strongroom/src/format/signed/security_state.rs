//! The state of an account's security, signed by the account.

use strongroom_memory::SecretMemory;

use super::{Sign1, sign};
use crate::cose::cbor::{NotCbor, Reader, Value, encoded, once};
use crate::error::{ErrorKind, MessageError, VerifyError};
use crate::format::bytes::message;
use crate::key::facts::CoseKeyId;
use crate::kind::Asymmetric;
use crate::labels::SignatureNamespace;
use crate::operation::Boxed;
use crate::public::VerifyingKey;

message! {
    /// Holds which generation of formats an account is on, signed by the account.
    ///
    /// An older state is signed as well as the newest one. So a program that stores the version notices when a server
    /// takes the account back, and nobody else does.
    ///
    /// It is a [`SignedObject`](crate::signatures::SignedObject) whose message is `{"version": number}` in CBOR. From
    /// version 2 on items have keys of their own and checked addresses. Made by
    /// [`sign_security_state`](crate::signatures::SignObjects::sign_security_state).
    ///
    /// Older clients sign, and demand, that it says whose it is: `{"entityId": bytes, "version": number}`, made by
    /// [`sign_security_state_of`](crate::signatures::SignObjects::sign_security_state_of).
    SecurityState Option<CoseKeyId>
}

const ENTITY_ID: &str = "entityId";
const VERSION: &str = "version";
const PURPOSE: SignatureNamespace = SignatureNamespace::SecurityState;

impl SecurityState {
    const NAME: &'static str = "security state";

    fn about(bytes: &[u8]) -> Result<Option<CoseKeyId>, MessageError> {
        Ok(super::kid(&super::parse(bytes, true, Self::NAME)?.header))
    }

    /// The id of the key that it says it was signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<CoseKeyId> {
        self.about
    }

    /// The version, if `key` signed it.
    ///
    /// # Errors
    /// [`VerifyError`]: as [`SignedObject::verify`](crate::signatures::SignedObject::verify), or what was signed is no
    /// version.
    pub fn verify(&self, key: &VerifyingKey) -> Result<u64, VerifyError> {
        Ok(self.open(key)?.version)
    }

    /// The id of the user that it names, a UUID, if `key` signed it; `None` if it names nobody, as those of today.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    pub fn user_id(&self, key: &VerifyingKey) -> Result<Option<[u8; 16]>, VerifyError> {
        Ok(self.open(key)?.user_id)
    }

    fn open(&self, key: &VerifyingKey) -> Result<Message, VerifyError> {
        let wrong = VerifyError::WrongSignature;
        let message = Sign1::parse(&self.bytes).map_err(|_| wrong)?;
        let payload = message.payload.ok_or(wrong)?;
        super::verify(&message, key, PURPOSE, payload)?;
        read(payload).map_err(|_| VerifyError::Payload { expected: Self::NAME })
    }
}

/// What is signed.
struct Message {
    user_id: Option<[u8; 16]>,
    version: u64,
}

fn read(payload: &[u8]) -> Result<Message, NotCbor> {
    let mut reader = Reader::new(payload);
    let (mut user_id, mut version) = (None, None);
    for _ in 0..reader.map()? {
        match reader.value()? {
            Value::Text(name) if name == ENTITY_ID.as_bytes() => once(&mut user_id, reader.bytes()?)?,
            Value::Text(name) if name == VERSION.as_bytes() => once(&mut version, reader.integer()?)?,
            _ => reader.skip()?,
        }
    }
    reader.end()?;
    Ok(Message {
        user_id: user_id.map(|id| id.try_into().map_err(|_| NotCbor)).transpose()?,
        version: u64::try_from(version.ok_or(NotCbor)?).map_err(|_| NotCbor)?,
    })
}

/// Signs a version, and whose it is.
pub(crate) fn sign_security_state(
    memory: &SecretMemory,
    key: &Boxed<Asymmetric>,
    user_id: Option<&[u8; 16]>,
    version: u32,
) -> Result<SecurityState, ErrorKind> {
    let payload = encoded(|writer| {
        match user_id {
            Some(id) => writer.map(2).text(ENTITY_ID).bytes(id),
            None => writer.map(1),
        };
        writer.text(VERSION).integer(version.into());
    });
    Ok(SecurityState::written(sign(memory, key, PURPOSE, &payload, true)?)?)
}
