//! The public half of an RSA key, and its SPKI form (RFC 5280 section 4.1, RFC 8017 appendix A.1).

use pkcs1::{ALGORITHM_ID, RsaPublicKey};
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::der::asn1::UintRef;
use strongroom_memory::Public;

/// Bytes of the modulus, and of whatever is encrypted.
pub(crate) const MODULUS: usize = 256;

/// A modulus of exactly 2,048 bits and a public exponent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PublicHalf {
    modulus: [u8; MODULUS],
    exponent: u64,
}

/// Two numbers that anybody may know.
impl Public for PublicHalf {}

impl PublicHalf {
    /// `None` if the modulus has fewer bits or is even, or the exponent is even or below 3.
    pub(crate) fn new(modulus: [u8; MODULUS], exponent: u64) -> Option<Self> {
        let fits = modulus[0] >= 0x80 && modulus[MODULUS - 1] % 2 == 1 && exponent % 2 == 1 && exponent >= 3;
        fits.then_some(Self { modulus, exponent })
    }

    pub(crate) fn modulus(&self) -> &[u8; MODULUS] {
        &self.modulus
    }

    pub(crate) fn exponent(&self) -> u64 {
        self.exponent
    }

    /// From the SPKI form.
    pub(crate) fn from_spki(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
        let key = RsaPublicKey::<UintRef<'_>>::from_der(info.subject_public_key.as_bytes()?).ok()?;
        let is_rsa = info.algorithm == ALGORITHM_ID;
        Self::new(*key.modulus.as_bytes().as_array()?, exponent(key.public_exponent)?).filter(|_| is_rsa)
    }

    /// The SPKI form: 294 bytes if the exponent is 65537.
    pub(crate) fn to_spki(self) -> Vec<u8> {
        // DER's numbers are signed: the highest bit is 0, and so may be the first byte.
        let digits = (u64::BITS - self.exponent.leading_zeros()) / 8 + 1;
        let exponent = [0].into_iter().chain(self.exponent.to_be_bytes()).skip(9usize.saturating_sub(digits as usize));
        // Tag and length of both numbers, and 257 bytes of modulus.
        let numbers = 4 + 257 + 2 + digits;
        let lengths = [15 + 4 + 1 + 4 + numbers, 1 + 4 + numbers, numbers].map(|length| {
            let [.., high, low] = length.to_be_bytes();
            [high, low]
        });
        let [all, key, numbers] = &lengths;
        let front: [&[u8]; 10] = [
            b"\x30\x82",
            all,
            ALGORITHM,
            b"\x03\x82",
            key,
            b"\x00\x30\x82",
            numbers,
            b"\x02\x82\x01\x01\x00",
            &self.modulus,
            b"\x02",
        ];
        let [.., digits] = digits.to_be_bytes();
        front.concat().into_iter().chain([digits]).chain(exponent).collect()
    }
}

/// SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }.
const ALGORITHM: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

/// The public exponent of a key that can be used: odd, from 3 to 2^64 - 1.
pub(super) fn exponent(number: UintRef<'_>) -> Option<u64> {
    let bytes = number.as_bytes();
    let number = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    (bytes.len() <= size_of::<u64>() && number % 2 == 1 && number >= 3).then_some(number)
}
