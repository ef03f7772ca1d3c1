//! The prepared signing key: Ed25519 (RFC 8032) or ML-DSA-44 (FIPS 204).

#[cfg(feature = "ml-dsa")]
mod ml_dsa_44;
pub(crate) mod open_ssh;

use ed25519_dalek::{Signer, SigningKey as Dalek};
use pkcs8::der::Decode;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use strongroom_memory::{NoHeap, ScopeToken, StackBudget, random};

#[cfg(feature = "ml-dsa")]
use self::ml_dsa_44::{EXPAND, MlDsa44Key, RANDOM};
use super::algorithm::SigningAlgorithm;
use super::facts::{CoseKeyId, KeyInfo};
#[cfg(not(feature = "ml-dsa"))]
use super::prepared::Unusable;
use super::prepared::{Form, Import, Prepared};
use super::resting::Resting;
use crate::cose::key::{CoseKey, Ed25519Parts, KID_LEN, ML_DSA_44_PUBLIC, write_ed25519_private};
#[cfg(feature = "ml-dsa")]
use crate::cose::key::{MlDsa44Parts, write_ml_dsa_44};
use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// Bytes of a seed, which is the private key of either algorithm.
pub(crate) const SEED: usize = 32;

/// Bytes that a key has at most, in any form, rounded up: the COSE_Key of ML-DSA-44 with both halves has 1,378. A build
/// that leaves them out reads them too, to say what they are.
const LONGEST: usize = 1392;

/// Bytes that a signature has at most.
#[cfg(feature = "ml-dsa")]
pub(crate) const LONGEST_SIGNATURE: usize = ml_dsa_44::SIGNATURE;
#[cfg(not(feature = "ml-dsa"))]
pub(crate) const LONGEST_SIGNATURE: usize = ed25519_dalek::SIGNATURE_LENGTH;

/// A key with its public half computed.
pub struct SigningKey {
    kid: [u8; KID_LEN],
    operations: KeyOperations,
    half: PrivateHalf,
}

#[cfg_attr(
    feature = "ml-dsa",
    expect(clippy::large_enum_variant, reason = "a slot takes both, and nothing of a key may lie elsewhere")
)]
enum PrivateHalf {
    Ed25519(Dalek),
    #[cfg(feature = "ml-dsa")]
    MlDsa44(MlDsa44Key),
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Seeds and public keys are arrays in the value itself.
impl NoHeap for SigningKey {}

impl PrivateHalf {
    fn ed25519(seed: &[u8; SEED]) -> Self {
        Self::Ed25519(Dalek::from_bytes(seed))
    }

    /// The key of this seed, of the algorithm with this number. `None`: this build has none of this algorithm.
    fn of_seed(algorithm: u8, seed: &[u8; SEED]) -> Option<Self> {
        Some(match SigningAlgorithm::from_number(algorithm)? {
            SigningAlgorithm::Ed25519 => Self::ed25519(seed),
            #[cfg(feature = "ml-dsa")]
            SigningAlgorithm::MlDsa44 => Self::MlDsa44(MlDsa44Key::unproved(seed, None)),
            #[cfg(not(feature = "ml-dsa"))]
            SigningAlgorithm::MlDsa44 => return None,
        })
    }
}

impl SigningKey {
    fn new(kid: [u8; KID_LEN], operations: KeyOperations, half: PrivateHalf) -> Self {
        Self { kid, operations, half }
    }

    /// A key with a new random id, which may sign. `None`: no random bytes.
    fn with_new_id(inside: &ScopeToken<'_>, half: PrivateHalf) -> Option<Self> {
        let mut kid = [0; KID_LEN];
        random::secret(inside, &mut kid).ok()?;
        Some(Self::new(kid, KeyOperations::of(&[KeyOperation::Sign]), half))
    }

    /// What signing reserves; `None` for an algorithm that this build leaves out.
    pub(crate) fn signing_room(algorithm: SigningAlgorithm) -> Option<StackBudget> {
        match algorithm {
            SigningAlgorithm::Ed25519 => Some(StackBudget::stack(20 << 10, 28 << 10)),
            #[cfg(feature = "ml-dsa")]
            SigningAlgorithm::MlDsa44 => Some(EXPAND),
            #[cfg(not(feature = "ml-dsa"))]
            SigningAlgorithm::MlDsa44 => None,
        }
    }

    /// Writes the signature of `message` to the front of `out`, [`LONGEST_SIGNATURE`] bytes; returns its length.
    /// `None`: no random bytes, which ML-DSA wants.
    #[cfg_attr(not(feature = "ml-dsa"), expect(unused_variables, reason = "Ed25519 takes no random bytes"))]
    pub(crate) fn sign(&self, inside: &ScopeToken<'_>, message: &[u8], out: &mut [u8]) -> Option<usize> {
        match &self.half {
            PrivateHalf::Ed25519(key) => put(&key.sign(message).to_bytes(), out),
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(key) => {
                let mut random = [0; RANDOM];
                random::secret(inside, &mut random).ok()?;
                put(&key.sign(&random, message), out)
            }
        }
    }

    /// Its id.
    pub(crate) fn kid(&self) -> &[u8; KID_LEN] {
        &self.kid
    }

    /// The contents of an OpenSSH private key file with it, at the front of `out`; returns their length. `None`:
    /// OpenSSH has no form for keys of its algorithm, or `out` is too short.
    pub(crate) fn write_open_ssh(&self, out: &mut [u8]) -> Option<usize> {
        match &self.half {
            PrivateHalf::Ed25519(key) => open_ssh::write(key.as_bytes(), key.verifying_key().as_bytes(), out),
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(_) => None,
        }
    }

    pub(crate) fn algorithm(&self) -> SigningAlgorithm {
        match self.half {
            PrivateHalf::Ed25519(_) => SigningAlgorithm::Ed25519,
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(_) => SigningAlgorithm::MlDsa44,
        }
    }

    /// Writes the public key to the front of `out`, [`ML_DSA_44_PUBLIC`] bytes; returns its length.
    pub(crate) fn public(&self, out: &mut [u8]) -> Option<usize> {
        match &self.half {
            PrivateHalf::Ed25519(key) => put(&key.verifying_key().to_bytes(), out),
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(key) => put(key.public(), out),
        }
    }
}

fn put(bytes: &[u8], out: &mut [u8]) -> Option<usize> {
    out.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(bytes.len())
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

/// At rest: the permitted uses, the kid, the seed, and of ML-DSA-44 the public key.
type Rest = [u8; 1 + KID_LEN + SEED + ML_DSA_44_PUBLIC];

impl Resting for SigningKey {
    type Raw = Rest;
    const ZERO: Rest = [0; 1 + KID_LEN + SEED + ML_DSA_44_PUBLIC];

    fn rest(&self, raw: &mut Rest) -> usize {
        let (seed, public): (_, &[u8]) = match &self.half {
            PrivateHalf::Ed25519(key) => (key.as_bytes(), &[]),
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(key) => (key.seed(), key.public()),
        };
        let all = [self.operations.bits()].into_iter().chain(self.kid).chain(*seed).chain(public.iter().copied());
        raw.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        1 + KID_LEN + SEED + public.len()
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let (operations, rest) = raw.split_first()?;
        let (kid, rest) = rest.split_first_chunk::<KID_LEN>()?;
        let (seed, public) = rest.split_first_chunk::<SEED>()?;
        let half = match public {
            [] => PrivateHalf::ed25519(seed),
            #[cfg(feature = "ml-dsa")]
            public => PrivateHalf::MlDsa44(MlDsa44Key::rested(seed, public.try_into().ok()?)),
            #[cfg(not(feature = "ml-dsa"))]
            _ => return None,
        };
        Some(Self::new(*kid, KeyOperations::from_bits(*operations), half))
    }
}

impl Prepared for SigningKey {
    type Algorithm = SigningAlgorithm;
    type Told = (u8, u8, [u8; KID_LEN]);

    type Buffer = [u8; LONGEST + 16];
    const BLANK: Self::Buffer = [0; LONGEST + 16];
    /// Under a tight limit a stack has 32 KiB, and three of these keys have to have room in it, too.
    const ROOM: StackBudget = StackBudget::stack(20 << 10, 28_416);
    /// The text is decoded beside the key. No more than what RSA takes, which is read after these keys where a text may
    /// be of either.
    const PEM: StackBudget = StackBudget::stack(24 << 10, 40 << 10);
    #[cfg(feature = "ml-dsa")]
    const PROOF: Option<StackBudget> = Some(EXPAND);

    #[cfg(feature = "ml-dsa")]
    fn is_unproved(&self) -> bool {
        matches!(&self.half, PrivateHalf::MlDsa44(key) if !key.is_proved())
    }

    #[cfg(feature = "ml-dsa")]
    fn prove(&self) -> Option<Self> {
        let half = match &self.half {
            PrivateHalf::Ed25519(key) => PrivateHalf::ed25519(key.as_bytes()),
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(key) => PrivateHalf::MlDsa44(key.prove()?),
        };
        Some(Self::new(self.kid, self.operations, half))
    }

    fn generate(inside: &ScopeToken<'_>, algorithm: u8) -> Option<Self> {
        let mut seed = [0; SEED];
        random::secret(inside, &mut seed).ok()?;
        Self::with_new_id(inside, PrivateHalf::of_seed(algorithm, &seed)?)
    }

    fn number(algorithm: SigningAlgorithm) -> u8 {
        algorithm as u8
    }

    fn is_left_out(number: u8) -> bool {
        SigningAlgorithm::from_number(number).is_some_and(|algorithm| !algorithm.is_there())
    }

    fn import(inside: &ScopeToken<'_>, format: Import, bytes: &[u8]) -> Option<Self> {
        let half = match format {
            Import::Encoded => return Self::read(Form::Encoded, bytes),
            Import::Raw(algorithm) => PrivateHalf::of_seed(algorithm, bytes.try_into().ok()?)?,
            Import::Pkcs8 => PrivateHalf::ed25519(pkcs8_seed(bytes)?),
            Import::OpenSsh => PrivateHalf::ed25519(open_ssh::seed(bytes)?),
        };
        Self::with_new_id(inside, half)
    }

    fn tell(&self) -> Self::Told {
        (self.algorithm() as u8, self.operations.bits(), self.kid)
    }

    fn facts((algorithm, operations, kid): Self::Told) -> Option<KeyInfo<SigningAlgorithm>> {
        let algorithm = SigningAlgorithm::from_number(algorithm)?;
        Some(KeyInfo::new(algorithm, KeyOperations::from_bits(operations), Some(CoseKeyId::new(kid))))
    }

    /// A COSE_Key in either form.
    fn write(&self, _: Form, out: &mut [u8]) -> Option<usize> {
        let (kid, operations) = (&self.kid, self.operations);
        match &self.half {
            PrivateHalf::Ed25519(key) => {
                write_ed25519_private(out, &Ed25519Parts { kid, operations, key: key.as_bytes() })
            }
            #[cfg(feature = "ml-dsa")]
            PrivateHalf::MlDsa44(key) => {
                let (public, seed) = (Some(key.public()), Some(key.seed()));
                write_ml_dsa_44(out, &MlDsa44Parts { kid, operations, public, seed })
            }
        }
    }

    fn read(_: Form, bytes: &[u8]) -> Option<Self> {
        let key = CoseKey::parse(bytes).ok()?;
        if let Some(Ed25519Parts { kid, operations, key }) = key.as_ed25519_private() {
            return Some(Self::new(*kid, operations, PrivateHalf::ed25519(key)));
        }
        #[cfg(feature = "ml-dsa")]
        if let Some(MlDsa44Parts { kid, operations, public, seed }) = key.as_ml_dsa_44() {
            return Some(Self::new(*kid, operations, PrivateHalf::MlDsa44(MlDsa44Key::unproved(seed?, public))));
        }
        None
    }

    #[cfg(not(feature = "ml-dsa"))]
    fn unusable(bytes: &[u8]) -> Option<Unusable> {
        CoseKey::parse(bytes).ok()?.as_ml_dsa_44()?.seed.map(|_| Err(()))
    }
}

#[cfg(test)]
mod tests;
