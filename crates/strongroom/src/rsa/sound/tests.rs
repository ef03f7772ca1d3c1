use crypto_bigint::{NonZero, Odd};

use super::*;
use crate::rsa::example::{Numbers, numbers, peer, with_exponent};

/// As the primes of the peer stand in either order, `d` is reduced by the product of what is before them here.
#[test]
fn keys_of_others_are_sound() {
    let first = numbers(&peer(1, 65537));
    let others = [(2, 3), (3, 35), (4, 37)].map(|(seed, e)| numbers(&peer(seed, e)));
    let longest = with_exponent(&first, u64::MAX - 58);
    for key in others.into_iter().chain([longest, first]) {
        let e = key.public.e;
        assert!(key.is_sound(), "{e}");
        let before = |prime: &Uint<16>| prime.wrapping_sub(&Uint::ONE);
        let totient: Uint<32> = product(&before(&key.p), &before(&key.q));
        let common = before(&key.p).gcd(&before(&key.q)).resize();
        let least = totient.div_rem(&NonZero::<Uint<32>>::new(common).unwrap()).0;
        let small = key.d.rem(&NonZero::new(least).unwrap());
        assert!(Numbers { d: small, ..key }.is_sound());
        let large = small.wrapping_add(&least);
        assert!(Numbers { d: large, ..key }.is_sound());
        let qinv = key.p.rem(&NonZero::new(key.q).unwrap()).invert_odd_mod(&Odd::new(key.q).unwrap()).unwrap();
        let other = Numbers { p: key.q, q: key.p, dp: key.dq, dq: key.dp, qinv, ..key };
        assert!(other.is_sound());
        assert!(!Numbers { qinv: key.qinv, ..other }.is_sound());
    }
}

#[test]
fn every_number_counts() {
    let key = numbers(&peer(1, 65537));
    let flip = |number: &Uint<16>, bit| number.bitxor(&Uint::ONE.shl_vartime(bit));
    let flip_long = |number: &Uint<32>, bit| number.bitxor(&Uint::ONE.shl_vartime(bit));
    for bit in [1, 2, 64, 500, 1000] {
        let n = Odd::new(flip_long(key.public.n.as_ref(), bit)).unwrap();
        let table = [
            ("n", Numbers { public: crate::rsa::PublicNumbers { n, ..key.public }, ..key }),
            ("d", Numbers { d: flip_long(&key.d, bit), ..key }),
            ("p", Numbers { p: flip(&key.p, bit), ..key }),
            ("q", Numbers { q: flip(&key.q, bit), ..key }),
            ("dp", Numbers { dp: flip(&key.dp, bit), ..key }),
            ("dq", Numbers { dq: flip(&key.dq, bit), ..key }),
            ("qinv", Numbers { qinv: flip(&key.qinv, bit), ..key }),
        ];
        for (name, changed) in table {
            assert!(!changed.is_sound(), "{name} {bit}");
        }
    }
}

#[test]
fn numbers_that_belong_together_and_are_no_key() {
    let key = numbers(&peer(1, 65537));
    let public = |e| crate::rsa::PublicNumbers { e, ..key.public };
    for e in [0, 1, 2, 3, 65536, 65539] {
        assert!(!Numbers { public: public(e), ..key }.is_sound(), "{e}");
    }
    // Not reduced.
    let n = key.public.n.as_ref();
    let totient: Uint<32> = product(&key.p.wrapping_sub(&Uint::ONE), &key.q.wrapping_sub(&Uint::ONE));
    let larger = key.d.wrapping_add(&totient);
    assert_eq!(Numbers { d: larger, ..key }.is_sound(), larger < *n && larger > key.d);
    let dp = key.dp.wrapping_add(&key.p).wrapping_sub(&Uint::ONE);
    assert!(!Numbers { dp, ..key }.is_sound());
    // A factor of 1, of 0, and one prime twice.
    assert!(!Numbers { p: Uint::ONE, ..key }.is_sound());
    assert!(!Numbers { p: Uint::ZERO, ..key }.is_sound());
    let square: Uint<32> = product(&key.p, &key.p);
    let n = Odd::new(square).unwrap();
    let twice = Numbers {
        public: crate::rsa::PublicNumbers { n, ..key.public },
        q: key.p,
        dq: key.dp,
        d: key.dp.resize(),
        qinv: Uint::ZERO,
        ..key
    };
    assert!(!twice.is_sound());
}
