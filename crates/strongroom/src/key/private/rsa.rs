//! RSA with OAEP (RFC 8017 section 7.1), by the `rsa` crate. Its integers live on the heap of the operation.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Oaep, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use sha2::Sha256;
use strongroom_memory::{Inside, random};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::numbers::{EXPONENT, MODULUS, PRIME, PrivateKey};

/// The hash of OAEP, for the label (which is empty) and for MGF1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OaepHash {
    Sha1,
    Sha256,
}

/// A generator seeded with 32 bytes from the system: it does not fail in the middle of a search for primes.
///
/// `None`: no random bytes.
fn generator(inside: &Inside<'_>) -> Option<ChaCha20Rng> {
    let mut seed = [0; 32];
    random::secret(inside, &mut seed).ok()?;
    Some(ChaCha20Rng::from_seed(seed))
}

fn integer(bytes: &[u8]) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(bytes, u32::try_from(bytes.len()).ok()?.checked_mul(8)?).ok()
}

fn bytes<const N: usize>(number: &BoxedUint) -> Option<[u8; N]> {
    let bytes = Zeroizing::new(number.to_be_bytes());
    let (front, back) = bytes.split_at(bytes.len().saturating_sub(N));
    let mut padded = [0; N];
    padded.get_mut(N.checked_sub(back.len())?..)?.copy_from_slice(back);
    front.iter().all(|byte| *byte == 0).then_some(padded)
}

fn exponent() -> Option<BoxedUint> {
    let [a, b, c] = EXPONENT;
    integer(&[0, 0, 0, 0, 0, a, b, c])
}

/// A new key. `None`: no random bytes.
pub(super) fn generate(inside: &Inside<'_>) -> Option<PrivateKey> {
    let key = RsaPrivateKey::new(&mut generator(inside)?, MODULUS * 8).ok()?;
    let [prime1, prime2] = key.primes() else { return None };
    let (exponents, coefficient) = remainders(&key)?;
    Some(PrivateKey {
        modulus: bytes(key.n())?,
        exponent: bytes(key.d())?,
        primes: [bytes(prime1)?, bytes(prime2)?],
        exponents,
        coefficient,
    })
}

/// The two exponents and the coefficient of the Chinese remainder theorem.
fn remainders(key: &RsaPrivateKey) -> Option<([[u8; PRIME]; 2], [u8; PRIME])> {
    Some(([bytes(key.dp()?)?, bytes(key.dq()?)?], bytes(&key.qinv()?.retrieve())?))
}

impl PrivateKey {
    /// The integers, with a check that they belong together.
    fn integers(&self) -> Option<RsaPrivateKey> {
        let [prime1, prime2] = &self.primes;
        let primes = vec![integer(prime1)?, integer(prime2)?];
        RsaPrivateKey::from_components(integer(&self.modulus)?, exponent()?, integer(&self.exponent)?, primes).ok()
    }

    /// Whether its numbers belong together, those too that are not used here and go out with it.
    pub(crate) fn is_sound(&self) -> bool {
        let computed = self.integers().as_ref().and_then(remainders);
        computed.is_some_and(|(exponents, coefficient)| {
            let own = self.exponents.as_flattened().ct_eq(exponents.as_flattened());
            (own & self.coefficient.ct_eq(&coefficient)).into()
        })
    }

    /// Decrypts into the front of `out`; returns how many bytes. `None` if the ciphertext was not made for this key and
    /// with this hash, which are one and the same, or if there are no random bytes to blind it with.
    pub(crate) fn open(&self, inside: &Inside<'_>, hash: OaepHash, ciphertext: &[u8], out: &mut [u8]) -> Option<usize> {
        let key = self.integers()?;
        let mut generator = generator(inside)?;
        let plain = match hash {
            OaepHash::Sha1 => key.decrypt_blinded(&mut generator, Oaep::<Sha1>::new(), ciphertext),
            OaepHash::Sha256 => key.decrypt_blinded(&mut generator, Oaep::<Sha256>::new(), ciphertext),
        };
        let plain = Zeroizing::new(plain.ok()?);
        out.get_mut(..plain.len())?.copy_from_slice(&plain);
        Some(plain.len())
    }
}

/// Encrypts `message`, at most 214 bytes, for the key with this modulus, with SHA-1. `None` if it is longer or the number
/// is no modulus.
pub(crate) fn seal(inside: &Inside<'_>, modulus: &[u8; MODULUS], message: &[u8]) -> Option<[u8; MODULUS]> {
    let key = RsaPublicKey::new(integer(modulus)?, exponent()?).ok()?;
    let sealed = key.encrypt(&mut generator(inside)?, Oaep::<Sha1>::new(), message).ok()?;
    sealed.try_into().ok()
}

/// As [`seal`], with SHA-256, which nobody here writes.
#[cfg(test)]
#[cfg(target_os = "linux")]
pub(crate) fn seal_sha256(inside: &Inside<'_>, modulus: &[u8; MODULUS], message: &[u8]) -> Option<[u8; MODULUS]> {
    let key = RsaPublicKey::new(integer(modulus)?, exponent()?).ok()?;
    let sealed = key.encrypt(&mut generator(inside)?, Oaep::<Sha256>::new(), message).ok()?;
    sealed.try_into().ok()
}
