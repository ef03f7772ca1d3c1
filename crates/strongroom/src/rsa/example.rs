//! Keys of other software's making, for tests.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use crypto_bigint::{NonZero, Odd, Uint};
use rsa::RsaPrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};

use super::integer::{Random, product, read};
use super::{PrivateNumbers, PublicNumbers};

/// A key of 2,048 bits on a 64-bit machine, and half of it on one of 32.
pub(super) type Numbers = PrivateNumbers<16, 32>;

/// Bits of the modulus.
pub(super) const BITS: usize = Uint::<32>::BITS as usize;

/// Bytes that are the same in every run.
pub(super) fn generator(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// As [`generator`], for what is tested.
pub(super) fn random(seed: u8) -> impl Random {
    let mut generator = generator(seed);
    move |out: &mut [u8]| {
        generator.fill_bytes(out);
        Some(())
    }
}

/// No random bytes.
pub(super) fn refused(_: &mut [u8]) -> Option<()> {
    None
}

/// A key of the peer's with an exponent below 2^33.
pub(super) fn peer(seed: u8, e: u64) -> RsaPrivateKey {
    RsaPrivateKey::new_with_exp(&mut generator(seed), BITS, e.into()).unwrap()
}

/// The key with another exponent, which is prime to its totient.
pub(super) fn with_exponent(key: &Numbers, e: u64) -> Numbers {
    let before = |prime: &Uint<16>| prime.wrapping_sub(&Uint::ONE);
    let totient: Uint<32> = product(&before(&key.p), &before(&key.q));
    let inverse = |modulus: &Uint<16>| Uint::from(e).invert_mod(&NonZero::new(*modulus).unwrap()).unwrap();
    PrivateNumbers {
        public: PublicNumbers { e, ..key.public },
        d: Uint::from(e).invert_mod(&NonZero::new(totient).unwrap()).unwrap(),
        dp: inverse(&before(&key.p)),
        dq: inverse(&before(&key.q)),
        ..*key
    }
}

/// Its numbers as ours.
pub(super) fn numbers(key: &RsaPrivateKey) -> Numbers {
    fn of<const L: usize>(number: &rsa::BoxedUint) -> Uint<L> {
        let bytes = number.to_be_bytes();
        let zeros = bytes.len().saturating_sub(L * size_of::<crypto_bigint::Word>());
        assert!(bytes[..zeros].iter().all(|byte| *byte == 0));
        read(&bytes[zeros..]).unwrap()
    }
    let e = key.e().to_be_bytes();
    let e = e[e.len() - 8..].try_into().unwrap();
    PrivateNumbers {
        public: PublicNumbers { n: Odd::new(of(key.n())).unwrap(), e: u64::from_be_bytes(e) },
        d: of(key.d()),
        p: of(&key.primes()[0]),
        q: of(&key.primes()[1]),
        dp: of(key.dp().unwrap()),
        dq: of(key.dq().unwrap()),
        qinv: of(&key.qinv().unwrap().retrieve()),
    }
}
