//! Sends.

use serde_json::{Value, json};
use strongroom::{EncString, ExposeSecret};
use strongroom_account::SendSecret;

use crate::{
    bench::{Bench, same, take},
    matrix::{Direction, Row},
    node::{Answer, Outcome, base64},
    rows::V1,
};

pub(crate) fn rows() -> Vec<Row> {
    const SEAL: &[&str] = &["SendClient.encrypt_send_for_rotation"];
    const OPEN: &[&str] = &["SendClient.decrypt_send", "SendClient.decrypt_send_access"];
    vec![
        Row::live("send: its secret, its texts, its password", Direction::Theirs, SEAL, theirs),
        Row::live("send: its secret, its texts", Direction::Ours, OPEN, ours),
    ]
}

fn send(b: &Bench<'_>, name: &str, notes: &str, text: &str, key: &str) -> Value {
    let date = "2026-01-30T17:55:36.150Z";
    json!({
        "id": b.chance.uuid(), "accessId": "access", "name": name, "notes": notes, "key": key, "type": 0, "file": null,
        "text": {"text": text, "hidden": false}, "data": null, "maxAccessCount": null, "accessCount": 0,
        "disabled": false, "hideEmail": false, "revisionDate": date, "deletionDate": date, "expirationDate": null,
    })
}

fn with(mut send: Value, members: [(&str, Value); 4]) -> Outcome<Value> {
    send.as_object_mut().ok_or("no send")?.extend(members.map(|(name, value)| (name.to_owned(), value)));
    Ok(send)
}

fn theirs(b: &Bench<'_>) -> Outcome<()> {
    let ((user, client), new) = (b.v1_client()?, b.any_key(V1)?);
    drop(user);
    let [name, notes, text, password] = [(); 4].map(|()| b.chance.word());
    let fragment = b.store.try_context(|ctx| -> Outcome<_> { Ok(SendSecret::generate(ctx)?.expose()?) })?;
    let members = [
        ("newPassword", json!(password)),
        ("hasPassword", json!(false)),
        ("emails", json!([])),
        ("authType", json!(1)),
    ];
    let view = with(send(b, &name, &notes, &text, &fragment), members)?;
    let sealed = client.call("sends.encrypt_send_for_rotation", json!([view, base64(&new)]))?;
    let password = b.store.secret_text(&password)?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &new)?;
        let secret = SendSecret::open(ctx, user, &sealed.at("key")?.text()?.parse()?)?;
        same("secret", secret.expose()?.as_str(), fragment.as_str())?;
        same("password", secret.password_hash(ctx, &password)?.expose()?.as_str(), sealed.at("password")?.text()?)?;
        let key = secret.derive_key(ctx)?;
        for (member, expected) in [("name", &name), ("notes", &notes), ("text.text", &text)] {
            let sealed: EncString = sealed.at(member)?.text()?.parse()?;
            same(member, ctx.decrypt_text(key, &sealed)?.expose_secret(), expected.as_str())?;
        }
        Ok(())
    })
}

/// For the owner, and for whoever has the link alone.
fn ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, client) = b.v1_client()?;
    let [name, notes, text] = [(); 3].map(|()| b.chance.word());
    let (sealed_key, fragment, [sealed_name, sealed_notes, sealed_text]) =
        b.store.try_context(|ctx| -> Outcome<_> {
            let (user, secret) = (take(ctx, &user)?, SendSecret::generate(ctx)?);
            let key = secret.derive_key(ctx)?;
            let seal = |text: &str| -> Outcome<_> { Ok(ctx.encrypt_text(key, text)?.to_string()) };
            Ok((secret.seal(ctx, user)?.to_string(), secret.expose()?, [seal(&name)?, seal(&notes)?, seal(&text)?]))
        })?;
    let members =
        [("password", Value::Null), ("emails", Value::Null), ("authType", json!(2)), ("accessId", json!("access"))];
    let sealed = with(send(b, &sealed_name, &sealed_notes, &sealed_text, &sealed_key), members)?;
    let view = client.call("sends.decrypt_send", json!([sealed]))?;
    for (member, expected) in [("name", &name), ("notes", &notes), ("text.text", &text)] {
        same(member, view.at(member)?.text()?, expected.as_str())?;
    }
    same("secret", view.at("key")?.text()?, fragment.as_str())?;
    let response = json!({
        "id": "x", "type": 0, "name": sealed_name, "text": {"text": sealed_text, "hidden": false}, "file": null,
        "data": null, "expirationDate": null, "creatorIdentifier": null,
    });
    let view = b.call("SendClient.decrypt_send_access", json!([fragment.as_str(), response]))?;
    same("name, by the link", view.at("name")?.text()?, name)?;
    same("text, by the link", view.at("text.text")?.text()?, text)
}
