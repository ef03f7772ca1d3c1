//! A store used from inside a use of the same store: it works or is refused, and never deadlocks. Every combination has
//! a watchdog.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use strongroom::{
    Context, EncString, Error, ErrorKind, KeyId, KeyStore, KeyUses, Symmetric,
    algorithms::SymmetricAlgorithm,
    envelopes::{Envelopes, SymmetricEnvelopeNamespace},
    errors::Operation,
    inspection::Inspect,
    list::Lists,
    protected::ProtectedContents,
    streams::Streams,
};

/// How long a combination may take, which takes a millisecond.
const PATIENCE: Duration = Duration::from_secs(60);

type Hook = Box<dyn FnOnce()>;

thread_local! {
    /// What the next but so many calls of an id's method does beside its work.
    static HOOK: RefCell<Option<(usize, Hook)>> = const { RefCell::new(None) };
    static FIRED: Cell<bool> = const { Cell::new(false) };
}

fn step() {
    let due = HOOK.with_borrow_mut(|hook| match hook {
        Some((left @ 1.., _)) => {
            *left -= 1;
            None
        }
        _ => hook.take(),
    });
    if let Some((_, hook)) = due {
        FIRED.set(true);
        hook();
    }
}

/// Names whose every trait method may use the store.
#[derive(Clone, Copy)]
struct Key(u32);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        step();
        self.0 == other.0
    }
}
impl Eq for Key {}
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        step();
        self.0.hash(state);
    }
}
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        step();
        write!(f, "Key({})", self.0)
    }
}
impl KeyId for Key {
    type Set = Self;
    type Kind = Symmetric;
}
/// A body that is read, or written, by code of the caller's.
struct Body(Cursor<Vec<u8>>);

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        step();
        self.0.read(buffer)
    }
}
impl Write for Body {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        step();
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        step();
        Ok(())
    }
}
impl Seek for Body {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        step();
        self.0.seek(to)
    }
}

type Store = KeyStore<Key>;

const USER: Key = Key(0);
const OTHER: Key = Key(1);
const MISSING: Key = Key(9);

fn name(store: &Store, id: Key) -> Result<(), Error> {
    store.transaction(|tx| {
        let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(id, key)
    })
}

fn store() -> Arc<Store> {
    let store = Store::open().unwrap();
    name(&store, USER).unwrap();
    Arc::new(store)
}

/// Runs a combination on a thread of its own, and fails if it does not come back.
fn watched(what: String, work: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    match wait.recv_timeout(PATIENCE) {
        Ok(()) => thread.join().unwrap(),
        Err(RecvTimeoutError::Timeout) => panic!("{what}: a deadlock"),
        Err(RecvTimeoutError::Disconnected) => {
            assert!(thread.join().is_err());
            panic!("{what}: see above");
        }
    }
}

type Inner = fn(&Store);

/// What is done from inside.
const INNER: [(&str, Inner); 10] = [
    ("lock", |store| {
        store.lock();
        assert_eq!(
            store.try_context(|ctx| ctx.encrypt_text(ctx.key(USER)?, "")).map_err(Error::into_kind),
            Err(ErrorKind::Locked)
        );
    }),
    ("a context", |store| {
        store.try_context(|ctx| {
            let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS);
            assert_eq!(key.is_err(), store.is_locked());
            if let Ok(key) = key {
                ctx.encrypt_text(key, "").unwrap();
            }
        });
    }),
    ("a local context", |store| {
        store.try_local_context(|ctx| {
            let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert!(ctx.encrypt_text(key, "").is_ok() && !ctx.contains(USER));
        });
    }),
    ("a commit", |store| {
        name(store, OTHER).unwrap();
        assert!(store.try_context(|ctx| ctx.contains(OTHER)));
    }),
    ("a transaction that is rolled back", |store| {
        let result: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(OTHER, key)?;
            tx.remove(MISSING)
        });
        assert!(matches!(&result, Err(error) if matches!(error.kind(), ErrorKind::UnknownKey)), "{result:?}");
    }),
    ("a rotation", |store| {
        name(store, OTHER).unwrap();
        let done: Result<(), Error> = store.transaction(|tx| tx.rotate::<EncString>(OTHER, &[]).map(drop));
        done.unwrap();
    }),
    ("a list", |store| {
        let texts: Vec<String> = (0..20).map(|n| format!("text {n}")).collect();
        match store.context(|ctx| Ok(ctx.encrypt_list(ctx.key(USER)?, &texts))) {
            Ok(results) => {
                assert_eq!(results.len(), 20);
                assert!(results.iter().all(|result| result.is_ok() != store.is_locked()));
            }
            Err(error) => assert!(store.is_locked() && error == ErrorKind::Locked, "{error}"),
        }
    }),
    ("a lock and an unlocking", |store| {
        store.lock();
        name(store, USER).unwrap();
        assert!(!store.is_locked());
    }),
    ("looking", |store| {
        let _ = (store.keys(), store.usage(), store.report(), store.is_locked(), format!("{store:?}"));
        let password = store.secret_text("correct horse").unwrap();
        drop(password);
    }),
    ("another store", |_| {
        let other = self::store();
        assert!(other.try_context(|ctx| ctx.encrypt_text(ctx.key(USER)?, "")).is_ok());
        other.lock();
    }),
];

/// Whether the context that it was done in has lost its keys.
fn locks(inner: &str) -> bool {
    inner.contains("lock")
}

type Outer = fn(&Arc<Store>, &str, &(dyn Fn() + Sync));

/// Where it is done. Each runs `inner` somewhere inside, and then looks at its own keys.
const OUTER: [(&str, Outer); 8] = [
    ("a context", |store, what, inner| {
        store.try_context(|ctx| {
            let local = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            inner();
            assert_eq!(ctx.encrypt_text(local, "").is_err(), locks(what));
            assert_eq!(ctx.key(USER).and_then(|key| ctx.encrypt_text(key, "")).is_err(), locks(what));
            assert!(!ctx.contains(OTHER), "its snapshot is as it was");
        });
    }),
    ("a local context of a locked store", |store, what, inner| {
        store.lock();
        store.try_local_context(|ctx| {
            let local = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            inner();
            assert_eq!(ctx.encrypt_text(local, "").is_err(), locks(what));
        });
    }),
    ("a child", |store, what, inner| {
        store.try_context(|ctx| {
            let local = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            ctx.child(|child, parent| {
                inner();
                assert_eq!(child.encrypt_text(parent.lend(local), "").is_err(), locks(what));
            });
        });
    }),
    ("a transaction that is committed", |store, what, inner| {
        let result: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key(2), key)?;
            inner();
            Ok(())
        });
        match result {
            Err(error) if error == ErrorKind::Locked => {
                assert_eq!(error.operation(), Some(Operation::Commit));
                assert!(locks(what), "{what}");
            }
            result => {
                assert!(result.is_ok() && !locks(what) && store.try_context(|ctx| ctx.contains(Key(2))), "{result:?}")
            }
        }
    }),
    ("a transaction that is rolled back", |store, what, inner| {
        let result: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key(2), key)?;
            inner();
            tx.remove(MISSING)
        });
        assert!(result.is_err(), "{what}");
        assert!(!store.try_context(|ctx| ctx.contains(Key(2))));
    }),
    ("an unlocking", |store, what, inner| {
        store.lock();
        let result: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key(2), key)?;
            inner();
            Ok(())
        });
        match result {
            Err(error) if error == ErrorKind::Locked => {
                assert_eq!(error.operation(), Some(Operation::Commit));
                assert!(locks(what), "{what}");
            }
            result => assert!(result.is_ok() && !locks(what), "{result:?}"),
        }
    }),
    ("an item of a list", |store, what, inner| {
        let items: Vec<u32> = (0..20).collect();
        let results = store.try_context(|ctx| {
            ctx.map_list(&items, |child, _, n| {
                if *n == 7 {
                    inner();
                }
                child.encrypt_text(child.key(USER)?, "")
            })
        });
        assert_eq!(results.get(7).map(Result::is_err), Some(locks(what)));
    }),
    ("a context in a transaction in a context", |store, what, inner| {
        store.try_context(|outer| {
            let result: Result<(), Error> = store.transaction(|tx| {
                let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                store.try_context(|ctx| {
                    assert!(ctx.contains(USER));
                    inner();
                });
                tx.replace(Key(2), key)
            });
            assert_eq!(result.is_err(), locks(what), "{result:?}");
            assert_eq!(outer.key(USER).and_then(|key| outer.encrypt_text(key, "")).is_err(), locks(what));
        });
    }),
];

/// Locking, committing, opening contexts and all the rest from inside each place of the same store: on the thread that
/// is inside, and on another that it waits for.
#[test]
fn every_use_from_inside_every_other_never_deadlocks() {
    let mut combinations = 0;
    for (outer_name, outer) in OUTER {
        for (inner_name, inner) in INNER {
            for elsewhere in [false, true] {
                combinations += 1;
                let what = format!("{inner_name} in {outer_name}, on another thread: {elsewhere}");
                watched(what, move || {
                    let store = store();
                    outer(&store, inner_name, &|| {
                        if elsewhere {
                            let store = Arc::clone(&store);
                            std::thread::spawn(move || inner(&store)).join().unwrap();
                        } else {
                            inner(&store);
                        }
                    });
                    // It is as good as before.
                    store.lock();
                    assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
                    name(&store, USER).unwrap();
                    assert!(store.try_context(|ctx| ctx.encrypt_text(ctx.key(USER)?, "")).is_ok());
                });
            }
        }
    }
    assert_eq!(combinations, 160);
}

/// The trait methods of ids are the caller's code too, and so are bodies that are streamed. They run in the middle of
/// calls, commits among them. Whatever they do with the store, at whichever call, nothing waits for itself: no lock is
/// held while they run.
#[test]
fn ids_and_bodies_that_use_the_store_in_their_methods_never_deadlock() {
    fn work(store: &Arc<Store>) -> Result<(), Error> {
        fn look(ctx: &Context<'_, Key>) -> Result<(), Error> {
            ctx.encrypt_text(ctx.key(USER)?, "milk")?;
            let own = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            ctx.wrap_key(ctx.key(USER)?, ctx.key(USER)?)?;
            ctx.wrap_key(own, ctx.key(USER)?)?;
            let text = ctx.encrypt_text(ctx.key(USER)?, "milk")?;
            assert_eq!(ctx.decrypt_secret(ctx.key(USER)?, &text)?.len(), 4);
            let (mut body, mut sealed) = (Body(Cursor::new(vec![7; 100])), Body(Cursor::new(Vec::new())));
            ctx.encrypt_stream(ctx.key(USER)?, &mut body, &mut sealed)?;
            sealed.0.set_position(0);
            ctx.decrypt_stream(ctx.key(USER)?, &mut sealed, &mut body)?;
            ctx.key_info::<Symmetric>(ctx.key(USER)?)?;
            let cose = ctx.generate_with(SymmetricAlgorithm::XChaCha20Poly1305, KeyUses::CONTENTS_AND_KEYS)?;
            let purpose = SymmetricEnvelopeNamespace::SessionKey;
            assert!(ctx.seal_key(cose, ctx.key(USER)?, purpose).is_ok() || !ctx.contains(USER));
            let wrapped = ctx.wrap_key(ctx.key(USER)?, own)?;
            ctx.unwrap_key::<Symmetric>(ctx.key(USER)?, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
            assert!(!ctx.contains(MISSING));
            assert!(ctx.key(MISSING).is_err(), "and shows the id");
            let of_own = ctx.encrypt_text(own, "milk")?;
            assert!(ctx.decrypt_text(ctx.key(USER)?, &of_own).is_err(), "and shows the id of a key that is there");
            Ok(())
        }
        store.context(look)?;
        store.transaction(|tx| {
            look(tx)?;
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key(2), key)?;
            tx.replace(Key(3), key)?;
            tx.remove(Key(3))?;
            tx.replace(USER, key)
        })
    }
    let at_every_call = |(inner_name, inner): (&'static str, Inner)| {
        for call in 0.. {
            let (tell, told) = mpsc::channel();
            watched(format!("{inner_name} in call {call} of the caller's methods"), move || {
                let store = store();
                let of_hook = Arc::clone(&store);
                HOOK.set(Some((call, Box::new(move || inner(&of_hook)))));
                let result = work(&store);
                let unused = HOOK.take().is_some();
                assert_ne!(unused, FIRED.get());
                match &result {
                    Ok(()) => assert!(store.try_context(|ctx| ctx.contains(Key(2)))),
                    Err(error) => {
                        let text = error.to_string();
                        assert!(locks(inner_name), "{inner_name}: {error:?}");
                        // Locked, or locked and unlocked again, when its keys are gone.
                        assert!(
                            text.starts_with("the store is locked") || text.starts_with("the store holds no key"),
                            "{text}"
                        );
                    }
                }
                store.lock();
                assert_eq!((store.usage().secrets, store.usage().mapped), (0, 0));
                tell.send(unused).unwrap();
            });
            if told.recv().unwrap() {
                return call;
            }
        }
        0
    };
    let fired: usize = std::thread::scope(|threads| {
        let every = INNER.map(|inner| threads.spawn(move || at_every_call(inner)));
        every.into_iter().map(|one| one.join().unwrap()).sum()
    });
    println!("{fired} calls");
    assert!(fired > 9 * 20, "{fired}");
}

/// A name whose `Debug` asks the store for a key that is not there, and so has another name to show.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Endless(u32);

static ENDLESS: OnceLock<KeyStore<Endless>> = OnceLock::new();

impl fmt::Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = Self(self.0 + 1);
        let error = ENDLESS.get().unwrap().context(|ctx| ctx.encrypt_text(ctx.key(next)?, "")).unwrap_err();
        write!(f, "{} ({error})", self.0)
    }
}
impl KeyId for Endless {
    type Set = Self;
    type Kind = Symmetric;
}
#[test]
fn a_name_that_is_not_there_is_shown_once() {
    let store = ENDLESS.get_or_init(|| KeyStore::open().unwrap());
    for _ in 0..2 {
        let error = store.context(|ctx| ctx.encrypt_text(ctx.key(Endless(1))?, "")).unwrap_err();
        assert_eq!(error.key(), Some("1 (the store holds no such key (find))"));
    }
}
