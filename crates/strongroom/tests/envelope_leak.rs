//! Envelopes, master keys, COSE messages and signed objects, attacked: another process reads all memory of one that
//! opens and makes them, at rest and in the middle of each operation, and of a control that does the same in ordinary
//! memory.
//!
//! The attacker made the envelopes, so it knows what opens them: the password, the secret, the keys, and what is
//! derived of them on the way, with the schedules and midstates of each.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "leak/attack.rs"]
mod attack;
#[path = "leak/bodies.rs"]
mod bodies;
#[path = "leak/password.rs"]
mod password;

use std::fs;
use std::hint::black_box;
use std::io::{Cursor, stdin};
use std::os::fd::AsFd;

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use hmac::Mac;
use serde_json::{Value, json};
use sha2::Digest;
use strongroom::{
    Asymmetric, Context, EncString, Kdf, KeyStore, KeyUses, ProtectedBytes, Symmetric,
    algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm},
    envelopes::{
        DataEnvelopeNamespace, Envelopes, HighEntropySecret, PasswordEnvelopeNamespace, SecretEnvelopeNamespace,
        SymmetricEnvelopeNamespace,
    },
    hazmat,
    master_keys::{HashPurpose, MasterKey, MasterKeys},
    passwords::NewKdf,
    signatures::SignObjects,
    streams::Streams,
};
use strongroom_probe::{Needles, Scanner};
use tempfile::TempDir;

use attack::{Made, Victim, add_aes, add_v1, found, fresh, secret_of};
use password::{argon2id, pbkdf2, salt_of};

const BOTH: KeyUses = KeyUses::CONTENTS_AND_KEYS;

strongroom::key_ids! {
    enum Keys;
    #[derive(Copy)]
    symmetric Key { V1, Cose, Content, XChaCha, Gcm }
    asymmetric SigningName { Own }
}

type Store = KeyStore<Keys>;

const TEST: &str = "no_envelope_leaks_while_it_is_opened";

const OPERATIONS: [&str; 17] = [
    "password",
    "argon2id",
    "secret",
    "key under v1",
    "key under cose",
    "data",
    "hash",
    "type 0",
    "seal",
    "seal with a password",
    "contents of type 7",
    "keys of type 7",
    "sign",
    "body",
    "body under XChaCha20-Poly1305",
    "body under XAES-256-GCM",
    "body under AES-256-GCM",
];

/// Stops that count for each operation.
const STOPS: usize = 25;

const PIN: PasswordEnvelopeNamespace = PasswordEnvelopeNamespace::PinUnlock;
const INVITE: SecretEnvelopeNamespace = SecretEnvelopeNamespace::RegistrationOpenOrgInvite;
const SESSION: SymmetricEnvelopeNamespace = SymmetricEnvelopeNamespace::SessionKey;
const ITEM: DataEnvelopeNamespace = DataEnvelopeNamespace::VaultItem;

// The process under attack.

/// What it is told, by a line each, straight into secret memory.
struct Told {
    password: ProtectedBytes,
    secret: HighEntropySecret,
    master: MasterKey,
}

fn hear(store: &Store) -> Told {
    let line = || store.read_secret_line(stdin().as_fd()).unwrap();
    let (password, secret, master) = (line(), line(), line());
    let named: Result<_, strongroom::Error> = store.transaction(|tx| {
        for id in [Key::V1, Key::Cose, Key::Content, Key::XChaCha, Key::Gcm] {
            let key = hazmat::import_encoded::<_, Symmetric>(tx, line(), BOTH)?;
            tx.replace(id, key)?;
        }
        let key = hazmat::import_encoded::<_, Asymmetric>(tx, line(), BOTH)?;
        tx.replace(SigningName::Own, key)
    });
    named.unwrap();
    store.try_context(|ctx| Told {
        password,
        secret: ctx.secret_of_base64(&secret).unwrap(),
        master: hazmat::import_master_key(ctx, master).unwrap(),
    })
}

fn operate(ctx: &Context<'_, Keys>, told: &Told, sealed: &Value, operation: &str) {
    let text = |name: &str| sealed[name].as_str().unwrap();
    match operation {
        "password" | "argon2id" => {
            let _ = ctx.unseal_with_password(&text(operation).parse().unwrap(), &told.password, PIN, BOTH).unwrap();
        }
        "secret" => drop(ctx.unseal_with_secret(&text("secret").parse().unwrap(), &told.secret, INVITE, BOTH).unwrap()),
        "key under v1" => {
            _ = ctx.unseal_key(ctx.key(Key::V1).unwrap(), &text("v1").parse().unwrap(), SESSION, BOTH).unwrap();
        }
        "key under cose" => {
            _ = ctx.unseal_key(ctx.key(Key::Cose).unwrap(), &text("cose").parse().unwrap(), SESSION, BOTH).unwrap();
        }
        "data" => drop(ctx.unseal_data(ctx.key(Key::Content).unwrap(), &text("data").parse().unwrap(), ITEM).unwrap()),
        "hash" => drop(ctx.authentication_hash(&told.master, &told.password, HashPurpose::LocalAuthorization).unwrap()),
        "type 0" => {
            let text: EncString = text("type 0").parse().unwrap();
            let _ = ctx.unwrap_legacy_user_key(&told.master, &text).unwrap();
        }
        "seal" => {
            drop(ctx.seal_key(ctx.key(Key::V1).unwrap(), ctx.key(Key::Content).unwrap(), SESSION).unwrap());
            drop(ctx.seal_with_secret(ctx.key(Key::V1).unwrap(), &told.secret, INVITE).unwrap());
        }
        // Its salt is new, and so is what it derives, which `made_leak` looks for: here the password, its midstates,
        // the key.
        "seal with a password" => {
            for kdf in [Kdf::pbkdf2(5_000), Kdf::argon2id(2, 16, 1)] {
                let kdf = NewKdf::even_if_weak(kdf.unwrap());
                drop(ctx.seal_with_password(ctx.key(Key::V1).unwrap(), &told.password, &kdf, PIN).unwrap());
            }
        }
        "contents of type 7" => {
            let text = ctx.encrypt_text(ctx.key(Key::Cose).unwrap(), "milk").unwrap();
            drop(ctx.decrypt_text(ctx.key(Key::Cose).unwrap(), &text).unwrap());
        }
        "keys of type 7" => {
            let wrapped = ctx.wrap_key(ctx.key(Key::Cose).unwrap(), ctx.key(Key::V1).unwrap()).unwrap();
            let _ = ctx.unwrap_key::<Symmetric>(ctx.key(Key::Cose).unwrap(), &wrapped, BOTH).unwrap();
            let wrapped = ctx.wrap_key(ctx.key(Key::Cose).unwrap(), ctx.key(SigningName::Own).unwrap()).unwrap();
            let _ = ctx.unwrap_key::<Asymmetric>(ctx.key(Key::Cose).unwrap(), &wrapped, BOTH).unwrap();
        }
        "sign" => drop(ctx.sign_security_state(ctx.key(SigningName::Own).unwrap(), 2).unwrap()),
        "body" => {
            let mut body = Cursor::new(Vec::new());
            ctx.encrypt_stream(ctx.key(Key::V1).unwrap(), &mut &[7; 200_000][..], &mut body).unwrap();
            body.set_position(0);
            ctx.decrypt_stream(ctx.key(Key::V1).unwrap(), &mut body, &mut std::io::sink()).unwrap();
        }
        other => {
            let key = match other {
                "body under XChaCha20-Poly1305" => Key::XChaCha,
                "body under XAES-256-GCM" => Key::Cose,
                "body under AES-256-GCM" => Key::Gcm,
                other => unreachable!("{other}"),
            };
            // The attacker knows the nonce of the body that is opened, and so what is made of the key for it.
            let mut body = Cursor::new(fs::read(text(operation)).unwrap());
            ctx.decrypt_stream(ctx.key(key).unwrap(), &mut body, &mut std::io::sink()).unwrap();
            ctx.encrypt_stream(ctx.key(key).unwrap(), &mut &[7; 200_000][..], &mut Cursor::new(Vec::new())).unwrap();
        }
    }
}

fn serve() -> ! {
    let sealed = attack::sealed();
    let store = Store::open().unwrap();
    let told = hear(&store);
    attack::serve(&store, |operation| store.try_context(|ctx| operate(ctx, &told, &sealed, operation)))
}

/// The control: the same lines in ordinary memory, and the password put through the same functions there.
fn serve_in_ordinary_memory() -> ! {
    let (lines, sealed) = (attack::ordinary_lines(9), attack::sealed());
    let salt = salt_of(sealed["password"].as_str().unwrap(), 16);
    attack::serve_in_ordinary_memory(|| {
        let of_bodies = bodies::in_ordinary_memory(&lines, &sealed);
        let kek = Box::new(pbkdf2(&lines[0], &salt));
        let aes = Box::new(aes::Aes256::new((&*kek).into()));
        let mut block = [0; 16].into();
        for _ in 0..100_000 {
            black_box(&aes).encrypt_block(&mut block);
        }
        black_box((block, &kek, &of_bodies));
    })
}

/// The key is the one under which the envelope holds `contents`: their first block, by AES-256-GCM's counter.
fn assert_is_key_of(envelope: &Value, key: &[u8; 32], contents: &[u8]) {
    let bytes = base64_simd::STANDARD.decode_to_vec(envelope.as_str().unwrap()).unwrap();
    let nonce = bytes.windows(3).position(|window| window == [0xa1, 5, 0x4c]).unwrap() + 3;
    let mut block = [0; 16];
    block[..12].copy_from_slice(&bytes[nonce..nonce + 12]);
    block[15] = 2;
    let mut block = block.into();
    aes::Aes256::new(key.into()).encrypt_block(&mut block);
    let sealed: Vec<u8> = block.iter().zip(contents).map(|(stream, byte)| stream ^ byte).collect();
    assert!(bytes.windows(16).any(|window| window == sealed));
}

// The attacker.

fn made(directory: &TempDir) -> Made {
    let store = Store::open().unwrap();
    store.try_context(|ctx| {
        let (_, password) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let password: String = password.iter().take(24).map(|byte| char::from(b'a' + byte % 26)).collect();
        let text = store.secret_text(&password).unwrap();
        let secret = ctx.generate_secret().unwrap();
        let told = secret.expose().unwrap().as_bytes().to_vec();
        let (v1, v1_bytes) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let (cose, cose_bytes) = fresh(ctx, SymmetricAlgorithm::Xaes256Gcm);
        let (inner, inner_bytes) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let (data, content) = loop {
            let (data, key) = ctx.seal_data(b"contents", ITEM).unwrap();
            let bytes = hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap().to_vec();
            if !bytes.contains(&b'\n') {
                break (data, bytes);
            }
        };
        let (_, other) = fresh(ctx, SymmetricAlgorithm::Aes256CbcHmacSha256);
        let master: [u8; 32] = other[..32].try_into().unwrap();
        // Type 0 by another implementation: nothing here writes it.
        let mut legacy = inner_bytes.clone();
        legacy.resize(80, 16);
        let iv = [7; 16];
        let mut block = iv;
        for part in legacy.as_chunks_mut::<16>().0 {
            part.iter_mut().zip(block).for_each(|(byte, before)| *byte ^= before);
            aes::Aes256::new((&master).into()).encrypt_block(part.into());
            block = *part;
        }
        let legacy = EncString::from_buffer(&[&[0][..], &iv, &legacy].concat()).unwrap();

        let seal =
            |kdf: Kdf| ctx.seal_with_password(inner, &text, &NewKdf::even_if_weak(kdf), PIN).unwrap().to_string();
        let mut sealed = json!({
            "password": seal(Kdf::pbkdf2(5_000).unwrap()),
            "argon2id": seal(Kdf::argon2id(2, 16, 1).unwrap()),
            "secret": ctx.seal_with_secret(inner, &secret, INVITE).unwrap().to_string(),
            "v1": ctx.seal_key(v1, inner, SESSION).unwrap().to_string(),
            "cose": ctx.seal_key(cose, inner, SESSION).unwrap().to_string(),
            "data": data.to_string(),
            "type 0": legacy.to_string(),
        });

        let mut needles = Needles::new();
        needles.bytes("password", password.as_bytes()).unwrap();
        needles.hmac_sha256_key("password", password.as_bytes()).unwrap();
        let entropy = base64_simd::STANDARD.decode_to_vec(&told).unwrap();
        needles.bytes("secret", &entropy).unwrap();
        add_v1(&mut needles, "v1", &v1_bytes);
        add_aes(&mut needles, "cose", &secret_of(&cose_bytes));
        add_aes(&mut needles, "content", &secret_of(&content));
        add_aes(&mut needles, "master", &master);
        needles.hmac_sha256_key("master", &master).unwrap();
        add_v1(&mut needles, "inner", &inner_bytes);
        let kek = pbkdf2(password.as_bytes(), &salt_of(sealed["password"].as_str().unwrap(), 16));
        assert_is_key_of(&sealed["password"], &kek, &inner_bytes);
        add_aes(&mut needles, "key of the password", &kek);
        let kek = argon2id(password.as_bytes(), &salt_of(sealed["argon2id"].as_str().unwrap(), 16));
        assert_is_key_of(&sealed["argon2id"], &kek, &inner_bytes);
        add_aes(&mut needles, "key of the password, Argon2id", &kek);
        let mut kek = [0; 32];
        let info = b"\x84\x03\x83\xf6\xf6\xf6\x83\xf6\xf6\xf6\x82\x19\x01\x00\x40";
        let salt = salt_of(sealed["secret"].as_str().unwrap(), 32);
        ::hkdf::Hkdf::<sha2::Sha256>::new(Some(&salt), &entropy).expand(info, &mut kek).unwrap();
        add_aes(&mut needles, "key of the secret", &kek);
        let mut prk = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(&salt).unwrap();
        prk.update(&entropy);
        needles.bytes("prk of the secret", &prk.finalize().into_bytes()).unwrap();

        let [xchacha, gcm] =
            [SymmetricAlgorithm::XChaCha20Poly1305, SymmetricAlgorithm::Aes256Gcm].map(|each| fresh(ctx, each));
        for (key, bytes) in [(xchacha.0, &xchacha.1), (cose, &cose_bytes), (gcm.0, &gcm.1)] {
            let body = ctx.encrypt_bytes(key, &[7; 200_000]).unwrap().to_buffer().unwrap();
            bodies::add(&mut needles, &mut sealed, directory, &secret_of(bytes), &body);
        }

        let (_, signing) = fresh(ctx, AsymmetricAlgorithm::Ed25519);
        // The seed stands behind label -4; the scalar and the prefix are its hash (RFC 8032 section 5.1.5).
        let at = signing.windows(3).position(|window| window == [0x23, 0x58, 0x20]).unwrap() + 3;
        let mut hash: [u8; 64] = sha2::Sha512::digest(&signing[at..at + 32]).into();
        needles.bytes("seed", &signing[at..at + 32]).unwrap();
        needles.bytes("prefix of signatures", &hash[32..]).unwrap();
        needles.bytes("scalar before it is clamped", &hash[..32]).unwrap();
        hash[0] &= 0xf8;
        hash[31] = hash[31] & 0x3f | 0x40;
        needles.bytes("scalar", &hash[..32]).unwrap();

        let bodies = [xchacha.1, gcm.1];
        let mut lines = vec![password.into_bytes(), told, master.to_vec(), v1_bytes, cose_bytes, content];
        lines.extend(bodies.into_iter().chain([signing]));
        Made { lines, sealed, needles }
    })
}

#[test]
fn no_envelope_leaks_while_it_is_opened() {
    match attack::role().as_deref() {
        Some("secret") => serve(),
        Some(_) => serve_in_ordinary_memory(),
        None => {}
    }
    let directory = tempfile::tempdir().unwrap();
    let made = made(&directory);
    let scanner = Scanner::new(&made.needles).unwrap();
    if !attack::finds_nothing(TEST, &made, &scanner, &OPERATIONS, STOPS) {
        strongroom_testkit::skip!("this machine grants less than secret memory at rest and in use");
    }

    // The control: every secret that it was told is found at rest, and what it derives in use.
    let (victim, _) = Victim::start(TEST, "ordinary", &made);
    let at_rest = found(&[victim.scan(&scanner)]);
    for name in ["password", "v1, for AES", "v1, for HMAC", "cose", "content", "master", "seed"] {
        assert!(at_rest.contains(&format!("{name}, raw")), "{name}: {at_rest:?}");
    }
    let mut expected = vec!["key of the password, raw".to_owned(), "key of the password, AES".to_owned()];
    expected.extend(bodies::FOUND_BY_THE_CONTROL.map(|(name, form)| format!("body under {name}, {form}")));
    let missing = attack::never_found(victim, &scanner, STOPS, &expected);
    assert!(missing.is_empty(), "{missing:?}");
}
