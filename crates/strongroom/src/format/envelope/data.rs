//! Contents sealed with a key of their own.

use strongroom_memory::SecretMemory;
use zeroize::Zeroizing;

use super::{Checks, WAS_READ, check_namespace, id_of};
use crate::cose::encrypt0::Encrypt0;
use crate::cose::header::Parameters;
use crate::cose::key_ops::KeyOperation;
use crate::error::{ErrorKind, Limit, MessageError, WrongKey, broken};
use crate::format::bytes::message;
use crate::format::contents::permit;
use crate::format::external::External;
use crate::format::message::{self, Message, Shut, aad_of, unpadded};
use crate::key::facts::CoseKeyId;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::labels::cose::{A256GCM, DATA_ENVELOPE, ENCRYPT0};
use crate::labels::{ContentType, DataEnvelopeNamespace};
use crate::operation::{self, SymmetricBox};

message! {
    /// Contents, CBOR, sealed with a key that is for them alone: a COSE_Encrypt0 (RFC 9052 section 5.2), travelling as
    /// base64.
    ///
    /// The key, of AES-256-GCM, may only decrypt; it travels apart, wrapped. Older envelopes are of XChaCha20-Poly1305;
    /// they are read. Contents are padded to 64 bytes and by one byte at least, so those of up to 63 bytes look alike.
    /// Made by [`seal_data`](crate::envelopes::Envelopes::seal_data), opened by
    /// [`unseal_data`](crate::envelopes::Envelopes::unseal_data).
    ///
    /// It is bound to its key and its purpose. Nothing binds it, or its wrapped key, to an item or a time. Whoever
    /// stores both can put the pair of another item in their place, or an older pair. A program that needs to tell puts
    /// the id of the item and a version into the contents, and compares them with what it knows from elsewhere.
    /// Bitwarden's formats have neither.
    DataEnvelope Option<CoseKeyId>
}

/// What contents are padded to, in bytes.
const PADDED_TO: usize = 64;

impl DataEnvelope {
    const NAME: &'static str = "data envelope";

    fn about(bytes: &[u8]) -> Result<Option<CoseKeyId>, MessageError> {
        Ok(Parsed::new(bytes)?.kid)
    }

    /// The id of the key that opens it.
    #[must_use]
    pub fn key_id(&self) -> Option<CoseKeyId> {
        self.about
    }
}

/// An envelope taken apart, every part of the right length.
struct Parsed<'b> {
    protected: &'b [u8],
    alg: crate::key::algorithm::SymmetricAlgorithm,
    kid: Option<CoseKeyId>,
    namespace: Option<i64>,
    nonce: &'b [u8],
    data: &'b [u8],
    tag: &'b [u8; TAG],
}

impl<'b> Parsed<'b> {
    fn new(bytes: &'b [u8]) -> Result<Self, MessageError> {
        let of = DataEnvelope::NAME;
        let Encrypt0 { header, nonce, ciphertext } =
            Encrypt0::parse(bytes).map_err(|_| MessageError::Malformed { expected: of })?;
        let checks = Checks { header: &header, of };
        checks.object(DATA_ENVELOPE)?;
        let alg = checks.algorithm()?;
        checks.nonce(nonce, alg)?;
        if header.content() != Some(ContentType::CborPadded) {
            return Err(checks.missing("content type"));
        }
        let (data, tag) = checks.sealed(ciphertext)?;
        let kid = checks.kid()?;
        Ok(Self { protected: header.bytes, alg, kid, namespace: header.namespace, nonce, data, tag })
    }
}

/// Seals `contents` with `key`, which was made for them.
pub(crate) fn seal(
    memory: &SecretMemory,
    key: &SymmetricBox,
    contents: &[u8],
    namespace: DataEnvelopeNamespace,
) -> Result<DataEnvelope, ErrorKind> {
    let length = contents.len();
    let id = id_of(memory, key)?;
    let parameters = Parameters {
        alg: Some(A256GCM),
        content: Some(ContentType::CborPadded),
        kid: Some(id.as_bytes()),
        object: Some(DATA_ENVELOPE),
        namespace: Some(namespace.number()),
        ..Parameters::default()
    };
    let nonce_len = operation::facts::<Symmetric>(memory, key)?.algorithm().nonce_len();
    let padding = u8::try_from(PADDED_TO.saturating_sub(length).max(1)).unwrap_or(1);
    let sealed =
        Message::new(ENCRYPT0, &parameters, nonce_len).and_then(|message| message.seal(memory, key, contents, padding));
    Ok(DataEnvelope::written(sealed?.into_vec())?)
}

/// Opens it. The contents are the caller's then, in ordinary memory, erased when dropped.
pub(crate) fn unseal(
    memory: &SecretMemory,
    key: &SymmetricBox,
    envelope: &DataEnvelope,
    namespace: DataEnvelopeNamespace,
) -> Result<Zeroizing<Vec<u8>>, ErrorKind> {
    let wrong = WrongKey::OrChanged;
    let parsed = Parsed::new(&envelope.bytes).map_err(|_| broken(WAS_READ))?;
    check_namespace(parsed.namespace, namespace.number())?;
    let facts = operation::facts::<Symmetric>(memory, key)?;
    permit(&facts, KeyOperation::Decrypt)?;
    if facts.algorithm() != parsed.alg {
        return Err(WrongKey::EnvelopeAlgorithm { key: facts.algorithm() }.into());
    }
    let given = id_of(memory, key)?;
    if let Some(named) = parsed.kid.filter(|named| *named != given) {
        return Err(WrongKey::Id { named, given }.into());
    }
    let aad = aad_of(ENCRYPT0, parsed.protected, &External::NONE);
    let length = parsed.data.len();
    let mut out = Zeroizing::new(Vec::new());
    out.try_reserve_exact(length).map_err(|_| Limit::Memory { asked: length })?;
    out.resize(length, 0);
    let sealed = (parsed.data, parsed.tag);
    let length =
        message::open(memory, key, (parsed.nonce, &aad), sealed, &mut out, unpadded).map_err(|shut| match shut {
            Shut::NotAuthentic | Shut::BufferTooShort { .. } => ErrorKind::from(wrong),
            Shut::Enter(error) => error.into(),
        })?;
    out.truncate(length);
    Ok(out)
}
