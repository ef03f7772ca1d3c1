//! Division by small primes, in constant time.

use crypto_bigint::{Limb, NonZero, Reciprocal, Uint, Word};

/// The primes below this are tried: each costs a candidate some 10 ns and saves the few that it alone divides a test of
/// 200 us.
const BOUND: Word = 8192;

/// How many odd primes are below [`BOUND`].
const COUNT: usize = 1027;

/// Them, ascending.
#[expect(clippy::indexing_slicing, reason = "computed when this is compiled, where a panic is an error")]
const PRIMES: [Word; COUNT] = {
    let (mut primes, mut found, mut number) = ([0; COUNT], 0, 3);
    while number < BOUND {
        if is_prime(number) {
            primes[found] = number;
            found += 1;
        }
        number += 2;
    }
    assert!(found == COUNT, "COUNT is the number of odd primes below BOUND");
    primes
};

/// Whether an odd number from 3 on is a prime.
const fn is_prime(number: Word) -> bool {
    let mut divisor = 3;
    while divisor * divisor <= number {
        if number.is_multiple_of(divisor) {
            return false;
        }
        divisor += 2;
    }
    true
}

/// Tells whether a word is a multiple of an odd number by a multiplication (Granlund, Montgomery: PLDI 1994, section
/// 9).
#[derive(Clone, Copy)]
struct Divisor {
    /// The inverse modulo 2^[`Word::BITS`].
    inverse: Word,
    /// The largest quotient of a word.
    most: Word,
}

impl Divisor {
    const fn new(number: Word) -> Self {
        // An odd number is its own inverse modulo 8; each step of Newton's doubles the bits.
        let (mut inverse, mut bits) = (number, 3);
        while bits < Word::BITS {
            inverse = inverse.wrapping_mul((2 as Word).wrapping_sub(number.wrapping_mul(inverse)));
            bits *= 2;
        }
        Self { inverse, most: Word::MAX / number }
    }

    /// Whether it divides `word`. Computed without a branch.
    fn divides(self, word: Word) -> bool {
        word.wrapping_mul(self.inverse) <= self.most
    }
}

/// The primes as divisors.
#[expect(clippy::indexing_slicing, reason = "computed when this is compiled, where a panic is an error")]
static DIVISORS: [Divisor; COUNT] = {
    let (mut divisors, mut index) = ([Divisor { inverse: 0, most: 0 }; COUNT], 0);
    while index < COUNT {
        divisors[index] = Divisor::new(PRIMES[index]);
        index += 1;
    }
    divisors
};

/// As many consecutive primes as have a product of one word.
#[derive(Clone, Copy)]
struct Group {
    primes: usize,
    product: Reciprocal,
}

/// The group that begins with the prime at `first`.
#[expect(clippy::indexing_slicing, reason = "computed when this is compiled, where a panic is an error")]
const fn group(first: usize) -> Group {
    let (mut end, mut product) = (first, 1 as Word);
    while end < COUNT && product.checked_mul(PRIMES[end]).is_some() {
        product *= PRIMES[end];
        end += 1;
    }
    Group { primes: end - first, product: Reciprocal::new(NonZero::<Limb>::new_unwrap(Limb(product))) }
}

/// The primes in groups.
#[expect(clippy::indexing_slicing, reason = "computed when this is compiled, where a panic is an error")]
static GROUPS: [Group; group_count()] = {
    let (mut groups, mut index, mut first) = ([group(0); group_count()], 0, 0);
    while first < COUNT {
        groups[index] = group(first);
        first += groups[index].primes;
        index += 1;
    }
    groups
};

const fn group_count() -> usize {
    let (mut count, mut first) = (0, 0);
    while first < COUNT {
        first += group(first).primes;
        count += 1;
    }
    count
}

/// Whether a prime from 3 to 8191 divides `number`. For a number that none of them divides, the time is always the
/// same.
pub(super) fn divide<const L: usize>(number: &Uint<L>) -> bool {
    let mut divisors = DIVISORS.iter();
    GROUPS.iter().any(|group| {
        let Limb(rest) = number.rem_limb_with_reciprocal(&group.product);
        divisors.by_ref().take(group.primes).fold(false, |any, divisor| any | divisor.divides(rest))
    })
}

#[cfg(test)]
mod tests;
