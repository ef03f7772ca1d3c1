//! RSA keys as numbers, of each size.

use crypto_bigint::{Odd, U64, U1024, U1536, U2048, U3072, U4096};
use strongroom_memory::{NoHeap, ScopeToken, random};

use super::half::LONGEST_MODULUS;
use super::pkcs8::{self, Parts};
use crate::key::algorithm::RsaSize;
use crate::key::resting::Resting;
use crate::rsa::{self, OaepHash, PrivateNumbers, PublicNumbers};

/// A sound RSA key: all numbers of its PKCS#1 form.
pub struct PrivateKey(OfSize);

#[expect(
    clippy::large_enum_variant,
    reason = "a slot takes the longest, which a key of any size has, and nothing of a key may lie elsewhere"
)]
enum OfSize {
    Rsa2048(PrivateNumbers<{ U1024::LIMBS }, { U2048::LIMBS }>),
    Rsa3072(PrivateNumbers<{ U1536::LIMBS }, { U3072::LIMBS }>),
    Rsa4096(PrivateNumbers<{ U2048::LIMBS }, { U4096::LIMBS }>),
}

/// Does the same with the numbers of any size, which are borrowed as the key is.
macro_rules! with {
    ($key:expr, $numbers:ident => $done:expr) => {
        match $key {
            OfSize::Rsa2048($numbers) => $done,
            OfSize::Rsa3072($numbers) => $done,
            OfSize::Rsa4096($numbers) => $done,
        }
    };
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// Numbers as arrays of words in the value itself.
impl NoHeap for PrivateKey {}

impl PrivateKey {
    /// A new key. `None`: no random bytes.
    pub(super) fn new(inside: &ScopeToken<'_>, size: RsaSize) -> Option<Self> {
        let mut random = |out: &mut [u8]| random::secret(inside, out).ok();
        let made = match size {
            RsaSize::Rsa2048 => OfSize::Rsa2048(PrivateNumbers::generate(&mut random)?),
            RsaSize::Rsa3072 => OfSize::Rsa3072(PrivateNumbers::generate(&mut random)?),
            RsaSize::Rsa4096 => OfSize::Rsa4096(PrivateNumbers::generate(&mut random)?),
        };
        Some(Self(made))
    }

    /// Makes a place for the numbers of a key, which is no key yet.
    ///
    /// The numbers are read into it and checked there. To copy them from frame to frame would take most of the stack.
    #[inline]
    fn blank(size: RsaSize) -> Self {
        Self(match size {
            RsaSize::Rsa2048 => OfSize::Rsa2048(PrivateNumbers::BLANK),
            RsaSize::Rsa3072 => OfSize::Rsa3072(PrivateNumbers::BLANK),
            RsaSize::Rsa4096 => OfSize::Rsa4096(PrivateNumbers::BLANK),
        })
    }

    /// What it decapsulates with.
    pub(crate) fn size(&self) -> RsaSize {
        match &self.0 {
            OfSize::Rsa2048(_) => RsaSize::Rsa2048,
            OfSize::Rsa3072(_) => RsaSize::Rsa3072,
            OfSize::Rsa4096(_) => RsaSize::Rsa4096,
        }
    }

    /// The modulus, at the front of an array; how many bytes it has; the public exponent.
    pub(crate) fn public(&self) -> ([u8; LONGEST_MODULUS], usize, u64) {
        let mut modulus = [0; LONGEST_MODULUS];
        let exponent = with!(&self.0, numbers => {
            let bytes = rsa::bytes(numbers.public.n.as_ref());
            modulus.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
            numbers.public.e
        });
        (modulus, self.size().modulus_len(), exponent)
    }

    /// From PKCS#8 of a key whose numbers belong together. The one way in for keys of others' making, whether they are
    /// imported or unwrapped.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let (algorithm, parts) = pkcs8::read(der)?;
        let mut key = Self::blank(algorithm);
        with!(&mut key.0, numbers => fill(numbers, &parts)?);
        if !with!(&key.0, numbers => numbers.is_sound()) {
            return None;
        }
        Some(key)
    }

    /// Writes PKCS#8 to the front of `out`.
    pub(super) fn write_pkcs8(&self, out: &mut [u8]) -> Option<usize> {
        let mut raw = Self::ZERO;
        let length = self.rest(&mut raw);
        pkcs8::write(&rested(raw.get(..length)?)?.1, out)
    }

    /// Decrypts into the front of `out`, which is as long as the modulus; returns how many bytes. `None` if the
    /// ciphertext was not made for this key and with this hash, which are one and the same, or if there are no random
    /// bytes to blind it with.
    pub(crate) fn open(
        &self,
        inside: &ScopeToken<'_>,
        hash: OaepHash,
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Option<usize> {
        let mut random = |out: &mut [u8]| random::secret(inside, out).ok();
        with!(&self.0, numbers => numbers.open(hash, ciphertext, out, &mut random))
    }
}

/// At rest: the public exponent, modulus, private exponent, primes, their exponents, coefficient; big-endian. The
/// modulus and the private exponent have as many bytes as the modulus, the others half as many.
const fn rest_len(modulus: usize) -> usize {
    size_of::<u64>() + 2 * modulus + 5 * (modulus / 2)
}

/// Takes apart what rests.
fn rested(raw: &[u8]) -> Option<(RsaSize, Parts<'_>)> {
    let algorithm = RsaSize::ALL.into_iter().find(|algorithm| rest_len(algorithm.modulus_len()) == raw.len())?;
    let modulus = algorithm.modulus_len();
    let (exponent, rest) = raw.split_at_checked(size_of::<u64>())?;
    let (long, short) = rest.split_at_checked(2 * modulus)?;
    let (modulus, private) = long.split_at_checked(modulus)?;
    let mut short = short.chunks_exact(modulus.len() / 2);
    let mut next = || short.next();
    let short = [next()?, next()?, next()?, next()?, next()?];
    Some((algorithm, Parts { exponent, modulus, private, short }))
}

/// Reads the numbers into their places.
#[inline(never)]
fn fill<const H: usize, const F: usize>(numbers: &mut PrivateNumbers<H, F>, parts: &Parts<'_>) -> Option<()> {
    let PrivateNumbers { public: PublicNumbers { n, e }, d, p, q, dp, dq, qinv } = numbers;
    *n = Odd::new(rsa::read(parts.modulus)?).into_option()?;
    *e = rsa::read::<{ U64::LIMBS }>(parts.exponent)?.into();
    *d = rsa::read(parts.private)?;
    for (number, bytes) in [p, q, dp, dq, qinv].into_iter().zip(parts.short) {
        *number = rsa::read(bytes)?;
    }
    Some(())
}

/// Writes what rests of the numbers.
fn put<const H: usize, const F: usize>(numbers: &PrivateNumbers<H, F>, raw: &mut [u8]) {
    let PrivateNumbers { public: PublicNumbers { n, e }, d, p, q, dp, dq, qinv } = numbers;
    let long = [n.as_ref(), d].into_iter().flat_map(rsa::bytes);
    let short = [p, q, dp, dq, qinv].into_iter().flat_map(rsa::bytes::<H>);
    raw.iter_mut().zip(e.to_be_bytes().into_iter().chain(long).chain(short)).for_each(|(to, from)| *to = from);
}

impl Resting for PrivateKey {
    type Raw = [u8; rest_len(LONGEST_MODULUS)];
    const ZERO: Self::Raw = [0; rest_len(LONGEST_MODULUS)];

    fn rest(&self, raw: &mut Self::Raw) -> usize {
        with!(&self.0, numbers => put(numbers, raw));
        rest_len(self.size().modulus_len())
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let (algorithm, parts) = rested(raw)?;
        let mut key = Self::blank(algorithm);
        with!(&mut key.0, numbers => fill(numbers, &parts)?);
        Some(key)
    }
}
