//! Names that are text: those of the program, and those that a server chooses.

use strongroom::encapsulation::{Confirmed, Encapsulate};
use strongroom::{ErrorKind, ExposeSecret, KeyStore, KeyUses, algorithms::SymmetricAlgorithm};
use strongroom_account::{
    self as account, AccountIds, AccountKeys, Error, Membership,
    UnlockedOrganization::{Known, New, Replaced},
};

const IDS: AccountIds<&str> = AccountIds { user: "user", private: "private", signing: Some("signing") };

fn store() -> KeyStore {
    KeyStore::open().unwrap()
}

fn create(store: &KeyStore, ids: &AccountIds<&str>) -> Result<AccountKeys, Error> {
    store.try_transaction(|tx| Ok(account::create_v2(tx, ids, SymmetricAlgorithm::XChaCha20Poly1305)?.keys))
}

fn name_taken<T>(result: Result<T, Error>, name: &str) {
    let error = result.err().unwrap();
    let error = error.store().unwrap();
    assert_eq!((error.kind(), error.key()), (&ErrorKind::NameTaken, Some(&*format!("{name:?}"))));
}

/// A key that loses its name would be lost with it.
#[test]
fn equal_names_are_refused() {
    for (ids, name) in [
        (AccountIds { user: "me", private: "me", signing: None }, "me"),
        (AccountIds { private: "user", ..IDS }, "user"),
        (AccountIds { signing: Some("user"), ..IDS }, "user"),
        (AccountIds { signing: Some("private"), ..IDS }, "private"),
    ] {
        let store = store();
        if ids.signing.is_some() {
            name_taken(create(&store, &ids), name);
        }
        name_taken(
            store.try_transaction(|tx| {
                account::create_v1(tx, &AccountIds { user: name, private: name, ..ids }).map(drop)
            }),
            name,
        );
        assert!(store.names().is_empty());

        let keys = create(&store, &IDS).unwrap();
        let unlock = |ids| store.try_transaction(|tx| account::unlock(tx, ids, tx.key("user")?, &keys).map(drop));
        if ids.signing.is_some() {
            name_taken(unlock(&ids), name);
        }
        unlock(&IDS).unwrap();
        assert_eq!(store.names().len(), 3, "what was unlocked is unlocked again");
        name_taken(create(&store, &IDS), "user");
    }
}

/// Anybody can encapsulate a key for a public key, and a server names organisations as it likes.
#[test]
fn a_name_from_the_server_takes_no_other_keys_place() {
    let (store, server) = (store(), store());
    create(&store, &IDS).unwrap();
    let public = store.context(|ctx| ctx.public_key(ctx.key("private")?)).unwrap();
    let answer = |name: &str| {
        let to = Confirmed::without_check(public.clone());
        let sent = server.context(|ctx| ctx.encapsulate(ctx.generate(KeyUses::CONTENTS_AND_KEYS)?, &to));
        Membership { name: name.to_owned(), key: sent.unwrap(), last: None }
    };
    let note = store.encrypt_text("user", "milk").unwrap();
    let answers =
        [answer("organization 1"), answer("user"), answer("private"), answer("organization 1"), answer("signing")];
    let unlock =
        |answers: &[_]| store.try_transaction(|tx| account::unlock_organizations(tx, "private", answers)).unwrap();
    let found = unlock(&answers);
    assert!(matches!(found[..], [New(_), Replaced(_), Replaced(_), New(_), Replaced(_)]), "{found:?}");
    assert_eq!(store.names().len(), 3, "what is new has no name before it is accepted");
    let accept = |answer| store.try_transaction(|tx| account::accept_organization(tx, "private", answer)).unwrap();
    accept(&answers[0]);
    assert_eq!(store.names().len(), 4);
    assert_eq!(store.decrypt_text("user", &note).unwrap().expose_secret(), "milk");

    // The same again is no surprise; another key is one, until the program gives the old one up.
    assert!(matches!(unlock(&answers[..1])[..], [Known(_)]));
    let another = [answer("organization 1")];
    assert!(matches!(unlock(&another)[..], [Replaced(_)]));
    store.remove("organization 1").unwrap();
    assert!(matches!(unlock(&another)[..], [New(_)]));
}
