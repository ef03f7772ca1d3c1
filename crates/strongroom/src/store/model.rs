//! The concurrent core under a model checker: every interleaving of a few threads, on the code that ships.
//!
//! Run by `.ci/model`, which builds with `--cfg loom`; then [`sync`](super::sync) hands out loom's locks and atomics.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::life::Life;
use super::line::Line;
use super::register::Erase;

/// A key: what an operation finds in it must not have been erased before it began.
struct Key {
    erased: AtomicBool,
    users: AtomicUsize,
}

impl Key {
    fn new() -> Arc<Self> {
        Arc::new(Self { erased: AtomicBool::new(false), users: AtomicUsize::new(0) })
    }

    /// An operation on it.
    fn use_it(&self) {
        assert!(!self.erased.load(Ordering::SeqCst), "used after it was erased");
        self.users.fetch_add(1, Ordering::SeqCst);
        thread::yield_now();
        assert!(!self.erased.load(Ordering::SeqCst), "erased under an operation");
        self.users.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Erase for Key {
    fn erase(&self) {
        assert_eq!(self.users.load(Ordering::SeqCst), 0, "erased under an operation");
        self.erased.store(true, Ordering::SeqCst);
    }
}

/// What a snapshot is here: whose it is, and the names' versions.
struct Snapshot {
    life: Arc<Life<Key>>,
    locked: bool,
    names: [u32; 2],
    key: Arc<Key>,
}

fn store() -> Arc<Line<Snapshot>> {
    let life = Arc::new(Life::new());
    let key = Key::new();
    let pass = life.enter(0).expect("open");
    life.add(&pass, 0, Arc::clone(&key));
    drop(pass);
    Arc::new(Line::new(Snapshot { life, locked: false, names: [0, 0], key }))
}

/// As `KeyStore::lock` does it.
fn lock(line: &Line<Snapshot>) -> Arc<Snapshot> {
    let next = Snapshot { life: Arc::new(Life::new()), locked: true, names: [0, 0], key: Key::new() };
    let before = line.cut(next);
    before.life.end();
    before
}

#[test]
fn no_operation_sees_an_erased_key_and_lock_leaves_none() {
    loom::model(|| {
        let line = store();
        let reader = {
            let line = Arc::clone(&line);
            thread::spawn(move || {
                let now = line.now();
                if let Some(_pass) = now.life.enter(1)
                    && !now.locked
                {
                    now.key.use_it();
                }
            })
        };
        let before = lock(&line);
        assert!(before.key.erased.load(Ordering::SeqCst), "lock came back with a key left");
        assert!(before.life.enter(0).is_none(), "a later use is turned away");
        reader.join().unwrap();
    });
}

#[test]
fn a_key_that_is_made_while_the_store_is_locked_is_refused_or_erased() {
    loom::model(|| {
        let line = store();
        let maker = {
            let line = Arc::clone(&line);
            thread::spawn(move || {
                let now = line.now();
                let pass = now.life.enter(1).filter(|_| !now.locked)?;
                let key = Key::new();
                let ticket = now.life.add(&pass, 1, Arc::clone(&key));
                drop(pass);
                Some((Arc::clone(&now.life), key, ticket))
            })
        };
        let before = lock(&line);
        // What the context still holds when it ends later is gone already.
        if let Some((life, key, ticket)) = maker.join().unwrap() {
            if Arc::ptr_eq(&life, &before.life) {
                assert!(key.erased.load(Ordering::SeqCst), "made, and not erased");
            }
            life.remove(&ticket);
        }
    });
}

/// A context that ends (its local key is dropped) at the moment of a lock: when lock is back, the key is erased.
#[test]
fn a_context_that_ends_during_a_lock() {
    loom::model(|| {
        let life = Arc::new(Life::new());
        let key = Key::new();
        let pass = life.enter(0).unwrap();
        let ticket = life.add(&pass, 0, Arc::clone(&key));
        drop(pass);
        let ending = {
            let life = Arc::clone(&life);
            thread::spawn(move || life.remove(&ticket))
        };
        life.end();
        assert!(key.erased.load(Ordering::SeqCst));
        ending.join().unwrap();
    });
}

/// An operation that enters again inside itself, as wrapping does with its second key, cannot be waited for by who closes
/// the gate while it waits at it.
#[test]
fn entering_twice_does_not_deadlock() {
    loom::model(|| {
        let life = Arc::new(Life::<Key>::new());
        let inner = {
            let life = Arc::clone(&life);
            thread::spawn(move || {
                if let Some(_outer) = life.enter(1) {
                    drop(life.enter(1));
                }
            })
        };
        life.end();
        inner.join().unwrap();
        assert!(life.is_over() && life.enter(1).is_none());
    });
}

/// As `Snapshot::changed` does it: each commit demands that its name is as it saw it.
fn commit(line: &Line<Snapshot>, name: usize) -> Result<(), &'static str> {
    let base = line.now();
    let seen = base.names[name];
    line.advance(|now| {
        if !Arc::ptr_eq(&now.life, &base.life) {
            return Err("locked");
        }
        if now.names[name] != seen {
            return Err("conflict");
        }
        let mut names = now.names;
        names[name] += 1;
        Ok(Snapshot { life: Arc::clone(&now.life), locked: false, names, key: Arc::clone(&now.key) })
    })
}

#[test]
fn commits_of_different_names_are_all_kept() {
    loom::model(|| {
        let line = store();
        let other = {
            let line = Arc::clone(&line);
            thread::spawn(move || commit(&line, 1))
        };
        assert_eq!(commit(&line, 0), Ok(()));
        assert_eq!(other.join().unwrap(), Ok(()));
        assert_eq!(line.now().names, [1, 1]);
    });
}

#[test]
fn of_two_commits_of_one_name_each_that_succeeds_counts() {
    loom::model(|| {
        let line = store();
        let other = {
            let line = Arc::clone(&line);
            thread::spawn(move || commit(&line, 0))
        };
        let results = [commit(&line, 0), other.join().unwrap()];
        let kept = results.iter().filter(|result| result.is_ok()).count();
        assert!(kept >= 1, "one wins");
        assert!(results.iter().all(|result| matches!(result, Ok(()) | Err("conflict"))));
        assert_eq!(line.now().names, [kept as u32, 0]);
    });
}

#[test]
fn a_commit_does_not_outlive_a_lock() {
    loom::model(|| {
        let line = store();
        let other = {
            let line = Arc::clone(&line);
            thread::spawn(move || commit(&line, 0))
        };
        let before = lock(&line);
        let result = other.join().unwrap();
        let now = line.now();
        match result {
            // Before the lock, which then took it along; or after it, as an unlocking.
            Ok(()) => assert!(before.names == [1, 0] || (now.names == [1, 0] && !now.locked)),
            Err(why) => assert!(why == "locked" && now.locked && now.names == [0, 0]),
        }
    });
}
