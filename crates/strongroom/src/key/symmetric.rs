//! The prepared symmetric key, of any algorithm.
//!
//! One type for all of them: a key that is unwrapped says only inside what it is, and slots of one size are reused by
//! any. The largest algorithm takes 608 bytes of the slot, the others little less but for XChaCha20-Poly1305, whose
//! schedule is its key.

use aes::Aes256;
use aes_gcm::aead::array::Array;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, aead};
use chacha20poly1305::XChaCha20Poly1305;
use sha2::{Digest, Sha256};
use strongroom_memory::{NoHeap, ScopeToken, StackBudget, random};
use xaes_256_gcm::Xaes256Gcm;

use super::aead::MessageKey;
use super::aes_cbc_hmac::{AesCbcHmacKey, RawKey};
use super::algorithm::SymmetricAlgorithm;
use super::facts::{CoseKeyId, KeyInfo};
use super::prepared::{Form, Import, Prepared};
use super::resting::Resting;
use crate::cose::cbor::Writer;
use crate::cose::key::{CoseKey, KID_LEN, SymmetricParts, write_symmetric};
use crate::cose::key_ops::KeyOperations;
use crate::labels::cose::{K, KEY_TYPE, SYMMETRIC_KEY_TYPE};

/// Bytes of the authentication tag of every COSE algorithm here.
pub(crate) const TAG: usize = 16;

/// What operations with COSE keys reserve: a schedule of AES is made on the way, and moved.
pub(crate) const AEAD: StackBudget = StackBudget::stack(12 << 10, StackBudget::FIELD.stack);

/// Bytes of a COSE key's secret.
const SECRET: usize = 32;

/// Bytes of a key of AES-256-CBC-HMAC-SHA256.
const V1: usize = 64;

/// A symmetric key, ready for use.
pub struct SymmetricKey {
    cipher: Cipher,
}

enum Cipher {
    AesCbcHmac(AesCbcHmacKey),
    Aead(AeadKey),
}

/// A key of one of the AEADs of COSE.
pub(crate) struct AeadKey {
    kid: [u8; KID_LEN],
    operations: KeyOperations,
    /// Kept to be wrapped: a schedule cannot be turned back into it.
    secret: [u8; SECRET],
    schedule: Schedule,
}

enum Schedule {
    /// ChaCha20 has none: its key is its state.
    XChaCha20Poly1305,
    Xaes256Gcm(Xaes256Gcm),
    /// Without the powers of its GHASH key, which would take every key to a larger slot: they cost one block and four
    /// products for each message.
    Aes256Gcm(Aes256),
}

impl std::fmt::Debug for SymmetricKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SymmetricKey(..)")
    }
}

/// Raw bytes, schedules and midstates are arrays in the value itself.
impl NoHeap for SymmetricKey {}

impl SymmetricKey {
    /// The key of AES-256-CBC-HMAC-SHA256 with these 64 bytes.
    pub(crate) fn aes_cbc_hmac(raw: &RawKey) -> Self {
        Self { cipher: Cipher::AesCbcHmac(AesCbcHmacKey::new(raw)) }
    }

    /// The COSE key of these parts; `None` for an algorithm that is none of COSE's.
    pub(crate) fn aead(
        kid: [u8; KID_LEN],
        algorithm: SymmetricAlgorithm,
        operations: KeyOperations,
        secret: &[u8; SECRET],
    ) -> Option<Self> {
        AeadKey::new(kid, algorithm, operations, secret).map(|key| Self { cipher: Cipher::Aead(key) })
    }

    /// The key, if it is one of AES-256-CBC-HMAC-SHA256.
    pub(crate) fn as_aes_cbc_hmac(&self) -> Option<&AesCbcHmacKey> {
        match &self.cipher {
            Cipher::AesCbcHmac(key) => Some(key),
            Cipher::Aead(_) => None,
        }
    }

    /// The key, if it is one of COSE.
    pub(crate) fn as_aead(&self) -> Option<&AeadKey> {
        match &self.cipher {
            Cipher::AesCbcHmac(_) => None,
            Cipher::Aead(key) => Some(key),
        }
    }

    /// The thumbprint (RFC 9679 section 3).
    pub(crate) fn thumbprint(&self) -> Option<[u8; 32]> {
        let raw = match &self.cipher {
            Cipher::AesCbcHmac(key) => key.raw().as_flattened(),
            Cipher::Aead(key) => &key.secret,
        };
        let mut bytes = [0; V1 + 16];
        let mut writer = Writer::new(&mut bytes);
        writer.map(2).integer(KEY_TYPE).integer(SYMMETRIC_KEY_TYPE).integer(K).bytes(raw);
        let length = writer.finish()?;
        Some(Sha256::digest(bytes.get(..length)?).into())
    }

    /// The first 16 bytes of the thumbprint of a key that carries no id.
    pub(crate) fn derived_id(&self) -> Option<[u8; KID_LEN]> {
        self.as_aes_cbc_hmac()?;
        self.thumbprint()?.first_chunk().copied()
    }

    fn read_cose(bytes: &[u8]) -> Option<Self> {
        let key = CoseKey::parse(bytes).ok()?;
        let SymmetricParts { kid, alg, operations, key } = key.as_symmetric()?;
        Self::aead(*kid, SymmetricAlgorithm::from_cose(alg)?, operations, key)
    }
}

impl AeadKey {
    fn new(
        kid: [u8; KID_LEN],
        algorithm: SymmetricAlgorithm,
        operations: KeyOperations,
        secret: &[u8; SECRET],
    ) -> Option<Self> {
        let schedule = match algorithm {
            SymmetricAlgorithm::Aes256CbcHmacSha256 => return None,
            SymmetricAlgorithm::XChaCha20Poly1305 => Schedule::XChaCha20Poly1305,
            SymmetricAlgorithm::Xaes256Gcm => Schedule::Xaes256Gcm(Xaes256Gcm::new(secret.into())),
            SymmetricAlgorithm::Aes256Gcm => Schedule::Aes256Gcm(Aes256::new(secret.into())),
        };
        Some(Self { kid, operations, secret: *secret, schedule })
    }

    fn algorithm(&self) -> SymmetricAlgorithm {
        match self.schedule {
            Schedule::XChaCha20Poly1305 => SymmetricAlgorithm::XChaCha20Poly1305,
            Schedule::Xaes256Gcm(_) => SymmetricAlgorithm::Xaes256Gcm,
            Schedule::Aes256Gcm(_) => SymmetricAlgorithm::Aes256Gcm,
        }
    }

    fn parts(&self) -> Option<SymmetricParts<'_>> {
        let alg = self.algorithm().cose()?;
        Some(SymmetricParts { kid: &self.kid, alg, operations: self.operations, key: &self.secret })
    }

    /// What encrypts or decrypts the one message with this nonce, in pieces; `None` if the nonce is not of the
    /// algorithm's length.
    pub(crate) fn message(&self, nonce: &[u8]) -> Option<MessageKey> {
        MessageKey::new(self.algorithm(), &self.secret, nonce)
    }

    /// Encrypts `buffer` in place; returns the tag. `None` if the nonce has another length than the algorithm's, or the
    /// buffer is longer than the algorithm takes.
    pub(crate) fn encrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8]) -> Option<[u8; TAG]> {
        fn run<A: AeadInOut<TagSize = aead::consts::U16>>(
            aead: &A,
            nonce: &[u8],
            aad: &[u8],
            buffer: &mut [u8],
        ) -> Option<[u8; TAG]> {
            let nonce = <&Array<u8, A::NonceSize>>::try_from(nonce).ok()?;
            aead.encrypt_inout_detached(nonce, aad, buffer.into()).ok().map(Into::into)
        }
        match &self.schedule {
            Schedule::XChaCha20Poly1305 => run(&XChaCha20Poly1305::new((&self.secret).into()), nonce, aad, buffer),
            Schedule::Xaes256Gcm(key) => run(key, nonce, aad, buffer),
            Schedule::Aes256Gcm(key) => run(&Aes256Gcm::from(key.clone()), nonce, aad, buffer),
        }
    }

    /// Checks the tag, and only then decrypts `buffer` in place. `None` if it is wrong, and as in `encrypt`.
    pub(crate) fn decrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8], tag: &[u8; TAG]) -> Option<()> {
        fn run<A: AeadInOut<TagSize = aead::consts::U16>>(
            aead: &A,
            nonce: &[u8],
            aad: &[u8],
            buffer: &mut [u8],
            tag: &[u8; TAG],
        ) -> Option<()> {
            let nonce = <&Array<u8, A::NonceSize>>::try_from(nonce).ok()?;
            aead.decrypt_inout_detached(nonce, aad, buffer.into(), tag.into()).ok()
        }
        match &self.schedule {
            Schedule::XChaCha20Poly1305 => run(&XChaCha20Poly1305::new((&self.secret).into()), nonce, aad, buffer, tag),
            Schedule::Xaes256Gcm(key) => run(key, nonce, aad, buffer, tag),
            Schedule::Aes256Gcm(key) => run(&Aes256Gcm::from(key.clone()), nonce, aad, buffer, tag),
        }
    }
}

/// At rest: the algorithm's number, the permitted uses, the kid, and 32 or 64 bytes of key.
type Rest = [u8; 2 + KID_LEN + V1];

impl Resting for SymmetricKey {
    type Raw = Rest;
    const ZERO: Rest = [0; 2 + KID_LEN + V1];

    fn rest(&self, raw: &mut Rest) -> usize {
        let (number, operations, kid) = self.tell();
        let secret = match &self.cipher {
            Cipher::AesCbcHmac(key) => key.raw().as_flattened(),
            Cipher::Aead(key) => &key.secret,
        };
        let all = [number, operations].into_iter().chain(kid).chain(secret.iter().copied());
        raw.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        2 + KID_LEN + secret.len()
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let [number, operations, rest @ ..] = raw else { return None };
        let (kid, secret) = rest.split_first_chunk::<KID_LEN>()?;
        match SymmetricAlgorithm::from_number(*number)? {
            SymmetricAlgorithm::Aes256CbcHmacSha256 => raw_key(secret).map(Self::aes_cbc_hmac),
            algorithm => Self::aead(*kid, algorithm, KeyOperations::from_bits(*operations), secret.try_into().ok()?),
        }
    }
}

/// The 64 bytes as halves.
fn raw_key(bytes: &[u8]) -> Option<&RawKey> {
    let (halves, []) = bytes.as_chunks() else { return None };
    halves.try_into().ok()
}

impl Prepared for SymmetricKey {
    type Algorithm = SymmetricAlgorithm;
    type Told = (u8, u8, [u8; KID_LEN]);

    type Buffer = [u8; 128];
    const BLANK: Self::Buffer = [0; 128];
    const ROOM: StackBudget = AEAD;

    fn generate(inside: &ScopeToken<'_>, algorithm: u8) -> Option<Self> {
        let algorithm = SymmetricAlgorithm::from_number(algorithm)?;
        let mut raw: RawKey = [[0; 32]; 2];
        if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 {
            random::secret(inside, raw.as_flattened_mut()).ok()?;
            return Some(Self::aes_cbc_hmac(&raw));
        }
        let ([secret, _], mut kid) = (raw, [0; KID_LEN]);
        let mut secret = secret;
        random::secret(inside, &mut secret).ok()?;
        random::secret(inside, &mut kid).ok()?;
        Self::aead(kid, algorithm, KeyOperations::SYMMETRIC, &secret)
    }

    fn number(algorithm: SymmetricAlgorithm) -> u8 {
        algorithm as u8
    }

    fn import(inside: &ScopeToken<'_>, format: Import, bytes: &[u8]) -> Option<Self> {
        match format {
            Import::Encoded => Self::read(Form::Encoded, bytes),
            Import::Raw(number) => match SymmetricAlgorithm::from_number(number)? {
                SymmetricAlgorithm::Aes256CbcHmacSha256 => raw_key(bytes).map(Self::aes_cbc_hmac),
                algorithm => {
                    let mut kid = [0; KID_LEN];
                    random::secret(inside, &mut kid).ok()?;
                    Self::aead(kid, algorithm, KeyOperations::SYMMETRIC, bytes.try_into().ok()?)
                }
            },
            Import::Pkcs8 | Import::OpenSsh => None,
        }
    }

    fn tell(&self) -> Self::Told {
        match &self.cipher {
            Cipher::AesCbcHmac(_) => {
                (SymmetricAlgorithm::Aes256CbcHmacSha256 as u8, KeyOperations::SYMMETRIC.bits(), [0; KID_LEN])
            }
            Cipher::Aead(key) => (key.algorithm() as u8, key.operations.bits(), key.kid),
        }
    }

    fn facts((number, operations, kid): Self::Told) -> Option<KeyInfo<SymmetricAlgorithm>> {
        let algorithm = SymmetricAlgorithm::from_number(number)?;
        let id = algorithm.cose().map(|_| CoseKeyId::new(kid));
        Some(KeyInfo::new(algorithm, KeyOperations::from_bits(operations), id))
    }

    /// A key of AES-256-CBC-HMAC-SHA256 is its 64 bytes in either form. A COSE key is its CBOR, which in the encoded
    /// form is padded as PKCS#7 does, to 65 bytes at least.
    fn write(&self, form: Form, out: &mut [u8]) -> Option<usize> {
        match &self.cipher {
            Cipher::AesCbcHmac(key) => {
                let raw = key.raw().as_flattened();
                out.get_mut(..raw.len())?.copy_from_slice(raw);
                Some(raw.len())
            }
            Cipher::Aead(key) => {
                let length = write_symmetric(out, &key.parts()?)?;
                if form != Form::Encoded {
                    return Some(length);
                }
                let padding = (V1 + 1).saturating_sub(length).max(1);
                let end = length + padding;
                #[expect(clippy::cast_possible_truncation, reason = "at most V1 + 1, which is 65")]
                out.get_mut(length..end)?.fill(padding as u8);
                Some(end)
            }
        }
    }

    fn read(form: Form, bytes: &[u8]) -> Option<Self> {
        match form {
            Form::Legacy => raw_key(bytes).map(Self::aes_cbc_hmac),
            Form::Typed => Self::read_cose(bytes),
            Form::Encoded if bytes.len() == V1 => raw_key(bytes).map(Self::aes_cbc_hmac),
            Form::Encoded if bytes.len() > V1 => {
                let padding = usize::from(*bytes.last()?);
                let length = bytes.len().checked_sub(padding).filter(|_| padding > 0)?;
                Self::read_cose(bytes.get(..length)?)
            }
            Form::Encoded => None,
        }
    }
}

#[cfg(test)]
mod tests;
