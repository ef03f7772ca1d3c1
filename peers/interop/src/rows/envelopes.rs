//! Envelopes: keys sealed for a PIN, and contents sealed with keys of their own.

use serde_json::{Value, json};
use strongroom::{
    ExposeSecret, Kdf, KeyUses, Symmetric,
    envelopes::{DataEnvelope, DataEnvelopeNamespace, Envelopes, OpenOrgInvite, PasswordProtectedKeyEnvelope},
    passwords::{KdfSettings, NewKdf},
};
use strongroom_account as account;

use crate::{
    bench::{Bench, give, refused, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, Sdk, base64},
    rows::{ALL, V1, items},
};

pub(crate) fn rows() -> Vec<Row> {
    const ENROLL: &[&str] = &["CryptoClient.enroll_pin"];
    const UNSEAL: &[&str] = &["CryptoClient.unseal_password_protected_key_envelope"];
    const SEAL_INVITE: &[&str] = &["RegistrationClient.seal_open_org_invite_data"];
    const UNSEAL_INVITE: &[&str] = &["RegistrationClient.unseal_open_org_invite_data"];
    const SERVER: &str = "their client makes it only while it talks to a server";
    const PIN: &str = "password-protected key envelope: user key under a PIN, Argon2id";
    const OLD_PIN: &str = "password-protected key envelope, before it named its algorithm";
    const INVITE: &str = "open invitation: data envelope and secret-protected key envelope";
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live(PIN, theirs, ENROLL, pin_theirs),
        Row::live(PIN, ours, UNSEAL, |b| pin_ours(b, false)).times(6),
        Row::live("password-protected key envelope, PBKDF2", theirs, ENROLL, pin_of_government),
        Row::live("password-protected key envelope, PBKDF2", ours, UNSEAL, |b| pin_ours(b, true)).times(6),
        Row::live(OLD_PIN, theirs, ENROLL, pin_theirs).of(Sdk::Older),
        Row::live(INVITE, theirs, SEAL_INVITE, invite_theirs),
        Row::live(INVITE, ours, UNSEAL_INVITE, invite_ours),
        Row::live("item in a data envelope", theirs, &["CiphersClient.encrypt"], item_theirs).times(8),
        Row::live("item in a data envelope", ours, &["CiphersClient.decrypt"], item_ours).times(8),
        Row::not_offered("symmetric key envelope", theirs, SERVER),
    ]
}

fn pin_theirs(b: &Bench<'_>) -> Outcome<()> {
    let pin = b.chance.word();
    // A V1 key and a V2 key by turns.
    let (user, client) = if b.case.is_multiple_of(2) { b.v1_client()? } else { b.v2_client()? };
    let kdf = enrolled(b, &client, &pin, &user)?.kdf();
    same("Argon2id", matches!(kdf, Some(KdfSettings::Argon2id { .. })), true)
}

/// In the government's cloud they take PBKDF2, which FIPS approves.
fn pin_of_government(b: &Bench<'_>) -> Outcome<()> {
    let (pin, user) = (b.chance.word(), b.any_key(V1)?);
    let method = json!({"decryptedKey": {"decrypted_user_key": base64(&user)}});
    let (client, account) = (b.node.client_of_government(b.sdk)?, b.v1_account(&user)?);
    let client = b.unlock_in(client, &b.chance.uuid(), &b.chance.email(), &account, &method)?;
    let kdf = enrolled(b, &client, &pin, &user)?.kdf();
    same("function", kdf, Some(KdfSettings::Pbkdf2 { iterations: 600_000 }))
}

/// Their envelope, which opens with the PIN and no other.
fn enrolled(b: &Bench<'_>, client: &Client<'_>, pin: &str, user: &[u8]) -> Outcome<PasswordProtectedKeyEnvelope> {
    let envelope = client.call("crypto.enroll_pin", json!([pin]))?.at("pinProtectedUserKeyEnvelope")?.text()?;
    let envelope: PasswordProtectedKeyEnvelope = envelope.parse()?;
    let open = |pin: &str| -> Outcome<_> {
        let pin = b.store.secret_text(pin)?;
        b.store.try_context(|ctx| {
            let key = account::unlock_with_pin(ctx, &envelope, &pin)?;
            give(ctx, key)
        })
    };
    same("user key", open(pin)?, user)?;
    refused("another PIN", open(&format!("{pin}x")))?;
    Ok(envelope)
}

fn pin_ours(b: &Bench<'_>, pbkdf2: bool) -> Outcome<()> {
    let (pin, user) = (b.chance.word(), b.any_key(*ALL.get(b.case % ALL.len()).ok_or("no kind")?)?);
    let kdf = NewKdf::even_if_weak(if pbkdf2 { Kdf::pbkdf2(100_000)? } else { Kdf::argon2id(2, 16, 1)? });
    let secret = b.store.secret_text(&pin)?;
    let envelope = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        Ok(account::enroll_pin(ctx, user, &secret, &kdf)?.envelope.to_string())
    })?;
    let (_, client) = b.v1_client()?;
    let open = |pin: &str| client.call("crypto.unseal_password_protected_key_envelope", json!([pin, envelope]));
    same("user key", open(&pin)?.bytes()?, user)?;
    refused("another PIN", open(&format!("{pin}x")))
}

/// CBOR (RFC 8949) of what JSON can say.
fn from_cbor(contents: &[u8]) -> Outcome<Value> {
    Ok(ciborium::from_reader(contents)?)
}

fn to_cbor(contents: &Value) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    ciborium::into_writer(contents, &mut bytes)?;
    Ok(bytes)
}

/// An invitation with words of this case in it.
fn invite(b: &Bench<'_>) -> Value {
    json!({"organizationId": b.chance.uuid(), "inviteLinkCode": b.chance.uuid(), "inviteSecret": b.chance.word()})
}

/// What they sealed, opened here.
fn opened(b: &Bench<'_>, sealed: &Value) -> Outcome<Value> {
    let sealed_data: OpenOrgInvite = sealed.at("sealedData")?.text()?.parse()?;
    let secret = b.store.secret_text(&sealed.at("highEntropySecret")?.text()?)?;
    let contents = b.store.try_context(|ctx| -> Outcome<_> {
        let secret = ctx.secret_of_base64(&secret)?;
        Ok(ctx.unseal_invite(&sealed_data, &secret)?)
    })?;
    from_cbor(contents.expose_secret())
}

/// Every text that went in is in what came out.
fn invite_theirs(b: &Bench<'_>) -> Outcome<()> {
    let invite = invite(b);
    let sealed = b.node.client(b.sdk)?.call("auth.registration.seal_open_org_invite_data", json!([invite]))?;
    let found = opened(b, &sealed)?;
    same("version", found.at("version")?.text()?, "1")?;
    let content = found.at("content")?;
    let texts = |value: &Value| -> Vec<String> {
        let mut texts: Vec<String> = value
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, value)| value.as_str())
            .map(str::to_owned)
            .collect();
        texts.sort();
        texts
    };
    same("contents", texts(content), texts(&invite))
}

/// Their contents, as they write them, in envelopes of ours: the form of the contents is theirs to say.
fn invite_ours(b: &Bench<'_>) -> Outcome<()> {
    let (invite, client) = (invite(b), b.node.client(b.sdk)?);
    let sealed = client.call("auth.registration.seal_open_org_invite_data", json!([invite]))?;
    let contents = to_cbor(&opened(b, &sealed)?)?;
    let (sealed, secret) = b.store.try_context(|ctx| -> Outcome<_> {
        let (sealed, secret) = ctx.seal_invite(&contents)?;
        Ok((sealed.to_string(), secret.expose()?))
    })?;
    let sealed = json!({"sealedData": sealed, "highEntropySecret": secret.as_str()});
    same("contents", client.call("auth.registration.unseal_open_org_invite_data", json!([sealed]))?, invite)
}

/// An item as their client encrypts it in a V2 account, its user key, and the view that went in.
struct Item<'n> {
    user: Vec<u8>,
    client: Client<'n>,
    view: Value,
    cipher: Value,
}

fn item<'n>(b: &Bench<'n>) -> Outcome<Item<'n>> {
    let (user, client) = b.v2_client()?;
    let view = items::view(b, items::kind(b));
    let cipher = client.call("vault.ciphers.encrypt", json!([view]))?.at("cipher")?.clone();
    Ok(Item { user, client, view, cipher })
}

/// Item key, content key, envelope: the contents in CBOR.
fn contents(b: &Bench<'_>, item: &Item<'_>) -> Outcome<Vec<u8>> {
    let data: Value = serde_json::from_str(&item.cipher.at("data")?.text()?)?;
    let envelope: DataEnvelope = data.at("envelope")?.text()?.parse()?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &item.user)?;
        let own: strongroom::Key<'_, Symmetric> =
            ctx.unwrap_key(user, &item.cipher.at("key")?.text()?.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        let key: strongroom::Key<'_, Symmetric> =
            ctx.unwrap_key(own, &data.at("wrapped_cek")?.text()?.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(ctx.unseal_data(key, &envelope, DataEnvelopeNamespace::VaultItem)?.expose_secret().to_vec())
    })
}

/// What can be compared member by member: name, notes, and the texts of the kind.
fn item_theirs(b: &Bench<'_>) -> Outcome<()> {
    let item = item(b)?;
    let found = from_cbor(&contents(b, &item)?)?;
    same("version", found.at("version")?.text()?, "1")?;
    for member in ["name", "notes"] {
        same(member, found.at("content")?.at(member)?, item.view.at(member)?)?;
    }
    let data = found.at("content.typeData")?;
    let kind = data.at("type")?.text()?;
    let mut compared = 0;
    for (member, value) in item.view.at(&kind)?.as_object().into_iter().flatten() {
        if let Some(text) = value.as_str() {
            same(member, data.at(member)?.text()?, text)?;
            compared += 1;
        }
    }
    if compared == 0 && kind != "secureNote" { Err("nothing was compared".into()) } else { Ok(()) }
}

/// The same contents in an envelope of ours, under keys of ours.
fn item_ours(b: &Bench<'_>) -> Outcome<()> {
    let item = item(b)?;
    let contents = contents(b, &item)?;
    let expected = item.client.call("vault.ciphers.decrypt", json!([item.cipher]))?;
    let (own, data) = b.store.try_context(|ctx| -> Outcome<_> {
        let (user, own) = (take(ctx, &item.user)?, ctx.generate_with(V1, KeyUses::CONTENTS_AND_KEYS)?);
        let (envelope, key) = ctx.seal_data(&contents, DataEnvelopeNamespace::VaultItem)?;
        let data = json!({
            "format_version": 1, "wrapped_cek": ctx.wrap_key(own, key)?.to_string(), "envelope": envelope.to_string(),
        });
        Ok((ctx.wrap_key(user, own)?.to_string(), data.to_string()))
    })?;
    let mut cipher = item.cipher.clone();
    cipher.as_object_mut().ok_or("no item")?.extend([("key".into(), json!(own)), ("data".into(), json!(data))]);
    let mut found = item.client.call("vault.ciphers.decrypt", json!([cipher]))?;
    // The one thing that is not the same is the item's key, which its view shows.
    let key = found.as_object_mut().and_then(|found| found.insert("key".into(), expected.at("key").ok()?.clone()));
    let key = key.ok_or("no key")?.base64()?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &item.user)?;
        let own: strongroom::Key<'_, Symmetric> = ctx.unwrap_key(user, &own.parse()?, KeyUses::CONTENTS_AND_KEYS)?;
        same("key of the item", base64(give(ctx, own)?), base64(&key))
    })?;
    same("item", found, expected)
}
