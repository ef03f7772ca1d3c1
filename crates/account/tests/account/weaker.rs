//! The key derivation of a master password, against the one that the program remembers.

use serde_json::{Value, json};
use strongroom::{
    ErrorKind, Kdf, KeyUses,
    algorithms::SymmetricAlgorithm,
    errors::Operation,
    passwords::{KdfLimits, KdfSettings, NewKdf},
};
use strongroom_account::{self as account, Account, AccountKeys, Error, MasterPassword, NewPassword, TakenBack};

use super::{IDS, Key, Store, secret, store, told};

const EMAIL: &str = "ada@example.com";

/// An account of version 1 whose password was put through `kdf`: its memory, and what the server keeps.
fn made(store: &Store, text: &str, kdf: Kdf) -> (Account, AccountKeys, strongroom::EncString) {
    let text = secret(store, text);
    let new = NewPassword { password: &text, kdf: NewKdf::even_if_weak(kdf), email: EMAIL };
    let made: Result<_, Error> = store.try_transaction(|tx| {
        let made = account::create_v1(tx, &IDS)?;
        let wrapped = account::protect_with_password(tx, &new, made.user)?.user_key;
        let account = Account::clone(&made.account);
        Ok((account, made.keys, wrapped))
    });
    made.unwrap()
}

/// Argon2id over 4 TiB, which no machine of these tests has.
fn enormous(iterations: u32) -> Kdf {
    let limits = KdfLimits {
        min_argon2id_iterations: 1,
        max_argon2id_memory_mib: u32::MAX,
        max_argon2id_work_mib: u64::MAX,
        ..KdfLimits::default()
    };
    Kdf::within(KdfSettings::Argon2id { iterations, memory_mib: 4_194_303, parallelism: 1 }, &limits).unwrap()
}

#[test]
fn a_weaker_one_than_the_last_is_refused_before_anything_is_derived() {
    let store = store();
    let text = secret(&store, "correct horse");
    let (mut last, keys, wrapped) = made(&store, "correct horse", Kdf::pbkdf2(5_000).unwrap());
    for (known, found) in [
        (Kdf::pbkdf2(600_000).unwrap(), Kdf::pbkdf2(5_000).unwrap()),
        (Kdf::pbkdf2(600_000).unwrap(), Kdf::pbkdf2(599_999).unwrap()),
        (Kdf::argon2id(3, 64, 4).unwrap(), Kdf::pbkdf2(600_000).unwrap()),
        (Kdf::argon2id(3, 64, 4).unwrap(), Kdf::argon2id(12, 16, 4).unwrap()),
        // What would be derived has no room.
        (enormous(2), enormous(1)),
    ] {
        last.kdf = Some(known);
        let refused = Error::TakenBack(TakenBack::Kdf { last: known, found });
        let password = MasterPassword { password: &text, kdf: found, email: EMAIL, last: Some(&last) };
        assert_eq!(password.unchanged().map(drop), Err(refused.clone()), "a rotation");
        let new = MasterPassword { last: None, ..password }.unchanged().unwrap();
        let unlock = || {
            store.try_transaction(|tx| {
                let result = account::unlock_account(tx, &IDS, &password, &wrapped, &keys);
                assert_eq!(result, Err(refused.clone()));
                let change = account::change_password(tx, Key::User, &password, &wrapped, &new);
                assert_eq!(change.map(drop), Err(refused.clone()));
                Err::<(), _>(refused.clone())
            })
        };
        assert_eq!(unlock(), Err(refused.clone()));
        store.try_context(|ctx| {
            assert_eq!(password.master_key(ctx).map(drop), Err(refused.clone()));
            let unlocks = [account::unlock_with_password, account::unlock_legacy_with_password];
            for unlock in unlocks {
                assert_eq!(unlock(ctx, &password, &wrapped).map(drop), Err(refused.clone()));
            }
        });
    }

    // A locked store derives nothing, so what it says tells which comes first.
    store.lock();
    let (known, found) = (Kdf::pbkdf2(600_000).unwrap(), Kdf::pbkdf2(5_000).unwrap());
    last.kdf = Some(known);
    let password = MasterPassword { password: &text, kdf: found, email: EMAIL, last: Some(&last) };
    store.try_context(|ctx| {
        let refused = Error::TakenBack(TakenBack::Kdf { last: known, found });
        assert_eq!(password.master_key(ctx).map(drop), Err(refused.clone()));
        assert_eq!(account::unlock_with_password(ctx, &password, &wrapped).map(drop), Err(refused));
        let unknown = MasterPassword { last: None, ..password };
        let error = account::unlock_with_password(ctx, &unknown, &wrapped).unwrap_err();
        assert_eq!(told(error), (ErrorKind::Locked, Some(Operation::Derive)), "the control");
    });
    assert!(store.is_locked());
}

#[test]
fn the_same_and_a_stronger_one_unlock_and_are_remembered() {
    let store = store();
    let text = secret(&store, "correct horse");
    let found = Kdf::argon2id(2, 32, 1).unwrap();
    let (account, keys, wrapped) = made(&store, "correct horse", found);
    assert_eq!(account.kdf, None);
    let known = |kdf| {
        let mut last = account.clone();
        last.kdf = kdf;
        last
    };
    for last in [
        None,
        Some(known(None)),
        Some(known(Some(found))),
        Some(known(Some(Kdf::argon2id(2, 16, 4).unwrap()))),
        Some(known(Some(Kdf::pbkdf2(600_000).unwrap()))),
    ] {
        let password = MasterPassword { password: &text, kdf: found, email: EMAIL, last: last.as_ref() };
        store.lock();
        let unlocked = store.try_transaction(|tx| account::unlock_account(tx, &IDS, &password, &wrapped, &keys));
        assert_eq!(unlocked, Ok(known(Some(found))), "{last:?}");
    }
}

/// The minimums that an account's own parameters have to reach are those of logins, whatever is below them is not read.
#[test]
fn an_account_is_stored_with_its_function() {
    let store = store();
    let (account, ..) = made(&store, "correct horse", Kdf::pbkdf2(5_000).unwrap());
    for (kdf, expected) in [
        (None, Value::Null),
        (
            Some(Kdf::argon2id(3, 64, 4).unwrap()),
            json!({"function": "argon2id", "iterations": 3, "memory_mib": 64, "parallelism": 4}),
        ),
        (Some(Kdf::pbkdf2(5_000).unwrap()), json!({"function": "pbkdf2", "iterations": 5_000})),
    ] {
        let mut account = account.clone();
        account.kdf = kdf;
        let stored = serde_json::to_value(&account).unwrap();
        assert_eq!(stored["kdf"], expected);
        assert_eq!(serde_json::from_value::<Account>(stored).unwrap(), account);
    }
    let mut stored = serde_json::to_value(&account).unwrap();
    stored["kdf"] = json!({"function": "pbkdf2", "iterations": 1});
    let error = serde_json::from_value::<Account>(stored).unwrap_err();
    assert_eq!(error.to_string(), "PBKDF2 with 1 iterations; accepted are 5000 to 10000000");
}

/// A rotation takes over what the account has, also if it is too weak for a new password.
#[test]
fn an_unchanged_password_keeps_its_function() {
    let store = store();
    let text = secret(&store, "correct horse");
    let weak = Kdf::pbkdf2(5_000).unwrap();
    assert!(NewKdf::try_from(weak).is_err());
    let password = MasterPassword { password: &text, kdf: weak, email: EMAIL, last: None };
    let unchanged = password.unchanged().unwrap();
    assert_eq!((unchanged.kdf.kdf(), unchanged.email), (weak, EMAIL));
    store
        .try_context(|ctx| {
            let user = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            let wrapped = account::wrap_user_key(ctx, &unchanged.master_key(ctx)?, user)?;
            account::unlock_with_password(ctx, &password, &wrapped).map(drop)
        })
        .unwrap();
}
