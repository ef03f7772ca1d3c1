//! Folders and attachments.

use std::io::Cursor;

use serde_json::{Value, json};
use strongroom::{EncString, ExposeSecret, KeyUses, algorithms::SymmetricAlgorithm, streams::Streams};

use crate::{
    bench::{Bench, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, bytes},
    rows::{V1, XAES, XCHACHA},
};

pub(crate) fn rows() -> Vec<Row> {
    const ATTACHMENT: &[&str] = &["AttachmentsClient.decrypt_buffer", "CiphersClient.decrypt"];
    const PARTS: &[&str] = &["PureCrypto.symmetric_encrypt_filedata", "PureCrypto.wrap_symmetric_key"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("folder", theirs, &["FoldersClient.encrypt"], folder_theirs),
        Row::live("folder", ours, &["FoldersClient.decrypt", "FoldersClient.decrypt_list"], folder_ours),
        // They encrypt a whole one only while they talk to a server; its parts are public.
        Row::live("attachment under a key of its own", theirs, PARTS, |b| attachment_theirs(b, V1, V1)),
        Row::live("attachment under a key of its own", ours, ATTACHMENT, |b| {
            attachment_ours(b, b.v1_client()?, Some(V1))
        }),
        Row::live("attachment under the user key, as it was once", ours, ATTACHMENT, |b| {
            attachment_ours(b, b.v1_client()?, None)
        }),
        Row::live("attachment in a V2 account, streamed", theirs, PARTS, |b| {
            let key = [XAES, XCHACHA, V1].into_iter().cycle().nth(b.case).ok_or("no algorithm")?;
            attachment_theirs(b, XAES, key)
        })
        .times(9),
        Row::live("attachment in a V2 account, streamed", ours, ATTACHMENT, |b| {
            let keys = [Some(XAES), Some(XCHACHA), None, Some(V1)];
            attachment_ours(b, b.v2_client()?, keys.into_iter().cycle().nth(b.case).flatten())
        })
        .times(20),
    ]
}

fn folder(b: &Bench<'_>, name: &str) -> Value {
    json!({"id": b.chance.uuid(), "name": name, "revisionDate": "2026-01-30T17:55:36.150Z"})
}

fn folder_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (name, (user, client)) = (b.chance.word(), b.v1_client()?);
    let sealed = client.call("vault.folders.encrypt", json!([folder(b, &name)]))?;
    let text: EncString = sealed.at("name")?.text()?.parse()?;
    b.store.try_context(|ctx| {
        let user = take(ctx, &user)?;
        same("name", ctx.decrypt_text(user, &text)?.expose_secret(), name.as_str())
    })
}

fn folder_ours(b: &Bench<'_>) -> Outcome<()> {
    let (name, (user, client)) = (b.chance.word(), b.v1_client()?);
    let text = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        Ok(ctx.encrypt_text(user, &name)?.to_string())
    })?;
    let sealed = folder(b, &text);
    same("name", client.call("vault.folders.decrypt", json!([sealed]))?.at("name")?.text()?, name.as_str())?;
    let list = client.call("vault.folders.decrypt_list", json!([[sealed]]))?;
    same("name in a list", list.get(0).ok_or("an empty list")?.at("name")?.text()?, name)
}

/// A file under a key of its own, this under the user key.
fn attachment_theirs(b: &Bench<'_>, user: SymmetricAlgorithm, key: SymmetricAlgorithm) -> Outcome<()> {
    let (user, key, body) = (b.any_key(user)?, b.their_key(key)?, b.chance.bytes(b.chance.below(300_000)));
    let wrapped = b.call("PureCrypto.wrap_symmetric_key", json!([bytes(&key), bytes(&user)]))?;
    let wrapped: EncString = wrapped.text()?.parse()?;
    let buffer = b.call("PureCrypto.symmetric_encrypt_filedata", json!([bytes(&body), bytes(&key)]))?.bytes()?;
    let mut found = Vec::new();
    b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        let key: strongroom::Key<'_> = ctx.unwrap_key(user, &wrapped, KeyUses::CONTENTS_AND_KEYS)?;
        Ok(ctx.decrypt_stream(key, &mut Cursor::new(buffer), &mut found)?)
    })?;
    same("contents", found, body)
}

/// A note with a file: its key and its name are under the user key, for the item has no key of its own.
fn attachment_ours(
    b: &Bench<'_>,
    (user, client): (Vec<u8>, Client<'_>),
    own_key: Option<SymmetricAlgorithm>,
) -> Outcome<()> {
    let (name, file, body) = (b.chance.word(), b.chance.word(), b.chance.bytes(b.chance.below(300_000)));
    let (name_text, file_text, key_text, buffer) = b.store.try_context(|ctx| -> Outcome<_> {
        let user = take(ctx, &user)?;
        let (key, wrapped) = match own_key {
            Some(algorithm) => {
                let key = ctx.generate_with(algorithm, KeyUses::CONTENTS_AND_KEYS)?;
                (key, json!(ctx.wrap_key(user, key)?.to_string()))
            }
            None => (user, Value::Null),
        };
        let mut buffer = Cursor::new(Vec::new());
        ctx.encrypt_stream(key, &mut body.as_slice(), &mut buffer)?;
        let texts = (ctx.encrypt_text(user, &name)?.to_string(), ctx.encrypt_text(user, &file)?.to_string());
        Ok((texts.0, texts.1, wrapped, buffer.into_inner()))
    })?;
    let date = "2026-01-30T17:55:36.150Z";
    let cipher = json!({
        "id": b.chance.uuid(), "organizationId": null, "folderId": null, "collectionIds": [], "key": null,
        "name": name_text, "notes": null, "type": 2, "login": null, "identity": null, "card": null,
        "secureNote": {"type": 0}, "sshKey": null, "favorite": false, "reprompt": 0, "organizationUseTotp": false,
        "edit": true, "permissions": null, "viewPassword": true, "localData": null,
        "attachments": [{
            "id": "file", "url": null, "size": buffer.len().to_string(), "sizeName": "some", "fileName": file_text,
            "key": key_text,
        }],
        "fields": null, "passwordHistory": null, "creationDate": date, "deletedDate": null, "revisionDate": date,
        "archivedDate": null, "data": null,
    });
    let view = client.call("vault.ciphers.decrypt", json!([cipher]))?;
    let attachment = view.at("attachments")?.get(0).ok_or_else(|| format!("no attachment: {view}"))?;
    same("file name", attachment.at("fileName")?.text()?, file)?;
    let found = client.call("vault.attachments.decrypt_buffer", json!([cipher, attachment, bytes(&buffer)]))?;
    same("contents", found.bytes()?, body)
}
