//! PKCS#8 (RFC 5208) of RSA keys: a private key of RFC 8017 appendix A.1.2 in it.

use pkcs1::{ALGORITHM_ID, RsaPrivateKey};
use pkcs8::der::asn1::UintRef;
use pkcs8::der::{Decode, Encode, Header, Length, Reader, SliceReader, Tag};
use pkcs8::{AlgorithmIdentifierRef, PrivateKeyInfoRef};

use crate::key::algorithm::RsaSize;
use crate::key::prepared::UnusableRsa;

/// The numbers of a private key as bytes, big-endian.
pub(super) struct Parts<'r> {
    pub(super) exponent: &'r [u8],
    pub(super) modulus: &'r [u8],
    pub(super) private: &'r [u8],
    /// The two primes, their exponents, the coefficient.
    pub(super) short: [&'r [u8]; 5],
}

/// Modulus, exponents, primes, their exponents, coefficient, as they stand in the file.
type Numbers<'d> = [UintRef<'d>; 8];

/// Reads what a value with this tag begins with; returns how many bytes it has.
fn begin(reader: &mut SliceReader<'_>, tag: Tag) -> Option<Length> {
    Header::decode(reader).ok().filter(|front| front.tag() == tag).map(|front| front.length())
}

/// The numbers of a private key of two primes in PKCS#8.
///
/// Not by `pkcs1::RsaPrivateKey`: what that makes of further primes depends on the features that other crates turn on,
/// and with one of them it takes a list of them from the heap.
fn parse(der: &[u8]) -> Option<Numbers<'_>> {
    let info = PrivateKeyInfoRef::from_der(der).ok().filter(|info| info.algorithm == ALGORITHM_ID)?;
    let mut reader = SliceReader::new(info.private_key.as_bytes()).ok()?;
    let length = begin(&mut reader, Tag::Sequence)?;
    if length != reader.remaining_len() || u8::decode(&mut reader).ok()? != TWO_PRIMES {
        return None;
    }
    let mut next = || UintRef::decode(&mut reader).ok();
    let numbers = [next()?, next()?, next()?, next()?, next()?, next()?, next()?, next()?];
    reader.is_finished().then_some(numbers)
}

/// The version of a key of two primes (RFC 8017 appendix A.1.2). Another one has more.
const TWO_PRIMES: u8 = 0;

/// Whether a number has so many bytes and its highest bit.
fn has_bits(number: UintRef<'_>, bytes: usize) -> bool {
    number.as_bytes().len() == bytes && number.as_bytes().first().is_some_and(|first| *first >= 0x80)
}

/// The public exponent of a key that can be used: odd, from 3 to 2^64 - 1.
pub(super) fn exponent(number: UintRef<'_>) -> Option<u64> {
    short(number).filter(|number| number % 2 == 1 && *number >= 3)
}

/// A number of at most 64 bits.
fn short(number: UintRef<'_>) -> Option<u64> {
    let bytes = number.as_bytes();
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    (bytes.len() <= size_of::<u64>()).then_some(number)
}

/// What is told of a key that cannot be used. `None` if its modulus has more bits than can be counted.
pub(super) fn told(modulus: UintRef<'_>, exponent: UintRef<'_>) -> Option<UnusableRsa> {
    let modulus = modulus.as_bytes();
    let bits = u32::try_from(modulus.len()).ok()?.checked_mul(8)?.checked_sub(modulus.first()?.leading_zeros())?;
    Some((bits, short(exponent)))
}

/// The numbers of a key whose modulus has a size of ours, with two primes of half the size.
fn usable<'d>([modulus, public, private, p, q, dp, dq, qinv]: Numbers<'d>) -> Option<(RsaSize, Parts<'d>)> {
    let bytes = modulus.as_bytes().len();
    let algorithm = RsaSize::from_modulus_len(bytes)?;
    let fits = has_bits(modulus, bytes) && has_bits(p, bytes / 2) && has_bits(q, bytes / 2);
    exponent(public).filter(|_| fits)?;
    let parts = Parts {
        exponent: public.as_bytes(),
        modulus: modulus.as_bytes(),
        private: private.as_bytes(),
        short: [p, q, dp, dq, qinv].map(|number| number.as_bytes()),
    };
    Some((algorithm, parts))
}

/// Reads the numbers of a key that can be used.
pub(super) fn read(der: &[u8]) -> Option<(RsaSize, Parts<'_>)> {
    usable(parse(der)?)
}

/// What is public of an RSA key in PKCS#8 that cannot be used. That stands in front: the rest may be missing.
pub(super) fn unusable(der: &[u8]) -> Option<UnusableRsa> {
    let mut reader = SliceReader::new(der).ok()?;
    begin(&mut reader, Tag::Sequence)?;
    u8::decode(&mut reader).ok()?;
    AlgorithmIdentifierRef::decode(&mut reader).ok().filter(|algorithm| *algorithm == ALGORITHM_ID)?;
    begin(&mut reader, Tag::OctetString)?;
    begin(&mut reader, Tag::Sequence)?;
    let version = u8::decode(&mut reader).ok()?;
    let (modulus, public) = (UintRef::decode(&mut reader).ok()?, UintRef::decode(&mut reader).ok()?);
    // One of a size of ours has other primes, or is no key at all.
    let has_other_primes = || version != TWO_PRIMES || parse(der).is_some_and(|numbers| usable(numbers).is_none());
    told(modulus, public).filter(|_| !is_ours(modulus, public) || has_other_primes())
}

/// Whether modulus and public exponent are of sizes of ours.
pub(super) fn is_ours(modulus: UintRef<'_>, public: UintRef<'_>) -> bool {
    let bytes = modulus.as_bytes().len();
    has_bits(modulus, bytes) && RsaSize::from_modulus_len(bytes).is_some() && exponent(public).is_some()
}

/// What stands in front of the private key: SEQUENCE of all, the version 0, rsaEncryption with NULL, OCTET STRING. The
/// two lengths are to be filled in; no key of ours is so short that they had fewer bytes.
const FRONT: [u8; 26] =
    *b"\x30\x82\0\0\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x82\0\0";

/// Writes PKCS#8 to the front of `out`; returns its length. `None`: `out` is too short.
pub(super) fn write(numbers: &Parts<'_>, out: &mut [u8]) -> Option<usize> {
    let uint = |bytes| UintRef::new(bytes).ok();
    let [prime1, prime2, exponent1, exponent2, coefficient] = numbers.short;
    let key = RsaPrivateKey {
        modulus: uint(numbers.modulus)?,
        public_exponent: uint(numbers.exponent)?,
        private_exponent: uint(numbers.private)?,
        prime1: uint(prime1)?,
        prime2: uint(prime2)?,
        exponent1: uint(exponent1)?,
        exponent2: uint(exponent2)?,
        coefficient: uint(coefficient)?,
        other_prime_infos: None,
    };
    let (front, rest) = out.split_first_chunk_mut::<{ FRONT.len() }>()?;
    let inner = key.encode_to_slice(rest).ok()?.len();
    *front = FRONT;
    let length = |length: usize| u16::try_from(length).ok().filter(|length| *length > 0xff).map(u16::to_be_bytes);
    let (_, front) = front.split_first_chunk_mut::<2>()?;
    *front.first_chunk_mut()? = length(inner.checked_add(FRONT.len() - 4)?)?;
    *front.last_chunk_mut()? = length(inner)?;
    inner.checked_add(FRONT.len())
}
