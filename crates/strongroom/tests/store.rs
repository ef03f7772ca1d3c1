//! What a store promises: all or nothing, snapshots, local keys that end with their context, nothing shown.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, mpsc};
use std::time::Duration;

use strongroom::{
    Context, DecryptError, Demand, EncString, EncryptError, Error, ExposeSecret, Kdf, KeyRef, KeyStore, MemoryError,
    Policy, Protection, SecretBytes, UnknownKey, UnwrapError, WrapError,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Team(u32) }
}

type Store = KeyStore<Keys>;

fn store() -> Store {
    Store::open(Policy::best_available()).unwrap()
}

fn name_new(store: &Store, id: Key) {
    store
        .transaction(|tx| {
            let key = tx.generate()?;
            tx.name(id, key)
        })
        .unwrap();
}

fn has(store: &Store, id: Key) -> bool {
    store.context(|ctx| ctx.has(id))
}

fn encrypt(store: &Store, id: Key) -> EncString {
    store.context(|ctx| ctx.encrypt_text(id, "milk")).unwrap()
}

fn opens(store: &Store, id: Key, text: &EncString) -> bool {
    match store.context(|ctx| ctx.decrypt_text(id, text)) {
        Ok(text) => text.expose_secret() == "milk",
        Err(DecryptError::WrongKeyOrChanged | DecryptError::UnknownKey(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_transaction_commits_all_its_changes() {
    let store = store();
    name_new(&store, Key::Team(1));
    store
        .transaction(|tx| {
            let (user, team) = (tx.generate()?, tx.generate()?);
            tx.name(Key::User, user)?;
            tx.name(Key::Team(2), team)?;
            tx.remove(Key::Team(1))
        })
        .unwrap();
    assert!(has(&store, Key::User) && has(&store, Key::Team(2)) && !has(&store, Key::Team(1)));
    assert_eq!(store.usage().secrets, 2, "the removed key is gone from memory");
}

#[test]
fn an_error_rolls_back() {
    let store = store();
    name_new(&store, Key::User);
    let text = encrypt(&store, Key::User);
    let result: Result<(), Error> = store.transaction(|tx| {
        let other = tx.generate()?;
        tx.name(Key::User, other)?;
        tx.name(Key::Team(1), other)?;
        tx.remove(Key::Team(2))?;
        Ok(())
    });
    assert_eq!(result.unwrap_err().to_string(), "the store holds no key Team(2)");
    assert!(opens(&store, Key::User, &text) && !has(&store, Key::Team(1)));
    assert_eq!(store.usage().secrets, 1);
}

#[test]
fn a_panic_rolls_back() {
    let store = store();
    name_new(&store, Key::User);
    let text = encrypt(&store, Key::User);
    let result = catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|tx| -> Result<(), Error> {
            let other = tx.generate()?;
            tx.name(Key::User, other)?;
            tx.name(Key::Team(1), other)?;
            panic!("a bug in the program");
        })
    }));
    assert!(result.is_err());
    assert!(opens(&store, Key::User, &text) && !has(&store, Key::Team(1)));
    assert_eq!(store.usage().secrets, 1);
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
            let other = tx.generate()?;
            tx.name(Key::User, other)?;
            tx.name(Key::Team(1), other)?;
            let inside = tx.encrypt_text(Key::User, "milk")?;
            assert_eq!(tx.decrypt_text(Key::Team(1), &inside)?.expose_secret(), "milk");
            assert_eq!(tx.decrypt_text(other, &inside)?.expose_secret(), "milk");
            assert_eq!(tx.decrypt_text(Key::User, &before).unwrap_err(), DecryptError::WrongKeyOrChanged);
            assert!(opens(&store, Key::User, &before) && !has(&store, Key::Team(1)));

            tx.remove(Key::Team(1))?;
            assert!(!tx.has(Key::Team(1)));
            assert!(tx.remove(Key::Team(1)).is_err());
            tx.name(Key::Team(1), other)
        })
        .unwrap();
    assert!(!opens(&store, Key::User, &before) && has(&store, Key::Team(1)));
}

#[test]
fn contexts_see_the_moment_they_began() {
    let store = store();
    name_new(&store, Key::User);
    let before = encrypt(&store, Key::User);
    store.context(|ctx| {
        name_new(&store, Key::User);
        name_new(&store, Key::Team(1));
        assert_eq!(ctx.decrypt_text(Key::User, &before).unwrap().expose_secret(), "milk");
        assert!(!ctx.has(Key::Team(1)));
        assert!(!opens(&store, Key::User, &before) && has(&store, Key::Team(1)));
        assert_eq!(store.usage().secrets, 3, "the replaced key serves this context");
    });
    assert_eq!(store.usage().secrets, 2);
}

#[test]
fn local_keys_end_with_their_context() {
    let store = store();
    store.context(|ctx| {
        let (by, key) = (ctx.generate().unwrap(), ctx.generate().unwrap());
        let wrapped = ctx.wrap(by, key).unwrap();
        let same = ctx.unwrap(by, &wrapped).unwrap();
        let text = ctx.encrypt_bytes(key, b"milk").unwrap();
        assert_eq!(ctx.decrypt_bytes(same, &text).unwrap().expose_secret(), b"milk");
        assert_ne!(same, key, "another token of the same key");
        assert_eq!(store.usage().secrets, 3);
    });
    assert_eq!(store.usage().secrets, 0);
    let panicked = catch_unwind(AssertUnwindSafe(|| store.context(|ctx| ctx.generate().map(|_| panic!("a bug")))));
    assert!(panicked.is_err());
    assert_eq!(store.usage().secrets, 0);
}

#[test]
fn unknown_keys_are_named_by_every_operation() {
    let store = store();
    let unknown = || UnknownKey { id: "Team(7)".into() };
    store.context(|ctx| {
        let key = ctx.generate().unwrap();
        let text = ctx.encrypt_text(key, "milk").unwrap();
        let id = Key::Team(7);
        assert_eq!(ctx.encrypt_text(id, ""), Err(EncryptError::UnknownKey(unknown())));
        assert_eq!(ctx.encrypt_bytes(id, b""), Err(EncryptError::UnknownKey(unknown())));
        assert_eq!(ctx.decrypt_text(id, &text).unwrap_err(), DecryptError::UnknownKey(unknown()));
        assert_eq!(ctx.decrypt_bytes(id, &text).unwrap_err(), DecryptError::UnknownKey(unknown()));
        assert_eq!(ctx.decrypt_into(id, &text, &mut [0; 16]), Err(DecryptError::UnknownKey(unknown())));
        assert_eq!(ctx.unwrap(id, &text), Err(UnwrapError::UnknownKey(unknown())));
        assert_eq!(ctx.wrap(id, key), Err(WrapError::UnknownKey(unknown())));
        assert_eq!(ctx.wrap(key, id), Err(WrapError::UnknownKey(unknown())));
        assert!(!ctx.has(id));
    });
    let removed: Result<(), Error> = store.transaction(|tx| tx.remove(Key::Team(7)));
    assert!(matches!(removed, Err(Error::UnknownKey(error)) if error == unknown()));
}

#[test]
fn text_and_bytes() {
    let store = store();
    name_new(&store, Key::User);
    store.context(|ctx| {
        let latin1 = ctx.encrypt_bytes(Key::User, b"caf\xe9").unwrap();
        assert_eq!(ctx.decrypt_text(Key::User, &latin1).unwrap_err(), DecryptError::NotText);
        assert_eq!(ctx.decrypt_bytes(Key::User, &latin1).unwrap().expose_secret(), b"caf\xe9");
        let mut out = [0; 16];
        assert_eq!(ctx.decrypt_into(Key::User, &latin1, &mut out), Ok(4));
        assert_eq!(&out[..4], b"caf\xe9");
        for length in [0, 1, 15, 16, 17, 1_000_000] {
            let text = "ü".repeat(length);
            let sealed = ctx.encrypt_text(Key::User, &text).unwrap();
            assert_eq!(ctx.decrypt_text(Key::User, &sealed).unwrap().expose_secret(), text);
        }
    });
}

/// Every thread renames all names in one transaction; whoever looks finds them of one and the same transaction.
#[test]
fn commits_are_seen_whole() {
    const NAMES: u32 = 8;
    let store = store();
    let rename = |store: &Store| {
        store
            .transaction(|tx| {
                let key = tx.generate()?;
                (0..NAMES).try_for_each(|n| tx.name(Key::Team(n), key))
            })
            .unwrap();
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
                    store.context(|ctx| {
                        let text = ctx.encrypt_text(Key::Team(0), "milk").unwrap();
                        for n in 1..NAMES {
                            assert!(ctx.decrypt_text(Key::Team(n), &text).is_ok(), "of another transaction: {n}");
                        }
                    });
                }
            });
        }
    });
    assert_eq!(store.usage().secrets, 1, "every replaced key is gone");
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
    assert!(store.context(|ctx| (0..200).all(|n| ctx.has(Key::Team(n)))));
    assert_eq!(store.usage().secrets, 200);
}

/// A transaction whose closure waits for other transactions and contexts: no lock is held while it runs.
#[test]
fn nobody_waits_for_a_closure() {
    let store = store();
    let (done, waits) = mpsc::channel();
    std::thread::scope(|threads| {
        let store = &store;
        let result = store.transaction(|tx| {
            let key = tx.generate()?;
            tx.name(Key::User, key)?;
            threads.spawn(move || {
                name_new(store, Key::Team(1));
                let _ = done.send(has(store, Key::Team(1)));
            });
            let seen = waits.recv_timeout(Duration::from_secs(30));
            assert_eq!(seen, Ok(true), "another transaction had to wait");
            Ok::<_, Error>(())
        });
        result.unwrap();
    });
    assert!(has(&store, Key::User) && has(&store, Key::Team(1)), "both are kept");
}

#[test]
fn transactions_nest_and_the_last_to_end_wins() {
    let store = store();
    let mut inner_text = None;
    store
        .transaction(|outer| {
            let key = outer.generate()?;
            outer.name(Key::User, key)?;
            name_new(&store, Key::User);
            inner_text = Some(encrypt(&store, Key::User));
            Ok::<_, Error>(())
        })
        .unwrap();
    assert!(!opens(&store, Key::User, &inner_text.unwrap()));
}

#[test]
fn debug_shows_no_secrets() {
    let store = Store::open(Demand::Exactly(Protection::Plain)).unwrap();
    name_new(&store, Key::User);
    assert_eq!(
        format!("{store:?}"),
        r#"KeyStore { protection: "at rest: plain; in use: not protected", named: 1, .. }"#
    );
    store.context(|ctx| {
        let key = ctx.generate().unwrap();
        assert_eq!(format!("{ctx:?}"), "Context { named: 1, local: 1, .. }");
        assert_eq!(format!("{key:?}"), "LocalKey(symmetric #0)");
        assert_eq!(format!("{:?}", KeyRef::<Keys>::from(Key::Team(3))), "Named(Team(3))");
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
    assert_eq!(format!("{password:?}"), "SecretBytes(..)");
}

#[test]
fn a_bound_is_an_error_and_harms_nothing() {
    let store = Store::open_bounded(Policy::best_available(), 4096).unwrap();
    let filled: Result<(), Error> = store.transaction(|tx| {
        for n in 0..1000 {
            let key = tx.generate()?;
            tx.name(Key::Team(n), key)?;
        }
        Ok(())
    });
    let Err(Error::Generate(strongroom::GenerateError::Memory(error))) = filled else { panic!("{filled:?}") };
    assert!(matches!(error, MemoryError::Bound { bytes: 4096 }), "{error:?}");
    assert_eq!(store.usage().secrets, 0);
    name_new(&store, Key::User);
    assert!(opens(&store, Key::User, &encrypt(&store, Key::User)));
}

#[test]
#[cfg(unix)]
fn a_password_is_read_from_a_descriptor() {
    use std::io::{Seek, Write};
    use std::os::fd::AsFd;

    let store = store();
    let kdf = Kdf::pbkdf2(5_000).unwrap();
    let wrap = |password: &SecretBytes| {
        store.context(|ctx| {
            let by = ctx.derive_from_password(password, &kdf, b"salt").unwrap();
            ctx.encrypt_text(by, "milk").unwrap()
        })
    };
    let unwraps = |password: &SecretBytes, text: &EncString| {
        store.context(|ctx| {
            let by = ctx.derive_from_password(password, &kdf, b"salt").unwrap();
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

    let long = "x".repeat(SecretBytes::MAX + 1);
    assert!(matches!(store.secret_text(&long), Err(MemoryError::TooLarge { .. })));
}

#[test]
fn the_report_says_what_protects_the_store() {
    let store = Store::open(Demand::Exactly(Protection::Plain)).unwrap();
    assert_eq!(store.protection().at_rest, Protection::Plain);
    assert_eq!(store.report().protection, store.protection());
    let refused = Store::open(Policy::best_available().in_use(Demand::AtLeast(Protection::Secret)));
    let opened = refused.map(|store| store.protection().in_use);
    assert!(matches!(opened, Err(_) | Ok(Protection::Secret)), "{opened:?}");
}

/// Types that programs put into statics and send between threads.
#[test]
fn stores_and_contexts_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Store>();
    shared::<Context<'_, Keys>>();
    shared::<KeyRef<'_, Keys>>();
    shared::<Error>();
}
