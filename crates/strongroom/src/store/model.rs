//! The store under a model checker: every interleaving of a few threads, on the code that ships.
//!
//! Run by `.ci/model`, which builds with `--cfg loom`; then [`sync`](super::sync) hands out loom's locks and atomics.
//! Keys are real ones, in memory without protection: whether one is left, the memory itself says.

use std::sync::Arc;

use loom::thread::{self, JoinHandle};
use strongroom_memory::{Demand, Policy, Protection, SecretMemory};

use super::gate::Gate;
use super::{Context, KeyStore};

use crate::error::{Error, ErrorKind};
use crate::key::uses::KeyUses;
use crate::store::stream::Streams;

crate::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { User, Team }
}

type Store = KeyStore<Keys>;

/// Uses the named key; returns whether it did, and not that the store is locked.
fn uses(ctx: &Context<'_, Keys>) -> bool {
    match ctx.key(Key::User).and_then(|key| ctx.encrypt_into(key, b"milk", &mut [0; 128])) {
        Ok(_) => true,
        Err(error) if error == ErrorKind::Locked => false,
        Err(other) => unreachable!("{other}"),
    }
}

/// Checks `model` with stores over memory of its own.
fn check(model: impl Fn(SecretMemory) + Copy + Send + Sync + 'static) {
    let plain = Demand::Exactly(Protection::Plain);
    let memory = SecretMemory::open(Policy::at_rest(plain).in_use(plain)).unwrap().keeping_spare(false);
    loom::model(move || {
        let memory = memory.keeping_spare(true);
        // An operation runs in place, and the checker's own stacks are small.
        spawn(move || model(memory)).join().unwrap();
    });
}

fn spawn<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    thread::Builder::new().stack_size(1 << 17).spawn(f).unwrap()
}

fn name(store: &Store, id: Key) -> Result<(), Error> {
    store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.replace(id, key)
    })
}

/// Whether it was done, or failed with this error alone.
fn is_done_or(result: &Result<(), Error>, kind: &ErrorKind) -> bool {
    result.as_ref().map_or_else(|error| error == kind, |()| true)
}

/// A store with a key.
fn store(memory: SecretMemory) -> Arc<Store> {
    let store = Arc::new(Store::over(memory));
    name(&store, Key::User).unwrap();
    store
}

/// Locks it, and looks.
fn lock(store: &Store) {
    store.lock();
    assert_eq!(store.usage().secrets, 0, "lock came back with a key left");
}

/// In a context of its own.
fn in_context<R: Send + 'static>(
    store: &Arc<Store>,
    f: impl FnOnce(&Context<'_, Keys>) -> R + Send + 'static,
) -> JoinHandle<R> {
    let store = Arc::clone(store);
    spawn(move || store.try_context(f))
}

#[test]
fn an_operation_has_its_key_or_is_told_and_lock_leaves_none() {
    check(|memory| {
        let store = store(memory);
        let reader = in_context(&store, uses);
        lock(&store);
        reader.join().unwrap();
    });
}

/// A key that is made, and a context that ends, at the moment of a lock.
#[test]
fn a_key_that_is_made_while_the_store_is_locked_is_refused_or_erased() {
    check(|memory| {
        let store = store(memory);
        let maker = in_context(&store, |ctx| ctx.generate(KeyUses::CONTENTS).map(drop));
        lock(&store);
        assert!(is_done_or(&maker.join().unwrap(), &ErrorKind::Locked));
        assert_eq!(store.usage().secrets, 0);
    });
}

/// A key that is put to rest for want of room, and one that is woken for its use, at the moment of a lock.
#[test]
fn a_key_that_comes_or_goes_to_rest_while_the_store_is_locked() {
    for rests in [false, true] {
        check(move |memory| {
            let store = store(memory);
            let rest = |store: &Store| store.shared.line.now().session().make_room(1);
            if !rests {
                assert!(rest(&store));
                assert_eq!(store.usage().secrets, 1, "the root key");
            }
            let other = {
                let store = Arc::clone(&store);
                spawn(move || if rests { rest(&store) } else { store.try_context(uses) })
            };
            lock(&store);
            other.join().unwrap();
        });
    }
}

/// A key that two threads wake at once, and one that is put to rest while it is used: it lies in one slot or in none,
/// and works.
#[test]
fn a_key_at_rest_is_woken_once_and_one_in_use_is_put_to_rest() {
    for rests in [false, true] {
        check(move |memory| {
            let store = store(memory);
            let rest = |store: &Store| store.shared.line.now().session().make_room(1);
            assert!(rests || rest(&store));
            let other = {
                let store = Arc::clone(&store);
                spawn(move || if rests { rest(&store) } else { store.try_context(uses) })
            };
            assert!(store.try_context(uses));
            assert!(other.join().unwrap());
            assert_eq!(store.usage().secrets, store.keys().prepared + 1, "the root key");
            assert!(store.try_context(uses));
            assert_eq!((store.keys().prepared, store.usage().secrets), (1, 2));
        });
    }
}

/// An operation that enters again inside itself, as wrapping does with its second key, cannot be waited for by who
/// closes the gate while it waits at it.
#[test]
fn entering_twice_does_not_deadlock() {
    check(|memory| {
        let gate = Arc::new(Gate::new(memory));
        let inner = {
            let gate = Arc::clone(&gate);
            spawn(move || {
                if let Some(_outer) = gate.enter(1) {
                    drop(gate.enter(1));
                }
            })
        };
        gate.close();
        inner.join().unwrap();
        assert!(gate.is_closed() && gate.enter(1).is_none());
    });
}

/// A transaction whose closure has ended is locked before, in the middle of, or behind its commit.
#[test]
fn a_commit_does_not_outlive_a_lock() {
    check(|memory| {
        let store = Arc::new(Store::over(memory));
        let mut locking = None;
        let committed = store.transaction(|tx| {
            let key = tx.generate(KeyUses::CONTENTS)?;
            tx.replace(Key::User, key)?;
            let store = Arc::clone(&store);
            locking = Some(spawn(move || lock(&store)));
            Ok(())
        });
        assert!(is_done_or(&committed, &ErrorKind::Locked), "{committed:?}");
        locking.unwrap().join().unwrap();
        assert!(store.is_locked());
        assert_eq!((store.keys().named, store.usage().secrets), (0, 0));
    });
}

#[test]
fn two_locks_at_once() {
    check(|memory| {
        let store = store(memory);
        let other = {
            let store = Arc::clone(&store);
            spawn(move || lock(&store))
        };
        lock(&store);
        other.join().unwrap();
    });
}

/// Attempts to unlock a store that end in every way, while it is locked again or another attempt succeeds: a locked
/// store keeps no memory.
#[test]
fn an_attempt_to_unlock_a_store_that_stays_locked_keeps_no_memory() {
    fn attempt(store: &Store) {
        let failed: Result<(), Error> = store.transaction(|_| Err(ErrorKind::Locked.into()));
        failed.unwrap_err();
    }
    for locks in [true, false] {
        check(move |memory| {
            let store = Arc::new(Store::over(memory));
            lock(&store);
            assert_eq!(store.usage().mapped, 0);
            let failing = {
                let store = Arc::clone(&store);
                spawn(move || attempt(&store))
            };
            if locks {
                // The attempt may begin after it.
                store.lock();
            } else {
                name(&store, Key::User).unwrap();
            }
            failing.join().unwrap();
            assert_eq!((store.is_locked(), store.usage().mapped == 0), (locks, locks));
            assert!(locks || store.try_context(uses));
            lock(&store);
            assert_eq!(store.usage().mapped, 0);
        });
    }
}

/// Two transactions that change a name each, between their beginnings and their ends.
fn two_commits(ids: [Key; 2], memory: SecretMemory) -> (Arc<Store>, [bool; 2]) {
    let store = Arc::new(Store::over(memory));
    let mut others = None;
    let one = store.transaction(|tx| {
        let key = tx.generate(KeyUses::CONTENTS)?;
        tx.replace(ids[0], key)?;
        let (store, id) = (Arc::clone(&store), ids[1]);
        others = Some(spawn(move || name(&store, id)));
        Ok(())
    });
    let results = [one, others.unwrap().join().unwrap()];
    assert!(results.iter().all(|result| is_done_or(result, &ErrorKind::Conflict)));
    (store, results.map(|result| result.is_ok()))
}

#[test]
fn commits_of_different_names_are_all_kept() {
    check(|memory| {
        let (store, done) = two_commits([Key::User, Key::Team], memory);
        assert_eq!((done, store.keys().named), ([true, true], 2));
    });
}

#[test]
fn of_two_commits_of_one_name_each_that_succeeds_counts() {
    check(|memory| {
        let (store, done) = two_commits([Key::User, Key::User], memory);
        assert!(done.contains(&true), "one wins");
        assert_eq!(store.keys().named, 1);
    });
}
