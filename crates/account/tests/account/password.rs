//! From a master password to the user key, and from one password to another.

use aes::cipher::{BlockModeEncrypt, KeyIvInit};
use base64_simd::STANDARD;
use strongroom::{
    EncString, ErrorKind, Kdf, KeyUses,
    algorithms::{AsymmetricAlgorithm, EncStringType, SymmetricAlgorithm},
    errors::{KdfError, Malformed, Operation, Unsupported, WrongKey},
    master_keys::{HashPurpose, MasterKeys},
    passwords::{KdfLimits, KdfSettings},
};
use strongroom_account::Error;
use strongroom_account::{self as account, MasterPassword};

use super::{
    Key, Store, assert_opens, bytes, command_line, enc, encoded, failure, kdf, secret, store, told, vector, vectors,
};

/// All functions, addresses as people type them, user keys of both versions.
#[test]
fn the_official_software_and_we_open_each_others_user_keys() {
    let store = store();
    let mut opened = 0;
    for vector in vectors("user-key/master-password") {
        let (inputs, outputs) = (&vector["inputs"], &vector["outputs"]);
        let text = secret(&store, inputs["password"].as_str().unwrap());
        let email = inputs["email"].as_str().unwrap();
        let password = MasterPassword { password: &text, kdf: kdf(&inputs["kdf"]), email, last: None };
        let (theirs, ours) = store
            .try_context(|ctx| {
                let master = password.master_key(ctx)?;
                let user = account::unwrap_user_key(ctx, &master, &enc(&outputs["enc_string"]))?;
                let again = account::wrap_user_key(ctx, &master, user)?;
                let again = account::unwrap_user_key(ctx, &master, &again)?;
                Ok::<_, Error>((encoded(ctx, user), encoded(ctx, again)))
            })
            .unwrap();
        assert_eq!(theirs, bytes(&outputs["user_key_b64"]), "vector {}", vector["id"]);
        assert_eq!(ours, theirs);
        opened += 1;
    }
    assert_eq!(opened, 13);
}

#[test]
fn authentication_hashes_are_those_of_the_official_software() {
    let store = store();
    let old_kdf = Kdf::pbkdf2(5_000).unwrap();
    for vector in vectors("master-password-hash") {
        let (inputs, outputs) = (&vector["inputs"], &vector["outputs"]);
        let text = secret(&store, inputs["password"].as_str().unwrap());
        let email = inputs["email"].as_str().unwrap();
        let (old, new) = (
            MasterPassword { password: &text, kdf: old_kdf, email, last: None },
            MasterPassword { password: &text, kdf: kdf(&inputs["kdf"]), email, last: None },
        );
        let wrapped = enc(&outputs["masterPasswordUnlockData"]["masterKeyWrappedUserKey"]);
        // From theirs, which is under the new function, back to the old one.
        let change = store
            .try_transaction(|tx| {
                let user = account::unlock_with_password(tx, &new, &wrapped)?;
                tx.replace(Key::User, user)?;
                account::change_password(tx, Key::User, &new, &wrapped, &old.unchanged()?)
            })
            .unwrap();
        let expected = |name: &str| outputs[name]["masterPasswordAuthenticationHash"].as_str().unwrap().to_owned();
        assert_eq!(change.old_authentication.expose(), expected("masterPasswordAuthenticationData"));
        assert_eq!(change.new.authentication.expose(), expected("oldMasterPasswordAuthenticationData"));
        let again = store.try_context(|ctx| {
            let user = account::unlock_with_password(ctx, &old, &change.new.user_key)?;
            Ok::<_, Error>(encoded(ctx, user) == encoded(ctx, ctx.key(Key::User).unwrap()))
        });
        assert!(again.unwrap());
    }
    let account = command_line();
    let text = secret(&store, account["password"].as_str().unwrap());
    let password = MasterPassword {
        password: &text,
        kdf: kdf(&account["kdf"]),
        email: account["email"].as_str().unwrap(),
        last: None,
    };
    let (server, local) = store
        .try_context(|ctx| {
            let master = password.master_key(ctx)?;
            let hash = |purpose| ctx.authentication_hash(&master, &text, purpose);
            let hashes = (hash(HashPurpose::ServerAuthorization)?, hash(HashPurpose::LocalAuthorization)?);
            Ok::<_, Error>(hashes)
        })
        .unwrap();
    assert_eq!(server.expose(), account["master_password_hash_b64"].as_str().unwrap());
    assert_ne!(server.expose(), local.expose());
    assert_eq!(format!("{server:?}"), "AuthenticationHash(..)");
}

#[test]
fn the_salt_is_the_address_trimmed_and_in_lower_case() {
    assert_eq!(account::salt("  MixedCase@Example.COM\t"), "mixedcase@example.com");
    assert_eq!(account::salt("ÄÖ@Example.com"), "äö@example.com");
}

/// White space and line ends of ECMA-262, one by one: what `String.prototype.trim` removes (compared with Node 20).
#[test]
fn an_address_is_trimmed_as_ecmascript_trims() {
    let listed = "\t\u{b}\u{c} \u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\u{2007}\
        \u{2008}\u{2009}\u{200a}\u{202f}\u{205f}\u{3000}\u{feff}\n\r\u{2028}\u{2029}";
    let removed = |space: &char| account::salt(&format!("{space}Ada@Example.com{space}")) == "ada@example.com";
    assert_eq!(('\0'..=char::MAX).filter(removed).collect::<String>().len(), listed.len());
    assert!(listed.chars().all(|space| removed(&space)));
    // Between others none is removed, and what only looks like space stays.
    assert_eq!(account::salt("\u{feff} a\u{feff}b \u{feff}"), "a\u{feff}b");
    for kept in ['\u{85}', '\u{180e}', '\u{200b}', '\u{2060}'] {
        assert_eq!(account::salt(&format!("{kept}Ada@Example.com")), format!("{kept}ada@example.com"));
    }
}

/// What `toLowerCase` of Node 20 answers. All characters agree, alone and beside a sigma (compared by hand, Unicode
/// 17).
#[test]
fn an_address_is_put_in_lower_case_as_ecmascript_does_and_not_normalized() {
    for (address, salt) in [
        ("ΟΔΟΣ@ΟΔΟΣ.example", "οδος@οδοσ.example"),
        ("ΣΑ@example.com", "σα@example.com"),
        ("Α.Σ", "α.ς"),
        ("Σ", "σ"),
        ("İ@example.com", "i\u{307}@example.com"),
        ("I@example.com", "i@example.com"),
        ("ẞ@example.com", "ß@example.com"),
        ("\u{e9}@example.com", "\u{e9}@example.com"),
        ("E\u{301}@example.com", "e\u{301}@example.com"),
    ] {
        assert_eq!(account::salt(address), salt);
    }
}

/// An account of version 1 with one text under its user key.
fn account(store: &Store, password: &MasterPassword<'_>) -> (EncString, EncString) {
    let made: Result<_, Error> = store.try_transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        tx.replace(Key::User, user)?;
        Ok((account::protect_with_password(tx, &password.unchanged()?, user)?.user_key, tx.encrypt_text(user, "milk")?))
    });
    made.unwrap()
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_named() {
    let store = store();
    let (right, wrong) = (secret(&store, "correct horse"), secret(&store, "correct house"));
    let password =
        MasterPassword { password: &right, kdf: Kdf::pbkdf2(5_000).unwrap(), email: "ada@example.com", last: None };
    let (wrapped, _) = account(&store, &password);
    let unlock = |password: MasterPassword<'_>, wrapped: &EncString| {
        store.try_context(|ctx| account::unlock_with_password(ctx, &password, wrapped).map(drop))
    };
    unlock(password, &wrapped).unwrap();
    for other in [
        MasterPassword { password: &wrong, ..password },
        MasterPassword { email: "bob@example.com", ..password },
        MasterPassword { kdf: Kdf::pbkdf2(5_001).unwrap(), ..password },
        MasterPassword { kdf: Kdf::argon2id(2, 16, 1).unwrap(), ..password },
    ] {
        let error = unlock(other, &wrapped).unwrap_err();
        assert_eq!(error, Error::WrongSecret, "{other:?}");
    }
    // Types that are none of a user key under a password.
    let (cose, encapsulated) = store
        .try_context(|ctx| {
            let key = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::CONTENTS_AND_KEYS)?;
            let user = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            Ok::<_, Error>((ctx.wrap_key(key, user)?, "4.AQID".parse()?))
        })
        .unwrap();
    let error = unlock(password, &cose).unwrap_err();
    let (text, key) = (cose.enc_type(), SymmetricAlgorithm::Aes256CbcHmacSha256);
    let expected = ErrorKind::WrongKey(WrongKey::Algorithm { text, key });
    assert_eq!(told(error), (expected, Some(Operation::Unwrap)));
    let error = unlock(password, &encapsulated).unwrap_err();
    let expected = ErrorKind::Unsupported(Unsupported::Type(encapsulated.enc_type()));
    assert_eq!(told(error), (expected, Some(Operation::Unwrap)));
    // A text where the key should be, and another kind of key.
    let (text, private) = store
        .try_context(|ctx| {
            // What the master key is stretched to, for contents too.
            let salt = account::salt(password.email);
            let by = ctx.derive_from_password(
                password.password,
                &password.kdf,
                salt.as_bytes(),
                KeyUses::CONTENTS_AND_KEYS,
            )?;
            let private = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS_AND_KEYS)?;
            Ok::<_, Error>((ctx.encrypt_text(by, "no key")?, ctx.wrap_key(by, private)?))
        })
        .unwrap();
    for wrapped in [text, private] {
        let error = unlock(password, &wrapped).unwrap_err();
        assert_eq!(told(error), (ErrorKind::Malformed(Malformed::NotAKey), Some(Operation::Unwrap)));
    }
}

/// The parameters that the official software refuses; and those that it takes and we bound.
#[test]
fn limits() {
    for vector in vectors("kdf-limits") {
        let kdf = &vector["inputs"]["kdf"];
        let number = |of: &str, name: &str| u32::try_from(kdf[of][name].as_u64().unwrap()).unwrap();
        let settings = if kdf["pBKDF2"].is_null() {
            ["iterations", "memory", "parallelism"].map(|name| number("argon2id", name))
        } else {
            [number("pBKDF2", "iterations"), 0, 0]
        };
        let made = match settings {
            [iterations, 0, 0] => Kdf::pbkdf2(iterations),
            [iterations, memory, parallelism] => Kdf::argon2id(iterations, memory, parallelism),
        };
        let name = vector["name"].as_str().unwrap();
        match made.unwrap_err() {
            KdfError::Pbkdf2Iterations { found: 4_999, min: 5_000, .. } => assert!(name.contains("4999")),
            KdfError::Argon2idIterations { found: 1, min: 2, .. } => assert!(name.contains("iterations 1")),
            KdfError::Argon2idMemory { found: 15, min: 16, .. } => assert!(name.contains("memory 15")),
            KdfError::Argon2idMemory { found: 1_025, max: 1_024, .. } => assert!(name.contains("memory 1025")),
            KdfError::Argon2idParallelism { found: 0 | 17, min: 1, max: 16 } => assert!(name.contains("parallelism")),
            other => panic!("{name}: {other:?}"),
        }
    }
    // What they take and we bound, is taken when somebody says so.
    let settings = KdfSettings::Argon2id { iterations: 2, memory_mib: 64, parallelism: 17 };
    let limits = KdfLimits { max_argon2id_parallelism: 17, ..KdfLimits::default() };
    assert!(Kdf::within(settings, &limits).is_ok());
}

/// Type 0 under the master key of vector 38, made here: the official software writes none any more. It is opened on
/// request alone.
#[test]
fn a_user_key_without_a_mac_is_opened_on_request_and_can_be_wrapped_anew() {
    let vector = vector("kdf", 38);
    let inputs = &vector["inputs"];
    let (iv, mut data) = ([9; 16], [16_u8; 80]);
    data[..64].iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
    let raw = data[..64].to_vec();
    let mut encryptor = cbc::Encryptor::<aes::Aes256>::new_from_slices(&bytes(&vector["outputs"]["material_b64"]), &iv);
    for block in data.as_chunks_mut::<16>().0 {
        encryptor.as_mut().unwrap().encrypt_block(block.into());
    }
    let type_0 = |data: &[u8]| {
        let text = format!("0.{}|{}", STANDARD.encode_to_string(iv), STANDARD.encode_to_string(data));
        text.parse::<EncString>().unwrap()
    };
    let store = store();
    let text = secret(&store, inputs["password"].as_str().unwrap());
    let email = inputs["salt"].as_str().unwrap();
    let password = MasterPassword { password: &text, kdf: kdf(&inputs["kdf"]), email, last: None };
    store
        .try_context(|ctx| {
            let refused = account::unlock_with_password(ctx, &password, &type_0(&data)).unwrap_err();
            let unsupported = ErrorKind::Unsupported(Unsupported::Type(EncStringType::AesCbc));
            assert_eq!(told(refused), (unsupported, Some(Operation::Unwrap)));
            let user = account::unlock_legacy_with_password(ctx, &password, &type_0(&data))?;
            assert_eq!(encoded(ctx, user), raw);
            let anew = account::protect_with_password(ctx, &password.unchanged()?, user)?.user_key;
            assert_eq!(anew.enc_type(), EncStringType::AesCbcHmac);
            let user = account::unlock_with_password(ctx, &password, &anew)?;
            assert_eq!(encoded(ctx, user), raw);

            let other = MasterPassword { email: "bob@example.com", ..password };
            for (password, data) in [(&other, &data[..]), (&password, &data[..64])] {
                let error = account::unlock_legacy_with_password(ctx, password, &type_0(data)).unwrap_err();
                assert_eq!(error, Error::WrongSecret);
            }
            let error = account::unlock_legacy_with_password(ctx, &password, &anew).unwrap_err();
            assert!(matches!(told(error).0, ErrorKind::Unsupported(Unsupported::Type(_))));
            Ok::<_, Error>(())
        })
        .unwrap();
}

#[test]
fn a_change_of_password_leaves_the_user_key_and_needs_the_old_one() {
    let store = store();
    let (text, new_text) = (secret(&store, "correct horse"), secret(&store, "battery staple"));
    let old =
        MasterPassword { password: &text, kdf: Kdf::pbkdf2(5_000).unwrap(), email: "ada@example.com", last: None };
    let new = MasterPassword {
        password: &new_text,
        kdf: Kdf::argon2id(2, 16, 1).unwrap(),
        email: "Ada@Example.org",
        last: None,
    };
    let (wrapped, note) = account(&store, &old);
    let change =
        store.try_transaction(|tx| account::change_password(tx, Key::User, &old, &wrapped, &new.unchanged()?)).unwrap();
    assert_opens(&store, Key::User, &note, "milk");
    store.lock();
    let unlocked: Result<(), Error> = store.try_transaction(|tx| {
        assert_eq!(
            failure(account::unlock_with_password(tx, &old, &change.new.user_key)),
            "the secret does not open the user key"
        );
        let user = account::unlock_with_password(tx, &new, &change.new.user_key)?;
        Ok(tx.replace(Key::User, user)?)
    });
    unlocked.unwrap();
    assert_opens(&store, Key::User, &note, "milk");

    let change = |id, old: &MasterPassword<'_>, wrapped| {
        store.try_transaction(|tx| account::change_password(tx, id, old, wrapped, &new.unchanged()?).map(drop))
    };
    let error = change(Key::User, &new, &wrapped).unwrap_err();
    assert_eq!(error, Error::WrongSecret);
    assert_eq!(failure(change(Key::Other, &old, &wrapped)), "the store holds no key Other (find)");
    // The key of another account under a password that one knows.
    let other = store.try_context(|ctx| {
        let key = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        Ok::<_, Error>(account::protect_with_password(ctx, &old.unchanged()?, key)?.user_key)
    });
    let error = change(Key::User, &old, &other.unwrap()).unwrap_err();
    assert_eq!(error, Error::OtherUserKey);
    assert_opens(&store, Key::User, &note, "milk");
}
