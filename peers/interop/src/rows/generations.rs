//! What each generation of the exporter writes of a vault with every kind of item: JSON, CSV, and JSON protected by a
//! password. All of it is compared to the byte, and opens here.

use serde_json::{Map, Value, json};
use strongroom::ExposeSecret;
use strongroom_vault::{Export, ExportFile, Limits, SaltForm};

use crate::{
    bench::{Bench, refused, same, take},
    matrix::{Direction, Row},
    node::{Answer, Client, Outcome, Sdk, base64, bytes},
    rows::items::{self, Kind},
};

/// The kinds of items that were there before 2026. Whoever exports knows them.
const FIRST_KINDS: usize = 5;

/// The behaviour in which exporters differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exporter {
    /// The form of the salt that it derives the key with.
    pub(crate) salt: SaltForm,
    pub(crate) contents: Contents,
    pub(crate) later_kinds: LaterKinds,
}

/// The parts of an item that an exporter writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Contents {
    /// Neither passkeys nor old passwords. Dates have as many digits after the second as are needed: none, 3, 6 or 9.
    Poorer,
    /// Passkeys and old passwords too. Dates have 3 digits after the second.
    Whole,
}

/// How an exporter treats an item of a kind that came in 2026: bank account, driver's licence, passport.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LaterKinds {
    /// It exports nothing at all.
    Refused,
    /// It exports all others, and says nothing.
    LeftOut,
}

const FIRST: Exporter = Exporter { salt: SaltForm::Text, contents: Contents::Poorer, later_kinds: LaterKinds::Refused };

/// The pinned SDKs whose exporters differ in anything. Every version is run by `.ci/generations`.
const PINNED: [(Sdk, Exporter); 5] = [
    (Sdk::Current, NEWEST),
    (Sdk::Between, NEWEST),
    (Sdk::Older, FIRST),
    (Sdk::Decoding, Exporter { salt: SaltForm::Decoded, ..FIRST }),
    (Sdk::First, FIRST),
];
const NEWEST: Exporter = Exporter { salt: SaltForm::Text, contents: Contents::Whole, later_kinds: LaterKinds::LeftOut };

pub(crate) fn rows() -> Vec<Row> {
    let row = |&(sdk, exporter): &(Sdk, Exporter)| {
        let format = match exporter.salt {
            SaltForm::Decoded => "exports of items of every kind, the salt decoded",
            _ => "exports of items of every kind",
        };
        Row::live(format, Direction::Theirs, &["ExporterClient.export_vault"], pinned).of(sdk)
    };
    PINNED.iter().map(row).collect()
}

fn pinned(b: &Bench<'_>) -> Outcome<()> {
    let (_, expected) = PINNED.iter().find(|(sdk, _)| *sdk == b.sdk).ok_or("not pinned")?;
    same("exporter", observe(b)?, *expected)
}

/// A date, as it is given to them, and as both kinds of exporters write it.
const DATES: [(&str, &str, &str); 4] = [
    ("2026-01-30T17:55:36.150Z", "2026-01-30T17:55:36.150Z", "2026-01-30T17:55:36.150Z"),
    ("2026-01-30T17:55:36Z", "2026-01-30T17:55:36Z", "2026-01-30T17:55:36.000Z"),
    ("2025-06-01T01:02:03.123456Z", "2025-06-01T01:02:03.123456Z", "2025-06-01T01:02:03.123Z"),
    ("2025-06-01T01:02:03.1234567Z", "2025-06-01T01:02:03.123456700Z", "2025-06-01T01:02:03.123Z"),
];

/// A folder, and items as their owner sees them.
pub(crate) struct Vault {
    folder: Value,
    views: Vec<Value>,
}

/// The files of a vault.
pub(crate) struct Files {
    pub(crate) json: String,
    pub(crate) csv: String,
    pub(crate) protected: String,
}

/// Finds out what the exporter does with a random vault, and that all of it opens here.
pub(crate) fn observe(b: &Bench<'_>) -> Outcome<Exporter> {
    let kdf = if b.case.is_multiple_of(2) {
        json!({"pBKDF2": {"iterations": 5000}})
    } else {
        json!({"argon2id": {"iterations": 2, "memory": 16, "parallelism": 1}})
    };
    Ok(export(b, &Vault::random(b)?, &kdf, &b.chance.word())?.0)
}

/// Exports a vault of an account that derives its keys so.
pub(crate) fn export(b: &Bench<'_>, vault: &Vault, kdf: &Value, password: &str) -> Outcome<(Exporter, Files)> {
    let (user, client) = b.v1_client_with(kdf)?;
    let sealed = |view: &Value| sealed(b, &user, view);
    let ciphers = vault.views.iter().map(sealed).collect::<Outcome<Vec<_>>>()?;
    let folders = [sealed(&vault.folder)?];
    let export = |format: Value| -> Outcome<String> {
        client.call("exporters.export_vault", json!([folders, ciphers, format]))?.text()
    };

    let (json, csv) = (export(json!("Json"))?, export(json!("Csv"))?);
    let contents = contents(&json, vault)?;
    opens(&json, &csv, &vault.views)?;
    let protected = export(json!({"EncryptedJson": {"password": password}}))?;
    let salt = salt(b, &protected, password, &json)?;
    let later = items::KINDS.iter().skip(FIRST_KINDS).cycle().nth(b.case).ok_or("no later kind")?;
    let later_kinds = later_kinds(&client, &folders, &sealed(&items::view(b, later))?)?;
    Ok((Exporter { salt, contents, later_kinds }, Files { json, csv, protected }))
}

impl Vault {
    /// From a list of its folder and its items.
    pub(crate) fn parse(text: &str) -> Outcome<Vault> {
        let mut views: Vec<Value> = serde_json::from_str(text)?;
        let folder = if views.is_empty() { return Err("no folder".into()) } else { views.remove(0) };
        Ok(Vault { folder, views })
    }

    fn random(b: &Bench<'_>) -> Outcome<Vault> {
        let id = b.chance.uuid();
        let folder = json!({"id": id, "name": b.chance.word(), "revisionDate": DATES[0].0});
        Ok(Vault { folder, views: views(b, &id)? })
    }
}

/// An item of each kind, a passkey, an item in the trash, one in the archive, one with nothing in it.
fn views(b: &Bench<'_>, folder: &str) -> Outcome<Vec<Value>> {
    let date = |at: usize| DATES.iter().cycle().nth(b.case + at).map(|(given, ..)| *given);
    let word = || b.chance.word();
    let kinds = items::KINDS.iter().take(FIRST_KINDS);
    let login = &items::KINDS[0];
    let mut views: Vec<Value> = kinds.chain([login; 4]).map(|kind: &Kind| items::view(b, kind)).collect();
    for (at, view) in views.iter_mut().enumerate() {
        let members = view.as_object_mut().ok_or("no item")?;
        for (name, at) in [("creationDate", at), ("revisionDate", at + 1)] {
            members.insert(name.into(), json!(date(at)));
        }
        members.insert("folderId".into(), if at % 2 == 0 { json!(folder) } else { Value::Null });
        members.insert("favorite".into(), json!(at % 3 == 0));
        members.insert("reprompt".into(), json!(at % 2));
        members.insert("collectionIds".into(), json!([]));
        members.insert(
            "passwordHistory".into(),
            json!([
                {"password": word(), "lastUsedDate": date(at + 2)}, {"password": word(), "lastUsedDate": date(at + 3)},
            ]),
        );
        members.insert(
            "fields".into(),
            json!([
                {"name": word(), "value": word(), "type": 0, "linkedId": null},
                {"name": word(), "value": word(), "type": 1, "linkedId": null},
                {"name": word(), "value": "true", "type": 2, "linkedId": null},
                {"name": word(), "value": null, "type": 3, "linkedId": 100},
            ]),
        );
    }
    let set = |view: Option<&mut Value>, pointer: &str, value: Value| -> Outcome<()> {
        *view.and_then(|view| view.pointer_mut(pointer)).ok_or("no such member")? = value;
        Ok(())
    };
    let passkey = json!([{
        "credentialId": b.chance.uuid(), "keyType": "public-key", "keyAlgorithm": "ECDSA", "keyCurve": "P-256",
        "keyValue": base64(b.chance.bytes(138)), "rpId": "example.com", "userHandle": word(), "userName": word(),
        "counter": b.chance.below(1000).to_string(), "rpName": word(), "userDisplayName": word(),
        "discoverable": "true", "creationDate": date(0),
    }]);
    set(views.get_mut(FIRST_KINDS), "/login/fido2Credentials", passkey)?;
    set(views.get_mut(FIRST_KINDS + 1), "/deletedDate", json!(date(1)))?;
    set(views.get_mut(FIRST_KINDS + 2), "/archivedDate", json!(date(2)))?;
    let empty = views.get_mut(FIRST_KINDS + 3).ok_or("no such item")?;
    for pointer in ["/notes", "/fields", "/passwordHistory", "/login/username", "/login/password", "/login/totp"] {
        set(Some(empty), pointer, Value::Null)?;
    }
    set(Some(empty), "/login/uris", json!([]))?;
    Ok(views)
}

/// Encrypts every text of the item that official clients encrypt.
fn sealed(b: &Bench<'_>, user: &[u8], view: &Value) -> Outcome<Value> {
    let mut view = view.clone();
    checksums(b, &mut view)?;
    b.store.try_context(|ctx| {
        let key = take(ctx, user)?;
        seal(&mut view, "", &|text| Ok(ctx.encrypt_text(key, text)?.to_string()))
    })?;
    Ok(view)
}

/// Each address has a checksum, without which newer versions leave it out.
fn checksums(b: &Bench<'_>, view: &mut Value) -> Outcome<()> {
    for uri in view.pointer_mut("/login/uris").and_then(Value::as_array_mut).into_iter().flatten() {
        let hash = b.node.third("sha256", json!([bytes(uri.at("uri")?.text()?)]))?;
        uri.as_object_mut().ok_or("no address")?.insert("uriChecksum".into(), json!(base64(hash)));
    }
    Ok(())
}

fn seal(value: &mut Value, name: &str, with: &dyn Fn(&str) -> Outcome<String>) -> Outcome<()> {
    // What the server reads: ids, and the dates of the item itself, of its passkeys and of its old passwords.
    const CLEAR: [&str; 8] = [
        "id",
        "folderId",
        "creationDate",
        "revisionDate",
        "deletedDate",
        "archivedDate",
        "lastUsedDate",
        "passwordRevisionDate",
    ];
    match value {
        Value::String(text) if !CLEAR.contains(&name) => *text = with(text)?,
        Value::Array(list) => list.iter_mut().try_for_each(|value| seal(value, name, with))?,
        Value::Object(members) => members.iter_mut().try_for_each(|(name, value)| seal(value, name, with))?,
        _ => (),
    }
    Ok(())
}

/// Which of both their JSON is, to the byte.
fn contents(plain: &str, vault: &Vault) -> Outcome<Contents> {
    if plain == expected(vault, Contents::Poorer)? {
        return Ok(Contents::Poorer);
    }
    same("JSON", plain, expected(vault, Contents::Whole)?.as_str())?;
    Ok(Contents::Whole)
}

/// The JSON that they write of a vault: its members, their order, what is null and what is absent.
fn expected(vault: &Vault, contents: Contents) -> Outcome<String> {
    let Vault { folder, views } = vault;
    let items = views.iter().map(|view| expected_item(view, contents)).collect::<Outcome<Vec<_>>>()?;
    let folders = [json!({"id": folder.at("id")?, "name": folder.at("name")?})];
    Ok(serde_json::to_string_pretty(&json!({"encrypted": false, "folders": folders, "items": items}))?)
}

fn expected_item(view: &Value, contents: Contents) -> Outcome<Value> {
    let date = |value: &Value| {
        let known = |&(given, poorer, whole): &(&str, &str, &'static str)| {
            let written = if contents == Contents::Poorer { poorer } else { whole };
            (value.as_str() == Some(given)).then(|| json!(written))
        };
        DATES.iter().find_map(known).unwrap_or_else(|| value.clone())
    };
    let mut item = Map::new();
    let mut insert = |name: &str, value: Value| item.insert(name.to_owned(), value);
    insert("id", view.at("id")?.clone());
    insert("folderId", view.at("folderId")?.clone());
    insert("organizationId", Value::Null);
    insert("collectionIds", Value::Null);
    for name in ["name", "notes", "type"] {
        insert(name, view.at(name)?.clone());
    }
    let kind = items::KINDS.iter().find(|kind| view.get(kind.member()).is_some_and(Value::is_object));
    let member = kind.ok_or("no kind")?.member();
    let own = view.at(member)?;
    insert(
        member,
        match member {
            "login" => login(own, contents, &date)?,
            "card" => in_order(own, &["cardholderName", "expMonth", "expYear", "code", "brand", "number"])?,
            "sshKey" => json!({
                "privateKey": own.at("privateKey")?, "publicKey": own.at("publicKey")?,
                "keyFingerprint": own.at("fingerprint")?,
            }),
            _ => own.clone(),
        },
    );
    insert("favorite", view.at("favorite")?.clone());
    insert("reprompt", view.at("reprompt")?.clone());
    if view.at("fields")?.is_array() {
        insert("fields", view.at("fields")?.clone());
    }
    let old = match (contents, view.at("passwordHistory")?) {
        (Contents::Whole, Value::Array(old)) => {
            let entry = |old: &Value| -> Outcome<Value> {
                Ok(json!({"password": old.at("password")?, "lastUsedDate": date(old.at("lastUsedDate")?)}))
            };
            old.iter().map(entry).collect::<Outcome<Value>>()?
        }
        _ => Value::Null,
    };
    insert("passwordHistory", old);
    for name in ["revisionDate", "creationDate", "deletedDate"] {
        insert(name, date(view.at(name)?));
    }
    Ok(Value::Object(item))
}

fn login(own: &Value, contents: Contents, date: &dyn Fn(&Value) -> Value) -> Outcome<Value> {
    let uri = |uri: &Value| -> Outcome<Value> { in_order(uri, &["uri", "match"]) };
    let uris = own.at("uris")?.as_array().ok_or("no addresses")?.iter().map(uri).collect::<Outcome<Vec<_>>>()?;
    let mut passkeys = json!([]);
    if let (Contents::Whole, Value::Array(known)) = (contents, own.at("fido2Credentials")?) {
        passkeys = json!(known);
        for created in passkeys.as_array_mut().into_iter().flatten().filter_map(|one| one.get_mut("creationDate")) {
            *created = date(created);
        }
    }
    Ok(json!({
        "username": own.at("username")?, "password": own.at("password")?, "uris": uris, "totp": own.at("totp")?,
        "fido2Credentials": passkeys,
    }))
}

fn in_order(of: &Value, names: &[&str]) -> Outcome<Value> {
    let members = names.iter().map(|name| Ok(((*name).to_owned(), of.at(name)?.clone())));
    Ok(Value::Object(members.collect::<Outcome<_>>()?))
}

/// Both plain files open whole: nothing is unreadable, nothing odd, each secret is where it belongs. Both are written
/// again to the byte.
fn opens(plain: &str, csv: &str, views: &[Value]) -> Outcome<()> {
    let ExportFile::Plain(export) = ExportFile::parse(plain.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    whole(&export)?;
    same("items", export.items().count(), views.len())?;
    for (item, view) in export.items().zip(views) {
        let text = |pointer: &str| view.pointer(pointer).and_then(Value::as_str);
        let pairs = [
            ("name", item.name(), "/name"),
            ("notes", item.notes().map(|text| text.expose_secret()), "/notes"),
            ("user", item.login().and_then(|login| login.username()), "/login/username"),
            ("password", item.login().and_then(|l| l.password()).map(|p| p.expose_secret()), "/login/password"),
            ("card", item.kind.card().and_then(|card| card.number()).map(|p| p.expose_secret()), "/card/number"),
            (
                "key",
                item.kind.ssh_key().and_then(|key| key.private_key()).map(|p| p.expose_secret()),
                "/sshKey/privateKey",
            ),
            (
                "field",
                item.fields().get(1).and_then(|field| field.value()).map(|p| p.expose_secret()),
                "/fields/1/value",
            ),
        ];
        pairs.into_iter().try_for_each(|(what, found, pointer)| same(what, found, text(pointer)))?;
    }
    same("written again", export.expose_json().as_str(), plain)?;

    let ExportFile::Csv(read) = ExportFile::parse(csv.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    whole(&read)?;
    same("CSV written again", read.expose_csv().0.as_str(), csv)?;
    same("CSV made of the JSON", export.expose_csv().0.as_str(), csv)
}

fn whole(export: &Export) -> Outcome<()> {
    same("unreadable", export.unreadable().count(), 0)?;
    same("odd members", export.odd_members().count(), 0)
}

/// Returns the form of the salt of a protected export, and checks that the export opens to the plain one.
fn salt(b: &Bench<'_>, file: &str, password: &str, plain: &str) -> Outcome<SaltForm> {
    let ExportFile::PasswordProtected(sealed) = ExportFile::parse(file.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    same("protected, written again", sealed.to_json().as_str(), file)?;
    let open =
        |password: &str| -> Outcome<_> { Ok(sealed.open_with_salt_form(&b.store, &b.store.secret_text(password)?)?) };
    let (export, form) = open(password)?;
    same("opened", export.expose_json().as_str(), plain)?;
    refused("another password", open(&format!("{password}x")))?;
    Ok(form)
}

fn later_kinds(client: &Client<'_>, folders: &[Value], cipher: &Value) -> Outcome<LaterKinds> {
    match client.call("exporters.export_vault", json!([folders, [cipher], "Json"])) {
        Err(error) if error.to_string().contains("expected one of: 1, 2, 3, 4, 5") => Ok(LaterKinds::Refused),
        Err(error) => Err(error),
        Ok(text) => {
            same("items of later kinds", Export::parse(&text.text()?)?.items().count(), 0)?;
            Ok(LaterKinds::LeftOut)
        }
    }
}
