//! A forked child has a copy of the store's handle and none of its memory: every operation says so, nothing is wiped
//! pages used as a key, and a store of its own works.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom::{
    DecryptError, DeriveError, EncryptError, EnterError, Error, ExposeSecret, GenerateError, Kdf, KeyStore,
    MemoryError, Policy, Symmetric, UnwrapError, WrapError,
};
use strongroom_testkit::{End, fork, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn store() -> KeyStore<Keys> {
    let store = KeyStore::open(Policy::best_available()).unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate()?;
        tx.name(Key::User, key)
    });
    named.unwrap();
    store
}

#[test]
fn a_forked_child_is_told() {
    let outcome = victim!().run(|| {
        let store = store();
        let password = store.secret_text("correct horse").unwrap();
        let (text, wrapped) = store.context(|ctx| {
            let text = ctx.encrypt_text(Key::User, "milk").unwrap();
            (text, ctx.wrap(Key::User, Key::User).unwrap())
        });
        let end = fork::child(|| {
            let (memory, enter) = (MemoryError::ForkedChild, EnterError::ForkedChild);
            store.context(|ctx| {
                assert_eq!(ctx.encrypt_text(Key::User, "milk"), Err(EncryptError::Enter(enter)));
                assert_eq!(ctx.decrypt_text(Key::User, &text).unwrap_err(), DecryptError::Enter(enter));
                assert_eq!(ctx.wrap(Key::User, Key::User), Err(WrapError::Enter(enter)));
                assert_eq!(ctx.unwrap::<Symmetric>(Key::User, &wrapped), Err(UnwrapError::Memory(memory)));
                assert_eq!(ctx.generate(), Err(GenerateError::Memory(memory)));
                for kdf in [Kdf::pbkdf2(5_000).unwrap(), Kdf::argon2id(2, 16, 1).unwrap()] {
                    let derived = ctx.derive_from_password(&password, &kdf, b"salt");
                    assert_eq!(derived, Err(DeriveError::Memory(memory)));
                }
            });
            assert_eq!(store.secret_text("milk").unwrap_err(), memory);
            // The parent's password does not get into a store of the child's own.
            let own = self::store();
            own.context(|ctx| {
                let text = ctx.encrypt_text(Key::User, "tea").unwrap();
                assert_eq!(ctx.decrypt_text(Key::User, &text).unwrap().expose_secret(), "tea");
                let derived = ctx.derive_from_password(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt");
                assert_eq!(derived, Err(DeriveError::Memory(memory)));
            });
            drop((store, password, own));
            7
        });
        assert_eq!(end, End::Exit(7));
    });
    outcome.assert_exit(0);
}
