//! A server that answers what it likes: older states, keys of its own making, devices and organisations that the user
//! does not know.

use std::cell::Cell;

use strongroom::{
    EncString, ErrorKind, ExposeSecret, Kdf, KeyUses, Symmetric,
    algorithms::SymmetricAlgorithm,
    encapsulation::{Confirmed, Encapsulate},
    errors::Malformed,
    inspection::{Inspect, KeyThumbprint},
    rotation::Rewrap,
    signatures::{SignObjects, VerifyingKey},
};
use strongroom_account::{
    self as account, Account, AccountIds, AccountKeys, DeviceKey, Error, MasterPassword, Membership, RotatableKeySet,
    TakenBack, UnderUserKey, UnlockedOrganization, confirm_fingerprint, fingerprint_phrase,
};

use super::{IDS, Key, PrivateKey, SigningKey, Store, assert_opens, secret, store, told};

const NONE: [EncString; 0] = [];
const V2: SymmetricAlgorithm = SymmetricAlgorithm::Xaes256Gcm;

/// What a server hands out at a login, and may keep for later.
#[derive(Clone)]
struct Answer {
    kdf: Kdf,
    user_key: EncString,
    keys: AccountKeys,
}

/// A user with a store, a password, and the answers of her server before and after her upgrade.
struct Ada {
    store: Store,
    before: Answer,
    after: Answer,
    /// What her program remembers after the upgrade.
    last: Account,
}

fn kdf() -> Kdf {
    Kdf::pbkdf2(6_000).unwrap()
}

impl Ada {
    fn new() -> Self {
        let store = store();
        let text = secret(&store, "correct horse");
        let password = MasterPassword { password: &text, kdf: kdf(), email: "ada@example.com", last: None };
        let made = store.try_transaction(|tx| {
            let made = account::create_v1(tx, &IDS)?;
            let answer = |protection: account::PasswordProtection, keys| Answer {
                kdf: password.kdf,
                user_key: protection.user_key,
                keys,
            };
            let before = answer(account::protect_with_password(tx, &password.unchanged()?, made.user)?, made.keys);
            let under = UnderUserKey { last: &made.account, keys: &before.keys, key_sets: &[], things: &NONE };
            let upgraded = account::upgrade(tx, &IDS, under, V2)?;
            let next = upgraded.rotated;
            let after = answer(account::protect_with_password(tx, &password.unchanged()?, next.user)?, next.keys);
            Ok::<_, Error>((before, after, next.account))
        });
        let (before, after, mut last) = made.unwrap();
        last.kdf = Some(kdf());
        Self { store, before, after, last }
    }

    /// Unlocks with what the server says.
    fn unlock(&self, answer: &Answer, last: Option<&Account>) -> Result<Account, Error> {
        let text = secret(&self.store, "correct horse");
        let password = MasterPassword { password: &text, kdf: answer.kdf, email: "ada@example.com", last };
        self.store.try_transaction(|tx| account::unlock_account(tx, &IDS, &password, &answer.user_key, &answer.keys))
    }

    /// Says that a look at an answer is refused, and that every key is the one that it was.
    #[track_caller]
    fn refuses(&self, answer: &Answer, last: &Account, expected: TakenBack) {
        let note = self.store.encrypt_text(Key::User, "milk").unwrap();
        let names = self.store.names().len();
        assert_eq!(self.unlock(answer, Some(last)), Err(Error::TakenBack(expected)));
        assert_opens(&self.store, Key::User, &note, "milk");
        assert_eq!(self.store.names().len(), names);
    }

    /// The answer of today with something changed in its keys.
    fn with(&self, change: impl FnOnce(&mut AccountKeys)) -> Answer {
        let mut answer = self.after.clone();
        change(&mut answer.keys);
        answer
    }

    /// A security state that her signing key signed at some time.
    fn state(&self, version: u32, user_id: Option<&[u8; 16]>) -> Answer {
        let state = self.store.context(|ctx| {
            let by = ctx.key(SigningKey::User)?;
            match user_id {
                Some(id) => ctx.sign_security_state_of(by, id, version),
                None => ctx.sign_security_state(by, version),
            }
        });
        let state = state.unwrap();
        self.with(|keys| {
            let AccountKeys::V2 { security_state, .. } = keys else { unreachable!() };
            *security_state = state;
        })
    }
}

#[test]
fn the_account_that_is_known_unlocks() {
    let ada = Ada::new();
    assert_eq!(ada.unlock(&ada.after, Some(&ada.last)), Ok(ada.last.clone()));
    let mut first = ada.last.clone();
    first.former_user_keys.clear();
    assert_eq!(ada.unlock(&ada.after, None), Ok(first), "who remembers nothing knows no former key");
    // What the program stores of it.
    let json = serde_json::to_string(&ada.last).unwrap();
    assert_eq!(serde_json::from_str::<Account>(&json).unwrap(), ada.last);
    // From version 1 to 2 is no step back.
    let before = ada.unlock(&ada.before, None).unwrap();
    assert_eq!((before.version, &before.public_key), (1, &ada.last.public_key));
    assert_eq!(ada.unlock(&ada.after, Some(&before)), Ok(ada.last.clone()));
}

/// Finding B, A of `demo2`: the server serves the account as it was before its upgrade.
#[test]
fn version_2_is_not_taken_back_to_version_1() {
    let ada = Ada::new();
    ada.refuses(&ada.before, &ada.last, TakenBack::Version { last: 2, found: 1 });
    assert!(ada.store.contains(SigningKey::User));
    // For who remembers nothing it unlocks. Then no key of the other generation is left.
    assert_eq!(ada.unlock(&ada.before, None).unwrap().version, 1);
    assert!(!ada.store.contains(SigningKey::User));
    assert!(ada.store.contains(Key::User) && ada.store.contains(PrivateKey::User));
}

/// Finding B, B of `demo2` and 7 of `demo`.
#[test]
fn a_security_state_is_not_taken_back() {
    let ada = Ada::new();
    for found in [0, 1] {
        let old = ada.state(found, None);
        ada.refuses(&old, &ada.last, TakenBack::SecurityVersion { last: 2, found: found.into() });
        assert_eq!(ada.unlock(&old, None).unwrap().security_version, Some(found.into()), "the control");
    }
    for found in [2, 3] {
        let account = ada.unlock(&ada.state(found, None), Some(&ada.last)).unwrap();
        assert_eq!(account.security_version, Some(found.into()));
    }
}

/// Finding L 7: the state says whose it is, where an official version wrote that.
#[test]
fn a_security_state_of_another_user_is_refused() {
    let ada = Ada::new();
    let (her, other) = ([1; 16], [2; 16]);
    let last = ada.unlock(&ada.state(2, Some(&her)), Some(&ada.last)).unwrap();
    assert_eq!(last.user_id, Some(her));
    assert_eq!((last.is_of_user(&her), last.is_of_user(&other)), (Ok(()), Err(Error::OtherUser)));
    assert_eq!(ada.last.is_of_user(&other), Ok(()), "it names nobody");
    ada.refuses(&ada.state(2, Some(&other)), &last, TakenBack::User);
    // A newer client signs without it. The id stays known.
    let last = ada.unlock(&ada.state(2, None), Some(&last)).unwrap();
    assert_eq!(last.user_id, Some(her));
}

/// Each of the keys by which an account is known.
#[test]
fn other_keys_than_the_known_ones_are_refused() {
    let (ada, other) = (Ada::new(), Ada::new());
    let mut last = ada.last.clone();
    last.verifying_key.clone_from(&other.last.verifying_key);
    ada.refuses(&ada.after, &last, TakenBack::VerifyingKey);
    let mut last = ada.last.clone();
    last.public_key.clone_from(&other.last.public_key);
    ada.refuses(&ada.after, &last, TakenBack::PublicKey);
    let mut last = ada.unlock(&ada.before, None).unwrap();
    last.public_key.clone_from(&other.last.public_key);
    ada.refuses(&ada.before, &last, TakenBack::PublicKey);
    ada.refuses(&ada.after, &last, TakenBack::PublicKey);
}

/// Finding C, 1 of `demo`: the server answers a login with another device with a whole account of its own.
#[test]
fn a_made_up_answer_to_a_login_is_refused() {
    let (ada, server, device) = (Ada::new(), store(), store());
    let request = device.try_transaction(|tx| account::begin_auth_request(tx, PrivateKey::Request)).unwrap();
    let made = server.try_transaction(|tx| {
        let made = account::create_v2(tx, &IDS, V2)?;
        let to = Confirmed::without_check(request.clone());
        Ok::<_, Error>((account::approve_auth_request(tx, made.user, &to)?, made.keys, made.account))
    });
    let (answer, keys, theirs) = made.unwrap();
    let complete = |last: Option<&Account>, compare: &dyn Fn(&str) -> bool| {
        device.try_transaction(|tx| {
            let user = account::complete_auth_request(tx, PrivateKey::Request, &answer)?;
            let account = match last {
                Some(last) => account::unlock_known(tx, &IDS, user, &keys, last)?,
                None => account::unlock(tx, &IDS, user, &keys)?,
            };
            confirm_fingerprint(account.public_key.clone(), "id", compare)?;
            Ok::<_, Error>(account)
        })
    };
    // The device knew the account.
    assert_eq!(complete(Some(&ada.last), &|_| unreachable!()), Err(Error::TakenBack(TakenBack::PublicKey)));
    // It did not: the user looks at the other device, which shows her own phrase.
    let hers = fingerprint_phrase(&ada.last.public_key, "id");
    assert_eq!(complete(None, &|phrase| phrase == hers), Err(Error::OtherFingerprint));
    assert_eq!(device.names(), [PrivateKey::Request.into()], "nothing was named, and the request is open");
    // The control: nothing else shows it.
    assert_eq!(complete(None, &|_| true), Ok(theirs));
}

/// Finding D, C of `demo2` and 4 of `demo`: what a rotation gives the new user key to.
#[test]
fn a_rotation_takes_no_attachment_for_a_device() {
    let (ada, server) = (Ada::new(), store());
    let theirs = server.try_transaction(|tx| Ok::<_, Error>(account::create_v1(tx, &IDS)?.account.public_key)).unwrap();
    let rotate = |public_key: EncString| {
        ada.store.try_transaction(|tx| {
            let set = DeviceKey::generate(tx)?.trust(tx, tx.key(Key::User)?)?;
            let sets = [RotatableKeySet { public_key, ..set }.confirmed_by_user()];
            let under = UnderUserKey { last: &ada.last, keys: &ada.after.keys, key_sets: &sets, things: &NONE };
            account::rotate(tx, &IDS, under).map(drop)
        })
    };
    // Her own client encrypted it: as a file, as text, and as what it is.
    let [file, whole] = ada
        .store
        .context(|ctx| {
            let user = ctx.key(Key::User)?;
            Ok([ctx.encrypt_bytes(user, &theirs.to_spki())?, ctx.encrypt_public_key(user, &theirs)?])
        })
        .unwrap();
    let error = rotate(file.clone()).unwrap_err();
    assert!(matches!(&error, Error::Item(item) if item.error == Error::NotAPublicKey), "{error:?}");
    rotate(whole).unwrap();
    let read = ada.store.try_context(|ctx| {
        let set = DeviceKey::generate(ctx)?.trust(ctx, ctx.key(Key::User)?)?;
        Ok::<_, Error>((set.open_public_key(ctx, ctx.key(Key::User)?)?, set))
    });
    assert!(read.is_ok(), "under the new user key");
}

/// The server serves the account as it was before a rotation; and wants one that contradicts what is known.
#[test]
fn a_user_key_that_was_rotated_away_is_not_served_again() {
    let ada = Ada::new();
    let text = secret(&ada.store, "correct horse");
    let password = MasterPassword { password: &text, kdf: kdf(), email: "ada@example.com", last: Some(&ada.last) };
    let rotated = ada.store.try_transaction(|tx| {
        let under = UnderUserKey { last: &ada.last, keys: &ada.after.keys, key_sets: &[], things: &NONE };
        let made = account::rotate(tx, &IDS, under)?;
        let user_key = account::protect_with_password(tx, &password.unchanged()?, made.user)?.user_key;
        Ok::<_, Error>((Answer { kdf: kdf(), user_key, keys: made.keys }, made.account))
    });
    let (now, last) = rotated.unwrap();
    assert_ne!(last.user_key, ada.last.user_key);
    assert_eq!((last.kdf, &last.former_user_keys[1..]), (Some(kdf()), &[ada.last.user_key][..]));
    ada.refuses(&ada.after, &last, TakenBack::UserKey);
    // Another device, which only sees that the key is another now.
    let seen = ada.unlock(&now, Some(&ada.last)).unwrap();
    assert_eq!(seen, last);
    ada.refuses(&ada.after, &seen, TakenBack::UserKey);
    assert_eq!(ada.unlock(&now, Some(&seen)), Ok(seen));
}

/// What would be locked out by its own rotation, or sign a key of somebody else's.
#[test]
fn keys_that_contradict_what_is_known_are_not_rotated() {
    let ada = Ada::new();
    let old = ada.state(1, None);
    let rotate = |keys: &AccountKeys, last: &Account| {
        ada.store.try_transaction(|tx| {
            let under = UnderUserKey { last, keys, key_sets: &[], things: &NONE };
            account::rotate(tx, &IDS, under).map(drop)
        })
    };
    let expected = TakenBack::SecurityVersion { last: 2, found: 1 };
    assert_eq!(rotate(&old.keys, &ada.last), Err(expected.into()));
    let mut other = ada.last.clone();
    other.public_key = Ada::new().last.public_key;
    assert_eq!(rotate(&ada.after.keys, &other), Err(TakenBack::PublicKey.into()));

    // Version 1: her own client encrypted somebody's private key as a file.
    let store = store();
    let (keys, last, forged) = store
        .try_transaction(|tx| {
            let made = account::create_v1(tx, &IDS)?;
            let theirs = tx.generate_with(strongroom::algorithms::AsymmetricAlgorithm::Rsa2048, KeyUses::KEYS)?;
            Ok::<_, Error>((made.keys, made.account, tx.wrap_key(made.user, theirs)?))
        })
        .unwrap();
    let upgrade = |keys: &AccountKeys| {
        store.try_transaction(|tx| {
            let under = UnderUserKey { last: &last, keys, key_sets: &[], things: &NONE };
            account::upgrade(tx, &IDS, under, V2).map(drop)
        })
    };
    assert_eq!(upgrade(&AccountKeys::V1 { private_key: forged }), Err(TakenBack::PublicKey.into()));
    assert_eq!(upgrade(&keys), Ok(()));
}

/// Finding E, 2 of `demo`.
#[test]
fn an_organisation_is_a_question() {
    let (ada, server) = (Ada::new(), store());
    let hers = Confirmed::without_check(ada.last.public_key.clone());
    let made = || {
        let key = server.context(|ctx| {
            let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            Ok((ctx.encapsulate(key, &hers)?, ctx.thumbprint(key)?, ctx.encrypt_text(key, "theirs")?))
        });
        key.unwrap()
    };
    let ((first, print, text), (second, other_print, other_text)) = (made(), made());
    let unlock = |key: &EncString, last: Option<KeyThumbprint>| {
        let list = [Membership { name: Key::Organization(7), key: key.clone(), last }];
        let found = ada.store.try_transaction(|tx| account::unlock_organizations(tx, PrivateKey::User, &list));
        found.unwrap().remove(0)
    };
    let accept = |key: &EncString| {
        let listed = Membership { name: Key::Organization(7), key: key.clone(), last: None };
        ada.store.try_transaction(|tx| account::accept_organization(tx, PrivateKey::User, &listed))
    };
    // As long as nobody said yes it stays a question.
    for _ in 0..2 {
        assert_eq!(unlock(&first, None), UnlockedOrganization::New(print));
        assert!(!ada.store.contains(Key::Organization(7)));
    }
    assert_eq!(accept(&first), Ok(print));
    assert_eq!(unlock(&first, None), UnlockedOrganization::Known(print));
    assert_eq!(unlock(&second, None), UnlockedOrganization::Replaced(other_print));
    assert_opens(&ada.store, Key::Organization(7), &text, "theirs");

    // After a lock only the program remembers.
    ada.store.lock();
    ada.unlock(&ada.after, Some(&ada.last)).unwrap();
    assert_eq!(unlock(&second, Some(print)), UnlockedOrganization::Replaced(other_print));
    assert!(!ada.store.contains(Key::Organization(7)));
    assert_eq!(unlock(&first, Some(print)), UnlockedOrganization::Known(print));
    assert_opens(&ada.store, Key::Organization(7), &text, "theirs");

    // The user accepts the other key.
    assert_eq!(accept(&second), Ok(other_print));
    assert_opens(&ada.store, Key::Organization(7), &other_text, "theirs");
    assert_eq!(unlock(&second, Some(other_print)), UnlockedOrganization::Known(other_print));
}

/// A COSE key says its id itself, so two may have one: a thumbprint is of the bytes.
#[test]
fn an_organisation_is_not_known_by_an_id_that_its_key_claims() {
    let (ada, server) = (Ada::new(), store());
    let hers = Confirmed::without_check(ada.last.public_key.clone());
    let (one, print, other) = server.try_context(|ctx| {
        let key = ctx.generate_with(V2, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let mut bytes = super::encoded(ctx, key);
        let at = bytes.windows(3).position(|window| window == [0x20, 0x58, 32]).unwrap(); // k, 32 bytes
        bytes[at + 3] ^= 1;
        let same_id = strongroom::hazmat::import_encoded::<_, Symmetric>(ctx, &mut bytes[..], KeyUses::KEYS).unwrap();
        let id = |key| ctx.key_info::<Symmetric>(key).unwrap().id();
        assert_eq!(id(key), id(same_id));
        let sent = |key| ctx.encapsulate(key, &hers).unwrap();
        (sent(key), ctx.thumbprint(key).unwrap(), sent(same_id))
    });
    for (key, known) in [(one, true), (other, false)] {
        let list = [Membership { name: Key::Organization(1), key, last: Some(print) }];
        let found = ada.store.try_transaction(|tx| account::unlock_organizations(tx, PrivateKey::User, &list)).unwrap();
        assert_eq!(matches!(found[..], [UnlockedOrganization::Known(_)]), known, "{found:?}");
    }
}

/// Finding F: a phrase for a key of either kind, which is compared or not.
#[test]
fn trust_comes_from_a_phrase_or_a_signature() {
    let (ada, other) = (Ada::new(), Ada::new());
    let public = ada.last.public_key.clone();
    let verifying = ada.last.verifying_key.clone().unwrap();
    let phrases = [fingerprint_phrase(&public, "id"), fingerprint_phrase(&verifying, "id")];
    assert_ne!(phrases[0], phrases[1]);
    assert_ne!(phrases[1], fingerprint_phrase(&verifying, "other"));
    assert_ne!(phrases[1], fingerprint_phrase(other.last.verifying_key.as_ref().unwrap(), "id"));
    // The id in a verifying key is whatever who lists it says, so it does not count.
    let bytes = VerifyingKey::from_bytes(verifying.algorithm(), verifying.as_bytes()).unwrap();
    assert_ne!(bytes, verifying);
    assert_eq!(fingerprint_phrase(&bytes, "id"), phrases[1]);

    let asked = Cell::new(0);
    let confirmed = confirm_fingerprint(public.clone(), "id", |phrase| {
        asked.set(asked.get() + 1);
        phrase == phrases[0]
    });
    assert_eq!((confirmed.map(Confirmed::into_inner), asked.get()), (Ok(public.clone()), 1));
    assert_eq!(
        confirm_fingerprint(public.clone(), "else", |phrase| phrase == phrases[0]),
        Err(Error::OtherFingerprint)
    );

    let AccountKeys::V2 { signed_public_key: Some(signed), .. } = &ada.after.keys else { unreachable!() };
    let by = confirm_fingerprint(verifying, "id", |phrase| phrase == phrases[1]).unwrap();
    assert_eq!(signed.confirm(&by).map(Confirmed::into_inner), Ok(public));
    let by = Confirmed::without_check(other.last.verifying_key.unwrap());
    assert!(signed.confirm(&by).is_err());
}

/// Account recovery and emergency access: whoever is confirmed opens it, and nobody else.
#[test]
fn the_user_key_for_somebody_else() {
    let (ada, ben, eve) = (Ada::new(), Ada::new(), Ada::new());
    let note = ada.store.encrypt_text(Key::User, "milk").unwrap();
    let to = Confirmed::without_check(ben.last.public_key.clone());
    let made = ada.store.try_context(|ctx| {
        let user = ctx.key(Key::User)?;
        Ok::<_, Error>([
            account::enroll_account_recovery(ctx, user, &to)?,
            account::grant_emergency_access(ctx, user, &to)?,
        ])
    });
    for text in made.unwrap() {
        let open = |store: &Store| {
            store.try_context(|ctx| {
                let user = account::open_recovered_user_key(ctx, ctx.key(PrivateKey::User)?, &text)?;
                Ok::<_, Error>(ctx.decrypt_text(user, &note)?.expose_secret().to_owned())
            })
        };
        assert_eq!(open(&ben.store), Ok("milk".to_owned()));
        assert!(matches!(open(&eve.store), Err(Error::Store(error)) if matches!(error.kind(), ErrorKind::WrongKey(_))));
    }
}

/// Finding I: a cheap hash of the password for the server to guess from.
#[test]
fn a_weaker_key_derivation_than_the_known_one_is_refused() {
    let ada = Ada::new();
    let cheap = Answer { kdf: Kdf::pbkdf2(5_000).unwrap(), ..ada.after.clone() };
    ada.refuses(&cheap, &ada.last, TakenBack::Kdf { last: kdf(), found: cheap.kdf });
    // Who remembers nothing derives what the server asks for.
    assert_eq!(ada.unlock(&cheap, None), Err(Error::WrongSecret));
    // A stronger one is what the next login remembers.
    let strong = Kdf::pbkdf2(7_000).unwrap();
    assert_eq!(ada.unlock(&Answer { kdf: strong, ..ada.after.clone() }, Some(&ada.last)), Err(Error::WrongSecret));
}

/// `demo5`: a user key of AES-256-GCM is opened, where one is, and followed by a better one.
#[test]
fn no_user_key_of_aes_256_gcm_is_made() {
    let ada = Ada::new();
    let algorithms = ada.store.try_transaction(|tx| {
        let gcm = tx.generate_with(SymmetricAlgorithm::Aes256Gcm, KeyUses::CONTENTS_AND_KEYS)?;
        let keys = ada.after.keys.rewrap(tx, tx.key(Key::User)?, gcm)?;
        let last = account::unlock(tx, &IDS, gcm, &keys)?;
        let under = UnderUserKey { last: &last, keys: &keys, key_sets: &[], things: &NONE };
        let rotated = account::rotate(tx, &IDS, under)?;
        let algorithm = |key| Ok::<_, Error>(tx.key_info::<Symmetric>(key)?.algorithm());
        Ok::<_, Error>([algorithm(gcm)?, algorithm(rotated.user)?])
    });
    assert_eq!(algorithms, Ok([SymmetricAlgorithm::Aes256Gcm, V2]));
}

/// Finding H, 3 of `demo`: version 1 does not say what is a key, and version 2 does.
#[test]
fn keys_of_version_1_open_as_contents_and_those_of_version_2_do_not() {
    for (ids, version) in [(AccountIds { signing: None, ..IDS }, 1), (IDS, 2)] {
        let store = store();
        let keys = store.try_transaction(|tx| {
            let made = if version == 1 { account::create_v1(tx, &ids) } else { account::create_v2(tx, &ids, V2) };
            Ok::<_, Error>(made?.keys)
        });
        let (AccountKeys::V1 { private_key } | AccountKeys::V2 { private_key, .. }) = keys.unwrap() else {
            unreachable!()
        };
        let found = store.context(|ctx| ctx.decrypt_bytes(ctx.key(Key::User)?, &private_key));
        match version {
            1 => assert!(found.is_ok()),
            _ => assert_eq!(told(found.unwrap_err()).0, ErrorKind::Malformed(Malformed::IsKey)),
        }
    }
}
