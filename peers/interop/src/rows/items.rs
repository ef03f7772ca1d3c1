//! Items as the server keeps them, field by field: which members are encrypted, theirs say; each opens here, and each
//! that is encrypted here opens there.

use serde_json::{Map, Value, json};
use strongroom::{EncString, ExposeSecret, KeyUses, Symmetric};

use crate::{
    bench::{Bench, Ctx, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, base64, bytes},
    rows::V1,
};

/// A kind of item: its number, its member, the texts in it, of which those that end in `Date` or `OfBirth` are dates.
pub(crate) struct Kind(u8, &'static str, &'static str);

/// All kinds. Secure notes have no texts of their own.
pub(crate) static KINDS: [Kind; 8] = [
    Kind(1, "login", "username password"),
    Kind(2, "secureNote", ""),
    Kind(3, "card", "cardholderName expMonth expYear code brand number"),
    Kind(
        4,
        "identity",
        "title firstName middleName lastName address1 address2 address3 city state postalCode country company email phone \
         ssn username passportNumber licenseNumber",
    ),
    Kind(5, "sshKey", "privateKey publicKey fingerprint"),
    Kind(
        6,
        "bankAccount",
        "bankName nameOnAccount accountType accountNumber routingNumber branchNumber pin swiftCode iban bankContactPhone",
    ),
    Kind(
        7,
        "driversLicense",
        "firstName middleName lastName dateOfBirth licenseNumber issuingCountry issuingState issueDate expirationDate \
         issuingAuthority licenseClass",
    ),
    Kind(
        8,
        "passport",
        "surname givenName dateOfBirth sex birthPlace nationality issuingCountry passportNumber passportType \
         nationalIdentificationNumber issuingAuthority issueDate expirationDate",
    ),
];

impl Kind {
    /// The member that holds what only this kind has.
    pub(crate) fn member(&self) -> &'static str {
        self.1
    }
}

const DATE: &str = "2026-01-30T17:55:36.150Z";

pub(crate) fn rows() -> Vec<Row> {
    const ENCRYPT: &[&str] = &["CiphersClient.encrypt", "CiphersClient.decrypt"];
    const LIST: &[&str] = &["CiphersClient.encrypt_list"];
    const DECRYPT: &[&str] = &[
        "CiphersClient.decrypt",
        "CiphersClient.decrypt_list_full_with_failures",
        "CiphersClient.decrypt_list",
        "CiphersClient.decrypt_list_with_failures",
    ];
    const ROTATE: &[&str] = &["CiphersClient.encrypt_cipher_for_rotation"];
    const SHARE: &[&str] = &["CiphersClient.move_to_organization", "CryptoClient.initialize_org_crypto"];
    const PASSKEY: &[&str] = &["CiphersClient.set_fido2_credentials"];
    let (theirs, ours, each) = (Direction::Theirs, Direction::Ours, KINDS.len());
    vec![
        Row::live("item of each of eight kinds, every encrypted field", theirs, ENCRYPT, fields_theirs).times(each),
        Row::live("item of each of eight kinds, every encrypted field", ours, DECRYPT, fields_ours).times(each),
        Row::live("items in a list", theirs, LIST, list_theirs),
        Row::live("item with a key of its own", theirs, ROTATE, rotated_theirs).times(each),
        Row::live("item of an organisation", theirs, SHARE, shared_theirs),
        Row::live("passkey of an item", theirs, PASSKEY, |b| passkey(b, false)),
        Row::live("passkey of an item", ours, PASSKEY, |b| passkey(b, true)),
    ]
}

/// An item of a kind with words of this case in every field.
pub(crate) fn view(b: &Bench<'_>, kind: &Kind) -> Value {
    let &Kind(number, member, texts) = kind;
    let word = || Value::from(b.chance.word());
    let text = |name: &str| {
        let date = name.ends_with("Date") || name.ends_with("OfBirth");
        if date {
            json!(format!("{}-0{}-1{}", 1950 + b.chance.below(90), 1 + b.chance.below(9), b.chance.below(10)))
        } else {
            word()
        }
    };
    let mut own: Map<String, Value> = texts.split_whitespace().map(|name| (name.to_owned(), text(name))).collect();
    if member == "login" {
        let uris =
            [1, 2].map(|_| json!({"uri": format!("https://{}/", b.chance.uuid()), "match": 3, "uriChecksum": null}));
        own.extend([
            ("totp".to_owned(), word()),
            ("passwordRevisionDate".to_owned(), json!(DATE)),
            ("uris".to_owned(), json!(uris)),
            ("autofillOnPageLoad".to_owned(), json!(true)),
            ("fido2Credentials".to_owned(), Value::Null),
        ]);
    }
    if member == "secureNote" {
        own.insert("type".to_owned(), json!(0));
    }
    let mut view = json!({
        "id": b.chance.uuid(), "organizationId": null, "folderId": b.chance.uuid(), "collectionIds": [], "key": null,
        "name": word(), "notes": word(), "type": number, "login": null, "identity": null, "card": null,
        "secureNote": null, "sshKey": null, "bankAccount": null, "driversLicense": null, "passport": null,
        "favorite": true, "reprompt": 1, "organizationUseTotp": false, "edit": true, "permissions": null,
        "viewPassword": true, "localData": null, "attachments": null,
        "fields": [
            {"name": word(), "value": word(), "type": 0, "linkedId": null},
            {"name": word(), "value": word(), "type": 1, "linkedId": null},
        ],
        "passwordHistory": [{"password": word(), "lastUsedDate": DATE}],
        "creationDate": DATE, "deletedDate": null, "revisionDate": DATE, "archivedDate": null,
    });
    if let Some(members) = view.as_object_mut() {
        members.insert(member.to_owned(), Value::Object(own));
    }
    view
}

/// Calls `visit` with every encrypted text of an item but its key, and the path to it.
fn visit(value: &mut Value, path: &str, visit_one: &mut dyn FnMut(&str, &mut String) -> Outcome<()>) -> Outcome<()> {
    match value {
        Value::String(text) if path != ".key" && text.parse::<EncString>().is_ok() => visit_one(path, text),
        Value::Array(list) => {
            list.iter_mut().enumerate().try_for_each(|(at, value)| visit(value, &format!("{path}.{at}"), visit_one))
        }
        Value::Object(members) => {
            members.iter_mut().try_for_each(|(name, value)| visit(value, &format!("{path}.{name}"), visit_one))
        }
        _ => Ok(()),
    }
}

/// The key of an item's fields: its own, or its parent.
fn content_key<'c>(ctx: &Ctx<'c>, parent: &[u8], cipher: &Value) -> Outcome<strongroom::Key<'c, Symmetric>> {
    let parent = take(ctx, parent)?;
    match cipher.get("key").and_then(Value::as_str) {
        Some(key) => Ok(ctx.unwrap_key(parent, &key.parse()?, KeyUses::CONTENTS_AND_KEYS)?),
        None => Ok(parent),
    }
}

/// Every encrypted text opens to what stands in the view at the same path; a checksum to that of its address. How many.
fn opens(b: &Bench<'_>, parent: &[u8], cipher: &Value, view: &Value) -> Outcome<usize> {
    let (mut cipher, mut count) = (cipher.clone(), 0);
    let mut found = Vec::new();
    b.store.try_context(|ctx| {
        let key = content_key(ctx, parent, &cipher)?;
        visit(&mut cipher, "", &mut |path, text| {
            found.push((path.to_owned(), ctx.decrypt_text(key, &text.parse()?)?.expose_secret().to_owned()));
            Ok(())
        })
    })?;
    for (path, text) in found {
        let expected = |path: &str| view.pointer(&path.replace('.', "/")).and_then(Value::as_str).map(str::to_owned);
        if let Some(uri) = path.strip_suffix("Checksum") {
            let uri = expected(uri).ok_or("no address")?;
            same(&path, text, base64(b.node.third("sha256", json!([bytes(uri)]))?))?;
        } else {
            same(&path, Some(text), expected(&path))?;
        }
        count += 1;
    }
    Ok(count)
}

/// Encrypted texts in an item of a kind with two fields and one old password.
fn expected_texts(kind: &Kind) -> usize {
    // Name, notes, two custom fields of two texts, one password; a login has a TOTP and two addresses with checksums.
    2 + 4 + 1 + kind.2.split_whitespace().count() + if kind.1 == "login" { 5 } else { 0 }
}

/// The kinds by turns.
pub(crate) fn kind(b: &Bench<'_>) -> &'static Kind {
    KINDS.get(b.case % KINDS.len()).unwrap_or(&KINDS[0])
}

fn fields_theirs(b: &Bench<'_>) -> Outcome<()> {
    let ((user, client), kind) = (b.v1_client()?, kind(b));
    let view = view(b, kind);
    let cipher = client.call("vault.ciphers.encrypt", json!([view]))?.at("cipher")?.clone();
    same("encrypted texts", opens(b, &user, &cipher, &view)?, expected_texts(kind))?;
    let opened = client.call("vault.ciphers.decrypt", json!([cipher]))?;
    same("name, by them", opened.at("name")?, view.at("name")?)
}

/// Theirs, with every text encrypted anew under a new key of the item: they open it to the same.
fn ours<'n>(b: &Bench<'n>, user: &[u8], client: &Client<'n>, cipher: &Value) -> Outcome<()> {
    let mut expected = client.call("vault.ciphers.decrypt", json!([cipher]))?;
    let mut cipher = cipher.clone();
    b.store.try_context(|ctx| -> Outcome<()> {
        let (old, new) = (content_key(ctx, user, &cipher)?, ctx.generate_with(V1, KeyUses::CONTENTS_AND_KEYS)?);
        visit(&mut cipher, "", &mut |_, text| {
            let plain = ctx.decrypt_text(old, &text.parse()?)?;
            *text = ctx.encrypt_text(new, plain.expose_secret())?.to_string();
            Ok(())
        })?;
        let user = take(ctx, user)?;
        let wrapped = ctx.wrap_key(user, new)?.to_string();
        cipher.as_object_mut().ok_or("no item")?.insert("key".to_owned(), json!(wrapped));
        Ok(())
    })?;
    let mut found = client.call("vault.ciphers.decrypt", json!([cipher]))?;
    for view in [&mut expected, &mut found] {
        // A new key was the point.
        view.as_object_mut().ok_or("no item")?.remove("key");
    }
    same("item", &found, &expected)?;
    let all = client.call("vault.ciphers.decrypt_list_full_with_failures", json!([[cipher]]))?;
    same("failures", all.at("failures")?, &json!([]))?;
    for function in ["vault.ciphers.decrypt_list", "vault.ciphers.decrypt_list_with_failures"] {
        let list = client.call(function, json!([[cipher]]))?;
        let list = list.get("successes").unwrap_or(&list);
        same(function, list.get(0).ok_or("an empty list")?.at("name")?, expected.at("name")?)?;
    }
    Ok(())
}

fn fields_ours(b: &Bench<'_>) -> Outcome<()> {
    let (user, client) = b.v1_client()?;
    let cipher = client.call("vault.ciphers.encrypt", json!([view(b, kind(b))]))?.at("cipher")?.clone();
    ours(b, &user, &client, &cipher)
}

fn list_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, client) = b.v1_client()?;
    let views: Vec<Value> = KINDS.iter().map(|kind| view(b, kind)).collect();
    let sealed = client.call("vault.ciphers.encrypt_list", json!([views]))?;
    for ((at, kind), view) in KINDS.iter().enumerate().zip(&views) {
        let cipher = sealed.get(at).ok_or("a shorter list")?.at("cipher")?;
        same("encrypted texts", opens(b, &user, cipher, view)?, expected_texts(kind))?;
    }
    Ok(())
}

/// Encrypted for a new user key, as a rotation does; it comes to a key of its own.
fn rotated_theirs(b: &Bench<'_>) -> Outcome<()> {
    let ((_, client), kind, new) = (b.v1_client()?, kind(b), b.any_key(V1)?);
    let view = view(b, kind);
    let sealed = client.call("vault.ciphers.encrypt_cipher_for_rotation", json!([view, base64(&new)]))?;
    let cipher = sealed.at("cipher")?;
    same("encrypted texts", opens(b, &new, cipher, &view)?, expected_texts(kind))
}

/// The user's client moves an item to an organisation and encrypts it for that.
fn shared_theirs(b: &Bench<'_>) -> Outcome<()> {
    let (user, key, id, kind) = (b.any_key(V1)?, b.any_key(V1)?, b.chance.uuid(), kind(b));
    let (pkcs8, spki) = b.our_pair()?;
    let private = b.call("PureCrypto.wrap_decapsulation_key", json!([bytes(&pkcs8), bytes(&user)]))?;
    let shared = b.call("PureCrypto.encapsulate_key_unsigned", json!([bytes(&key), bytes(&spki)]))?;
    let method = json!({"decryptedKey": {"decrypted_user_key": base64(&user)}});
    let client = b.unlock(&b.chance.email(), &json!({"V1": {"private_key": private}}), &method)?;
    client.call("crypto.initialize_org_crypto", json!([{"organizationKeys": {"$map": [[id, shared]]}}]))?;
    let view = view(b, kind);
    let moved = client.call("vault.ciphers.move_to_organization", json!([view, id]))?;
    let cipher = client.call("vault.ciphers.encrypt", json!([moved]))?.at("cipher")?.clone();
    same("organisation", cipher.at("organizationId")?.text()?, id)?;
    same("encrypted texts", opens(b, &key, &cipher, &view)?, expected_texts(kind))
}

fn passkey(b: &Bench<'_>, back: bool) -> Outcome<()> {
    let ((user, client), kind) = (b.v1_client()?, &KINDS[0]);
    let word = || b.chance.word();
    let key = json!({
        "credentialId": b.chance.uuid(), "keyType": "public-key", "keyAlgorithm": "ECDSA", "keyCurve": "P-256",
        "keyValue": base64(b.chance.bytes(138)), "rpId": "example.com", "userHandle": word(), "userName": word(),
        "counter": b.chance.below(1000).to_string(), "rpName": word(), "userDisplayName": word(),
        "discoverable": "true", "creationDate": DATE,
    });
    let mut view = view(b, kind);
    let with = client.call("vault.ciphers.set_fido2_credentials", json!([view, [key]]))?;
    let cipher = client.call("vault.ciphers.encrypt", json!([with]))?.at("cipher")?.clone();
    if back {
        return ours(b, &user, &client, &cipher);
    }
    view.pointer_mut("/login")
        .and_then(Value::as_object_mut)
        .ok_or("no login")?
        .insert("fido2Credentials".into(), json!([key]));
    same("encrypted texts", opens(b, &user, &cipher, &view)?, expected_texts(kind) + 12)
}
