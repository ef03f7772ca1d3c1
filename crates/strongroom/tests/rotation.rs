//! Rotation: keys of all kinds, in one transaction, all of it or nothing.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[cfg(feature = "parallel")]
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
#[cfg(feature = "parallel")]
use std::sync::{Condvar, Mutex};
#[cfg(feature = "parallel")]
use std::time::Duration;

use strongroom::{
    Asymmetric, Context, EncString, Encryptable, Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, Sealed, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    errors::{Malformed, WrongKey},
    inspection::Inspect,
    rotation::{MoveLists, Rewrap, WrappedKey},
    signatures::{SignObjects, VerifyingKey},
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Old }
}

type Store = KeyStore<Keys>;

/// A store with a user key, 100 item keys wrapped by it, and a text under each item key.
fn account() -> (Store, Vec<EncString>, Vec<EncString>) {
    let store = Store::open().unwrap();
    let items: Result<Vec<(EncString, EncString)>, Error> = store.transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)?;
        let item = |n| {
            let item = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            Ok((tx.wrap_key(user, item)?, tx.encrypt_text(item, &format!("item {n}"))?))
        };
        (0..100).map(item).collect()
    });
    let (wrapped, texts) = items.unwrap().into_iter().unzip();
    (store, wrapped, texts)
}

fn open(store: &Store, by: Key, wrapped: &EncString, text: &EncString) -> Result<String, Error> {
    store.try_context(|ctx| {
        let key = ctx.unwrap_key(ctx.key(by)?, wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(ctx.decrypt_text(key, text)?.expose_secret().to_owned())
    })
}

/// The account is as it was: its items open under the key that it has.
fn assert_unchanged(store: &Store, wrapped: &[EncString], texts: &[EncString]) {
    assert!(wrapped.iter().zip(texts).all(|(key, text)| open(store, Key::User, key, text).is_ok()));
    let keys = store.keys();
    assert_eq!((keys.named, keys.prepared, keys.sealed), (1, 1, 0));
}

#[test]
fn every_item_opens_under_the_new_key_and_none_under_the_old() {
    let (store, wrapped, texts) = account();
    let note = store.try_context(|ctx| "milk".to_owned().encrypt(ctx, ctx.key(Key::User).unwrap())).unwrap();
    let rotated: Result<_, Error> = store.transaction(|tx| {
        let next = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let notes = tx
            .reencrypt_list(tx.key(Key::User)?, next, std::slice::from_ref(&note))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        let rewrapped = tx.rotate_to(Key::User, next, &wrapped)?;
        Ok((notes, rewrapped))
    });
    let (notes, rewrapped): (Vec<Sealed<String>>, _) = rotated.unwrap();
    for (n, ((old, new), text)) in wrapped.iter().zip(&rewrapped).zip(&texts).enumerate() {
        assert_eq!(open(&store, Key::User, new, text).unwrap(), format!("item {n}"));
        assert!(
            matches!(&open(&store, Key::User, old, text), Err(error) if matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)))
        );
    }
    let opened = store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, notes[0].as_enc_string())).unwrap();
    assert_eq!(opened.expose_secret(), "milk");

    let again: Result<Vec<EncString>, Error> = store.transaction(|tx| {
        let rotation = tx.rotate(Key::User, &rewrapped)?;
        tx.replace(Key::Old, rotation.key)?;
        assert_eq!(format!("{:?}", rotation.key), "Key(symmetric)");
        Ok(rotation.wrapped)
    });
    let again = again.unwrap();
    assert!(texts.iter().zip(&again).all(|(text, key)| open(&store, Key::User, key, text).is_ok()));
    assert!(texts.iter().zip(&again).all(|(text, key)| open(&store, Key::Old, key, text).is_ok()), "the same key");
    assert!(open(&store, Key::User, &rewrapped[0], &texts[0]).is_err());
}

/// What one of each kind opens, or who recognises it.
struct Public {
    text: EncString,
    sent: EncString,
    public: PublicKey,
    verifying: VerifyingKey,
}

/// 30 wrapped keys, of each kind in turn, the same three under every root.
fn keys_of_all_kinds(
    store: &Store,
    root: SymmetricAlgorithm,
    signing: AsymmetricAlgorithm,
) -> (Vec<WrappedKey>, Public) {
    let made: Result<_, Error> = store.transaction(|tx| {
        let user = tx.generate_with(root, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)?;
        let item = tx.generate_with(SymmetricAlgorithm::XChaCha20Poly1305, KeyUses::CONTENTS_AND_KEYS)?;
        let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        let signing = tx.generate_with(signing, KeyUses::CONTENTS_AND_KEYS)?;
        let public = Confirmed::without_check(tx.public_key(private)?);
        let mut wrapped = Vec::new();
        for _ in 0..10 {
            wrapped.push(WrappedKey::Symmetric(tx.wrap_key(user, item)?));
            wrapped.push(WrappedKey::Asymmetric(tx.wrap_key(user, private)?));
            wrapped.push(WrappedKey::Asymmetric(tx.wrap_key(user, signing)?));
        }
        let text = tx.encrypt_text(item, "milk")?;
        let (sent, verifying) = (tx.encapsulate(item, &public)?, tx.verifying_key(signing)?);
        Ok((wrapped, Public { text, sent, public: public.into_inner(), verifying }))
    });
    made.unwrap()
}

/// Unwraps each with the user key and puts it to use.
fn assert_all_work(store: &Store, wrapped: &[WrappedKey], facts: &Public) {
    store.try_context(|ctx| {
        for key in wrapped {
            let text = key.as_enc_string();
            match key {
                WrappedKey::Symmetric(_) => {
                    let key = ctx
                        .unwrap_key::<Symmetric>(ctx.key(Key::User).unwrap(), text, KeyUses::CONTENTS_AND_KEYS)
                        .unwrap();
                    assert_eq!(ctx.decrypt_text(key, &facts.text).unwrap().expose_secret(), "milk");
                }
                WrappedKey::Asymmetric(_) => {
                    let key = ctx
                        .unwrap_key::<Asymmetric>(ctx.key(Key::User).unwrap(), text, KeyUses::CONTENTS_AND_KEYS)
                        .unwrap();
                    if let Ok(public) = ctx.public_key(key) {
                        assert_eq!(public, facts.public);
                        let key = ctx.decapsulate(key, &facts.sent, KeyUses::CONTENTS_AND_KEYS).unwrap();
                        assert_eq!(ctx.decrypt_text(key, &facts.text).unwrap().expose_secret(), "milk");
                    } else {
                        facts.verifying.verify(b"message", &ctx.sign(key, b"message").unwrap()).unwrap();
                    }
                }
                other => unreachable!("{other:?}"),
            }
        }
    });
}

/// A new root of the same algorithm, and from the old algorithm to a new one.
#[test]
fn keys_of_all_kinds_move_in_one_transaction() {
    let store = Store::open().unwrap();
    for (root, signing) in [
        (SymmetricAlgorithm::Aes256CbcHmacSha256, AsymmetricAlgorithm::Ed25519),
        (SymmetricAlgorithm::XChaCha20Poly1305, AsymmetricAlgorithm::MlDsa44),
    ] {
        let (wrapped, facts) = keys_of_all_kinds(&store, root, signing);
        assert_all_work(&store, &wrapped, &facts);
        let rotated: Result<Vec<WrappedKey>, Error> =
            store.transaction(|tx| tx.rotate(Key::User, &wrapped).map(|rotation| rotation.wrapped));
        let rotated = rotated.unwrap();
        let algorithm = |store: &Store| {
            store.try_context(|ctx| ctx.key_info::<Symmetric>(ctx.key(Key::User).unwrap()).unwrap().algorithm())
        };
        assert_eq!(algorithm(&store), root, "the new root is what the old one was");
        assert_eq!(rotated.len(), wrapped.len());
        assert_all_work(&store, &rotated, &facts);
        for (old, new) in wrapped.iter().zip(&rotated) {
            assert_ne!(old, new);
            assert!(store.try_context(|ctx| {
                ctx.key(Key::User)
                    .and_then(|key| ctx.unwrap_key::<Symmetric>(key, old.as_enc_string(), KeyUses::CONTENTS_AND_KEYS))
                    .is_err()
            }));
        }
        let other = SymmetricAlgorithm::Xaes256Gcm;
        let changed: Result<Vec<WrappedKey>, Error> = store.transaction(|tx| {
            let next = tx.generate_with(other, KeyUses::CONTENTS_AND_KEYS)?;
            tx.rotate_to(Key::User, next, &rotated)
        });
        let changed = changed.unwrap();
        assert_eq!(algorithm(&store), other);
        assert_all_work(&store, &changed, &facts);
        assert!(changed.into_iter().all(|key| EncString::from(key).to_string().starts_with("7.")));
        assert_eq!(store.keys().prepared + store.keys().sealed, 1, "what was unwrapped on the way is gone");
    }
}

#[test]
fn one_that_does_not_open_leaves_everything_as_it_was() {
    let (store, mut wrapped, texts) = account();
    let good = wrapped[41].clone();
    wrapped[41] = texts[41].clone();
    let rotated: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::User, &wrapped).map(drop));
    let error = rotated.unwrap_err();
    assert_eq!(error.to_string(), "item 41: wrong key, or the wrapped key was changed (unwrap, key User)");
    let results =
        store.try_context(|ctx| ctx.rewrap_list(ctx.key(Key::User).unwrap(), ctx.key(Key::User).unwrap(), &wrapped));
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), n != 41, "{n}: {result:?}");
    }
    wrapped[41] = good;
    assert_unchanged(&store, &wrapped, &texts);

    let unknown: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::Old, &wrapped).map(drop));
    assert_eq!(unknown.unwrap_err().to_string(), "the store holds no key Old (find)");
    store.lock();
    let locked: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::User, &wrapped).map(drop));
    assert_eq!(locked.unwrap_err().to_string(), "the store holds no key User (find)");
}

/// Contents that lie under the root itself: a result each, or the first error.
#[test]
fn contents_are_encrypted_again_each_with_a_result_of_its_own() {
    let (store, _, _) = account();
    let result: Result<(), Error> = store.transaction(|tx| {
        let other = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let mut notes: Vec<Sealed<String>> = Vec::new();
        for n in 0..20 {
            let key = if n == 7 { other } else { tx.key(Key::User)? };
            notes.push(format!("note {n}").encrypt(tx, key)?);
        }
        let next = tx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS)?;
        for results in [
            tx.reencrypt_list(tx.key(Key::User).unwrap(), next, &notes),
            tx.rewrap_list(tx.key(Key::User).unwrap(), next, &notes),
        ] {
            assert_eq!(results.len(), 20);
            for (n, result) in results.into_iter().enumerate() {
                match result {
                    Ok(note) => {
                        let text = tx.decrypt_text(next, note.as_enc_string())?;
                        assert_eq!(text.expose_secret(), format!("note {n}"));
                    }
                    Err(error) => assert_eq!((n, error.to_string().contains("wrong key")), (7, true), "{error}"),
                }
            }
        }
        let failed = |result: Vec<Result<_, _>>| result.iter().position(Result::is_err);
        assert_eq!(failed(tx.reencrypt_list(tx.key(Key::User).unwrap(), next, &notes)), Some(7));
        assert_eq!(failed(tx.rewrap_list(tx.key(Key::User).unwrap(), next, &notes)), Some(7));
        Ok(())
    });
    result.unwrap();
}

/// A key of one kind where another was said is named by its place, and by nothing else.
#[test]
fn a_key_of_another_kind_is_named_and_nothing_moves() {
    let store = Store::open().unwrap();
    for (root, signing) in [
        (SymmetricAlgorithm::Aes256CbcHmacSha256, AsymmetricAlgorithm::Ed25519),
        (SymmetricAlgorithm::XChaCha20Poly1305, AsymmetricAlgorithm::MlDsa44),
    ] {
        let (wrapped, facts) = keys_of_all_kinds(&store, root, signing);
        let text = |n: usize| wrapped[n].as_enc_string().clone();
        let wrong = [
            (7, WrappedKey::Symmetric(text(7)), text(7)),
            (8, WrappedKey::Symmetric(text(8)), text(8)),
            (9, WrappedKey::Asymmetric(text(9)), text(9)),
        ];
        for (place, key, _) in wrong {
            let mut changed = wrapped.clone();
            changed[place] = key;
            let rotated: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::User, &changed).map(drop));
            let error = rotated.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Item { index, error }
                    if *index == place && **error == ErrorKind::Malformed(Malformed::NotAKey)),
                "{place}: {error:?}"
            );
        }
        assert_all_work(&store, &wrapped, &facts);
        assert_eq!(store.keys().named, 1);
    }
}

/// A program's own record, with contents under its own key or under the root itself.
#[derive(Debug)]
struct Item {
    key: Option<EncString>,
    name: Sealed<String>,
    bug: bool,
}

impl Rewrap<Keys> for Item {
    type Error = Error;

    fn rewrap<'c>(
        &self,
        ctx: &Context<'c, Keys>,
        from: strongroom::Key<'c>,
        to: strongroom::Key<'c>,
    ) -> Result<Self, Error> {
        if self.bug {
            panic_any("a bug in the program");
        }
        Ok(match &self.key {
            Some(key) => Item { key: Some(key.rewrap(ctx, from, to)?), name: self.name.clone(), bug: false },
            None => Item { key: None, name: self.name.rewrap(ctx, from, to)?, bug: false },
        })
    }
}

#[test]
fn a_panic_in_an_item_leaves_everything_as_it_was() {
    let (store, wrapped, texts) = account();
    let item = |n: usize, bug| Item { key: Some(wrapped[n].clone()), name: Sealed::from(texts[n].clone()), bug };
    let items: Vec<Item> = (0..100).map(|n| item(n, n == 57)).collect();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.transaction(|tx| tx.rotate(Key::User, &items).map(drop).map_err(|error| panic_any(error.to_string())))
    }));
    let panicked = panicked.map(|result: Result<(), Error>| result.is_ok()).unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"a bug in the program"));
    assert_unchanged(&store, &wrapped, &texts);

    let direct = store.try_context(|ctx| "direct".to_owned().encrypt(ctx, ctx.key(Key::User).unwrap())).unwrap();
    let mut items: Vec<Item> = (0..100).map(|n| item(n, false)).collect();
    items.push(Item { key: None, name: direct, bug: false });
    let rotated: Result<Vec<Item>, Error> =
        store.transaction(|tx| tx.rotate(Key::User, &items).map(|rotation| rotation.wrapped));
    let rotated = rotated.unwrap();
    for (n, item) in rotated.iter().enumerate() {
        let name = item.name.as_enc_string();
        let text = match &item.key {
            Some(key) => open(&store, Key::User, key, name).unwrap(),
            None => {
                store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, name)).unwrap().expose_secret().to_owned()
            }
        };
        assert_eq!(text, if n == 100 { "direct".to_owned() } else { format!("item {n}") });
    }
}

/// Somebody else rotates while this one runs: the first to end wins, and the other changes nothing.
#[test]
fn of_two_rotations_at_once_one_is_a_conflict() {
    let (store, wrapped, texts) = account();
    let mut inner = Vec::new();
    let outer: Result<Vec<EncString>, Error> = store.transaction(|outer| {
        let rotation = outer.rotate(Key::User, &wrapped)?;
        inner = store.transaction(|tx| tx.rotate(Key::User, &wrapped).map(|rotation| rotation.wrapped))?;
        Ok(rotation.wrapped)
    });
    let error = outer.unwrap_err();
    assert_eq!((error.kind(), error.key()), (&ErrorKind::Conflict, Some("User")));
    assert_unchanged(&store, &inner, &texts);
    assert!(open(&store, Key::User, &wrapped[0], &texts[0]).is_err());
}

/// The threads of the caller's own pool do it, and no others.
#[cfg(feature = "parallel")]
#[test]
fn the_callers_own_pool_rotates() {
    static SEEN: Mutex<Option<HashSet<std::thread::ThreadId>>> = Mutex::new(None);
    struct Seen(EncString);
    impl Rewrap<Keys> for Seen {
        type Error = Error;

        fn rewrap<'c>(
            &self,
            ctx: &Context<'c, Keys>,
            from: strongroom::Key<'c>,
            to: strongroom::Key<'c>,
        ) -> Result<Self, Error> {
            SEEN.lock().unwrap().get_or_insert_default().insert(std::thread::current().id());
            self.0.rewrap(ctx, from, to).map(Seen)
        }
    }
    let (store, wrapped, texts) = account();
    let things: Vec<Seen> = wrapped.into_iter().map(Seen).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let of_pool: HashSet<_> = pool.broadcast(|_| std::thread::current().id()).into_iter().collect();
    let rotated: Result<Vec<Seen>, Error> =
        pool.install(|| store.transaction(|tx| tx.rotate(Key::User, &things).map(|rotation| rotation.wrapped)));
    let rotated: Vec<EncString> = rotated.unwrap().into_iter().map(|seen| seen.0).collect();
    let seen = SEEN.lock().unwrap().take().unwrap();
    assert!(!seen.is_empty() && seen.is_subset(&of_pool), "{seen:?} {of_pool:?}");
    assert_unchanged(&store, &rotated, &texts);
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

/// The first and the last are moved at the same time: one after the other they would never meet.
#[cfg(feature = "parallel")]
#[test]
fn a_rotation_runs_in_parallel() {
    struct Meets<'m>(EncString, Option<&'m Meeting>);
    impl Rewrap<Keys> for Meets<'_> {
        type Error = Error;

        fn rewrap<'c>(
            &self,
            ctx: &Context<'c, Keys>,
            from: strongroom::Key<'c>,
            to: strongroom::Key<'c>,
        ) -> Result<Self, Error> {
            assert!(self.1.is_none_or(Meeting::attend), "they met");
            Ok(Self(self.0.rewrap(ctx, from, to)?, self.1))
        }
    }
    let (store, wrapped, texts) = account();
    let (meeting, last) = (Meeting::new(), wrapped.len() - 1);
    let meets = |(n, key)| Meets(key, (n == 0 || n == last).then_some(&meeting));
    let things: Vec<Meets<'_>> = wrapped.into_iter().enumerate().map(meets).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let rotated: Result<Vec<Meets<'_>>, Error> =
        pool.install(|| store.transaction(|tx| tx.rotate(Key::User, &things).map(|rotation| rotation.wrapped)));
    let rotated: Vec<EncString> = rotated.unwrap().into_iter().map(|meets| meets.0).collect();
    assert_unchanged(&store, &rotated, &texts);
}
