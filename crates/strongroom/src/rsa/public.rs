//! The public operation (RFC 8017 section 5.1.1).

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{CtLt, Odd, Uint};

/// The numbers of a public key.
#[derive(Clone, Copy)]
pub(crate) struct PublicNumbers<const F: usize> {
    pub(crate) n: Odd<Uint<F>>,
    pub(crate) e: u64,
}

impl<const F: usize> PublicNumbers<F> {
    /// Prepares multiplications modulo `n`.
    pub(super) fn montgomery(&self) -> FixedMontyParams<F> {
        FixedMontyParams::new_vartime(self.n)
    }

    /// Computes `base` to the public exponent. The exponent is all that time depends on.
    pub(super) fn raise(&self, base: &FixedMontyForm<F>) -> FixedMontyForm<F> {
        let mut power = FixedMontyForm::one(base.params());
        for bit in (0..u64::BITS - self.e.leading_zeros()).rev() {
            power = power.square();
            if self.e >> bit & 1 == 1 {
                power = power.mul(base);
            }
        }
        power
    }

    /// Computes `m` to the public exponent. `None`: `m` is not below the modulus.
    pub(super) fn apply(&self, m: &Uint<F>) -> Option<Uint<F>> {
        let power = self.raise(&FixedMontyForm::new(m, &self.montgomery()));
        m.ct_lt(self.n.as_ref()).to_bool().then(|| power.retrieve())
    }
}
