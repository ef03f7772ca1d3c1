//! Accounts of both versions: opened, made, and those that do not belong together.

use strongroom::{
    Asymmetric, ErrorKind, KeyUses, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    errors::{Operation, Unsupported, VerifyError, WrongKey},
    inspection::Inspect,
    signatures::{SignObjects, VerifyingKey},
};
use strongroom_account::Error;
use strongroom_account::{self as account, AccountIds, AccountKeys, MasterPassword};

use super::{
    IDS, Key, PrivateKey, SigningKey, Store, bytes, command_line, enc, import, kdf, secret, store, told, v2_keys,
    vectors,
};

#[test]
fn the_command_lines_account() {
    let account = command_line();
    let store = store();
    let text = secret(&store, account["password"].as_str().unwrap());
    let email = account["email"].as_str().unwrap();
    let password = MasterPassword { password: &text, kdf: kdf(&account["kdf"]), email, last: None };
    let keys = AccountKeys::V1 { private_key: enc(&account["wrapped_private_key"]) };
    let unlocked: Result<_, Error> = store.try_transaction(|tx| {
        let user = account::unlock_with_password(tx, &password, &enc(&account["master_key_wrapped_user_key"]))?;
        account::unlock(tx, &IDS, user, &keys)
    });
    let unlocked = unlocked.unwrap();
    assert_eq!((unlocked.version, unlocked.security_version, unlocked.verifying_key), (1, None, None));
    assert_eq!(unlocked.public_key, PublicKey::from_spki(&bytes(&account["public_spki_b64"])).unwrap());
    assert!(store.try_context(|ctx| ctx.contains(Key::User)
        && ctx.contains(PrivateKey::User)
        && !ctx.contains(SigningKey::User)));
}

/// What the SDK wrote of three accounts of version 2, user keys of both algorithms among them.
fn v2_accounts() -> Vec<serde_json::Value> {
    let older = serde_json::from_str(include_str!("../../../strongroom/tests/data/v2-account-older-sdk.json")).unwrap();
    let mut all: Vec<serde_json::Value> =
        vectors("v2-account").iter().map(|vector| vector["outputs"].clone()).collect();
    all.push(older);
    assert_eq!(all.len(), 3);
    all
}

/// What a program stores of the keys and reads again.
#[test]
fn the_keys_of_an_account_are_serialised() {
    let v1 = AccountKeys::V1 { private_key: enc(&command_line()["wrapped_private_key"]) };
    let json = serde_json::to_value(&v1).unwrap();
    assert_eq!(json["version"], "v1");
    assert_eq!(json["private_key"], command_line()["wrapped_private_key"]);
    assert_eq!(serde_json::from_value::<AccountKeys>(json).unwrap(), v1);
    let outputs = &v2_accounts()[0];
    let v2 = v2_keys(outputs);
    let json = serde_json::to_value(&v2).unwrap();
    assert_eq!((&json["version"], &json["signing_key"]), (&"v2".into(), &outputs["signingKey"]));
    assert_eq!(serde_json::from_value::<AccountKeys>(json).unwrap(), v2);
}

#[test]
fn the_official_accounts_of_version_2() {
    let mut algorithms = Vec::new();
    for outputs in v2_accounts() {
        let store = store();
        let unlocked: Result<_, Error> = store.try_transaction(|tx| {
            let user = import::<Symmetric>(tx, &outputs["userKey"]);
            account::unlock(tx, &IDS, user, &v2_keys(&outputs))
        });
        let unlocked = unlocked.unwrap();
        assert_eq!((unlocked.version, unlocked.security_version), (2, Some(2)));
        assert_eq!(unlocked.public_key, PublicKey::from_spki(&bytes(&outputs["publicKey"])).unwrap());
        assert_eq!(unlocked.verifying_key, Some(VerifyingKey::from_cose(&bytes(&outputs["verifyingKey"])).unwrap()));
        store.try_context(|ctx| {
            let message = ctx.sign(ctx.key(SigningKey::User).unwrap(), b"message").unwrap();
            unlocked.verifying_key.unwrap().verify(b"message", &message).unwrap();
            algorithms.push(ctx.key_info::<Symmetric>(ctx.key(Key::User).unwrap()).unwrap().algorithm());
        });
    }
    use SymmetricAlgorithm::{XChaCha20Poly1305, Xaes256Gcm};
    assert_eq!(algorithms, [Xaes256Gcm, Xaes256Gcm, XChaCha20Poly1305]);
}

/// Unlocks the first official account with something changed; says what was said, and that nothing was named.
fn refused(change: impl FnOnce(&mut AccountKeys, &[serde_json::Value])) -> Error {
    let store = store();
    let all = v2_accounts();
    let mut keys = v2_keys(&all[0]);
    change(&mut keys, &all);
    let unlocked: Result<_, Error> = store.try_transaction(|tx| {
        let user = import::<Symmetric>(tx, &all[0]["userKey"]);
        account::unlock(tx, &IDS, user, &keys)
    });
    assert_eq!(store.keys().named, 0);
    unlocked.unwrap_err()
}

#[test]
fn what_does_not_belong_together_is_refused_and_nothing_is_named() {
    use AccountKeys::V2;
    let error = refused(|keys, all| {
        let V2 { security_state, .. } = keys else { return };
        *security_state = all[2]["securityState"].as_str().unwrap().parse().unwrap();
    });
    let (kind, _) = told(error);
    assert!(matches!(kind, ErrorKind::Signature(VerifyError::WrongKeyId { .. })), "{kind:?}");

    // Vector 141: a bit of the signature.
    let error = refused(|keys, _| {
        let V2 { security_state, .. } = keys else { return };
        let mut bytes = security_state.as_bytes().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        *security_state = strongroom::signatures::SecurityState::from_bytes(&bytes).unwrap();
    });
    assert_eq!(told(error).0, ErrorKind::Signature(VerifyError::WrongSignature));

    // Signed for another purpose.
    let error = refused(|keys, _| {
        let V2 { security_state, signed_public_key, .. } = keys else { return };
        let other = signed_public_key.as_ref().unwrap().as_bytes();
        *security_state = strongroom::signatures::SecurityState::from_bytes(other).unwrap();
    });
    let (kind, _) = told(error);
    assert!(matches!(kind, ErrorKind::Signature(VerifyError::WrongNamespace { .. })), "{kind:?}");

    let error = refused(|keys, all| {
        let V2 { signed_public_key, .. } = keys else { return };
        *signed_public_key = Some(all[2]["signedPublicKey"].as_str().unwrap().parse().unwrap());
    });
    let (kind, _) = told(error);
    assert!(matches!(kind, ErrorKind::Signature(VerifyError::WrongKeyId { .. })), "{kind:?}");

    // Another account's key, or one of another kind.
    let error = refused(|keys, all| {
        let V2 { private_key, .. } = keys else { return };
        *private_key = enc(&all[2]["privateKey"]);
    });
    let (kind, operation) = told(error);
    assert!(matches!(kind, ErrorKind::WrongKey(WrongKey::Algorithm { .. } | WrongKey::Id { .. })), "{kind:?}");
    assert_eq!(operation, Some(Operation::Unwrap));
    let error = refused(|keys, _| {
        let V2 { private_key, signing_key, .. } = keys else { return };
        std::mem::swap(private_key, signing_key);
    });
    let of_ed25519 = Unsupported::ForAlgorithm(AsymmetricAlgorithm::Ed25519);
    assert_eq!(told(error), (ErrorKind::Unsupported(of_ed25519), Some(Operation::Inspect)));

    let error = refused(|keys, _| {
        let V2 { private_key, .. } = keys else { return };
        *keys = AccountKeys::V1 { private_key: private_key.clone() };
    });
    let cose = SymmetricAlgorithm::Xaes256Gcm;
    assert_eq!(error, Error::WrongVersion { user_key: cose, version: 1 });

    // A public key that the account signed, but of another private key.
    let store = store();
    let swapped: Result<_, Error> = store.try_transaction(|tx| {
        let made = account::create_v2(tx, &IDS, SymmetricAlgorithm::Xaes256Gcm)?;
        let AccountKeys::V2 { private_key, signing_key, security_state, .. } = made.keys else { unreachable!() };
        let other = PublicKey::from_spki(&bytes(&v2_accounts()[2]["publicKey"]))?;
        let signed_public_key = Some(tx.sign_public_key(tx.key(SigningKey::User)?, &other)?);
        let keys = AccountKeys::V2 { private_key, signing_key, signed_public_key, security_state };
        account::unlock(tx, &IDS, made.user, &keys)
    });
    let error = swapped.unwrap_err();
    assert_eq!(error, Error::OtherPublicKey);
    assert_eq!(store.keys().named, 0);
}

#[test]
fn a_server_without_a_signed_public_key() {
    let outputs = &v2_accounts()[0];
    let mut keys = v2_keys(outputs);
    if let AccountKeys::V2 { signed_public_key, .. } = &mut keys {
        *signed_public_key = None;
    }
    let store = store();
    let unlocked: Result<_, Error> = store.try_transaction(|tx| {
        let user = import::<Symmetric>(tx, &outputs["userKey"]);
        account::unlock(tx, &AccountIds { signing: None, ..IDS }, user, &keys)
    });
    assert_eq!(unlocked.unwrap().security_version, Some(2));
    assert!(!store.try_context(|ctx| ctx.contains(SigningKey::User)));
}

/// The keys that were named, by what they do; then again from what the server keeps.
fn assert_whole(store: &Store, keys: &AccountKeys, public: &PublicKey, verifying: Option<&VerifyingKey>) {
    store.try_context(|ctx| {
        let sent = ctx
            .generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)
            .map(|key| (key, ctx.encapsulate(key, &Confirmed::without_check(public.clone())).unwrap()));
        let (_, sent) = sent.unwrap();
        ctx.decapsulate(ctx.key(PrivateKey::User).unwrap(), &sent, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert_eq!(ctx.contains(SigningKey::User), verifying.is_some());
        if let Some(verifying) = verifying {
            assert_eq!(&ctx.verifying_key(ctx.key(SigningKey::User).unwrap()).unwrap(), verifying);
        }
        let (private, signing) = match keys {
            AccountKeys::V1 { private_key } => (private_key, None),
            AccountKeys::V2 { private_key, signing_key, .. } => (private_key, Some(signing_key)),
            other => unreachable!("{other:?}"),
        };
        let private =
            ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User).unwrap(), private, KeyUses::CONTENTS_AND_KEYS).unwrap();
        assert_eq!(&ctx.public_key(private).unwrap(), public);
        assert_eq!(signing.is_some(), verifying.is_some());
        if let Some(signing) = signing {
            let signing =
                ctx.unwrap_key::<Asymmetric>(ctx.key(Key::User).unwrap(), signing, KeyUses::CONTENTS_AND_KEYS).unwrap();
            assert_eq!(Some(&ctx.verifying_key(signing).unwrap()), verifying);
        }
    });
}

#[test]
fn new_accounts_of_both_versions_open_again() {
    let store = store();
    let text = secret(&store, "correct horse");
    let kdf = strongroom::Kdf::pbkdf2(5_000).unwrap();
    let password = MasterPassword { password: &text, kdf, email: "ada@example.com", last: None };
    for algorithm in [None, Some(SymmetricAlgorithm::XChaCha20Poly1305), Some(SymmetricAlgorithm::Xaes256Gcm)] {
        let made: Result<_, Error> = store.try_transaction(|tx| {
            let made = match algorithm {
                None => account::create_v1(tx, &IDS)?,
                Some(algorithm) => account::create_v2(tx, &IDS, algorithm)?,
            };
            let protection = account::protect_with_password(tx, &password.unchanged()?, made.user)?;
            Ok((made.keys, made.account.public_key, made.account.verifying_key, protection.user_key))
        });
        let (keys, public, verifying, wrapped) = made.unwrap();
        assert_eq!(keys.version(), if algorithm.is_some() { 2 } else { 1 });
        assert_whole(&store, &keys, &public, verifying.as_ref());
        store.lock();
        let unlocked: Result<_, Error> = store.try_transaction(|tx| {
            let user = account::unlock_with_password(tx, &password, &wrapped)?;
            account::unlock(tx, &IDS, user, &keys)
        });
        let unlocked = unlocked.unwrap();
        assert_eq!((&unlocked.public_key, &unlocked.verifying_key), (&public, &verifying));
        assert_whole(&store, &keys, &public, verifying.as_ref());
        store.lock();
    }
    for algorithm in [SymmetricAlgorithm::Aes256CbcHmacSha256, SymmetricAlgorithm::Aes256Gcm] {
        let made: Result<(), Error> = store.try_transaction(|tx| account::create_v2(tx, &IDS, algorithm).map(drop));
        assert_eq!(made, Err(Error::UnsuitableAlgorithm { algorithm, version: 2 }));
    }
    assert!(store.is_locked());
}

/// An account whose signing key is of ML-DSA-44: what a server may have kept of one. It is read, rotated and read
/// again.
#[cfg(feature = "ml-dsa")]
#[test]
fn an_account_that_signs_with_ml_dsa_44() {
    let store = store();
    let made: Result<_, Error> = store.try_transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::XChaCha20Poly1305, KeyUses::CONTENTS_AND_KEYS)?;
        let (private, signing) = (
            tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?,
            tx.generate_with(AsymmetricAlgorithm::MlDsa44, KeyUses::CONTENTS_AND_KEYS)?,
        );
        let public = tx.public_key(private)?;
        let keys = AccountKeys::V2 {
            private_key: tx.wrap_key(user, private)?,
            signing_key: tx.wrap_key(user, signing)?,
            signed_public_key: Some(tx.sign_public_key(signing, &public)?),
            security_state: tx.sign_security_state(signing, 2)?,
        };
        let other = tx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
        let mixed = match &keys {
            AccountKeys::V2 { private_key, signed_public_key, security_state, .. } => AccountKeys::V2 {
                private_key: private_key.clone(),
                signing_key: tx.wrap_key(user, other)?,
                signed_public_key: signed_public_key.clone(),
                security_state: security_state.clone(),
            },
            other => unreachable!("{other:?}"),
        };
        let verifying = tx.verifying_key(signing)?;
        let error = account::unlock(tx, &IDS, user, &mixed).unwrap_err();
        assert_eq!(error.to_string(), "signed with ML-DSA-44, and the key is one of Ed25519");
        let unlocked = account::unlock(tx, &IDS, user, &keys)?;
        assert_eq!((unlocked.version, unlocked.security_version), (2, Some(2)));
        assert_eq!((&unlocked.public_key, unlocked.verifying_key.as_ref()), (&public, Some(&verifying)));
        Ok((keys, public, verifying))
    });
    let (keys, public, verifying) = made.unwrap();
    assert_eq!(verifying.algorithm(), AsymmetricAlgorithm::MlDsa44);
    assert_whole(&store, &keys, &public, Some(&verifying));
    let rotated: Result<_, Error> =
        store.try_transaction(|tx| Ok(tx.rotate(Key::User, std::slice::from_ref(&keys))?.wrapped));
    let rotated = rotated.unwrap().remove(0);
    assert_ne!(rotated, keys);
    assert_whole(&store, &rotated, &public, Some(&verifying));
    store.try_context(|ctx| {
        let signature = ctx.sign(ctx.key(SigningKey::User).unwrap(), b"message").unwrap();
        assert_eq!((signature.len(), verifying.verify(b"message", &signature)), (2420, Ok(())));
    });
}
