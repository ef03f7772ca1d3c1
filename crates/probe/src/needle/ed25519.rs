//! What Ed25519 makes of a seed.

use num_bigint::BigUint;
use sha2::{Digest, Sha512};

use super::{Needles, TooPlain};
use crate::form::Form;

impl Needles {
    /// Looks for a private key of Ed25519 (RFC 8032 section 5.1.5), the seed apart, and for what signing `message`
    /// makes.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn ed25519_seed(&mut self, secret: &str, seed: &[u8; 32], message: &[u8]) -> Result<(), TooPlain> {
        let expanded = Sha512::digest(seed);
        self.add(secret, Form::Ed25519Expanded, expanded.to_vec())?;
        self.add(secret, Form::Ed25519Expanded, super::swapped_64(&expanded))?;
        let (scalar, prefix) = expanded.split_at(32);
        let mut clamped = scalar.to_vec();
        if let [first, .., last] = clamped.as_mut_slice() {
            *first &= 0xf8;
            *last = *last & 0x7f | 0x40;
        }
        self.scalar(&format!("{secret}, scalar"), &clamped)?;
        // With r, which each message has anew, its signature tells the scalar: S = r + k * scalar.
        let r = Sha512::new().chain_update(prefix).chain_update(message).finalize();
        let name = format!("{secret}, r");
        self.add(&name, Form::Ed25519Expanded, r.to_vec())?;
        self.add(&name, Form::Ed25519Expanded, super::swapped_64(&r))?;
        self.scalar(&name, &r)
    }

    /// A little-endian number, reduced by the order of the base point: as bytes and as five words of 52 bits.
    fn scalar(&mut self, secret: &str, number: &[u8]) -> Result<(), TooPlain> {
        let reduced = BigUint::from_bytes_le(number) % order();
        let mut bytes = reduced.to_bytes_le();
        bytes.resize(32, 0);
        self.add(secret, Form::Scalar, bytes)?;
        let mask = BigUint::from((1_u64 << 52) - 1);
        #[expect(clippy::expect_used, reason = "a limb that is missing makes a needle that is never found")]
        let limb = |limb: u32| u64::try_from((&reduced >> (52 * limb)) & &mask).expect("a number of 52 bits");
        self.add(secret, Form::ScalarLimbs, (0..5).flat_map(|at| limb(at).to_le_bytes()).collect())
    }
}

/// L, RFC 8032 section 5.1.
fn order() -> BigUint {
    (BigUint::from(1_u8) << 252_u32) + BigUint::from(27_742_317_777_372_353_535_851_937_790_883_648_493_u128)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    #[test]
    fn scalar_and_r_make_the_library_s_signature() {
        let (seed, message) = ([5; 32], b"a message");
        let key = SigningKey::from_bytes(&seed);
        let mut needles = Needles::new();
        needles.ed25519_seed("key", &seed, message).unwrap();
        let number = |name: &str, form| {
            let of = |needle: &&crate::needle::Needle| needle.label.secret == name && needle.label.form == form;
            needles.needles.iter().find(of).unwrap().bytes.clone()
        };
        let [scalar, r] = ["key, scalar", "key, r"].map(|name| BigUint::from_bytes_le(&number(name, Form::Scalar)));
        let signature = key.sign(message);
        let k = Sha512::new().chain_update(signature.r_bytes()).chain_update(key.verifying_key().as_bytes());
        let k = BigUint::from_bytes_le(&k.chain_update(message).finalize());
        assert_eq!(BigUint::from_bytes_le(signature.s_bytes()), (r + k * &scalar) % order());

        let limbs = number("key, scalar", Form::ScalarLimbs);
        let limbs = limbs.as_chunks().0.iter().rev().map(|limb| u64::from_le_bytes(*limb));
        assert_eq!(limbs.fold(BigUint::default(), |sum, limb| (sum << 52_u32) + limb), scalar);
    }
}
