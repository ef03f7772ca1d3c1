//! `show`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::command::{Ran, demo, demos, names_in, open, program, run};
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

fn field(backup: &Path, name: &str) -> Ran {
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
        "strongroom: 2 custom fields of the item are called that\n  \
         `--field field:NAME#1` is the first of them, `field:NAME#2` the last\n"
    );
    let ran = field(&backup, "username").ended(5);
    assert_eq!(ran.stdout, "");
    assert_eq!(
        ran.stderr,
        "strongroom: the item has no such value\n  \
         it has: name, password, notes; custom fields (field:NAME): 3\n"
    );
}

#[test]
fn a_name_that_several_items_have_is_answered_with_a_command_for_each() {
    let password = demo("password.txt");
    for demo in demos() {
        let ran = open("show", &demo, &["Item 1", "--field", "password"]).ended(1);
        assert_eq!(ran.stdout, "");
        let show = |position_and_id: &str| {
            let (demo, password) = (demo.display(), password.display());
            format!("  strongroom show {demo} {position_and_id} --field password --password-file {password}\n")
        };
        assert_eq!(
            ran.stderr,
            "strongroom: 2 items are meant\n  each of these commands shows one:\n".to_owned()
                + &show("--position 1 --id 5c28ec8f-7cbf-49d9-af6b-acff261b669f")
                + &show("--position 2 --id c965ea97-e4c5-4317-ad68-353d459bb7cc")
        );
    }
}

/// Runs each line of advice that is a command, as a person would who pastes it into a shell.
fn pasted(stderr: &str) -> Vec<String> {
    let folder = Path::new(program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let commands = stderr.lines().filter(|line| line.starts_with("  strongroom show "));
    let run = |line: &str| {
        let mut shell = Command::new("bash");
        Ran::of(shell.args(["-c", line]).env("PATH", &path).stdin(Stdio::null()).output().unwrap()).fine()
    };
    commands.map(run).collect()
}

/// Of CSV, which has no ids, nothing else reaches two items of one name.
#[test]
fn twins_without_ids_are_reached() {
    let directory = tempdir().unwrap();
    let csv = "type,name,login_uri,login_username,login_password\n\
               login,Google,https://google.example,a@x,pw-one\n\
               note,Google,,,\n\
               login,Google,https://accounts.google.example,b@x,pw-two\n";
    // A shell takes none of it for its own.
    for name in ["dup.csv", "it's $(touch x) `x` *.csv", "a\u{1b}[31m\n\u{202e}b.csv", "-b.csv", "日本.csv"] {
        let backup = file(directory.path(), name, csv);
        let plain = |further: &[&str]| {
            let words = ["show".as_ref(), "-q".as_ref(), backup.as_os_str()].into_iter();
            run(words.chain(further.iter().map(AsRef::as_ref)))
        };
        let field = |further: &[&str]| plain(&[further, &["--field", "password"]].concat()).fine();
        assert_eq!(field(&["Google", "--user", "b@"]), "pw-two\n");
        assert_eq!(field(&["google", "--uri", "ACCOUNTS."]), "pw-two\n");
        assert_eq!(field(&["--position", "1"]), "pw-one\n");
        assert_eq!(field(&["--name", "Google", "--user", "a@x"]), "pw-one\n");
        let ran = plain(&["Google", "--uri", "google", "--field", "password"]).ended(1);
        assert_eq!(ran.stdout, "");
        assert!(!ran.stderr.contains("Google"), "a name is plaintext: {}", ran.stderr);
        assert_eq!(pasted(&ran.stderr), ["pw-one\n", "pw-two\n"], "{}", ran.stderr);
        assert_eq!(names_in(directory.path()), [name], "nothing else was run");
        std::fs::remove_file(backup).unwrap();
    }
}

#[test]
fn a_hostile_id_is_spelled_to_no_shell() {
    let items = [
        r#"{"id": "1; touch x", "type": 2, "name": "twin", "notes": "one"}"#,
        r#"{"id": "\u001b[2J", "type": 2, "name": "twin", "notes": "two"}"#,
        r#"{"id": "c-3", "type": 2, "name": "twin", "notes": "three"}"#,
    ];
    let (_directory, backup) = forged(&items);
    let ran = open("show", &backup, &["TWIN", "--field", "notes"]).ended(1);
    assert!(
        ran.stderr.contains(" --position 3 --id c-3 ") && ran.stderr.matches("--id").count() == 1,
        "{}",
        ran.stderr
    );
    assert_eq!(pasted(&ran.stderr), ["one\n", "two\n", "three\n"]);
}

/// A vault can hold any number of items of one name.
#[test]
fn many_of_one_name_are_counted() {
    let items = vec![r#"{"type": 2, "name": "x"}"#; 150];
    let (_directory, backup) = forged(&items);
    let ran = open("show", &backup, &["x"]).ended(1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[102]), (103, "strongroom: 150 items are meant", "  and 50 more"));
    open("show", &backup, &["--position", "150"]).fine();
}

#[test]
fn an_address_that_nothing_has_is_told() {
    let (_directory, backup) = forged(&[r#"{"id": "1", "type": 2, "name": "a"}"#, "5"]);
    let advice = "  `strongroom list` tells the names and positions, with --json the ids too\n";
    for (address, message) in [
        (&["b"][..], "no item that can be read has that id or name"),
        (&[""], "no item that can be read has that id or name"),
        (&["--position", "3"], "no item that can be read is all that was asked for"),
        (&["--position", "99999999999"], "no item that can be read is all that was asked for"),
        (&["a", "--user", "b"], "no item that can be read is all that was asked for"),
    ] {
        let ran = open("show", &backup, address).ended(5);
        assert_eq!((ran.stdout.as_str(), ran.stderr), ("", format!("strongroom: {message}\n{advice}")), "{address:?}");
    }
    let ran = open("show", &backup, &["--position", "2"]).ended(4);
    assert_eq!(ran.stderr, "strongroom: items[1] cannot be read: items[1]: expected an object\n");
    for address in [&[][..], &["--user", "x"], &["--position", "0"], &["a", "--uri", ""], &["a", "b"]] {
        assert_eq!(open("show", &backup, address).ended(2).stdout, "", "{address:?}");
    }
}

const VALUES: &str = r#"{"id": "1", "type": 1, "name": "Name", "folderId": "f1", "notes": "n",
    "login": {"username": "u", "password": "p", "totp": "JBSW", "uris": [{"uri": "https://a"}, {"uri": null}, {"uri": "https://b", "match": 3}]},
    "fields": [
        {"name": "Password", "value": "custom", "type": 0}, {"name": "a", "value": "a1", "type": 1},
        {"name": "a", "value": "a2", "type": 0}, {"name": "a#2", "value": "a#2", "type": 0}, {"name": "a#b", "value": "ab", "type": 0},
        {"name": "history:1", "value": "h", "type": 0}, {"name": "", "value": "empty", "type": 0}, {"value": "none", "type": 0},
        {"name": "pin", "value": "7", "type": 1}, {"name": "name", "value": "not this", "type": 0},
        {"name": "Ä", "value": "umlaut", "type": 0}, {"name": "field:x", "value": "fx", "type": 0}],
    "passwordHistory": [{"password": "old1", "lastUsedDate": "2024"}, {"password": "old2"}]}"#;

#[test]
fn every_value_has_a_name() {
    let (_directory, backup) = forged(&[VALUES]);
    for (name, value) in [
        ("password", "p"),
        ("PASSWORD", "p"),
        // The member goes first, whatever the case; `field:` reaches the other.
        ("Password", "p"),
        ("field:Password", "custom"),
        ("totp", "JBSW"),
        ("Name", "Name"),
        ("name", "Name"),
        ("field:name", "not this"),
        ("folder", "Wörk"),
        ("notes", "n"),
        ("uri", "https://a"),
        ("uri:1", "https://a"),
        ("URI:3", "https://b"),
        ("match", "exact"),
        ("history:1", "old1"),
        ("history:2", "old2"),
        ("field:history:1", "h"),
        ("field:field:x", "fx"),
        ("pin", "7"),
        ("field:pin", "7"),
        ("field:pin#1", "7"),
        ("Ä", "umlaut"),
        ("field:a#1", "a1"),
        // A name to the letter goes before a number; the number can be spelled in another way.
        ("field:a#2", "a#2"),
        ("field:a#02", "a2"),
        ("field:a#2#1", "a#2"),
        ("field:a#b", "ab"),
        ("field:#1", "empty"),
        ("field:#2", "none"),
    ] {
        assert_eq!(open("show", &backup, &["1", "--field", name]).fine(), format!("{value}\n"), "{name}");
    }
}

#[test]
fn a_value_that_is_not_there_is_told() {
    let (_directory, backup) = forged(&[VALUES]);
    let list = "  it has: name, folder, username, password, totp, uri, match, notes; custom fields (field:NAME): 12; \
                addresses (uri:N): 2; former passwords (history:N): 2\n";
    let missing = |name: &str| {
        let ran = open("show", &backup, &["1", "--field", name]).ended(5);
        assert_eq!(ran.stdout, "");
        let advice = ran.stderr.strip_prefix("strongroom: the item has no such value\n").unwrap().to_owned();
        advice.strip_suffix(list).unwrap().to_owned()
    };
    for name in
        ["history:3", "uri:2", "uri:4", "uri:99999999999999999999", "field:a#0", "field:a#3", "field:b", "field:pin#2"]
    {
        assert_eq!(missing(name), "", "{name}");
    }
    // Custom fields match to the letter, and none is suggested: their names are plaintext.
    for name in ["PIN", "ä", "field:PIN", "pinn", "a#1", "qqqq", " "] {
        assert_eq!(missing(name), "", "{name}");
    }
    assert_eq!(missing("pasword"), "  did you mean `password`?\n");
    assert_eq!(missing("user"), "  did you mean `username`?\n");
    assert_eq!(missing("url"), "  did you mean `uri`?\n");
    assert_eq!(missing("note"), "  did you mean `notes`?\n");
    assert_eq!(missing("OTP"), "  did you mean `totp`?\n");
    for name in ["a", "field:a", "field:"] {
        let ran = open("show", &backup, &["1", "--field", name]).ended(1);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("2 custom fields of the item are called that"), "{name}");
    }
    for name in ["history:0", "history:", "history:x", "uri:0", "uri:-1", "uri:1:1"] {
        let ran = open("show", &backup, &["1", "--field", name]).ended(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(":` takes a number from 1; `field:"), "{}", ran.stderr);
    }
}

/// A number counts what is there. Where an element of the list cannot be read, that is not beyond doubt.
#[test]
fn numbers_of_a_list_that_is_odd_are_odd() {
    let items = [
        r#"{"id": "1", "type": 1, "name": "x", "login": {"uris": [5, {"uri": "https://b"}, {"uri": {"hunter2": 1}}]},
            "fields": [{"name": {"hunter2": 1}, "value": "v"}, {"name": "f", "value": {"hunter2": 1}}, {"name": "l", "type": 3, "linkedId": 101}],
            "passwordHistory": [{"password": {"hunter2": 1}}, "old"]}"#,
        r#"{"id": "2", "type": 1, "name": "y", "login": "hunter2", "fields": [{"name": "password", "value": "another"}]}"#,
        r#"{"id": "3", "type": 1, "name": 5, "folderId": {"hunter2": 1}, "login": {"password": {"hunter2": 1}},
            "fields": [{"name": "l", "type": 3, "linkedId": 101}]}"#,
    ];
    let (_directory, backup) = forged(&items);
    let field = |id: &str, name: &str| {
        let ran = open("show", &backup, &[id, "--field", name]).ended(4);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        (ran.stdout, ran.stderr.lines().next().unwrap().to_owned())
    };
    assert_eq!(field("1", "uri:1").0, "https://b\n");
    for (id, name, place) in [
        ("1", "uri:2", "items[0].login.uris[2].uri: expected text"),
        ("1", "uri:3", "items[0].login.uris[0]: expected an object"),
        ("1", "f", "items[0].fields[1].value: expected text"),
        ("1", "field:f", "items[0].fields[1].value: expected text"),
        // The field without a readable name may be the one.
        ("1", "g", "items[0].fields[0].name: expected text"),
        ("1", "field:g", "items[0].fields[0].name: expected text"),
        ("1", "history:1", "items[0].passwordHistory[0].password: expected text"),
        ("2", "username", "items[1].login: expected an object"),
        ("2", "uri:1", "items[1].login: expected an object"),
        ("3", "folder", "items[2].folderId: expected text"),
        ("3", "password", "items[2].login.password: expected text"),
        ("3", "l", "items[2].login.password: expected text"),
    ] {
        let (stdout, first) = field(id, name);
        assert_eq!((stdout.as_str(), first), ("", format!("strongroom: the value cannot be read: {place}")), "{name}");
    }
    assert_eq!(field("1", "history:2").0, "old\n");
    assert_eq!(field("2", "password").0, "another\n", "that the login cannot be read is said");
    assert_eq!(field("3", "name").0, "5\n");
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
        "strongroom: no item has that id or name\n  \
         `strongroom list` tells the names and positions, with --json the ids too\n"
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
    let several = user("twin").ended(1).stderr;
    assert!(several.starts_with("strongroom: 2 items are meant\n"), "{several}");
    assert!(several.contains("--position 1 --id 1 ") && several.contains("--position 2 --id 2 "), "{several}");
    assert_eq!(user("--position=3").ended(4).stderr, message);
}
