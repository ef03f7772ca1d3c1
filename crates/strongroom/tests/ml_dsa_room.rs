//! ML-DSA where secret memory is short. Its operations want a larger stack than others, made when it is wanted: under any
//! limit they work or say what they lack, and what needs no such stack works all the same.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use strongroom::{
    Demand, Error, KeyStore, LocalKey, MemoryError, Policy, Protection, SecretBytes, Signing, SigningAlgorithm, hazmat,
};
use strongroom_testkit::{Limit, Outcome, Victim, skip, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Only }
}

type Store = KeyStore<Keys>;

const STRICT: Demand = Demand::AtLeast(Protection::Secret);

/// Whether the kernel refuses one page more than the limit: asked before there is a store, by passwords of a page each.
fn limit_binds(limit: usize) -> bool {
    let store = Store::open_bounded(Policy::at_rest(STRICT), 2 * limit).unwrap();
    let mut held: Vec<SecretBytes> = Vec::new();
    while held.len() * 4096 <= limit {
        match store.secret_text(&"x".repeat(4000)) {
            Ok(secret) => held.push(secret),
            Err(MemoryError::Refused(_)) => return true,
            Err(error) => unreachable!("{error}"),
        }
    }
    false
}

/// Everything that is done with a signing key, up to the first error.
fn work(store: &Store, algorithm: SigningAlgorithm) -> Result<(), Error> {
    store.context(|ctx| {
        assert!(!ctx.has(Key::Only));
        let key = ctx.generate()?;
        let imported = hazmat::import_bytes(ctx, algorithm, &mut [7; 32])?;
        let verifying = ctx.verifying_key(imported)?;
        let wrapped = ctx.wrap(key, imported)?;
        let unwrapped: LocalKey<'_, Signing> = ctx.unwrap(key, &wrapped)?;
        hazmat::expose_encoded(ctx, unwrapped)?;
        for _ in 0..3 {
            verifying.verify(b"message", &ctx.sign(unwrapped, b"message")?)?;
        }
        ctx.generate_with(algorithm)?;
        Ok(())
    })
}

/// What comes of it under a limit on locked memory.
fn under(limit: usize, victim: Victim) -> Outcome {
    let victim = victim.named(limit.to_string()).unprivileged().deadline(Duration::from_secs(120));
    let outcome = victim.limit(Limit::LockedMemory, limit as u64).run(|| {
        if !limit_binds(limit) {
            println!("the limit does not bind");
            return;
        }
        let Ok(store) = Store::open(Policy::at_rest(STRICT).in_use(STRICT)) else {
            println!("below the floor");
            return;
        };
        // Before and after: a refusal takes nothing from the others.
        for _ in 0..2 {
            work(&store, SigningAlgorithm::Ed25519).unwrap();
            match work(&store, SigningAlgorithm::MlDsa44) {
                Ok(()) => println!("all done"),
                Err(error) => println!("refused: {error}"),
            }
        }
        store.lock();
    });
    outcome.assert_exit(0);
    outcome
}

/// Where everything fits: the large stack, a usual one and some keys.
const ENOUGH: usize = if cfg!(debug_assertions) { 704 << 10 } else { 384 << 10 };

fn can_be_tested() -> bool {
    Store::open(Policy::at_rest(STRICT)).is_ok()
}

/// The limit of old containers: typed, with the bytes that are wanted and those that there are.
#[test]
fn under_64_kib_it_says_what_it_lacks() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let said = under(64 << 10, victim!()).stdout;
    if said.contains("does not bind") {
        skip!("this kernel does not count secret memory against RLIMIT_MEMLOCK");
    }
    let refusals: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("refused: ")).collect();
    assert_eq!(refusals.len(), 2, "{said}");
    for refusal in refusals {
        let least = if cfg!(debug_assertions) { 448 << 10 } else { 200 << 10 };
        let asked = refusal.strip_prefix("the operation needs ").and_then(|rest| rest.split(' ').next());
        assert!(asked.and_then(|bytes| bytes.parse::<usize>().ok()).is_some_and(|bytes| bytes >= least), "{refusal}");
        assert!(refusal.ends_with(" bytes of stack, and 32768 are there"), "{refusal}");
    }
}

#[test]
fn ml_dsa_under_any_limit_works_or_says_what_it_lacks() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let (mut floor, mut refused, mut fits) = (0, 0, 0);
    let step = if cfg!(debug_assertions) { 44 } else { 24 };
    for limit in (28..=(ENOUGH >> 10) + step).step_by(step) {
        let said = under(limit << 10, victim!()).stdout;
        println!("{limit} KiB: {said}");
        if said.contains("does not bind") {
            skip!("this kernel does not count secret memory against RLIMIT_MEMLOCK");
        }
        match said.lines().find_map(|line| line.strip_prefix("refused: ")) {
            _ if said.contains("below the floor") => floor += 1,
            _ if said.contains("all done") => fits += 1,
            Some(error) => {
                refused += 1;
                let names_bytes = error.split(' ').any(|word| word.parse::<usize>().is_ok_and(|bytes| bytes >= 4096));
                assert!(names_bytes || error.contains("RLIMIT_MEMLOCK"), "{limit} KiB: {error}");
            }
            None => unreachable!("{said}"),
        }
    }
    // Each of the three ends was reached, the two others being the controls.
    assert!(floor > 0 && refused > 0 && fits > 0, "{floor} {refused} {fits}");
}

/// The usual limit, with more threads than there are large stacks: they take turns, and none is told that there is no room.
#[test]
fn sixteen_threads_sign_under_8_mib() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let victim = victim!().unprivileged().deadline(Duration::from_secs(120));
    let outcome = victim.limit(Limit::LockedMemory, 8 << 20).run(|| {
        let store = Store::open(Policy::at_rest(STRICT).in_use(STRICT)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| work(&store, SigningAlgorithm::MlDsa44).unwrap());
            }
        });
        let usage = store.report().memory.usage;
        assert_eq!((usage.deep_exits, usage.heap_blocks), (0, 0));
        println!("all done");
        store.lock();
        assert_eq!(store.report().memory.usage.workspaces, 0);
    });
    outcome.assert_exit(0);
    assert!(outcome.stdout.contains("all done"));
}

/// More keys than the bound has slots for: they rest sealed, wake and sign.
#[test]
fn keys_that_rest_wake_and_sign() {
    let store = KeyStore::<Keys>::open_bounded(Policy::best_available(), 64 << 10).unwrap();
    store.context(|ctx| {
        let keys: Vec<_> = (0..60)
            .map(|seed| {
                let key = hazmat::import_bytes(ctx, SigningAlgorithm::MlDsa44, &mut [seed; 32]).unwrap();
                (key, ctx.verifying_key(key).unwrap())
            })
            .collect();
        assert!(store.keys().sealed >= 20, "{:?}", store.keys());
        for (number, (key, verifying)) in keys.iter().enumerate() {
            assert_eq!(&ctx.verifying_key(*key).unwrap(), verifying, "{number}");
            if number % 6 == 0 {
                verifying.verify(b"message", &ctx.sign(*key, b"message").unwrap()).unwrap();
            }
        }
    });
}
