//! What `lock` promises: no key is left, whoever has a context open; nothing waits for the caller's code.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use strongroom::{
    EncString, Error, ErrorKind, Kdf, KeyStore, KeyUses, Policy, Symmetric,
    algorithms::SymmetricAlgorithm,
    errors::{Limit, Operation, WrongKey},
    list::Lists,
    master_keys::MasterKeys,
};

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { User, Team(u32) }
}

type Store = KeyStore<Keys>;

fn store() -> Store {
    let store = Store::open().unwrap();
    unlock(&store).unwrap();
    store
}

fn unlock(store: &Store) -> Result<(), Error> {
    store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)
    })
}

/// No name is found, whether it is known or not, and no key is made. The calls that use a key are in `errors`.
fn assert_all_locked(store: &Store) {
    let password = store.secret_text("correct horse").unwrap();
    store.try_context(|ctx| {
        for id in [Key::User, Key::Team(7)] {
            assert!(!ctx.contains(id));
            let error = ctx.key(id).unwrap_err();
            assert_eq!((error.operation(), error.kind()), (Some(Operation::Find), &ErrorKind::Locked));
        }
        assert_eq!(
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                .map_err(Error::into_kind),
            Err(ErrorKind::Locked)
        );
        let derived =
            ctx.derive_from_password(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt", KeyUses::CONTENTS_AND_KEYS);
        assert_eq!(derived.map_err(Error::into_kind), Err(ErrorKind::Locked));
        assert_eq!(
            ctx.child(|child, _| child
                .generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                .map(drop))
                .map_err(Error::into_kind),
            Err(ErrorKind::Locked)
        );
    });
    assert_eq!(ErrorKind::Locked.to_string(), "the store is locked");
}

#[test]
fn a_locked_store_has_no_keys_and_says_so() {
    let store = store();
    assert!(!store.is_locked());
    store.lock();
    assert!(store.is_locked());
    assert_eq!(store.usage().secrets, 0);
    assert_all_locked(&store);
    store.lock();
    assert_all_locked(&store);

    // Only a transaction that commits something unlocks it.
    let looked: Result<(), Error> = store.transaction(|tx| {
        assert!(!tx.contains(Key::User));
        tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(())
    });
    looked.unwrap();
    assert!(store.is_locked());
    let failed: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)?;
        tx.remove(Key::Team(7))
    });
    assert_eq!(failed.unwrap_err().to_string(), "the store holds no key Team(7) (remove)");
    assert!(store.is_locked());
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0), "nothing is left of attempts");

    unlock(&store).unwrap();
    assert!(!store.is_locked());
    assert!(store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).is_ok());
    assert!(store.try_context(|ctx| ctx.contains(Key::User) && !ctx.contains(Key::Team(7))));
}

#[test]
fn open_contexts_lose_their_keys_wherever_they_run() {
    let store = store();
    let ((opened, opens), (locked, locks)) = (mpsc::channel(), mpsc::channel());
    let shared = &store;
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let store = shared;
            store.try_context(|ctx| {
                let local =
                    ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                let (text, user) = (ctx.encrypt_text(local, "milk").unwrap(), ctx.key(Key::User).unwrap());
                opened.send(()).unwrap();
                locks.recv_timeout(Duration::from_secs(30)).unwrap();
                assert_eq!(ctx.decrypt_text(local, &text).unwrap_err(), ErrorKind::Locked);
                assert_eq!(ctx.key(Key::User).unwrap_err(), ErrorKind::Locked);
                assert_eq!(ctx.encrypt_text(user, "").map_err(Error::into_kind), Err(ErrorKind::Locked));
                assert_eq!(ctx.wrap_key(local, user).map_err(Error::into_kind), Err(ErrorKind::Locked));
                assert_eq!(
                    ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                        .map_err(Error::into_kind),
                    Err(ErrorKind::Locked)
                );
                assert!(!ctx.contains(Key::User));
                // Unlocked again, this one stays as it is: its keys are gone.
                unlock(store).unwrap();
                assert_eq!(ctx.key(Key::User).unwrap_err(), ErrorKind::Locked);
                assert_eq!(ctx.encrypt_text(user, "").map_err(Error::into_kind), Err(ErrorKind::Locked));
            });
        });
        opens.recv_timeout(Duration::from_secs(30)).unwrap();
        assert_eq!(store.keys().prepared, 2);
        store.lock();
        assert_eq!((store.usage().secrets, store.usage().mapped, store.usage().workspaces), (0, 0, 0));
        locked.send(()).unwrap();
    });
    assert_eq!(store.keys().prepared, 1);
}

/// A context of local keys alone: it works on a locked store, which stays locked, sees no named key on any, and a lock
/// ends it as it ends the others.
#[test]
fn a_local_context_works_on_a_locked_store_and_leaves_it_locked() {
    let store = store();
    let work = |store: &Store| {
        let password = store.secret_text("correct horse").unwrap();
        store.try_local_context(|ctx| {
            let key = ctx
                .derive_from_password(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt", KeyUses::CONTENTS_AND_KEYS)
                .unwrap();
            let other = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let text = ctx.encrypt_text(key, "milk").unwrap();
            let wrapped = ctx.wrap_key(key, other).unwrap();
            assert!(ctx.child(|child, parent| {
                child.unwrap_key::<Symmetric>(parent.lend(key), &wrapped, KeyUses::CONTENTS_AND_KEYS).is_ok()
            }));
            assert_eq!(
                ctx.encrypt_list(key, &vec!["milk".to_owned(); 20]).iter().filter(|text| text.is_ok()).count(),
                20
            );
            assert!(ctx.decrypt_text(key, &text).is_ok());
            for id in [Key::User, Key::Team(7)] {
                assert!(!ctx.contains(id));
                let unknown = ctx.key(id).and_then(|key| ctx.encrypt_text(key, "milk")).unwrap_err();
                assert_eq!(unknown.to_string(), format!("the store holds no key {id:?} (find)"));
            }
        });
    };
    work(&store);
    assert_eq!((store.is_locked(), store.keys().named, store.usage().secrets), (false, 1, 2));
    store.lock();
    work(&store);
    assert_eq!((store.is_locked(), store.usage().secrets, store.usage().mapped), (true, 0, 0));

    for locked_before in [true, false] {
        if !locked_before {
            unlock(&store).unwrap();
        }
        store.try_local_context(|ctx| {
            let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert_eq!(store.is_locked(), locked_before);
            store.lock();
            assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
            assert_eq!(ctx.encrypt_text(key, "milk").map_err(Error::into_kind), Err(ErrorKind::Locked));
            assert_eq!(
                ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "milk")).map_err(Error::into_kind),
                Err(ErrorKind::Locked)
            );
            assert_eq!(
                ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                    .map_err(Error::into_kind),
                Err(ErrorKind::Locked)
            );
        });
    }

    // One that outlives an unlocking keeps its keys, and one that ends then takes nothing along.
    store.try_local_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        unlock(&store).unwrap();
        assert!(ctx.encrypt_text(key, "milk").is_ok() && !ctx.contains(Key::User));
    });
    assert_eq!((store.is_locked(), store.usage().secrets), (false, 2));
    assert!(store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).is_ok());
}

/// From inside a context, a child, a transaction, an unlocking: nothing waits for itself.
#[test]
fn locking_inside_a_context_is_a_lock() {
    let store = store();
    store.try_context(|ctx| {
        let local = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        ctx.child(|child, parent| {
            store.lock();
            assert_eq!(child.encrypt_text(parent.lend(local), "").map_err(Error::into_kind), Err(ErrorKind::Locked));
        });
        assert_eq!(ctx.encrypt_text(local, "").map_err(Error::into_kind), Err(ErrorKind::Locked));
        assert_all_locked(&store);
        unlock(&store).unwrap();
        assert!(store.try_context(|inner| inner.encrypt_text(inner.key(Key::User).unwrap(), "")).is_ok());
        assert_eq!(
            ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "")).map_err(Error::into_kind),
            Err(ErrorKind::Locked)
        );
    });
}

#[test]
fn a_transaction_that_is_overtaken_by_a_lock_commits_nothing() {
    let store = store();
    for already_locked in [false, true] {
        if already_locked {
            store.lock();
        }
        let before: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Team(1), key)?;
            store.lock();
            assert!(matches!(&tx.replace(Key::Team(2), key), Err(error) if matches!(error.kind(), ErrorKind::Locked)));
            assert!(matches!(&tx.remove(Key::Team(1)), Err(error) if matches!(error.kind(), ErrorKind::Locked)));
            assert_eq!(tx.encrypt_text(key, "").map_err(Error::into_kind), Err(ErrorKind::Locked));
            Ok(())
        });
        let error = before.unwrap_err();
        assert_eq!((error.operation(), error.kind()), (Some(Operation::Commit), &ErrorKind::Locked));
        assert!(store.is_locked());
        assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
        unlock(&store).unwrap();
        assert!(store.try_context(|ctx| ctx.contains(Key::User) && !ctx.contains(Key::Team(1))));
    }
}

#[test]
fn two_unlockings_at_once_add_up() {
    let store = store();
    store.lock();
    let outer: Result<(), Error> = store.transaction(|outer| {
        let key = outer.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        outer.insert(Key::Team(1), key)?;
        unlock(&store)?;
        assert!(!store.is_locked());
        assert!(outer.encrypt_text(key, "").is_ok());
        Ok(())
    });
    outer.unwrap();
    assert!(store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "")).is_ok()
        && ctx.key(Key::Team(1)).and_then(|key| ctx.encrypt_text(key, "")).is_ok()));

    store.lock();
    let same: Result<(), Error> = store.transaction(|outer| {
        let key = outer.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        outer.insert(Key::User, key)?;
        unlock(&store)
    });
    assert!(matches!(&same, Err(error) if matches!(error.kind(), ErrorKind::Conflict)), "{same:?}");
    assert!(store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "")).is_ok()));
}

#[test]
fn an_unlocking_that_panics_leaves_the_store_locked_and_empty() {
    let store = store();
    store.lock();
    let result = catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|tx| -> Result<(), Error> {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, key)?;
            std::panic::panic_any("a bug in the program");
        })
    }));
    assert!(result.is_err());
    assert!(store.is_locked());
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
    unlock(&store).unwrap();
}

/// It waits for a key derivation that runs, which is a primitive operation, and the key that comes of it is not kept.
#[test]
fn lock_waits_for_an_operation_in_flight() {
    let store = store();
    let password = store.secret_text("correct horse").unwrap();
    let kdf = Kdf::pbkdf2(1_000_000).unwrap();
    let before = store.usage();
    assert_eq!(before.secrets, 3, "the key, the root key and the password");
    std::thread::scope(|threads| {
        let (store, password, kdf) = (&store, &password, &kdf);
        threads.spawn(move || {
            store.try_context(|ctx| {
                ctx.derive_from_password(password, kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).unwrap();
                assert_eq!(
                    ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                        .map_err(Error::into_kind),
                    Err(ErrorKind::Locked),
                    "locked while it ran"
                );
            });
        });
        // It has taken the slot for its key, so it is in flight: turned away it takes none.
        let patience = Instant::now() + Duration::from_secs(30);
        while store.usage().secrets == before.secrets {
            assert!(Instant::now() < patience, "it never began");
            std::thread::yield_now();
        }
        store.lock();
        let usage = store.usage();
        assert_eq!(usage.secrets, 1, "the password, which is the caller's");
        assert_eq!(usage.workspaces, 0, "an operation that runs keeps its own: it has ended");
    });
}

/// A thread that is preempted anywhere in its commit: whether it has committed or not, when `lock` returns its keys are
/// erased.
#[test]
#[cfg(target_os = "linux")]
fn a_lock_at_any_moment_of_a_commit_leaves_no_key() {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};

    use strongroom_testkit::{stall, victim};

    const ROUNDS: u32 = 400;
    /// Names for the one key of a transaction: each is a step of its commit.
    const NAMES: u32 = 2000;
    /// How long a lock may wait for the thread that stands still: it may stand in an operation.
    const PATIENCE: Duration = Duration::from_millis(20);

    let outcome = victim!().run(|| {
        let store = Store::open().unwrap();
        // Rounds whose commit has begun, and ended.
        let (round, begun, ended) = (Barrier::new(2), AtomicU32::new(0), AtomicU32::new(0));
        let (this, thread) = mpsc::channel();
        std::thread::scope(|threads| {
            let (store, round, begun, ended) = (&store, &round, &begun, &ended);
            threads.spawn(move || {
                this.send(stall::Thread::this()).unwrap();
                for _ in 0..ROUNDS {
                    round.wait();
                    let committed: Result<(), Error> = store.transaction(|tx| {
                        let key =
                            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                        (0..NAMES).try_for_each(|n| tx.replace(Key::Team(n), key))?;
                        begun.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    });
                    ended.fetch_add(1, Ordering::SeqCst);
                    if let Err(error) = committed {
                        let where_it_failed = (error.operation(), error.kind());
                        assert_eq!(where_it_failed, (Some(Operation::Commit), &ErrorKind::Locked));
                    }
                    round.wait();
                }
            });
            let thread = thread.recv().unwrap();
            let (mut overtaken, mut left) = (0, 0);
            for n in 0..ROUNDS {
                round.wait();
                while begun.load(Ordering::SeqCst) == n {
                    std::hint::spin_loop();
                }
                let until = Instant::now() + Duration::from_nanos(500) * n;
                while Instant::now() < until {
                    std::hint::spin_loop();
                }
                let stalled = thread.stall().unwrap();
                let inside = ended.load(Ordering::SeqCst) == n;
                let (locked, locks) = mpsc::channel();
                threads.spawn(move || {
                    store.lock();
                    locked.send(store.usage().secrets).unwrap();
                });
                let early = locks.recv_timeout(PATIENCE);
                drop(stalled);
                overtaken += u32::from(early.is_ok() && inside);
                left += u32::from(early.or_else(|_| locks.recv()).unwrap() > 0);
                round.wait();
            }
            println!("{overtaken} of {ROUNDS} locks returned while the commit stood still");
            assert!(overtaken > ROUNDS / 10, "the control: {overtaken}");
            assert_eq!(left, 0, "times a key was left when a lock had returned");
        });
    });
    print!("{}", outcome.stdout);
    outcome.assert_exit(0);
}

/// Locked from many threads at once: each comes back when all is erased.
#[test]
fn many_lock_at_once() {
    for _ in 0..50 {
        let store = store();
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    store.lock();
                    assert_eq!(store.usage().secrets, 0);
                });
            }
        });
    }
}

/// The machine hibernates again: no secret page is left of two stores once both are locked.
#[test]
#[cfg(target_os = "linux")]
fn no_secret_page_is_left_by_the_last_lock() {
    use strongroom::Protection;
    use strongroom_testkit::victim;

    let secret_pages = || std::fs::read_to_string("/proc/self/maps").unwrap().matches("secretmem").count();
    let outcome = victim!().run(|| {
        let (one, other) = (store(), store());
        if one.protection().at_rest != Protection::Secret {
            println!("no secret memory");
            return;
        }
        let password = one.secret_text("correct horse").unwrap();
        std::thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| one.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).unwrap());
            }
        });
        assert!(secret_pages() > 0, "the control");
        drop(password);
        one.lock();
        assert!(secret_pages() > 0, "the other store's");
        other.lock();
        assert_eq!(secret_pages(), 0);
        // A wrong password does not bring one back.
        let failed: Result<(), Error> = one.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, key)?;
            tx.remove(Key::Team(7))
        });
        assert!(failed.is_err());
        assert_eq!(secret_pages(), 0);
        unlock(&one).unwrap();
        assert!(secret_pages() > 0);
        one.lock();
        assert_eq!(secret_pages(), 0);
    });
    outcome.assert_exit(0);
    if outcome.stdout.contains("no secret memory") {
        strongroom_testkit::skip!("no secret memory here");
    }
}

/// In whatever order a store is locked and secrets are dropped, used and made, no secret page is left. A store that is
/// not locked keeps its pages.
#[test]
#[cfg(target_os = "linux")]
fn no_secret_page_is_left_in_whatever_order_secrets_are_dropped() {
    use strongroom::Protection;
    use strongroom_account::SendSecret;
    use strongroom_testkit::{orders, victim};

    /// What a round does to its store, beside dropping the secrets.
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum End {
        Lock,
        LockAndUnlock,
        NeverUnlocked,
        Drop,
        Nothing,
    }

    fn secret_pages() -> usize {
        std::fs::read_to_string("/proc/self/maps").unwrap().matches("secretmem").count()
    }

    /// Drops the secrets and ends the store in this order; says how many pages are left.
    fn pages_after(end: End, order: &[usize]) -> usize {
        let store = Store::open().unwrap();
        if end != End::NeverUnlocked {
            unlock(&store).unwrap();
        }
        let password = store.secret_text("correct horse").unwrap();
        let long = store.secret_text(&"x".repeat(4000)).unwrap();
        let (master, send) = store.try_context(|ctx| {
            let master = ctx.derive_master_key(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt").unwrap();
            (master, SendSecret::generate(ctx).unwrap())
        });
        let store = std::cell::RefCell::new(Some(store));
        let ends = || match end {
            End::Nothing => {}
            End::Drop => drop(store.take()),
            End::Lock | End::LockAndUnlock | End::NeverUnlocked => {
                let store = store.borrow();
                let store = store.as_ref().unwrap();
                store.lock();
                if end == End::LockAndUnlock {
                    unlock(store).unwrap();
                    store.lock();
                }
                // What is done with a locked store leaves nothing either.
                drop(store.secret_text("correct horse").unwrap());
                let listed = store.try_local_context(|ctx| {
                    let key =
                        ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                    ctx.encrypt_list(key, &vec!["milk".to_owned(); 100])
                });
                assert!(listed.iter().all(Result::is_ok));
                let failed: Result<(), Error> = store.transaction(|tx| {
                    let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                    tx.replace(Key::User, key)?;
                    tx.remove(Key::Team(7))
                });
                assert!(failed.is_err());
                assert!(!store.report().lines().is_empty());
            }
        };
        let mut things: [Option<Box<dyn FnOnce() + '_>>; 5] = [
            Some(Box::new(ends)),
            Some(Box::new(move || drop(password))),
            Some(Box::new(move || drop(long))),
            Some(Box::new(move || drop(master))),
            // It is used by an operation first, on a stack.
            Some(Box::new(move || assert_eq!(send.expose().unwrap().len(), 22))),
        ];
        for &thing in order {
            things[thing].take().unwrap()();
        }
        secret_pages()
    }

    let outcome = victim!().run(|| {
        if Store::open().unwrap().protection().at_rest != Protection::Secret {
            println!("no secret memory");
            return;
        }
        let orders = orders(5);
        assert!(orders.iter().all(|order| pages_after(End::Nothing, order) > 0), "the control");
        for end in [End::Lock, End::LockAndUnlock, End::NeverUnlocked, End::Drop] {
            for order in &orders {
                assert_eq!(pages_after(end, order), 0, "{end:?}, {order:?}");
            }
        }
    });
    outcome.assert_exit(0);
    if outcome.stdout.contains("no secret memory") {
        strongroom_testkit::skip!("no secret memory here");
    }
}

/// A thread that ends by a panic inside a context leaves nothing behind, and the store serves the others.
#[test]
fn a_thread_that_ends_in_a_context() {
    let store = store();
    for in_transaction in [false, true] {
        let ended = std::thread::scope(|threads| {
            let thread = threads.spawn(|| {
                if in_transaction {
                    let _: Result<(), Error> = store.transaction(|tx| {
                        let key =
                            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                        tx.replace(Key::User, key)?;
                        std::panic::panic_any("the end");
                    });
                } else {
                    store.try_context(|ctx| {
                        ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                        std::panic::panic_any("the end");
                    });
                }
            });
            thread.join()
        });
        assert!(ended.is_err());
        assert_eq!((store.keys().prepared, store.usage().secrets), (1, 2));
    }
    store.lock();
    assert_eq!(store.usage().secrets, 0);
}

/// A panic after each step of a transaction: the store is as it was, to the slot.
#[test]
fn a_panic_at_every_step_of_a_transaction() {
    let store = store();
    let text = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).unwrap();
    let password = store.secret_text("correct horse").unwrap();
    let wrapped = store.try_context(|ctx| ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::User)?)).unwrap();
    let mut ended_at = 0;
    for last in 0.. {
        let result = catch_unwind(AssertUnwindSafe(|| {
            store.transaction(|tx| -> Result<(), Error> {
                let mut steps = 0..last;
                let mut step = || {
                    if steps.next().is_none() {
                        std::panic::panic_any("a bug in the program");
                    }
                };
                step();
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                step();
                let same = tx.unwrap_key(tx.key(Key::User)?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
                step();
                tx.derive_from_password(&password, &Kdf::pbkdf2(5_000)?, b"salt", KeyUses::CONTENTS_AND_KEYS)?;
                step();
                tx.replace(Key::User, key)?;
                step();
                tx.replace(Key::Team(1), same)?;
                step();
                tx.remove(Key::Team(1))?;
                step();
                tx.replace(Key::Team(2), same)?;
                tx.child(|child, parent| {
                    step();
                    child
                        .generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                        .map(|_| ())?;
                    child.encrypt_text(parent.lend(key), "x").map(drop)?;
                    step();
                    Ok::<_, Error>(())
                })?;
                step();
                tx.rotate::<EncString>(Key::Team(2), &[])?;
                step();
                Ok(())
            })
        }));
        if result.is_ok() {
            ended_at = last;
            break;
        }
        assert!(
            store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, &text)).is_ok()
                && !ctx.contains(Key::Team(2))),
            "{last}"
        );
        assert_eq!((store.keys().named, store.keys().prepared, store.usage().secrets), (1, 1, 3), "{last}");
    }
    assert_eq!(ended_at, 11, "each step had its panic, and then it went through");
    assert!(
        store.try_context(|ctx| ctx.contains(Key::Team(2))
            && ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, &text)).is_err())
    );
}

/// Secret memory gives out in the middle of a transaction that has named keys: nothing of it stays.
#[test]
fn memory_gives_out_in_a_transaction() {
    let store = Store::open_bounded(Policy::best_available(), 2 * 4096).unwrap();
    unlock(&store).unwrap();
    let before = (store.keys(), store.usage().secrets);
    let result: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::Team(1), key)?;
        tx.replace(Key::User, key)?;
        let one = store.secret_text(&"x".repeat(4000))?;
        assert!(tx.encrypt_text(key, "milk").is_ok(), "its keys work at the limit");
        let other = store.secret_text(&"x".repeat(4000))?;
        drop((one, other));
        Ok(())
    });
    assert_eq!(result.unwrap_err(), ErrorKind::Limit(Limit::SecretMemory { bytes: 8192 }));
    assert_eq!((store.keys().named, store.usage().secrets <= before.1), (before.0.named, true));
    assert!(store.try_context(
        |ctx| ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "")).is_ok() && !ctx.contains(Key::Team(1))
    ));
}

/// Two stores of one process do not know each other's keys, and one's lock is not the other's.
#[test]
fn two_stores() {
    let (one, other) = (store(), store());
    let text = one.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).unwrap();
    assert_eq!(
        other.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &text)).unwrap_err(),
        ErrorKind::WrongKey(WrongKey::OrChanged)
    );
    one.try_context(|a| {
        let held = a.key(Key::User).unwrap();
        other.try_context(|b| {
            one.lock();
            assert!(b.key(Key::User).and_then(|key| b.encrypt_text(key, "")).is_ok());
            assert_eq!(a.encrypt_text(held, "").map_err(Error::into_kind), Err(ErrorKind::Locked));
        });
    });
    assert!(!other.is_locked());
}

/// A forked child locks, which has nothing to wait for, and a process ends with its store unlocked.
#[test]
#[cfg(target_os = "linux")]
fn a_forked_child_locks_and_a_process_ends_unlocked() {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    use strongroom_testkit::{End, fork, victim};

    static STORE: OnceLock<Store> = OnceLock::new();
    let outcome = victim!().run(|| {
        let store = STORE.get_or_init(self::store);
        let stop = AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    store.try_context(|ctx| {
                        ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                        ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").unwrap();
                    });
                }
            });
            for _ in 0..20 {
                let end = fork::child(|| {
                    store.lock();
                    let _ = (store.keys(), store.usage(), format!("{store:?}"));
                    assert!(
                        store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "")).is_err())
                    );
                    assert!(unlock(store).is_err());
                    7
                });
                assert_eq!(end, End::Exit(7));
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(!store.is_locked(), "the parent's is as it was");
    });
    outcome.assert_exit(0);
}
