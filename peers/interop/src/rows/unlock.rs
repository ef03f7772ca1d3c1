//! The other ways to a user key: PIN, device, request, key connector.

use serde_json::{Value, json};
use strongroom::{
    EncString, ExposeSecret, Kdf,
    encapsulation::{Confirmed, PublicKey},
    master_keys::MasterKeys,
};
use strongroom_account::{self as account, DeviceKey, KeyConnectorKey, RotatableKeySet};

use crate::{
    bench::{Bench, PrivateKey, give, refused, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, base64, bytes},
    rows::{ALL, V1},
};

pub(crate) fn rows() -> Vec<Row> {
    const UNLOCK: &[&str] = &["CryptoClient.initialize_user_crypto", "CryptoClient.get_user_encryption_key"];
    const ENROLL: &[&str] = &["CryptoClient.enroll_pin"];
    const REENROLL: &[&str] = &["CryptoClient.enroll_pin_with_encrypted_pin"];
    const PUBLIC: &[&str] = &["PureCrypto.wrap_encapsulation_key", "PureCrypto.unwrap_encapsulation_key"];
    const MASTER: &[&str] = &["PureCrypto.rsa_encrypt_data", "PureCrypto.encrypt_user_key_with_master_password"];
    const MASTER_PASSWORD: &[&str] = &["PureCrypto.encrypt_user_key_with_master_password"];
    const PRF_THEIRS: &[&str] = &["PureCrypto.wrap_decapsulation_key", "PureCrypto.encapsulate_key_unsigned"];
    const PRF_OURS: &[&str] = &["PureCrypto.unwrap_decapsulation_key", "PureCrypto.decapsulate_key_unsigned"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        // They write envelopes instead; as it was once it is what a master password gives.
        Row::live("user key under a PIN, as it was once", theirs, MASTER_PASSWORD, pin_theirs),
        Row::live("user key under a PIN, as it was once", ours, UNLOCK, pin_ours),
        Row::live("PIN under the user key", theirs, ENROLL, encrypted_pin_theirs),
        Row::live("PIN under the user key", ours, REENROLL, encrypted_pin_ours),
        Row::live(
            "trusted device: three wrapped keys",
            theirs,
            &["PureCrypto.encapsulate_key_unsigned"],
            device_theirs,
        )
        .times(6),
        Row::live("trusted device: three wrapped keys", ours, UNLOCK, device_ours),
        Row::live("public key of a device under the user key, of three kinds", theirs, PUBLIC, device_public_theirs)
            .times(6),
        Row::live("public key of a device under the user key, of three kinds", ours, PUBLIC_OURS, device_public_ours)
            .times(6),
        Row::live(
            "user key for another device, by its request",
            theirs,
            &["PureCrypto.encapsulate_key_unsigned"],
            request_theirs,
        ),
        Row::live("user key for another device, by its request", ours, UNLOCK, request_ours),
        Row::live("master key for another device, by its request", theirs, MASTER, master_key_theirs).times(6),
        Row::live("master key for another device, by its request", ours, UNLOCK, master_key_ours),
        Row::live("key connector: user key under its key", theirs, MASTER_PASSWORD, connector_theirs),
        Row::live("key connector: user key under its key", ours, UNLOCK, connector_ours),
        // They unlock with it only while they talk to a server; its parts are public, but for the stretching.
        Row::live("WebAuthn PRF: user key under its output", theirs, PRF_THEIRS, prf_theirs),
        Row::live("WebAuthn PRF: user key under its output", ours, PRF_OURS, prf_ours),
    ]
}

const PUBLIC_OURS: &[&str] = &["PureCrypto.unwrap_encapsulation_key"];

fn holds(client: &Client<'_>, user: &[u8]) -> Outcome<()> {
    same("user key", client.call("crypto.get_user_encryption_key", json!([]))?.text()?, base64(user))
}

/// A user key that they put under a password.
fn under_password(b: &Bench<'_>, user: &[u8], password: &str, email: &str) -> Outcome<EncString> {
    let args = json!([bytes(user), password, email, {"pBKDF2": {"iterations": 5000}}]);
    Ok(b.call("PureCrypto.encrypt_user_key_with_master_password", args)?.text()?.parse()?)
}

fn pin_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, pin, email) = (user_key(b)?, b.chance.word(), account::salt(&b.chance.email()));
    let wrapped = under_password(b, &user, &pin, &email)?;
    let open = |pin: &str| -> Outcome<_> {
        let secret = b.store.secret_text(pin)?;
        b.store.try_context(|ctx| {
            let found = account::unwrap_with_pin(ctx, &wrapped, &secret, &Kdf::pbkdf2(5_000)?, email.as_bytes())?;
            give(ctx, found)
        })
    };
    same("user key", open(&pin)?, user)?;
    refused("another PIN", open(&format!("{pin}x")))
}

/// Whatever 32 bytes the connector keeps, here those of a master key.
fn connector_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, password, email) = (user_key(b)?, b.chance.word(), account::salt(&b.chance.email()));
    let wrapped = under_password(b, &user, &password, &email)?;
    let args = json!([bytes(&password), bytes(&email), {"pBKDF2": {"iterations": 5000}}]);
    let key = b.call("PureCrypto.derive_kdf_material", args)?.bytes()?;
    let open = |key: &[u8]| -> Outcome<_> {
        let secret = b.store.secret_text(&base64(key))?;
        b.store.try_context(|ctx| {
            let found = KeyConnectorKey::read(ctx, &secret)?.unwrap(ctx, &wrapped)?;
            give(ctx, found)
        })
    };
    same("user key", open(&key)?, user)?;
    refused("another key", open(&b.chance.bytes(32)))
}

/// What the output of an authenticator is stretched to (RFC 5869, section 2.3), by neither side.
fn stretched(b: &Bench<'_>, output: &[u8]) -> Outcome<Vec<u8>> {
    let half = |info: &str| b.node.third("hkdfExpand", json!([bytes(output), info]));
    Ok([half("enc")?, half("mac")?].concat())
}

/// The output of an authenticator as text, since it is read so here.
fn prf_output(b: &Bench<'_>) -> String {
    b.chance.uuid().replace('-', "")
}

fn prf_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, output, (pkcs8, spki)) = (user_key(b)?, prf_output(b), b.our_pair()?);
    let key = bytes(stretched(b, output.as_bytes())?);
    let private: EncString =
        b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), key]))?.text()?.parse()?;
    let sealed = b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&user), bytes(&spki)]))?;
    let sealed: EncString = sealed.text()?.parse()?;
    let open = |output: &str| -> Outcome<_> {
        let secret = b.store.secret_text(output)?;
        b.store.try_context(|ctx| {
            let key = account::prf_key(ctx, &secret)?;
            let found = RotatableKeySet::unlock(ctx, key, &private, &sealed)?;
            give(ctx, found)
        })
    };
    same("user key", open(&output)?, user)?;
    refused("another output", open(&prf_output(b)))
}

fn prf_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, output) = (user_key(b)?, prf_output(b));
    let secret = b.store.secret_text(&output)?;
    let set = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, key) = (take(ctx, &user)?, account::prf_key(ctx, &secret)?);
        Ok(RotatableKeySet::create(ctx, key, user)?)
    })?;
    let open = |output: &str| -> Outcome<_> {
        let key = bytes(stretched(b, output.as_bytes())?);
        let args = json!([set.private_key.to_string(), key]);
        let pkcs8 = b.call("PureCrypto.unwrap_decapsulation_key", args)?.bytes()?;
        let args = json!([set.user_key.to_string(), bytes(pkcs8)]);
        b.call("PureCrypto.decapsulate_key_unsigned", args)?.bytes()
    };
    same("user key", open(&output)?, user)?;
    refused("another output", open(&prf_output(b)))
}

fn pin_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, pin, email) = (b.any_key(V1)?, b.chance.word(), account::salt(&b.chance.email()));
    let secret = b.store.secret_text(&pin)?;
    let wrapped = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        let wrapped = account::wrap_with_pin(ctx, user, &secret, &Kdf::pbkdf2(5_000)?, email.as_bytes())?;
        let found = account::unwrap_with_pin(ctx, &wrapped, &secret, &Kdf::pbkdf2(5_000)?, email.as_bytes())?;
        same("user key, by us", give(ctx, found)?, give(ctx, user)?)?;
        Ok(wrapped.to_string())
    })?;
    let account = b.v1_account(&user)?;
    let unlock =
        |pin: &str| b.unlock(&email, &account, &json!({"pin": {"pin": pin, "pin_protected_user_key": wrapped}}));
    holds(&unlock(&pin)?, &user)?;
    refused("another PIN", unlock(&format!("{pin}x")))
}

fn encrypted_pin_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (pin, (user, client)) = (b.chance.word(), b.v1_client()?);
    let enrolled = client.call("crypto.enroll_pin", json!([pin]))?;
    let text: EncString = enrolled.at("userKeyEncryptedPin")?.text()?.parse()?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &user)?;
        same("PIN", ctx.decrypt_text(user, &text)?.expose_secret(), pin.as_str())
    })
}

/// They enroll the PIN that we encrypted: what they write opens with it.
fn encrypted_pin_ours(b: &Bench<'_>) -> Outcome<()> {
    let (pin, (user, client)) = (b.chance.word(), b.v1_client()?);
    let text = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        Ok(ctx.encrypt_text(user, &pin)?.to_string())
    })?;
    let enrolled = client.call("crypto.enroll_pin_with_encrypted_pin", json!([text]))?;
    let envelope = enrolled.at("pinProtectedUserKeyEnvelope")?;
    let found = client.call("crypto.unseal_password_protected_key_envelope", json!([pin, envelope]))?;
    same("user key", found.bytes()?, user)
}

/// A user key of a kind, by turns.
fn user_key(b: &Bench<'_>) -> Outcome<Vec<u8>> {
    b.any_key(*ALL.get(b.case % ALL.len()).ok_or("no kind")?)
}

/// What a device of theirs keeps, made of their parts, unlocks here.
fn device_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, device, (pkcs8, spki)) = (user_key(b)?, b.their_key(V1)?, b.our_pair()?);
    let private = b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), bytes(&device)]))?.text()?;
    let protected = b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&user), bytes(&spki)]))?.text()?;
    let secret = b.store.secret_text(&base64(&device))?;
    b.store.try_context(|ctx| {
        let found = DeviceKey::read(ctx, &secret)?.unlock(ctx, &private.parse()?, &protected.parse()?)?;
        same("user key", give(ctx, found)?, user)
    })
}

fn device_ours(b: &Bench<'_>) -> Outcome<()> {
    let user = b.any_key(V1)?;
    let (device, set) = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, device) = (take(ctx, &user)?, DeviceKey::generate(ctx)?);
        Ok((device.expose()?, device.trust(ctx, user)?))
    })?;
    let method = json!({"deviceKey": {
        "device_key": device.as_str(), "protected_device_private_key": set.private_key.to_string(),
        "device_protected_user_key": set.user_key.to_string(),
    }});
    holds(&b.unlock(&b.chance.email(), &b.v1_account(&user)?, &method)?, &user)
}

/// A rotation is what reads it: their public key comes back to them under a new user key.
fn device_public_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, new, (_, spki)) = (user_key(b)?, user_key(b)?, b.our_pair()?);
    let public = b.call("PureCrypto.wrap_encapsulation_key", json!([bytes(&spki), bytes(&user)]))?.text()?;
    let rewrapped = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, new) = (take(ctx, &user)?, take(ctx, &new)?);
        let own = DeviceKey::generate(ctx)?.trust(ctx, user)?;
        let set = RotatableKeySet { public_key: public.parse()?, ..own };
        Ok(RotatableKeySet::rewrap(&set.confirmed_by_user(), ctx, user, new)?.public_key.to_string())
    })?;
    let found = b.call("PureCrypto.unwrap_encapsulation_key", json!([rewrapped, bytes(&new)]))?.bytes()?;
    same("public key", found, spki)
}

fn device_public_ours(b: &Bench<'_>) -> Outcome<()> {
    let user = user_key(b)?;
    let (device, set) = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, device) = (take(ctx, &user)?, DeviceKey::generate(ctx)?);
        Ok((device.expose()?, device.trust(ctx, user)?))
    })?;
    let open = |function: &str, wrapped: &EncString, key: Value| -> Outcome<_> {
        b.call(function, json!([wrapped.to_string(), key]))?.bytes()
    };
    let spki = open("PureCrypto.unwrap_encapsulation_key", &set.public_key, bytes(&user))?;
    let device = bytes(json!(device.as_str()).base64()?);
    let pkcs8 = open("PureCrypto.unwrap_decapsulation_key", &set.private_key, device)?;
    same("public key", b.call("PureCrypto.rsa_extract_public_key", json!([bytes(&pkcs8)]))?.bytes()?, spki)?;
    same("user key", open("PureCrypto.decapsulate_key_unsigned", &set.user_key, bytes(&pkcs8))?, user)
}

/// They answer, we asked.
fn request_theirs(b: &Bench<'_>) -> Outcome<()> {
    let user = user_key(b)?;
    let public = b.store.try_transaction(|tx| account::begin_auth_request(tx, PrivateKey::Request))?;
    let answer = b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&user), bytes(public.to_spki())]))?;
    let answer: EncString = answer.text()?.parse()?;
    let found = b.store.try_transaction(|tx| -> Outcome<_> {
        let user = account::complete_auth_request(tx, PrivateKey::Request, &answer)?;
        Ok(strongroom::hazmat::expose_encoded(tx, user)?.to_vec())
    })?;
    same("user key", found, user)
}

/// As older clients answered: the master key, and the user key as the server keeps it.
fn master_key_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, password, email) = (user_key(b)?, b.chance.word(), b.chance.email());
    let public = b.store.try_transaction(|tx| account::begin_auth_request(tx, PrivateKey::Request))?;
    let kdf = json!({"pBKDF2": {"iterations": 5000}});
    let args = json!([bytes(&password), bytes(account::salt(&email)), kdf]);
    let master = b.call("PureCrypto.derive_kdf_material", args)?;
    let answer = b.call("PureCrypto.rsa_encrypt_data", json!([master, bytes(public.to_spki())]))?.bytes()?;
    let args = json!([bytes(&user), password, email, kdf]);
    let wrapped: EncString = b.call("PureCrypto.encrypt_user_key_with_master_password", args)?.text()?.parse()?;
    let answer: EncString = format!("4.{}", base64(answer)).parse()?;
    let found = b.store.try_transaction(|tx| -> Outcome<_> {
        let user = account::complete_auth_request_with_master_key(tx, PrivateKey::Request, &answer, &wrapped)?;
        give(tx, user)
    })?;
    same("user key", found, user)
}

fn master_key_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, password, email) = (b.any_key(V1)?, b.chance.word(), b.chance.email());
    let (pkcs8, spki) = b.our_pair()?;
    let (sealed, wrapped) = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, password) = (take(ctx, &user)?, b.store.secret_text(&password)?);
        let master = ctx.derive_master_key(&password, &Kdf::pbkdf2(5_000)?, account::salt(&email).as_bytes())?;
        let wrapped = account::wrap_user_key(ctx, &master, user)?;
        let to = Confirmed::without_check(PublicKey::from_spki(&spki)?);
        Ok((account::approve_auth_request_with_master_key(ctx, &master, &to)?, wrapped.to_string()))
    })?;
    let unlock = |pkcs8: &[u8]| -> Outcome<_> {
        let method = json!({"authRequest": {
            "request_private_key": base64(pkcs8),
            "method": {"masterKey": {"protected_master_key": sealed.to_string(), "auth_request_key": wrapped}},
        }});
        b.unlock(&email, &b.v1_account(&user)?, &method)
    };
    holds(&unlock(&pkcs8)?, &user)?;
    refused("another device", unlock(&b.our_pair()?.0))
}

fn request_ours(b: &Bench<'_>) -> Outcome<()> {
    let user = b.any_key(V1)?;
    let (pkcs8, spki) = b.our_pair()?;
    let protected = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        Ok(account::approve_auth_request(ctx, user, &Confirmed::without_check(PublicKey::from_spki(&spki)?))?
            .to_string())
    })?;
    let method = json!({"authRequest": {
        "request_private_key": base64(pkcs8), "method": {"userKey": {"protected_user_key": protected}},
    }});
    holds(&b.unlock(&b.chance.email(), &b.v1_account(&user)?, &method)?, &user)
}

fn connector_ours(b: &Bench<'_>) -> Outcome<()> {
    let user = b.any_key(V1)?;
    let (key, wrapped) = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, key) = (take(ctx, &user)?, KeyConnectorKey::generate(ctx)?);
        let wrapped = key.wrap(ctx, user)?;
        let found = key.unwrap(ctx, &wrapped)?;
        same("user key, by us", give(ctx, found)?, give(ctx, user)?)?;
        Ok((key.expose()?, wrapped.to_string()))
    })?;
    let method = json!({"keyConnector": {"master_key": key.as_str(), "user_key": wrapped}});
    holds(&b.unlock(&b.chance.email(), &b.v1_account(&user)?, &method)?, &user)
}
