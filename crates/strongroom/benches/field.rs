//! What a secret stack costs a field: the same operation on it and in place, in turns, so that whatever else the
//! machine does falls on both: `cargo bench -p strongroom --bench field`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::Instant;

use strongroom::{
    Demand, EncString, Error, KeyStore, KeyUses, Policy, Protection, algorithms::SymmetricAlgorithm, streams::Streams,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

/// 32 bytes: three blocks of ciphertext, the mean of a vault.
const TEXT: &str = "a user name, or it is a password";
const FIELD: &[u8] = TEXT.as_bytes();

/// Turns, and operations of each kind in one: short ones, so that many are undisturbed. Random bytes are fetched for 32
/// initialisation vectors at once, so each turn has its share.
const TURNS: usize = 20_001;
const OPERATIONS: u32 = 64;

fn store(in_use: Demand) -> KeyStore<Keys> {
    let store = KeyStore::<Keys>::open_with(Policy::best_available().in_use(in_use)).unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)
    });
    named.unwrap();
    store
}

/// Nanoseconds of one operation in each turn: on the secret stack, in place.
fn in_turns(mut protected: impl FnMut(), mut in_place: impl FnMut()) -> [Vec<f64>; 2] {
    let time = |operation: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..OPERATIONS {
            operation();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS)
    };
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        times[0].push(time(&mut protected));
        times[1].push(time(&mut in_place));
    }
    times
}

fn at(sorted: &[f64], of: usize, parts: usize) -> f64 {
    sorted.get(sorted.len() * of / parts).copied().unwrap()
}

fn main() {
    let (secret, plain) = (store(Demand::BestAvailable), store(Demand::Exactly(Protection::Plain)));
    println!("on the secret stack: {}; in place: {}", secret.protection(), plain.protection());
    println!("{:<24} {:>12} {:>12} {:>22}", "32 bytes", "secret, ns", "in place, ns", "more, % (quartiles)");
    let texts =
        [&secret, &plain].map(|store| store.try_context(|ctx| ctx.encrypt_bytes(ctx.key(Key::User)?, FIELD)).unwrap());
    let decrypt = |store: &KeyStore<Keys>, text: &EncString| {
        store.try_context(|ctx| ctx.decrypt_into(ctx.key(Key::User).unwrap(), black_box(text), &mut [0; 48]).unwrap());
    };
    let encrypt = |store: &KeyStore<Keys>| {
        store.try_context(|ctx| ctx.encrypt_into(ctx.key(Key::User).unwrap(), black_box(FIELD), &mut [0; 97]).unwrap());
    };
    let decrypt_text = |store: &KeyStore<Keys>, text: &EncString| {
        drop(store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, black_box(text))).unwrap());
    };
    let encrypt_text = |store: &KeyStore<Keys>| {
        drop(store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, black_box(TEXT))).unwrap());
    };
    // Twice, so that the reader sees how far to believe it.
    for _ in 0..2 {
        tell("decrypt to a text", in_turns(|| decrypt_text(&secret, &texts[0]), || decrypt_text(&plain, &texts[1])));
        tell("encrypt a text", in_turns(|| encrypt_text(&secret), || encrypt_text(&plain)));
        tell("decrypt into a buffer", in_turns(|| decrypt(&secret, &texts[0]), || decrypt(&plain, &texts[1])));
        tell("encrypt into a buffer", in_turns(|| encrypt(&secret), || encrypt(&plain)));
    }
}

/// The fastest fiftieth of both, undisturbed, and what the one takes more than the other in the same turn.
fn tell(what: &str, [secret, plain]: [Vec<f64>; 2]) {
    let mut more: Vec<f64> = secret.iter().zip(&plain).map(|(secret, plain)| (secret / plain - 1.0) * 100.0).collect();
    let [mut secret, mut plain] = [secret, plain];
    for times in [&mut secret, &mut plain, &mut more] {
        times.sort_by(f64::total_cmp);
    }
    let [low, middle, high] = [1, 2, 3].map(|quarter| at(&more, quarter, 4));
    println!(
        "{what:<24} {:>12.1} {:>12.1} {middle:>8.1} ({low:.1} to {high:.1})",
        at(&secret, 1, 50),
        at(&plain, 1, 50)
    );
}
