//! The flags of an export and the members that go with them: files put together from several, and files that say one
//! thing and hold another. Each opens as what it is, or is refused with an error that says why.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use strongroom::{
    KeyStore,
    passwords::{KdfLimits, KdfSettings, NewKdf},
};
use strongroom_vault::{
    Contradiction, EncryptedExport, Export, ExportFile, HeaderError, Limits, OpenError, PlainError, ReadError,
};

const VALIDATION: &str = "encKeyValidation_DO_NOT_EDIT";
const PLAIN: &str = r#"{"encrypted": false, "folders": [], "items": []}"#;

/// What came of a file.
#[derive(Debug, PartialEq)]
enum Was {
    Plain,
    Opened,
    NotOpened(OpenError),
    Refused(ReadError),
}

/// Few rounds, so that a table of files takes no time.
fn limits() -> Limits {
    Limits { kdf: KdfLimits { min_pbkdf2_iterations: 1, ..KdfLimits::default() }, ..Limits::default() }
}

fn open(store: &KeyStore, json: &str) -> Was {
    match ExportFile::parse(json.as_bytes(), &limits()) {
        Ok(ExportFile::Plain(_)) => Was::Plain,
        Ok(ExportFile::PasswordProtected(file)) => match file.open(store, &store.secret_text("x").unwrap()) {
            Ok(_) => Was::Opened,
            Err(error) => Was::NotOpened(error),
        },
        Ok(other) => panic!("{other:?}"),
        Err(error) => Was::Refused(error),
    }
}

fn sealed(store: &KeyStore) -> String {
    let kdf = strongroom::Kdf::within(KdfSettings::Pbkdf2 { iterations: 5 }, &limits().kdf).unwrap();
    let export = Export::parse(PLAIN).unwrap();
    EncryptedExport::seal(&export, store, &store.secret_text("x").unwrap(), NewKdf::even_if_weak(kdf))
        .unwrap()
        .to_json()
}

fn text<'j>(json: &'j str, name: &str) -> &'j str {
    json.split_once(&format!("\"{name}\": \"")).unwrap().1.split_once('"').unwrap().0
}

/// Other first members in the place of the flag `encrypted`.
fn with(json: &str, members: &str) -> String {
    assert!(json.contains("\"encrypted\": true"));
    json.replacen("\"encrypted\": true", members, 1)
}

fn contradicts(contradiction: Contradiction) -> Was {
    Was::Refused(HeaderError::Contradiction(contradiction).into())
}

#[test]
fn exports_that_were_put_together_from_several() {
    let store = KeyStore::open().unwrap();
    let (one, other) = (sealed(&store), sealed(&store));
    let (validation, data) = (text(&one, VALIDATION), text(&one, "data"));
    let not_json = |was: Was, name: &str| {
        assert!(matches!(was, Was::NotOpened(OpenError::Payload(PlainError::Json(_)))), "{name}: {was:?}");
    };
    assert_eq!(open(&store, &one), Was::Opened, "the control");
    // Same key, same file: the validation says that the password is right, and is itself no export.
    not_json(open(&store, &one.replace(data, validation)), "data := validation");
    not_json(
        open(&store, &one.replace(validation, "@").replace(data, validation).replace('@', data)),
        "both exchanged",
    );
    assert_eq!(open(&store, &one.replace(validation, data)), Was::Opened, "validation := data");
    for (name, json, was) in [
        ("data of another", one.replace(data, text(&other, "data")), Was::NotOpened(OpenError::Tampered)),
        (
            "validation of another",
            one.replace(validation, text(&other, VALIDATION)),
            Was::NotOpened(OpenError::WrongPassword),
        ),
        (
            "more rounds",
            one.replace("\"kdfIterations\": 5,", "\"kdfIterations\": 6,"),
            Was::NotOpened(OpenError::WrongPassword),
        ),
        // Nothing tells that it was put in the place of an encrypted one.
        ("a plain one in its place", PLAIN.to_owned(), Was::Plain),
    ] {
        assert_ne!(json, one, "{name}");
        assert_eq!(open(&store, &json), was, "{name}");
    }
}

#[test]
fn what_contradicts_is_refused() {
    use Contradiction::{EncryptedInPlain, NotProtected, OutsideData, ProtectedInPlain};
    let store = KeyStore::open().unwrap();
    let one = sealed(&store);
    let unprotected = |flag: &str| one.replacen("\"passwordProtected\": true", flag, 1);
    let in_plain = |member: &str| format!("{{{member}, \"items\": []}}");
    let data = EncryptedInPlain { member: "data" };
    let validation = EncryptedInPlain { member: VALIDATION };
    for (name, json, contradiction) in [
        ("false, with items", with(&one, r#""items": [], "encrypted": false"#), ProtectedInPlain),
        ("null, with items", with(&one, r#""items": [], "encrypted": null"#), ProtectedInPlain),
        ("absent, with items", with(&one, r#""items": []"#), ProtectedInPlain),
        ("false", with(&one, r#""encrypted": false"#), ProtectedInPlain),
        (
            "null, of the issue",
            r#"{"encrypted": null, "passwordProtected": true, "data": "2.AA==|AA==|AA==", "items": []}"#.to_owned(),
            ProtectedInPlain,
        ),
        ("plain and protected", in_plain(r#""encrypted": false, "passwordProtected": true"#), ProtectedInPlain),
        ("plain with data", in_plain(r#""encrypted": false, "data": "x""#), data),
        ("null with data", in_plain(r#""encrypted": null, "passwordProtected": false, "data": {}"#), data),
        ("no flag with data", in_plain(r#""data": "x""#), data),
        ("plain with data twice", in_plain(r#""data": null, "data": "x""#), data),
        ("account-restricted, its flag taken off", in_plain(&format!("\"{VALIDATION}\": \"2.x\"")), validation),
        ("protected, its flag false", unprotected(r#""passwordProtected": false"#), NotProtected { member: "data" }),
        ("protected, its flag null", unprotected(r#""passwordProtected": null"#), NotProtected { member: "data" }),
        ("protected, its flag gone", unprotected(r#""was": 1"#), NotProtected { member: "data" }),
        ("items too", with(&one, r#""encrypted": true, "items": []"#), OutsideData { member: "items" }),
        ("folders too", with(&one, r#""encrypted": true, "folders": [{}]"#), OutsideData { member: "folders" }),
        (
            "collections too",
            with(&one, r#""collections": 1, "encrypted": true"#),
            OutsideData { member: "collections" },
        ),
    ] {
        assert_eq!(open(&store, &json), contradicts(contradiction), "{name}");
        // As the contents of another export, too.
        match Export::parse(&json).unwrap_err() {
            PlainError::Contradiction(found) => assert_eq!(found, contradiction, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    for (contradiction, message) in [
        (ProtectedInPlain, "contradictory export: `passwordProtected` is true, but `encrypted` is not"),
        (data, "contradictory export: `encrypted` is not true, but `data` is there"),
        (NotProtected { member: "data" }, "contradictory export: `passwordProtected` is not true, but `data` is there"),
        (
            OutsideData { member: "items" },
            "contradictory export: `passwordProtected` is true, but `items` is there, outside the encrypted data",
        ),
    ] {
        assert_eq!(HeaderError::from(contradiction).to_string(), message);
        assert_eq!(PlainError::from(contradiction).to_string(), message);
    }
}

#[test]
fn flags_that_are_none() {
    let store = KeyStore::open().unwrap();
    let one = sealed(&store);
    for (json, message) in [
        (with(&one, r#""encrypted": "true""#), "damaged export: encrypted: expected true or false"),
        (with(&one, r#""encrypted": true, "encrypted": false"#), "damaged export: encrypted: stands there twice"),
        (
            with(&one, r#""encrypted": true, "passwordProtected": false"#),
            "damaged export: passwordProtected: stands there twice",
        ),
        (
            r#"{"items": [], "passwordProtected": "no"}"#.to_owned(),
            "damaged export: passwordProtected: expected true or false",
        ),
    ] {
        let Was::Refused(error) = open(&store, &json) else { panic!("{json}") };
        assert_eq!(error.to_string(), message);
    }
}

/// No flag is needed of a plain export, and none is lost that is there.
#[test]
fn plain_exports_open_with_and_without_flags() {
    for flags in [
        "",
        r#""encrypted": false,"#,
        r#""encrypted": null,"#,
        r#""passwordProtected": false,"#,
        r#""encrypted": false, "passwordProtected": null,"#,
        r#""encrypted": false, "data": null, "encKeyValidation_DO_NOT_EDIT": null,"#,
        r#""salt": "", "kdfType": 0,"#,
    ] {
        let json = format!("{{{flags} \"items\": []}}");
        let file = ExportFile::parse(json.as_bytes(), &Limits::default());
        let Ok(ExportFile::Plain(export)) = file else { panic!("{json}: {file:?}") };
        let without_space = |text: &str| text.replace(|c: char| c.is_ascii_whitespace(), "");
        assert_eq!(without_space(&export.expose_json()), without_space(&json));
    }
}
