//! The private operation (RFC 8017 section 5.1.2) by the Chinese remainder theorem, blinded and checked.

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{CtEq, CtLt, Odd, Uint};

use super::PrivateNumbers;
use super::integer::{Random, draw, product};

impl<const H: usize, const F: usize> PrivateNumbers<H, F> {
    /// Computes `c` to the private exponent.
    ///
    /// `None`: `c` is not below the modulus; there are no random bytes; or the result is wrong, because the numbers do
    /// not belong together or the machine erred. Whoever sees a result that is right modulo one prime and wrong modulo
    /// the other can compute the primes (Boneh, DeMillo, Lipton: EUROCRYPT 1997), so none is released.
    pub(super) fn apply(&self, c: &Uint<F>, random: &mut impl Random) -> Option<Uint<F>> {
        let n = self.public.n;
        if !c.ct_lt(n.as_ref()).to_bool() {
            return None;
        }
        let params = self.public.montgomery();
        let (blinded, unblind) = self.blind(c, &params, random)?;
        let result = unblinded(&self.unchecked(&blinded)?, &unblind, &params);
        self.public.apply(&result)?.ct_eq(c).to_bool().then_some(result)
    }

    /// Blinds `c` with a random number: the result, and what takes the number off again. `None`: no random bytes.
    #[inline(never)]
    fn blind(&self, c: &Uint<F>, params: &FixedMontyParams<F>, random: &mut impl Random) -> Option<(Uint<F>, Uint<F>)> {
        // The modulus has its highest bit, so no residue is drawn more than twice as often as another.
        let r = FixedMontyForm::new(&draw::<F>(random)?.rem_vartime(self.public.n.as_nz_ref()), params);
        let unblind = r.invert().into_option()?.retrieve();
        Some((self.public.raise(&r).mul(&FixedMontyForm::new(c, params)).retrieve(), unblind))
    }

    /// Computes `c` to the private exponent. `None`: a prime is even.
    #[inline(never)]
    fn unchecked(&self, c: &Uint<F>) -> Option<Uint<F>> {
        let first = half(c, &self.p, &self.dp)?;
        let second = half(c, &self.q, &self.dq)?.retrieve();
        let params = first.params();
        let second_mod_p = FixedMontyForm::new(&second.rem(params.modulus().as_nz_ref()), params);
        let quotient = first.sub(&second_mod_p).mul(&FixedMontyForm::new(&self.qinv, params)).retrieve();
        Some(product::<H, F>(&quotient, &self.q).wrapping_add(&second.resize()))
    }
}

/// Takes the blinding off.
#[inline(never)]
fn unblinded<const F: usize>(result: &Uint<F>, unblind: &Uint<F>, params: &FixedMontyParams<F>) -> Uint<F> {
    FixedMontyForm::new(result, params).mul(&FixedMontyForm::new(unblind, params)).retrieve()
}

/// Computes `c` to `exponent` modulo one prime. `None`: it is even.
#[inline(never)]
fn half<const H: usize, const F: usize>(c: &Uint<F>, prime: &Uint<H>, exponent: &Uint<H>) -> Option<FixedMontyForm<H>> {
    let prime = Odd::new(*prime).into_option()?;
    Some(FixedMontyForm::new(&c.rem(prime.as_nz_ref()), &FixedMontyParams::new(prime)).pow(exponent))
}

#[cfg(test)]
mod tests;
