//! Makes encrypted exports of any content, with the password of the demo.

use std::fs;
use std::path::{Path, PathBuf};

use strongroom::{
    Kdf, KeyStore, KeyUses,
    names::Text,
    passwords::{KdfLimits, KdfSettings},
};
use strongroom_vault::{Export, ExportFile, Limits};

pub(crate) const PASSWORD: &str = "export password";
const SALT: &str = "m99qjyDkHfyIYfYMDpOSWg==";

/// An encrypted export whose payload is authentic and otherwise whatever it is.
pub(crate) fn sealed(payload: &[u8]) -> String {
    sealed_with(PASSWORD, payload)
}

pub(crate) fn sealed_with(password: &str, payload: &[u8]) -> String {
    let store = KeyStore::<Text>::open().unwrap();
    let password = store.secret_text(password).unwrap();
    // The fewest iterations that are accepted.
    let kdf = Kdf::within(KdfSettings::Pbkdf2 { iterations: 5_000 }, &KdfLimits::default()).unwrap();
    let (validation, data) = store.try_context(|ctx| {
        let key = ctx.derive_from_password(&password, &kdf, SALT.as_bytes(), KeyUses::CONTENTS_AND_KEYS).unwrap();
        let validation = ctx.encrypt_text(key, "5c28ec8f-7cbf-49d9-af6b-acff261b669f").unwrap();
        (validation, ctx.encrypt_bytes(key, payload).unwrap())
    });
    format!(
        r#"{{
  "encrypted": true,
  "passwordProtected": true,
  "salt": "{SALT}",
  "kdfType": 0,
  "kdfIterations": 5000,
  "kdfMemory": null,
  "kdfParallelism": null,
  "encKeyValidation_DO_NOT_EDIT": "{validation}",
  "data": "{data}"
}}"#
    )
}

/// Opens an export as the command does.
pub(crate) fn opened(bytes: &[u8]) -> Export {
    let ExportFile::PasswordProtected(encrypted) = ExportFile::parse(bytes, &Limits::default()).unwrap() else {
        panic!("an export of another kind");
    };
    let store = KeyStore::<Text>::open().unwrap();
    encrypted.open(&store, &store.secret_text(PASSWORD).unwrap()).unwrap()
}

/// A plain export of these items, each a JSON text.
pub(crate) fn export_of(items: &[&str]) -> String {
    format!(r#"{{"encrypted": false, "folders": [{{"id": "f1", "name": "Wörk"}}], "items": [{}]}}"#, items.join(", "))
}

/// Writes a file and tells its path.
pub(crate) fn file(directory: &Path, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, contents).unwrap();
    path
}
