//! Functions of a program's own: what they make and use, and what goes wrong.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and so does a function that is tried"
)]

use std::sync::atomic::{AtomicBool, Ordering};

use strongroom::extension::{self, ExposedKey, ScopeToken, SecretBox, StackBudget, Status};
use strongroom::{
    Error, ErrorKind, ExposeSecret, KeyStore, KeyUses, ProtectedBytes, Protection,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    errors::{Limit, Malformed, NotPermitted, Unsupported},
    hazmat,
    inspection::Inspect,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

const ROOM: StackBudget = StackBudget::stack(4 << 10, 24 << 10);

fn store() -> KeyStore<Keys> {
    let store = KeyStore::<Keys>::open().unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = hazmat::import_bytes(tx, SymmetricAlgorithm::Xaes256Gcm, &mut { [7; 32] }, KeyUses::CONTENTS)?;
        tx.replace(Key::User, key)
    });
    named.unwrap();
    store
}

/// Writes as many sevens as it is told.
fn sevens(_: &ScopeToken<'_>, length: usize, out: &mut [u8]) -> Result<usize, Status> {
    out.get_mut(..length).ok_or(Status(9))?.fill(7);
    Ok(length)
}

#[test]
fn a_key_that_a_function_makes_is_that_of_its_bytes() {
    let store = store();
    store.try_context(|ctx| {
        for (algorithm, length) in
            [(SymmetricAlgorithm::Aes256CbcHmacSha256, 64), (SymmetricAlgorithm::XChaCha20Poly1305, 32)]
        {
            let made = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, sevens, length).unwrap();
            let sealed = ctx.encrypt_text(made, "milk").unwrap();
            assert_eq!(ctx.decrypt_text(made, &sealed).unwrap().expose_secret(), "milk");
            assert!(matches!(&ctx.wrap_key(made, made), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(NotPermitted { .. }))));
            if length == 64 {
                assert_eq!(*hazmat::expose_encoded(ctx, made).unwrap(), [7; 64]);
            }
        }
        let algorithm = AsymmetricAlgorithm::Ed25519;
        let signing = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, sevens, 32).unwrap();
        let imported = hazmat::import_bytes(ctx, algorithm, &mut { [7; 32] }, KeyUses::CONTENTS).unwrap();
        assert_eq!(ctx.sign(signing, b"m").unwrap(), ctx.sign(imported, b"m").unwrap());
    });
}

#[test]
fn what_is_not_a_key_is_refused() {
    let store = store();
    store.try_context(|ctx| {
        let make =
            |algorithm, length| extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, sevens, length).map(drop);
        for length in [0, 31, 33, 64] {
            let made = make(SymmetricAlgorithm::Xaes256Gcm, length);
            assert_eq!(made.map_err(Error::into_kind), Err(ErrorKind::Malformed(Malformed::NotAKey)), "{length}");
        }
        assert_eq!(
            make(SymmetricAlgorithm::Xaes256Gcm, 5000).map_err(Error::into_kind),
            Err(ErrorKind::Function(Status(9)))
        );
        let rsa = extension::make_key(ctx, AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS, ROOM, sevens, 64).map(drop);
        assert_eq!(rsa.map_err(Error::into_kind), Err(ErrorKind::Malformed(Malformed::NotAKey)));

        let lies = |_: &ScopeToken<'_>, (): (), out: &mut [u8]| Ok(out.len() + 1);
        let made = extension::make_key(ctx, SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS, ROOM, lies, ());
        assert!(
            matches!(&made, Err(error) if matches!(error.kind(), ErrorKind::Limit(Limit::Secret { .. }))),
            "{made:?}"
        );
    });
}

fn panics(_: &ScopeToken<'_>, (): (), _: &mut [u8]) -> Result<usize, Status> {
    panic!("a function of a program's own")
}

#[test]
fn a_function_that_panics_or_says_no_is_an_error() {
    let store = store();
    store.try_context(|ctx| {
        let algorithm = SymmetricAlgorithm::Xaes256Gcm;
        let made = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, panics, ());
        assert_eq!(made.map(drop).map_err(Error::into_kind), Err(ErrorKind::Panicked));
        let no = |_: &ScopeToken<'_>, (): ()| Err::<[u8; 16], _>(Status(3));
        let made = extension::make_secret(ctx, |memory| SecretBox::try_make(memory, no, ()));
        let error = made.map(drop).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.kind()),
            ("the function ended with status 3 (extend)", &ErrorKind::Function(Status(3)))
        );

        let panics =
            |_: &ScopeToken<'_>, _: ExposedKey<'_>, (): ()| -> bool { panic!("a function of a program's own") };
        let used = extension::use_key(ctx, ctx.key(Key::User).unwrap(), ROOM, panics, ());
        assert!(matches!(&used, Err(error) if *error == ErrorKind::Panicked), "{used:?}");
    });
}

/// Where the store protects keys in use, no function runs on ordinary memory: neither one that allocates, nor one that
/// needs more stack than there is.
#[test]
fn a_function_that_has_no_room_in_secret_memory_is_refused() {
    let store = store();
    let runs_in_place = store.protection().in_use == Protection::Plain;
    let deep = StackBudget::stack(1 << 30, 1 << 30);
    let algorithm = SymmetricAlgorithm::Xaes256Gcm;
    store.try_context(|ctx| {
        for (room, is_expected) in [
            (
                StackBudget::ALLOCATING,
                (|kind| *kind == ErrorKind::Unsupported(Unsupported::Allocates)) as fn(&ErrorKind) -> bool,
            ),
            (deep, |kind| matches!(kind, ErrorKind::Limit(Limit::Stack { .. }))),
        ] {
            let used = extension::use_key(ctx, ctx.key(Key::User).unwrap(), room, |_, _: ExposedKey<'_>, ()| true, ());
            let key = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, room, sevens, 32).map(|_| true);
            let made = extension::make_secret(ctx, |memory| {
                SecretBox::try_make(&memory.reserving(room), |_, ()| Ok([7_u8; 8]), ())
            });
            for result in [used, key, made.map(|_| true)] {
                match result {
                    Ok(done) => assert!(done && runs_in_place, "{room:?}"),
                    Err(error) => assert!(is_expected(error.kind()) && !runs_in_place, "{room:?}: {error}"),
                }
            }
        }
    });
}

/// A lock waits for a function that makes a key: its bytes are in memory until it ends.
#[test]
fn a_lock_waits_for_a_key_that_is_made() {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    static LOCKING: AtomicBool = AtomicBool::new(false);
    static ENDED: AtomicBool = AtomicBool::new(false);

    fn slow(_: &ScopeToken<'_>, (): (), out: &mut [u8]) -> Result<usize, Status> {
        BEGUN.store(true, Ordering::SeqCst);
        while !LOCKING.load(Ordering::SeqCst) {
            std::hint::spin_loop();
        }
        // The lock has time to come back too early.
        let begin = std::time::Instant::now();
        while begin.elapsed().as_millis() < 50 {
            std::hint::spin_loop();
        }
        out.get_mut(..32).ok_or(Status(9))?.fill(7);
        ENDED.store(true, Ordering::SeqCst);
        Ok(32)
    }

    let store = store();
    std::thread::scope(|threads| {
        let used = threads.spawn(|| {
            store.context(|ctx| {
                let algorithm = SymmetricAlgorithm::Xaes256Gcm;
                let key = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, slow, ())?;
                while !store.is_locked() {
                    std::thread::yield_now();
                }
                ctx.encrypt_text(key, "milk").map(drop)
            })
        });
        while !BEGUN.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        LOCKING.store(true, Ordering::SeqCst);
        store.lock();
        assert!(ENDED.load(Ordering::SeqCst), "the lock came back while the key was made");
        assert_eq!(store.usage().secrets, 0);
        assert_eq!(used.join().unwrap().map_err(Error::into_kind), Err(ErrorKind::Locked));
    });
}

#[test]
fn a_function_sees_a_key_as_hazmat_hands_it_out() {
    let store = store();
    store.try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS).unwrap();
        let write = |inside: &ScopeToken<'_>, key: ExposedKey<'_>, out: &mut [u8]| key.write(inside, out);
        let mut out = [0; ExposedKey::MAX_LEN];
        let length = extension::use_key(ctx, key, ROOM, write, &mut out[..]).unwrap().unwrap();
        assert_eq!(out[..length], **hazmat::expose_encoded(ctx, key).unwrap());
        assert_eq!(extension::use_key(ctx, key, ROOM, write, &mut out[..length - 1]).unwrap(), None);
        let gone = extension::use_key(ctx, ctx.key(Key::User).unwrap(), ROOM, write, &mut out[..0]).unwrap();
        assert_eq!(gone, None);
    });
}

#[test]
fn a_locked_store_makes_and_uses_nothing() {
    let store = store();
    let algorithm = SymmetricAlgorithm::Xaes256Gcm;
    store.try_context(|ctx| {
        let user = ctx.key(Key::User).unwrap();
        store.lock();
        let made = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, ROOM, sevens, 32).map(drop);
        assert!(matches!(&made, Err(error) if matches!(error.kind(), ErrorKind::Locked)), "{made:?}");
        let made = extension::make_secret(ctx, |memory| SecretBox::try_make(memory, |_, ()| Ok([7_u8; 8]), ()));
        assert!(matches!(&made, Err(error) if matches!(error.kind(), ErrorKind::Locked)), "{made:?}");
        let used = extension::use_key(ctx, user, ROOM, |_, _: ExposedKey<'_>, ()| true, ());
        assert!(matches!(&used, Err(error) if matches!(error.kind(), ErrorKind::Locked)), "{used:?}");
    });
    // What makes a secret may take its time, or lock the store: a lock does not wait for it.
    let store = self::store();
    let secret = store.try_context(|ctx| {
        extension::make_secret(ctx, |memory| {
            store.lock();
            ProtectedBytes::try_make(
                memory,
                8,
                |_, (), out| {
                    out.fill(1);
                    Ok::<_, Status>(out.len())
                },
                (),
            )
        })
    });
    assert_eq!(secret.unwrap().len(), 8);
    assert!(store.is_locked());
}

#[test]
fn keys_that_are_the_same() {
    let store = store();
    store.try_context(|ctx| {
        let v1 = SymmetricAlgorithm::Aes256CbcHmacSha256;
        let key = ctx.generate_with(v1, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let by = ctx.generate_with(v1, KeyUses::KEYS).unwrap();
        let again = ctx.unwrap_key(by, &ctx.wrap_key(by, key).unwrap(), KeyUses::CONTENTS).unwrap();
        assert_eq!(ctx.is_same_key(key, again), Ok(true), "uses do not count");
        assert_eq!(ctx.is_same_key(key, by), Ok(false));
        assert_eq!(ctx.is_same_key(key, ctx.key(Key::User).unwrap()), Ok(false));
        // The same bytes with another id are another key.
        let other = hazmat::import_bytes(ctx, SymmetricAlgorithm::Xaes256Gcm, &mut { [7; 32] }, KeyUses::CONTENTS);
        assert_eq!(ctx.is_same_key(other.unwrap(), ctx.key(Key::User).unwrap()), Ok(false));
    });
}
