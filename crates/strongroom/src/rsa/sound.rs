//! Whether the numbers of a private key belong together.

use crypto_bigint::{Choice, CtEq, CtLt, NonZero, U64, Uint};

use super::PrivateNumbers;
use super::integer::product;

impl<const H: usize, const F: usize> PrivateNumbers<H, F> {
    /// Whether the numbers are those of a key (RFC 8017 section 3.2) whose modulus has its highest bit: each of them,
    /// those too that are not used here and go out with it.
    ///
    /// The primes may stand in either order, and `d` may be reduced modulo (p - 1)(q - 1) or modulo the least common
    /// multiple. That the primes are prime is not looked at; if one is not, [`apply`](Self::apply) finds its result
    /// wrong.
    #[inline(never)]
    pub(crate) fn is_sound(&self) -> bool {
        let n = self.public.n.as_ref();
        if self.public.e < 3 || self.public.e.is_multiple_of(2) || n.leading_zeros_vartime() > 0 {
            return false;
        }
        // As the modulus is odd and has its highest bit, so do its two factors.
        let factors = product::<H, F>(&self.p, &self.q).ct_eq(n) & !self.p.ct_eq(&self.q);
        let exponents = self.is_exponent(&self.p, &self.dp) & self.is_exponent(&self.q, &self.dq) & self.d.ct_lt(n);
        (factors & exponents & self.is_coefficient()).to_bool()
    }

    /// Whether `exponent` is `d` modulo `prime` - 1, and the inverse of the public exponent.
    #[inline(never)]
    fn is_exponent(&self, prime: &Uint<H>, exponent: &Uint<H>) -> Choice {
        let Some(modulus) = NonZero::new(prime.wrapping_sub(&Uint::ONE)).into_option() else { return Choice::FALSE };
        let (low, high) = exponent.widening_mul(&U64::from(self.public.e));
        let inverse = low.concat_resize::<{ U64::LIMBS }, F>(&high).rem(&modulus).ct_eq(&Uint::<H>::ONE);
        inverse & self.d.rem(&modulus).ct_eq(exponent)
    }

    /// Whether the coefficient is the inverse of q modulo p, reduced.
    #[inline(never)]
    fn is_coefficient(&self) -> Choice {
        let Some(p) = NonZero::new(self.p).into_option() else { return Choice::FALSE };
        let inverse = product::<H, F>(&self.q, &self.qinv).rem(&p).ct_eq(&Uint::<H>::ONE);
        inverse & self.qinv.ct_lt(&self.p)
    }
}

#[cfg(test)]
mod tests;
