//! A key sealed for a password.

use strongroom_memory::{ProtectedBytes, SecretMemory, random};

use super::{Checks, WAS_READ, check_namespace, content_of, id_of, unseal_key};
use crate::cose::cbor::{Writer, encoded};
use crate::cose::encrypt::Encrypt;
use crate::cose::header::Parameters;
use crate::error::{ErrorKind, MessageError, broken};
use crate::format::bytes::message;
use crate::format::external::External;
use crate::format::message::{Aad, Message, Prefix, aad_of};
use crate::kdf::{Kdf, KdfLimits, KdfSettings};
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::key::symmetric::TAG;
use crate::kind::Symmetric;
use crate::labels::cose::{
    A256GCM, ALG, ARGON2ID, ARGON2ID_ITERATIONS, ARGON2ID_MEMORY_KIB, ARGON2ID_PARALLELISM, ARGON2ID_SALT, ENCRYPT,
    PASSWORD_PROTECTED_KEY_ENVELOPE, PBKDF2, PBKDF2_ITERATIONS, PBKDF2_SALT,
};
use crate::labels::{ContentType, PasswordEnvelopeNamespace};
use crate::operation::{self, Function, MOST, SymmetricBox, Wrapped};

message! {
    /// A symmetric key sealed for a password, such as a PIN: a COSE_Encrypt (RFC 9052 section 5.1), travelling as
    /// base64.
    ///
    /// The password becomes the key of AES-256-GCM by Argon2id or PBKDF2-HMAC-SHA256, whose parameters and salt stand
    /// in it. Older ones, which name no algorithm, are of XChaCha20-Poly1305; they are read. Made by
    /// [`seal_with_password`](crate::envelopes::Envelopes::seal_with_password), opened by
    /// [`unseal_with_password`](crate::envelopes::Envelopes::unseal_with_password).
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
        let algorithm = checks.algorithm()?;
        checks.nonce(nonce, algorithm)?;
        let (data, tag) = checks.sealed(ciphertext)?;
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
            content: checks.symmetric_key()?,
            contained: checks.contained()?,
            namespace: header.namespace,
            nonce,
            data,
            tag,
            function,
            salt: checks.fixed("salt", salt.ok_or(checks.missing("salt"))?)?,
        })
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

/// Opens it, if its parameters are within `limits`.
pub(crate) fn unseal(
    memory: &SecretMemory,
    envelope: &PasswordProtectedKeyEnvelope,
    password: &ProtectedBytes,
    limits: &KdfLimits,
    namespace: PasswordEnvelopeNamespace,
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
    let said = (parsed.content, parsed.contained);
    unseal_key(memory, &kek, (parsed.nonce, &aad), (parsed.data, parsed.tag), said)
}
