//! More keys than secret memory: an ordinary user, a real limit on locked memory, and a control mapping over that limit
//! which the kernel must refuse in the same process.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use strongroom::{Demand, EncString, Error, ExposeSecret, KeyStore, MemoryError, Policy, Protection, SecretBytes};
use strongroom_testkit::{Limit, Victim, skip, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Number(u32) }
}

type Store = KeyStore<Keys>;

/// A store of level Secret, at rest and in use.
fn strict() -> Store {
    let level = Demand::AtLeast(Protection::Secret);
    Store::open(Policy::at_rest(level).in_use(level)).unwrap()
}

/// Whether the kernel refuses to lock `over` bytes of secret memory at once, as it must if the limit binds. It is asked
/// before the store has any, by a store of passwords, each in a page of its own.
fn control_is_refused(over: usize) -> bool {
    let store = Store::open_bounded(Policy::at_rest(Demand::AtLeast(Protection::Secret)), 2 * over).unwrap();
    let mut held: Vec<SecretBytes> = Vec::new();
    while held.len() * 4096 < over {
        match store.secret_text(&"x".repeat(4000)) {
            Ok(secret) => held.push(secret),
            Err(MemoryError::Refused(refusal)) => {
                println!("control: refused after {} pages: {refusal}", held.len());
                return true;
            }
            Err(error) => unreachable!("{error}"),
        }
    }
    false
}

/// Names `count` keys, from two threads, and uses every one, from two threads; tells how many lie where.
fn fill_and_use(count: u32) {
    let store = strict();
    let half = |half: u32, from: &Store| {
        // A transaction of many keys, and then others of a few.
        let mut texts: Vec<(u32, EncString)> = Vec::new();
        let numbers: Vec<u32> = (0..count).filter(|n| n % 2 == half).collect();
        for some in numbers.chunks(numbers.len() / 3 + 1) {
            let made: Result<Vec<_>, Error> = from.transaction(|tx| {
                let name = |&n: &u32| {
                    let key = tx.generate()?;
                    tx.name(Key::Number(n), key)?;
                    // One in fifty is looked at again: all would only take longer.
                    if n % 50 < 2 { Ok(Some((n, tx.encrypt_text(key, &format!("text {n}"))?))) } else { Ok(None) }
                };
                some.iter().map(name).collect()
            });
            texts.extend(made.unwrap().into_iter().flatten());
        }
        texts
    };
    let texts: Vec<(u32, EncString)> = std::thread::scope(|threads| {
        let other = threads.spawn(|| half(1, &store));
        let mut texts = half(0, &store);
        texts.extend(other.join().unwrap());
        texts
    });
    let use_all = || {
        for (n, text) in &texts {
            let opened = store.context(|ctx| ctx.decrypt_text(Key::Number(*n), text));
            assert_eq!(opened.unwrap().expose_secret(), format!("text {n}"));
        }
    };
    std::thread::scope(|threads| {
        threads.spawn(use_all);
        use_all();
    });
    // Every single key is used, not the sample alone.
    for n in 0..count {
        assert!(store.context(|ctx| ctx.encrypt_text(Key::Number(n), "")).is_ok(), "{n}");
    }
    let (keys, usage) = (store.keys(), store.usage());
    println!("{keys:?} {usage:?}");
    assert_eq!((keys.named, keys.prepared + keys.sealed), (count as usize, count as usize));
    assert!(keys.prepared > 0 && keys.sealed > 0, "{keys:?}");
    assert_eq!(keys.prepared + 1, usage.secrets);
    assert_eq!(store.protection().at_rest, Protection::Secret);
    store.lock();
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
}

fn under_a_limit(victim: Victim, count: u32, limit: usize) {
    if Store::open(Policy::at_rest(Demand::AtLeast(Protection::Secret))).is_err() {
        skip!("no secret memory here");
    }
    let outcome =
        victim.unprivileged().limit(Limit::LockedMemory, limit as u64).deadline(Duration::from_secs(300)).run(|| {
            if !control_is_refused(limit + 4096) {
                println!("the limit does not bind");
                return;
            }
            fill_and_use(count);
            println!("bound");
        });
    outcome.assert_exit(0);
    if outcome.stdout.contains("the limit does not bind") {
        skip!("this kernel does not count secret memory against RLIMIT_MEMLOCK");
    }
    assert!(outcome.stdout.contains("bound"), "{outcome:?}");
    println!("{}", outcome.stdout);
}

#[test]
fn a_hundred_thousand_keys_under_a_mebibyte() {
    under_a_limit(victim!(), 100_000, 1 << 20);
}

#[test]
fn a_thousand_keys_under_64_kib() {
    under_a_limit(victim!(), 1000, 64 << 10);
}
