//! RSA keys as numbers, of each size.

use crypto_bigint::{Odd, U1024, U1536, U2048, U3072, U4096};
use strongroom_memory::{Inline, Inside, random};

use super::LONGEST_MODULUS;
use super::pkcs8::{self, Numbers, Written};
use crate::key::algorithm::PrivateAlgorithm;
use crate::key::resting::Resting;
use crate::rsa::{self, OaepHash, PrivateNumbers, PublicNumbers};

/// A sound RSA key: all numbers of its PKCS#1 form.
pub struct PrivateKey(OfSize);

#[expect(clippy::large_enum_variant, reason = "a slot takes each, and nothing of a key may lie elsewhere")]
enum OfSize {
    Rsa2048(PrivateNumbers<{ U1024::LIMBS }, { U2048::LIMBS }>),
    Rsa3072(PrivateNumbers<{ U1536::LIMBS }, { U3072::LIMBS }>),
    Rsa4096(PrivateNumbers<{ U2048::LIMBS }, { U4096::LIMBS }>),
}

/// Does the same with the numbers of any size.
macro_rules! with {
    ($key:expr, $numbers:ident => $done:expr) => {
        match &$key.0 {
            OfSize::Rsa2048($numbers) => $done,
            OfSize::Rsa3072($numbers) => $done,
            OfSize::Rsa4096($numbers) => $done,
        }
    };
}

/// Makes a key of this algorithm by an expression for numbers of any size, which is an `Option`.
macro_rules! make {
    ($algorithm:expr, $made:expr) => {
        match $algorithm {
            PrivateAlgorithm::Rsa2048Oaep => $made.map(OfSize::Rsa2048),
            PrivateAlgorithm::Rsa3072Oaep => $made.map(OfSize::Rsa3072),
            PrivateAlgorithm::Rsa4096Oaep => $made.map(OfSize::Rsa4096),
        }
        .map(PrivateKey)
    };
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// Numbers as arrays of words in the value itself.
impl Inline for PrivateKey {}

impl PrivateKey {
    /// A new key. `None`: no random bytes.
    pub(super) fn new(inside: &Inside<'_>, algorithm: PrivateAlgorithm) -> Option<Self> {
        let mut random = |out: &mut [u8]| random::secret(inside, out).ok();
        make!(algorithm, PrivateNumbers::generate(&mut random))
    }

    /// What it decapsulates with.
    pub(crate) fn algorithm(&self) -> PrivateAlgorithm {
        match &self.0 {
            OfSize::Rsa2048(_) => PrivateAlgorithm::Rsa2048Oaep,
            OfSize::Rsa3072(_) => PrivateAlgorithm::Rsa3072Oaep,
            OfSize::Rsa4096(_) => PrivateAlgorithm::Rsa4096Oaep,
        }
    }

    /// The modulus, at the front of an array; how many bytes it has; the public exponent.
    pub(crate) fn public(&self) -> ([u8; LONGEST_MODULUS], usize, u64) {
        let mut modulus = [0; LONGEST_MODULUS];
        let exponent = with!(self, numbers => {
            let bytes = rsa::bytes(numbers.public.n.as_ref());
            modulus.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
            numbers.public.e
        });
        (modulus, self.algorithm().modulus_len(), exponent)
    }

    /// From PKCS#8 of a key whose numbers belong together. The one way in for keys of others' making, whether they are
    /// imported or unwrapped.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let numbers = Numbers::read(der)?;
        make!(numbers.algorithm, numbers.sound())
    }

    /// Writes PKCS#8 to the front of `out`.
    pub(super) fn write_pkcs8(&self, out: &mut [u8]) -> Option<usize> {
        let mut raw = Self::ZERO;
        let length = self.rest(&mut raw);
        pkcs8::write(&rested(raw.get(..length)?)?.1, out)
    }

    /// Decrypts into the front of `out`, which is as long as the modulus; returns how many bytes. `None` if the ciphertext
    /// was not made for this key and with this hash, which are one and the same, or if there are no random bytes to blind
    /// it with.
    pub(crate) fn open(&self, inside: &Inside<'_>, hash: OaepHash, ciphertext: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut random = |out: &mut [u8]| random::secret(inside, out).ok();
        with!(self, numbers => numbers.open(hash, ciphertext, out, &mut random))
    }
}

/// At rest: the public exponent, modulus, private exponent, primes, their exponents, coefficient; big-endian. The modulus and
/// the private exponent have as many bytes as the modulus, the others half as many.
const fn rest_len(modulus: usize) -> usize {
    size_of::<u64>() + 2 * modulus + 5 * (modulus / 2)
}

/// Takes apart what rests.
fn rested(raw: &[u8]) -> Option<(PrivateAlgorithm, Written<'_>)> {
    let algorithm =
        PrivateAlgorithm::ALL.into_iter().find(|algorithm| rest_len(algorithm.modulus_len()) == raw.len())?;
    let modulus = algorithm.modulus_len();
    let (exponent, rest) = raw.split_at_checked(size_of::<u64>())?;
    let (long, short) = rest.split_at_checked(2 * modulus)?;
    let (modulus, private) = long.split_at_checked(modulus)?;
    let mut short = short.chunks_exact(modulus.len() / 2);
    let mut next = || short.next();
    let short = [next()?, next()?, next()?, next()?, next()?];
    Some((algorithm, Written { exponent, modulus, private, short }))
}

/// The numbers of a key that rests.
#[inline(never)]
fn woken<const H: usize, const F: usize>(written: &Written<'_>) -> Option<PrivateNumbers<H, F>> {
    let [p, q, dp, dq, qinv] = written.short;
    let e = u64::from_be_bytes(*written.exponent.as_array()?);
    Some(PrivateNumbers {
        public: PublicNumbers { n: Odd::new(rsa::read(written.modulus)?).into_option()?, e },
        d: rsa::read(written.private)?,
        p: rsa::read(p)?,
        q: rsa::read(q)?,
        dp: rsa::read(dp)?,
        dq: rsa::read(dq)?,
        qinv: rsa::read(qinv)?,
    })
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
        with!(self, numbers => put(numbers, raw));
        rest_len(self.algorithm().modulus_len())
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let (algorithm, written) = rested(raw)?;
        make!(algorithm, woken(&written))
    }
}
