//! Rotation: all of it or nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom::{EncString, Encryptable, Error, ExposeSecret, KeyStore, Policy, Sealed, UnwrapError};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Old }
}

type Store = KeyStore<Keys>;

/// A store with a user key, 100 item keys wrapped by it, and a text under each item key.
fn account() -> (Store, Vec<EncString>, Vec<EncString>) {
    let store = Store::open(Policy::best_available()).unwrap();
    let items: Result<Vec<(EncString, EncString)>, Error> = store.transaction(|tx| {
        let user = tx.generate()?;
        tx.name(Key::User, user)?;
        let item = |n| {
            let item = tx.generate()?;
            Ok((tx.wrap(user, item)?, tx.encrypt_text(item, &format!("item {n}"))?))
        };
        (0..100).map(item).collect()
    });
    let (wrapped, texts) = items.unwrap().into_iter().unzip();
    (store, wrapped, texts)
}

fn open(store: &Store, by: Key, wrapped: &EncString, text: &EncString) -> Result<String, Error> {
    store.context(|ctx| {
        let key = ctx.unwrap(by, wrapped)?;
        Ok(ctx.decrypt_text(key, text)?.expose_secret().to_owned())
    })
}

#[test]
fn every_item_opens_under_the_new_key_and_none_under_the_old() {
    let (store, wrapped, texts) = account();
    let note = store.context(|ctx| "milk".to_owned().encrypt(ctx, Key::User.into())).unwrap();
    let rotated: Result<_, Error> = store.transaction(|tx| {
        let next = tx.generate()?;
        let notes = tx.reencrypt_list(Key::User, next, std::slice::from_ref(&note))?;
        let rewrapped = tx.rewrap_list(Key::User, next, &wrapped)?;
        tx.name(Key::User, next)?;
        Ok((notes, rewrapped))
    });
    let (notes, rewrapped): (Vec<Sealed<String>>, _) = rotated.unwrap();
    for (n, ((old, new), text)) in wrapped.iter().zip(&rewrapped).zip(&texts).enumerate() {
        assert_eq!(open(&store, Key::User, new, text).unwrap(), format!("item {n}"));
        assert!(matches!(open(&store, Key::User, old, text), Err(Error::Unwrap(UnwrapError::WrongKeyOrChanged))));
    }
    let opened = store.context(|ctx| ctx.decrypt_text(Key::User, notes[0].as_enc_string())).unwrap();
    assert_eq!(opened.expose_secret(), "milk");

    let again: Result<Vec<EncString>, Error> = store.transaction(|tx| {
        let rotation = tx.rotate(Key::User, &rewrapped)?;
        tx.name(Key::Old, rotation.key)?;
        assert_eq!(format!("{:?}", rotation.key), "LocalKey(symmetric #0)");
        Ok(rotation.wrapped)
    });
    let again = again.unwrap();
    assert!(texts.iter().zip(&again).all(|(text, key)| open(&store, Key::User, key, text).is_ok()));
    assert!(texts.iter().zip(&again).all(|(text, key)| open(&store, Key::Old, key, text).is_ok()), "the same key");
    assert!(open(&store, Key::User, &rewrapped[0], &texts[0]).is_err());
}

#[test]
fn one_that_does_not_open_leaves_everything_as_it_was() {
    let (store, mut wrapped, texts) = account();
    let good = wrapped[41].clone();
    wrapped[41] = texts[41].clone();
    let rotated: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::User, &wrapped).map(drop));
    let error = rotated.unwrap_err();
    assert_eq!(error.to_string(), "item 41: wrong key, or the wrapped key was changed");
    wrapped[41] = good;
    assert!(wrapped.iter().zip(&texts).all(|(key, text)| open(&store, Key::User, key, text).is_ok()));
    assert_eq!(store.keys().prepared, 1);

    let unknown: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::Old, &wrapped).map(drop));
    assert_eq!(unknown.unwrap_err().to_string(), "the store holds no key Old");
    store.lock();
    let locked: Result<(), Error> = store.transaction(|tx| tx.rotate(Key::User, &wrapped).map(drop));
    assert_eq!(locked.unwrap_err().to_string(), "the store holds no key User");
}
