use crypto_bigint::NonZero;
use rsa::traits::PrivateKeyParts;
use rsa::{BoxedUint, RsaPrivateKey};

use super::*;
use crate::rsa::example::{BITS, Numbers, numbers, random, refused};
use crate::rsa::integer::write;

fn boxed<const L: usize>(number: &Uint<L>) -> BoxedUint {
    let mut bytes = vec![0; L * size_of::<crypto_bigint::Word>()];
    write(number, &mut bytes).unwrap();
    BoxedUint::from_be_slice(&bytes, Uint::<L>::BITS).unwrap()
}

#[test]
fn a_new_key_is_sound_and_the_peer_takes_it() {
    for seed in 0..2 {
        let key = Numbers::generate(&mut random(seed)).unwrap();
        assert!(key.is_sound());
        assert!(key.p > key.q && are_apart(&key.p, &key.q));
        assert_eq!(key.public.n.as_ref().leading_zeros_vartime(), 0);
        let (n, e) = (boxed(key.public.n.as_ref()), BoxedUint::from(65537u64));
        let primes = vec![boxed(&key.p), boxed(&key.q)];
        let peer = RsaPrivateKey::from_components(n, e, boxed(&key.d), primes).unwrap();
        peer.validate().unwrap();
        assert_eq!(peer.primes().len(), 2);
        let theirs = numbers(&peer);
        assert_eq!((theirs.dp, theirs.dq, theirs.qinv), (key.dp, key.dq, key.qinv));
        let c = Uint::from(12_345_678u32);
        assert_eq!(key.public.apply(&key.apply(&c, &mut random(3)).unwrap()), Some(c));
    }
    assert_eq!(BITS, 32 * crypto_bigint::Word::BITS as usize);
}

#[test]
fn the_inverse_of_the_exponent() {
    let e = Uint::<4>::from(65537u32);
    let mut source = random(1);
    for _ in 0..50 {
        let modulus = crate::rsa::integer::draw::<4>(&mut source).unwrap().bitand(&Uint::MAX.wrapping_sub(&Uint::ONE));
        let inverse = inverse_modulo(&modulus).unwrap();
        let modulus = NonZero::new(modulus).unwrap();
        assert_eq!(e.mul_mod(&inverse, &modulus), Uint::ONE);
        assert!(inverse < modulus.get());
    }
    for multiple in [1u32, 2, 65_536] {
        assert_eq!(inverse_modulo(&e.wrapping_mul(&Uint::<1>::from(multiple))), None);
    }
}

#[test]
fn primes_that_are_too_near() {
    let one = Uint::<16>::ONE.shl_vartime(Uint::<16>::BITS - 1);
    let least = Uint::ONE.shl_vartime(Uint::<16>::BITS - 100);
    for (distance, expected) in
        [(Uint::ZERO, false), (Uint::ONE, false), (least, false), (least.wrapping_add(&Uint::ONE), true)]
    {
        let other = one.wrapping_add(&distance);
        assert_eq!(are_apart(&one, &other), expected);
        assert_eq!(are_apart(&other, &one), expected);
    }
    assert!(
        Numbers::of_primes(
            Odd::new(one.wrapping_add(&Uint::ONE)).unwrap(),
            Odd::new(one.wrapping_add(&Uint::ONE)).unwrap()
        )
        .is_none()
    );
}

#[test]
fn no_random_bytes_no_key() {
    assert!(Numbers::generate(&mut refused).is_none());
}
