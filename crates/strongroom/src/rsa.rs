//! RSA (RFC 8017) on integers of fixed size, which lie on the stack of the operation; nothing here allocates.
//!
//! The integers are those of `crypto-bigint`: `H` counts the limbs of a prime and `F`, twice as many, those of the
//! modulus. No branch and no index depends on a secret, but for the verdict of an operation. What is public may decide:
//! the modulus, the public exponent, ciphertexts; and so may a number that was drawn and is thrown away, because the
//! next one has nothing to do with it.

mod crt;
mod generate;
mod integer;
mod mgf1;
mod oaep;
mod primes;
mod public;
mod signature;
mod small_primes;
mod sound;

pub(crate) use integer::{bytes, read};
pub(crate) use oaep::OaepHash;
#[cfg(test)]
#[cfg(target_os = "linux")]
pub(crate) use oaep::unpad_sha1;
pub(crate) use public::PublicNumbers;

use crypto_bigint::Uint;

/// The numbers of a private key of two primes (RFC 8017 section 3.2).
pub(crate) struct PrivateNumbers<const H: usize, const F: usize> {
    pub(crate) public: PublicNumbers<F>,
    /// The private exponent.
    pub(crate) d: Uint<F>,
    /// The first prime, which need not be the larger one.
    pub(crate) p: Uint<H>,
    pub(crate) q: Uint<H>,
    /// `d` modulo p - 1.
    pub(crate) dp: Uint<H>,
    /// `d` modulo q - 1.
    pub(crate) dq: Uint<H>,
    /// The inverse of q modulo p.
    pub(crate) qinv: Uint<H>,
}

impl<const H: usize, const F: usize> PrivateNumbers<H, F> {
    /// No key: a place for the numbers of one.
    pub(crate) const BLANK: Self = Self {
        public: PublicNumbers { n: Uint::ONE.to_odd().expect_copied("one is odd"), e: 0 },
        d: Uint::ZERO,
        p: Uint::ZERO,
        q: Uint::ZERO,
        dp: Uint::ZERO,
        dq: Uint::ZERO,
        qinv: Uint::ZERO,
    };
}

#[cfg(test)]
mod example;
