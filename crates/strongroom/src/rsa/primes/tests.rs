use super::*;
use crate::rsa::example::{random, refused};

/// So much below the first number that does not fit.
fn below<const L: usize>(distance: u64) -> Odd<Uint<L>> {
    Odd::new(Uint::MAX.wrapping_sub(&Uint::from(distance - 1))).unwrap()
}

/// The largest primes of 64 bits are 2^64 less 59, 83, 95, 179, 189, 257, 279, 323, 353 and 363.
#[test]
fn primes_pass_and_composites_do_not() {
    for distance in (1..=363).step_by(4) {
        let expected = [189, 257, 353].contains(&distance);
        assert_eq!(is_prime::<1>(below(distance), &mut random(1)), Some(expected), "{distance}");
    }
    assert_eq!(is_prime::<2>(below(173), &mut random(1)), Some(true));
    assert_eq!(is_prime::<4>(below(189), &mut random(1)), Some(true));
    assert_eq!(is_prime::<8>(below(569), &mut random(1)), Some(true));
    assert_eq!(is_prime::<16>(below(105), &mut random(1)), Some(true));
    for distance in (1..105).step_by(4) {
        assert_eq!(is_prime::<16>(below(distance), &mut random(1)), Some(false), "{distance}");
    }
}

/// A product p·(2p - 1) has as many false witnesses as there can be, a quarter: one round would often be deceived.
#[test]
fn products_with_many_false_witnesses() {
    for (p, q) in WORST {
        assert_eq!(q, 2 * p - 1);
        let number = Odd::new(Uint::<1>::from(p * q)).unwrap();
        assert_eq!(is_prime(number, &mut random(2)), Some(false), "{p}");
    }
}

/// Pairs of primes, the first 3 modulo 4.
const WORST: [(u64, u64); 4] = [
    (3_000_000_967, 6_000_001_933),
    (3_000_001_651, 6_000_003_301),
    (3_000_002_119, 6_000_004_237),
    (3_000_002_227, 6_000_004_453),
];

#[test]
fn drawn_ones_are_long_and_other_each_time() {
    let mut source = random(4);
    let mut draw = || prime::<8, _>(&mut source, |_| true).unwrap();
    let (one, other) = (draw(), draw());
    assert_ne!(one, other);
    for prime in [one, other] {
        assert_eq!(prime.as_ref().shr_vartime(Uint::<8>::BITS - 2), Uint::from(3u8));
        assert_eq!(prime.as_ref().bitand(&Uint::from(3u8)), Uint::from(3u8));
        assert_eq!(is_prime(prime, &mut random(5)), Some(true));
    }
}

/// What is not wanted does not come.
#[test]
fn those_that_are_not_wanted_are_left_out() {
    let mut asked = 0;
    let wanted = |number: &Uint<4>| {
        asked += 1;
        number.rem_vartime(&crypto_bigint::NonZero::new(Uint::<1>::from(7u8)).unwrap()) == Uint::ONE
    };
    let prime = prime(&mut random(6), wanted).unwrap();
    assert_eq!(prime.as_ref().rem_vartime(&crypto_bigint::NonZero::new(Uint::<1>::from(7u8)).unwrap()), Uint::ONE);
    assert!(asked > 1);
}

#[test]
fn no_random_bytes_no_primes() {
    assert_eq!(prime::<8, _>(&mut refused, |_| true), None);
    assert_eq!(is_prime::<1>(below(189), &mut refused), None);
}
