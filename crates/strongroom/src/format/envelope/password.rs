//! A key sealed for a password.
//!
//! Passwords are few, and the AEADs here do not commit to their key: with enough bytes of free choice somebody makes
//! one envelope that opens for many passwords, and learns from one reaction whether the right one is among them. So
//! what is authenticated has no byte of free choice that official software does not need.
//!
//! - The protected header holds the five parameters that official versions write, each at most once and in its shortest
//!   form ([`Parsed::new`]). It never was longer than 74 bytes.
//! - The sealed key is 64 bytes, or a COSE_Key exactly as it is written ([`unseal`]).
//!
//! What is left are the four blocks of 16 bytes that a key of 64 bytes has, and the tag. Each password takes one
//! equation over blocks, linear in them for GHASH and nearly so for Poly1305: an envelope that does not name its key
//! fits **five** passwords, and a sixth by a chance of 1 in 2^128. One that names its key fits **one**, because the id
//! is a hash of the 64 bytes. So does one with a COSE_Key, whose 12 bytes and more of fixed form differ under any
//! second password. After the password was tried there is one answer, whatever is wrong; the time that it takes is that
//! of the function for the password, and some microseconds. `tests/partitioning.rs` makes such envelopes.

use strongroom_memory::{ProtectedBytes, SecretMemory, random};

use super::{Checks, WAS_READ, check_namespace, content_of, id_of, unopened};
use crate::cose::cbor::{Writer, encoded};
use crate::cose::encrypt::Encrypt;
use crate::cose::header::{Header, Parameters};
use crate::error::{ErrorKind, MessageError, WrongKey, broken};
use crate::format::bytes::message;
use crate::format::external::External;
use crate::format::message::{Aad, Message, Prefix, aad_of};
use crate::kdf::{Kdf, KdfLimits, KdfSettings};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::{CoseKeyId, KeyThumbprint};
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::labels::cose::{
    A256GCM, ALG, ARGON2ID, ARGON2ID_ITERATIONS, ARGON2ID_MEMORY_KIB, ARGON2ID_PARALLELISM, ARGON2ID_SALT, ENCRYPT,
    PASSWORD_PROTECTED_KEY_ENVELOPE, PBKDF2, PBKDF2_ITERATIONS, PBKDF2_SALT,
};
use crate::labels::{ContentType, PasswordEnvelopeNamespace};
use crate::operation::{self, EncryptedAead, Function, MOST, SymmetricBox, Wrapped};

message! {
    /// A symmetric key sealed for a password, such as a PIN: a COSE_Encrypt (RFC 9052 section 5.1), travelling as
    /// base64.
    ///
    /// The password becomes the key of AES-256-GCM by Argon2id or PBKDF2-HMAC-SHA256, whose parameters and salt stand
    /// in it. Older ones, which name no algorithm, are of XChaCha20-Poly1305; they are read. Made by
    /// [`seal_with_password`](crate::envelopes::Envelopes::seal_with_password), opened by
    /// [`unseal_with_password`](crate::envelopes::Envelopes::unseal_with_password).
    ///
    /// # One envelope for several passwords
    /// Neither algorithm commits to its key. Somebody who can put an envelope of their own in the place of a true one
    /// can make it open for several passwords, each to a key of its own, and learns from the program's reaction whether
    /// the right one is among them. How many depends on the bytes of free choice in what is authenticated, so there are
    /// no others than in envelopes of official software: anything else in the protected header is refused when it is
    /// read.
    ///
    /// - One that names its key ([`contained_key_id`](Self::contained_key_id)) or holds a COSE key: **one** password.
    ///   The id of a key of AES-256-CBC-HMAC-SHA256 is a hash of its 64 bytes, and a COSE key has fixed bytes, which no
    ///   second password gives.
    /// - One of an older version that names no key and holds 64 bytes: **five**, of AES-256-GCM and XChaCha20-Poly1305
    ///   alike. The four blocks of 16 bytes of the ciphertext and the one of the tag are free, the header is not, and
    ///   each password uses up one block.
    ///
    /// [`unseal_with_password_of`](crate::envelopes::Envelopes::unseal_with_password_of) demands the thumbprint of the
    /// key. Then an envelope opens to no other key than the true one: one that was made without the key opens for
    /// **no** password.
    PasswordProtectedKeyEnvelope About
}

/// What it says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct About {
    contained: Option<CoseKeyId>,
    kdf: KdfSettings,
}

/// Bytes of a salt.
const SALT: usize = 16;

/// Bytes of a sealed key of AES-256-CBC-HMAC-SHA256.
const LEGACY_KEY_LEN: usize = 64;

/// Bytes of a sealed COSE key, at most: a map (1), the type (2), the id (18), the algorithm as a number of 5 bytes (6),
/// six permitted operations (8) and 32 bytes of key (35). Official versions write 64 and 68, with four operations.
const MAX_COSE_KEY_LEN: usize = 70;

impl PasswordProtectedKeyEnvelope {
    const NAME: &'static str = "password-protected key envelope";

    fn about(bytes: &[u8]) -> Result<About, MessageError> {
        let Parsed { contained, function, .. } = Parsed::new(bytes)?;
        Ok(About { contained, kdf: settings(function, u32::div_ceil) })
    }

    /// The id of the key in it: the one that the key carries or, for a key that carries none, the derived one. Older
    /// envelopes do not say.
    #[must_use]
    pub fn contained_key_id(&self) -> Option<CoseKeyId> {
        self.about.contained
    }

    /// What the password is put through, not yet held to any limits. Memory is in KiB there; here it is rounded up to
    /// whole MiB.
    #[must_use]
    pub fn kdf(&self) -> Option<KdfSettings> {
        Some(self.about.kdf)
    }
}

/// An envelope taken apart, every part of the right length.
struct Parsed<'b> {
    protected: &'b [u8],
    algorithm: SymmetricAlgorithm,
    content: ContentType,
    contained: Option<CoseKeyId>,
    namespace: Option<i64>,
    nonce: &'b [u8],
    data: &'b [u8],
    tag: &'b [u8; TAG],
    function: Function,
    salt: &'b [u8; SALT],
}

impl<'b> Parsed<'b> {
    fn new(bytes: &'b [u8]) -> Result<Self, MessageError> {
        let of = PasswordProtectedKeyEnvelope::NAME;
        let Encrypt { header, nonce, ciphertext, recipient } =
            Encrypt::parse(bytes).map_err(|_| MessageError::Malformed { expected: of })?;
        let checks = Checks { header: &header, of };
        checks.object(PASSWORD_PROTECTED_KEY_ENVELOPE)?;
        let algorithm = match checks.algorithm()? {
            algorithm @ (SymmetricAlgorithm::Aes256Gcm | SymmetricAlgorithm::XChaCha20Poly1305) => algorithm,
            // There never was another.
            SymmetricAlgorithm::Aes256CbcHmacSha256 | SymmetricAlgorithm::Xaes256Gcm => {
                return Err(checks.missing("algorithm"));
            }
        };
        checks.nonce(nonce, algorithm)?;
        let (data, tag) = checks.sealed(ciphertext)?;
        let (content, contained) = (checks.symmetric_key()?, checks.contained()?);
        hold_header(&header, contained, of)?;
        hold_ciphertext(ciphertext, content, of)?;
        let number = |part, number: Option<i64>| {
            number.and_then(|number| u32::try_from(number).ok()).ok_or(checks.missing(part))
        };
        let (function, salt) = match recipient.alg {
            Some(ARGON2ID) => {
                let argon2id = recipient.argon2id;
                let function = Function::Argon2id {
                    iterations: number("number of iterations", argon2id.iterations)?,
                    memory_kib: number("size of memory", argon2id.memory_kib)?,
                    lanes: number("parallelism", argon2id.parallelism)?,
                };
                (function, argon2id.salt)
            }
            Some(PBKDF2) => {
                let iterations = number("number of iterations", recipient.pbkdf2_iterations)?;
                (Function::Pbkdf2 { iterations }, recipient.pbkdf2_salt)
            }
            _ => return Err(checks.missing("function for the password")),
        };
        Ok(Self {
            protected: header.bytes,
            algorithm,
            content,
            contained,
            namespace: header.namespace,
            nonce,
            data,
            tag,
            function,
            salt: checks.fixed("salt", salt.ok_or(checks.missing("salt"))?)?,
        })
    }
}

/// Holds the protected header to the parameters that belong in it: an unknown one, one of other messages, or a number
/// or length that is not in its shortest form makes it longer than these alone. Their order is left open.
fn hold_header(header: &Header<'_>, contained: Option<CoseKeyId>, of: &'static str) -> Result<(), MessageError> {
    let parameters = Parameters {
        alg: header.alg,
        content: header.content(),
        contained: contained.as_ref().map(CoseKeyId::as_bytes),
        object: header.object,
        namespace: header.namespace,
        ..Parameters::default()
    };
    let (found, max) = (header.bytes.len(), parameters.encoded_len());
    if found > max { Err(MessageError::Surplus { of, part: "protected header", found, max }) } else { Ok(()) }
}

/// Holds ciphertext and tag to the lengths that keys have.
fn hold_ciphertext(ciphertext: &[u8], content: ContentType, of: &'static str) -> Result<(), MessageError> {
    let (part, found) = ("ciphertext", ciphertext.len());
    let (legacy, max) = (LEGACY_KEY_LEN + TAG, MAX_COSE_KEY_LEN + TAG);
    match content {
        ContentType::LegacyKey if found != legacy => Err(MessageError::Length { of, part, found, expected: legacy }),
        _ if found > max => Err(MessageError::Surplus { of, part, found, max }),
        _ => Ok(()),
    }
}

/// The parameters as limits know them. `divide` rounds.
fn settings(function: Function, divide: fn(u32, u32) -> u32) -> KdfSettings {
    match function {
        Function::Pbkdf2 { iterations } => KdfSettings::Pbkdf2 { iterations },
        Function::Argon2id { iterations, memory_kib, lanes } => {
            KdfSettings::Argon2id { iterations, memory_mib: divide(memory_kib, 1024), parallelism: lanes }
        }
    }
}

/// Seals `key` for `password`.
pub(crate) fn seal(
    memory: &SecretMemory,
    key: &SymmetricBox,
    password: &ProtectedBytes,
    kdf: &Kdf,
    namespace: PasswordEnvelopeNamespace,
) -> Result<PasswordProtectedKeyEnvelope, ErrorKind> {
    let mut salt = [0; SALT];
    random::public(&mut salt)?;
    let function = match kdf.settings() {
        KdfSettings::Pbkdf2 { iterations } => Function::Pbkdf2 { iterations },
        KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
            Function::Argon2id { iterations, memory_kib: memory_mib.saturating_mul(1024), lanes: parallelism }
        }
    };
    let id = id_of(memory, key)?;
    let parameters = Parameters {
        alg: Some(A256GCM),
        content: Some(content_of(memory, key)?),
        contained: Some(id.as_bytes()),
        object: Some(PASSWORD_PROTECTED_KEY_ENVELOPE),
        namespace: Some(namespace.number()),
        ..Parameters::default()
    };
    let algorithm = SymmetricAlgorithm::Aes256Gcm;
    let message = Message::new(ENCRYPT, &parameters, algorithm.nonce_len())?;
    let derived = operation::derive_by(memory, password, function, &salt)?;
    let kek = operation::kek_of_master(memory, &derived, algorithm)?;
    let (mut aad, mut prefix, mut out) = (Aad::empty(), Prefix::empty(), [0; MOST]);
    let aad = message.aad(&mut aad)?;
    let Wrapped { data, mac } = operation::wrap_aead::<Symmetric>(memory, &kek, key, message.nonce(), aad, &mut out)?
        .ok_or(broken("a key can be written as bytes"))?;
    let prefix = message.prefix(&mut prefix, 4, (data.len() + TAG) as u64)?;
    let recipients = encoded(|writer| write_recipient(writer, function, &salt));
    Ok(PasswordProtectedKeyEnvelope::written([prefix, data, &mac, &recipients].concat())?)
}

/// The array of the one recipient, as the official software writes it: the algorithm in both headers.
fn write_recipient(writer: &mut Writer<'_>, function: Function, salt: &[u8; SALT]) {
    let (alg, count) = match function {
        Function::Argon2id { .. } => (ARGON2ID, 5),
        Function::Pbkdf2 { .. } => (PBKDF2, 3),
    };
    let protected = encoded(|writer| {
        writer.map(1).integer(ALG).integer(alg);
    });
    writer.array(1).array(3).bytes(&protected).map(count).integer(ALG).integer(alg);
    match function {
        Function::Argon2id { iterations, memory_kib, lanes } => {
            writer.integer(ARGON2ID_ITERATIONS).integer(iterations.into());
            writer.integer(ARGON2ID_MEMORY_KIB).integer(memory_kib.into());
            writer.integer(ARGON2ID_PARALLELISM).integer(lanes.into());
            writer.integer(ARGON2ID_SALT).bytes(salt);
        }
        Function::Pbkdf2 { iterations } => {
            writer.integer(PBKDF2_ITERATIONS).integer(iterations.into()).integer(PBKDF2_SALT).bytes(salt);
        }
    }
    writer.null();
}

/// Opens it, if its parameters are within `limits`; if a thumbprint is demanded, to the key that has it alone.
pub(crate) fn unseal(
    memory: &SecretMemory,
    envelope: &PasswordProtectedKeyEnvelope,
    password: &ProtectedBytes,
    limits: &KdfLimits,
    namespace: PasswordEnvelopeNamespace,
    demanded: Option<&KeyThumbprint>,
) -> Result<SymmetricBox, ErrorKind> {
    let parsed = Parsed::new(&envelope.bytes).map_err(|_| broken(WAS_READ))?;
    check_namespace(parsed.namespace, namespace.number())?;
    // A part of a MiB counts as none where it has to be enough, and as a whole one where it must not be too much.
    for divide in [|kib, mib| kib / mib, u32::div_ceil] {
        Kdf::within(settings(parsed.function, divide), limits)?;
    }
    let derived = operation::derive_by(memory, password, parsed.function, parsed.salt)?;
    let kek = operation::kek_of_master(memory, &derived, parsed.algorithm)?;
    let aad = aad_of(ENCRYPT, parsed.protected, &External::NONE);
    let Parsed { nonce, data, tag, .. } = parsed;
    let sealed = EncryptedAead { nonce, aad: &aad, data, tag };
    let key = match operation::unwrap_aead::<Symmetric>(memory, &kek, &sealed, parsed.content).map_err(unopened) {
        // Not a key, or none that can be used: who may know which tries many passwords at once.
        Err(ErrorKind::Malformed(_)) => return Err(WrongKey::OrChanged.into()),
        key => key?,
    };
    let id = id_of(memory, &key)?;
    let is_named = parsed.contained.is_none_or(|named| named == id);
    let is_demanded = match demanded {
        Some(demanded) => *demanded.as_bytes() == operation::thumbprint(memory, &key)?,
        None => true,
    };
    if is_named && is_demanded && is_as_written(memory, &kek, &key, &sealed)? {
        Ok(key)
    } else {
        Err(WrongKey::OrChanged.into())
    }
}

/// Returns whether the key stood in the envelope as it is written: the same key under the same nonce is the same
/// ciphertext. A COSE_Key in another form would have bytes of free choice.
fn is_as_written(
    memory: &SecretMemory,
    kek: &SymmetricBox,
    key: &SymmetricBox,
    sealed: &EncryptedAead<'_>,
) -> Result<bool, ErrorKind> {
    let mut out = [0; MOST];
    let again = operation::wrap_aead::<Symmetric>(memory, kek, key, sealed.nonce, sealed.aad, &mut out)?;
    Ok(again.ok_or(broken("a key can be written as bytes"))?.data == sealed.data)
}
