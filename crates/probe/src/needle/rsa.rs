//! What RSA computes with.

use num_bigint::BigUint;

use super::{Needles, TooPlain};
use crate::form::Form;

/// An RSA key (RFC 8017 section 3.2) of two primes; big-endian numbers.
#[derive(Clone)]
pub struct RsaNumbers {
    /// A prime, p.
    pub prime1: Vec<u8>,
    /// The other, q.
    pub prime2: Vec<u8>,
    /// The private exponent, d.
    pub exponent: Vec<u8>,
}

impl std::fmt::Debug for RsaNumbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RsaNumbers(..)")
    }
}

impl RsaNumbers {
    /// `ciphertext` to the power of d: a padded message.
    #[must_use]
    pub fn open(&self, ciphertext: &[u8]) -> Vec<u8> {
        let [p, q, d] = self.numbers();
        BigUint::from_bytes_be(ciphertext).modpow(&d, &(p * q)).to_bytes_be()
    }

    fn numbers(&self) -> [BigUint; 3] {
        [&self.prime1, &self.prime2, &self.exponent].map(|number| BigUint::from_bytes_be(number))
    }
}

impl Needles {
    /// Looks for the numbers of an RSA key: primes, private exponents, the coefficient, and what Montgomery's
    /// multiplication makes of them.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn rsa_key(&mut self, secret: &str, key: &RsaNumbers) -> Result<(), TooPlain> {
        let [p, q, d] = key.numbers();
        let one = BigUint::from(1_u8);
        #[expect(clippy::disallowed_methods, reason = "zero is too plain to be a needle, and refused as one")]
        let coefficient = q.modinv(&p).unwrap_or_default();
        let (dp, dq) = (&d % (&p - &one), &d % (&q - &one));
        for (name, number) in [("p", &p), ("q", &q), ("d", &d), ("dp", &dp), ("dq", &dq), ("qinv", &coefficient)] {
            let name = format!("{secret}, {name}");
            self.bytes(&name, &number.to_bytes_be())?;
            self.add(&name, Form::Limbs, number.to_bytes_le())?;
        }
        let mut montgomery = |name: &str, number: BigUint| {
            self.add(&format!("{secret}, {name}"), Form::Montgomery, number.to_bytes_le())
        };
        // Numbers of as many bits as the prime has in whole words of 64.
        for (name, prime) in [("p", &p), ("q", &q)] {
            let radix = &one << (prime.bits().next_multiple_of(64));
            montgomery(name, &radix % prime)?;
            montgomery(name, (&radix * &radix) % prime)?;
        }
        let radix = &one << (p.bits().next_multiple_of(64));
        montgomery("qinv", (coefficient * radix) % &p)
    }

    /// Looks for a padded message of RSA (RFC 8017 section 7.1.1): what OAEP hides can be read out of it without the
    /// key.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn oaep_message(&mut self, secret: &str, padded: &[u8]) -> Result<(), TooPlain> {
        self.add(secret, Form::OaepMessage, padded.to_vec())?;
        self.add(secret, Form::OaepMessage, padded.iter().rev().copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p = 61 and q = 53 of the usual example, in 64-bit words: n = 3233, e = 17, d = 413.
    #[test]
    fn small_numbers() {
        let key = RsaNumbers { prime1: vec![61], prime2: vec![53], exponent: vec![1, 157] };
        assert_eq!(key.open(&[10, 230]), [65]);
        assert_eq!(format!("{key:?}"), "RsaNumbers(..)");
    }

    /// Two primes of 128 bits.
    #[test]
    fn both_orders_and_montgomery_form() {
        let (p, q) = (0xffff_ffff_ffff_ffff_ffff_ffff_ffff_ff61_u128, 0xd3fa_7c1b_9a68_e205_41bd_09f7_36c8_5e4b_u128);
        let key = RsaNumbers {
            prime1: p.to_be_bytes().to_vec(),
            prime2: q.to_be_bytes().to_vec(),
            exponent: (p ^ q).to_be_bytes().to_vec(),
        };
        let mut needles = Needles::new();
        assert!(needles.rsa_key("key", &key).is_err(), "a prime of ones is too regular");

        let key = RsaNumbers { prime1: 0xe9a1_5c3b_7d20_f864_91be_36fa_0c5d_8275_u128.to_be_bytes().to_vec(), ..key };
        let mut needles = Needles::new();
        needles.rsa_key("key", &key).unwrap();
        let patterns = |name: &str, form| -> Vec<Vec<u8>> {
            let of = |needle: &&crate::needle::Needle| needle.label.secret == name && needle.label.form == form;
            needles.needles.iter().filter(of).map(|needle| needle.bytes.clone()).collect()
        };
        assert_eq!(patterns("key, q", Form::Raw), [q.to_be_bytes()]);
        assert_eq!(patterns("key, q", Form::Limbs), [q.to_le_bytes()]);
        // 2^128 less the prime, as it is larger than half of that.
        assert_eq!(patterns("key, q", Form::Montgomery)[0], q.wrapping_neg().to_le_bytes());
        assert_eq!(patterns("key, p", Form::Montgomery).len(), 2);
        assert_eq!(patterns("key, qinv", Form::Montgomery).len(), 1);
    }
}
