//! A key sealed for a secret that nobody guesses.

use strongroom_memory::{SecretMemory, random};

use super::{Checks, WAS_READ, check_namespace, content_of, id_of, unseal_key};
use crate::cose::cbor::{Writer, encoded};
use crate::cose::encrypt::Encrypt;
use crate::cose::header::Parameters;
use crate::error::{ErrorKind, MessageError, broken};
use crate::format::bytes::message;
use crate::format::external::External;
use crate::format::message::{Aad, Message, Prefix, aad_of};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::labels::cose::{A256GCM, ALG, DIRECT_HKDF_SHA_256, ENCRYPT, HKDF_SALT, SECRET_PROTECTED_KEY_ENVELOPE};
use crate::labels::{ContentType, SecretEnvelopeNamespace};
use crate::operation::{self, EntropyBox, MOST, SymmetricBox, Wrapped};

message! {
    /// A symmetric key sealed for a [`HighEntropySecret`](crate::envelopes::HighEntropySecret): a COSE_Encrypt (RFC
    /// 9052 section 5.1), travelling as base64.
    ///
    /// The secret becomes the key of AES-256-GCM by HKDF with SHA-256, directly (RFC 9053 section 6.1.2). Made by
    /// [`seal_with_secret`](crate::envelopes::Envelopes::seal_with_secret), opened by
    /// [`unseal_with_secret`](crate::envelopes::Envelopes::unseal_with_secret).
    SecretProtectedKeyEnvelope Option<CoseKeyId>
}

/// Bytes of a salt.
const SALT: usize = 32;

impl SecretProtectedKeyEnvelope {
    const NAME: &'static str = "secret-protected key envelope";

    fn about(bytes: &[u8]) -> Result<Option<CoseKeyId>, MessageError> {
        Ok(Parsed::new(bytes)?.contained)
    }

    /// The id of the key in it: the one that the key carries or, for a key that carries none, the derived one.
    #[must_use]
    pub fn contained_key_id(&self) -> Option<CoseKeyId> {
        self.about
    }
}

/// An envelope taken apart, every part of the right length.
struct Parsed<'b> {
    protected: &'b [u8],
    content: ContentType,
    contained: Option<CoseKeyId>,
    namespace: Option<i64>,
    nonce: &'b [u8],
    data: &'b [u8],
    tag: &'b [u8; TAG],
    salt: &'b [u8; SALT],
}

impl<'b> Parsed<'b> {
    fn new(bytes: &'b [u8]) -> Result<Self, MessageError> {
        let of = SecretProtectedKeyEnvelope::NAME;
        let Encrypt { header, nonce, ciphertext, recipient } =
            Encrypt::parse(bytes).map_err(|_| MessageError::Malformed { expected: of })?;
        let checks = Checks { header: &header, of };
        checks.object(SECRET_PROTECTED_KEY_ENVELOPE)?;
        // There never was another.
        if header.alg != Some(A256GCM) {
            return Err(checks.missing("algorithm"));
        }
        checks.nonce(nonce, SymmetricAlgorithm::Aes256Gcm)?;
        let (data, tag) = checks.sealed(ciphertext)?;
        if recipient.alg != Some(DIRECT_HKDF_SHA_256) {
            return Err(checks.missing("function for the secret"));
        }
        let salt = recipient.hkdf_salt.ok_or(checks.missing("salt"))?;
        Ok(Self {
            protected: header.bytes,
            content: checks.symmetric_key()?,
            contained: checks.contained()?,
            namespace: header.namespace,
            nonce,
            data,
            tag,
            salt: checks.fixed("salt", salt)?,
        })
    }
}

/// What the key is bound to, the COSE_KDF_Context (RFC 9053 section 5.2): the algorithm, nobody in particular on either
/// side, 256 bits, and a recipient that protects nothing.
fn info() -> Vec<u8> {
    let nobody = |writer: &mut Writer<'_>| {
        writer.array(3).null().null().null();
    };
    encoded(|writer| {
        writer.array(4).integer(A256GCM);
        nobody(writer);
        nobody(writer);
        writer.array(2).integer(256).bytes(&[]);
    })
}

/// Seals `key` for `secret`.
pub(crate) fn seal(
    memory: &SecretMemory,
    key: &SymmetricBox,
    secret: &EntropyBox,
    namespace: SecretEnvelopeNamespace,
) -> Result<SecretProtectedKeyEnvelope, ErrorKind> {
    let mut salt = [0; SALT];
    random::public(&mut salt)?;
    let id = id_of(memory, key)?;
    let parameters = Parameters {
        alg: Some(A256GCM),
        content: Some(content_of(memory, key)?),
        contained: Some(id.as_bytes()),
        object: Some(SECRET_PROTECTED_KEY_ENVELOPE),
        namespace: Some(namespace.number()),
        ..Parameters::default()
    };
    let nonce_len = SymmetricAlgorithm::Aes256Gcm.nonce_len();
    let message = Message::new(ENCRYPT, &parameters, nonce_len)?;
    let kek = operation::kek_of_secret(memory, secret, &salt, &info())?;
    let (mut aad, mut prefix, mut out) = (Aad::empty(), Prefix::empty(), [0; MOST]);
    let aad = message.aad(&mut aad)?;
    let Wrapped { data, mac } = operation::wrap_aead::<Symmetric>(memory, &kek, key, message.nonce(), aad, &mut out)?
        .ok_or(broken("a key can be written as bytes"))?;
    let prefix = message.prefix(&mut prefix, 4, (data.len() + TAG) as u64)?;
    let recipients = encoded(|writer| {
        writer.array(1).array(3).bytes(&[]).map(2).integer(ALG).integer(DIRECT_HKDF_SHA_256);
        writer.integer(HKDF_SALT).bytes(&salt).null();
    });
    Ok(SecretProtectedKeyEnvelope::written([prefix, data, &mac, &recipients].concat())?)
}

/// Opens it.
pub(crate) fn unseal(
    memory: &SecretMemory,
    envelope: &SecretProtectedKeyEnvelope,
    secret: &EntropyBox,
    namespace: SecretEnvelopeNamespace,
) -> Result<SymmetricBox, ErrorKind> {
    let parsed = Parsed::new(&envelope.bytes).map_err(|_| broken(WAS_READ))?;
    check_namespace(parsed.namespace, namespace.number())?;
    let kek = operation::kek_of_secret(memory, secret, parsed.salt, &info())?;
    let aad = aad_of(ENCRYPT, parsed.protected, &External::NONE);
    let said = (parsed.content, parsed.contained);
    unseal_key(memory, &kek, (parsed.nonce, &aad), (parsed.data, parsed.tag), said)
}
