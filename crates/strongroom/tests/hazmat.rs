//! Keys that come from other software, and leave for it. Every source is erased.

use strongroom::{
    Error, ImportError, KeyStore, Policy, Private, PrivateAlgorithm, Signing, SigningAlgorithm, Symmetric,
    SymmetricAlgorithm, hazmat,
};
use strongroom_memory::{SecretBox, SecretMemory};
use zeroize::Zeroizing;

strongroom::key_ids! {
    enum Keys;
    symmetric Key { User }
    private PrivateName { User }
    signing SigningName { User }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn store() -> KeyStore<Keys> {
    KeyStore::open(Policy::best_available()).unwrap()
}

/// By `ssh-keygen -t ed25519 -N '' -C test`; thrown away.
const OPEN_SSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDmNBgPgd/gasqyxLcacAqgHxtUkqrgh7FvCh6jNFzzuwAAAIhHG5PfRxuT
3wAAAAtzc2gtZWQyNTUxOQAAACDmNBgPgd/gasqyxLcacAqgHxtUkqrgh7FvCh6jNFzzuw
AAAEBsT6NbSZtCXNr9nJBAYc+HHG6hRsX+RhgQmLvHO0So0uY0GA+B3+BqyrLEtxpwCqAf
G1SSquCHsW8KHqM0XPO7AAAABHRlc3QB
-----END OPENSSH PRIVATE KEY-----
";
const OPEN_SSH_PUBLIC: &str = "e634180f81dfe06acab2c4b71a700aa01f1b5492aae087b16f0a1ea3345cf3bb";

/// By `openssl genpkey -algorithm ed25519`; thrown away.
const PKCS8: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEICJChixzfV7uLdRVhh8j3d404MTo/zl3i/ibUsriNqyG
-----END PRIVATE KEY-----
";
const PKCS8_PUBLIC: &str = "14f0455fd1e8b8c3d9d424d0956b255e5436b7463eb97cf2b41a56ec87a28c8f";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn signing_keys_of_openssh_and_openssl() {
    store().context(|ctx| {
        for (pem, public) in [(OPEN_SSH, OPEN_SSH_PUBLIC), (PKCS8, PKCS8_PUBLIC)] {
            let mut text = pem.as_bytes().to_vec();
            let key = hazmat::import_pem::<_, Signing>(ctx, &mut text[..]).unwrap();
            assert!(text.iter().all(|byte| *byte == 0), "the source is erased");
            let verifying = ctx.verifying_key(key).unwrap();
            assert_eq!(hex(verifying.as_bytes()), public);
            verifying.verify(b"message", &ctx.sign(key, b"message").unwrap()).unwrap();

            // Of another kind it is no key, and every changed or missing character is noticed or harmless.
            let mut text = pem.as_bytes().to_vec();
            let error = hazmat::import_pem::<_, Private>(ctx, &mut text[..]).unwrap_err();
            assert_eq!(error, ImportError::NotAKey);
            assert!(text.iter().all(|byte| *byte == 0), "the source is erased when the import fails");
            for cut in 0..pem.len() - 1 {
                let mut text = pem.as_bytes()[..cut].to_vec();
                assert!(hazmat::import_pem::<_, Signing>(ctx, &mut text[..]).is_err(), "{cut}");
            }
        }
    });
}

#[test]
fn every_symmetric_key_goes_out_and_comes_in() {
    store().context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let key = ctx.generate_with(algorithm).unwrap();
            let text = ctx.encrypt_text(key, "milk").unwrap();
            let bytes = hazmat::expose_encoded::<_, Symmetric>(ctx, key).unwrap();
            let again = hazmat::import_encoded::<_, Symmetric>(ctx, bytes).unwrap();
            assert_eq!(ctx.facts::<Symmetric>(again).unwrap(), ctx.facts::<Symmetric>(key).unwrap());
            ctx.decrypt_text(again, &text).unwrap();
        }
    });
}

#[test]
fn bytes_of_the_right_length_are_a_key() {
    store().context(|ctx| {
        for algorithm in SymmetricAlgorithm::ALL {
            let right = if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 { 64 } else { 32 };
            for length in [0, 16, 31, 32, 33, 63, 64, 65] {
                let mut bytes = vec![1; length];
                let key = hazmat::import_bytes(ctx, algorithm, &mut bytes[..]);
                assert_eq!(key.is_ok(), length == right, "{algorithm} {length}");
                assert!(bytes.iter().all(|byte| *byte == 0));
                if let Ok(key) = key {
                    assert_eq!(ctx.facts::<Symmetric>(key).unwrap().algorithm(), algorithm);
                }
            }
        }
        // RFC 8032 section 7.1, test 1.
        let mut seed = *b"\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
        let key = hazmat::import_bytes(ctx, SigningAlgorithm::Ed25519, &mut seed).unwrap();
        assert_eq!(hex(&ctx.verifying_key(key).unwrap().as_bytes()[..4]), "d75a9801");
        let error = hazmat::import_bytes(ctx, PrivateAlgorithm::Rsa2048Oaep, &mut [1; 256]).unwrap_err();
        assert_eq!(error, ImportError::NotAKey);
    });
}

#[test]
fn a_master_key_is_32_bytes() {
    store().context(|ctx| {
        for length in [0, 31, 32, 33, 64] {
            let mut bytes = vec![1; length];
            let master = hazmat::import_master_key(ctx, &mut bytes[..]);
            assert!(bytes.iter().all(|byte| *byte == 0), "the source is erased");
            match master {
                Ok(master) => {
                    assert_eq!(length, 32);
                    assert_eq!(format!("{master:?}"), "MasterKey(..)");
                    let key = ctx.stretch(&master).unwrap();
                    ctx.encrypt_text(key, "milk").unwrap();
                }
                Err(error) => assert!(length != 32 && error == ImportError::NotAKey, "{length}: {error}"),
            }
        }
    });
}

#[test]
fn sources_in_secret_memory() {
    let store = store();
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let text = store.secret_text(PKCS8).unwrap();
    let boxed = SecretBox::make(&memory, |_, ()| [3; 32], ()).unwrap();
    store.context(|ctx| {
        let key = hazmat::import_pem::<_, Signing>(ctx, text).unwrap();
        assert_eq!(hex(ctx.verifying_key(key).unwrap().as_bytes()), PKCS8_PUBLIC);
        let key = hazmat::import_bytes(ctx, SymmetricAlgorithm::Aes256Gcm, boxed).unwrap();
        ctx.encrypt_text(key, "milk").unwrap();
        let key =
            hazmat::import_bytes(ctx, SymmetricAlgorithm::XChaCha20Poly1305, Zeroizing::new(vec![9; 32])).unwrap();
        ctx.encrypt_text(key, "milk").unwrap();
    });
    assert_eq!(memory.usage().secrets, 0);
}

/// A private key: out, in as PKCS#8, named, and it opens what was sent to it before. One whose numbers do not belong
/// together is refused.
#[test]
fn private_keys() -> Result<(), Error> {
    let store = store();
    let (sent, text) = store.transaction(|tx| {
        let private = tx.generate_with(PrivateAlgorithm::Rsa2048Oaep)?;
        let public = tx.public_key(private)?;
        let key = tx.generate()?;
        let der = hazmat::expose_encoded::<_, Private>(tx, private)?;
        let mut wrong = der.clone();
        let middle = wrong.len() / 2;
        wrong[middle] ^= 1;
        assert_eq!(hazmat::import_pkcs8::<_, Private>(tx, wrong), Err(ImportError::NotAKey));
        let again = hazmat::import_pkcs8(tx, der)?;
        tx.name(PrivateName::User, again)?;
        let signing = tx.generate_with(SigningAlgorithm::Ed25519)?;
        tx.name(SigningName::User, signing)?;
        Ok::<_, Error>((tx.encapsulate(key, &public)?, tx.encrypt_text(key, "milk")?))
    })?;
    store.context(|ctx| {
        assert!(ctx.has(PrivateName::User) && ctx.has(SigningName::User) && !ctx.has(Key::User));
        let key = ctx.decapsulate(PrivateName::User, &sent)?;
        ctx.decrypt_text(key, &text)?;
        ctx.sign(SigningName::User, b"message")?;
        Ok::<_, Error>(())
    })?;
    store.transaction(|tx| {
        tx.remove(PrivateName::User)?;
        tx.remove(SigningName::User)
    })?;
    assert!(!store.context(|ctx| ctx.has(PrivateName::User) || ctx.has(SigningName::User)));
    Ok(())
}
