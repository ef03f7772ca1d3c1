//! Exports of vaults.

use serde_json::{Value, json};
use strongroom::{ExposeSecret, Kdf, passwords::NewKdf};
use strongroom_vault::{EncryptedExport, Export, ExportFile, Limits};

use crate::{
    bench::{Bench, refused, same},
    matrix::{Direction, Row},
    node::{Answer, Outcome, bytes},
};

pub(crate) fn rows() -> Vec<Row> {
    const EXPORT: &[&str] = &["ExporterClient.export_vault", "CiphersClient.encrypt", "FoldersClient.encrypt"];
    const PARTS: &[&str] = &["PureCrypto.derive_kdf_material", "PureCrypto.symmetric_decrypt_string"];
    let (theirs, ours) = (Direction::Theirs, Direction::Ours);
    vec![
        Row::live("export, plain JSON", theirs, EXPORT, plain),
        Row::not_offered("export, plain JSON", ours, "the SDK imports no JSON export"),
        Row::live("export, protected by a password", theirs, EXPORT, protected),
        // It imports none, so it opens ours by its parts: the key, then both texts.
        Row::live("export, protected by a password", ours, PARTS, protected_by_us),
        Row::live("export, CSV", theirs, EXPORT, csv),
        Row::not_offered("export, CSV", ours, "the SDK imports no CSV export"),
        Row::not_offered("export of an organisation, plain JSON", theirs, "their function ends in a trap"),
    ]
}

const DATE: &str = "2026-01-30T17:55:36.150Z";

/// What goes into an item, and is looked for in the export.
struct Login {
    name: String,
    username: String,
    password: String,
    uri: String,
    notes: String,
}

impl Login {
    fn new(b: &Bench<'_>) -> Login {
        let word = || b.chance.word();
        Login {
            name: word(),
            username: word(),
            password: word(),
            uri: format!("https://{}/", b.chance.uuid()),
            notes: word(),
        }
    }

    fn view(&self, b: &Bench<'_>, folder: &str) -> Value {
        json!({
            "id": b.chance.uuid(), "organizationId": null, "folderId": folder, "collectionIds": [], "key": null,
            "name": self.name, "notes": self.notes, "type": 1,
            "login": {
                "username": self.username, "password": self.password, "passwordRevisionDate": DATE, "totp": null,
                "uris": [{"uri": self.uri, "match": 3, "uriChecksum": null}], "autofillOnPageLoad": null,
                "fido2Credentials": null,
            },
            "favorite": true, "reprompt": 0, "organizationUseTotp": false, "edit": true, "permissions": null,
            "viewPassword": true, "localData": null, "attachments": null, "fields": [], "passwordHistory": [],
            "creationDate": DATE, "deletedDate": null, "revisionDate": DATE, "archivedDate": null,
        })
    }

    fn found_in(&self, export: &Export, folder: &str) -> Outcome<()> {
        same("unreadable", export.unreadable().count(), 0)?;
        let item = export.items().find(|item| item.name() == Some(&self.name)).ok_or("no such item")?;
        let login = item.login().ok_or("no login")?;
        same("user name", login.username(), Some(self.username.as_str()))?;
        same("password", login.password().map(|text| text.expose_secret()), Some(self.password.as_str()))?;
        same("notes", item.notes().map(|text| text.expose_secret()), Some(self.notes.as_str()))?;
        same("addresses", login.uris().iter().filter_map(|uri| uri.uri()).collect::<Vec<_>>(), [self.uri.as_str()])?;
        let named = item.folder_id().and_then(|id| export.folder(id));
        let named = named.as_ref().and_then(|folder| folder.name());
        same("folder", named, Some(folder))
    }
}

/// Three items in a folder, exported by them.
fn exported(b: &Bench<'_>, format: &Value) -> Outcome<(Vec<Login>, String, String)> {
    let (logins, name, [file]) = exported_as(b, std::array::from_ref(format))?;
    Ok((logins, name, file))
}

fn exported_as<const N: usize>(b: &Bench<'_>, formats: &[Value; N]) -> Outcome<(Vec<Login>, String, [String; N])> {
    let (logins, name, id) = ([(); 3].map(|()| Login::new(b)), b.chance.word(), b.chance.uuid());
    let (_, client) = b.v1_client()?;
    let folder = json!({"id": id, "name": name, "revisionDate": DATE});
    let folder = client.call("vault.folders.encrypt", json!([folder]))?;
    let mut ciphers = Vec::new();
    for login in &logins {
        let sealed = client.call("vault.ciphers.encrypt", json!([login.view(b, &id)]))?;
        ciphers.push(sealed.at("cipher")?.clone());
    }
    let mut files = [const { String::new() }; N];
    for (format, file) in formats.iter().zip(&mut files) {
        *file = client.call("exporters.export_vault", json!([[folder], ciphers, format]))?.text()?;
    }
    Ok((logins.into(), name, files))
}

fn plain(b: &Bench<'_>) -> Outcome<()> {
    let (logins, folder, file) = exported(b, &json!("Json"))?;
    let ExportFile::Plain(export) = ExportFile::parse(file.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    same("items", export.items().count(), logins.len())?;
    logins.iter().try_for_each(|login| login.found_in(&export, &folder))?;
    same("written again", export.expose_json().as_str(), file.as_str())
}

/// What we write of their JSON is what they write of the vault.
fn csv(b: &Bench<'_>) -> Outcome<()> {
    let (logins, folder, [csv, json]) = exported_as(b, &[json!("Csv"), json!("Json")])?;
    let ExportFile::Csv(export) = ExportFile::parse(csv.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    same("items", export.items().count(), logins.len())?;
    logins.iter().try_for_each(|login| login.found_in(&export, &folder))?;
    same("written again", export.expose_csv().0.as_str(), csv.as_str())?;
    same("made of the JSON", Export::parse(&json)?.expose_csv().0.as_str(), csv.as_str())
}

fn protected(b: &Bench<'_>) -> Outcome<()> {
    let password = b.chance.word();
    let (logins, folder, file) = exported(b, &json!({"EncryptedJson": {"password": password}}))?;
    let ExportFile::PasswordProtected(sealed) = ExportFile::parse(file.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    same("written again", sealed.to_json().as_str(), file.as_str())?;
    let open = |password: &str| -> Outcome<_> { Ok(sealed.open(&b.store, &b.store.secret_text(password)?)?) };
    let export = open(&password)?;
    same("items", export.items().count(), logins.len())?;
    logins.iter().try_for_each(|login| login.found_in(&export, &folder))?;
    refused("another password", open(&format!("{password}x")))
}

fn protected_by_us(b: &Bench<'_>) -> Outcome<()> {
    let password = b.chance.word();
    let (_, _, plain) = exported(b, &json!("Json"))?;
    let ExportFile::Plain(export) = ExportFile::parse(plain.as_bytes(), &Limits::default())? else {
        return Err("another kind of export".into());
    };
    let (kdf, theirs) = if b.case.is_multiple_of(2) {
        (Kdf::pbkdf2(5_000)?, json!({"pBKDF2": {"iterations": 5000}}))
    } else {
        (Kdf::argon2id(2, 16, 1)?, json!({"argon2id": {"iterations": 2, "memory": 16, "parallelism": 1}}))
    };
    let sealed = EncryptedExport::seal(&export, &b.store, &b.store.secret_text(&password)?, NewKdf::even_if_weak(kdf))?;
    let file: Value = serde_json::from_str(&sealed.to_json())?;
    let salt = file.at("salt")?.text()?;
    let material = b.call("PureCrypto.derive_kdf_material", json!([bytes(&password), bytes(&salt), theirs]))?;
    let stretch = |info: &str| b.node.third("hkdfExpand", json!([material, info]));
    let key = bytes([stretch("enc")?, stretch("mac")?].concat());
    let open = |member: &str| b.call("PureCrypto.symmetric_decrypt_string", json!([file.at(member)?, key]))?.text();
    same("length of the validation", open("encKeyValidation_DO_NOT_EDIT")?.len(), 36)?;
    same("export", open("data")?, plain)
}
