//! The secrets that protocols hand out.

use base64_simd::STANDARD;
use strongroom::{
    EncString, ErrorKind, ExposeSecret, KeyUses, Symmetric,
    algorithms::SymmetricAlgorithm,
    errors::{Limit, Malformed, Operation, WrongKey},
    hazmat,
    protected::ProtectedContents,
};
use strongroom_account::Error;
use strongroom_account::{
    self as account, AccessToken, AccessTokenSecret, DeviceKey, KeyConnectorKey, RotatableKeySet, SendSecret,
};

use super::{Key, Store, bytes, command_line, enc, encoded, import, secret, store, told, vector};

#[test]
fn an_official_send_opens_with_the_secret_of_its_link_alone() {
    let vector = vector("send-access", 111);
    let store = store();
    let fragment = secret(&store, vector["inputs"]["send_key_b64url"].as_str().unwrap());
    store
        .try_context(|ctx| {
            let send = SendSecret::read(ctx, &fragment)?;
            let key = send.derive_key(ctx)?;
            for (field, plain) in [("name", "my send"), ("text", "secret text")] {
                assert_eq!(ctx.decrypt_text(key, &enc(&vector["inputs"][field]))?.expose_secret(), plain);
            }
            assert_eq!(*send.expose()?, vector["inputs"]["send_key_b64url"].as_str().unwrap());
            assert_eq!(format!("{send:?}"), "SendSecret(..)");
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// The sends of the command line's account, and the SDK's: the link's secret comes out of what the account keeps.
#[test]
fn the_secret_of_a_send_lies_under_the_user_key() {
    let store = store();
    let account = command_line();
    let vector = vector("send", 110);
    store
        .try_context(|ctx| {
            let user = import::<Symmetric>(ctx, &account["user_key_b64"]);
            let mut opened = 0;
            for send in account["sends"].as_array().unwrap() {
                let secret = SendSecret::open(ctx, user, &enc(&send["key"]))?;
                let url = send["truth"]["accessUrl"].as_str().unwrap();
                assert_eq!(*secret.expose()?, url[url.len() - 22..]);
                let key = secret.derive_key(ctx)?;
                for field in ["name", "text"] {
                    let plain = ctx.decrypt_text(key, &enc(&send[field]))?;
                    assert_eq!(plain.expose_secret(), send["truth"][field].as_str().unwrap());
                }
                opened += 1;
            }
            assert_eq!(opened, 4);
            let user = import::<Symmetric>(ctx, &vector["inputs"]["user_key_b64"]);
            let secret = SendSecret::open(ctx, user, &enc(&vector["outputs"]["send"]["key"]))?;
            assert_eq!(*secret.expose()?, vector["inputs"]["send_key_b64url"].as_str().unwrap());

            for algorithm in SymmetricAlgorithm::ALL {
                let (user, other) = (
                    ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?,
                    ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?,
                );
                let sealed = secret.seal(ctx, user)?;
                let expected = if algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256 { "2." } else { "7." };
                assert!(sealed.to_string().starts_with(expected));
                assert_eq!(SendSecret::open(ctx, user, &sealed)?.expose()?, secret.expose()?);
                let (kind, operation) = told(SendSecret::open(ctx, other, &sealed).unwrap_err());
                assert!(matches!(kind, ErrorKind::WrongKey(_)), "{kind:?}");
                assert_eq!(operation, Some(Operation::Decrypt));
                // Official software reads them as bytes.
                assert_eq!(ctx.decrypt_bytes(user, &sealed)?.expose_secret().len(), 16);
                for wrong in [&b""[..], b"fifteen bytes..", b"seventeen bytes.."] {
                    let error = SendSecret::open(ctx, user, &ctx.encrypt_bytes(user, wrong)?).unwrap_err();
                    assert_eq!(error, Error::MalformedSecret { expected: 16 });
                }
                let wrapped = ctx.wrap_key(user, other)?;
                assert!(SendSecret::open(ctx, user, &wrapped).is_err(), "a key is no secret of a send");
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// Into secret memory and out of it again, of every length and under every algorithm, as others read and write it.
#[test]
fn secrets_are_encrypted_and_decrypted_without_being_seen() {
    let store = store();
    for algorithm in SymmetricAlgorithm::ALL {
        store
            .try_context(|ctx| {
                let (key, other) = (
                    ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?,
                    ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?,
                );
                for length in [0, 1, 4, 15, 16, 17, 31, 32, 33, 200, 3999, 4000] {
                    let text = "p".repeat(length);
                    let sealed = ctx.encrypt_secret(key, &secret(&store, &text))?;
                    assert_eq!(ctx.decrypt_text(key, &sealed)?.expose_secret(), text);
                    let theirs = ctx.encrypt_text(key, &text)?;
                    assert_eq!(sealed.max_contents_len(), theirs.max_contents_len(), "padded alike");
                    let opened = ctx.decrypt_secret(key, &theirs)?;
                    assert_eq!(opened.len(), length);
                    assert_eq!(ctx.decrypt_text(key, &ctx.encrypt_secret(key, &opened)?)?.expose_secret(), text);
                    let (kind, operation) = told(ctx.decrypt_secret(other, &theirs).unwrap_err());
                    let expected = match algorithm {
                        SymmetricAlgorithm::Aes256CbcHmacSha256 => kind == ErrorKind::WrongKey(WrongKey::OrChanged),
                        _ => matches!(kind, ErrorKind::WrongKey(WrongKey::Id { .. })),
                    };
                    assert!(expected, "{kind:?}");
                    assert_eq!(operation, Some(Operation::Decrypt));
                }
                let long = secret(&store, &"p".repeat(4001));
                assert_eq!(
                    told(ctx.encrypt_secret(key, &long).unwrap_err()),
                    (ErrorKind::Limit(Limit::Contents { asked: 4001, most: 4000 }), Some(Operation::Encrypt))
                );
                let long = ctx.encrypt_text(key, &"p".repeat(5000))?;
                let (kind, operation) = told(ctx.decrypt_secret(key, &long).unwrap_err());
                assert!(matches!(kind, ErrorKind::Limit(Limit::Secret { most: 4095, .. })), "{kind:?}");
                assert_eq!(operation, Some(Operation::Decrypt));
                let wrapped = ctx.wrap_key(key, other)?;
                let error = ctx.decrypt_secret(key, &wrapped).map(drop);
                assert_eq!(error.is_ok(), algorithm == SymmetricAlgorithm::Aes256CbcHmacSha256, "type 2 does not tell");
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}

/// A bit anywhere, and every truncation.
#[test]
fn a_changed_secret_is_refused() {
    let store = store();
    for algorithm in [SymmetricAlgorithm::Aes256CbcHmacSha256, SymmetricAlgorithm::Xaes256Gcm] {
        store
            .try_context(|ctx| {
                let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
                let sealed = SendSecret::generate(ctx)?.seal(ctx, key)?;
                let buffer = sealed.to_buffer().unwrap();
                for at in 1..buffer.len() {
                    let mut changed = buffer.clone();
                    changed[at] ^= 1;
                    for bytes in [&changed[..], &buffer[..at]] {
                        if let Ok(text) = EncString::from_buffer(bytes) {
                            assert!(SendSecret::open(ctx, key, &text).is_err(), "{algorithm}: {at}");
                        }
                    }
                }
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}

#[test]
fn the_hash_of_a_sends_password_is_that_of_the_official_software() {
    let vector = vector("send", 110);
    let store = store();
    let fragment = secret(&store, vector["inputs"]["send_key_b64url"].as_str().unwrap());
    let password = secret(&store, vector["inputs"]["view"]["newPassword"].as_str().unwrap());
    let hash = store.try_context(|ctx| SendSecret::read(ctx, &fragment)?.password_hash(ctx, &password)).unwrap();
    assert_eq!(*hash.expose().unwrap(), vector["outputs"]["send"]["password"].as_str().unwrap());
    assert_eq!(format!("{hash:?}"), "SendPasswordHash(..)");
}

/// Each of its own length and alphabet; what is exposed reads again, and nothing else does.
#[test]
fn secrets_read_what_they_expose_and_nothing_else() {
    let store = store();
    macro_rules! check {
        ($($secret:ident $length:literal $characters:literal)*) => { $(
            let (first, second) = store.try_context(|ctx| {
                let expose = |ctx: &_| $secret::generate(ctx).unwrap().expose().unwrap();
                (expose(ctx), expose(ctx))
            });
            assert_eq!(first.len(), $characters);
            assert_ne!(first, second);
            let read = |text: &str| {
                let text = secret(&store, text);
                store.try_context(|ctx| $secret::read(ctx, &text).map(|read| read.expose().unwrap()))
            };
            let bare = first.trim_end_matches('=');
            assert_eq!(read(&first).unwrap(), first);
            assert_eq!(read(bare).unwrap(), first);
            let short = &bare[..bare.len() - 4];
            for wrong in ["", "=", short, &format!("{bare}AAAA"), &format!(" {bare}"), &bare.replacen(&bare[..1], "?", 1)] {
                let error = read(wrong).unwrap_err();
                assert_eq!(error.to_string(), format!("not the base64 of a secret of {} bytes", $length));
                assert_eq!(error, Error::MalformedSecret { expected: $length }, "{wrong:?}");
            }
        )* };
    }
    check! { SendSecret 16 22 AccessTokenSecret 16 24 KeyConnectorKey 32 44 DeviceKey 64 88 }
    let read = |text: &str| {
        let text = secret(&store, text);
        store.try_context(|ctx| (SendSecret::read(ctx, &text).is_ok(), AccessTokenSecret::read(ctx, &text).is_ok()))
    };
    assert_eq!(read("-_-_-_-_-_-_-_-_-_-_-w"), (true, false));
    assert_eq!(read("+/+/+/+/+/+/+/+/+/+/+w"), (false, true));
    assert_eq!(read("-_-_-_-_-_-_-_-_-_-_-x"), (false, false), "unused bits");
}

/// They are no keys of the store, but none is made on a store that is locked.
#[test]
fn a_locked_store_makes_no_secret() {
    let store = store();
    let text = secret(&store, "AAAAAAAAAAAAAAAAAAAAAA");
    let before = store.try_context(|ctx| SendSecret::read(ctx, &text)).unwrap();
    store.lock();
    let locked = (ErrorKind::Locked, Some(Operation::Extend));
    assert_eq!(told(store.try_context(SendSecret::generate).unwrap_err()), locked);
    assert_eq!(told(store.try_context(|ctx| SendSecret::read(ctx, &text)).unwrap_err()), locked);
    assert!(store.try_context(|ctx| before.derive_key(ctx).is_err()));
    assert_eq!(*before.expose().unwrap(), "AAAAAAAAAAAAAAAAAAAAAA", "as long as somebody holds it");
    let unlocking: Result<(), Error> = store.try_transaction(|tx| before.derive_key(tx).map(drop));
    unlocking.unwrap();
}

#[test]
fn key_connector() {
    let vector = vector("key-connector", 83);
    let store = store();
    let key = secret(&store, vector["inputs"]["master_key_b64"].as_str().unwrap());
    store
        .try_context(|ctx| {
            let key = KeyConnectorKey::read(ctx, &key)?;
            let user = key.unwrap(ctx, &enc(&vector["outputs"]["enc_string"]))?;
            assert_eq!(encoded(ctx, user), bytes(&vector["outputs"]["sdk_user_key_b64"]));
            let ours = key.wrap(ctx, user)?;
            let again = key.unwrap(ctx, &ours)?;
            assert_eq!(encoded(ctx, again), encoded(ctx, user));
            let error = KeyConnectorKey::generate(ctx)?.unwrap(ctx, &ours).unwrap_err();
            assert_eq!(error, Error::WrongSecret);
            Ok::<_, Error>(())
        })
        .unwrap();
}

#[test]
fn a_trusted_device() {
    let vector = vector("device-key", 82);
    let outputs = &vector["outputs"];
    let store = store();
    let kept = secret(&store, vector["inputs"]["device_key_b64"].as_str().unwrap());
    let private_key = enc(&outputs["protected_device_private_key"]);
    let user_key = enc(&outputs["protected_user_key"]);
    store
        .try_context(|ctx| {
            let device = DeviceKey::read(ctx, &kept)?;
            let user = device.unlock(ctx, &private_key, &user_key)?;
            assert_eq!(encoded(ctx, user), bytes(&outputs["user_key_b64"]));
            // Their public key, under the user key, is that of the private key: ours puts another user key behind it.
            let set = RotatableKeySet {
                private_key: private_key.clone(),
                public_key: enc(&outputs["protected_device_public_key"]),
                user_key: user_key.clone(),
            };
            let next = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
            let rotated = RotatableKeySet::rewrap(&set.clone().confirmed_by_user(), ctx, user, next)?;
            let opened = device.unlock(ctx, &rotated.private_key, &rotated.user_key)?;
            assert_eq!(encoded(ctx, opened), encoded(ctx, next));

            let ours = device.trust(ctx, user)?;
            let opened = device.unlock(ctx, &ours.private_key, &ours.user_key)?;
            assert_eq!(encoded(ctx, opened), encoded(ctx, user));

            let other = DeviceKey::generate(ctx)?;
            let error = other.unlock(ctx, &private_key, &user_key).unwrap_err();
            assert_eq!(error, Error::WrongSecret);
            // One device's private key and what is meant for another.
            let error = device.unlock(ctx, &private_key, &ours.user_key).unwrap_err();
            assert_eq!(told(error), (ErrorKind::WrongKey(WrongKey::OrChanged), Some(Operation::Decapsulate)));
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// A name, or an empty text, where the public key should be: the user key is not put behind it.
#[test]
fn a_key_set_without_a_public_key_is_not_opened() {
    let store = store();
    store
        .try_context(|ctx| {
            let (user, next) = (
                ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
                ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?,
            );
            let device = DeviceKey::generate(ctx)?;
            let set = device.trust(ctx, user)?;
            for text in ["", "milk"] {
                let broken = RotatableKeySet { public_key: ctx.encrypt_text(user, text)?, ..set.clone() };
                let error = broken.open_public_key(ctx, user).unwrap_err();
                assert_eq!(error, Error::NotAPublicKey);
            }
            let foreign = RotatableKeySet { public_key: device.trust(ctx, next)?.public_key, ..set };
            let error = foreign.open_public_key(ctx, user).unwrap_err();
            assert_eq!(told(error), (ErrorKind::WrongKey(WrongKey::OrChanged), Some(Operation::Decrypt)));
            Ok::<_, Error>(())
        })
        .unwrap();
}

fn prf(store: &Store, output: &[u8]) -> Result<Vec<u8>, Error> {
    let output = String::from_utf8(output.to_vec()).unwrap();
    let output = secret(store, &output);
    store.try_context(|ctx| {
        let key = account::prf_key(ctx, &output)?;
        Ok(encoded(ctx, key))
    })
}

/// As a master key is stretched: the key is the one that the SDK's key connector vector shows for the same 32 bytes.
#[test]
fn a_passkeys_output_is_stretched_and_zeros_are_refused() {
    let store = store();
    let output = b"0123456789abcdef0123456789ABCDEF";
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::from_prk(output).unwrap();
    let mut expected = [0; 64];
    let (enc, mac) = expected.split_at_mut(32);
    hkdf.expand(b"enc", enc).unwrap();
    hkdf.expand(b"mac", mac).unwrap();
    assert_eq!(prf(&store, output).unwrap(), expected);
    assert_eq!(prf(&store, &[&output[..], b"and more"].concat()).unwrap(), expected, "the first 32 bytes count");
    assert_eq!(prf(&store, &output[..31]), Err(Error::ShortSecret { found: 31, min: 32 }));
    assert_eq!(prf(&store, &[]), Err(Error::ShortSecret { found: 0, min: 32 }));
    assert_eq!(prf(&store, &[0; 32]), Err(Error::AllZero));
    assert_eq!(prf(&store, &[&[0; 32][..], b"more"].concat()), Err(Error::AllZero));
    let last = [&[0; 31][..], &[1]].concat();
    assert!(prf(&store, &last).is_ok());
}

/// A passkey opens the user key as a trusted device does.
#[test]
fn a_passkey_unlocks() {
    let store = store();
    let output = secret(&store, "0123456789abcdef0123456789ABCDEF");
    let set = store.try_transaction(|tx| {
        let user = tx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
        let by = account::prf_key(tx, &output)?;
        let set = RotatableKeySet::create(tx, by, user)?;
        tx.replace(Key::User, user)?;
        Ok::<_, Error>(set)
    });
    let set = set.unwrap();
    let before =
        store.try_context(|ctx| hazmat::expose_encoded::<_, Symmetric>(ctx, ctx.key(Key::User).unwrap())).unwrap();
    store
        .try_context(|ctx| {
            let by = account::prf_key(ctx, &output)?;
            let user = RotatableKeySet::unlock(ctx, by, &set.private_key, &set.user_key)?;
            assert_eq!(encoded(ctx, user), *before);
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// The example token of the official software, whose key was computed with another implementation of HMAC.
const TOKEN: &str = "0.ec2c1d46-6a4b-4751-a310-af9601317f2d.C2IgxjjLF7qSshsbwe8JGcbM075YXw:X8vbvA0bduihIDe/qrzIQQ==";
const TOKEN_KEY: &str = "H9/oIRLtL9nGCQOVDjSMoEbJsjWXSOCb3qeyDt6ckzS3FhyboEDWyTP/CQfbIszNmAVg2ExFganG1FVFGXO/Jg==";

#[test]
fn an_access_token_opens_what_the_server_has_for_it() {
    let store = store();
    let text = secret(&store, TOKEN);
    let key = secret(&store, TOKEN.split_once(':').unwrap().1);
    store
        .try_context(|ctx| {
            let by = AccessTokenSecret::read(ctx, &key)?.derive_key(ctx)?;
            assert_eq!(STANDARD.encode_to_string(encoded(ctx, by)), TOKEN_KEY);
            let token = AccessToken::read(ctx, &text)?;
            assert_eq!(token.id(), "ec2c1d46-6a4b-4751-a310-af9601317f2d");
            assert_eq!(token.client_secret().expose_secret(), "C2IgxjjLF7qSshsbwe8JGcbM075YXw");
            assert_eq!(format!("{token:?}"), "AccessToken { id: \"ec2c1d46-6a4b-4751-a310-af9601317f2d\", .. }");

            for algorithm in [SymmetricAlgorithm::Aes256CbcHmacSha256, SymmetricAlgorithm::XChaCha20Poly1305] {
                let organization = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
                let raw = STANDARD.encode_to_string(encoded(ctx, organization));
                let payload = |json: &str| ctx.encrypt_text(by, json);
                let good = payload(&format!("{{\"encryptionKey\":\"{raw}\"}}"))?;
                let (other, none) = (payload("{\"encryptionKey\":\"AAAA\"}")?, payload("{}")?);
                let opened = token.unlock_organization(ctx, &good)?;
                assert_eq!(encoded(ctx, opened), encoded(ctx, organization));
                for wrong in [other, none] {
                    let error = token.unlock_organization(ctx, &wrong).unwrap_err();
                    assert_eq!(told(error), (ErrorKind::Malformed(Malformed::NotAKey), Some(Operation::Import)));
                }
                let foreign = ctx.encrypt_text(organization, "{}")?;
                let (kind, operation) = told(token.unlock_organization(ctx, &foreign).unwrap_err());
                assert!(matches!(kind, ErrorKind::WrongKey(_)), "{kind:?}");
                assert_eq!(operation, Some(Operation::Decrypt));
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    let (head, tail) = TOKEN.split_once(':').unwrap();
    for wrong in
        ["", head, &format!("{head}:"), &format!("1{}", &TOKEN[1..]), &format!("{head}:{tail}:"), &tail.repeat(2)]
    {
        let text = secret(&store, wrong);
        let error = store.try_context(|ctx| AccessToken::read(ctx, &text)).unwrap_err();
        assert_eq!(error, Error::MalformedSecret { expected: 16 }, "{wrong}");
    }
}
