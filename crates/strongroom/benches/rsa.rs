//! RSA beside the `rsa` crate, whose integers lie on an ordinary heap: `cargo bench -p strongroom --bench rsa`.
//!
//! The peer computes with a key that is ready; the store reads its numbers anew for each operation, and checks the
//! result.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use divan::Bencher;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use sha1::Sha1;
use strongroom::{
    Error, KeyStore, KeyUses,
    algorithms::AsymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate},
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn main() {
    divan::main();
}

fn store() -> KeyStore<Keys> {
    let store = KeyStore::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)
    });
    named.unwrap();
    store
}

fn generator() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

const SIZES: [AsymmetricAlgorithm; 3] =
    [AsymmetricAlgorithm::Rsa2048, AsymmetricAlgorithm::Rsa3072, AsymmetricAlgorithm::Rsa4096];

fn bits(algorithm: AsymmetricAlgorithm) -> usize {
    match algorithm {
        AsymmetricAlgorithm::Rsa2048 => 2048,
        AsymmetricAlgorithm::Rsa3072 => 3072,
        AsymmetricAlgorithm::Rsa4096 => 4096,
        other => unreachable!("{other} is not of RSA"),
    }
}

fn peer(algorithm: AsymmetricAlgorithm) -> RsaPrivateKey {
    RsaPrivateKey::new(&mut generator(), bits(algorithm)).unwrap()
}

#[divan::bench(args = SIZES)]
fn decapsulate(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    store().try_context(|ctx| {
        let private = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let sent = ctx
            .encapsulate(ctx.key(Key::User).unwrap(), &Confirmed::without_check(ctx.public_key(private).unwrap()))
            .unwrap();
        let ctx = std::cell::RefCell::new(ctx);
        bencher.bench_local(|| {
            ctx.borrow_mut().decapsulate(private, &sent, KeyUses::CONTENTS_AND_KEYS).map(drop).unwrap()
        });
    });
}

#[divan::bench(args = SIZES)]
fn decapsulate_by_the_peer(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    let (peer, mut generator) = (peer(algorithm), generator());
    let sent = RsaPublicKey::from(&peer).encrypt(&mut generator, Oaep::<Sha1>::new(), &[7; 64]).unwrap();
    bencher.bench_local(|| peer.decrypt_blinded(&mut generator, Oaep::<Sha1>::new(), &sent).unwrap());
}

#[divan::bench(args = SIZES)]
fn encapsulate(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    store().try_context(|ctx| {
        let private = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let public = Confirmed::without_check(ctx.public_key(private).unwrap());
        bencher.bench_local(|| ctx.encapsulate(ctx.key(Key::User).unwrap(), &public).unwrap());
    });
}

#[divan::bench(args = SIZES)]
fn encapsulate_by_the_peer(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    let (public, mut generator) = (RsaPublicKey::from(&peer(algorithm)), generator());
    bencher.bench_local(|| public.encrypt(&mut generator, Oaep::<Sha1>::new(), &[7; 64]).unwrap());
}

/// How many candidates there are before two primes is chance: the mean tells most.
#[divan::bench(args = SIZES, sample_count = 100, sample_size = 1)]
fn generate(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    store().try_context(|ctx| {
        let ctx = std::cell::RefCell::new(ctx);
        bencher
            .bench_local(|| ctx.borrow_mut().generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).map(drop).unwrap());
    });
}

#[divan::bench(args = SIZES, sample_count = 100, sample_size = 1)]
fn generate_by_the_peer(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    let mut generator = generator();
    bencher.bench_local(|| RsaPrivateKey::new(&mut generator, bits(algorithm)).unwrap());
}
