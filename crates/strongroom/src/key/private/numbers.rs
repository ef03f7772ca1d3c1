//! RSA keys of 2,048 bits (RFC 8017) as numbers, and their DER forms.

use crypto_bigint::{Odd, U1024, U2048};
use pkcs1::{ALGORITHM_ID, RsaPrivateKey};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::{OctetStringRef, UintRef};
use pkcs8::der::{Decode, Encode};
use strongroom_memory::{Inline, Inside, random};

use super::half::{MODULUS, PublicHalf, exponent};
use crate::key::prepared::{LONGEST, UnusableRsa};
use crate::key::resting::Resting;
use crate::rsa::{self, OaepHash, PublicNumbers};

/// Bytes of a prime.
const PRIME: usize = MODULUS / 2;

type PrivateNumbers = rsa::PrivateNumbers<{ U1024::LIMBS }, { U2048::LIMBS }>;

/// A sound RSA key: all numbers of its PKCS#1 form.
pub struct PrivateKey(PrivateNumbers);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// Numbers as arrays of words in the value itself.
impl Inline for PrivateKey {}

/// The numbers of a private key in PKCS#8 (RFC 5208).
fn pkcs8(der: &[u8]) -> Option<RsaPrivateKey<UintRef<'_>>> {
    let info = PrivateKeyInfoRef::from_der(der).ok()?;
    let is_rsa = info.algorithm == ALGORITHM_ID;
    RsaPrivateKey::from_der(info.private_key.as_bytes()).ok().filter(|_| is_rsa)
}

/// The public exponent of a key that can be used: of 2,048 bits, with two primes of 1,024.
fn usable_exponent(key: &RsaPrivateKey<UintRef<'_>>) -> Option<u64> {
    let has_bits = |number: UintRef<'_>, bytes| {
        number.as_bytes().len() == bytes && number.as_bytes().first().is_some_and(|first| *first >= 0x80)
    };
    let fits = key.other_prime_infos.is_none()
        && has_bits(key.modulus, MODULUS)
        && has_bits(key.prime1, PRIME)
        && has_bits(key.prime2, PRIME);
    exponent(key.public_exponent).filter(|_| fits)
}

impl PrivateKey {
    /// A new key. `None`: no random bytes.
    pub(super) fn new(inside: &Inside<'_>) -> Option<Self> {
        PrivateNumbers::generate(&mut |out: &mut [u8]| random::secret(inside, out).ok()).map(Self)
    }

    /// The modulus and the public exponent.
    pub(crate) fn public(&self) -> ([u8; MODULUS], u64) {
        let mut modulus = [0; MODULUS];
        modulus.iter_mut().zip(rsa::bytes(self.0.public.n.as_ref())).for_each(|(to, from)| *to = from);
        (modulus, self.0.public.e)
    }

    /// From PKCS#8 (RFC 5208) of a key whose numbers belong together. The one way in for keys of others' making, whether they
    /// are imported or unwrapped.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let key = pkcs8(der)?;
        let (n, e) = (Odd::new(rsa::read(key.modulus.as_bytes())?).into_option()?, usable_exponent(&key)?);
        let numbers = PrivateNumbers {
            public: PublicNumbers { n, e },
            d: rsa::read(key.private_exponent.as_bytes())?,
            p: rsa::read(key.prime1.as_bytes())?,
            q: rsa::read(key.prime2.as_bytes())?,
            dp: rsa::read(key.exponent1.as_bytes())?,
            dq: rsa::read(key.exponent2.as_bytes())?,
            qinv: rsa::read(key.coefficient.as_bytes())?,
        };
        numbers.is_sound().then_some(Self(numbers))
    }

    /// What is public of an RSA key in PKCS#8 that cannot be used.
    pub(super) fn unusable(der: &[u8]) -> Option<UnusableRsa> {
        let key = pkcs8(der)?;
        if usable_exponent(&key).is_some() {
            return None;
        }
        let modulus = key.modulus.as_bytes();
        let bits = u32::try_from(modulus.len()).ok()?.checked_mul(8)?.checked_sub(modulus.first()?.leading_zeros())?;
        let exponent = key.public_exponent.as_bytes();
        let exponent = (exponent.len() <= size_of::<u64>())
            .then(|| exponent.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        Some((bits, exponent))
    }

    /// Writes PKCS#8 to the front of `out`.
    pub(super) fn write_pkcs8(&self, out: &mut [u8]) -> Option<usize> {
        let mut raw = Self::ZERO;
        self.rest(&mut raw);
        let Parts { exponent, long: [modulus, private], short: [prime1, prime2, exponent1, exponent2, coefficient] } =
            parts(&raw)?;
        let uint = |bytes| UintRef::new(bytes).ok();
        let key = RsaPrivateKey {
            modulus: uint(modulus)?,
            public_exponent: uint(exponent)?,
            private_exponent: uint(private)?,
            prime1: uint(prime1)?,
            prime2: uint(prime2)?,
            exponent1: uint(exponent1)?,
            exponent2: uint(exponent2)?,
            coefficient: uint(coefficient)?,
            other_prime_infos: None,
        };
        let mut inner = [0; LONGEST];
        let inner = key.encode_to_slice(&mut inner).ok()?;
        let info = PrivateKeyInfoRef::new(ALGORITHM_ID, OctetStringRef::new(inner).ok()?);
        info.encode_to_slice(out).ok().map(<[u8]>::len)
    }

    /// Decrypts into the front of `out`; returns how many bytes. `None` if the ciphertext was not made for this key and
    /// with this hash, which are one and the same, or if there are no random bytes to blind it with.
    pub(crate) fn open(
        &self,
        inside: &Inside<'_>,
        hash: OaepHash,
        ciphertext: &[u8],
        out: &mut [u8; MODULUS],
    ) -> Option<usize> {
        self.0.open(hash, ciphertext, out, &mut |out: &mut [u8]| random::secret(inside, out).ok())
    }
}

/// Encrypts `message` with this hash for the holder of the private key, 214 bytes with SHA-1 and 190 with SHA-256 at most.
/// `None` if it is longer or there are no random bytes.
pub(crate) fn seal(inside: &Inside<'_>, public: &PublicHalf, hash: OaepHash, message: &[u8]) -> Option<[u8; MODULUS]> {
    let (modulus, e) = (rsa::read::<{ U2048::LIMBS }>(public.modulus())?, public.exponent());
    let public = PublicNumbers { n: Odd::new(modulus).into_option()?, e };
    let mut out = [0; MODULUS];
    public.seal(hash, message, &mut out, &mut |out: &mut [u8]| random::secret(inside, out).ok())?;
    Some(out)
}

/// At rest: the public exponent, modulus, private exponent, primes, their exponents, coefficient; big-endian.
const REST: usize = size_of::<u64>() + 2 * MODULUS + 5 * PRIME;

/// What rests, taken apart.
struct Parts<'r> {
    exponent: &'r [u8; size_of::<u64>()],
    long: &'r [[u8; MODULUS]; 2],
    short: &'r [[u8; PRIME]; 5],
}

fn parts(raw: &[u8; REST]) -> Option<Parts<'_>> {
    let (exponent, rest) = raw.split_first_chunk()?;
    let (long, short) = rest.split_first_chunk::<{ 2 * MODULUS }>()?;
    Some(Parts { exponent, long: long.as_chunks().0.as_array()?, short: short.as_chunks().0.as_array()? })
}

impl Resting for PrivateKey {
    type Raw = [u8; REST];
    const ZERO: [u8; REST] = [0; REST];

    fn rest(&self, raw: &mut [u8; REST]) -> usize {
        let Self(PrivateNumbers { public: PublicNumbers { n, e }, d, p, q, dp, dq, qinv }) = self;
        let long = [n.as_ref(), d].into_iter().flat_map(rsa::bytes);
        let short = [p, q, dp, dq, qinv].into_iter().flat_map(rsa::bytes);
        raw.iter_mut().zip(e.to_be_bytes().into_iter().chain(long).chain(short)).for_each(|(to, from)| *to = from);
        REST
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let Parts { exponent, long: [n, d], short: [p, q, dp, dq, qinv] } = parts(raw.as_array()?)?;
        Some(Self(PrivateNumbers {
            public: PublicNumbers { n: Odd::new(rsa::read(n)?).into_option()?, e: u64::from_be_bytes(*exponent) },
            d: rsa::read(d)?,
            p: rsa::read(p)?,
            q: rsa::read(q)?,
            dp: rsa::read(dp)?,
            dq: rsa::read(dq)?,
            qinv: rsa::read(qinv)?,
        }))
    }
}
