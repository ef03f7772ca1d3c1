//! A key sealed under another key, for one purpose.

use strongroom_memory::SecretMemory;

use super::{Checks, WAS_READ, check_namespace, checked, content_of, id_of, unopened, unseal_key};
use crate::cose::encrypt0::Encrypt0;
use crate::cose::header::Parameters;
use crate::cose::key_ops::KeyOperation;
use crate::error::{ErrorKind, MessageError, WrongKey, broken};
use crate::format::bytes::message;
use crate::format::contents::permit;
use crate::format::external::External;
use crate::format::message::{Aad, Message, Prefix, aad_of};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::labels::cose::{AES_256_CBC_HMAC_SHA256, ENCRYPT0, SYMMETRIC_KEY_ENVELOPE};
use crate::labels::{ContentType, SymmetricEnvelopeNamespace};
use crate::operation::{self, MOST, SymmetricBox, Wrapped};

message! {
    /// A symmetric key sealed under another, for one purpose: a COSE_Encrypt0 (RFC 9052 section 5.2), travelling as
    /// base64.
    ///
    /// It is of the other key's algorithm; a key of AES-256-CBC-HMAC-SHA256 serves as an AEAD, whose MAC covers what
    /// the envelope says of itself. The MAC key is that of type 2. An envelope that was cut into a text of type 2 does
    /// not open. Made by [`seal_key`](crate::envelopes::Envelopes::seal_key), opened by
    /// [`unseal_key`](crate::envelopes::Envelopes::unseal_key).
    SymmetricKeyEnvelope About
}

/// What it says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct About {
    contained: Option<CoseKeyId>,
    kid: Option<CoseKeyId>,
}

impl SymmetricKeyEnvelope {
    const NAME: &'static str = "symmetric key envelope";

    fn about(bytes: &[u8]) -> Result<About, MessageError> {
        Parsed::new(bytes).map(|Parsed { contained, kid, .. }| About { contained, kid })
    }

    /// The id of the key in it: the one that the key carries or, for a key that carries none, the derived one.
    #[must_use]
    pub fn contained_key_id(&self) -> Option<CoseKeyId> {
        self.about.contained
    }

    /// The id of the key that opens it.
    #[must_use]
    pub fn key_id(&self) -> Option<CoseKeyId> {
        self.about.kid
    }
}

/// An envelope taken apart. Whether nonce and tag are as long as the algorithm's shows with the key.
struct Parsed<'b> {
    protected: &'b [u8],
    alg: Option<i64>,
    content: ContentType,
    contained: Option<CoseKeyId>,
    kid: Option<CoseKeyId>,
    namespace: Option<i64>,
    nonce: &'b [u8],
    ciphertext: &'b [u8],
}

impl<'b> Parsed<'b> {
    fn new(bytes: &'b [u8]) -> Result<Self, MessageError> {
        let of = SymmetricKeyEnvelope::NAME;
        let Encrypt0 { header, nonce, ciphertext } =
            Encrypt0::parse(bytes).map_err(|_| MessageError::Malformed { expected: of })?;
        let checks = Checks { header: &header, of };
        checks.object(SYMMETRIC_KEY_ENVELOPE)?;
        checks.sealed::<TAG>(ciphertext)?;
        let (content, contained, kid) = (checks.symmetric_key()?, checks.contained()?, checks.kid()?);
        let alg = header.alg;
        Ok(Self {
            protected: header.bytes,
            alg,
            content,
            contained,
            kid,
            namespace: header.namespace,
            nonce,
            ciphertext,
        })
    }
}

/// The number of a key's algorithm in COSE, also that of a key that is not written as COSE_Key.
fn number(algorithm: SymmetricAlgorithm) -> i64 {
    algorithm.cose().unwrap_or(AES_256_CBC_HMAC_SHA256)
}

/// Seals `key` under `by`.
pub(crate) fn seal(
    memory: &SecretMemory,
    by: &SymmetricBox,
    key: &SymmetricBox,
    namespace: SymmetricEnvelopeNamespace,
) -> Result<SymmetricKeyEnvelope, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, by)?;
    permit(&facts, KeyOperation::Wrap)?;
    let (by_id, id) = (id_of(memory, by)?, id_of(memory, key)?);
    let parameters = Parameters {
        alg: Some(number(facts.algorithm())),
        content: Some(content_of(memory, key)?),
        kid: Some(by_id.as_bytes()),
        contained: Some(id.as_bytes()),
        object: Some(SYMMETRIC_KEY_ENVELOPE),
        namespace: Some(namespace.number()),
        ..Parameters::default()
    };
    let nonce_len = facts.algorithm().nonce_len();
    let message = Message::new(ENCRYPT0, &parameters, nonce_len)?;
    let (mut aad, mut out) = (Aad::empty(), [0; MOST]);
    let aad = message.aad(&mut aad)?;
    let finish = |data: &[u8], mac: &[u8]| {
        let mut prefix = Prefix::empty();
        let prefix = message.prefix(&mut prefix, 3, (data.len() + mac.len()) as u64)?;
        Ok(SymmetricKeyEnvelope::written([prefix, data, mac].concat())?)
    };
    match message.nonce().try_into().ok() {
        Some(iv) if facts.algorithm() == SymmetricAlgorithm::Aes256CbcHmacSha256 => {
            let wrapped = operation::wrap_cbc_aead(memory, by, key, iv, aad, &mut out)?;
            let Wrapped { data, mac } = wrapped.ok_or(broken("a key can be written as bytes"))?;
            finish(data, &mac)
        }
        _ => {
            let wrapped = operation::wrap_aead::<Symmetric>(memory, by, key, message.nonce(), aad, &mut out)?;
            let Wrapped { data, mac } = wrapped.ok_or(broken("a key can be written as bytes"))?;
            finish(data, &mac)
        }
    }
}

/// Opens it with `by`.
pub(crate) fn unseal(
    memory: &SecretMemory,
    by: &SymmetricBox,
    envelope: &SymmetricKeyEnvelope,
    namespace: SymmetricEnvelopeNamespace,
) -> Result<SymmetricBox, ErrorKind> {
    let parsed = Parsed::new(&envelope.bytes).map_err(|_| broken(WAS_READ))?;
    check_namespace(parsed.namespace, namespace.number())?;
    let facts = operation::facts::<Symmetric>(memory, by)?;
    permit(&facts, KeyOperation::Unwrap)?;
    let algorithm = facts.algorithm();
    if parsed.alg.is_some_and(|alg| alg != number(algorithm)) {
        return Err(WrongKey::EnvelopeAlgorithm { key: algorithm }.into());
    }
    let given = id_of(memory, by)?;
    if let Some(named) = parsed.kid.filter(|named| *named != given) {
        return Err(WrongKey::Id { named, given }.into());
    }
    let aad = aad_of(ENCRYPT0, parsed.protected, &External::NONE);
    let wrong = WrongKey::OrChanged;
    if algorithm != SymmetricAlgorithm::Aes256CbcHmacSha256 {
        let sealed = parsed.ciphertext.split_last_chunk().ok_or(wrong)?;
        return unseal_key(memory, by, (parsed.nonce, &aad), sealed, (parsed.content, parsed.contained));
    }
    let iv = parsed.nonce.try_into().map_err(|_| wrong)?;
    let (data, mac) = parsed.ciphertext.split_last_chunk().ok_or(wrong)?;
    if data.is_empty() || !data.as_chunks::<16>().1.is_empty() {
        return Err(wrong.into());
    }
    let legacy = parsed.content == ContentType::LegacyKey;
    let key = operation::unwrap_cbc_aead(memory, by, iv, &aad, (data, mac), legacy).map_err(unopened)?;
    checked(memory, key, parsed.contained)
}
