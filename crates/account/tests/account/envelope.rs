//! Unlocking with a PIN.

use serde_json::Value;
use strongroom::{
    ErrorKind, ExposeSecret, Kdf, KeyUses, Symmetric,
    algorithms::{EncStringType, SymmetricAlgorithm},
    envelopes::PasswordProtectedKeyEnvelope,
    errors::{Operation, WrongKey},
    inspection::Inspect,
    passwords::NewKdf,
    protected::ProtectedContents,
};
use strongroom_account as account;
use strongroom_account::Error;

use super::{bytes, enc, encoded, import, kdf, secret, store, told, vector};

#[test]
fn a_pin_in_the_old_way() {
    let vector = vector("pin-protected-user-key", 79);
    let (inputs, outputs) = (&vector["inputs"], &vector["outputs"]);
    let store = store();
    let (pin, wrong) = (secret(&store, inputs["pin"].as_str().unwrap()), secret(&store, "1235"));
    let (kdf, salt) = (kdf(&inputs["kdf"]), inputs["email"].as_str().unwrap().as_bytes());
    let wrapped = enc(&inputs["pin_protected_user_key"]);
    store
        .try_context(|ctx| {
            let user = account::unwrap_with_pin(ctx, &wrapped, &pin, &kdf, salt)?;
            assert_eq!(encoded(ctx, user), bytes(&outputs["expected"]));
            let ours = account::wrap_with_pin(ctx, user, &pin, &kdf, salt)?;
            let again = account::unwrap_with_pin(ctx, &ours, &pin, &kdf, salt)?;
            assert_eq!(encoded(ctx, again), encoded(ctx, user));
            let other = Kdf::pbkdf2(5_001).unwrap();
            for (pin, kdf, salt) in [(&wrong, &kdf, salt), (&pin, &other, salt), (&pin, &kdf, &b"else"[..])] {
                let error = account::unwrap_with_pin(ctx, &wrapped, pin, kdf, salt).unwrap_err();
                assert_eq!(error, Error::WrongSecret);
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// The PIN itself is kept under the user key, so that its envelope can be made anew.
#[test]
fn a_pin_lies_under_the_user_key() {
    let vector = vector("password-protected-key-envelope", 80);
    let store = store();
    store
        .try_context(|ctx| {
            let user = import::<Symmetric>(ctx, &vector["outputs"]["user_key_b64"]);
            let theirs = enc(&vector["outputs"]["user_key_encrypted_pin"]);
            let pin = ctx.decrypt_secret(user, &theirs)?;
            assert_eq!(pin.len(), vector["inputs"]["pin"].as_str().unwrap().len());
            let ours = ctx.encrypt_secret(user, &pin)?;
            assert_eq!(ctx.decrypt_text(user, &ours)?.expose_secret(), vector["inputs"]["pin"].as_str().unwrap());
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// Envelopes of user keys of both versions, theirs and ours.
#[test]
fn a_pin_in_an_envelope() {
    let (v1, v2) = (vector("password-protected-key-envelope", 80), vector("password-protected-key-envelope", 138));
    let store = store();
    let wrong = secret(&store, vector("negative/key-envelope", 81)["inputs"]["pin"].as_str().unwrap());
    for vector in [v1, v2] {
        let outputs = &vector["outputs"];
        let pin = secret(&store, vector["inputs"]["pin"].as_str().unwrap());
        let envelope: PasswordProtectedKeyEnvelope = outputs["envelope_b64"].as_str().unwrap().parse().unwrap();
        store
            .try_context(|ctx| {
                let user = account::unlock_with_pin(ctx, &envelope, &pin)?;
                assert_eq!(encoded(ctx, user), bytes(&outputs["user_key_b64"]));
                let kdf = NewKdf::even_if_weak(Kdf::argon2id(2, 16, 1)?);
                let ours = account::enroll_pin(ctx, user, &pin, &kdf)?;
                let again = account::unlock_with_pin(ctx, &ours.envelope, &pin)?;
                assert_eq!(encoded(ctx, again), encoded(ctx, user));

                let next = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, KeyUses::CONTENTS_AND_KEYS)?;
                let moved = account::enroll_pin_again(ctx, user, &ours.pin, next, &kdf)?;
                let again = account::unlock_with_pin(ctx, &moved.envelope, &pin)?;
                assert_eq!(encoded(ctx, again), encoded(ctx, next));
                let error = account::enroll_pin_again(ctx, next, &ours.pin, next, &kdf).unwrap_err();
                let expected = match ours.pin.enc_type() {
                    EncStringType::AesCbcHmac => WrongKey::OrChanged,
                    text => WrongKey::Algorithm { text, key: SymmetricAlgorithm::Aes256CbcHmacSha256 },
                };
                assert_eq!(told(error), (ErrorKind::WrongKey(expected), Some(Operation::Decrypt)));

                for envelope in [&envelope, &ours.envelope, &moved.envelope] {
                    let error = account::unlock_with_pin(ctx, envelope, &wrong).unwrap_err();
                    assert_eq!(error, Error::WrongSecret);
                }
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}

/// With the id that the program remembers, the user key of another account does not open, right PIN or not.
#[test]
fn a_pin_opens_the_user_key_that_is_demanded() {
    let store = store();
    let (pin, wrong) = (secret(&store, "4321"), secret(&store, "4322"));
    let kdf = NewKdf::even_if_weak(Kdf::pbkdf2(5_000).unwrap());
    store
        .try_context(|ctx| {
            let uses = KeyUses::CONTENTS_AND_KEYS;
            let v1 = ctx.generate_with(SymmetricAlgorithm::Aes256CbcHmacSha256, uses)?;
            let v2 = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, uses)?;
            let (v1_id, v2_id) = (ctx.thumbprint(v1)?, ctx.thumbprint(v2)?);
            for (user, id, other) in [(v1, v1_id, v2_id), (v2, v2_id, v1_id)] {
                let envelope = account::enroll_pin(ctx, user, &pin, &kdf)?.envelope;
                let opened = account::unlock_with_pin_of(ctx, &envelope, &pin, &id)?;
                assert_eq!(encoded(ctx, opened), encoded(ctx, user));
                for (pin, id) in [(&wrong, id), (&pin, other)] {
                    let error = account::unlock_with_pin_of(ctx, &envelope, pin, &id).unwrap_err();
                    assert_eq!(error, Error::WrongSecret);
                }
            }
            Ok::<_, Error>(())
        })
        .unwrap();
}

/// An envelope of an older version names no key. The key in it has to be the one that is demanded all the same.
#[test]
fn an_older_envelope_is_held_to_the_key_inside() {
    let text = include_str!("../../../strongroom/tests/data/pin-envelopes-older-sdk.json");
    let vectors: Vec<Value> = serde_json::from_str(text).unwrap();
    let store = store();
    for vector in &vectors {
        let envelope: PasswordProtectedKeyEnvelope = vector["envelope_b64"].as_str().unwrap().parse().unwrap();
        assert_eq!(envelope.contained_key_id(), None);
        let pin = secret(&store, vector["pin"].as_str().unwrap());
        store
            .try_context(|ctx| {
                let user = import::<Symmetric>(ctx, &vector["user_key_b64"]);
                let (id, other) = (ctx.thumbprint(user)?, ctx.thumbprint(ctx.generate(KeyUses::CONTENTS)?)?);
                let opened = account::unlock_with_pin_of(ctx, &envelope, &pin, &id)?;
                assert_eq!(encoded(ctx, opened), encoded(ctx, user));
                let error = account::unlock_with_pin_of(ctx, &envelope, &pin, &other).unwrap_err();
                assert_eq!(error, Error::WrongSecret);
                Ok::<_, Error>(())
            })
            .unwrap();
    }
}
