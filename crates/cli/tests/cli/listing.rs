//! `list`.

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::command::{demos, open};
use crate::forge::{export_of, file, sealed};

const TABLE: &str = "\
#  TYPE         NAME    USER          FOLDER  URI
1  login        Item 1  alice                 https://example.com/login
2  login        Item 1  alice                 https://example.com/login
3  secure note  Item 2
4  card         Item 3  Alice A
5  identity     Item 4  Ms Alice B C
6  SSH key      Item 5
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
            "file": demo, "id": "5c28ec8f-7cbf-49d9-af6b-acff261b669f", "position": 1, "type": "login", "name": "Item 1",
            "user": "alice", "folder": null, "collections": [], "uris": uris, "favorite": false, "archivedDate": null,
            "deletedDate": null,
        });
        assert_eq!(listed["items"][0], first);
        let note = json!({
            "file": demo, "id": "6ef46d42-7d08-4a30-9388-27a39d4c1210", "position": 3, "type": "secureNote",
            "name": "Item 2", "user": null, "folder": null, "collections": [], "uris": [], "favorite": false,
            "archivedDate": null, "deletedDate": null,
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
fn the_table_lines_up_for_every_type_and_script() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&ITEMS).as_bytes()));
    let table = "\
#  TYPE              NAME     USER             FOLDER  URI
1  login             Ärger    bob@example.com  Wörk    https://one.example
2  card              Karte    Carla
3  bank account      Bank     Dora
4  driver's license  Licence  Eva F
5  passport          Pass     Gina H
6  type 42           日本
";
    assert_eq!(open("list", &backup, &[]).fine(), table);
}

/// A script asks by the exit code whether anything is there.
#[test]
fn no_match_is_told_by_the_exit_code() {
    let ran = open("list", &demos()[0], &["--uri", "no such thing"]).ended(5);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "strongroom: no item matches\n"));
    let ran = open("list", &demos()[0], &["--uri", "no such thing", "--quiet"]).ended(5);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = open("list", &demos()[0], &["--uri", "no such thing", "--json"]).ended(5);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["items"], json!([]));
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&[]).as_bytes()));
    let ran = open("list", &backup, &[]).ended(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "strongroom: the backup holds no items\n"));
    open("list", &backup, &["--uri", "x"]).ended(5);
    // Nothing matched goes before something unreadable.
    let backup = file(directory.path(), "b.json", sealed(export_of(&["5"]).as_bytes()));
    let ran = open("list", &backup, &[]).ended(4);
    assert!(ran.stderr.starts_with("strongroom: no item of the backup can be read\n"), "{}", ran.stderr);
    let ran = open("list", &backup, &["--uri", "x"]).ended(5);
    assert!(ran.stderr.starts_with("strongroom: no item that can be read matches\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("items[0] cannot be read"), "{}", ran.stderr);
}

#[test]
fn an_organizations_collections_stand_for_folders() {
    let directory = tempdir().unwrap();
    let export = r#"{"encrypted": false, "collections": [{"id": "c1", "name": "One"}, {"id": "c2", "name": "Two"}],
        "items": [{"id": "1", "type": 2, "name": "n", "collectionIds": ["c2", "gone", "c1"]}]}"#;
    let backup = file(directory.path(), "b.json", sealed(export.as_bytes()));
    let table = "#  TYPE         NAME  USER  FOLDER    URI\n1  secure note  n           Two, One\n";
    assert_eq!(open("list", &backup, &[]).fine(), table);
}

const STATES: [&str; 5] = [
    r#"{"id": "1", "type": 2, "name": "there", "favorite": true}"#,
    r#"{"id": "2", "type": 2, "name": "thrown away", "deletedDate": "2024-01-30T17:55:36.150Z"}"#,
    r#"{"id": "3", "type": 5, "name": "put away", "archivedDate": "2024-02-01T00:00:00Z", "folderId": "f1"}"#,
    r#""hunter2""#,
    r#"{"id": "5", "type": 1, "name": "both", "archivedDate": "2024-02-01T00:00:00Z", "deletedDate": "2024-03-01T00:00:00Z"}"#,
];

/// Exports hold what clients hide: who restores one has to see which items those are.
#[test]
fn trash_and_archive_are_marked() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&STATES).as_bytes()));
    let table = "\
#  TYPE                    NAME         USER  FOLDER  URI
1  secure note             there
2  secure note (trash)     thrown away
3  SSH key (archive)       put away           Wörk
5  login (trash, archive)  both
";
    let said = "strongroom: items[3] cannot be read: items[3]: expected an object\n";
    let ran = open("list", &backup, &[]).ended(4);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (table, said));
    let listed: Value = serde_json::from_str(&open("list", &backup, &["--json"]).ended(4).stdout).unwrap();
    let dates: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|item| (&item["archivedDate"], &item["deletedDate"])).collect();
    let (archived, deleted) = (json!("2024-02-01T00:00:00Z"), json!("2024-01-30T17:55:36.150Z"));
    assert_eq!(
        dates,
        [
            (&Value::Null, &Value::Null),
            (&Value::Null, &deleted),
            (&archived, &Value::Null),
            (&archived, &json!("2024-03-01T00:00:00Z")),
        ]
    );
}

#[test]
fn filters_leave_the_positions() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&STATES).as_bytes()));
    let positions = |filters: &[&str], code: i32| {
        let ran = open("list", &backup, &[&["--json"], filters].concat()).ended(code);
        let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
        let items = listed["items"].as_array().unwrap();
        items.iter().map(|item| item["position"].to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(positions(&[], 4), "1 2 3 5");
    assert_eq!(positions(&["--trash"], 4), "2 5");
    assert_eq!(positions(&["--archive"], 4), "3 5");
    assert_eq!(positions(&["--favorites"], 4), "1");
    assert_eq!(positions(&["--type", "login", "--type", "ssh-key"], 4), "3 5");
    assert_eq!(positions(&["--folder", "wör"], 4), "3");
    assert_eq!(positions(&["--type", "secureNote", "--trash"], 4), "2");
    assert_eq!(positions(&["--favorites", "--trash"], 5), "");
    assert_eq!(positions(&["--uri", "x"], 5), "");
    let ran = open("list", &backup, &["--type", "passport"]).ended(5);
    assert!(ran.stderr.starts_with("strongroom: no item that can be read matches\n"), "{}", ran.stderr);
}

#[test]
fn an_unknown_type_is_answered_with_the_known_ones() {
    let ran = open("list", &demos()[0], &["--type", "logins"]).ended(2);
    assert_eq!(ran.stdout, "");
    let list = "login, secureNote, card, identity, sshKey, bankAccount, driversLicense, passport";
    assert!(ran.stderr.contains(&format!("'logins' for '--type <TYPE>': the types are {list}")), "{}", ran.stderr);
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
    assert_eq!(table.lines().last().unwrap(), "5000  login  Item 4999  u4999");
    assert_eq!(open("show", &backup, &["Item 4321", "--field", "password"]).fine(), "p4321\n");
}
