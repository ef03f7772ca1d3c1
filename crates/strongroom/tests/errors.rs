//! Errors: each is typed and says which key, which use, which limit; none carries a secret.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use strongroom::{
    Asymmetric, Context, EncString, Encryptable, Error, ErrorKind, Kdf, KeyStore, KeyUses, Policy, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    envelopes::Envelopes,
    errors::{
        Limit, Malformed, OpenError, Operation, PublicKeyError, UnavailableAlgorithm, Unsupported, UnusableRsaKey,
        VerifyError, WrongKey,
    },
    hazmat,
    inspection::{Inspect, KeyOperation},
    list::Lists,
    rotation::MoveLists,
    signatures::{SignObjects, SignatureNamespace},
    streams::Streams,
};

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { User, Cose, Missing(u32) }
    #[derive(Copy)]
    asymmetric Opens { User, Missing }
    #[derive(Copy)]
    asymmetric Signs { User, Missing }
}

type Store = KeyStore<Keys>;

const PLAIN: &str = "bread and milk";
const PASSWORD: &str = "correct horse";
/// Of the key `User`.
const RAW: [u8; 64] = *b"\x93\x0a\xf1\x47 \xdeQ\x8b\x02\xc6z\xb9\x1e<\xe4m\xa0\x35\x88\xfb\x16\xd2[\x9f\xcc\x71\x04\xbe:\xe7\x5d\x90\
    \x2c\xaf\x63\xd8\x19\xf4\x86K\xc1\x0d\xb2\x7e\xe9$\x95X\xcf\x03\xaa\x76\x1b\xed\x40\x8d\xd5\x2f\xb8\x61\xfc\x14\x97\x4e";

/// What the operations need that are asked to fail.
struct Samples {
    text: EncString,
    wrapped: [EncString; 3],
    sent: EncString,
    public: Confirmed<PublicKey>,
}

/// A store with a key of each kind.
fn store(policy: Policy) -> (Store, Samples) {
    let store = Store::open_with(policy).unwrap();
    let samples: Result<Samples, Error> = store.transaction(|tx| {
        let user = hazmat::import_bytes(
            tx,
            SymmetricAlgorithm::Aes256CbcHmacSha256,
            &mut RAW.clone(),
            KeyUses::CONTENTS_AND_KEYS,
        )?;
        tx.replace(Key::User, user)?;
        let cose = tx.generate_with(SymmetricAlgorithm::XChaCha20Poly1305, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::Cose, cose)?;
        let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Opens::User, private)?;
        let signing = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Signs::User, signing)?;
        let public = Confirmed::without_check(tx.public_key(private)?);
        Ok(Samples {
            text: tx.encrypt_text(user, PLAIN)?,
            wrapped: [tx.wrap_key(user, cose)?, tx.wrap_key(user, private)?, tx.wrap_key(user, signing)?],
            sent: tx.encapsulate(cose, &public)?,
            public,
        })
    });
    (store, samples.unwrap())
}

/// A key of each kind.
type Held<'c> = (strongroom::Key<'c>, strongroom::Key<'c, Asymmetric>, strongroom::Key<'c, Asymmetric>);

/// The named keys.
fn held<'c>(ctx: &Context<'c, Keys>) -> Held<'c> {
    (ctx.key(Key::User).unwrap(), ctx.key(Opens::User).unwrap(), ctx.key(Signs::User).unwrap())
}

/// Asks for every operation that takes a key, with each key that it takes.
fn every_operation<'c>(
    ctx: &Context<'c, Keys>,
    (symmetric, private, signing): Held<'c>,
    samples: &Samples,
) -> Vec<(&'static str, Result<(), Error>)> {
    let Samples { text, wrapped, sent, public } = samples;
    fn of<T, E: Into<Error>>(result: Result<T, E>) -> Result<(), Error> {
        result.map(drop).map_err(Into::into)
    }
    let one = std::slice::from_ref(text);
    vec![
        ("encrypt_text", of(ctx.encrypt_text(symmetric, PLAIN))),
        ("encrypt_bytes", of(ctx.encrypt_bytes(symmetric, PLAIN.as_bytes()))),
        ("encrypt_into", of(ctx.encrypt_into(symmetric, PLAIN.as_bytes(), &mut [0; 256]))),
        ("decrypt_text", of(ctx.decrypt_text(symmetric, text))),
        ("decrypt_bytes", of(ctx.decrypt_bytes(symmetric, text))),
        ("decrypt_into", of(ctx.decrypt_into(symmetric, text, &mut [0; 64]))),
        ("wrap symmetric", of(ctx.wrap_key(symmetric, symmetric))),
        ("wrap private", of(ctx.wrap_key(symmetric, private))),
        ("wrap signing", of(ctx.wrap_key(symmetric, signing))),
        ("unwrap symmetric", of(ctx.unwrap_key::<Symmetric>(symmetric, &wrapped[0], KeyUses::CONTENTS_AND_KEYS))),
        ("unwrap private", of(ctx.unwrap_key::<Asymmetric>(symmetric, &wrapped[1], KeyUses::CONTENTS_AND_KEYS))),
        ("unwrap signing", of(ctx.unwrap_key::<Asymmetric>(symmetric, &wrapped[2], KeyUses::CONTENTS_AND_KEYS))),
        ("encapsulate", of(ctx.encapsulate(symmetric, public))),
        ("decapsulate", of(ctx.decapsulate(private, sent, KeyUses::CONTENTS_AND_KEYS))),
        ("sign", of(ctx.sign(signing, PLAIN.as_bytes()))),
        ("sign_object", of(ctx.sign_object(signing, SignatureNamespace::SecurityState, PLAIN.as_bytes()))),
        ("sign_detached", of(ctx.sign_detached(signing, SignatureNamespace::SecurityState, PLAIN.as_bytes()))),
        ("sign_public_key", of(ctx.sign_public_key(signing, public))),
        ("public_key", of(ctx.public_key(private))),
        ("verifying_key", of(ctx.verifying_key(signing))),
        ("facts symmetric", of(ctx.key_info::<Symmetric>(symmetric))),
        ("facts private", of(ctx.key_info::<Asymmetric>(private))),
        ("facts signing", of(ctx.key_info::<Asymmetric>(signing))),
        ("derived_id", of(ctx.derived_id(symmetric))),
        ("expose symmetric", of(hazmat::expose_encoded::<_, Symmetric>(ctx, symmetric))),
        ("expose private", of(hazmat::expose_encoded::<_, Asymmetric>(ctx, private))),
        ("expose signing", of(hazmat::expose_encoded::<_, Asymmetric>(ctx, signing))),
        ("expose OpenSSH", of(hazmat::expose_open_ssh(ctx, signing))),
        ("sign_security_state_of", of(ctx.sign_security_state_of(signing, &[7; 16], 2))),
        ("decrypt_list", ctx.decrypt_list(symmetric, one).pop().unwrap().map(drop)),
        ("encrypt_list", ctx.encrypt_list(symmetric, &[PLAIN.to_owned()]).pop().unwrap().map(drop)),
        ("rewrap_list", ctx.rewrap_list(symmetric, symmetric, &wrapped[..1]).pop().unwrap().map(drop)),
        ("a thing of one's own", of(PLAIN.to_owned().encrypt(ctx, symmetric))),
    ]
}

/// The key that an error says is missing, whatever the operation.
fn missing(error: &Error) -> Option<&str> {
    error.key().filter(|_| *error == ErrorKind::UnknownKey)
}

#[test]
fn every_operation_works_that_is_to_fail_below() {
    let (store, samples) = store(Policy::best_available());
    store.try_context(|ctx| {
        for (what, result) in every_operation(ctx, held(ctx), &samples) {
            assert!(result.is_ok(), "{what}: {result:?}");
        }
    });
}

#[test]
fn a_missing_key_is_named_whatever_its_kind() {
    let (store, _) = store(Policy::best_available());
    store.try_context(|ctx| {
        let looked_up = [
            ("Missing(7)", ctx.key(Key::Missing(7)).map(drop)),
            ("Missing", ctx.key(Opens::Missing).map(drop)),
            ("Missing", ctx.key(Signs::Missing).map(drop)),
        ];
        for (id, result) in looked_up {
            let error = result.unwrap_err();
            assert_eq!((missing(&error), error.operation()), (Some(id), Some(Operation::Find)));
            assert_eq!(error.to_string(), format!("the store holds no key {id} (find)"));
        }
        assert!(!ctx.contains(Key::Missing(7)) && !ctx.contains(Opens::Missing) && !ctx.contains(Signs::Missing));
    });
    for removed in [
        store.transaction(|tx| tx.remove(Key::Missing(7))),
        store.transaction(|tx| tx.remove(Opens::Missing)),
        store.transaction(|tx| tx.remove(Signs::Missing)),
        store.transaction(|tx| tx.rotate::<EncString>(Key::Missing(7), &[]).map(drop)),
    ] {
        assert!(missing(&removed.unwrap_err()).is_some());
    }
}

#[test]
fn a_locked_store_says_so_in_every_operation_of_every_kind() {
    let (store, samples) = store(Policy::best_available());
    let password = store.secret_text(PASSWORD).unwrap();
    let check = |what: &str, result: Result<(), Error>| {
        let error = result.unwrap_err();
        assert_eq!(error, ErrorKind::Locked, "{what}: {error:?}");
        let operation = error.operation().unwrap();
        let place = error.key().map_or_else(|| operation.to_string(), |key| format!("{operation}, key {key}"));
        assert_eq!(error.to_string(), format!("the store is locked ({place})"), "{what}");
    };
    let ask = |ctx: &Context<'_, Keys>| {
        for (symmetric, private, signing) in
            [(Key::User, Opens::User, Signs::User), (Key::Missing(7), Opens::Missing, Signs::Missing)]
        {
            check("look up", ctx.key(symmetric).map(drop));
            check("look up", ctx.key(private).map(drop));
            check("look up", ctx.key(signing).map(drop));
            assert!(!ctx.contains(symmetric) && !ctx.contains(private) && !ctx.contains(signing));
        }
        for algorithm in SymmetricAlgorithm::ALL {
            check("generate", ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).map(drop));
        }
        check("generate", ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS).map(drop));
        check("generate", ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS).map(drop));
        let kdf = Kdf::pbkdf2(5_000).unwrap();
        check("derive", ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).map(drop));
        let mut bytes = RAW;
        let imported =
            hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256, &mut bytes, KeyUses::CONTENTS_AND_KEYS);
        check("import", imported.map(drop).map_err(Error::from));
        assert_eq!(bytes, [0; 64], "erased all the same");
    };
    store.try_context(|open| {
        let local = (
            open.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).unwrap(),
            open.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS).unwrap(),
            open.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS).unwrap(),
        );
        let named = held(open);
        store.lock();
        ask(open);
        for keys in [local, named] {
            every_operation(open, keys, &samples).into_iter().for_each(|(what, result)| check(what, result));
        }
    });
    store.try_context(ask);
    store.lock();
    let unlocked: Result<(), Error> = store.transaction(|tx| {
        store.lock();
        tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS).map(drop)
    });
    check("a transaction", unlocked);
}

/// The names that errors and reports use.
#[test]
fn algorithms_have_the_names_of_their_standards() {
    let symmetric = SymmetricAlgorithm::ALL.map(|algorithm| algorithm.to_string());
    assert_eq!(symmetric, ["AES-256-CBC-HMAC-SHA256", "XChaCha20-Poly1305", "XAES-256-GCM", "AES-256-GCM"]);
    let asymmetric = AsymmetricAlgorithm::ALL.map(|algorithm| algorithm.to_string());
    assert_eq!(asymmetric, ["RSA-2048", "RSA-3072", "RSA-4096", "Ed25519", "ML-DSA-44"]);
}

/// Another kind does not compile where the kind is known; where only the contents tell, it is an error.
#[test]
fn a_wrong_kind_and_a_wrong_algorithm_are_told() {
    let (store, samples) = store(Policy::best_available());
    store.try_context(|ctx| {
        for (at, wrapped) in samples.wrapped.iter().enumerate() {
            let kinds = [
                ctx.unwrap_key::<Symmetric>(ctx.key(Key::User).unwrap(), wrapped, KeyUses::CONTENTS_AND_KEYS).map(drop),
                ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User).unwrap(), wrapped, KeyUses::CONTENTS_AND_KEYS)
                    .map(drop),
            ];
            for (kind, result) in kinds.into_iter().enumerate() {
                assert_eq!(
                    result.map_err(Error::into_kind),
                    if kind == at.min(1) { Ok(()) } else { Err(ErrorKind::Malformed(Malformed::NotAKey)) },
                    "{at} as {kind}"
                );
            }
            let error = ctx
                .decrypt_bytes(
                    ctx.key(Key::Cose).unwrap(),
                    &ctx.wrap_key(ctx.key(Key::Cose).unwrap(), ctx.key(Key::User).unwrap()).unwrap(),
                )
                .unwrap_err();
            assert_eq!(error, ErrorKind::Malformed(Malformed::IsKey));
            let wrong = ctx.key(Key::Cose).and_then(|key| ctx.decrypt_bytes(key, wrapped)).unwrap_err().into_kind();
            let ErrorKind::WrongKey(WrongKey::Algorithm { key, .. }) = wrong else { panic!("of another algorithm") };
            assert_eq!(key, SymmetricAlgorithm::XChaCha20Poly1305);
            let error = ctx
                .key(Key::Cose)
                .and_then(|key| ctx.unwrap_key::<Symmetric>(key, wrapped, KeyUses::CONTENTS_AND_KEYS))
                .unwrap_err();
            assert_eq!(error, wrong);
            assert!(error.to_string().starts_with("a key of XChaCha20-Poly1305 does not open"), "{error}");
        }
        let error = ctx
            .key(Key::User)
            .and_then(|key| ctx.unwrap_key::<Symmetric>(key, &samples.sent, KeyUses::CONTENTS_AND_KEYS))
            .unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported(Unsupported::Type(_))), "{error:?}");
        let error = ctx
            .key(Opens::User)
            .and_then(|key| ctx.decapsulate(key, &samples.text, KeyUses::CONTENTS_AND_KEYS))
            .unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unsupported(Unsupported::Type(_))), "{error:?}");
    });
}

/// The same key with a shorter list of permitted operations, each of which is kept and honoured.
fn with_operations(encoded: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = encoded.windows(from.len()).position(|window| window == from).unwrap();
    [&encoded[..at], to, &encoded[at + to.len()..]].concat()
}

#[test]
fn a_use_that_a_key_does_not_permit_is_refused_and_both_are_named() {
    let (store, _) = store(Policy::best_available());
    let done: Result<(), Error> = store.transaction(|tx| {
        // `key_ops`: encrypt, decrypt, wrap, unwrap.
        let all = hazmat::expose_encoded::<_, Symmetric>(tx, tx.key(Key::Cose)?)?;
        let only = |operation: u8| {
            with_operations(&all, &[0x84, 3, 4, 5, 6], &[0x84, operation, operation, operation, operation])
        };
        let text = tx.encrypt_text(tx.key(Key::Cose)?, PLAIN)?;
        let wrapped = tx.wrap_key(tx.key(Key::Cose)?, tx.key(Key::User)?)?;
        for (number, operation) in
            [(3, KeyOperation::Encrypt), (4, KeyOperation::Decrypt), (5, KeyOperation::Wrap), (6, KeyOperation::Unwrap)]
        {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, &mut only(number)[..], KeyUses::CONTENTS_AND_KEYS)?;
            // What it may, it may as a named key as well.
            tx.replace(Key::Cose, key)?;
            for key in [key, tx.key(Key::Cose)?] {
                let asked = [
                    (KeyOperation::Encrypt, tx.encrypt_text(key, PLAIN).map(drop)),
                    (KeyOperation::Encrypt, tx.encrypt_into(key, PLAIN.as_bytes(), &mut [0; 256]).map(drop)),
                    (KeyOperation::Decrypt, tx.decrypt_text(key, &text).map(drop)),
                    (KeyOperation::Wrap, tx.wrap_key(key, tx.key(Signs::User).unwrap()).map(drop)),
                    (
                        KeyOperation::Unwrap,
                        tx.unwrap_key::<Symmetric>(key, &wrapped, KeyUses::CONTENTS_AND_KEYS).map(drop),
                    ),
                ];
                for (asked, result) in asked {
                    let refused = match result {
                        Ok(()) => {
                            assert_eq!(asked, operation);
                            continue;
                        }
                        Err(error) => match error.into_kind() {
                            ErrorKind::NotPermitted(refused) => refused,
                            other => panic!("{asked}: {other:?}"),
                        },
                    };
                    assert_ne!(asked, operation);
                    assert_eq!((refused.operation, refused.permitted.permit(operation)), (asked, true));
                    assert_eq!(refused.to_string(), format!("the key may not {asked}: it permits {operation}"));
                }
            }
        }
        let all = hazmat::expose_encoded::<_, Asymmetric>(tx, tx.key(Signs::User)?)?;
        let mut verify_only = with_operations(&all, &[4, 0x81, 1], &[4, 0x81, 2]);
        let key = hazmat::import_encoded::<_, Asymmetric>(tx, &mut verify_only[..], KeyUses::CONTENTS_AND_KEYS)?;
        let ErrorKind::NotPermitted(refused) = tx.sign(key, b"message").unwrap_err().into_kind() else {
            panic!("it signs")
        };
        assert_eq!(refused.to_string(), "the key may not sign: it permits verify");
        Ok(())
    });
    done.unwrap();
}

/// What small errors say is the same when `?` makes them the store's error as when a store says it.
#[test]
fn small_errors_keep_what_the_caller_can_do() {
    let short = UnusableRsaKey { bits: 1024, exponent: Some(65537) };
    let left_out = UnavailableAlgorithm { algorithm: AsymmetricAlgorithm::MlDsa44, feature: "ml-dsa" };
    for (error, expected) in [
        (PublicKeyError::NotAnRsaKey, Malformed::PublicKey(PublicKeyError::NotAnRsaKey).into()),
        (PublicKeyError::MayNotVerify, Malformed::PublicKey(PublicKeyError::MayNotVerify).into()),
        (PublicKeyError::UnusableRsaKey(short), ErrorKind::Unsupported(Unsupported::RsaKey(short))),
        (PublicKeyError::UnavailableAlgorithm(left_out), ErrorKind::Unsupported(Unsupported::Algorithm(left_out))),
        (PublicKeyError::WrongSignature, ErrorKind::Signature(VerifyError::WrongSignature)),
    ] {
        assert_eq!(Error::from(error), expected);
    }
    let (name, feature) = ("ML-DSA-44", "ml-dsa");
    let not_built = Error::from(OpenError::NotBuilt { name, feature });
    assert_eq!(not_built, ErrorKind::Unsupported(Unsupported::NotBuilt { name, feature }));

    let (store, samples) = store(Policy::best_available());
    store.try_context(|ctx| {
        let texts = [samples.text.clone(), ctx.encrypt_text(ctx.key(Key::Cose).unwrap(), PLAIN).unwrap()];
        let failed =
            ctx.try_map_list(&texts, |child, _, text| child.decrypt_text(child.key(Key::User)?, text)).unwrap_err();
        let error = Error::from(failed);
        assert_eq!((error.operation(), error.key()), (Some(Operation::Decrypt), Some("User")));
        let ErrorKind::Item { index: 1, error: inner } = error.kind() else { unreachable!("{error:?}") };
        assert_eq!(error.to_string(), format!("item 1: {inner}"), "the operation and the key are said once");
        // A local key has no name.
        let local = ctx.generate(KeyUses::KEYS).unwrap();
        let error = ctx.encrypt_text(local, PLAIN).unwrap_err();
        assert_eq!((error.operation(), error.key()), (Some(Operation::Encrypt), None));
        // Of what lasts, the operation is that of what is asked for.
        let short = Store::open().unwrap();
        short.lock();
        let made = short.context(|ctx| ctx.generate_secret().map(drop)).unwrap_err();
        assert_eq!((made.operation(), made.kind()), (Some(Operation::Generate), &ErrorKind::Locked));
    });
}

#[test]
fn a_conflict_names_the_key_of_any_kind() {
    let (store, _) = store(Policy::best_available());
    let outer: Result<(), Error> = store.transaction(|outer| {
        let inner: Result<(), Error> = store.transaction(|tx| {
            let key = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
            tx.replace(Signs::User, key)
        });
        inner?;
        outer.remove(Opens::User)?;
        outer.remove(Signs::User)
    });
    let error = outer.unwrap_err();
    assert_eq!((error.kind(), error.key()), (&ErrorKind::Conflict, Some("User")));
    assert!(store.try_context(|ctx| ctx.contains(Opens::User) && ctx.contains(Signs::User)));
}

/// The program's own bound and what the system grants are told apart, for every kind of key.
#[test]
fn a_memory_limit_is_told_by_what_makes_keys() {
    let store = Store::open_bounded(Policy::best_available(), 4096).unwrap();
    let password = store.secret_text(&"x".repeat(4000)).unwrap();
    let bound = ErrorKind::Limit(Limit::SecretMemory { bytes: 4096 });
    store.try_context(|ctx| {
        let generated = ctx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS).map(drop);
        assert_eq!(generated.unwrap_err(), bound);
        assert_eq!(
            ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
                .map(drop)
                .map_err(Error::into_kind),
            Err(bound.clone())
        );
        let derived =
            ctx.derive_from_password(&password, &Kdf::pbkdf2(5_000).unwrap(), b"salt", KeyUses::CONTENTS_AND_KEYS);
        assert_eq!(derived.unwrap_err(), bound);
        let imported =
            hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256Gcm, &mut [1; 32], KeyUses::CONTENTS_AND_KEYS);
        assert_eq!(Error::from(imported.unwrap_err()), bound);
    });
    drop(password);
    assert!(
        store.try_context(|ctx| ctx
            .generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
            .is_ok()),
        "and goes when there is room"
    );
}

/// Each form in which bytes might get into a text.
fn forms(bytes: &[u8]) -> Vec<String> {
    let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        String::from_utf8_lossy(bytes).into_owned(),
        format!("{}", bytes.escape_ascii()),
        list.join(", "),
        hex.to_uppercase(),
        hex,
        base64_simd::STANDARD.encode_to_string(bytes),
    ]
}

/// Every error that the operations here can be brought to, in both of its texts.
#[test]
fn no_error_shows_a_key_or_contents() {
    let (store, samples) = store(Policy::best_available());
    let password = store.secret_text(PASSWORD).unwrap();
    let mut texts: Vec<String> = Vec::new();
    let mut add = |result: Result<(), Error>| {
        if let Err(error) = result {
            texts.extend([error.to_string(), format!("{error:?}"), format!("{error:#?}")]);
        }
    };
    let damaged = |text: &EncString| {
        let mut text = text.to_string();
        let at = text.len() / 2;
        text.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
        EncString::parse(&text).unwrap_or_else(|_| samples.text.clone())
    };
    let bad = Samples {
        text: damaged(&samples.text),
        wrapped: [1, 2, 0].map(|at: usize| damaged(&samples.wrapped[at])),
        sent: damaged(&samples.sent),
        public: samples.public.clone(),
    };
    let crossed = Samples {
        text: samples.wrapped[0].clone(),
        wrapped: [1, 2, 0].map(|at: usize| samples.wrapped[at].clone()),
        sent: samples.text.clone(),
        public: samples.public.clone(),
    };
    for name in [Key::User, Key::Cose] {
        for samples in [&samples, &bad, &crossed] {
            store.try_context(|ctx| {
                let (symmetric, (_, private, signing)) = (ctx.key(name).unwrap(), held(ctx));
                for (_, result) in every_operation(ctx, (symmetric, private, signing), samples) {
                    add(result);
                }
                add(ctx.decrypt_into(symmetric, &samples.text, &mut [0; 3]).map(drop));
                add(ctx.encrypt_into(symmetric, PLAIN.as_bytes(), &mut [0; 3]).map(drop));
                let latin1 = ctx.encrypt_bytes(ctx.key(Key::User).unwrap(), b"bread and milk\xff").unwrap();
                add(ctx.decrypt_text(symmetric, &latin1).map(drop));
                for length in [0, 31, 63] {
                    let mut bytes = RAW[..length].to_vec();
                    let key = hazmat::import_bytes(
                        ctx,
                        SymmetricAlgorithm::Aes256Gcm,
                        &mut bytes[..],
                        KeyUses::CONTENTS_AND_KEYS,
                    );
                    add(key.map(drop).map_err(Error::from));
                    let mut bytes = RAW[..length].to_vec();
                    add(hazmat::import_pem::<_, Asymmetric>(ctx, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS)
                        .map(drop)
                        .map_err(Error::from));
                }
            });
        }
    }
    let kdf = Kdf::pbkdf2(5_000).unwrap();
    store.try_context(|ctx| {
        add(ctx.key(Key::Missing(7)).map(drop));
        add(ctx.key(Opens::Missing).map(drop));
        add(ctx.key(Signs::Missing).map(drop));
        let wrong = ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).unwrap();
        add(ctx.decrypt_text(wrong, &samples.text).map(drop));
        store.lock();
        add(ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).map(drop));
    });
    // Two keys by 33 operations and three sets of samples, in three forms each, less what works.
    assert!(texts.len() > 280, "{} texts", texts.len());
    let mut needles = [PLAIN, PASSWORD].map(|text| forms(text.as_bytes())).concat();
    for at in (0..RAW.len()).step_by(9).take(7) {
        needles.extend(forms(&RAW[at..at + 9]));
    }
    let leaks = |text: &str| needles.iter().any(|needle| text.contains(needle));
    assert!(leaks(&format!("wrong key {RAW:?}")) && leaks(&format!("no such text: {PLAIN}")), "the control");
    for text in &texts {
        assert!(!leaks(text), "{text}");
    }
}
