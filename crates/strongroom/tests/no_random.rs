//! Where the system gives no random bytes, what needs them says so, and the rest works.
#![cfg(target_os = "linux")]

use strongroom::{
    Error, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, Symmetric, algorithms::SymmetricAlgorithm,
    errors::Operation, streams::Streams,
};
use strongroom_account::{DeviceKey, Error as Failed, SendSecret};
use strongroom_testkit::{filter, libc, victim};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

#[test]
fn operations_that_need_random_bytes_say_so() {
    let outcome = victim!().run(|| {
        let store = KeyStore::<Keys>::open().unwrap();
        let named: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Key::User, key)
        });
        named.unwrap();
        let (text, wrapped) = store
            .try_context(|ctx| (ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk").unwrap(), ctx.wrap_key(ctx.key(Key::User).unwrap(), ctx.key(Key::User).unwrap()).unwrap()));
        filter::deny_syscall(libc::SYS_getrandom, libc::EPERM);
        // Another thread, because this one has initialisation vectors fetched ahead.
        std::thread::scope(|threads| {
            threads.spawn(|| {
                store.try_context(|ctx| {
                    assert_eq!(
                        ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).map_err(Error::into_kind),
                        Err(ErrorKind::NoRandom(None))
                    );
                    let encrypted = ctx.encrypt_text(ctx.key(Key::User).unwrap(), "milk");
                    assert!(matches!(&encrypted, Err(error) if matches!(error.kind(), ErrorKind::NoRandom(Some(_)))), "{encrypted:?}");
                    assert!(matches!(&ctx.wrap_key(ctx.key(Key::User).unwrap(), ctx.key(Key::User).unwrap()), Err(error) if matches!(error.kind(), ErrorKind::NoRandom(Some(_)))));
                    let refused = |made: Result<(), Failed>| {
                        assert!(matches!(&made, Err(Failed::Store(error)) if (error.operation(), error.kind()) == (Some(Operation::Extend), &ErrorKind::NoRandom(None))), "{made:?}");
                    };
                    refused(SendSecret::generate(ctx).map(drop));
                    refused(DeviceKey::generate(ctx).map(drop));
                    let fragment = store.secret_text("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
                    let send = SendSecret::read(ctx, &fragment).unwrap();
                    assert!(send.derive_key(ctx).is_ok());
                    let sealed = send.seal(ctx, ctx.key(Key::User).unwrap());
                    assert!(
                        matches!(&sealed, Err(Failed::Store(error)) if matches!(error.kind(), ErrorKind::NoRandom(Some(_)))),
                        "{sealed:?}"
                    );

                    assert_eq!(ctx.decrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap().expose_secret(), "milk");
                    assert!(ctx.key(Key::User).and_then(|key| ctx.unwrap_key::<Symmetric>(key, &wrapped, KeyUses::CONTENTS_AND_KEYS)).is_ok());
                    let password = store.secret_text("correct horse").unwrap();
                    assert!(
                        ctx.derive_from_password(
                            &password,
                            &Kdf::pbkdf2(5_000).unwrap(),
                            b"salt",
                            KeyUses::CONTENTS_AND_KEYS
                        )
                        .is_ok()
                    );
                });
            });
        });
        assert_eq!(store.keys().prepared, 1);
    });
    outcome.assert_exit(0);
}

/// Nonces are not fetched ahead: a restored snapshot of a virtual machine would hand them out again. Initialisation
/// vectors of CBC are, which is the control.
#[test]
fn a_nonce_is_fetched_when_its_message_is_made() {
    let outcome = victim!().run(|| {
        let store: KeyStore = KeyStore::open().unwrap();
        store.try_context(|ctx| {
            let keys = SymmetricAlgorithm::ALL
                .map(|algorithm| (algorithm, ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap()));
            for (_, key) in keys {
                assert!(ctx.encrypt_text(key, "milk").is_ok());
            }
            filter::deny_syscall(libc::SYS_getrandom, libc::EPERM);
            for (algorithm, key) in keys {
                let mut body = std::io::Cursor::new(Vec::new());
                for made in [
                    ctx.encrypt_text(key, "milk").map(drop),
                    ctx.wrap_key(key, key).map(drop),
                    ctx.encrypt_into(key, b"milk", &mut [0; 256]).map(drop),
                ] {
                    match algorithm {
                        SymmetricAlgorithm::Aes256CbcHmacSha256 => assert_eq!(made, Ok(()), "fetched ahead"),
                        _ => assert!(
                            matches!(&made, Err(error) if matches!(error.kind(), ErrorKind::NoRandom(Some(_)))),
                            "{algorithm}: {made:?}"
                        ),
                    }
                }
                let streamed = ctx.encrypt_stream(key, &mut &b"milk"[..], &mut body);
                assert_eq!(streamed.is_ok(), algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256, "{streamed:?}");
            }
        });
    });
    outcome.assert_exit(0);
}
