//! The prepared signing key: Ed25519 (RFC 8032).

pub(crate) mod open_ssh;

use ed25519_dalek::{Signer, SigningKey as Dalek};
use pkcs8::der::Decode;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use strongroom_memory::{Inline, Inside, Room, random};

use super::algorithm::SigningAlgorithm;
use super::facts::{CoseKeyId, KeyFacts};
use super::prepared::{Form, Import, Prepared};
use super::resting::Resting;
use crate::cose::key::{CoseKey, Ed25519Parts, KID_LEN, write_ed25519_private};
use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// Bytes of a seed, which is the private key.
pub(crate) const SEED: usize = 32;

/// Bytes of a signature.
pub(crate) const SIGNATURE: usize = 64;

/// An Ed25519 key with its public half computed.
pub struct SigningKey {
    kid: [u8; KID_LEN],
    operations: KeyOperations,
    key: Dalek,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// The seed and the public point are arrays in the value itself.
impl Inline for SigningKey {}

impl SigningKey {
    pub(crate) fn new(kid: [u8; KID_LEN], operations: KeyOperations, seed: &[u8; SEED]) -> Self {
        Self { kid, operations, key: Dalek::from_bytes(seed) }
    }

    /// A key with a new random id, which may sign. `None`: no random bytes.
    pub(crate) fn with_new_id(inside: &Inside<'_>, seed: &[u8; SEED]) -> Option<Self> {
        let mut kid = [0; KID_LEN];
        random::secret(inside, &mut kid).ok()?;
        Some(Self::new(kid, KeyOperations::of(&[KeyOperation::Sign]), seed))
    }

    /// The signature of `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; SIGNATURE] {
        self.key.sign(message).to_bytes()
    }

    /// Its id.
    pub(crate) fn kid(&self) -> &[u8; KID_LEN] {
        &self.kid
    }

    /// The contents of an OpenSSH private key file with it, at the front of `out`; returns their length.
    pub(crate) fn write_open_ssh(&self, out: &mut [u8]) -> Option<usize> {
        open_ssh::write(self.key.as_bytes(), &self.public(), out)
    }

    /// The 32 bytes of the public key.
    pub(crate) fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }
}

/// The seed of an Ed25519 key in PKCS#8 (RFC 8410 section 7), which holds it as an OCTET STRING in an OCTET STRING.
fn pkcs8_seed(der: &[u8]) -> Option<&[u8; SEED]> {
    let info = PrivateKeyInfoRef::from_der(der).ok()?;
    let ours = info.algorithm.oid == ED25519_OID && info.algorithm.parameters.is_none();
    match info.private_key.as_bytes() {
        [0x04, 0x20, seed @ ..] if ours => seed.try_into().ok(),
        _ => None,
    }
}

/// id-Ed25519 (RFC 8410 section 3).
const ED25519_OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// At rest: the permitted uses, the kid, the seed.
type Rest = [u8; 1 + KID_LEN + SEED];

impl Resting for SigningKey {
    type Raw = Rest;
    const ZERO: Rest = [0; 1 + KID_LEN + SEED];

    fn rest(&self, raw: &mut Rest) -> usize {
        let all = [self.operations.bits()].into_iter().chain(self.kid).chain(*self.key.as_bytes());
        raw.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        raw.len()
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let (operations, rest) = raw.split_first()?;
        let (kid, seed) = rest.split_first_chunk::<KID_LEN>()?;
        Some(Self::new(*kid, KeyOperations::from_bits(*operations), seed.try_into().ok()?))
    }
}

impl Prepared for SigningKey {
    type Algorithm = SigningAlgorithm;
    type Told = (u8, [u8; KID_LEN]);

    type Buffer = [u8; 128];
    const BLANK: Self::Buffer = [0; 128];
    const ROOM: Room = Room::LARGE;

    fn generate(inside: &Inside<'_>, _: u8) -> Option<Self> {
        let mut seed = [0; SEED];
        random::secret(inside, &mut seed).ok()?;
        Self::with_new_id(inside, &seed)
    }

    fn number(algorithm: SigningAlgorithm) -> u8 {
        match algorithm {
            SigningAlgorithm::Ed25519 => 1,
        }
    }

    fn import(inside: &Inside<'_>, format: Import, bytes: &[u8]) -> Option<Self> {
        match format {
            Import::Encoded => Self::read(Form::Encoded, bytes),
            Import::Raw(_) => Self::with_new_id(inside, bytes.try_into().ok()?),
            Import::Pkcs8 => Self::with_new_id(inside, pkcs8_seed(bytes)?),
            Import::OpenSsh => Self::with_new_id(inside, open_ssh::seed(bytes)?),
        }
    }

    fn tell(&self) -> Self::Told {
        (self.operations.bits(), self.kid)
    }

    fn facts((operations, kid): Self::Told) -> KeyFacts<SigningAlgorithm> {
        KeyFacts::new(SigningAlgorithm::Ed25519, KeyOperations::from_bits(operations), Some(CoseKeyId::new(kid)))
    }

    /// A COSE_Key in either form.
    fn write(&self, _: Form, out: &mut [u8]) -> Option<usize> {
        let seed = self.key.as_bytes();
        write_ed25519_private(out, &Ed25519Parts { kid: &self.kid, operations: self.operations, key: seed })
    }

    fn read(_: Form, bytes: &[u8]) -> Option<Self> {
        let key = CoseKey::parse(bytes).ok()?;
        let Ed25519Parts { kid, operations, key } = key.as_ed25519_private()?;
        Some(Self::new(*kid, operations, key))
    }
}

#[cfg(test)]
mod tests;
