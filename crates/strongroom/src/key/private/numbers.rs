//! RSA keys of 2,048 bits (RFC 8017) as numbers, and their DER forms.

use pkcs1::{ALGORITHM_ID, RsaPrivateKey, RsaPublicKey};
use pkcs8::der::asn1::{OctetStringRef, UintRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::{PrivateKeyInfoRef, SubjectPublicKeyInfoRef};
use strongroom_memory::Inline;

use crate::key::prepared::LONGEST;
use crate::key::resting::Resting;

/// Bytes of the modulus, and of whatever is encrypted.
pub(crate) const MODULUS: usize = 256;

/// Bytes of a prime.
pub(super) const PRIME: usize = MODULUS / 2;

/// The public exponent, 65537.
pub(crate) const EXPONENT: [u8; 3] = [1, 0, 1];

/// An RSA key: all numbers of its PKCS#1 form, big-endian.
pub struct PrivateKey {
    pub(super) modulus: [u8; MODULUS],
    pub(super) exponent: [u8; MODULUS],
    pub(super) primes: [[u8; PRIME]; 2],
    pub(super) exponents: [[u8; PRIME]; 2],
    pub(super) coefficient: [u8; PRIME],
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// Numbers as arrays in the value itself.
impl Inline for PrivateKey {}

impl PrivateKey {
    /// The public modulus.
    pub(crate) fn modulus(&self) -> &[u8; MODULUS] {
        &self.modulus
    }

    /// From PKCS#8 (RFC 5208) of a key of two primes, 2,048 bits and public exponent 65537.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let info = PrivateKeyInfoRef::from_der(der).ok()?;
        if info.algorithm != ALGORITHM_ID {
            return None;
        }
        Self::from_pkcs1(info.private_key.as_bytes())
    }

    /// From the PKCS#1 form (RFC 8017 appendix A.1.2).
    pub(crate) fn from_pkcs1(der: &[u8]) -> Option<Self> {
        let key = RsaPrivateKey::<UintRef<'_>>::from_der(der).ok()?;
        let fits = key.public_exponent.as_bytes() == EXPONENT
            && key.other_prime_infos.is_none()
            && key.modulus.as_bytes().len() == MODULUS
            && key.modulus.as_bytes().first()? >= &0x80;
        fits.then_some(())?;
        Some(Self {
            modulus: number(key.modulus)?,
            exponent: number(key.private_exponent)?,
            primes: [number(key.prime1)?, number(key.prime2)?],
            exponents: [number(key.exponent1)?, number(key.exponent2)?],
            coefficient: number(key.coefficient)?,
        })
    }

    /// Writes PKCS#8 to the front of `out`.
    pub(super) fn write_pkcs8(&self, out: &mut [u8]) -> Option<usize> {
        let [prime1, prime2] = &self.primes;
        let [exponent1, exponent2] = &self.exponents;
        let uint = |bytes| UintRef::new(bytes).ok();
        let key = RsaPrivateKey {
            modulus: uint(&self.modulus)?,
            public_exponent: uint(&EXPONENT)?,
            private_exponent: uint(&self.exponent)?,
            prime1: uint(prime1)?,
            prime2: uint(prime2)?,
            exponent1: uint(exponent1)?,
            exponent2: uint(exponent2)?,
            coefficient: uint(&self.coefficient)?,
            other_prime_infos: None,
        };
        let mut inner = [0; LONGEST];
        let inner = key.encode_to_slice(&mut inner).ok()?;
        let info = PrivateKeyInfoRef::new(ALGORITHM_ID, OctetStringRef::new(inner).ok()?);
        info.encode_to_slice(out).ok().map(<[u8]>::len)
    }
}

/// A number of at most `N` bytes, with zeros in front.
fn number<const N: usize>(number: UintRef<'_>) -> Option<[u8; N]> {
    let bytes = number.as_bytes();
    let mut padded = [0; N];
    padded.get_mut(N.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(padded)
}

/// A modulus of exactly 2,048 bits, as a public key has.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Modulus([u8; MODULUS]);

impl Modulus {
    /// `None` if the number has fewer bits.
    pub(crate) fn new(number: [u8; MODULUS]) -> Option<Self> {
        (number[0] >= 0x80).then_some(Self(number))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; MODULUS] {
        &self.0
    }

    /// The SPKI form (RFC 5280 section 4.1, RFC 8017 appendix A.1) of the public key with it: 294 bytes, of which only the
    /// number is another in another key.
    pub(crate) fn to_spki(&self) -> Vec<u8> {
        [SPKI_FRONT, &self.0, SPKI_BACK].concat()
    }
}

/// All of an SPKI that stands before a modulus of 2,048 bits: SEQUENCE { SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL },
/// BIT STRING of no unused bits { SEQUENCE { INTEGER of 257 bytes, the first of them 0.
const SPKI_FRONT: &[u8] = b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\
    \x03\x82\x01\x0f\x00\x30\x82\x01\x0a\x02\x82\x01\x01\x00";

/// What stands behind it: INTEGER 65537.
const SPKI_BACK: &[u8] = &[0x02, 0x03, EXPONENT[0], EXPONENT[1], EXPONENT[2]];

/// The modulus of a public key in SPKI form, of 2,048 bits and public exponent 65537.
pub(crate) fn read_spki(der: &[u8]) -> Option<Modulus> {
    let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
    let key = RsaPublicKey::<UintRef<'_>>::from_der(info.subject_public_key.as_bytes()?).ok()?;
    let fits = info.algorithm == ALGORITHM_ID && key.public_exponent.as_bytes() == EXPONENT;
    Modulus::new(*key.modulus.as_bytes().as_array()?).filter(|_| fits)
}

/// At rest: modulus, private exponent, primes, their exponents, coefficient.
const REST: usize = 2 * MODULUS + 5 * PRIME;

impl Resting for PrivateKey {
    type Raw = [u8; REST];
    const ZERO: [u8; REST] = [0; REST];

    fn rest(&self, raw: &mut [u8; REST]) -> usize {
        let numbers = [&self.modulus[..], &self.exponent, self.primes.as_flattened(), self.exponents.as_flattened()];
        let all = numbers.into_iter().flatten().chain(&self.coefficient);
        raw.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        REST
    }

    fn wake(raw: &[u8]) -> Option<Self> {
        let raw: &[u8; REST] = raw.try_into().ok()?;
        let (modulus, rest) = raw.split_first_chunk::<MODULUS>()?;
        let (exponent, rest) = rest.split_first_chunk::<MODULUS>()?;
        let [prime1, prime2, exponent1, exponent2, coefficient] = rest.as_chunks::<PRIME>().0 else { return None };
        Some(Self {
            modulus: *modulus,
            exponent: *exponent,
            primes: [*prime1, *prime2],
            exponents: [*exponent1, *exponent2],
            coefficient: *coefficient,
        })
    }
}
