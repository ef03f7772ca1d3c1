//! ML-DSA where secret memory is short. Its operations want a larger stack than others, made when it is wanted: under
//! any limit they work or say what they lack, and what needs no such stack works all the same.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "room/under_limit.rs"]
mod under_limit;

use std::time::Duration;

use strongroom::{
    Asymmetric, Error, KeyUses, Policy, algorithms::AsymmetricAlgorithm, hazmat, signatures::SignObjects,
};
use strongroom_memory::StackBudget;
use strongroom_testkit::{Limit, Victim, skip, victim};
use under_limit::{STRICT, Store, can_be_tested, tell};

/// Bytes of stack under a tight limit: more where not even libraries are optimised.
const SMALL_STACK: usize = if StackBudget::FIELD.stack > 32 << 10 { 56 << 10 } else { 32 << 10 };

/// Under limits from below the floor to where everything fits, what is refused is refused with what is lacking, and
/// each of the three ends is reached, the two others being the controls.
///
/// # Errors
/// As [`under`].
fn sweep(kib: impl Iterator<Item = usize>, under: impl Fn(usize) -> Result<String, String>) -> Result<(), String> {
    let (mut floor, mut refused, mut fits) = (0, 0, 0);
    for kib in kib {
        let said = under(kib << 10)?;
        println!("{kib} KiB: {}", said.lines().last().unwrap_or("nothing"));
        match said.lines().find_map(|line| line.strip_prefix("refused: ")) {
            _ if said.contains("below the floor") => floor += 1,
            _ if said.contains("all done") => fits += 1,
            Some(error) => {
                refused += 1;
                let names_bytes = error.split(' ').any(|word| word.parse::<usize>().is_ok_and(|bytes| bytes >= 4096));
                assert!(names_bytes || error.contains("RLIMIT_MEMLOCK"), "{kib} KiB: {error}");
            }
            None => unreachable!("{said}"),
        }
    }
    assert!(floor > 0 && refused > 0 && fits > 0, "{floor} {refused} {fits}");
    Ok(())
}

/// Everything that is done with a signing key, up to the first error.
fn work(store: &Store, algorithm: AsymmetricAlgorithm) -> Result<(), Error> {
    store.try_context(|ctx| {
        let key = ctx.generate(KeyUses::CONTENTS_AND_KEYS)?;
        let imported = hazmat::import_bytes(ctx, algorithm, &mut [7; 32], KeyUses::CONTENTS_AND_KEYS)?;
        let verifying = ctx.verifying_key(imported)?;
        let wrapped = ctx.wrap_key(key, imported)?;
        let unwrapped: strongroom::Key<'_, Asymmetric> = ctx.unwrap_key(key, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        hazmat::expose_encoded(ctx, unwrapped)?;
        for _ in 0..3 {
            verifying.verify(b"message", &ctx.sign(unwrapped, b"message")?)?;
        }
        ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(())
    })
}

/// What comes of it under a limit on locked memory.
fn under(limit: usize, victim: Victim) -> Result<String, String> {
    under_limit::under(limit, victim, |store| {
        // Before and after: a refusal takes nothing from the others.
        for _ in 0..2 {
            work(store, AsymmetricAlgorithm::Ed25519).unwrap();
            tell(work(store, AsymmetricAlgorithm::MlDsa44));
        }
    })
}

/// Where everything fits: the large stack, a usual one and some keys.
const ENOUGH: usize = StackBudget::stack(448 << 10, 704 << 10).stack;

/// The limit of old containers: typed, with the bytes that are wanted and those that there are.
#[test]
fn under_64_kib_it_says_what_it_lacks() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let said = match under(64 << 10, victim!()) {
        Ok(said) => said,
        Err(reason) => skip!("{reason}"),
    };
    // Where nothing at all is optimised, 64 KiB hold no store.
    if said.contains("below the floor") {
        assert_eq!(SMALL_STACK, 56 << 10, "{said}");
        return;
    }
    let refusals: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("refused: ")).collect();
    assert_eq!(refusals.len(), 2, "{said}");
    for refusal in refusals {
        let least = StackBudget::stack(272 << 10, 448 << 10).stack;
        let asked = refusal.strip_prefix("the operation needs ").and_then(|rest| rest.split(' ').next());
        assert!(asked.and_then(|bytes| bytes.parse::<usize>().ok()).is_some_and(|bytes| bytes >= least), "{refusal}");
        assert!(refusal.ends_with(&format!(" bytes of stack, and {SMALL_STACK} are there")), "{refusal}");
    }
}

#[test]
fn ml_dsa_under_any_limit_works_or_says_what_it_lacks() {
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let step = if cfg!(debug_assertions) { 44 } else { 24 };
    let limits = (28..=(ENOUGH >> 10) + step).step_by(step);
    if let Err(reason) = sweep(limits, |limit| under(limit, victim!())) {
        skip!("{reason}");
    }
}

/// The usual limit, with more threads than there are large stacks: they take turns, and none is told that there is no
/// room.
#[test]
fn sixteen_threads_sign_under_8_mib() {
    strongroom_testkit::needs_locked_memory!(8 << 20);
    if !can_be_tested() {
        skip!("no secret memory here");
    }
    let victim = victim!().unprivileged().deadline(Duration::from_secs(120));
    let outcome = victim.limit(Limit::LockedMemory, 8 << 20).run(|| {
        let store = Store::open_with(Policy::at_rest(STRICT).in_use(STRICT)).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| work(&store, AsymmetricAlgorithm::MlDsa44).unwrap());
            }
        });
        let usage = store.report().memory.usage;
        assert_eq!(usage.deep_exits, 0);
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
    let store = Store::open_bounded(Policy::best_available(), 64 << 10).unwrap();
    store.try_context(|ctx| {
        let keys: Vec<_> = (0..60)
            .map(|seed| {
                let key = hazmat::import_bytes(
                    ctx,
                    AsymmetricAlgorithm::MlDsa44,
                    &mut [seed; 32],
                    KeyUses::CONTENTS_AND_KEYS,
                )
                .unwrap();
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
