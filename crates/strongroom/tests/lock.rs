//! What `lock` promises: no key is left, whoever has a context open; nothing waits for the caller's code.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use strongroom::{
    CommitError, DecryptError, DeriveError, EncryptError, Error, GenerateError, Kdf, KeyStore, Locked, Policy,
    Symmetric, UnwrapError, WrapError,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Team(u32) }
}

type Store = KeyStore<Keys>;

fn store() -> Store {
    let store = Store::open(Policy::best_available()).unwrap();
    unlock(&store).unwrap();
    store
}

fn unlock(store: &Store) -> Result<(), Error> {
    store.transaction(|tx| {
        let key = tx.generate()?;
        tx.name(Key::User, key)
    })
}

/// Every call of a context that sees a lock says so, for named, unknown and local keys.
fn assert_all_locked(store: &Store) {
    let (text, wrapped) = {
        let other = self::store();
        other.context(|ctx| (ctx.encrypt_text(Key::User, "milk").unwrap(), ctx.wrap(Key::User, Key::User).unwrap()))
    };
    let password = store.secret_text("correct horse").unwrap();
    store.context(|ctx| {
        for id in [Key::User, Key::Team(7)] {
            assert!(!ctx.has(id));
            assert_eq!(ctx.encrypt_text(id, "milk"), Err(EncryptError::Locked(Locked)));
            assert_eq!(ctx.encrypt_bytes(id, b"milk"), Err(EncryptError::Locked(Locked)));
            assert_eq!(ctx.decrypt_text(id, &text).unwrap_err(), DecryptError::Locked(Locked));
            assert_eq!(ctx.decrypt_bytes(id, &text).unwrap_err(), DecryptError::Locked(Locked));
            assert_eq!(ctx.decrypt_into(id, &text, &mut [0; 16]), Err(DecryptError::Locked(Locked)));
            assert_eq!(ctx.wrap(id, id), Err(WrapError::Locked(Locked)));
            assert_eq!(ctx.unwrap::<Symmetric>(id, &wrapped), Err(UnwrapError::Locked(Locked)));
        }
        assert_eq!(ctx.generate(), Err(GenerateError::Locked(Locked)));
        let derived = ctx.derive_from_password(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt");
        assert_eq!(derived, Err(DeriveError::Locked(Locked)));
        assert_eq!(ctx.child(|child, _| child.generate().map(drop)), Err(GenerateError::Locked(Locked)));
    });
    assert_eq!(Locked.to_string(), "the store is locked");
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
        assert!(!tx.has(Key::User));
        tx.generate()?;
        Ok(())
    });
    looked.unwrap();
    assert!(store.is_locked());
    let failed: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate()?;
        tx.name(Key::User, key)?;
        tx.remove(Key::Team(7))
    });
    assert_eq!(failed.unwrap_err().to_string(), "the store holds no key Team(7)");
    assert!(store.is_locked());
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0), "nothing is left of attempts");

    unlock(&store).unwrap();
    assert!(!store.is_locked());
    assert!(store.context(|ctx| ctx.encrypt_text(Key::User, "milk")).is_ok());
    assert!(store.context(|ctx| ctx.has(Key::User) && !ctx.has(Key::Team(7))));
}

#[test]
fn open_contexts_lose_their_keys_wherever_they_run() {
    let store = store();
    let ((opened, opens), (locked, locks)) = (mpsc::channel(), mpsc::channel());
    let shared = &store;
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let store = shared;
            store.context(|ctx| {
                let local = ctx.generate().unwrap();
                let text = ctx.encrypt_text(local, "milk").unwrap();
                opened.send(()).unwrap();
                locks.recv_timeout(Duration::from_secs(30)).unwrap();
                assert_eq!(ctx.decrypt_text(local, &text).unwrap_err(), DecryptError::Locked(Locked));
                assert_eq!(ctx.encrypt_text(Key::User, ""), Err(EncryptError::Locked(Locked)));
                assert_eq!(ctx.wrap(local, Key::User), Err(WrapError::Locked(Locked)));
                assert_eq!(ctx.generate(), Err(GenerateError::Locked(Locked)));
                assert!(!ctx.has(Key::User));
                // Unlocked again, this one stays as it is: its keys are gone.
                unlock(store).unwrap();
                assert_eq!(ctx.encrypt_text(Key::User, ""), Err(EncryptError::Locked(Locked)));
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

/// From inside a context, a child, a transaction, an unlocking: nothing waits for itself.
#[test]
fn locking_inside_a_context_is_a_lock() {
    let store = store();
    store.context(|ctx| {
        let local = ctx.generate().unwrap();
        ctx.child(|child, parent| {
            store.lock();
            assert_eq!(child.encrypt_text(parent.lend(local), ""), Err(EncryptError::Locked(Locked)));
        });
        assert_eq!(ctx.encrypt_text(local, ""), Err(EncryptError::Locked(Locked)));
        assert_all_locked(&store);
        unlock(&store).unwrap();
        assert!(store.context(|inner| inner.encrypt_text(Key::User, "")).is_ok());
        assert_eq!(ctx.encrypt_text(Key::User, ""), Err(EncryptError::Locked(Locked)));
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
            let key = tx.generate()?;
            tx.name(Key::Team(1), key)?;
            store.lock();
            assert!(matches!(tx.name(Key::Team(2), key), Err(Error::Locked(Locked))));
            assert!(matches!(tx.remove(Key::Team(1)), Err(Error::Locked(Locked))));
            assert_eq!(tx.encrypt_text(key, ""), Err(EncryptError::Locked(Locked)));
            Ok(())
        });
        let error = before.unwrap_err();
        assert!(matches!(error, Error::Commit(CommitError::Locked(Locked))), "{error:?}");
        assert!(store.is_locked());
        assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
        unlock(&store).unwrap();
        assert!(store.context(|ctx| ctx.has(Key::User) && !ctx.has(Key::Team(1))));
    }
}

#[test]
fn two_unlockings_at_once_add_up() {
    let store = store();
    store.lock();
    let outer: Result<(), Error> = store.transaction(|outer| {
        let key = outer.generate()?;
        outer.name(Key::Team(1), key)?;
        unlock(&store)?;
        assert!(!store.is_locked());
        assert!(outer.encrypt_text(key, "").is_ok());
        Ok(())
    });
    outer.unwrap();
    assert!(store.context(|ctx| ctx.encrypt_text(Key::User, "").is_ok() && ctx.encrypt_text(Key::Team(1), "").is_ok()));

    store.lock();
    let same: Result<(), Error> = store.transaction(|outer| {
        let key = outer.generate()?;
        outer.name(Key::User, key)?;
        unlock(&store)
    });
    assert!(matches!(same, Err(Error::Commit(CommitError::Conflict { .. }))), "{same:?}");
    assert!(store.context(|ctx| ctx.encrypt_text(Key::User, "").is_ok()));
}

#[test]
fn an_unlocking_that_panics_leaves_the_store_locked_and_empty() {
    let store = store();
    store.lock();
    let result = catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|tx| -> Result<(), Error> {
            let key = tx.generate()?;
            tx.name(Key::User, key)?;
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
    let kdf = Kdf::pbkdf2(400_000).unwrap();
    let (begun, begins) = mpsc::channel();
    std::thread::scope(|threads| {
        let (store, password, kdf) = (&store, &password, &kdf);
        threads.spawn(move || {
            store.context(|ctx| {
                begun.send(()).unwrap();
                if ctx.derive_from_password(password, kdf, b"salt").is_ok() {
                    assert_eq!(ctx.generate(), Err(GenerateError::Locked(Locked)), "locked after it ended");
                }
            });
        });
        begins.recv_timeout(Duration::from_secs(30)).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        store.lock();
        assert_eq!(store.usage().secrets, 1, "the password, which is the caller's");
    });
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
                threads.spawn(|| one.context(|ctx| ctx.encrypt_text(Key::User, "milk")).unwrap());
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
            let key = tx.generate()?;
            tx.name(Key::User, key)?;
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
