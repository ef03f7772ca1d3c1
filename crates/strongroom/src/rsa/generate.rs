//! New keys: random primes as in FIPS 186-5 appendix A.1.3, and the private exponent modulo (p - 1)(q - 1), as RFC 8017
//! allows beside the least common multiple.

use crypto_bigint::{CtLt, CtSelect, Odd, U64, U128, Uint};

use super::integer::{Random, product};
use super::primes::prime;
use super::{PrivateNumbers, PublicNumbers};

/// The public exponent of new keys.
const EXPONENT: Odd<U64> = Odd::<U64>::from_be_hex("0000000000010001");

/// Bits of which the primes differ in one at least (FIPS 186-5 appendix A.1.3, step 5.5).
const APART: u32 = 100;

impl<const H: usize, const F: usize> PrivateNumbers<H, F> {
    /// Makes a new key. `None`: no random bytes.
    pub(crate) fn generate(random: &mut impl Random) -> Option<Self> {
        let fits = |number: &Uint<H>| inverse_modulo(&number.wrapping_sub(&Uint::ONE)).is_some();
        let p = prime(random, fits)?;
        loop {
            let q = prime(random, fits)?;
            if are_apart(p.as_ref(), q.as_ref()) {
                return Self::of_primes(p, q);
            }
        }
    }

    /// The key of two primes, of which it puts the larger one first, as other software expects. `None`: the public
    /// exponent has no inverse, or the primes are one.
    fn of_primes(one: Odd<Uint<H>>, other: Odd<Uint<H>>) -> Option<Self> {
        let in_order = other.as_ref().ct_lt(one.as_ref());
        let (p, q) = (other.ct_select(&one, in_order), one.ct_select(&other, in_order));
        let before = |prime: &Odd<Uint<H>>| prime.as_ref().wrapping_sub(&Uint::ONE);
        let n: Uint<F> = product(p.as_ref(), q.as_ref());
        let totient: Uint<F> = product(&before(&p), &before(&q));
        Some(Self {
            public: PublicNumbers { n: Odd::new(n).into_option()?, e: EXPONENT.get().into() },
            d: inverse_modulo(&totient)?,
            dp: inverse_modulo(&before(&p))?,
            dq: inverse_modulo(&before(&q))?,
            qinv: q.as_ref().invert_odd_mod(&p).into_option()?,
            p: p.get(),
            q: q.get(),
        })
    }
}

/// The inverse of the public exponent e modulo `modulus`, which is even. `None`: they have a common divisor.
///
/// With modulus = e·quotient + rest and k the negative inverse of the rest modulo e, it is (1 + k·modulus) / e, which
/// is k·quotient + (1 + k·rest) / e.
fn inverse_modulo<const L: usize>(modulus: &Uint<L>) -> Option<Uint<L>> {
    let (quotient, rest) = modulus.div_rem(EXPONENT.as_nz_ref());
    let k = EXPONENT.as_ref().wrapping_sub(&rest.invert_odd_mod(&EXPONENT).into_option()?);
    let small = product::<{ U64::LIMBS }, { U128::LIMBS }>(&k, &rest).wrapping_add(&U128::ONE);
    let small = small.div_rem(EXPONENT.as_nz_ref()).0;
    Some(quotient.wrapping_mul(&k).wrapping_add(&small.resize()))
}

/// Whether |one - other| > 2^(half of the modulus' bits - 100).
fn are_apart<const H: usize>(one: &Uint<H>, other: &Uint<H>) -> bool {
    let least = Uint::ONE.shl_vartime(Uint::<H>::BITS.saturating_sub(APART));
    let (above, below) = (one.wrapping_sub(other), other.wrapping_sub(one));
    least.ct_lt(&above.ct_select(&below, one.ct_lt(other))).to_bool()
}

#[cfg(test)]
mod tests;
