//! What a store promises: all or nothing, snapshots, local keys that end with their context, nothing shown.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, mpsc};
use std::time::Duration;

use strongroom::{
    Context, Demand, EncString, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Policy, ProtectedBytes, Protection,
    Symmetric, WeakKeyStore,
    algorithms::SymmetricAlgorithm,
    errors::{Limit, Malformed, WrongKey},
    report::{KeyCount, StoreReport},
    streams::Streams,
};
use strongroom_memory::SecretMemory;

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { User, Team(u32) }
}

type Store = KeyStore<Keys>;

fn store() -> Store {
    Store::open().unwrap()
}

fn name_new(store: &Store, id: Key) {
    store
        .transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(id, key)
        })
        .unwrap();
}

/// Keys in memory; none of a dropped context, none that was replaced. The root key is one more.
fn held(store: &Store) -> usize {
    let keys = store.keys();
    let root = usize::from(store.usage().secrets > 0);
    assert_eq!(keys.prepared + root, store.usage().secrets, "every slot is a key's: {keys:?}");
    keys.prepared + keys.sealed
}

fn has(store: &Store, id: Key) -> bool {
    store.try_context(|ctx| ctx.contains(id))
}

fn remove(store: &Store, id: Key) {
    let removed: Result<(), Error> = store.transaction(|tx| tx.remove(id));
    removed.unwrap();
}

fn encrypt(store: &Store, id: Key) -> EncString {
    store.try_context(|ctx| ctx.encrypt_text(ctx.key(id)?, "milk")).unwrap()
}

fn opens(store: &Store, id: Key, text: &EncString) -> bool {
    match store.try_context(|ctx| ctx.decrypt_text(ctx.key(id)?, text)) {
        Ok(text) => text.expose_secret() == "milk",
        Err(error) => match error.kind() {
            ErrorKind::WrongKey(WrongKey::OrChanged) | ErrorKind::UnknownKey => false,
            other => panic!("{other}"),
        },
    }
}

#[test]
fn a_transaction_commits_all_its_changes() {
    let store = store();
    name_new(&store, Key::Team(1));
    store
        .transaction(|tx| {
            let (user, team) = (
                tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
                tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
            );
            tx.replace(Key::User, user)?;
            tx.replace(Key::Team(2), team)?;
            tx.remove(Key::Team(1))
        })
        .unwrap();
    assert!(has(&store, Key::User) && has(&store, Key::Team(2)) && !has(&store, Key::Team(1)));
    assert_eq!(held(&store), 2, "the removed key is gone from memory");
}

#[test]
fn an_error_rolls_back() {
    let store = store();
    name_new(&store, Key::User);
    let text = encrypt(&store, Key::User);
    let result: Result<(), Error> = store.transaction(|tx| {
        let other = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, other)?;
        tx.replace(Key::Team(1), other)?;
        tx.remove(Key::Team(2))?;
        Ok(())
    });
    assert_eq!(result.unwrap_err().to_string(), "the store holds no key Team(2) (remove)");
    assert!(opens(&store, Key::User, &text) && !has(&store, Key::Team(1)));
    assert_eq!(held(&store), 1);
}

#[test]
fn a_panic_rolls_back() {
    let store = store();
    name_new(&store, Key::User);
    let text = encrypt(&store, Key::User);
    let result = catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|tx| -> Result<(), Error> {
            let other = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, other)?;
            tx.replace(Key::Team(1), other)?;
            panic!("a bug in the program");
        })
    }));
    assert!(result.is_err());
    assert!(opens(&store, Key::User, &text) && !has(&store, Key::Team(1)));
    assert_eq!(held(&store), 1);
    name_new(&store, Key::Team(1));
    assert!(has(&store, Key::Team(1)), "the store is as good as before");
}

#[test]
fn a_transaction_sees_its_own_changes_and_nobody_else_does() {
    let store = store();
    name_new(&store, Key::User);
    let before = encrypt(&store, Key::User);
    store
        .transaction(|tx| {
            let other = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, other)?;
            tx.replace(Key::Team(1), other)?;
            let inside = tx.encrypt_text(tx.key(Key::User)?, "milk")?;
            assert_eq!(tx.decrypt_text(tx.key(Key::Team(1))?, &inside)?.expose_secret(), "milk");
            assert_eq!(tx.decrypt_text(other, &inside)?.expose_secret(), "milk");
            assert_eq!(
                tx.key(Key::User).and_then(|key| tx.decrypt_text(key, &before)).unwrap_err(),
                ErrorKind::WrongKey(WrongKey::OrChanged)
            );
            assert!(opens(&store, Key::User, &before) && !has(&store, Key::Team(1)));

            tx.remove(Key::Team(1))?;
            assert!(!tx.contains(Key::Team(1)));
            assert!(tx.remove(Key::Team(1)).is_err());
            tx.replace(Key::Team(1), other)
        })
        .unwrap();
    assert!(!opens(&store, Key::User, &before) && has(&store, Key::Team(1)));
}

#[test]
fn contexts_see_the_moment_they_began() {
    let store = store();
    name_new(&store, Key::User);
    let before = encrypt(&store, Key::User);
    store.try_context(|ctx| {
        name_new(&store, Key::User);
        name_new(&store, Key::Team(1));
        assert_eq!(ctx.decrypt_text(ctx.key(Key::User).unwrap(), &before).unwrap().expose_secret(), "milk");
        assert!(!ctx.contains(Key::Team(1)));
        assert!(!opens(&store, Key::User, &before) && has(&store, Key::Team(1)));
        assert_eq!(held(&store), 3, "the replaced key serves this context");
    });
    assert_eq!(held(&store), 2);
}

#[test]
fn local_keys_end_with_their_context() {
    let store = store();
    store.try_context(|ctx| {
        let (by, key) = (
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap(),
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap(),
        );
        let wrapped = ctx.wrap_key(by, key).unwrap();
        let same = ctx.unwrap_key::<Symmetric>(by, &wrapped, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let text = ctx.encrypt_bytes(key, b"milk").unwrap();
        assert_eq!(ctx.decrypt_bytes(same, &text).unwrap().expose_secret(), b"milk");
        assert_ne!(same, key, "another token of the same key");
        assert_eq!(held(&store), 3);
    });
    assert_eq!(held(&store), 0);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.try_context(|ctx| {
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                .map(|_| panic!("a bug"))
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(held(&store), 0);
}

/// Opening one takes no memory, however many are open at once or one after the other.
#[test]
fn a_context_maps_nothing() {
    fn nest(store: &Store, depth: u32, look: &impl Fn()) {
        match depth.checked_sub(1) {
            Some(rest) => store.try_context(|ctx| {
                assert!(ctx.contains(Key::User));
                nest(store, rest, look);
            }),
            None => look(),
        }
    }
    let store = store();
    name_new(&store, Key::User);
    let before = store.usage();
    assert!(before.mapped > 0);
    let same = || {
        let now = store.usage();
        assert_eq!((now.mapped, now.secrets, now.workspaces), (before.mapped, before.secrets, before.workspaces));
    };
    for _ in 0..1000 {
        store.try_context(|ctx| {
            assert!(ctx.contains(Key::User));
            same();
        });
    }
    same();
    nest(&store, 1000, &same);
    same();
}

#[test]
fn text_and_bytes() {
    let store = store();
    name_new(&store, Key::User);
    store.try_context(|ctx| {
        let latin1 = ctx.encrypt_bytes(ctx.key(Key::User).unwrap(), b"caf\xe9").unwrap();
        assert_eq!(
            ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, &latin1)).unwrap_err(),
            ErrorKind::Malformed(Malformed::NotText)
        );
        assert_eq!(ctx.decrypt_bytes(ctx.key(Key::User).unwrap(), &latin1).unwrap().expose_secret(), b"caf\xe9");
        let mut out = [0; 16];
        assert_eq!(ctx.decrypt_into(ctx.key(Key::User).unwrap(), &latin1, &mut out), Ok(4));
        assert_eq!(&out[..4], b"caf\xe9");
        for length in [0, 1, 15, 16, 17, 1_000_000] {
            let text = "ü".repeat(length);
            let sealed = ctx.encrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap();
            assert_eq!(ctx.decrypt_text(ctx.key(Key::User).unwrap(), &sealed).unwrap().expose_secret(), text);
        }
    });
}

/// Every thread renames all names in one transaction; whoever looks finds them of one and the same transaction.
#[test]
fn commits_are_seen_whole() {
    const NAMES: u32 = 8;
    let store = store();
    let rename = |store: &Store| {
        loop {
            let committed: Result<(), Error> = store.transaction(|tx| {
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                (0..NAMES).try_for_each(|n| tx.replace(Key::Team(n), key))
            });
            match committed {
                Ok(()) => return,
                Err(error) if error == ErrorKind::Conflict => {}
                Err(other) => panic!("{other}"),
            }
        }
    };
    rename(&store);
    let barrier = Barrier::new(4);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                barrier.wait();
                (0..200).for_each(|_| rename(&store));
            });
            threads.spawn(|| {
                barrier.wait();
                for _ in 0..200 {
                    store.try_context(|ctx| {
                        let text = ctx.encrypt_text(ctx.key(Key::Team(0)).unwrap(), "milk").unwrap();
                        for n in 1..NAMES {
                            assert!(
                                ctx.key(Key::Team(n)).and_then(|key| ctx.decrypt_text(key, &text)).is_ok(),
                                "of another transaction: {n}"
                            );
                        }
                    });
                }
            });
        }
    });
    assert_eq!(held(&store), 1, "every replaced key is gone");
}

/// Transactions that run at the same time and change different names lose nothing.
#[test]
fn concurrent_transactions_do_not_lose_names() {
    let store = store();
    let barrier = Barrier::new(4);
    std::thread::scope(|threads| {
        for thread in 0..4 {
            let (store, barrier) = (&store, &barrier);
            threads.spawn(move || {
                barrier.wait();
                (0..50).for_each(|n| name_new(store, Key::Team(thread * 50 + n)));
            });
        }
    });
    assert!(store.try_context(|ctx| (0..200).all(|n| ctx.contains(Key::Team(n)))));
    assert_eq!(held(&store), 200);
}

/// A transaction whose closure waits for other transactions and contexts: no lock is held while it runs.
#[test]
fn nobody_waits_for_a_closure() {
    let store = store();
    let (done, waits) = mpsc::channel();
    std::thread::scope(|threads| {
        let store = &store;
        let result = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, key)?;
            threads.spawn(move || {
                name_new(store, Key::Team(1));
                let _ = done.send(has(store, Key::Team(1)));
            });
            let seen = waits.recv_timeout(Duration::from_secs(30));
            assert_eq!(seen, Ok(true), "another transaction had to wait");
            Ok(())
        });
        result.unwrap();
    });
    assert!(has(&store, Key::User) && has(&store, Key::Team(1)), "both are kept");
}

#[test]
fn of_two_changes_of_one_name_the_first_to_end_wins() {
    let store = store();
    name_new(&store, Key::Team(9));
    let mut inner = None;
    let is_conflict = |error: &Error, id: &str| (error.kind(), error.key()) == (&ErrorKind::Conflict, Some(id));
    let outer: Result<(), Error> = store.transaction(|outer| {
        let key = outer.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        outer.insert(Key::Team(1), key)?;
        outer.insert(Key::User, key)?;
        name_new(&store, Key::User);
        inner = Some(encrypt(&store, Key::User));
        Ok(())
    });
    assert!(outer.as_ref().is_err_and(|error| is_conflict(error, "User")), "{outer:?}");
    assert_eq!(outer.unwrap_err().to_string(), "another transaction has changed the key User meanwhile (commit)");
    assert!(opens(&store, Key::User, &inner.unwrap()) && !has(&store, Key::Team(1)), "nothing of the outer one");

    // Removed meanwhile, and replaced meanwhile; a change of another name does not matter.
    for change in [|store: &Store| remove(store, Key::Team(9)), |store: &Store| name_new(store, Key::Team(9))] {
        let outer: Result<(), Error> = store.transaction(|outer| {
            change(&store);
            let key = outer.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            outer.replace(Key::Team(9), key)
        });
        assert!(outer.as_ref().is_err_and(|error| is_conflict(error, "Team(9)")), "{outer:?}");
    }
    let removed: Result<(), Error> = store.transaction(|outer| {
        name_new(&store, Key::Team(9));
        outer.remove(Key::Team(9))
    });
    assert!(matches!(&removed, Err(error) if matches!(error.kind(), ErrorKind::Conflict)));
    let other: Result<(), Error> = store.transaction(|outer| {
        name_new(&store, Key::Team(2));
        outer.remove(Key::Team(9))
    });
    other.unwrap();
    assert!(has(&store, Key::Team(2)) && !has(&store, Key::Team(9)));
    assert_eq!(held(&store), 2);
}

#[test]
fn children_see_what_their_parent_sees_and_end_first() {
    let store = store();
    name_new(&store, Key::User);
    let done: Result<(), Error> = store.transaction(|tx| {
        let outer = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::Team(1), outer)?;
        let text = tx.encrypt_text(outer, "milk")?;
        let (first, second) = tx.child(|child, parent| {
            assert!(child.contains(Key::User) && child.contains(Key::Team(1)), "the transaction's changes too");
            assert_eq!(child.decrypt_text(parent.lend(outer), &text).unwrap().expose_secret(), "milk");
            let (one, two) = (
                child.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap(),
                child.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap(),
            );
            assert_ne!(one, parent.lend(outer));
            let inner = child.encrypt_text(two, "milk").unwrap();
            assert_eq!(child.decrypt_text(one, &inner).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
            assert_eq!(format!("{child:?}"), "Context { named: 1, local: 3, .. }");
            assert_eq!(format!("{parent:?} {one:?} {two:?}"), "Parent Key(symmetric) Key(symmetric)");
            child.child(|grandchild, parent_of_it| {
                let opened = grandchild.decrypt_text(parent_of_it.lend(two), &inner).unwrap();
                assert_eq!(opened.expose_secret(), "milk");
                let lent = parent_of_it.lend(parent.lend(outer));
                assert!(grandchild.decrypt_text(lent, &text).is_ok());
                let named = parent_of_it.lend(child.key(Key::Team(1)).unwrap());
                assert!(grandchild.decrypt_text(named, &text).is_ok());
            });
            (inner, held(&store))
        });
        assert_eq!(second, 4);
        assert_eq!(held(&store), 2, "the child's keys are gone");
        // What is made next is not what the child had.
        let next = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        assert_eq!(tx.decrypt_text(next, &first).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
        Ok(())
    });
    done.unwrap();
}

/// A context shared by threads, each of which has a child.
#[test]
fn threads_share_a_context() {
    let store = store();
    name_new(&store, Key::User);
    store.try_context(|ctx| {
        let outer = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let text = ctx.encrypt_text(outer, "milk").unwrap();
        let shared = ctx;
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    assert!(shared.decrypt_text(outer, &text).is_ok());
                    shared.child(|child, parent| {
                        let own = child
                            .generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                            .unwrap();
                        let wrapped = child.wrap_key(parent.lend(outer), own).unwrap();
                        assert!(
                            child
                                .unwrap_key::<Symmetric>(parent.lend(outer), &wrapped, KeyUses::CONTENTS_AND_KEYS)
                                .is_ok()
                        );
                    });
                });
            }
        });
    });
    assert_eq!(held(&store), 1);
}

#[test]
fn debug_shows_no_secrets() {
    let store = Store::open_with(Demand::Exactly(Protection::Plain)).unwrap();
    name_new(&store, Key::User);
    assert_eq!(
        format!("{store:?}"),
        r#"KeyStore { protection: "at rest: plain; in use: not protected", locked: false, named: 1, .. }"#
    );
    store.try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert_eq!(format!("{ctx:?}"), "Context { named: 1, local: 1, .. }");
        assert_eq!(format!("{key:?}"), "Key(symmetric)");
        assert_eq!(format!("{:?}", ctx.key(Key::User).unwrap()), "Key(symmetric, User)");
        let text = ctx.encrypt_text(key, "milk").unwrap();
        assert_eq!(format!("{text:?}"), "EncString(type 2, 16 bytes)");
        assert_eq!(format!("{:?}", ctx.decrypt_text(key, &text).unwrap()), "SecretBox<str>([REDACTED])");
        let bytes = ctx.decrypt_bytes(key, &text).unwrap();
        assert_eq!(format!("{bytes:?}"), "SecretBox<[u8]>([REDACTED])");
    });
    let _: Result<(), Error> = store.transaction(|tx| {
        assert_eq!(format!("{tx:?}"), "Transaction { context: Context { named: 1, local: 0, .. }, .. }");
        Ok(())
    });
    let password = store.secret_text("correct horse").unwrap();
    assert_eq!(format!("{password:?}"), "ProtectedBytes(..)");
}

/// One page of secret memory holds the root key and five others; all the same a store has as many keys as one likes.
#[test]
fn more_keys_than_secret_memory() {
    const KEYS: u32 = 1000;
    let store = Store::open_bounded(Policy::best_available(), 4096).unwrap();
    let texts: Result<Vec<EncString>, Error> = store.transaction(|tx| {
        let name = |n| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Team(n), key)?;
            tx.encrypt_text(key, "milk")
        };
        (0..KEYS).map(name).collect()
    });
    let texts = texts.unwrap();
    let count = |store: &Store| {
        let keys = store.keys();
        assert_eq!((keys.named, keys.prepared + keys.sealed, store.usage().mapped), (1000, 1000, 4096));
        assert_eq!(keys.prepared + 1, store.usage().secrets);
        keys.prepared
    };
    assert!((1..=5).contains(&count(&store)));
    for _ in 0..2 {
        for (n, text) in (0..KEYS).zip(&texts) {
            assert!(opens(&store, Key::Team(n), text), "{n}");
        }
    }
    assert!(!opens(&store, Key::Team(1), &texts[0]));
    store.try_context(|ctx| {
        // Wrapping needs two at once, and local keys come and go as well.
        let wrapped = ctx.wrap_key(ctx.key(Key::Team(0)).unwrap(), ctx.key(Key::Team(999)).unwrap()).unwrap();
        let locals: Vec<_> = (0..20)
            .map(|_| {
                ctx.unwrap_key::<Symmetric>(ctx.key(Key::Team(0)).unwrap(), &wrapped, KeyUses::CONTENTS_AND_KEYS)
                    .unwrap()
            })
            .collect();
        for key in locals {
            assert_eq!(ctx.decrypt_text(key, &texts[999]).unwrap().expose_secret(), "milk");
        }
    });
    // The local keys had all the room; a named one has some again when it is used.
    assert!(opens(&store, Key::Team(1), &texts[1]));
    assert!((1..=5).contains(&count(&store)));

    // What is not a key cannot be put to rest: a long password needs the page that the root key lies in.
    let long = "x".repeat(ProtectedBytes::MAX);
    assert_eq!(store.secret_text(&long).unwrap_err(), ErrorKind::Limit(Limit::SecretMemory { bytes: 4096 }));
    assert!(texts.iter().zip(0..).all(|(text, n)| opens(&store, Key::Team(n), text)));
    store.lock();
    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
}

#[test]
#[cfg(unix)]
fn a_password_is_read_from_a_descriptor() {
    use std::io::{Seek, Write};
    use std::os::fd::AsFd;

    let store = store();
    let kdf = strongroom::Kdf::pbkdf2(5_000).unwrap();
    let wrap = |password: &ProtectedBytes| {
        store.try_context(|ctx| {
            let by = ctx.derive_from_password(password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).unwrap();
            ctx.encrypt_text(by, "milk").unwrap()
        })
    };
    let unwraps = |password: &ProtectedBytes, text: &EncString| {
        store.try_context(|ctx| {
            let by = ctx.derive_from_password(password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).unwrap();
            ctx.decrypt_text(by, text).is_ok()
        })
    };
    let text = wrap(&store.secret_text("correct horse").unwrap());
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"correct horse\nsecond line\n").unwrap();

    file.rewind().unwrap();
    let line = store.read_secret_line(file.as_fd()).unwrap();
    assert!(unwraps(&line, &text));
    let rest = store.read_secret(file.as_fd()).unwrap();
    assert_eq!(rest.len(), "second line\n".len());
    assert!(!unwraps(&rest, &text));

    let long = "x".repeat(ProtectedBytes::MAX + 1);
    assert!(matches!(store.secret_text(&long).unwrap_err().kind(), ErrorKind::Limit(Limit::Secret { .. })));
}

#[test]
fn the_report_says_what_protects_the_store() {
    let store = Store::open_with(Demand::Exactly(Protection::Plain)).unwrap();
    assert_eq!(store.protection().at_rest, Protection::Plain);
    assert_eq!(store.report().memory.protection, store.protection());
    let refused = Store::open_with(Policy::best_available().in_use(Demand::AtLeast(Protection::Secret)));
    let opened = refused.map(|store| store.protection().in_use);
    assert!(matches!(opened, Err(_) | Ok(Protection::Secret)), "{opened:?}");
}

/// As data, in words and as JSON.
#[test]
fn the_report_says_how_many_keys_are_prepared_and_how_many_sealed() {
    let store = Store::open_bounded(Policy::best_available(), 4096).unwrap();
    let line = |report: &StoreReport| report.lines().into_iter().find(|line| line.topic == "keys").unwrap();
    name_new(&store, Key::User);
    let report = store.report();
    assert_eq!((report.keys, report.locked), (store.keys(), false));
    assert_eq!((report.keys.named, report.keys.prepared, report.keys.sealed), (1, 1, 0));
    assert_eq!(line(&report).to_string(), "note keys: 1 named; 1 prepared, 0 sealed");

    (0..99).for_each(|n| name_new(&store, Key::Team(n)));
    let report = store.try_context(|ctx| {
        ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        store.report()
    });
    let KeyCount { named, prepared, sealed, .. } = report.keys;
    assert_eq!((named, prepared + sealed), (100, 101), "with the local one");
    assert!((1..=5).contains(&prepared) && sealed >= 96, "{report:?}");
    let words = line(&report);
    assert_eq!(words.text, format!("100 named; {prepared} prepared, {sealed} sealed"));
    assert!(words.advice.is_some());
    assert!(report.to_string().contains(&format!("\n{words}\n")));
    assert!(report.to_string().contains("at rest: "));

    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["keys"], serde_json::json!({ "named": 100, "prepared": prepared, "sealed": sealed }));
    assert_eq!(json["locked"], false);
    assert_eq!(json["usage"]["mapped"], 4096, "beside what is said of the memory");
    assert_eq!(serde_json::from_value::<StoreReport>(json).unwrap(), report);

    store.lock();
    let report = store.report();
    assert_eq!((report.keys.named, report.keys.prepared, report.keys.sealed, report.locked), (0, 0, 0, true));
    assert_eq!(line(&report).to_string(), "note keys: none: the store is locked");
}

/// Keys are those of the store, not of the handle that named them.
#[test]
fn every_handle_is_one_to_the_same_store() {
    let store = store();
    let other = store.clone();
    let memory_of = |store: &Store| store.usage().secrets;
    std::thread::spawn(move || name_new(&other, Key::User)).join().unwrap();
    assert!(store.try_context(|ctx| ctx.contains(Key::User)), "the handle that named it is gone");

    let other = store.clone();
    store.try_context(|ctx| {
        let local = ctx.generate(KeyUses::CONTENTS).unwrap();
        other.lock();
        assert_eq!(memory_of(&store), 0);
        assert_eq!(ctx.encrypt_text(local, "").unwrap_err(), ErrorKind::Locked);
    });
    assert!(store.is_locked() && store.clone().is_locked());
    name_new(&store, Key::Team(1));
    assert!(!other.is_locked(), "it was unlocked for every handle");

    let weak = store.downgrade();
    let again = weak.upgrade().unwrap();
    assert!(again.try_context(|ctx| ctx.contains(Key::Team(1))));
    drop((store, again));
    assert_eq!(memory_of(&other), 2, "a key and the root key: there is a handle left");
    drop(other);
    assert!(weak.upgrade().is_none() && weak.clone().upgrade().is_none());
}

#[test]
fn the_report_counts_handles_and_open_contexts() {
    let store = store();
    let counts = |store: &Store| (store.report().handles, store.report().contexts);
    let line = |store: &Store| store.report().lines().into_iter().find(|line| line.topic == "store").unwrap();
    assert_eq!(counts(&store), (1, 0));
    assert_eq!(line(&store).to_string(), "note store: 1 handle, 0 open contexts");
    let (other, _weak) = (store.clone(), store.downgrade());
    assert_eq!(counts(&store), (2, 0), "a weak one keeps nothing");
    store.try_context(|_| {
        other.try_local_context(|ctx| {
            let named = other.transaction(|tx| {
                assert_eq!(counts(&store), (2, 3));
                tx.child(|_, _| assert_eq!(counts(&other), (2, 3), "children are not counted"));
                std::thread::scope(|threads| {
                    threads.spawn(|| other.try_context(|_| assert_eq!(counts(&store), (2, 4))));
                });
                Ok(())
            });
            named.unwrap();
            assert_eq!(counts(&other), (2, 2));
            assert_eq!(line(&other).to_string(), "note store: 2 handles, 2 open contexts");
            let _ = ctx;
        });
    });
    let panicked = catch_unwind(|| store.try_context(|_| -> Result<(), Error> { panic!("of the program") }));
    assert!(panicked.is_err());
    assert_eq!(counts(&store), (2, 0));
}

/// A token is one look-up: it stands for the key that had the name then.
#[test]
fn a_key_is_looked_up_once() {
    let store = store();
    name_new(&store, Key::User);
    let before = encrypt(&store, Key::User);
    let checked = store.transaction(|tx| {
        let old = tx.key(Key::User)?;
        let new = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS)?;
        tx.replace(Key::User, new)?;
        assert!(tx.decrypt_text(old, &before).is_ok());
        assert_eq!(tx.decrypt_text(tx.key(Key::User)?, &before).unwrap_err(), ErrorKind::WrongKey(WrongKey::OrChanged));
        // A key may have several names.
        tx.replace(Key::Team(1), old)?;
        tx.remove(Key::User)?;
        assert_eq!(tx.key(Key::User).unwrap_err(), ErrorKind::UnknownKey);
        tx.encrypt_text(new, "the token is good until the end")?;
        // An error shows the name by which the key was looked up, and that a local key has none.
        let wrong = |key| tx.decrypt_text(key, &encrypt_by(tx, tx.generate(KeyUses::CONTENTS).unwrap())).unwrap_err();
        assert_eq!((wrong(old).key(), wrong(new).key()), (Some("User"), None));
        Ok(())
    });
    checked.unwrap();
    assert!(opens(&store, Key::Team(1), &before) && !has(&store, Key::User));
    assert_eq!(held(&store), 1);
}

fn encrypt_by<'c>(ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> EncString {
    ctx.encrypt_text(key, "milk").unwrap()
}

/// Threads that share a context make keys in it, and each uses the keys of the others.
#[test]
fn threads_make_keys_in_one_context() {
    let store = store();
    store.try_context(|ctx| {
        let keys: Vec<strongroom::Key<'_>> = std::thread::scope(|threads| {
            let making: Vec<_> =
                (0..4).map(|_| threads.spawn(|| [(); 50].map(|()| ctx.generate(KeyUses::CONTENTS).unwrap()))).collect();
            making.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let texts: Vec<EncString> = keys.iter().map(|&key| encrypt_by(ctx, key)).collect();
        for (n, text) in texts.iter().enumerate() {
            assert!(ctx.decrypt_text(keys[n], text).is_ok());
            assert!(ctx.decrypt_text(keys[(n + 1) % keys.len()], text).is_err(), "each is another");
        }
        assert_eq!(held(&store), 200);
        assert!(ctx.encrypt_text(ctx.generate(KeyUses::CONTENTS).unwrap(), "calls nest").is_ok());
    });
    assert_eq!(held(&store), 0);
}

#[test]
fn names_are_listed() {
    let store = store();
    assert_eq!(store.names(), []);
    let mut expected: Vec<Key> = (0..200).map(Key::Team).chain([Key::User]).collect();
    expected.iter().for_each(|&name| name_new(&store, name));
    let sorted = |store: &Store| {
        let mut names: Vec<String> = store.names().iter().map(|name| format!("{name:?}")).collect();
        names.sort();
        names
    };
    let shown = |names: &[Key]| {
        let mut names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
        names.sort();
        names
    };
    assert_eq!(sorted(&store), shown(&expected));
    let removed = expected.swap_remove(100);
    store.transaction(|tx| tx.remove(removed)).unwrap();
    assert_eq!(sorted(&store), shown(&expected));
    store.lock();
    assert_eq!(store.names(), []);
}

/// Types that programs put into statics and send between threads.
#[test]
fn stores_and_contexts_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    fn lasting<T: Clone + 'static>() {}
    shared::<Store>();
    lasting::<Store>();
    shared::<WeakKeyStore<Keys>>();
    lasting::<WeakKeyStore<Keys>>();
    shared::<Context<'_, Keys>>();
    shared::<strongroom::Key<'_>>();
    shared::<Error>();
}

/// A panic leaves no store half-way, so a program that catches one goes on with it, and need not assert that it may.
#[test]
fn a_store_is_used_after_a_panic_was_caught() {
    let store = store();
    name_new(&store, Key::User);
    assert!(catch_unwind(|| store.try_context(|_| -> Result<(), Error> { panic!("of the program") })).is_err());
    assert!(!catch_unwind(|| store.is_locked()).unwrap());
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    assert_eq!(catch_unwind(|| memory.usage()).unwrap().secrets, 0);
    let text =
        catch_unwind(|| store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "after it"))).unwrap().unwrap();
    assert_eq!(
        store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &text)).unwrap().expose_secret(),
        "after it"
    );
}
