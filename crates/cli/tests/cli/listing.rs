//! `list`.

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::command::{demos, open};
use crate::forge::{export_of, file, sealed};

const TABLE: &str = "\
TYPE         NAME    USER          FOLDER  URI
login        Item 1  alice                 https://example.com/login
login        Item 1  alice                 https://example.com/login
secure note  Item 2
card         Item 3  Alice A
identity     Item 4  Ms Alice B C
SSH key      Item 5
";

#[test]
fn both_demos_are_listed() {
    for demo in demos() {
        assert_eq!(open("list", &demo, &[]).fine(), TABLE);
    }
}

#[test]
fn json_holds_what_the_table_does() {
    for demo in demos() {
        let listed: Value = serde_json::from_str(&open("list", &demo, &["--json"]).fine()).unwrap();
        assert_eq!(listed["unreadable"], json!([]));
        assert_eq!(listed["items"].as_array().unwrap().len(), 6);
        let uris = ["https://example.com/login", "https://vault.example.org"];
        let first = json!({
            "id": "5c28ec8f-7cbf-49d9-af6b-acff261b669f", "type": "login", "name": "Item 1", "user": "alice", "folder": null,
            "uris": uris, "favorite": false,
        });
        assert_eq!(listed["items"][0], first);
        let note = json!({
            "id": "6ef46d42-7d08-4a30-9388-27a39d4c1210", "type": "secureNote", "name": "Item 2", "user": null,
            "folder": null, "uris": [], "favorite": false,
        });
        assert_eq!(listed["items"][2], note);
    }
}

const ITEMS: [&str; 6] = [
    r#"{"id": "1", "type": 1, "name": "Ärger", "folderId": "f1", "notes": "hidden-note", "fields": [{"name": "hidden-field", "value": "x", "type": 0}],
        "login": {"username": "bob@example.com", "password": "hidden-password", "uris": [{"uri": "https://one.example"}, {"uri": "https://TWO.example"}]}}"#,
    r#"{"id": "2", "type": 3, "name": "Karte", "card": {"cardholderName": "Carla", "number": "4111"}}"#,
    r#"{"id": "3", "type": 6, "name": "Bank", "bankAccount": {"nameOnAccount": "Dora", "bankName": "B"}}"#,
    r#"{"id": "4", "type": 7, "name": "Licence", "driversLicense": {"firstName": "Eva", "lastName": "F"}}"#,
    r#"{"id": "5", "type": 8, "name": "Pass", "passport": {"givenName": "Gina", "surname": "H"}}"#,
    r#"{"id": "6", "type": 42, "name": "日本", "future": {"a": 1}}"#,
];

#[test]
fn a_query_searches_what_the_table_shows() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&ITEMS).as_bytes()));
    let ids = |query: &str| {
        let ran = open("list", &backup, &["--json", query]).fine();
        let listed: Value = serde_json::from_str(&ran).unwrap();
        let ids: Vec<String> =
            listed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        ids.join("")
    };
    assert_eq!(ids(""), "123456");
    assert_eq!(ids("ärger"), "1", "name");
    assert_eq!(ids("ÄRG"), "1", "name, in capitals");
    assert_eq!(ids("BOB@"), "1", "user");
    assert_eq!(ids("wörk"), "1", "folder");
    assert_eq!(ids("two.EXAMPLE"), "1", "the second address");
    assert_eq!(ids("bank account"), "3", "type");
    assert_eq!(ids("eva f"), "4", "name on a document");
    assert_eq!(ids("hidden"), "", "notes, fields and passwords are not searched");
    assert_eq!(ids("4111"), "", "nor are numbers of cards");
}

#[test]
fn the_table_lines_up_for_every_type_and_script() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&ITEMS).as_bytes()));
    let table = "\
TYPE              NAME     USER             FOLDER  URI
login             Ärger    bob@example.com  Wörk    https://one.example
card              Karte    Carla
bank account      Bank     Dora
driver's license  Licence  Eva F
passport          Pass     Gina H
type 42           日本
";
    assert_eq!(open("list", &backup, &[]).fine(), table);
}

#[test]
fn no_match_is_no_failure() {
    let ran = open("list", &demos()[0], &["no such thing"]).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "strongroom: no item matches\n"));
    assert_eq!(open("list", &demos()[0], &["no such thing", "--quiet"]).fine(), "");
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&[]).as_bytes()));
    let ran = open("list", &backup, &[]).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "strongroom: the backup holds no items\n"));
}

#[test]
fn an_organizations_collections_stand_for_folders() {
    let directory = tempdir().unwrap();
    let export = r#"{"encrypted": false, "collections": [{"id": "c1", "name": "One"}, {"id": "c2", "name": "Two"}],
        "items": [{"id": "1", "type": 2, "name": "n", "collectionIds": ["c2", "gone", "c1"]}]}"#;
    let backup = file(directory.path(), "b.json", sealed(export.as_bytes()));
    let table = "TYPE         NAME  USER  FOLDER    URI\nsecure note  n           Two, One\n";
    assert_eq!(open("list", &backup, &[]).fine(), table);
}

/// It says so on standard error: whoever expects an encrypted backup may have been given another file.
#[test]
fn a_plain_export_needs_no_password_and_is_named() {
    let plain = crate::command::demo("export-plain.json");
    let run = |further: &[&str]| {
        crate::command::run(["list".as_ref(), plain.as_os_str()].into_iter().chain(further.iter().map(AsRef::as_ref)))
    };
    assert_eq!(run(&[]).fine_of_plain(&plain), TABLE);
    assert_eq!(run(&["--quiet"]).fine(), TABLE);
    let json = run(&["--json"]).fine_of_plain(&plain);
    assert!(serde_json::from_str::<Value>(&json).is_ok() && !json.contains("not encrypted"), "{json}");
    // The control: of an encrypted one nothing is said.
    assert_eq!(open("list", &demos()[0], &[]).fine(), TABLE);
}

#[test]
fn a_vault_of_many_items_opens() {
    let directory = tempdir().unwrap();
    let items: Vec<String> = (0..5_000)
        .map(|n| {
            format!(
                r#"{{"id": "{n}", "type": 1, "name": "Item {n}", "notes": "{}", "login": {{"username": "u{n}", "password": "p{n}"}}}}"#,
                "x".repeat(200)
            )
        })
        .collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let backup = file(directory.path(), "b.json", sealed(export_of(&items).as_bytes()));
    let table = open("list", &backup, &[]).fine();
    assert_eq!(table.lines().count(), 5_001);
    assert_eq!(table.lines().last().unwrap(), "login  Item 4999  u4999");
    assert_eq!(open("show", &backup, &["Item 4321", "--field", "password"]).fine(), "p4321\n");
}
