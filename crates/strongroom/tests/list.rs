//! Lists: in order, from one snapshot, a result for each item, nothing of one item in the next.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "parallel")]
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(feature = "parallel")]
use std::sync::Condvar;
use std::sync::Mutex;
#[cfg(feature = "parallel")]
use std::thread::ThreadId;
#[cfg(feature = "parallel")]
use std::time::Duration;

use strongroom::{
    Context, Decryptable, EncString, Encryptable, Error, ErrorKind, KeyStore, KeyUses, Sealed, UsesKey,
    algorithms::SymmetricAlgorithm,
    errors::{ItemError, WrongKey},
    list::Lists,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Team(u32) }
}

type Store = KeyStore<Keys>;

fn store() -> Store {
    let store = Store::open().unwrap();
    rename(&store);
    store
}

fn rename(store: &Store) {
    let named: Result<(), Error> = store.transaction(|tx| {
        let (user, team) = (
            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
            tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
        );
        tx.replace(Key::User, user)?;
        tx.replace(Key::Team(1), team)
    });
    named.unwrap();
}

/// Opens all of them, or says which is the first that does not open.
fn try_decrypt(store: &Store, sealed: &[SealedNote]) -> Result<Vec<Note>, ItemError<Error>> {
    store.try_context(|ctx| ctx.try_map_list(sealed, |child, _, note| note.decrypt(child, child.key(note.uses_key())?)))
}

#[derive(Debug, Clone, PartialEq)]
struct Note {
    team: Option<u32>,
    text: String,
}

#[derive(Debug, Clone, PartialEq)]
struct SealedNote {
    team: Option<u32>,
    key: EncString,
    text: Sealed<String>,
}

impl UsesKey for Note {
    type Name = Key;
    fn uses_key(&self) -> Key {
        self.team.map_or(Key::User, Key::Team)
    }
}
impl UsesKey for SealedNote {
    type Name = Key;
    fn uses_key(&self) -> Key {
        self.team.map_or(Key::User, Key::Team)
    }
}
impl Encryptable<Keys> for Note {
    type Sealed = SealedNote;
    type Error = Error;
    fn encrypt<'c>(&self, ctx: &Context<'c, Keys>, owner: strongroom::Key<'c>) -> Result<SealedNote, Error> {
        let own = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        // The only local key beside its parents', whatever items went before on this thread.
        let shown = format!("{ctx:?}");
        assert!(shown.contains("local: 1,") || shown.contains("local: 2,"), "{shown}");
        Ok(SealedNote { team: self.team, key: ctx.wrap_key(owner, own)?, text: self.text.encrypt(ctx, own)? })
    }
}
impl Decryptable<Keys> for SealedNote {
    type Plain = Note;
    type Error = Error;
    fn decrypt<'c>(&self, ctx: &Context<'c, Keys>, owner: strongroom::Key<'c>) -> Result<Note, Error> {
        let own = ctx.unwrap_key(owner, &self.key, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(Note { team: self.team, text: self.text.decrypt(ctx, own)? })
    }
}

fn notes(len: u32) -> Vec<Note> {
    (0..len).map(|n| Note { team: (n % 3 == 0).then_some(1), text: format!("note {n}") }).collect()
}

fn seal(store: &Store, notes: &[Note]) -> Vec<SealedNote> {
    store.encrypt_list(notes).into_iter().map(Result::unwrap).collect()
}

#[test]
fn lists_come_back_in_order() {
    let store = store();
    for len in [0, 1, 4, 5, 1000] {
        let notes = notes(len);
        let sealed = seal(&store, &notes);
        let opened: Vec<Note> = store.decrypt_list(&sealed).into_iter().map(Result::unwrap).collect();
        assert_eq!(opened, notes);
        assert_eq!(try_decrypt(&store, &sealed).unwrap(), notes);
    }
    assert_eq!(store.keys().prepared, 2, "keys of items are gone");
}

#[test]
fn a_bad_item_has_its_error_and_the_others_their_contents() {
    let store = store();
    let notes = notes(100);
    let mut sealed = seal(&store, &notes);
    sealed[17].team = Some(7);
    sealed[60].text = sealed[61].text.clone();
    for (n, (opened, note)) in store.decrypt_list(&sealed).into_iter().zip(&notes).enumerate() {
        match (n, opened) {
            (17, opened) => assert_eq!(opened.unwrap_err().to_string(), "the store holds no key Team(7) (find)"),
            (60, opened) => {
                assert!(
                    matches!(&opened, Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged))),
                    "{opened:?}"
                );
            }
            (_, opened) => assert_eq!(opened.unwrap(), *note),
        }
    }
    // The first error is the first in the list, each time.
    for _ in 0..20 {
        let error = try_decrypt(&store, &sealed).unwrap_err();
        assert_eq!(error.index, 17);
        assert_eq!(error.to_string(), "item 17: the store holds no key Team(7) (find)");
    }
    assert!(matches!(Error::from(try_decrypt(&store, &sealed).unwrap_err()).kind(), ErrorKind::Item { index: 17, .. }));
    assert_eq!(store.keys().prepared, 2);
}

#[test]
fn it_stops_at_the_first_error() {
    let store = store();
    let seen = Mutex::new(0);
    let things: Vec<u32> = (0..100_000).collect();
    let result: Result<Vec<u32>, ItemError<u32>> = store.try_context(|ctx| {
        ctx.try_map_list(&things, |_, _, &n| {
            *seen.lock().unwrap() += 1;
            if n == 10 { Err(n) } else { Ok(n) }
        })
    });
    assert_eq!(result, Err(ItemError { index: 10, error: 10 }));
    assert!(*seen.lock().unwrap() < things.len(), "later items were left out");
}

#[test]
fn all_items_see_one_snapshot() {
    let store = store();
    let things: Vec<u32> = (0..200).collect();
    // Two at once would be in conflict, as they should.
    let turn = Mutex::new(());
    let texts = store.try_context(|ctx| {
        ctx.map_list(&things, |child, _, &n| {
            if n % 20 == 0 {
                let _turn = turn.lock().unwrap();
                rename(&store);
            }
            child.encrypt_text(child.key(Key::User).unwrap(), "milk").unwrap()
        })
    });
    let opened = |text: &EncString| {
        store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, text)).is_ok())
    };
    assert!(!texts.iter().any(opened), "all with the first key, which is replaced");
    let error =
        store.try_context(|ctx| ctx.key(Key::User).and_then(|key| ctx.decrypt_text(key, &texts[0])).unwrap_err());
    assert_eq!(error, ErrorKind::WrongKey(WrongKey::OrChanged));
    assert_eq!(store.keys().prepared, 2);
}

#[test]
fn a_list_under_a_local_key() {
    let store = store();
    let notes = notes(50);
    store.try_context(|ctx| {
        let outer = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let sealed: Vec<SealedNote> = ctx.encrypt_list(outer, &notes).into_iter().map(Result::unwrap).collect();
        let opened: Vec<Note> = ctx.decrypt_list(outer, &sealed).into_iter().map(Result::unwrap).collect();
        assert_eq!(opened, notes);
        assert!(ctx.decrypt_list(ctx.key(Key::User).unwrap(), &sealed).iter().all(Result::is_err));
    });
}

#[cfg(feature = "parallel")]
#[test]
fn the_callers_own_pool() {
    let store = store();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let threads = Mutex::new(HashSet::<ThreadId>::new());
    let things: Vec<u32> = (0..1000).collect();
    pool.install(|| {
        store.try_context(|ctx| {
            ctx.map_list(&things, |_, _, _| {
                threads.lock().unwrap().insert(std::thread::current().id());
            })
        })
    });
    let of_pool: HashSet<ThreadId> = pool.broadcast(|_| std::thread::current().id()).into_iter().collect();
    let threads = threads.into_inner().unwrap();
    assert!(!threads.is_empty() && threads.is_subset(&of_pool), "{threads:?} {of_pool:?}");
    // From inside an item, another list; from inside the pool's job, another pool's.
    let nested = store.try_context(|ctx| {
        ctx.map_list(&things[..20], |child, _, _| {
            child.map_list(&things[..20], |inner, _, _| {
                inner.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).is_ok()
            })
        })
    });
    assert!(nested.iter().flatten().all(|made| *made));
}

/// Two that wait for each other; says whether both came.
#[cfg(feature = "parallel")]
struct Meeting(Mutex<u32>, Condvar);

#[cfg(feature = "parallel")]
impl Meeting {
    const fn new() -> Self {
        Self(Mutex::new(0), Condvar::new())
    }

    fn attend(&self) -> bool {
        let mut here = self.0.lock().unwrap();
        *here += 1;
        self.1.notify_all();
        let (here, _) = self.1.wait_timeout_while(here, Duration::from_secs(30), |here| *here < 2).unwrap();
        *here == 2
    }
}

/// The first item and the last run at the same time, whatever the list is: one after the other they would never meet.
#[cfg(feature = "parallel")]
#[test]
fn items_run_in_parallel() {
    // Less has no room for the signal stacks of two threads.
    #[cfg(target_os = "linux")]
    strongroom_testkit::needs_locked_memory!(1 << 20);
    let store = store();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let things: Vec<u32> = (0..100).collect();
    let meet = |meeting: &Meeting, n: u32| !n.is_multiple_of(99) || meeting.attend();
    pool.install(|| {
        store.try_context(|ctx| {
            let meeting = Meeting::new();
            let met = ctx.map_list(&things, |_, _, &n| meet(&meeting, n));
            assert!(met.iter().all(|met| *met), "a list");
            let meeting = Meeting::new();
            let met = ctx.try_map_list(&things, |_, _, &n| if meet(&meeting, n) { Ok(n) } else { Err(n) });
            assert_eq!(met.as_ref(), Ok(&things), "a list that stops at an error");
        });
    });
}

/// Each thread of a list has an alternate signal stack in secret memory, of which a tight limit has room for none.
#[cfg(feature = "parallel")]
#[test]
#[cfg(target_os = "linux")]
fn under_a_tight_limit_the_caller_works_alone() {
    use strongroom_testkit::{Limit, victim};
    strongroom_testkit::needs_locked_memory!(8 << 20);
    for (kib, is_alone) in [(64, true), (128, true), (8192, false)] {
        let victim = victim!().named(format!("{kib} KiB")).unprivileged().limit(Limit::LockedMemory, kib << 10);
        let outcome = victim.run(move || {
            let store = store();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            let threads = Mutex::new(HashSet::new());
            let meeting = Meeting::new();
            let things: Vec<u32> = (0..100).collect();
            let caller = pool.install(|| {
                store.try_context(|ctx| {
                    let sealed = ctx.map_list(&things, |child, _, n| {
                        threads.lock().unwrap().insert(std::thread::current().id());
                        assert!(is_alone || !n.is_multiple_of(99) || meeting.attend());
                        child.key(Key::User).and_then(|key| child.encrypt_text(key, "milk")).is_ok()
                    });
                    assert!(sealed.iter().all(|sealed| *sealed));
                });
                std::thread::current().id()
            });
            let threads = threads.into_inner().unwrap();
            assert_eq!(threads == HashSet::from([caller]), is_alone, "{threads:?}");
        });
        outcome.assert_exit(0);
    }
}

/// A list that is overtaken by a lock or begun after it keeps no signal stack.
#[cfg(feature = "parallel")]
#[test]
#[cfg(target_os = "linux")]
fn a_list_leaves_no_secret_page_of_a_locked_store() {
    use strongroom_testkit::{area::Area, victim};
    strongroom_testkit::needs_secret_memory!();
    strongroom_testkit::needs_locked_memory!(1 << 20);
    let outcome = victim!().run(|| {
        let pages = || Area::all().iter().filter(|area| area.is_secret()).count();
        let (store, things) = (store(), (0..100).collect::<Vec<u32>>());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        let list = |at: u32| {
            pool.install(|| {
                store.try_context(|ctx| {
                    ctx.map_list(&things, |child, _, n| {
                        if *n == at {
                            store.lock();
                        }
                        child.key(Key::User).and_then(|key| child.encrypt_text(key, "milk")).is_ok()
                    })
                })
            })
        };
        store.lock();
        assert_eq!(pages(), 0);
        assert!(!list(u32::MAX).contains(&true), "locked");
        assert_eq!(pages(), 0, "begun after the lock");
        for at in [0, 50, 99] {
            rename(&store);
            assert!(!list(u32::MAX).contains(&false), "unlocked");
            assert!(pages() > 3, "the control: stacks are kept for the next list");
            assert!(!list(at)[at as usize]);
            assert_eq!(pages(), 0, "overtaken at {at}");
        }
    });
    outcome.assert_exit(0);
}

/// It has none of the pool's threads.
#[test]
#[cfg(target_os = "linux")]
fn in_a_forked_child_the_caller_works_alone() {
    use strongroom_testkit::{End, fork, victim};
    let outcome = victim!().run(|| {
        let store = store();
        let sealed = seal(&store, &notes(100));
        let end = fork::child(|| {
            let refused =
                |result: &Result<Note, Error>| result.as_ref().is_err_and(|error| error.to_string().contains("forked"));
            u8::from(!store.decrypt_list(&sealed).iter().all(refused))
        });
        assert_eq!(end, End::Exit(0));
        assert!(store.decrypt_list(&sealed).iter().all(Result::is_ok));
    });
    outcome.assert_exit(0);
}

#[test]
fn a_panic_in_an_item_ends_the_list_and_nothing_else() {
    let store = store();
    let things: Vec<u32> = (0..100).collect();
    let result = catch_unwind(AssertUnwindSafe(|| {
        store.try_context(|ctx| {
            ctx.map_list(&things, |child, _, &n| {
                child.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
                assert_ne!(n, 50, "a bug in the program");
            })
        })
    }));
    assert!(result.is_err());
    assert_eq!(store.keys().prepared, 2);
    assert_eq!(seal(&store, &notes(10)).len(), 10);
}

#[test]
fn a_list_that_is_overtaken_by_a_lock() {
    let store = store();
    let sealed = seal(&store, &notes(2000));
    let results = store.try_context(|ctx| {
        let user = ctx.key(Key::User).unwrap();
        ctx.map_list(&sealed, |child, parent, note| {
            if note.uses_key() == Key::User && note.team.is_none() && note == &sealed[1001] {
                store.lock();
            }
            note.decrypt(child, parent.lend(user)).is_ok()
        })
    });
    assert!(!results[1001], "its own lock");
    assert_eq!(store.usage().secrets, 0);
    assert!(store.decrypt_list(&sealed).iter().all(Result::is_err));
}
