//! A forked child has a copy of the store's handle and none of its memory: every operation says so, nothing is wiped
//! pages used as a key, and a store of its own works.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use strongroom::{
    Asymmetric, Error, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, Policy, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
    hazmat,
    inspection::Inspect,
    list::Lists,
    master_keys::MasterKeys,
    protected::ProtectedContents,
    signatures::SignObjects,
};
use strongroom_account::{self as account, DeviceKey, Error as Failed, SendSecret};
use strongroom_testkit::fork::Side;
use strongroom_testkit::{End, fork, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Team, Item(u32) }
    asymmetric Opens { User }
    asymmetric Signs { User }
}

fn store() -> KeyStore<Keys> {
    let store = KeyStore::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)
    });
    named.unwrap();
    store
}

#[test]
fn a_forked_child_is_told() {
    let outcome = victim!().run(|| {
        let store = store();
        let password = store.secret_text("correct horse").unwrap();
        let (text, wrapped) = store.try_context(|ctx| {
            let text = ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").unwrap();
            (text, ctx.wrap_key(ctx.key(Key::User).unwrap(), ctx.key(Key::User).unwrap()).unwrap())
        });
        let end = fork::child(|| {
            store.try_context(|ctx| {
                assert_eq!(
                    ctx.key(Key::User).and_then(|key| ctx.encrypt_text(key, "milk")).map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, &text)).unwrap_err(),
                    ErrorKind::ForkedChild
                );
                assert_eq!(
                    ctx.wrap_key(ctx.key(Key::User).unwrap(), ctx.key(Key::User).unwrap()).map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.key(Key::User)
                        .and_then(|key| ctx.unwrap_key::<Symmetric>(key, &wrapped, KeyUses::CONTENTS_AND_KEYS))
                        .map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                        .map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                for kdf in [Kdf::pbkdf2(5_000).unwrap(), Kdf::argon2id(2, 16, 1).unwrap()] {
                    let derived = ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS);
                    assert_eq!(derived.map_err(Error::into_kind), Err(ErrorKind::ForkedChild));
                }
            });
            assert_eq!(store.secret_text("milk").unwrap_err(), ErrorKind::ForkedChild);
            // The parent's password does not get into a store of the child's own.
            let own = self::store();
            own.try_context(|ctx| {
                let text = ctx.encrypt_text(ctx.key(Key::User).unwrap(), "tea").unwrap();
                assert_eq!(ctx.decrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap().expose_secret(), "tea");
                let derived = ctx.derive_from_password(
                    &password,
                    &Kdf::pbkdf2(5_000).unwrap(),
                    b"salt",
                    KeyUses::CONTENTS_AND_KEYS,
                );
                assert_eq!(derived.map_err(Error::into_kind), Err(ErrorKind::ForkedChild));
            });
            drop((store, password, own));
            7
        });
        assert_eq!(end, End::Exit(7));
    });
    outcome.assert_exit(0);
}

/// Keys of the other kinds, too; nothing of them is in the child, and none of its calls waits or makes one up.
#[test]
fn a_forked_child_is_told_by_keys_of_every_kind() {
    let outcome = victim!().run(|| {
        let store = store();
        let made: Result<_, Error> = store.transaction(|tx| {
            let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
            let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Opens::User, private)?;
            tx.replace(Signs::User, signing)?;
            let public = Confirmed::without_check(tx.public_key(private)?);
            let sent = tx.encapsulate(tx.key(Key::User)?, &public)?;
            Ok((public, sent, tx.wrap_key(tx.key(Key::User)?, private)?, tx.wrap_key(tx.key(Key::User)?, signing)?))
        });
        let (public, sent, private, signing) = made.unwrap();
        let end = fork::child(|| {
            store.try_context(|ctx| {
                assert_eq!(
                    ctx.key(Signs::User).and_then(|key| ctx.sign(key, b"message")).map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.key(Signs::User).and_then(|key| ctx.verifying_key(key)).unwrap_err(),
                    ErrorKind::ForkedChild
                );
                assert_eq!(
                    ctx.key(Opens::User).and_then(|key| ctx.public_key(key)).unwrap_err(),
                    ErrorKind::ForkedChild
                );
                assert_eq!(
                    ctx.key(Opens::User).and_then(|key| ctx.key_info::<Asymmetric>(key)).unwrap_err(),
                    ErrorKind::ForkedChild
                );
                assert_eq!(
                    ctx.key(Key::User).and_then(|key| ctx.encapsulate(key, &public)).map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.key(Opens::User)
                        .and_then(|key| ctx.decapsulate(key, &sent, KeyUses::CONTENTS_AND_KEYS))
                        .map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.key(Key::User)
                        .and_then(|key| ctx.unwrap_key::<Asymmetric>(key, &private, KeyUses::CONTENTS_AND_KEYS))
                        .map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                assert_eq!(
                    ctx.key(Key::User)
                        .and_then(|key| ctx.unwrap_key::<Asymmetric>(key, &signing, KeyUses::CONTENTS_AND_KEYS))
                        .map_err(Error::into_kind),
                    Err(ErrorKind::ForkedChild)
                );
                let generated = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS);
                assert_eq!(generated.map_err(Error::into_kind), Err(ErrorKind::ForkedChild));
                let imported =
                    hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256Gcm, &mut [7; 32], KeyUses::CONTENTS_AND_KEYS);
                assert_eq!(imported.map_err(|error| Error::from(error).into_kind()), Err(ErrorKind::ForkedChild));
                let exposed = hazmat::expose_encoded::<_, Asymmetric>(ctx, ctx.key(Opens::User).unwrap());
                assert_eq!(exposed.unwrap_err(), ErrorKind::ForkedChild);
            });
            let keys = store.keys();
            assert_eq!((keys.prepared, keys.sealed), (0, 0));
            7
        });
        assert_eq!(end, End::Exit(7));
        let opened = store.try_context(|ctx| {
            ctx.key(Opens::User).and_then(|key| ctx.decapsulate(key, &sent, KeyUses::CONTENTS_AND_KEYS)).is_ok()
        });
        assert!(
            opened && store.try_context(|ctx| ctx.key(Signs::User).and_then(|key| ctx.sign(key, b"message")).is_ok()),
            "the parent's are as they were"
        );
    });
    outcome.assert_exit(0);
}

/// Nor are there the secrets that a protocol hands out, and master keys.
#[test]
fn a_forked_child_has_no_secret_of_a_protocol() {
    let outcome = victim!().run(|| {
        let store = store();
        let password = store.secret_text("correct horse").unwrap();
        let (send, master, device) = store.try_context(|ctx| {
            let master = ctx.derive_master_key(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt").unwrap();
            (SendSecret::generate(ctx).unwrap(), master, DeviceKey::generate(ctx).unwrap())
        });
        let sealed = store.try_context(|ctx| send.seal(ctx, ctx.key(Key::User).unwrap())).unwrap();
        let end = fork::child(|| {
            let is_refused = |error: Failed| {
                assert!(matches!(&error, Failed::Store(error) if *error == ErrorKind::ForkedChild), "{error:?}");
            };
            is_refused(send.expose().unwrap_err());
            is_refused(device.expose().unwrap_err());
            store.try_context(|ctx| {
                is_refused(SendSecret::generate(ctx).unwrap_err());
                is_refused(SendSecret::read(ctx, &password).unwrap_err());
                is_refused(send.derive_key(ctx).unwrap_err());
                is_refused(send.password_hash(ctx, &password).unwrap_err());
                assert_eq!(ctx.stretch(&master).map_err(Error::into_kind), Err(ErrorKind::ForkedChild));
                let short = account::prf_key(ctx, &password).unwrap_err();
                assert_eq!(short.to_string(), "a secret of 13 bytes; it should have 32 at least");
                let opened = SendSecret::open(ctx, ctx.key(Key::User).unwrap(), &sealed);
                is_refused(opened.unwrap_err());
                let encrypted = ctx.encrypt_secret(ctx.key(Key::User).unwrap(), &password);
                assert_eq!(encrypted.map_err(Error::into_kind), Err(ErrorKind::ForkedChild));
            });
            // In a store of the child's own they are as little.
            let own = self::store();
            own.try_context(|ctx| is_refused(send.derive_key(ctx).unwrap_err()));
            7
        });
        assert_eq!(end, End::Exit(7));
        assert_eq!(send.expose().unwrap().len(), 22);
    });
    outcome.assert_exit(0);
}

/// A fork in the middle of a transaction and of a context: the child can neither use nor commit, the parent can.
#[test]
fn a_fork_inside_a_transaction() {
    let outcome = victim!().run(|| {
        let store = store();
        let text = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).unwrap();
        let done: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::Team, key)?;
            let end = fork::child(|| {
                assert_eq!(tx.encrypt_text(key, "x").map_err(Error::into_kind), Err(ErrorKind::ForkedChild));
                let failed: Result<(), Error> = store.transaction(|inner| {
                    let key =
                        inner.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                    inner.insert(Key::User, key)
                });
                assert!(matches!(&failed, Err(error) if matches!(error.kind(), ErrorKind::ForkedChild)));
                let removed: Result<(), Error> = store.transaction(|inner| inner.remove(Key::User));
                // It needs no secret memory: the child's own copy of the names changes, and not the parent's.
                removed.unwrap();
                assert_eq!((store.keys().named, store.try_context(|ctx| ctx.contains(Key::User))), (0, false));
                store.lock();
                7
            });
            assert_eq!(end, End::Exit(7));
            assert_eq!((store.keys().named, tx.contains(Key::User)), (1, true), "as it was before the fork");
            Ok(())
        });
        done.unwrap();
        store.try_context(|ctx| {
            assert_eq!(ctx.decrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap().expose_secret(), "milk");
            assert!(
                ctx.key(Key::Team).and_then(|key| ctx.encrypt_text(key, "x")).is_ok(),
                "the parent's transaction is committed"
            );
        });
        assert_eq!((store.keys().named, store.usage().secrets), (2, 3));
    });
    outcome.assert_exit(0);
}

/// Thousands of forks while other threads make, wake and put keys to rest, commit, lock and fail to unlock: whatever
/// lock one of them holds at that moment, a child that leaves the parent's contexts, tries each use and works with a
/// store of its own waits for nobody.
#[test]
fn forks_under_load() {
    const FORKS: usize = 2000;
    const NAMED: u32 = 100;
    const LOCAL: usize = 8;

    /// Room for a part of the named keys.
    fn crowded() -> KeyStore<Keys> {
        let store = KeyStore::open_bounded(Policy::best_available(), 32 << 10).unwrap();
        let named: Result<(), Error> = store.transaction(|tx| {
            (0..NAMED).try_for_each(|n| {
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                tx.replace(Key::Item(n), key)
            })
        });
        named.unwrap();
        store
    }

    /// Tries everything with the parent's stores, and then works with one of the child's own.
    fn child(crowded: &KeyStore<Keys>, locking: &KeyStore<Keys>) -> u8 {
        crowded.try_context(|ctx| {
            assert!(
                ctx.key(Key::Item(1)).and_then(|key| ctx.encrypt_text(key, "milk")).is_err()
                    && ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).is_err()
            );
        });
        let removed: Result<(), Error> = crowded.transaction(|tx| tx.remove(Key::Item(0)));
        removed.unwrap();
        assert_eq!(crowded.keys().prepared, 0);
        let unlocked: Result<(), Error> = locking.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, key)
        });
        assert!(unlocked.is_err());
        assert!(locking.try_local_context(|ctx| {
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).is_err()
        }));
        crowded.lock();
        locking.lock();
        assert!(locking.secret_text("milk").is_err() && !locking.report().lines().is_empty());
        let own = self::store();
        std::thread::scope(|threads| {
            threads.spawn(|| own.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).unwrap());
        });
        own.lock();
        assert_eq!((own.usage().secrets, own.usage().mapped), (0, 0));
        7
    }

    /// Ends the other threads, whatever happens.
    struct Ends<'e>(&'e AtomicBool);

    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let outcome = victim!().deadline(Duration::from_secs(600)).run(|| {
        let (crowded, locking) = (crowded(), store());
        let ends = AtomicBool::new(false);
        let [wakes, makes, locks] = [const { AtomicUsize::new(0) }; 3];
        let until = |work: &dyn Fn(u32)| {
            let mut n = 0;
            while !ends.load(Ordering::Relaxed) {
                work(n);
                n = n.wrapping_add(1);
            }
        };
        std::thread::scope(|threads| {
            threads.spawn(|| {
                until(&|n| {
                    crowded.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::Item(n * 37 % NAMED))?, "milk")).unwrap();
                    wakes.fetch_add(1, Ordering::Relaxed);
                });
            });
            threads.spawn(|| {
                until(&|n| {
                    let named: Result<(), Error> = crowded.transaction(|tx| {
                        let keys = [(); LOCAL].map(|()| {
                            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                        });
                        let [key, ..] = keys;
                        tx.replace(Key::Item(n % NAMED), key?)
                    });
                    named.unwrap();
                    makes.fetch_add(1, Ordering::Relaxed);
                });
            });
            threads.spawn(|| {
                until(&|_| {
                    locking.lock();
                    let failed: Result<(), Error> = locking.transaction(|tx| {
                        let key =
                            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                        tx.replace(Key::User, key)?;
                        tx.remove(Key::Team)
                    });
                    assert!(failed.is_err());
                    let named: Result<(), Error> = locking.transaction(|tx| {
                        let key =
                            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                        tx.replace(Key::User, key)
                    });
                    named.unwrap();
                    locks.fetch_add(1, Ordering::Relaxed);
                });
            });
            let ends = Ends(&ends);
            for n in 0..FORKS {
                let side = locking.try_context(|other| {
                    crowded.try_context(|ctx| {
                        for _ in 0..LOCAL {
                            let key = ctx
                                .generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                                .unwrap();
                            ctx.encrypt_text(key, "milk").unwrap();
                        }
                        let side = fork::split();
                        // Of the child: its session may be locked by now, at this moment, or not.
                        let used = other.key(Key::User).and_then(|key| other.encrypt_text(key, "milk"));
                        assert!(matches!(side, Side::Parent(_)) || used.is_err());
                        side
                    })
                });
                match side {
                    Side::Child => {
                        let code = catch_unwind(AssertUnwindSafe(|| child(&crowded, &locking)));
                        fork::leave(code.unwrap_or(101))
                    }
                    Side::Parent(forked) => assert_eq!(forked.end(), End::Exit(7), "fork {n}"),
                }
            }
            drop(ends);
        });
        for work in [wakes, makes, locks] {
            assert!(work.into_inner() > FORKS / 10, "the control");
        }
        assert!(crowded.keys().sealed > 0, "the control");
        assert!(
            (0..NAMED).all(|n| crowded.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::Item(n))?, "milk")).is_ok())
        );
    });
    outcome.assert_exit(0);
}

/// The threads of a pool that the parent has started are not in the child: it does not wait for them, whosever store it
/// is.
#[test]
fn a_list_in_a_forked_child_is_worked_on_by_the_caller() {
    let outcome = victim!().run(|| {
        let store = store();
        let texts: Vec<String> = (0..100).map(|n| format!("text {n}")).collect();
        let encrypted = |store: &KeyStore<Keys>| {
            store
                .try_context(|ctx| ctx.encrypt_list(ctx.key(Key::User).unwrap(), &texts))
                .iter()
                .filter(|text| text.is_ok())
                .count()
        };
        assert_eq!(encrypted(&store), 100);
        let end = fork::child(|| {
            assert_eq!(encrypted(&store), 0);
            assert_eq!(encrypted(&self::store()), 100);
            7
        });
        assert_eq!(end, End::Exit(7));
    });
    outcome.assert_exit(0);
}
