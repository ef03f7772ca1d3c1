//! The other ways to a user key: PIN, device, request, organisation, upgrade and rotation.

use serde_json::{Value, json};
use strongroom::{EncString, ExposeSecret, Kdf, LocalKey, PrivateAlgorithm, PublicKey, Signing, Symmetric};

use crate::{
    bench::{Bench, give, refused, same, take, take_private},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, base64, bytes},
    rows::{V1, XAES, XCHACHA},
};

pub(crate) fn rows() -> Vec<Row> {
    const UNLOCK: &[&str] = &["CryptoClient.initialize_user_crypto", "CryptoClient.get_user_encryption_key"];
    const ENROLL: &[&str] = &["CryptoClient.enroll_pin"];
    const REENROLL: &[&str] = &["CryptoClient.enroll_pin_with_encrypted_pin"];
    const UNSEAL: &[&str] = &["CryptoClient.unseal_password_protected_key_envelope"];
    const ORG: &[&str] =
        &["CryptoClient.initialize_org_crypto", "CollectionsClient.encrypt", "CollectionsClient.decrypt"];
    const LOCAL: &[&str] =
        &["CryptoClient.encrypt_with_local_user_data_key", "CryptoClient.decrypt_with_local_user_data_key"];
    const ROTATE: &[&str] = &["CryptoClient.get_v2_rotated_account_keys"];
    const ENVELOPES: &str = "key envelopes are not landed";
    const ACCOUNTS: &str = "accounts are not landed";
    const NO_WRITER: &str = "their client makes it only while it talks to a server";
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::not_offered(
            "user key under a PIN, as it was once",
            theirs,
            "the SDK opens it and writes envelopes instead",
        ),
        Row::live("user key under a PIN, as it was once", ours, UNLOCK, pin_ours),
        Row::live("PIN under the user key", theirs, ENROLL, encrypted_pin_theirs),
        Row::live("PIN under the user key", ours, REENROLL, encrypted_pin_ours),
        Row::pending("password-protected key envelope", theirs, ENROLL, ENVELOPES),
        Row::pending("password-protected key envelope", ours, UNSEAL, ENVELOPES),
        Row::pending("password-protected key envelope, before it named its algorithm", theirs, ENROLL, ENVELOPES)
            .older(),
        Row::not_offered("trusted device: three wrapped keys", theirs, NO_WRITER),
        Row::live("trusted device: three wrapped keys", ours, UNLOCK, device_ours),
        Row::not_offered("user key for another device, by its request", theirs, NO_WRITER),
        Row::live("user key for another device, by its request", ours, UNLOCK, request_ours),
        Row::pending("master key for another device, by its request", ours, UNLOCK, ACCOUNTS),
        Row::not_offered("key connector: user key under its key", theirs, NO_WRITER),
        Row::pending("key connector: user key under its key", ours, UNLOCK, ACCOUNTS),
        Row::live("organisation key, and a name under it", theirs, ORG, organization_theirs),
        Row::live("organisation key, and a name under it", ours, ORG, organization_ours),
        Row::live("key of a user's local data, and a text under it", theirs, LOCAL, local_data_theirs),
        Row::live("key of a user's local data, and a text under it", ours, LOCAL, local_data_ours),
        Row::live("keys of a V2 account, of XAES-256-GCM", theirs, V2, |b| account_theirs(b, false)),
        Row::live("keys of a V2 account, of XChaCha20-Poly1305", theirs, V2, |b| account_theirs(b, false)).older(),
        Row::live("keys of a V2 account after rotation", theirs, ROTATE, |b| account_theirs(b, true)),
        Row::pending("keys of a V2 account", ours, UNLOCK, "signed objects are not landed"),
        Row::not_offered("WebAuthn PRF: user key under its output", ours, "no way to unlock with it is public"),
        Row::not_offered("upgrade token from V1 to V2", theirs, NO_WRITER),
        Row::live("upgrade token from V1 to V2", ours, UNLOCK, upgrade_ours),
    ]
}

const V2: &[&str] = &["CryptoClient.make_keys_for_user_crypto_v2"];

fn holds(client: &Client<'_>, user: &[u8]) -> Outcome<()> {
    same("user key", client.call("crypto.get_user_encryption_key", json!([]))?.text()?, base64(user))
}

fn pin_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, pin, email) = (b.any_key(V1)?, b.chance.word(), b.chance.email());
    let secret = b.store.secret_text(&pin)?;
    let wrapped = b.store.context(|ctx| -> Outcome<_> {
        let pin = ctx.derive_from_password(&secret, &Kdf::pbkdf2(5_000)?, email.trim().to_lowercase().as_bytes())?;
        let user = take(ctx, &user)?;
        Ok(ctx.wrap(pin, user)?.to_string())
    })?;
    let account = b.v1_account(&user)?;
    let unlock = |pin: &str| {
        let method = json!({"pin": {"pin": pin, "pin_protected_user_key": wrapped}});
        b.unlock(email.trim().to_lowercase().as_str(), &account, &method)
    };
    holds(&unlock(&pin)?, &user)?;
    refused("another PIN", unlock(&format!("{pin}x")))
}

fn encrypted_pin_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (pin, (user, client)) = (b.chance.word(), b.v1_client()?);
    let enrolled = client.call("crypto.enroll_pin", json!([pin]))?;
    let text: EncString = enrolled.at("userKeyEncryptedPin")?.text()?.parse()?;
    b.store.context(|ctx| {
        let user = take(ctx, &user)?;
        same("PIN", ctx.decrypt_text(user, &text)?.expose_secret(), pin.as_str())
    })
}

/// They enroll the PIN that we encrypted: what they write opens with it.
fn encrypted_pin_ours(b: &Bench<'_>) -> Outcome<()> {
    let (pin, (user, client)) = (b.chance.word(), b.v1_client()?);
    let text = b.store.context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        Ok(ctx.encrypt_text(user, &pin)?.to_string())
    })?;
    let enrolled = client.call("crypto.enroll_pin_with_encrypted_pin", json!([text]))?;
    let envelope = enrolled.at("pinProtectedUserKeyEnvelope")?;
    let found = client.call("crypto.unseal_password_protected_key_envelope", json!([pin, envelope]))?;
    same("user key", found.bytes()?, user)
}

fn device_ours(b: &Bench<'_>) -> Outcome<()> {
    let user = b.any_key(V1)?;
    let (device, private, protected) = b.store.context(|ctx| -> Outcome<_> {
        let (user, device) = (take(ctx, &user)?, ctx.generate_with(V1)?);
        let pair = ctx.generate_with(PrivateAlgorithm::Rsa2048Oaep)?;
        let public = ctx.public_key(pair)?;
        Ok((give(ctx, device)?, ctx.wrap(device, pair)?.to_string(), ctx.encapsulate(user, &public)?.to_string()))
    })?;
    let method = json!({"deviceKey": {
        "device_key": base64(device), "protected_device_private_key": private, "device_protected_user_key": protected,
    }});
    holds(&b.unlock(&b.chance.email(), &b.v1_account(&user)?, &method)?, &user)
}

fn request_ours(b: &Bench<'_>) -> Outcome<()> {
    let user = b.any_key(V1)?;
    let (pkcs8, spki) = b.our_pair()?;
    let protected = b.store.context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        Ok(ctx.encapsulate(user, &PublicKey::from_spki(&spki)?)?.to_string())
    })?;
    let method = json!({"authRequest": {
        "request_private_key": base64(pkcs8), "method": {"userKey": {"protected_user_key": protected}},
    }});
    holds(&b.unlock(&b.chance.email(), &b.v1_account(&user)?, &method)?, &user)
}

/// Their client holds an organisation's key that was encapsulated for its user.
struct Organization<'n> {
    client: Client<'n>,
    id: String,
    key: Vec<u8>,
}

fn organization<'n>(b: &Bench<'n>, by_us: bool) -> Outcome<Organization<'n>> {
    let (user, key, id) = (b.any_key(V1)?, b.any_key(V1)?, b.chance.uuid());
    let (pkcs8, spki) = b.our_pair()?;
    let (private, shared) = if by_us {
        b.store.context(|ctx| -> Outcome<_> {
            let (user, pair, key) = (take(ctx, &user)?, take_private(ctx, &pkcs8)?, take(ctx, &key)?);
            let public = ctx.public_key(pair)?;
            Ok((json!(ctx.wrap(user, pair)?.to_string()), json!(ctx.encapsulate(key, &public)?.to_string())))
        })?
    } else {
        (
            b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), bytes(&user)]))?,
            b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&key), bytes(&spki)]))?,
        )
    };
    let method = json!({"decryptedKey": {"decrypted_user_key": base64(&user)}});
    let account = json!({"V1": {"private_key": private}});
    let client = b.unlock(&b.chance.email(), &account, &method)?;
    client.call("crypto.initialize_org_crypto", json!([{"organizationKeys": {"$map": [[id, shared]]}}]))?;
    if by_us {
        return Ok(Organization { client, id, key });
    }
    // And we come to the same key by what they wrote.
    let found = b.store.context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        let pair: LocalKey<'_, strongroom::Private> = ctx.unwrap(user, &private.text()?.parse()?)?;
        let key: LocalKey<'_, Symmetric> = ctx.decapsulate(pair, &shared.text()?.parse()?)?;
        give(ctx, key)
    })?;
    same("organisation key", &found, &key)?;
    Ok(Organization { client, id, key: found })
}

fn collection(b: &Bench<'_>, organization: &str, name: &str) -> Value {
    json!({
        "id": b.chance.uuid(), "organizationId": organization, "name": name, "externalId": null,
        "hidePasswords": false, "readOnly": false, "manage": true, "defaultUserCollectionEmail": null, "type": 0,
    })
}

fn organization_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (organization, name) = (organization(b, false)?, b.chance.word());
    let view = collection(b, &organization.id, &name);
    let sealed = organization.client.call("vault.collections.encrypt", json!([view]))?;
    let text: EncString = sealed.at("name")?.text()?.parse()?;
    b.store.context(|ctx| {
        let key = take(ctx, &organization.key)?;
        same("name", ctx.decrypt_text(key, &text)?.expose_secret(), name.as_str())
    })?;
    let opened = organization.client.call("vault.collections.decrypt", json!([sealed]))?;
    same("name, by them", opened.at("name")?.text()?, name)
}

fn organization_ours(b: &Bench<'_>) -> Outcome<()> {
    let (organization, name) = (organization(b, true)?, b.chance.word());
    let text = b.store.context(|ctx| -> Outcome<_> {
        let key = take(ctx, &organization.key)?;
        Ok(ctx.encrypt_text(key, &name)?.to_string())
    })?;
    let sealed = collection(b, &organization.id, &text);
    same(
        "name",
        organization.client.call("vault.collections.decrypt", json!([sealed]))?.at("name")?.text()?,
        name.as_str(),
    )?;
    let view = collection(b, &organization.id, &name);
    organization.client.call("vault.collections.encrypt", json!([view])).map(drop)
}

/// The wrapped key of what a client keeps on its machine, which it gave to its host to store.
fn local_data_key(client: &Client<'_>) -> Outcome<EncString> {
    let held = client.held("local_user_data_key_state")?;
    Ok(held.get(0).ok_or_else(|| format!("one key expected: {held}"))?.at("wrapped_key")?.text()?.parse()?)
}

fn local_data_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (text, (user, client)) = (b.chance.word(), b.v1_client()?);
    let sealed = client.call("crypto.encrypt_with_local_user_data_key", json!([text]))?.text()?;
    let opened = client.call("crypto.decrypt_with_local_user_data_key", json!([sealed]))?;
    same("text, by them", opened.text()?, text.as_str())?;
    let wrapped = local_data_key(&client)?;
    b.store.context(|ctx| {
        let user = take(ctx, &user)?;
        let key: LocalKey<'_, Symmetric> = ctx.unwrap(user, &wrapped)?;
        same("text", ctx.decrypt_text(key, &sealed.parse()?)?.expose_secret(), text.as_str())
    })
}

fn local_data_ours(b: &Bench<'_>) -> Outcome<()> {
    let (text, (user, client)) = (b.chance.word(), b.v1_client()?);
    client.call("crypto.encrypt_with_local_user_data_key", json!([text]))?;
    let wrapped = local_data_key(&client)?;
    let sealed = b.store.context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        let key: LocalKey<'_, Symmetric> = ctx.unwrap(user, &wrapped)?;
        Ok(ctx.encrypt_text(key, &text)?.to_string())
    })?;
    let opened = client.call("crypto.decrypt_with_local_user_data_key", json!([sealed]))?;
    same("text", opened.text()?, text)
}

/// The keys alone; what is signed has rows of its own.
fn account_theirs(b: &Bench<'_>, rotated: bool) -> Outcome<()> {
    let (_, client) = b.v1_client()?;
    let mut account = client.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
    if rotated {
        let state = json!({"V2": {
            "private_key": account.at("privateKey")?, "signed_public_key": account.at("signedPublicKey")?,
            "signing_key": account.at("signingKey")?, "security_state": account.at("securityState")?,
        }});
        let method = json!({"decryptedKey": {"decrypted_user_key": account.at("userKey")?}});
        let before = account;
        let client = b.unlock(&b.chance.email(), &state, &method)?;
        account = client.call("crypto.get_v2_rotated_account_keys", json!([]))?;
        same("public key before and after", account.at("publicKey")?, before.at("publicKey")?)?;
        same("verifying key before and after", account.at("verifyingKey")?, before.at("verifyingKey")?)?;
        if account.at("userKey")? == before.at("userKey")? {
            return Err("the user key was not rotated".into());
        }
    }
    let (public, verifying) = (account.at("publicKey")?.base64()?, account.at("verifyingKey")?.base64()?);
    b.store.context(|ctx| {
        let user = take(ctx, &account.at("userKey")?.base64()?)?;
        let algorithm = if b.sdk == crate::node::Sdk::Older { XCHACHA } else { XAES };
        same("algorithm", ctx.facts(user)?.algorithm(), algorithm)?;
        let private: LocalKey<'_, strongroom::Private> =
            ctx.unwrap(user, &account.at("privateKey")?.text()?.parse()?)?;
        same("public key", ctx.public_key(private)?.to_spki(), public)?;
        let signing: LocalKey<'_, Signing> = ctx.unwrap(user, &account.at("signingKey")?.text()?.parse()?)?;
        same("verifying key", ctx.verifying_key(signing)?.to_cose(), verifying)
    })
}

/// The account is in its second generation already, the unlocking device still has the first key.
fn upgrade_ours(b: &Bench<'_>) -> Outcome<()> {
    let account = b.v1_client()?.1.call("crypto.make_keys_for_user_crypto_v2", json!([]))?;
    let (first, second) = (b.any_key(V1)?, account.at("userKey")?.base64()?);
    let (one, two) = b.store.context(|ctx| -> Outcome<_> {
        let (first, second) = (take(ctx, &first)?, take(ctx, &second)?);
        Ok((ctx.wrap(second, first)?.to_string(), ctx.wrap(first, second)?.to_string()))
    })?;
    let client = b.node.client(b.sdk)?;
    client.call(
        "crypto.initialize_user_crypto",
        json!([{
            "userId": b.chance.uuid(), "kdfParams": {"pBKDF2": {"iterations": 5000}}, "email": b.chance.email(),
            "accountCryptographicState": {"V2": {
                "private_key": account.at("privateKey")?, "signed_public_key": account.at("signedPublicKey")?,
                "signing_key": account.at("signingKey")?, "security_state": account.at("securityState")?,
            }},
            "method": {"decryptedKey": {"decrypted_user_key": base64(&first)}},
            "upgradeToken": {"wrapped_user_key_1": one, "wrapped_user_key_2": two},
        }]),
    )?;
    holds(&client, &second)
}
