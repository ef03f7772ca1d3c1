//! From a password to the contents, by the public interface alone, with what the official software wrote.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::Value;
use strongroom::{EncString, Error, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, Symmetric, errors::WrongKey};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

fn vectors(format: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("data/official-sdk.json")).unwrap();
    all["vectors"].as_array().unwrap().iter().filter(|vector| vector["format"] == format).cloned().collect()
}

fn text(value: &Value) -> EncString {
    value.as_str().unwrap().parse().unwrap()
}

/// Vector 50: PBKDF2 with 5,000 rounds. The key in it is the one under which the texts were encrypted.
fn unlock(password: &str) -> Result<KeyStore<Keys>, Error> {
    let account = vectors("user-key/master-password").into_iter().find(|vector| vector["id"] == 50).unwrap();
    let email = account["inputs"]["email"].as_str().unwrap();
    let wrapped = text(&account["outputs"]["enc_string"]);
    let store = KeyStore::<Keys>::open()?;
    let password = store.secret_text(password)?;
    store.transaction(|tx| {
        let master =
            tx.derive_from_password(&password, &Kdf::pbkdf2(5_000)?, email.as_bytes(), KeyUses::CONTENTS_AND_KEYS)?;
        let user = tx.unwrap_key::<Symmetric>(master, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)
    })?;
    Ok(store)
}

#[test]
fn from_the_password_to_the_contents() {
    let store = unlock("correct horse").unwrap();
    let mut opened = 0;
    for vector in vectors("encstring/2") {
        let Some(expected) = vector["inputs"]["plaintext_utf8"].as_str() else { continue };
        let text = text(&vector["outputs"]["enc_string"]);
        let found = store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &text)).unwrap();
        assert_eq!(found.expose_secret(), expected);
        opened += 1;
    }
    assert_eq!(opened, 6);

    let folder = vectors("folder").into_iter().find(|vector| vector["id"] == 106).unwrap();
    let name = text(&folder["outputs"]["folder"]["name"]);
    let name = store.try_context(|ctx| ctx.decrypt_text(ctx.key(Key::User)?, &name)).unwrap();
    assert_eq!(name.expose_secret(), folder["outputs"]["view"]["name"].as_str().unwrap());
}

#[test]
fn a_wrong_password_unwraps_nothing() {
    let error = unlock("correct house").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WrongKey(WrongKey::OrChanged)), "{error:?}");
    assert_eq!(error.to_string(), "wrong key, or the wrapped key was changed (unwrap)");
}
