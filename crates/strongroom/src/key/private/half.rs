//! The public half of an RSA key, and its SPKI form (RFC 5280 section 4.1, RFC 8017 appendix A.1).

use crypto_bigint::{Odd, U2048, U3072, U4096};
use pkcs1::{ALGORITHM_ID, RsaPublicKey};
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::Decode;
use pkcs8::der::asn1::UintRef;
use strongroom_memory::{PublicInput, ScopeToken, Status, random};

use super::pkcs8::{exponent, is_ours, told};
use crate::key::algorithm::RsaSize;
use crate::key::prepared::UnusableRsa;
use crate::rsa::{self, OaepHash, PublicNumbers};

/// Bytes of the longest modulus.
pub(crate) const LONGEST_MODULUS: usize = RsaSize::Rsa4096.modulus_len();

/// A modulus with all its bits and a public exponent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PublicHalf {
    modulus: Modulus,
    exponent: u64,
}

/// A modulus, big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Modulus {
    Rsa2048([u8; RsaSize::Rsa2048.modulus_len()]),
    Rsa3072([u8; RsaSize::Rsa3072.modulus_len()]),
    Rsa4096([u8; RsaSize::Rsa4096.modulus_len()]),
}

/// Two numbers that anybody may know.
impl PublicInput for PublicHalf {}

/// Why bytes are not the SPKI form of a key that can be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotSpki {
    /// They are no SPKI of RSA.
    NotRsa,
    /// They are that of another key.
    Unusable(UnusableRsa),
}

impl PublicHalf {
    /// `None` if the modulus has another number of bits than our keys or is even, or the exponent is even or below 3.
    pub(crate) fn new(modulus: &[u8], exponent: u64) -> Option<Self> {
        let has_bits = modulus.first()? & 0x80 != 0 && modulus.last()? % 2 == 1;
        let fits = has_bits && exponent % 2 == 1 && exponent >= 3;
        let modulus = match RsaSize::from_modulus_len(modulus.len())? {
            RsaSize::Rsa2048 => Modulus::Rsa2048(modulus.try_into().ok()?),
            RsaSize::Rsa3072 => Modulus::Rsa3072(modulus.try_into().ok()?),
            RsaSize::Rsa4096 => Modulus::Rsa4096(modulus.try_into().ok()?),
        };
        fits.then_some(Self { modulus, exponent })
    }

    /// The algorithm of the pair of keys.
    pub(crate) fn size(&self) -> RsaSize {
        match self.modulus {
            Modulus::Rsa2048(_) => RsaSize::Rsa2048,
            Modulus::Rsa3072(_) => RsaSize::Rsa3072,
            Modulus::Rsa4096(_) => RsaSize::Rsa4096,
        }
    }

    /// The modulus, big-endian.
    pub(crate) fn modulus(&self) -> &[u8] {
        match &self.modulus {
            Modulus::Rsa2048(bytes) => bytes,
            Modulus::Rsa3072(bytes) => bytes,
            Modulus::Rsa4096(bytes) => bytes,
        }
    }

    pub(crate) fn exponent(&self) -> u64 {
        self.exponent
    }

    /// From the SPKI form.
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, NotSpki> {
        let key = spki(der).ok_or(NotSpki::NotRsa)?;
        let usable = exponent(key.public_exponent).and_then(|exponent| Self::new(key.modulus.as_bytes(), exponent));
        usable.ok_or_else(|| {
            // Of a size of ours, but even: no key at all.
            let unusable =
                told(key.modulus, key.public_exponent).filter(|_| !is_ours(key.modulus, key.public_exponent));
            unusable.map_or(NotSpki::NotRsa, NotSpki::Unusable)
        })
    }

    /// The SPKI form: 294, 422 or 550 bytes if the exponent is 65537.
    pub(crate) fn to_spki(self) -> Vec<u8> {
        // DER's numbers are signed: the highest bit is 0, and so may be the first byte.
        let digits = (u64::BITS - self.exponent.leading_zeros()) / 8 + 1;
        let exponent = [0].into_iter().chain(self.exponent.to_be_bytes()).skip(9usize.saturating_sub(digits as usize));
        let modulus = self.modulus();
        // Of the modulus, with its first zero; tag and length of both numbers.
        let digits_of_modulus = modulus.len() + 1;
        let numbers = 4 + digits_of_modulus + 2 + digits as usize;
        let lengths = [15 + 4 + 1 + 4 + numbers, 1 + 4 + numbers, numbers, digits_of_modulus].map(|length| {
            let [.., high, low] = length.to_be_bytes();
            [high, low]
        });
        let [all, key, numbers, digits_of_modulus] = &lengths;
        let front: [&[u8]; 13] = [
            b"\x30\x82",
            all,
            ALGORITHM,
            b"\x03\x82",
            key,
            b"\x00\x30\x82",
            numbers,
            b"\x02\x82",
            digits_of_modulus,
            b"\x00",
            modulus,
            b"\x02",
            &[digits as u8],
        ];
        front.concat().into_iter().chain(exponent).collect()
    }
}

/// SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }.
const ALGORITHM: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

/// The numbers of a public key in the SPKI form.
fn spki(der: &[u8]) -> Option<RsaPublicKey<UintRef<'_>>> {
    let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
    let key = RsaPublicKey::from_der(info.subject_public_key.as_bytes()?).ok()?;
    (info.algorithm == ALGORITHM_ID).then_some(key)
}

/// Encrypts `message` with this hash for the holder of the private key into all of `out`, which is as long as the
/// modulus. A message has at most 42 bytes less with SHA-1, 66 with SHA-256.
///
/// # Errors
/// [`NO_RANDOM`]: there are no random bytes. [`UNFIT`]: the message is longer, or the modulus is none.
pub(crate) fn seal(
    inside: &ScopeToken<'_>,
    public: &PublicHalf,
    hash: OaepHash,
    message: &[u8],
    out: &mut [u8],
) -> Result<(), Status> {
    match public.size() {
        RsaSize::Rsa2048 => sealed::<{ U2048::LIMBS }>(inside, public, hash, message, out),
        RsaSize::Rsa3072 => sealed::<{ U3072::LIMBS }>(inside, public, hash, message, out),
        RsaSize::Rsa4096 => sealed::<{ U4096::LIMBS }>(inside, public, hash, message, out),
    }
}

/// Does what [`seal`] says, for a modulus of `F` limbs.
#[inline(never)]
fn sealed<const F: usize>(
    inside: &ScopeToken<'_>,
    public: &PublicHalf,
    hash: OaepHash,
    message: &[u8],
    out: &mut [u8],
) -> Result<(), Status> {
    let n = rsa::read::<F>(public.modulus()).and_then(|n| Odd::new(n).into_option()).ok_or(UNFIT)?;
    let public = PublicNumbers { n, e: public.exponent() };
    let mut why = UNFIT;
    let sealed = public.seal(hash, message, out, &mut |out: &mut [u8]| match random::secret(inside, out) {
        Ok(()) => Some(()),
        Err(_) => {
            why = NO_RANDOM;
            None
        }
    });
    sealed.ok_or(why)
}

/// No random bytes.
pub(crate) const NO_RANDOM: Status = Status(1);

/// The message or the public key is none that can be used.
pub(crate) const UNFIT: Status = Status(2);
