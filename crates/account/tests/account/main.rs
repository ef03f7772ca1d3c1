//! The keys of an account, by the public interface alone: what the official software wrote is opened, what is made here
//! opens again, and what does not belong together is refused with nothing changed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod change;
mod envelope;
mod fingerprint;
mod hostile;
mod names;
mod password;
mod secrets;
mod sharing;
mod unlock;
mod weaker;

use std::sync::OnceLock;

use base64_simd::STANDARD;
use serde_json::Value;
use strongroom::{
    Context, EncString, ErrorKind, ExposeSecret, Kdf, KeyStore, KeyUses, ProtectedBytes, Symmetric, algorithms::Kind,
    errors::Operation, hazmat,
};
use strongroom_account::Error;
use strongroom_account::{AccountIds, AccountKeys};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User, Other, Organization(u32) }
    asymmetric PrivateKey { User, Request }
    asymmetric SigningKey { User }
}

type Store = KeyStore<Keys>;

const IDS: AccountIds<Key, PrivateKey, SigningKey> =
    AccountIds { user: Key::User, private: PrivateKey::User, signing: Some(SigningKey::User) };

fn store() -> Store {
    Store::open().unwrap()
}

fn secret(store: &Store, text: &str) -> ProtectedBytes {
    store.secret_text(text).unwrap()
}

/// What the official SDK wrote in one format; see `tests/data/README.md`.
fn vectors(format: &str) -> Vec<Value> {
    static ALL: OnceLock<Value> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        serde_json::from_str(include_str!("../../../strongroom/tests/data/official-sdk.json")).unwrap()
    });
    let found: Vec<Value> =
        all["vectors"].as_array().unwrap().iter().filter(|vector| vector["format"] == format).cloned().collect();
    assert!(!found.is_empty(), "no vectors of {format}");
    found
}

fn vector(format: &str, id: u32) -> Value {
    vectors(format).into_iter().find(|vector| vector["id"] == id).unwrap()
}

/// An account of the official command line.
fn command_line() -> Value {
    serde_json::from_str(include_str!("../../../strongroom/tests/data/account-cli.json")).unwrap()
}

fn enc(value: &Value) -> EncString {
    value.as_str().unwrap().parse().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode_to_vec(value.as_str().unwrap()).unwrap()
}

fn kdf(value: &Value) -> Kdf {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    match (&value["pBKDF2"], &value["argon2id"]) {
        (Value::Null, argon2id) => Kdf::argon2id(
            number(&argon2id["iterations"]),
            number(&argon2id["memory"]),
            number(&argon2id["parallelism"]),
        ),
        (pbkdf2, _) => Kdf::pbkdf2(number(&pbkdf2["iterations"])),
    }
    .unwrap()
}

/// A key of known bytes, in the encoded form.
fn import<'c, K: Kind>(ctx: &Context<'c, Keys>, encoded: &Value) -> strongroom::Key<'c, K> {
    hazmat::import_encoded(ctx, &mut bytes(encoded)[..], KeyUses::CONTENTS_AND_KEYS).unwrap()
}

fn encoded<'c>(ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Vec<u8> {
    hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap().to_vec()
}

/// The keys of a V2 account as the SDK names them.
fn v2_keys(outputs: &Value) -> AccountKeys {
    let text = |name: &str| outputs[name].as_str().unwrap();
    AccountKeys::V2 {
        private_key: enc(&outputs["privateKey"]),
        signing_key: enc(&outputs["signingKey"]),
        signed_public_key: Some(text("signedPublicKey").parse().unwrap()),
        security_state: text("securityState").parse().unwrap(),
    }
}

/// That the store holds what it held: which keys have names, and that they are the same.
#[track_caller]
fn assert_opens(store: &Store, key: Key, sealed: &EncString, plain: &str) {
    let opened = store.try_context(|ctx| ctx.decrypt_text(ctx.key(key)?, sealed)).unwrap();
    assert_eq!(opened.expose_secret(), plain);
}

/// What the store said, and in which operation.
#[track_caller]
fn told(error: impl Into<Error>) -> (ErrorKind, Option<Operation>) {
    match error.into() {
        Error::Store(error) => (error.kind().clone(), error.operation()),
        other => unreachable!("not of the store: {other:?}"),
    }
}

/// What a transaction says that does nothing but this.
fn failure<T>(result: Result<T, Error>) -> String {
    result.map(drop).unwrap_err().to_string()
}
