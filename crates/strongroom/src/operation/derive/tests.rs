use argon2::Block;
use serde_json::Value;
use sha2::{Digest, Sha256};
use strongroom_memory::ProtectedBytes;

use super::derive;
use crate::format;
use crate::kdf::argon2::{argon2id, block_count};
use crate::kdf::pbkdf2::pbkdf2;
use crate::kdf::stretch::stretch;
use crate::kdf::{Kdf, KdfLimits, KdfSettings};
use crate::kind::Symmetric;
use crate::operation::SymmetricBox;
use crate::vectors::{bytes, key, memory, of_format, same};

fn settings(kdf: &Value) -> KdfSettings {
    let number = |of: &Value, name: &str| u32::try_from(of[name].as_u64().unwrap()).unwrap();
    match kdf.get("pBKDF2") {
        Some(pbkdf2) => KdfSettings::Pbkdf2 { iterations: number(pbkdf2, "iterations") },
        None => KdfSettings::Argon2id {
            iterations: number(&kdf["argon2id"], "iterations"),
            memory_mib: number(&kdf["argon2id"], "memory"),
            parallelism: number(&kdf["argon2id"], "parallelism"),
        },
    }
}

fn master_key(password: &[u8], salt: &[u8], settings: KdfSettings) -> [u8; 32] {
    match settings {
        KdfSettings::Pbkdf2 { iterations } => pbkdf2(password, salt, iterations),
        KdfSettings::Argon2id { iterations, memory_mib, parallelism } => {
            let mut matrix = vec![Block::default(); block_count(iterations, memory_mib * 1024, parallelism).unwrap()];
            argon2id(password, &Sha256::digest(salt), iterations, memory_mib * 1024, parallelism, &mut matrix).unwrap()
        }
    }
}

#[test]
fn master_keys_of_the_official_software() {
    let memory = memory();
    for vector in of_format("kdf") {
        let inputs = &vector["inputs"];
        let (password, salt) = (inputs["password"].as_str().unwrap(), inputs["salt"].as_str().unwrap());
        let kdf = Kdf::within(settings(&inputs["kdf"]), &KdfLimits::default()).unwrap();
        let master = bytes(&vector["outputs"]["material_b64"]);
        assert_eq!(master_key(password.as_bytes(), salt.as_bytes(), kdf.settings())[..], master, "{}", vector["name"]);

        let password = ProtectedBytes::copy_from(&memory, password.as_bytes()).unwrap();
        let derived = derive(&memory, &password, &kdf, salt.as_bytes()).map(SymmetricBox::from).unwrap();
        let raw = stretch(master.as_slice().try_into().unwrap());
        assert!(same(&memory, &derived, &key(&memory, raw.as_flattened())), "{}", vector["name"]);
    }
}

/// What the official software refuses we refuse, and beyond that what would take the machine.
#[test]
fn limits_of_the_official_software() {
    for vector in of_format("kdf-limits") {
        let kdf = settings(&vector["inputs"]["kdf"]);
        let refused_there = vector["outputs"]["sdk"].as_str().unwrap().starts_with("ERR");
        let too_much = matches!(kdf, KdfSettings::Argon2id { memory_mib: 1025, .. })
            || matches!(kdf, KdfSettings::Argon2id { parallelism: 17, .. });
        assert_eq!(refused_there, !too_much, "{}", vector["name"]);
        assert!(Kdf::within(kdf, &KdfLimits::default()).is_err(), "{}", vector["name"]);
    }
}

/// 17 lanes: what the official software computes beyond our default limits is the same, if it is asked for.
#[test]
fn beyond_the_default_limits() {
    let memory = memory();
    let vector = of_format("kdf-limits").into_iter().find(|vector| vector["id"] == 49).unwrap();
    let wide = KdfLimits { max_argon2id_parallelism: 17, ..KdfLimits::default() };
    let kdf = Kdf::within(settings(&vector["inputs"]["kdf"]), &wide).unwrap();
    let master = bytes(&vector["outputs"]["sdk"]);
    // The password and salt of the other vectors of this function.
    assert_eq!(master_key(b"asdfasdf", b"test@bitwarden.com", kdf.settings())[..], master);
    let password = ProtectedBytes::copy_from(&memory, b"asdfasdf").unwrap();
    let derived = derive(&memory, &password, &kdf, b"test@bitwarden.com").map(SymmetricBox::from).unwrap();
    let raw = stretch(master.as_slice().try_into().unwrap());
    assert!(same(&memory, &derived, &key(&memory, raw.as_flattened())));
}

#[test]
fn user_keys_wrapped_by_the_official_software() {
    let memory = memory();
    for format in ["user-key/master-password", "pin-protected-user-key"] {
        for vector in of_format(format) {
            let (inputs, outputs) = (&vector["inputs"], &vector["outputs"]);
            let password = inputs["password"].as_str().or(inputs["pin"].as_str()).unwrap();
            let password = ProtectedBytes::copy_from(&memory, password.as_bytes()).unwrap();
            let salt = inputs["email"].as_str().unwrap().trim().to_lowercase();
            let kdf = Kdf::within(settings(&inputs["kdf"]), &KdfLimits::default()).unwrap();
            let wrapped = outputs["enc_string"].as_str().or(inputs["pin_protected_user_key"].as_str()).unwrap();
            let master = derive(&memory, &password, &kdf, salt.as_bytes()).map(SymmetricBox::from).unwrap();

            let unwrapped = format::unwrap::<Symmetric>(&memory, &master, &wrapped.parse().unwrap());
            let raw = bytes(outputs.get("user_key_b64").unwrap_or(&outputs["sdk_user_key_b64"]));
            assert!(same(&memory, &unwrapped.unwrap(), &key(&memory, &raw)), "{}", vector["name"]);
        }
    }
}

/// A master key that is no password's: that of a key connector.
#[test]
fn stretched_key_of_a_key_connector() {
    let memory = memory();
    let vector = &of_format("key-connector")[0];
    let raw = stretch(bytes(&vector["inputs"]["master_key_b64"]).as_slice().try_into().unwrap());
    let by = key(&memory, raw.as_flattened());
    let wrapped = vector["outputs"]["enc_string"].as_str().unwrap().parse().unwrap();
    let user = key(&memory, &bytes(&vector["outputs"]["sdk_user_key_b64"]));
    assert!(same(&memory, &format::unwrap::<Symmetric>(&memory, &by, &wrapped).unwrap(), &user));
}

#[test]
fn argon2id_refuses_what_it_cannot_do() {
    assert_eq!(block_count(0, 64, 1), None);
    assert_eq!(block_count(1, 7, 1), None);
    assert_eq!(block_count(1, 64, 0), None);
    let mut matrix = vec![Block::default(); block_count(1, 64, 1).unwrap()];
    assert_eq!(matrix.len(), 64);
    assert_eq!(argon2id(b"p", b"s", 0, 64, 1, &mut matrix), None);
    assert_eq!(argon2id(b"p", b"s", 1, 64, 1, &mut matrix[..63]), None, "a matrix that is too small");
}

#[test]
fn the_stretch_agrees_with_another_implementation() {
    let master: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::from_prk(&master).unwrap();
    let expand = |info: &[u8]| {
        let mut half = [0; 32];
        hkdf.expand(info, &mut half).unwrap();
        half
    };
    assert_eq!(stretch(&master), [expand(b"enc"), expand(b"mac")]);
}
