//! Random primes (FIPS 186-5 appendix A.1.3).

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Choice, CtEq, CtLt, CtSelect, Odd, Uint, Word};

use super::integer::{Random, draw};
use super::small_primes;

/// Rounds of Miller and Rabin's test that leave a composite number a chance of 2^-112 (FIPS 186-5 table B.1, for primes
/// of 1,024 bits; longer ones need 4).
const ROUNDS: usize = 5;

/// Draws a prime with its two highest bits, so that the product of two has all its bits, and for which `is_wanted`
/// holds.
///
/// Each candidate is drawn afresh: how many there were and why each was refused says nothing about the one that was
/// not. All are 3 modulo 4, which the standard lets us choose (step 4.4), and with which a round is one exponentiation.
/// `None`: no random bytes.
pub(super) fn prime<const H: usize, R: Random>(
    random: &mut R,
    mut is_wanted: impl FnMut(&Uint<H>) -> bool,
) -> Option<Odd<Uint<H>>> {
    let highest = Uint::ONE.shl_vartime(Uint::<H>::BITS - 2).wrapping_mul(&Uint::<1>::from(3u8));
    loop {
        let number = draw::<H>(random)?.bitor(&highest).bitor(&Uint::from(3u8));
        if small_primes::divide(&number) || !is_wanted(&number) {
            continue;
        }
        let number = Odd::new(number).into_option()?;
        if is_prime(number, random)? {
            return Some(number);
        }
    }
}

/// Miller and Rabin's test (FIPS 186-5 appendix B.3.1) of a number that is 3 modulo 4: a prime takes every base to the
/// half of what is before it to 1 or -1. `None`: no random bytes.
///
/// The base 2 comes first, because it is the quickest and most composite numbers fail it; it is not counted.
fn is_prime<const H: usize>(number: Odd<Uint<H>>, random: &mut impl Random) -> Option<bool> {
    let params = FixedMontyParams::new(number);
    let (one, half) = (FixedMontyForm::one(&params), number.as_ref().shr_vartime(1));
    let passes = |power: FixedMontyForm<H>| (power.ct_eq(&one) | power.ct_eq(&one.neg())).to_bool();
    if !passes(power_of_two(&half, &params)) {
        return Some(false);
    }
    for _ in 0..ROUNDS {
        if !passes(base(&params, random)?.pow(&half)) {
            return Some(false);
        }
    }
    Some(true)
}

/// Computes 2 to `exponent`.
fn power_of_two<const H: usize>(exponent: &Uint<H>, params: &FixedMontyParams<H>) -> FixedMontyForm<H> {
    let mut power = FixedMontyForm::one(params);
    for word in exponent.as_words().iter().rev() {
        for bit in (0..Word::BITS).rev() {
            let square = power.square();
            let bit = Choice::from_u8_lsb((word >> bit & 1) as u8);
            let power_or_twice = square.as_montgomery().ct_select(square.double().as_montgomery(), bit);
            power = FixedMontyForm::from_montgomery(power_or_twice, params);
        }
    }
    power
}

/// Draws a base, each below the modulus with the same chance. The standard leaves out 0, 1 and -1, which never come.
/// `None`: no random bytes.
fn base<const H: usize>(params: &FixedMontyParams<H>, random: &mut impl Random) -> Option<FixedMontyForm<H>> {
    loop {
        let number = draw(random)?;
        // Not with the modulus is a number compared that is kept, but with those that are thrown away.
        if number.ct_lt(params.modulus().as_ref()).to_bool() {
            return Some(FixedMontyForm::from_montgomery(number, params));
        }
    }
}

#[cfg(test)]
mod tests;
