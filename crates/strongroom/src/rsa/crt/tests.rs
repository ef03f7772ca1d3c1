use crypto_bigint::{NonZero, Odd, Uint};
use rsa::BoxedUint;
use rsa::hazmat::rsa_decrypt_and_check;

use super::*;
use crate::rsa::example::{BITS, Numbers, generator, numbers, peer, random, refused, with_exponent};
use crate::rsa::integer::{read, write};

fn below(key: &Numbers, seed: u8) -> Uint<32> {
    draw::<32>(&mut random(seed)).unwrap().rem_vartime(key.public.n.as_nz_ref())
}

#[test]
fn it_undoes_the_public_operation_and_does_what_the_peer_does() {
    for (seed, e) in [(1, 65537), (2, 3), (3, 37), (4, (1 << 33) - 1)] {
        let peer = peer(seed, e);
        let key = numbers(&peer);
        for seed in 0..3 {
            let c = below(&key, seed);
            let m = key.apply(&c, &mut random(seed)).unwrap();
            assert_eq!(key.public.apply(&m), Some(c), "{e}");
            let mut bytes = [0; BITS / 8];
            write(&c, &mut bytes).unwrap();
            let c = BoxedUint::from_be_slice(&bytes, BITS as u32).unwrap();
            let theirs = rsa_decrypt_and_check(&peer, Some(&mut generator(seed)), &c).unwrap();
            assert_eq!(read(&theirs.to_be_bytes()), Some(m), "{e}");
        }
    }
}

/// The peer takes no exponent as long.
#[test]
fn the_longest_exponents() {
    for e in [u64::MAX - 58, (1 << 63) + 29] {
        let key = with_exponent(&numbers(&peer(1, 65537)), e);
        let c = below(&key, 1);
        assert_eq!(key.public.apply(&key.apply(&c, &mut random(1)).unwrap()), Some(c));
    }
}

#[test]
fn the_ends_of_the_range() {
    let key = numbers(&peer(1, 65537));
    let n = *key.public.n.as_ref();
    let last = n.wrapping_sub(&Uint::ONE);
    for c in [Uint::ZERO, Uint::ONE, last] {
        assert_eq!(key.apply(&c, &mut random(1)), Some(c));
        assert_eq!(key.public.apply(&c), Some(c));
    }
    for c in [n, n.wrapping_add(&Uint::ONE), Uint::MAX] {
        assert_eq!(key.apply(&c, &mut random(1)), None);
        assert_eq!(key.public.apply(&c), None);
    }
    // A multiple of a prime is no unit modulo it.
    let c = key.p.resize();
    assert_eq!(key.public.apply(&key.apply(&c, &mut random(1)).unwrap()), Some(c));
}

#[test]
fn the_primes_may_stand_in_either_order() {
    let key = numbers(&peer(1, 65537));
    let p = Odd::new(key.p).unwrap();
    let qinv = key.p.rem(&NonZero::new(key.q).unwrap()).invert_odd_mod(&Odd::new(key.q).unwrap()).unwrap();
    let other = Numbers { p: key.q, q: p.get(), dp: key.dq, dq: key.dp, qinv, ..key };
    assert_ne!(key.p > key.q, other.p > other.q);
    let c = below(&key, 1);
    assert_eq!(key.apply(&c, &mut random(1)), other.apply(&c, &mut random(2)));
}

/// A fault in one half: nothing comes out. The control: what would have come out gives a prime away.
#[test]
fn a_fault_in_either_half_is_kept_back() {
    let key = numbers(&peer(1, 65537));
    let (c, n) = (below(&key, 1), key.public.n);
    let fault = |number: &Uint<16>| number.bitxor(&Uint::ONE.shl_vartime(77));
    for (faulty, prime) in [
        (Numbers { dp: fault(&key.dp), ..key }, key.q),
        (Numbers { dq: fault(&key.dq), ..key }, key.p),
        (Numbers { qinv: fault(&key.qinv), ..key }, key.q),
    ] {
        assert_eq!(faulty.apply(&c, &mut random(1)), None);
        let wrong = faulty.unchecked(&c).unwrap();
        let difference = key.public.apply(&wrong).unwrap().sub_mod(&c, n.as_nz_ref());
        assert_eq!(difference.gcd(n.as_ref()), prime.resize());
    }
    assert!(key.apply(&c, &mut random(1)).is_some());
}

#[test]
fn without_random_bytes_nothing_is_computed() {
    let key = numbers(&peer(1, 65537));
    assert_eq!(key.apply(&below(&key, 1), &mut refused), None);
}

/// What the halves compute with differs each time.
#[test]
fn it_is_blinded() {
    let key = numbers(&peer(1, 65537));
    let c = below(&key, 1);
    let mut drawn = 0;
    let mut source = random(9);
    let mut counting = |out: &mut [u8]| {
        drawn += out.len();
        source(out)
    };
    key.apply(&c, &mut counting).unwrap();
    assert_eq!(drawn, BITS / 8);
}
