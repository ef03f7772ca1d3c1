//! Faults at every step: code of the caller's that panics wherever a transaction runs it, and memory that gives out.
//! Each time the store is as it was, to the slot, and serves on.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use strongroom::{
    EncString, Error, ErrorKind, ExposeSecret, KeyId, KeyStore, KeyUses, Policy, ProtectedBytes, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    errors::{Limit, WrongKey},
    list::Lists,
    report::KeyCount,
};

const BUG: &str = "a bug in the program";

thread_local! {
    /// Calls of the caller's code until one panics; `None`: none does.
    static FUSE: Cell<Option<usize>> = const { Cell::new(None) };
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

/// What every trait method of an id does first.
fn step() {
    CALLS.set(CALLS.get() + 1);
    match FUSE.get() {
        None => {}
        Some(0) => {
            FUSE.set(None);
            panic!("{BUG}");
        }
        Some(left) => FUSE.set(Some(left - 1)),
    }
}

/// Panics on purpose are not shown: writing a thousand backtraces takes longer than all the rest.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload().downcast_ref::<String>().is_none_or(|text| text != BUG) {
                others(info);
            }
        }));
    });
}

/// Runs `work`, whose `fuse`th call of an id's method panics; says whether one did.
fn blown_at<R>(fuse: usize, work: impl FnOnce() -> R) -> Option<R> {
    quiet();
    FUSE.set(Some(fuse));
    let result = catch_unwind(AssertUnwindSafe(work));
    FUSE.set(None);
    result
        .map_err(|panic| {
            let text = panic.downcast_ref::<String>().unwrap_or_else(|| panic!("another panic"));
            assert_eq!(text, BUG);
        })
        .ok()
}

/// The names of a program whose every trait method may panic.
#[derive(Clone, Copy)]
enum Key {
    User,
    Item(u32),
}

impl Key {
    fn number(self) -> u32 {
        match self {
            Self::User => 0,
            Self::Item(number) => number + 1,
        }
    }
}
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        step();
        self.number() == other.number()
    }
}
impl Eq for Key {}
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        step();
        self.number().hash(state);
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        step();
        write!(f, "Key {}", self.number())
    }
}
impl KeyId for Key {
    type Set = Self;
    type Kind = Symmetric;
}
type Store = KeyStore<Key>;

/// A store with a user key and `items` others, and a text under each.
fn store(items: u32) -> (Store, Vec<(Key, EncString)>) {
    let store = Store::open().unwrap();
    let named: Result<Vec<_>, Error> = store.transaction(|tx| {
        let name = |id: Key| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(id, key)?;
            Ok((id, tx.encrypt_text(key, "milk")?))
        };
        std::iter::once(Key::User).chain((0..items).map(Key::Item)).map(name).collect()
    });
    (store, named.unwrap())
}

/// Every name has the key that it had.
fn assert_as_it_was(store: &Store, before: (KeyCount, usize), texts: &[(Key, EncString)], step: usize) {
    assert_eq!((store.keys(), store.usage().secrets), before, "step {step}");
    store.try_context(|ctx| {
        for (id, text) in texts {
            assert_eq!(ctx.decrypt_text(ctx.key(*id).unwrap(), text).unwrap().expose_secret(), "milk", "step {step}");
        }
    });
}

/// The caller's code runs in a transaction's closure and in its commit: where names are hashed, compared and shown.
/// Each of these calls panics once, the first, the second, and so on, until a transaction gets through. There are so
/// many names that the table of names is cut anew in the commit.
#[test]
fn a_panic_at_every_call_of_an_ids_methods_in_closure_and_commit() {
    let (store, texts) = store(60);
    let before = (store.keys(), store.usage().secrets);
    assert_eq!((before.0.named, before.0.prepared, before.1), (61, 61, 62));
    let (mut in_closure, mut in_commit, mut end) = (0, 0, 0);
    for fuse in 0.. {
        let closure_done = Cell::new(false);
        let done = blown_at(fuse, || {
            let result: Result<(), Error> = store.transaction(|tx| {
                let (one, two) = (
                    tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
                    tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
                );
                tx.replace(Key::User, one)?;
                for item in 0..8 {
                    tx.replace(Key::Item(57 + item), if item % 2 == 0 { one } else { two })?;
                }
                tx.encrypt_text(tx.key(Key::Item(58))?, "eggs")?;
                tx.remove(Key::Item(0))?;
                assert!(!tx.contains(Key::Item(0)) && tx.contains(Key::Item(1)));
                assert!(tx.remove(Key::Item(0)).unwrap_err().to_string().contains("Key 1"));
                tx.rotate::<EncString>(Key::Item(5), &[])?;
                closure_done.set(true);
                Ok(())
            });
            result
        });
        if let Some(done) = done {
            done.unwrap();
            end = fuse;
            break;
        }
        *(if closure_done.get() { &mut in_commit } else { &mut in_closure }) += 1;
        assert_as_it_was(&store, before, &texts, fuse);
        // Others can change the store meanwhile: no lock was left behind.
        let other: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Item(1000), key)
        });
        other.unwrap();
        let other: Result<(), Error> = store.transaction(|tx| tx.remove(Key::Item(1000)));
        other.unwrap();
    }
    println!("{in_closure} panics in the closure, {in_commit} in the commit");
    assert_eq!(in_closure + in_commit, end);
    assert!(in_closure > 20 && in_commit > 100, "{in_closure} {in_commit}");
    assert_eq!(store.keys().named, 61 - 1 + 5);
    assert!(
        store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, &texts[0].1)).is_err()),
        "another key now"
    );
    store.lock();
    assert_eq!(store.usage().secrets, 0);
}

/// The same in a transaction that unlocks: the store stays locked, and nothing of the attempt is left.
#[test]
fn a_panic_at_every_call_of_an_ids_methods_while_unlocking() {
    let (store, _) = store(3);
    store.lock();
    let mut end = 0;
    for fuse in 0.. {
        let done = blown_at(fuse, || {
            let result: Result<(), Error> = store.transaction(|tx| {
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                tx.replace(Key::User, key)?;
                tx.replace(Key::Item(1), key)
            });
            result
        });
        if let Some(done) = done {
            done.unwrap();
            end = fuse;
            break;
        }
        assert!(store.is_locked());
        let usage = store.usage();
        assert_eq!((store.keys().named, usage.secrets, usage.mapped), (0, 0, 0), "step {fuse}");
    }
    assert!(end >= 4, "{end}");
    assert!(!store.is_locked());
    assert_eq!((store.keys().named, store.keys().prepared), (2, 1));
}

/// In contexts, children and lists, too: local keys give their slots back.
#[test]
fn a_panic_at_every_call_of_an_ids_methods_in_contexts() {
    let (store, texts) = store(100);
    let before = (store.keys(), store.usage().secrets);
    let items: Vec<u32> = (0..3).collect();
    let mut end = 0;
    for fuse in 0.. {
        let done = blown_at(fuse, || {
            store.try_context(|ctx| {
                let own =
                    ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                let wrapped = ctx.wrap_key(ctx.key(Key::Item(7)).unwrap(), own).unwrap();
                ctx.unwrap_key::<Symmetric>(ctx.key(Key::Item(7)).unwrap(), &wrapped, KeyUses::CONTENTS_AND_KEYS)
                    .unwrap();
                assert!(ctx.key(Key::Item(100)).unwrap_err().to_string().contains("Key 101"));
                let of_own = ctx.encrypt_text(own, "milk").unwrap();
                let wrong = ctx.decrypt_text(ctx.key(Key::Item(7)).unwrap(), &of_own).unwrap_err();
                assert!(wrong.to_string().contains("Key 8"), "{wrong}");
                ctx.child(|child, _| {
                    child.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                    assert!(child.contains(Key::Item(8)));
                });
                ctx.map_list(&items, |child, _, n| {
                    child.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                    child.encrypt_text(child.key(Key::Item(*n)).unwrap(), "").unwrap();
                });
            });
        });
        if done.is_some() {
            end = fuse;
            break;
        }
        assert_as_it_was(&store, before, &texts, fuse);
    }
    assert!(end > 10, "{end}");
    assert_as_it_was(&store, before, &texts, end);
}

/// No call of the caller's code is left out: what runs in a commit is counted.
#[test]
fn a_commit_calls_the_methods_that_are_made_to_panic() {
    let (store, _) = store(10);
    let before = CALLS.get();
    let mut after_closure = 0;
    let done: Result<(), Error> = store.transaction(|tx| {
        tx.remove(Key::Item(3))?;
        after_closure = CALLS.get();
        Ok(())
    });
    done.unwrap();
    assert!(after_closure > before && CALLS.get() > after_closure, "the control");
}

/// Takes all that is left of a store's secret memory.
fn take_all(store: &Store) -> Vec<ProtectedBytes> {
    let mut taken = Vec::new();
    for length in [4000, 2000, 1000, 500, 250, 100, 50, 1] {
        loop {
            match store.secret_text(&"x".repeat(length)) {
                Ok(secret) => taken.push(secret),
                Err(error) if matches!(error.kind(), ErrorKind::Limit(Limit::SecretMemory { .. })) => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
    taken
}

/// Memory gives out after each step of a transaction, the last step being its commit. What a closure makes then fails
/// with a typed error; the commit itself needs no secret memory, so it is never half done. Nothing is lost either way.
#[test]
fn memory_gives_out_at_every_step_of_a_transaction_and_in_its_commit() {
    // At once, as each waits a while for memory that nobody gives back.
    let committed: usize = std::thread::scope(|threads| {
        let steps: Vec<_> = (0..=STEPS).map(|step| threads.spawn(move || memory_gives_out_at(step))).collect();
        steps.into_iter().map(|step| usize::from(step.join().unwrap())).sum()
    });
    println!("{committed} of {} went through", STEPS + 1);
    assert_eq!(committed, 1, "the commit at the limit, and not those that lack a key");
}

const STEPS: usize = 6;

/// Says whether the transaction was committed.
fn memory_gives_out_at(step: usize) -> bool {
    let bound = 8 * 4096;
    let store = Store::open_bounded(Policy::best_available(), bound).unwrap();
    let named: Result<EncString, Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)?;
        tx.encrypt_text(key, "milk")
    });
    let text = named.unwrap();
    let count = |store: &Store| {
        let keys = store.keys();
        (keys.named, keys.prepared + keys.sealed)
    };
    let before = (count(&store), store.usage().secrets);
    let mut taken = Vec::new();
    let result: Result<(), Error> = store.transaction(|tx| {
        for now in 0..STEPS {
            if now == step {
                taken = take_all(&store);
            }
            match now {
                0 => drop(tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?),
                1 => drop(tx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS)?),
                2 => drop(tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?),
                3 => drop(tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?),
                _ => {
                    let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                    tx.replace(Key::Item(now as u32), key)?;
                    tx.replace(Key::User, key)?;
                }
            }
        }
        if step == STEPS {
            taken = take_all(&store);
        }
        Ok(())
    });
    assert!(!taken.is_empty(), "the control: there was memory to take");
    drop(taken);
    let opened = store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User).unwrap(), &text).map(drop));
    match &result {
        Ok(()) => {
            assert_eq!(count(&store), (3, 2), "step {step}: what was not named is gone");
            assert_eq!(
                opened.map_err(Error::into_kind),
                Err(ErrorKind::WrongKey(WrongKey::OrChanged)),
                "another key now"
            );
            assert!(store.try_context(|ctx| ctx.key(Key::Item(5)).and_then(|key| ctx.encrypt_text(key, "")).is_ok()));
        }
        Err(error) => {
            let message = format!("the program's own bound of {bound} bytes of secret memory is reached");
            assert_eq!(error.kind().to_string(), message, "step {step}: {error:?}");
            assert_eq!(opened, Ok(()), "step {step}");
            assert_eq!((count(&store), store.usage().secrets), before, "step {step}: keys and slots");
        }
    }
    store.lock();
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
    result.is_ok()
}
