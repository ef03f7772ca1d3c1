use crypto_bigint::Uint;

use super::*;

#[test]
fn numbers_of_every_kind() {
    for number in 1..70_000 as Word {
        let expected = PRIMES.iter().any(|prime| number.is_multiple_of(*prime));
        assert_eq!(divide(&Uint::<4>::from(number)), expected, "{number}");
    }
    assert_eq!(PRIMES[..5], [3, 5, 7, 11, 13]);
    assert_eq!(PRIMES[COUNT - 1], 8191);
}

/// 2^521 - 1 is a prime (FIPS 186-4 knows it from the curve P-521).
#[test]
fn multiples_of_each_prime_and_no_others() {
    let prime = Uint::<16>::ONE.shl_vartime(521).wrapping_sub(&Uint::ONE);
    assert!(!divide(&prime));
    for small in PRIMES {
        assert!(divide(&prime.wrapping_mul(&Uint::<1>::from_word(small))), "{small}");
    }
    assert!(!divide(&prime.wrapping_mul(&Uint::<1>::from(8209u32))));
    assert!(!divide(&prime.wrapping_mul(&prime)));
}
