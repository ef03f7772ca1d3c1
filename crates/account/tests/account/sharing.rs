//! Organisations, login with another device, and the token of an upgrade.

use base64_simd::STANDARD;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use rsa::{BoxedUint, Oaep, RsaPublicKey};
use sha1::Sha1;
use strongroom::{
    Asymmetric, EncString, ErrorKind, ExposeSecret, Kdf, KeyUses, Symmetric,
    algorithms::{AsymmetricAlgorithm, EncStringType, SymmetricAlgorithm},
    encapsulation::{Confirmed, Encapsulate, PublicKey},
    errors::{Operation, Unsupported, WrongKey},
    hazmat,
    master_keys::MasterKeys,
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, Membership,
    UnlockedOrganization::{Closed, New},
    UpgradeToken,
};

use super::{IDS, Key, PrivateKey, Store, bytes, enc, encoded, failure, import, store, told, vector, vectors};

fn found_print(found: &account::UnlockedOrganization) -> strongroom::inspection::KeyThumbprint {
    let New(print) = found else { unreachable!("{found:?}") };
    *print
}

fn member_of(number: u32, key: EncString) -> Membership<Key> {
    Membership { name: Key::Organization(number), key, last: None }
}

/// A store with the private key of the vectors.
fn member() -> (Store, Confirmed<PublicKey>) {
    let store = store();
    let vector = vector("org-key", 84);
    let named: Result<_, Error> = store.try_transaction(|tx| {
        let private = import::<Asymmetric>(tx, &vector["inputs"]["private_pkcs8_b64"]);
        tx.replace(PrivateKey::User, private)?;
        Ok(tx.public_key(private)?)
    });
    let public = Confirmed::without_check(named.unwrap());
    (store, public)
}

#[test]
fn keys_of_organisations_open_and_bad_ones_hide_none() {
    let (store, public) = member();
    let vector = vector("org-key", 84);
    let theirs = enc(&vector["outputs"]["enc_string"]);
    let mut changed = theirs.to_string();
    changed.replace_range(10..11, if &changed[10..11] == "A" { "B" } else { "A" });
    let elsewhere = super::store();
    let new = elsewhere.try_transaction(|tx| {
        let own = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
        tx.insert(PrivateKey::User, own)?;
        account::create_organization(tx, Key::Organization(3), PrivateKey::User)
    });
    let new = new.unwrap();
    let share = || {
        elsewhere.try_context(|ctx| account::share_organization(ctx, ctx.key(Key::Organization(3)).unwrap(), &public))
    };
    let note = elsewhere.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::Organization(3))?, "milk")).unwrap();
    let list = [
        member_of(1, changed.parse().unwrap()),
        member_of(2, theirs),
        member_of(4, note.clone()),
        member_of(3, share().unwrap()),
    ];
    let found = store.try_transaction(|tx| account::unlock_organizations(tx, PrivateKey::User, &list)).unwrap();
    let [Closed(one), New(_), Closed(other), New(print)] = &found[..] else { unreachable!("{found:?}") };
    assert_eq!(*print, new.thumbprint);
    let accept = |listed: &Membership<Key>| {
        store.try_transaction(|tx| account::accept_organization(tx, PrivateKey::User, listed)).unwrap()
    };
    assert_eq!((accept(&list[1]), accept(&list[3])), (found_print(&found[1]), *print));
    let said: Vec<_> = [one, other].map(|error| told(error.clone())).into();
    let unsupported = Unsupported::Type(EncStringType::AesCbcHmac);
    let expected = [ErrorKind::WrongKey(WrongKey::OrChanged), ErrorKind::Unsupported(unsupported)];
    assert_eq!(said, expected.map(|kind| (kind, Some(Operation::Decapsulate))));
    store.try_context(|ctx| {
        assert_eq!(encoded(ctx, ctx.key(Key::Organization(2)).unwrap()), bytes(&vector["outputs"]["org_key_b64"]));
        assert_eq!(ctx.decrypt_text(ctx.key(Key::Organization(3)).unwrap(), &note).unwrap().expose_secret(), "milk");
        let private = ctx
            .unwrap_key::<Asymmetric>(
                ctx.key(Key::Organization(3)).unwrap(),
                &new.private_key,
                KeyUses::CONTENTS_AND_KEYS,
            )
            .unwrap();
        assert_eq!(ctx.public_key(private).unwrap(), new.public_key);
        assert!(!ctx.contains(Key::Organization(1)) && !ctx.contains(Key::Organization(4)));
    });
    // A further member.
    let again = [member_of(5, share().unwrap())];
    assert_ne!(again[0].key, list[3].key);
    let found = store.try_transaction(|tx| account::unlock_organizations(tx, PrivateKey::User, &again)).unwrap();
    assert!(matches!(found[..], [New(_)]), "{found:?}");
    accept(&again[0]);
    assert_eq!(
        store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::Organization(5))?, &note)).unwrap().expose_secret(),
        "milk"
    );
}

/// What has nothing to do with one organisation ends the call: it would be said of each.
#[test]
fn what_keeps_all_organisations_closed_is_said_once() {
    let (store, _) = member();
    let key = enc(&vector("org-key", 84)["outputs"]["enc_string"]);
    let keys = [member_of(1, "4.AQID".parse().unwrap()), member_of(2, key)];
    let unlock = |private| store.try_transaction(|tx| account::unlock_organizations(tx, private, &keys));
    let found = unlock(PrivateKey::User).unwrap();
    assert!(matches!(found[..], [Closed(_), New(_)]), "the control: {found:?}");
    assert_eq!(unlock(PrivateKey::Request).map_err(told), Err((ErrorKind::UnknownKey, Some(Operation::Find))));

    // Locked.
    let locked = store.try_transaction(|tx| {
        store.lock();
        account::unlock_organizations(tx, PrivateKey::User, &keys)
    });
    assert_eq!(locked.map_err(told), Err((ErrorKind::Locked, Some(Operation::Find))));

    // A private key that is not there to open keys.
    let refused = store.try_transaction(|tx| {
        let private = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS)?;
        tx.replace(PrivateKey::Request, private)?;
        account::unlock_organizations(tx, PrivateKey::Request, &keys)
    });
    let (kind, operation) = told(refused.unwrap_err());
    assert!(matches!(kind, ErrorKind::NotPermitted(_)), "{kind:?}");
    assert_eq!(operation, Some(Operation::Decapsulate));
}

#[test]
fn login_with_another_device() {
    let (old, new) = (store(), store());
    old.try_transaction(|tx| account::create_v1(tx, &IDS).map(drop)).unwrap();
    let note = old.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk")).unwrap();

    let public = new.try_transaction(|tx| account::begin_auth_request(tx, PrivateKey::Request)).unwrap();
    let public = Confirmed::without_check(public);
    let answer =
        old.try_context(|ctx| account::approve_auth_request(ctx, ctx.key(Key::User).unwrap(), &public)).unwrap();
    let not_for_us = old
        .try_context(|ctx| {
            account::approve_auth_request(
                ctx,
                ctx.key(Key::User).unwrap(),
                &Confirmed::without_check(ctx.public_key(ctx.key(PrivateKey::User)?)?),
            )
        })
        .unwrap();

    let complete = |answer: &EncString| -> Result<(), Error> {
        new.try_transaction(|tx| {
            let user = account::complete_auth_request(tx, PrivateKey::Request, answer)?;
            Ok(tx.replace(Key::User, user)?)
        })
    };
    assert_eq!(failure(complete(&not_for_us)), "wrong key, or the wrapped key was changed (decapsulate, key Request)");
    assert!(new.try_context(|ctx| ctx.contains(PrivateKey::Request)), "the request is still open");
    complete(&answer).unwrap();
    assert_eq!(new.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &note)).unwrap().expose_secret(), "milk");
    assert!(!new.try_context(|ctx| ctx.contains(PrivateKey::Request)));
    assert_eq!(failure(complete(&answer)), "the store holds no key Request (find)");
}

/// What an older client answers: 32 bytes for the public key of the request, as it encrypts them.
fn answer_of_master_key(public: &PublicKey, master: &[u8]) -> EncString {
    let spki = public.to_spki();
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, 8 * u32::try_from(bytes.len()).unwrap()).unwrap();
    let exponent = number(&65_537_u64.to_be_bytes());
    let key = RsaPublicKey::new(number(&spki[33..289]), exponent).unwrap();
    let mut random = ChaCha20Rng::from_seed([7; 32]);
    let sealed = key.encrypt(&mut random, Oaep::<Sha1>::new(), master).unwrap();
    format!("4.{}", STANDARD.encode_to_string(sealed)).parse().unwrap()
}

/// The master key of vector 50, and the user key under it.
#[test]
fn login_with_another_device_that_sends_its_master_key() {
    let new = store();
    let account = vector("user-key/master-password", 50);
    let (master, wrapped) = (bytes(&account["outputs"]["master_key_b64"]), enc(&account["outputs"]["enc_string"]));
    let public = new.try_transaction(|tx| account::begin_auth_request(tx, PrivateKey::Request)).unwrap();
    let complete = |answer: &EncString, user_key: &EncString| -> Result<(), Error> {
        new.try_transaction(|tx| {
            let id = PrivateKey::Request;
            let user = account::complete_auth_request_with_master_key(tx, id, answer, user_key)?;
            Ok(tx.replace(Key::User, user)?)
        })
    };
    let answer = answer_of_master_key(&public, &master);
    let not_a_key = "the contents are not a key that can be used here (decapsulate, key Request)";
    let type_2 = "keys wrapped as type 2 (AES-256-CBC, HMAC-SHA256) cannot be opened (decapsulate, key Request)";
    for (answer, user_key, expected) in [
        (&answer_of_master_key(&public, &master[..31]), &wrapped, not_a_key),
        (&answer_of_master_key(&public, &[7; 64]), &wrapped, not_a_key),
        (&answer_of_master_key(&public, &[7; 32]), &wrapped, "the secret does not open the user key"),
        (&wrapped, &wrapped, type_2),
    ] {
        assert_eq!(failure(complete(answer, user_key)), expected);
        assert!(new.try_context(|ctx| ctx.contains(PrivateKey::Request) && !ctx.contains(Key::User)));
    }
    complete(&answer, &wrapped).unwrap();
    assert_eq!(
        new.try_context(|ctx| encoded(ctx, ctx.key(Key::User).unwrap())),
        bytes(&account["outputs"]["user_key_b64"])
    );
    assert!(!new.try_context(|ctx| ctx.contains(PrivateKey::Request)));
}

/// Answered here with the master key: of the password, and with it the new device opens what the server keeps.
#[test]
fn login_with_another_device_answered_with_the_master_key() -> Result<(), Error> {
    let (old, new) = (store(), store());
    let password = old.secret_text("correct horse")?;
    let (public, other) = new.try_transaction(|tx| {
        let public = account::begin_auth_request(tx, PrivateKey::Request)?;
        let other = tx.generate_with(AsymmetricAlgorithm::Rsa2048, KeyUses::CONTENTS_AND_KEYS)?;
        Ok::<_, Error>((Confirmed::without_check(public), Confirmed::without_check(tx.public_key(other)?)))
    })?;
    let (answers, wrapped, user) = old.try_context(|ctx| {
        let user = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let master = ctx.derive_master_key(&password, &Kdf::pbkdf2(5_000)?, b"ada@example.com")?;
        let wrapped = account::wrap_user_key(ctx, &master, user)?;
        let answer = |to| account::approve_auth_request_with_master_key(ctx, &master, to);
        Ok::<_, Error>(([answer(&public)?, answer(&other)?], wrapped, encoded(ctx, user)))
    })?;
    let [answer, to_another] = answers;
    assert_eq!(answer.enc_type(), EncStringType::RsaOaepSha1);
    let complete = |answer: &EncString| -> Result<(), Error> {
        new.try_transaction(|tx| {
            let user = account::complete_auth_request_with_master_key(tx, PrivateKey::Request, answer, &wrapped)?;
            Ok(tx.replace(Key::User, user)?)
        })
    };
    let error = complete(&to_another).unwrap_err();
    assert_eq!(told(error), (ErrorKind::WrongKey(WrongKey::OrChanged), Some(Operation::Decapsulate)));
    complete(&answer)?;
    assert_eq!(new.try_context(|ctx| encoded(ctx, ctx.key(Key::User).unwrap())), user);

    old.lock();
    let master =
        new.try_context(|ctx| ctx.derive_master_key(&password, &Kdf::pbkdf2(5_000)?, b"x").map_err(Error::from));
    let refused = old.try_context(|ctx| account::approve_auth_request_with_master_key(ctx, &master?, &public));
    assert_eq!(told(refused.unwrap_err()), (ErrorKind::Locked, Some(Operation::Encapsulate)));
    Ok(())
}

/// The two halves are what the SDK writes for a key of each version under the other.
#[test]
fn an_upgrade_token_leads_both_ways() {
    let store = store();
    let pair = vectors("wrapped-symmetric-key");
    let by_name = |name: &str| pair.iter().find(|vector| vector["name"] == name).unwrap().clone();
    let (up, down) = (by_name("xch wrapped by aes"), by_name("aes wrapped by xch"));
    store
        .try_context(|ctx| {
            let v1 = import::<Symmetric>(ctx, &up["inputs"]["wrapping_key_b64"]);
            let v2 = import::<Symmetric>(ctx, &down["inputs"]["wrapping_key_b64"]);
            // Of two accounts, so the halves do not belong together: each opens, and the token does not.
            let torn = UpgradeToken {
                wrapped_user_key_1: enc(&down["outputs"]["enc_string"]),
                wrapped_user_key_2: enc(&up["outputs"]["enc_string"]),
            };
            for error in [torn.upgrade(ctx, v1).unwrap_err(), torn.downgrade(ctx, v2).unwrap_err()] {
                assert_eq!(error, Error::TornToken);
            }

            let token = UpgradeToken::create(ctx, v1, v2)?;
            assert!(token.wrapped_user_key_1.to_string().starts_with("7."));
            assert!(token.wrapped_user_key_2.to_string().starts_with("2."));
            let (up, down) = (token.upgrade(ctx, v1)?, token.downgrade(ctx, v2)?);
            assert_eq!(encoded(ctx, up), encoded(ctx, v2));
            assert_eq!(encoded(ctx, down), encoded(ctx, v1));

            let other = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            let error = token.upgrade(ctx, other).unwrap_err();
            assert_eq!(told(error), (ErrorKind::WrongKey(WrongKey::OrChanged), Some(Operation::Unwrap)));
            let error = UpgradeToken::create(ctx, v2, v2).unwrap_err();
            let cose = SymmetricAlgorithm::XChaCha20Poly1305;
            assert_eq!(error, Error::UnsuitableAlgorithm { algorithm: cose, version: 1 });
            let cbc = SymmetricAlgorithm::Aes256CbcHmacSha256;
            let error = UpgradeToken::create(ctx, v1, v1).unwrap_err();
            assert_eq!(error, Error::UnsuitableAlgorithm { algorithm: cbc, version: 2 });
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// Both halves are whole, and of the same two keys; but the new one may not unwrap, by its own list.
#[test]
fn a_token_is_not_torn_by_what_its_key_may_not_do() -> Result<(), Error> {
    store().try_context(|ctx| {
        let [v1, v2] = [SymmetricAlgorithm::Aes256CbcHmacSha256, SymmetricAlgorithm::Xaes256Gcm]
            .map(|algorithm| ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS));
        let (v1, mut bytes) = (v1?, encoded(ctx, v2?));
        // `key_ops`: encrypt, decrypt, wrap, unwrap. Of these, wrap remains.
        let at = bytes.windows(5).position(|window| window == [0x84, 3, 4, 5, 6]).unwrap();
        bytes[at + 1..at + 5].fill(5);
        let v2 = hazmat::import_encoded::<_, Symmetric>(ctx, &mut bytes[..], KeyUses::CONTENTS_AND_KEYS)?;
        let token = UpgradeToken::create(ctx, v1, v2)?;
        let (kind, operation) = told(token.upgrade(ctx, v1).unwrap_err());
        assert!(matches!(kind, ErrorKind::NotPermitted(_)), "{kind:?}");
        assert_eq!(operation, Some(Operation::Unwrap));
        Ok(())
    })
}
