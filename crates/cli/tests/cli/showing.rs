//! `show`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::command::{demo, demos, open};
use crate::forge::{export_of, file, sealed};

const CARD: &str = "3ebcda92-03de-4000-a9ff-ee2f2afb6699";

#[test]
fn a_card_is_shown_with_its_secrets_masked() {
    let page = "\
Name               Item 3
Type               card
Id                 3ebcda92-03de-4000-a9ff-ee2f2afb6699
Cardholder         Alice A
Brand              Visa
Number             ********
Expiry month       4
Expiry year        2030
Security code      ********
Notes              ********
Custom fields
  f1               v1
  hid              ********
  bool             true
Former passwords
  Former password  ********
  Last used        2024-01-30T17:55:36.150Z
Created            2024-01-30T17:55:36.150Z
Changed            2024-01-30T17:55:36.150Z
";
    let revealed = page
        .replace("Number             ********", "Number             4111111111111111")
        .replace("Security code      ********", "Security code      123")
        .replace("Notes              ********", "Notes              notes ✓")
        .replace("hid              ********", "hid              secret")
        .replace("password  ********", "password  old1");
    for demo in demos() {
        assert_eq!(open("show", &demo, &["Item 3"]).fine(), page);
        assert_eq!(open("show", &demo, &[CARD]).fine(), page);
        assert_eq!(open("show", &demo, &[&CARD.to_uppercase()]).fine(), page);
        assert_eq!(open("show", &demo, &["item 3"]).fine(), page);
        assert_eq!(open("show", &demo, &["Item 3", "--reveal"]).fine(), revealed);
    }
}

/// The values of an item as the plain export has them, by the names that `--json` gives: without looking at the
/// program.
fn expected_values(item: &Value) -> Vec<(String, String, String)> {
    let mut values = Vec::new();
    let mut text = |section: &str, name: &str, value: &Value| match value {
        Value::String(text) if !text.is_empty() => values.push((section.to_owned(), name.to_owned(), text.clone())),
        _ => {}
    };
    for kind in ["login", "secureNote", "card", "identity", "sshKey"] {
        for (name, value) in item[kind].as_object().into_iter().flatten() {
            text("body", name, value);
        }
    }
    for uri in item["login"]["uris"].as_array().into_iter().flatten() {
        text("uri", "uri", &uri["uri"]);
        if uri["match"] == 3 {
            text("uri", "match", &json!("exact"));
        }
    }
    for passkey in item["login"]["fido2Credentials"].as_array().into_iter().flatten() {
        passkey.as_object().unwrap().iter().for_each(|(name, value)| text("passkey", name, value));
    }
    text("notes", "notes", &item["notes"]);
    for field in item["fields"].as_array().into_iter().flatten() {
        let linked = (field["linkedId"] == 100).then(|| item["login"]["username"].clone());
        text("field", field["name"].as_str().unwrap(), &linked.unwrap_or_else(|| field["value"].clone()));
    }
    for former in item["passwordHistory"].as_array().into_iter().flatten() {
        former.as_object().unwrap().iter().for_each(|(name, value)| text("passwordHistory", name, value));
    }
    values.sort();
    values
}

#[test]
fn every_value_of_every_item_is_what_the_plain_twin_holds() {
    let twin: Value = serde_json::from_slice(&std::fs::read(demo("export-plain.json")).unwrap()).unwrap();
    let mut compared = 0;
    for demo in demos() {
        for item in twin["items"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            let shown: Value = serde_json::from_str(&open("show", &demo, &[id, "--json", "--reveal"]).fine()).unwrap();
            for name in ["id", "name", "favorite", "creationDate", "revisionDate", "deletedDate"] {
                assert_eq!(shown[name], item[name], "{id}: {name}");
            }
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let mut values: Vec<_> = shown["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| (text(&entry["section"]), text(&entry["name"]), text(&entry["value"])))
                .collect();
            values.sort();
            assert_eq!(values, expected_values(item), "{id}");
            compared += values.len();
        }
    }
    // So that an empty comparison does not pass: counted by hand.
    assert!(compared > 150, "{compared}");
}

#[test]
fn json_masks_what_the_page_masks() {
    let masked: Value = serde_json::from_str(&open("show", &demos()[0], &["Item 3", "--json"]).fine()).unwrap();
    let entries = masked["entries"].as_array().unwrap();
    let number = json!({
        "section": "body", "index": null, "name": "number", "label": "Number", "secret": true, "odd": false, "value": null,
        "linked": null,
    });
    assert!(entries.contains(&number), "{entries:?}");
    assert!(entries.iter().all(|entry| entry["value"].is_null() == entry["secret"].as_bool().unwrap()));
    let secrets: Vec<&str> =
        entries.iter().filter(|entry| entry["secret"] == true).map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(secrets, ["number", "code", "notes", "hid", "password"]);
}

const LOGIN: &str = "c965ea97-e4c5-4317-ad68-353d459bb7cc";

#[test]
fn a_field_is_printed_alone() {
    for demo in demos() {
        let value = |item: &str, field: &str| open("show", &demo, &[item, "--field", field]).fine();
        assert_eq!(value(LOGIN, "username"), "alice\n");
        assert_eq!(value(LOGIN, "password"), "p4ss\n");
        assert_eq!(value(LOGIN, "totp"), "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP\n");
        assert_eq!(value(LOGIN, "notes"), "notes ✓\n");
        assert_eq!(value(LOGIN, "uri"), "https://example.com/login\n", "the first");
        assert_eq!(value(LOGIN, "hid"), "secret\n", "a custom field");
        assert_eq!(value("Item 3", "number"), "4111111111111111\n");
        assert_eq!(value("5c28ec8f-7cbf-49d9-af6b-acff261b669f", "lnk"), "alice\n", "a linked field");
    }
}

fn forged(items: &[&str]) -> (TempDir, PathBuf) {
    let directory = tempdir().unwrap();
    let path = file(directory.path(), "b.json", sealed(export_of(items).as_bytes()));
    (directory, path)
}

fn field(backup: &Path, name: &str) -> crate::command::Ran {
    open("show", backup, &["x", "--field", name])
}

#[test]
fn a_field_keeps_its_bytes() {
    let item = r#"{"id": "1", "type": 1, "name": "x", "notes": "two\r\nlines\n", "login": {"password": "\u001b[2J\u0000 \u202e\t"},
        "fields": [{"name": "a", "value": "1", "type": 0}, {"name": "a", "value": "2", "type": 0}, {"name": "e", "value": null, "type": 0}]}"#;
    let (_directory, backup) = forged(&[item]);
    assert_eq!(field(&backup, "password").fine(), "\u{1b}[2J\0 \u{202e}\t\n");
    assert_eq!(field(&backup, "notes").fine(), "two\r\nlines\n\n");
    assert_eq!(field(&backup, "e").fine(), "\n", "an empty custom field");
    let ran = field(&backup, "a").ended(1);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "strongroom: 2 custom fields of the item are called that\n  `strongroom show --json --reveal` tells them apart\n"
    );
    let ran = field(&backup, "username").ended(5);
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, "strongroom: the item has no such value\n  it has: password, notes; custom fields: 3\n");
}

#[test]
fn a_name_that_several_items_have_is_refused_with_their_ids() {
    for demo in demos() {
        let ran = open("show", &demo, &["Item 1", "--field", "password"]).ended(1);
        assert_eq!(ran.stdout, "");
        assert_eq!(
            ran.stderr,
            "strongroom: 2 items are called that\n  name one by its id:\n  \
             5c28ec8f-7cbf-49d9-af6b-acff261b669f (login)\n  c965ea97-e4c5-4317-ad68-353d459bb7cc (login)\n"
        );
    }
}

#[test]
fn an_exact_name_goes_before_a_like_one() {
    let items = [
        r#"{"id": "1", "type": 1, "name": "mail", "login": {"username": "one"}}"#,
        r#"{"id": "2", "type": 1, "name": "Mail", "login": {"username": "two"}}"#,
        r#"{"id": "3", "type": 1, "name": "2", "login": {"username": "three"}}"#,
    ];
    let (_directory, backup) = forged(&items);
    let user = |item: &str| open("show", &backup, &[item, "--field", "username"]);
    assert_eq!(user("mail").fine(), "one\n");
    assert_eq!(user("Mail").fine(), "two\n");
    assert_eq!(user("2").fine(), "two\n", "an id goes before a name");
    user("MAIL").ended(1);
    let ran = user("no such item").ended(5);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "strongroom: no item has that id or name\n  `strongroom list` tells the names, with --json the ids too\n"
    );
}

#[test]
fn an_unreadable_item_is_not_passed_over() {
    let items = [
        r#"{"id": "1", "type": 1, "name": "twin", "login": {"username": "one"}}"#,
        r#"{"id": "2", "type": "login", "name": "twin"}"#,
        r#"{"id": "3", "type": "login", "name": "alone"}"#,
        r#"{"id": "4", "type": 1, "name": "good", "login": {"username": "four"}}"#,
    ];
    let (_directory, backup) = forged(&items);
    let user = |item: &str| open("show", &backup, &[item, "--field", "username"]);
    assert_eq!(user("good").fine(), "four\n");
    assert_eq!(user("1").fine(), "one\n");
    let message = "strongroom: items[2] (id 3) cannot be read: items[2].type: expected a whole number\n";
    assert_eq!(user("alone").ended(4).stderr, message);
    assert_eq!(user("3").ended(4).stderr, message);
    assert_eq!(
        user("twin").ended(1).stderr,
        "strongroom: 2 items are called that\n  name one by its id:\n  1 (login)\n  2 (unreadable)\n"
    );
}
