//! What operations cost: `cargo bench -p strongroom`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::io::{Cursor, sink};

use divan::Bencher;
use strongroom::{
    Demand, EncString, Error, Kdf, KeyStore, KeyUses, Policy, Protection, Sealed, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    passwords::{KdfLimits, KdfSettings},
    signatures::SignObjects,
    streams::Streams,
};

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
}

/// The mean field of a vault: three blocks of ciphertext.
const FIELD: &str = "a user name or a password, 40 bytes long";

fn main() {
    divan::main();
}

fn store() -> KeyStore<Keys> {
    store_with(Policy::best_available())
}

fn store_with(policy: Policy) -> KeyStore<Keys> {
    store_of(policy, SymmetricAlgorithm::Aes256CbcHmacSha256)
}

fn store_of(policy: Policy, algorithm: SymmetricAlgorithm) -> KeyStore<Keys> {
    let store = KeyStore::open_with(policy).unwrap();
    let named: Result<(), Error> = store.transaction(|tx| {
        let key = tx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, key)
    });
    named.unwrap();
    store
}

#[divan::bench]
fn context(bencher: Bencher<'_, '_>) {
    let store = store();
    bencher.bench(|| store.try_context(|ctx| ctx.contains(Key::User)));
}

#[divan::bench]
fn encrypt_field(bencher: Bencher<'_, '_>) {
    let store = store();
    store.try_context(|ctx| bencher.bench(|| ctx.encrypt_text(ctx.key(Key::User).unwrap(), FIELD).unwrap()));
}

#[divan::bench]
fn decrypt_field(bencher: Bencher<'_, '_>) {
    let store = store();
    let text = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, FIELD)).unwrap();
    store.try_context(|ctx| bencher.bench(|| ctx.decrypt_text(ctx.key(Key::User).unwrap(), &text).unwrap()));
}

#[divan::bench]
fn decrypt_field_into_a_buffer(bencher: Bencher<'_, '_>) {
    let store = store();
    let text = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, FIELD)).unwrap();
    store.try_context(|ctx| {
        bencher.bench(|| ctx.decrypt_into(ctx.key(Key::User).unwrap(), &text, &mut [0; 48]).unwrap())
    });
}

/// The same without a secret stack: the difference is what the scope costs.
#[divan::bench]
fn decrypt_field_into_a_buffer_unprotected_in_use(bencher: Bencher<'_, '_>) {
    let store = store_with(Policy::best_available().in_use(Demand::Exactly(Protection::Plain)));
    let text = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, FIELD)).unwrap();
    store.try_context(|ctx| {
        bencher.bench(|| ctx.decrypt_into(ctx.key(Key::User).unwrap(), &text, &mut [0; 48]).unwrap())
    });
}

#[divan::bench]
fn wrap(bencher: Bencher<'_, '_>) {
    let store = store();
    store.try_context(|ctx| {
        bencher.bench(|| ctx.wrap_key(ctx.key(Key::User).unwrap(), ctx.key(Key::User).unwrap()).unwrap())
    });
}

/// With a context of its own, as an item with its own key is opened.
#[divan::bench]
fn unwrap(bencher: Bencher<'_, '_>) {
    let store = store();
    let wrapped = store.try_context(|ctx| ctx.wrap_key(ctx.key(Key::User)?, ctx.key(Key::User)?)).unwrap();
    bencher.bench(|| {
        store.try_context(|ctx| {
            ctx.unwrap_key::<Symmetric>(ctx.key(Key::User).unwrap(), &wrapped, KeyUses::CONTENTS_AND_KEYS)
                .map(|_| ())
                .unwrap()
        })
    });
}

#[divan::bench]
fn parse_field(bencher: Bencher<'_, '_>) {
    let store = store();
    let text = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, FIELD)).unwrap().to_string();
    bencher.bench(|| EncString::parse(&text).unwrap());
}

const SIGNING: [AsymmetricAlgorithm; 2] = [AsymmetricAlgorithm::Ed25519, AsymmetricAlgorithm::MlDsa44];

#[divan::bench(args = SIGNING)]
fn sign(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    let store = store();
    store.try_context(|ctx| {
        let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        bencher.bench(|| ctx.sign(key, FIELD.as_bytes()).unwrap());
    });
}

#[divan::bench(args = SIGNING)]
fn verify(bencher: Bencher<'_, '_>, algorithm: AsymmetricAlgorithm) {
    let store = store();
    store.try_context(|ctx| {
        let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS).unwrap();
        let (verifying, signature) = (ctx.verifying_key(key).unwrap(), ctx.sign(key, FIELD.as_bytes()).unwrap());
        bencher.bench(|| verifying.verify(FIELD.as_bytes(), &signature).unwrap());
    });
}

#[divan::bench]
fn print_field(bencher: Bencher<'_, '_>) {
    let store = store();
    let text: Sealed<String> = store.try_context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, FIELD)).unwrap().into();
    bencher.bench(|| text.to_string());
}

#[divan::bench(args = [1_000_000], sample_count = 5)]
fn decrypt_bytes(bencher: Bencher<'_, '_>, length: usize) {
    let store = store();
    let text = store.try_context(|ctx| ctx.encrypt_bytes(ctx.key(Key::User)?, &vec![7; length])).unwrap();
    store.try_context(|ctx| bencher.bench(|| ctx.decrypt_bytes(ctx.key(Key::User).unwrap(), &text).unwrap()));
}

/// Of a body's key: type 2, and the two of type 7 that accounts have.
const ALGORITHMS: [SymmetricAlgorithm; 3] =
    [SymmetricAlgorithm::Aes256CbcHmacSha256, SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Xaes256Gcm];

fn store_and_body(algorithm: SymmetricAlgorithm) -> (KeyStore<Keys>, Vec<u8>) {
    let store = store_of(Policy::best_available(), algorithm);
    let body = store.try_context(|ctx| ctx.encrypt_bytes(ctx.key(Key::User)?, &vec![7; 16 << 20])).unwrap();
    (store, body.to_buffer().unwrap())
}

/// A body of 16 MiB at once, and as a stream, which reads it twice.
#[divan::bench(args = ALGORITHMS, sample_count = 10)]
fn decrypt_body_at_once(bencher: Bencher<'_, '_>, algorithm: SymmetricAlgorithm) {
    let (store, body) = store_and_body(algorithm);
    store.try_context(|ctx| {
        bencher
            .bench(|| ctx.decrypt_bytes(ctx.key(Key::User).unwrap(), &EncString::from_buffer(&body).unwrap()).unwrap());
    });
}

#[divan::bench(args = ALGORITHMS, sample_count = 10)]
fn decrypt_body_as_a_stream(bencher: Bencher<'_, '_>, algorithm: SymmetricAlgorithm) {
    let (store, body) = store_and_body(algorithm);
    store.try_context(|ctx| {
        bencher
            .bench(|| ctx.decrypt_stream(ctx.key(Key::User).unwrap(), &mut Cursor::new(&body), &mut sink()).unwrap());
    });
}

#[divan::bench(args = ALGORITHMS, sample_count = 10)]
fn encrypt_body_at_once(bencher: Bencher<'_, '_>, algorithm: SymmetricAlgorithm) {
    let (store, plain) = (store_of(Policy::best_available(), algorithm), vec![7; 16 << 20]);
    store.try_context(|ctx| {
        bencher.bench(|| ctx.encrypt_bytes(ctx.key(Key::User).unwrap(), &plain).unwrap().to_buffer())
    });
}

#[divan::bench(args = ALGORITHMS, sample_count = 10)]
fn encrypt_body_as_a_stream(bencher: Bencher<'_, '_>, algorithm: SymmetricAlgorithm) {
    let (store, plain) = (store_of(Policy::best_available(), algorithm), vec![7; 16 << 20]);
    store.try_context(|ctx| {
        bencher.bench(|| {
            let mut body = Cursor::new(Vec::with_capacity(plain.len() + 100));
            ctx.encrypt_stream(ctx.key(Key::User).unwrap(), &mut &plain[..], &mut body).unwrap()
        });
    });
}

#[divan::bench(args = [600_000, 10_000_000], sample_count = 3)]
fn pbkdf2(bencher: Bencher<'_, '_>, iterations: u32) {
    derive(bencher, KdfSettings::Pbkdf2 { iterations });
}

/// Passes, MiB, lanes: the usual, and the most that the default limits accept.
#[divan::bench(args = [(3, 64, 4), (10, 1_024, 4), (64, 160, 4)], sample_count = 1)]
fn argon2id(bencher: Bencher<'_, '_>, (iterations, memory_mib, parallelism): (u32, u32, u32)) {
    derive(bencher, KdfSettings::Argon2id { iterations, memory_mib, parallelism });
}

fn derive(bencher: Bencher<'_, '_>, settings: KdfSettings) {
    let store = store();
    let kdf = Kdf::within(settings, &KdfLimits::default()).unwrap();
    let password = store.secret_text("correct horse").unwrap();
    bencher.bench(|| {
        store.try_context(|ctx| {
            ctx.derive_from_password(&password, &kdf, b"salt", KeyUses::CONTENTS_AND_KEYS).map(|_| ()).unwrap()
        })
    });
}
