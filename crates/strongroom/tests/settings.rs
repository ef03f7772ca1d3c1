//! What a program stores beside its wrapped keys: parameters of password-to-key functions, salts, public keys.

use serde_json::json;
use sha2::{Digest, Sha256};
use strongroom::{
    Error, Kdf, KeyStore, KeyUses, Salt,
    algorithms::AsymmetricAlgorithm,
    errors::{KdfError, PublicKeyError, SaltError},
    passwords::KdfSettings,
    signatures::{SignObjects, VerifyingKey},
};

#[test]
fn settings_are_serialised() {
    let pbkdf2 = Kdf::pbkdf2(600_000).unwrap();
    let argon2id = Kdf::argon2id(3, 64, 4).unwrap();
    for (kdf, expected) in [
        (pbkdf2, json!({"function": "pbkdf2", "iterations": 600_000})),
        (argon2id, json!({"function": "argon2id", "iterations": 3, "memory_mib": 64, "parallelism": 4})),
    ] {
        assert_eq!(serde_json::to_value(kdf).unwrap(), expected);
        assert_eq!(serde_json::to_value(kdf.settings()).unwrap(), expected);
        assert_eq!(serde_json::from_value::<Kdf>(expected.clone()).unwrap(), kdf);
        assert_eq!(serde_json::from_value::<KdfSettings>(expected).unwrap(), kdf.settings());
    }
    // What is read is hostile until it was checked.
    let weak = json!({"function": "pbkdf2", "iterations": 1});
    let error = serde_json::from_value::<Kdf>(weak.clone()).unwrap_err();
    assert_eq!(error.to_string(), "PBKDF2 with 1 iterations; accepted are 5000 to 10000000");
    assert!(serde_json::from_value::<KdfSettings>(weak).is_ok());
    assert!(serde_json::from_value::<Kdf>(json!({"function": "scrypt", "iterations": 600_000})).is_err());
}

#[test]
fn settings_of_bitwarden_are_read() {
    let read = KdfSettings::from_bitwarden;
    assert_eq!(read(0, 600_000, None, None), Ok(KdfSettings::Pbkdf2 { iterations: 600_000 }));
    assert_eq!(read(0, 600_000, Some(64), Some(4)), Ok(KdfSettings::Pbkdf2 { iterations: 600_000 }));
    let argon2id = KdfSettings::Argon2id { iterations: 3, memory_mib: 64, parallelism: 4 };
    assert_eq!(read(1, 3, Some(64), Some(4)), Ok(argon2id));
    assert_eq!(read(1, 3, None, Some(4)), Err(KdfError::Missing { parameter: "memory" }));
    assert_eq!(read(1, 3, Some(64), None), Err(KdfError::Missing { parameter: "parallelism" }));
    assert_eq!(read(2, 3, None, None), Err(KdfError::UnknownFunction { found: 2 }));
}

#[test]
fn salts_are_random_and_come_back() -> Result<(), Error> {
    let (one, other) = (Salt::random()?, Salt::random()?);
    assert_ne!(one, other);
    let text = one.to_string();
    assert_eq!((text.len(), text.parse()), (24, Ok(one)));
    assert_eq!(format!("{one:?}"), format!("Salt({text})"));
    let json = serde_json::to_string(&one).unwrap();
    assert_eq!((json.as_str(), serde_json::from_str(&json).unwrap()), (&*format!("\"{text}\""), one));
    assert_eq!(Salt::from([7; 16]).to_string(), "BwcHBwcHBwcHBwcHBwcHBw==");
    assert_eq!("BwcHBwcHBwcHBwcHBwcH".parse::<Salt>(), Err(SaltError::Length { found: 15 }));
    assert_eq!("".parse::<Salt>(), Err(SaltError::Length { found: 0 }));
    assert_eq!("milk!".parse::<Salt>(), Err(SaltError::NotBase64));

    let store: KeyStore = KeyStore::open()?;
    let password = store.secret_text("correct horse")?;
    store.context(|ctx| {
        let derive = |salt| ctx.derive_from_password(&password, &Kdf::pbkdf2(5_000)?, salt, KeyUses::CONTENTS);
        let sealed = ctx.encrypt_text(derive(one)?, "milk")?;
        assert!(ctx.decrypt_text(derive(one)?, &sealed).is_ok());
        assert!(ctx.decrypt_text(derive(other)?, &sealed).is_err());
        Ok(())
    })
}

#[test]
fn public_keys_without_an_id_get_one() -> Result<(), Error> {
    let store: KeyStore = KeyStore::open()?;
    for algorithm in [AsymmetricAlgorithm::Ed25519, AsymmetricAlgorithm::MlDsa44] {
        let (public, signature) = store.context(|ctx| {
            let key = ctx.generate_with(algorithm, KeyUses::CONTENTS)?;
            Ok((ctx.verifying_key(key)?.as_bytes().to_vec(), ctx.sign(key, b"message")?))
        })?;
        let key = VerifyingKey::from_bytes(algorithm, &public)?;
        assert_eq!((key.algorithm(), key.as_bytes()), (algorithm, &public[..]));
        assert_eq!(key.verify(b"message", &signature), Ok(()));
        assert_eq!(key.verify(b"massage", &signature), Err(PublicKeyError::WrongSignature));
        // The thumbprint by hand: a map of key type, curve or algorithm, and key.
        let head = match algorithm {
            AsymmetricAlgorithm::Ed25519 => &b"\xa3\x01\x01\x20\x06\x21\x58\x20"[..],
            _ => b"\xa3\x01\x07\x03\x38\x2f\x20\x59\x05\x20",
        };
        let thumbprint = Sha256::digest([head, &public].concat());
        assert_eq!(key.id().as_bytes(), thumbprint.first_chunk().unwrap());
        assert_eq!(VerifyingKey::from_cose(&key.to_cose()), Ok(key), "it is written as any");

        let wrong = Err(PublicKeyError::NotAVerifyingKey);
        assert_eq!(VerifyingKey::from_bytes(algorithm, &public[1..]), wrong);
        assert_eq!(VerifyingKey::from_bytes(AsymmetricAlgorithm::Rsa2048, &public), wrong);
    }
    assert_eq!(
        VerifyingKey::from_bytes(AsymmetricAlgorithm::Ed25519, &[0; 32]),
        Err(PublicKeyError::NotAVerifyingKey),
        "of small order"
    );
    Ok(())
}
