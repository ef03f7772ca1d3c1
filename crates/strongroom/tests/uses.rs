//! A key does what it was made for, and nothing else, however it was made.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;

use strongroom::{
    Asymmetric, Context, Error, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, Policy, ProtectedBytes, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate},
    envelopes::{
        DataEnvelopeNamespace, Envelopes, PasswordEnvelopeNamespace, SecretEnvelopeNamespace,
        SymmetricEnvelopeNamespace,
    },
    errors::Malformed,
    hazmat,
    inspection::{Inspect, KeyOperation},
    passwords::NewKdf,
    protected::ProtectedContents,
    rotation::MoveLists,
    signatures::SignObjects,
    streams::Streams,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { Other(u32) }
}

type Store = KeyStore<Keys>;

const ALL: [KeyUses; 3] = [KeyUses::CONTENTS, KeyUses::KEYS, KeyUses::CONTENTS_AND_KEYS];

const PIN: PasswordEnvelopeNamespace = PasswordEnvelopeNamespace::PinUnlock;
const INVITE: SecretEnvelopeNamespace = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
const SESSION: SymmetricEnvelopeNamespace = SymmetricEnvelopeNamespace::SessionKey;

fn store() -> Store {
    Store::open().unwrap()
}

/// What a symmetric key does, by trying: contents, keys.
///
/// Everything that is refused is refused for want of the permission.
fn does<'c>(ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> (bool, bool) {
    // What another key of the same algorithm, which may do all, has written is not opened: but the permission comes
    // first.
    let algorithm = ctx.key_info::<Symmetric>(key).unwrap().algorithm();
    let another = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
    let text = ctx.encrypt_text(another, "milk").unwrap();
    let wrapped = ctx.wrap_key(another, another).unwrap();
    let envelope = ctx.seal_key(another, another, SESSION).unwrap();
    let mut body = Cursor::new(Vec::new());
    ctx.encrypt_stream(another, &mut &b"milk"[..], &mut body).unwrap();
    let lacks = |result: Result<(), Error>, operation| matches!(&result, Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(e) if e.operation == operation));
    let secret = ctx.decrypt_secret(another, &text).unwrap();

    let refused_contents = [
        lacks(ctx.encrypt_text(key, "milk").map(drop), KeyOperation::Encrypt),
        matches!(&ctx.encrypt_bytes(key, b"milk"), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&ctx.encrypt_into(key, b"milk", &mut [0; 200]), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&ctx.encrypt_secret(key, &secret), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&
            ctx.encrypt_stream(key, &mut &b"milk"[..], &mut Cursor::new(Vec::new())), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        lacks(ctx.decrypt_text(key, &text).map(drop), KeyOperation::Decrypt),
        matches!(&ctx.decrypt_bytes(key, &text), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&ctx.decrypt_into(key, &text, &mut [0; 200]), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&ctx.decrypt_secret(key, &text), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&
            ctx.decrypt_stream(key, &mut Cursor::new(body.get_ref()), &mut Vec::new()), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
    ];
    let refused_keys = [
        lacks(ctx.wrap_key(key, another).map(drop), KeyOperation::Wrap),
        matches!(&ctx.seal_key(key, another, SESSION), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        lacks(ctx.unwrap_key::<Symmetric>(key, &wrapped, KeyUses::CONTENTS_AND_KEYS).map(drop), KeyOperation::Unwrap),
        matches!(&ctx.unwrap_key::<Asymmetric>(key, &wrapped, KeyUses::KEYS), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&ctx.unwrap_key::<Asymmetric>(key, &wrapped, KeyUses::CONTENTS), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
        matches!(&
            ctx.unseal_key(key, &envelope, SESSION, KeyUses::CONTENTS_AND_KEYS), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
    ];
    let alike = |refused: &[bool]| {
        let count = refused.iter().filter(|one| **one).count();
        assert!(count == 0 || count == refused.len(), "{refused:?}");
        count == 0
    };
    (alike(&refused_contents), alike(&refused_keys))
}

fn expected(uses: KeyUses) -> (bool, bool) {
    (uses != KeyUses::KEYS, uses != KeyUses::CONTENTS)
}

#[test]
fn a_key_does_what_it_was_made_for() {
    let store = store();
    let password = store.secret_text("correct horse").unwrap();
    let kdf = Kdf::pbkdf2(5_000).unwrap();
    for uses in ALL {
        store.try_context(|ctx| {
            let mut made: Vec<(String, strongroom::Key<'_>)> = Vec::new();
            let by = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS).unwrap();
            let pair = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS).unwrap();
            let public = ctx.public_key(pair).unwrap();
            let secret = ctx.generate_secret().unwrap();
            made.push(("generate".into(), ctx.generate(uses).unwrap()));
            made.push(("derive".into(), ctx.derive_from_password(&password, &kdf, b"salt", uses).unwrap()));
            for algorithm in SymmetricAlgorithm::ALL {
                let any = ctx.generate_with(algorithm, KeyUses::CONTENTS).unwrap();
                let wrapped = ctx.wrap_key(by, any).unwrap();
                let sent = ctx.encapsulate(any, &Confirmed::without_check(public.clone())).unwrap();
                let for_pin = ctx.seal_with_password(any, &password, &NewKdf::even_if_weak(kdf), PIN).unwrap();
                let for_secret = ctx.seal_with_secret(any, &secret, INVITE).unwrap();
                let sealed = ctx.seal_key(by, any, SESSION).unwrap();
                let mut bytes = [7; 64];
                let length = if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 { 64 } else { 32 };
                let raw = ProtectedBytes::copy_from(
                    &strongroom_memory::SecretMemory::open(Policy::best_available()).unwrap(),
                    &bytes[..length],
                )
                .unwrap();
                bytes.fill(0);
                for (how, key) in [
                    ("generate_with", ctx.generate_with(algorithm, uses).unwrap()),
                    ("unwrap", ctx.unwrap_key(by, &wrapped, uses).unwrap()),
                    ("decapsulate", ctx.decapsulate(pair, &sent, uses).unwrap()),
                    ("PIN", ctx.unseal_with_password(&for_pin, &password, PIN, uses).unwrap()),
                    ("secret", ctx.unseal_with_secret(&for_secret, &secret, INVITE, uses).unwrap()),
                    ("key", ctx.unseal_key(by, &sealed, SESSION, uses).unwrap()),
                    ("import", hazmat::import_bytes(ctx, algorithm, raw, uses).unwrap()),
                ] {
                    made.push((format!("{how}, {algorithm}"), key));
                }
                let encoded = hazmat::expose_encoded::<_, Symmetric>(ctx, any).unwrap();
                let encoded = hazmat::import_encoded(ctx, encoded, uses).unwrap();
                made.push((format!("import_encoded, {algorithm}"), encoded));
            }
            for (how, key) in made {
                assert_eq!(does(ctx, key), expected(uses), "{how} for {uses:?}");
                let operations = ctx.key_info::<Symmetric>(key).unwrap().operations();
                let told = (operations.permit(KeyOperation::Encrypt), operations.permit(KeyOperation::Wrap));
                assert_eq!(told, expected(uses), "{how} for {uses:?}: {operations:?}");
            }
        });
    }
}

/// What a wrapped key of type 2 is, it does not say. So the bytes of a key came out, and went in, without `hazmat`.
#[test]
fn no_bytes_of_a_key_come_out_or_go_in() {
    let store = store();
    store.try_context(|ctx| {
        let victim = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS).unwrap();
        for uses in ALL {
            let any = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, uses).unwrap();
            let out = ctx.wrap_key(any, victim).map(|wrapped| ctx.decrypt_bytes(any, &wrapped).is_ok());
            let known = ctx.encrypt_bytes(any, &[7; 64]);
            let into = known.map(|sealed| ctx.unwrap_key::<Symmetric>(any, &sealed, KeyUses::CONTENTS).is_ok());
            // The control: a key that may do both does both.
            let both = uses == KeyUses::CONTENTS_AND_KEYS;
            assert_eq!((out == Ok(true), into == Ok(true)), (both, both), "{uses:?}");
        }
        // Uses guard against mistakes. Who opens the same key twice, once for each use, has one for both.
        let by = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS).unwrap();
        let any = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS).unwrap();
        let again = ctx.wrap_key(by, any).unwrap();
        let again = ctx.unwrap_key::<Symmetric>(by, &again, KeyUses::KEYS).unwrap();
        assert!(ctx.decrypt_bytes(any, &ctx.wrap_key(again, victim).unwrap()).is_ok());
        // Type 7, which a program's keys use if it names no algorithm, says what it is, and refuses in any case.
        let any = ctx.generate(KeyUses::CONTENTS_AND_KEYS).unwrap();
        let wrapped = ctx.wrap_key(any, victim).unwrap();
        assert_eq!(ctx.decrypt_bytes(any, &wrapped).unwrap_err(), ErrorKind::Malformed(Malformed::IsKey));
        let known = ctx.encrypt_bytes(any, &[7; 64]).unwrap();
        let unwrapped = ctx.unwrap_key::<Symmetric>(any, &known, KeyUses::CONTENTS).map(drop);
        assert_eq!(unwrapped.map_err(Error::into_kind), Err(ErrorKind::Malformed(Malformed::NotAKey)));
    });
}

/// What is handed out as contents, in ordinary memory, where somebody puts a wrapped key in the place of contents. The
/// keys of users and organisations are for both uses. Version 1 wraps by type 2, version 2 by type 7.
#[test]
fn a_wrapped_key_in_the_place_of_contents() {
    let store = store();
    store.try_context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let user = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let item = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
            let private = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS).unwrap();
            let raw = hazmat::expose_encoded::<_, Symmetric>(ctx, item).unwrap();
            let pkcs8 = hazmat::expose_encoded::<_, Asymmetric>(ctx, private).unwrap();
            for (wrapped, bytes) in [
                (ctx.wrap_key(user, item).unwrap(), raw.as_slice()),
                (ctx.wrap_key(user, private).unwrap(), pkcs8.as_slice()),
            ] {
                let given = ctx.decrypt_bytes(user, &wrapped);
                if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 {
                    assert!(given.unwrap().expose_secret() == bytes, "all of the key");
                } else {
                    assert_eq!(given.unwrap_err(), ErrorKind::Malformed(Malformed::IsKey), "{algorithm}");
                }
                // A key for keys alone refuses, whatever its algorithm.
                let by = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
                let narrow = ctx.wrap_key(by, user).unwrap();
                let narrow = ctx.unwrap_key::<Symmetric>(by, &narrow, KeyUses::KEYS).unwrap();
                let refused = ctx.decrypt_bytes(narrow, &wrapped).unwrap_err();
                assert!(matches!(refused.kind(), ErrorKind::NotPermitted(_)), "{algorithm}: {refused}");
            }
        }
    });
}

#[test]
fn pairs_do_what_they_were_made_for() {
    let store = store();
    store.try_context(|ctx| {
        let by = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap();
        for algorithm in [AsymmetricAlgorithm::Ed25519, AsymmetricAlgorithm::MlDsa44] {
            for uses in ALL {
                let generated = ctx.generate_with(algorithm, uses).unwrap();
                let wrapped = ctx.wrap_key(by, generated).unwrap();
                for key in [generated, ctx.unwrap_key::<Asymmetric>(by, &wrapped, uses).unwrap()] {
                    let signed = ctx.sign(key, b"message");
                    match uses {
                        KeyUses::KEYS => assert!(
                            matches!(&signed, Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))),
                            "{signed:?}"
                        ),
                        _ => assert!(ctx.verifying_key(key).unwrap().verify(b"message", &signed.unwrap()).is_ok()),
                    }
                }
            }
        }
        let generated = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let wrapped = ctx.wrap_key(by, generated).unwrap();
        let sent = ctx.encapsulate(by, &Confirmed::without_check(ctx.public_key(generated).unwrap())).unwrap();
        for uses in ALL {
            let key = ctx.unwrap_key::<Asymmetric>(by, &wrapped, uses).unwrap();
            let opened = ctx.decapsulate(key, &sent, KeyUses::CONTENTS);
            match uses {
                KeyUses::CONTENTS => {
                    assert!(matches!(&opened, Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))))
                }
                _ => assert_eq!(does(ctx, opened.unwrap()), (true, false)),
            }
        }
    });
}

/// Uses stay with a name, through transactions and rotation, and when keys were sealed for want of room.
#[test]
fn uses_stay_with_the_key() {
    const COUNT: u32 = 300;
    let store = Store::open_bounded(Policy::best_available(), 64 << 10).unwrap();
    let uses_of = |number: u32| ALL[number as usize % ALL.len()];
    store
        .transaction(|tx| {
            for number in 0..COUNT {
                let algorithm = SymmetricAlgorithm::ALL[number as usize % SymmetricAlgorithm::ALL.len()];
                let key = tx.generate_with(algorithm, uses_of(number))?;
                tx.replace(Key::Other(number), key)?;
            }
            Ok(())
        })
        .unwrap();
    assert!(store.report().keys.sealed > 0, "some were sealed");
    for number in 0..COUNT {
        store.try_context(|ctx| {
            assert_eq!(does(ctx, ctx.key(Key::Other(number)).unwrap()), expected(uses_of(number)), "{number}")
        });
    }
    for number in 0..ALL.len() as u32 {
        store
            .transaction(|tx| {
                let rotated = tx.rotate::<strongroom::EncString>(Key::Other(number), &[])?;
                assert_eq!(does(tx, rotated.key), expected(uses_of(number)), "rotated {number}");
                Ok(())
            })
            .unwrap();
        store.try_context(|ctx| {
            assert_eq!(does(ctx, ctx.key(Key::Other(number)).unwrap()), expected(uses_of(number)), "{number}")
        });
    }
}

/// A key is moved by who may do nothing else with it, and what it carries goes along whole.
#[test]
fn what_a_cose_key_carries_is_not_narrowed_by_its_uses() {
    let store = store();
    store.try_context(|ctx| {
        let (from, to) = (
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS).unwrap(),
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS).unwrap(),
        );
        let key = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS).unwrap();
        let wrapped = ctx.wrap_key(from, key).unwrap();
        let narrow = ctx.unwrap_key::<Symmetric>(from, &wrapped, KeyUses::CONTENTS).unwrap();
        let again = ctx.wrap_key(to, narrow).unwrap();
        let moved: Vec<_> = ctx.rewrap_list(from, to, &[wrapped]).into_iter().map(Result::unwrap).collect();
        for text in [&again, &moved[0]] {
            let wide = ctx.unwrap_key::<Symmetric>(to, text, KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert_eq!(does(ctx, wide), (true, true));
        }
        // And what it does not permit by itself nobody can add: the key of a data envelope may only decrypt.
        let (envelope, own) = ctx.seal_data(b"\x01", DataEnvelopeNamespace::VaultItem).unwrap();
        let wrapped = ctx.wrap_key(from, own).unwrap();
        let own = ctx.unwrap_key::<Symmetric>(from, &wrapped, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert!(ctx.unseal_data(own, &envelope, DataEnvelopeNamespace::VaultItem).is_ok());
        assert!(
            matches!(&ctx.encrypt_text(own, "milk"), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_)))
        );
        assert!(matches!(&ctx.wrap_key(own, to), Err(error) if matches!(error.kind(), ErrorKind::NotPermitted(_))));
    });
}

#[test]
fn a_refusal_names_what_is_permitted() {
    let store = store();
    store.try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::KEYS).unwrap();
        let error = ctx.encrypt_text(key, "milk").unwrap_err();
        assert_eq!(error.to_string(), "the key may not encrypt: it permits wrap, unwrap (encrypt)");
    });
}
