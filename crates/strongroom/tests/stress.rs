//! Sixteen threads of readers, lists, transactions and locks on one store: no deadlock, no torn read, nothing lost.
//!
//! A few seconds here; `.ci/stress` runs it for ten minutes (`STRONGROOM_STRESS_SECONDS`).
#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Policy, algorithms::SymmetricAlgorithm,
    errors::Limit, list::Lists,
};

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { Pair(u32), Own(u32) }
}

type Store = KeyStore<Keys>;

/// Names that are always changed together, to one and the same key.
const PAIRS: u32 = 8;

#[derive(Default)]
struct Done {
    reads: AtomicU64,
    lists: AtomicU64,
    commits: AtomicU64,
    conflicts: AtomicU64,
    locked: AtomicU64,
    locks: AtomicU64,
    /// Typed errors that there was no room: only where there is hardly any, while a locked session gives its own back.
    short: AtomicU64,
    tight: bool,
}

fn count(of: &AtomicU64) {
    of.fetch_add(1, Ordering::Relaxed);
}

/// Whether it failed as it may while others lock: anything else is a defect.
fn is_locked(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Item { error, .. } => is_locked(error),
        kind => *kind == ErrorKind::Locked,
    }
}

/// Counts an error that may happen; any other is a defect.
fn excuse(error: &Error, done: &Done) {
    if is_locked(error) {
        count(&done.locked);
    } else if done.tight && matches!(error.kind(), ErrorKind::Limit(Limit::SecretMemory { .. })) {
        count(&done.short);
    } else {
        panic!("{error}");
    }
}

/// One snapshot: the text under one name opens under all, or the store was locked under way.
fn read(store: &Store, done: &Done) {
    let result: Result<(), Error> = store.try_context(|ctx| {
        let text = ctx.encrypt_text(ctx.key(Key::Pair(0))?, "milk")?;
        let own = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let wrapped = ctx.wrap_key(ctx.key(Key::Pair(1))?, own)?;
        let same = ctx.unwrap_key(ctx.key(Key::Pair(2))?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        let inner = ctx.encrypt_text(own, "eggs")?;
        assert_eq!(ctx.decrypt_text(same, &inner)?.expose_secret(), "eggs");
        for pair in 1..PAIRS {
            assert_eq!(ctx.decrypt_text(ctx.key(Key::Pair(pair))?, &text)?.expose_secret(), "milk", "a torn snapshot");
        }
        Ok(())
    });
    match result {
        Ok(()) => count(&done.reads),
        Err(error) => excuse(&error, done),
    }
}

fn list(store: &Store, done: &Done) {
    let result: Result<Vec<EncString>, Error> = store.try_context(|ctx| {
        let text = ctx.encrypt_text(ctx.key(Key::Pair(3))?, "milk")?;
        let copies = vec![text; 16];
        let listed = ctx.try_map_list(&copies, |child, _, text| {
            let own = child.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            assert_eq!(child.decrypt_text(child.key(Key::Pair(4))?, text)?.expose_secret(), "milk");
            child.encrypt_text(own, "milk")
        });
        listed.map_err(|error| error.error)
    });
    match result {
        Ok(_) => count(&done.lists),
        Err(error) => excuse(&error, done),
    }
}

fn commit(store: &Store, thread: u32, round: u32, done: &Done) {
    let result: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        (0..PAIRS).try_for_each(|pair| tx.replace(Key::Pair(pair), key))?;
        let own = Key::Own(thread * 1000 + round % 50);
        if tx.contains(own) && round.is_multiple_of(3) {
            tx.remove(own)?;
        } else {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(own, key)?;
        }
        assert!(!round.is_multiple_of(7), "a bug in the program");
        Ok(())
    });
    match result {
        Ok(()) => count(&done.commits),
        Err(error) if error == ErrorKind::Conflict => {
            assert!(error.key().is_some_and(|id| id.starts_with("Pair(")), "nobody else changes it: {error}");
            count(&done.conflicts);
        }
        Err(error) => excuse(&error, done),
    }
}

fn stress(store: &Store, time: Duration, tight: bool) {
    // Some transactions panic on purpose.
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        if !text.contains("a bug in the program") {
            eprintln!("{text}");
        }
    }));
    let (done, failed) = (Done { tight, ..Done::default() }, AtomicBool::new(false));
    commit(store, 0, 1, &done);
    let end = Instant::now() + time;
    // A lock forgets what was lost before it, so there is none at the end.
    let last_lock = end - (time / 4).min(Duration::from_secs(1));
    std::thread::scope(|threads| {
        for thread in 0..16u32 {
            let (done, failed) = (&done, &failed);
            threads.spawn(move || {
                let mut round = 0;
                while Instant::now() < end && !failed.load(Ordering::Relaxed) {
                    round += 1;
                    let work = || match thread {
                        0..7 => read(store, done),
                        7..10 => list(store, done),
                        10..15 => commit(store, thread, round, done),
                        _ => {
                            std::thread::sleep(Duration::from_millis(40));
                            if Instant::now() > last_lock {
                                return;
                            }
                            store.lock();
                            assert_eq!(store.report().memory.usage.deep_exits, 0);
                            count(&done.locks);
                        }
                    };
                    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
                        Ok(()) => {}
                        Err(panic) if panic.downcast_ref() == Some(&"a bug in the program") => {}
                        Err(panic) => {
                            failed.store(true, Ordering::Relaxed);
                            std::panic::resume_unwind(panic);
                        }
                    }
                }
            });
        }
    });
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let Done { reads, lists, commits, conflicts, locked, locks, short, tight: _ } = &done;
    println!(
        "{} reads, {} lists, {} commits, {} conflicts, {} locks, {} found it locked, {} found no room",
        of(reads),
        of(lists),
        of(commits),
        of(conflicts),
        of(locks),
        of(locked),
        of(short)
    );
    assert!(of(short) <= of(reads), "there is hardly ever room");
    for count in [reads, lists, commits, conflicts, locked, locks] {
        assert!(of(count) > 0, "something never happened");
    }
    // Nothing is lost and nothing is left over: what is held is what is named, and after a lock there is nothing. It is
    // looked at where there are keys, whoever came last.
    commit(store, 0, 1, &done);
    let (keys, usage) = (store.keys(), store.usage());
    let root = usize::from(usage.secrets > 0);
    assert_eq!(keys.prepared + root, usage.secrets, "{keys:?} {usage:?}");
    // All the names of pairs have one key, each other name its own.
    let pairs = PAIRS as usize;
    assert!(keys.named > pairs, "{keys:?}");
    assert_eq!(keys.prepared + keys.sealed, keys.named - pairs + 1, "{keys:?}");
    store.lock();
    let usage = store.usage();
    assert_eq!((usage.secrets, usage.mapped, usage.workspaces), (0, 0, 0), "{usage:?}");
}

fn time() -> Duration {
    let seconds = std::env::var("STRONGROOM_STRESS_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(4))
}

#[test]
fn sixteen_threads() {
    let store = Arc::new(Store::open().unwrap());
    stress(&store, time(), false);
}

/// The same where there is hardly any room: keys are put to rest and woken all the time.
#[test]
fn sixteen_threads_in_eight_pages() {
    let store = Arc::new(Store::open_bounded(Policy::best_available(), 8 * 4096).unwrap());
    stress(&store, time(), true);
}
