//! What ML-DSA-44 (FIPS 204) makes of a seed, and what a signature tells of the way it was made.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a number in place of one that is missing makes a needle that is never found: a false all-clear"
)]

use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};

use super::{Needles, TooPlain};
use crate::form::Form;

/// Bytes of a signature (FIPS 204 table 2).
const SIGNATURE: usize = 2420;

/// The modulus, and a root of unity of order 512 (FIPS 204 section 2.5).
const Q: i64 = 8_380_417;
const ZETA: i64 = 1753;

/// Vectors of both kinds have four polynomials (FIPS 204 table 1).
const LENGTH: usize = 4;

/// A polynomial, its coefficients in no particular range.
type Polynomial = [i64; 256];

impl Needles {
    /// Looks for what a seed of ML-DSA-44 is expanded to (FIPS 204 algorithm 6), the seed apart: rho' and K; s1 and s2
    /// as they are multiplied with, and as they are written. Not for t0, which signatures give away in the end.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn ml_dsa_44_seed(&mut self, secret: &str, seed: &[u8; 32]) -> Result<(), TooPlain> {
        let ([_, rho_prime @ .., key], vectors) = expand(seed);
        self.add(secret, Form::MlDsaExpanded, rho_prime.as_flattened().to_vec())?;
        self.add(secret, Form::MlDsaExpanded, key.to_vec())?;
        for (name, vector) in ["s1", "s2"].into_iter().zip(&vectors) {
            let name = format!("{secret}, {name}");
            self.add(&name, Form::MlDsaTransformed, vector.iter().flat_map(transformed).collect())?;
            self.add(&name, Form::MlDsaEncoded, vector.iter().flat_map(encoded).collect())?;
        }
        Ok(())
    }

    /// Looks for the mask y of this signature of the key (FIPS 204 algorithm 7), which with it gives s1: as numbers,
    /// those below zero, and as it is multiplied with.
    ///
    /// # Errors
    /// [`TooPlain`].
    pub fn ml_dsa_44_signature(
        &mut self,
        secret: &str,
        seed: &[u8; 32],
        signature: &[u8; SIGNATURE],
    ) -> Result<(), TooPlain> {
        let (_, [s1, _]) = expand(seed);
        let name = format!("{secret}, y");
        for mask in masks(&s1, signature) {
            self.add(&name, Form::MlDsaTransformed, transformed(&mask))?;
            // Small numbers that are not below zero look like what many programs hold.
            for pair in mask.as_chunks::<2>().0.iter().filter(|pair| pair.iter().all(|number| *number < 0)) {
                let bytes: Vec<u8> = pair.iter().flat_map(|number| word(*number)).collect();
                // Pairs that are alike are left out, as everywhere.
                let _ = self.add(&name, Form::MlDsaMask, bytes);
            }
        }
        Ok(())
    }
}

/// rho, both halves of rho' and K; s1 and s2.
fn expand(seed: &[u8; 32]) -> ([[u8; 32]; 4], [[Polynomial; LENGTH]; 2]) {
    let parts: [u8; 128] = shake256(&[seed, &[4, 4]]);
    let mut expanded = [[0; 32]; 4];
    expanded.as_flattened_mut().copy_from_slice(&parts);
    let [_, first, second, _] = &expanded;
    let small = |number: usize| {
        let drawn: [u8; 1024] = shake256(&[first, second, &[number as u8, 0]]);
        let mut numbers = drawn.iter().flat_map(|byte| [byte & 15, byte >> 4]).filter(|half| *half < 15);
        std::array::from_fn(|_| 2 - i64::from(numbers.next().expect("of 2,048 drawn 256 are small") % 5))
    };
    let vectors = [std::array::from_fn(small), std::array::from_fn(|number| small(LENGTH + number))];
    (expanded, vectors)
}

/// y = z - c * s1.
fn masks(s1: &[Polynomial; LENGTH], signature: &[u8; SIGNATURE]) -> [Polynomial; LENGTH] {
    let (challenge, rest) = signature.split_at(32);
    let challenge = in_ball(challenge);
    let numbers = rest.as_chunks::<9>().0.iter().flat_map(|nine| {
        let bits = nine.iter().rev().fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
        (0..4).map(move |at| (1 << 17) - (bits >> (18 * at) & 0x3_ffff) as i64)
    });
    let mut numbers = numbers;
    s1.map(|own| {
        let product = product(&challenge, &own);
        std::array::from_fn(|at| numbers.next().expect("a signature has four polynomials") - product[at])
    })
}

/// FIPS 204 algorithm 29: 39 coefficients that are 1 or -1.
fn in_ball(seed: &[u8]) -> Polynomial {
    let drawn: [u8; 2048] = shake256(&[seed]);
    let (signs, places) = drawn.split_first_chunk().expect("of 2,048 bytes eight are signs");
    let (signs, mut places) = (u64::from_le_bytes(*signs), places.iter());
    let mut ball = [0; 256];
    for (number, at) in (256 - 39..256_usize).enumerate() {
        let place = places.by_ref().map(|place| usize::from(*place)).find(|place| *place <= at);
        let place = place.expect("of 2,040 drawn 39 are places");
        ball[at] = ball[place];
        ball[place] = if signs >> number & 1 == 0 { 1 } else { -1 };
    }
    ball
}

/// In the ring, where x^256 is -1.
fn product(one: &Polynomial, other: &Polynomial) -> Polynomial {
    let mut sum = [0; 256];
    for (at, left) in one.iter().enumerate().filter(|(_, left)| **left != 0) {
        for (more, right) in other.iter().enumerate() {
            let sign = if at + more < 256 { 1 } else { -1 };
            sum[(at + more) % 256] += sign * left * right;
        }
    }
    sum
}

/// The number-theoretic transform (FIPS 204 section 2.5) by its definition: the values at the odd powers of the root,
/// in the order of reversed bits.
fn transformed(polynomial: &Polynomial) -> Vec<u8> {
    let value = |number: u8| {
        let root = (0..2 * u32::from(number.reverse_bits()) + 1).fold(1, |power, _| power * ZETA % Q);
        polynomial.iter().rev().fold(0, |sum, number| (sum * root + number).rem_euclid(Q))
    };
    (0..=u8::MAX).flat_map(|number| word(value(number))).collect()
}

/// Coefficients from -2 to 2 in three bits each (FIPS 204 algorithm 24).
fn encoded(polynomial: &Polynomial) -> Vec<u8> {
    let eight = |eight: &[i64; 8]| {
        let bits = eight.iter().rev().fold(0_u32, |all, number| all << 3 | (2 - number) as u32);
        let [a, b, c, _] = bits.to_le_bytes();
        [a, b, c]
    };
    polynomial.as_chunks::<8>().0.iter().flat_map(eight).collect()
}

/// A number as an element of the ring lies in memory.
fn word(number: i64) -> [u8; 4] {
    (number.rem_euclid(Q) as u32).to_le_bytes()
}

fn shake256<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut out = [0; N];
    hash.finalize_xof().read(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use ml_dsa::{Keypair, MlDsa44, SigningKey};
    use shake::Shake128;

    use super::*;

    /// The mask that a signature tells is one that the key draws, so key, challenge and response are read as they were
    /// meant.
    #[test]
    fn the_mask_of_the_library_s_signature_is_drawn_of_the_key() {
        let (seed, random, message) = ([5; 32], [6; 32], b"a message");
        let library = SigningKey::<MlDsa44>::from_seed(&seed.into());
        let signature: [u8; SIGNATURE] =
            library.expanded_key().sign_internal(&[&[0, 0], message], &random.into()).encode().into();
        let ([.., key], [s1, _]) = expand(&seed);
        let public: [u8; 1312] = library.verifying_key().encode().into();
        let tr: [u8; 64] = shake256(&[&public]);
        let mu: [u8; 64] = shake256(&[&tr, &[0, 0], message]);
        let drawn_of: [u8; 64] = shake256(&[&key, &random, &mu]);
        let drawn = |kappa: u16| {
            let drawn: [u8; 576] = shake256(&[&drawn_of, &kappa.to_le_bytes()]);
            let numbers: Vec<i64> = (drawn.as_chunks::<9>().0.iter())
                .flat_map(|nine| {
                    let bits = nine.iter().rev().fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
                    (0..4).map(move |at| (1 << 17) - i64::try_from(bits >> (18 * at) & 0x3_ffff).unwrap())
                })
                .collect();
            numbers
        };
        let masks = masks(&s1, &signature);
        let first = (0..4000).step_by(4).find(|kappa| drawn(*kappa) == masks[0]).unwrap();
        for (at, mask) in masks.iter().enumerate() {
            assert_eq!(drawn(first + u16::try_from(at).unwrap()), mask, "{at}");
        }
    }

    /// s2 and the order of transformed vectors, by the public key: t = A * s1 + s2, value by value.
    #[test]
    fn the_public_key_is_the_library_s() {
        let seed = [5; 32];
        let ([rho, ..], [s1, s2]) = expand(&seed);
        let public: [u8; 1312] = SigningKey::<MlDsa44>::from_seed(&seed.into()).verifying_key().encode().into();
        assert_eq!(public[..32], rho);
        let words = |bytes: Vec<u8>| -> Vec<i64> {
            bytes.as_chunks().0.iter().map(|word| i64::from(u32::from_le_bytes(*word))).collect()
        };
        for row in 0..4_u8 {
            let mut sum = words(transformed(&s2[usize::from(row)]));
            for column in 0..4_u8 {
                // Drawn in the transformed domain (FIPS 204 algorithm 30).
                let mut hash = Shake128::default();
                [&rho[..], &[column, row]].into_iter().for_each(|part| hash.update(part));
                let mut drawn = vec![0; 2048];
                hash.finalize_xof().read(&mut drawn);
                let numbers = drawn
                    .as_chunks::<3>()
                    .0
                    .iter()
                    .map(|[a, b, c]| i64::from(u32::from_le_bytes([*a, *b, c & 0x7f, 0])));
                let own = words(transformed(&s1[usize::from(column)]));
                for (place, (left, right)) in sum.iter_mut().zip(numbers.filter(|number| *number < Q).zip(own)) {
                    *place = (*place + left * right) % Q;
                }
            }
            // t1 is t without its 13 lowest bits: what is left of t behind it, transformed, is that of small numbers,
            // which the inverse shows.
            let bits = &public[32 + 320 * usize::from(row)..][..320];
            let t1: Vec<i64> = (bits.as_chunks::<5>().0.iter())
                .flat_map(|five| {
                    let bits = five.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
                    (0..4).map(move |at| i64::try_from(bits >> (10 * at) & 0x3ff).unwrap() << 13)
                })
                .collect();
            let high = words(transformed(&t1.try_into().unwrap()));
            let low: Vec<i64> = sum.iter().zip(high).map(|(all, high)| (all - high).rem_euclid(Q)).collect();
            // The inverse by its definition: 1/256 of the sum of all values times the powers of the inverse root.
            let power = |base: i64, exponent: i64| {
                (0..64).rev().fold(1, |all, bit| {
                    let all = all * all % Q;
                    if exponent >> bit & 1 == 1 { all * base % Q } else { all }
                })
            };
            let (inverse, scale) = (power(ZETA, Q - 2), power(256, Q - 2));
            for at in [0, 1, 100, 255] {
                let term = |(number, value): (usize, &i64)| {
                    let exponent = 2 * i64::from(u8::try_from(number).unwrap().reverse_bits()) + 1;
                    value * power(inverse, exponent * at) % Q
                };
                let number = low.iter().enumerate().map(term).sum::<i64>() % Q * scale % Q;
                let centred = if number > Q / 2 { number - Q } else { number };
                assert!((-4096..=4096).contains(&centred), "row {row}, {at}: {centred}");
            }
        }
    }

    #[test]
    fn each_form_is_looked_for() {
        let mut needles = Needles::new();
        needles.ml_dsa_44_seed("key", &[5; 32]).unwrap();
        let forms: Vec<String> = needles.labels().map(ToString::to_string).collect();
        assert_eq!(
            forms,
            [
                "key, ML-DSA rho' and K",
                "key, ML-DSA rho' and K",
                "key, s1, ML-DSA transformed",
                "key, s1, ML-DSA encoded",
                "key, s2, ML-DSA transformed",
                "key, s2, ML-DSA encoded",
            ]
        );
        let lengths: Vec<usize> = needles.patterns().map(<[u8]>::len).collect();
        assert_eq!(lengths, [64, 32, 4096, 384, 4096, 384]);
        let mut needles = Needles::new();
        needles.ml_dsa_44_signature("key", &[5; 32], &shake256(&[b"any"])).unwrap();
        assert_eq!(needles.patterns().filter(|pattern| pattern.len() == 1024).count(), 4);
        assert!(needles.patterns().count() > 100);
    }
}
