//! `decrypt`: the plain export is what the plain twin holds, and nothing is lost on the way.

use std::fs;

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::command::{demo, demos, open, run};
use crate::forge::{file, sealed};

#[test]
fn both_demos_give_the_plain_twin_to_the_byte() {
    let twin = fs::read_to_string(demo("export-plain.json")).unwrap();
    let directory = tempdir().unwrap();
    for (number, demo) in demos().iter().enumerate() {
        assert!(open("decrypt", demo, &[]).fine() == twin, "standard output");
        assert!(open("decrypt", demo, &["-o", "-"]).fine() == twin, "standard output by name");
        let out = directory.path().join(number.to_string());
        assert_eq!(open("decrypt", demo, &["-o", out.to_str().unwrap()]).fine(), "");
        assert!(fs::read_to_string(out).unwrap() == twin, "a file");
    }
    let plain = demo("export-plain.json");
    assert!(run(["decrypt".as_ref(), plain.as_os_str()]).fine_of_plain(&plain) == twin, "not encrypted");
}

/// Adds an unknown member to every object, each with another value; tells how many.
fn inject(value: &mut Value, count: &mut usize) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|member| inject(member, count));
            *count += 1;
            let strange = match *count % 4 {
                0 => json!(null),
                1 => json!({"nested": [*count, {"deep": true}], "type": 1}),
                2 => json!(format!("\u{1b}[31m\u{9b}\u{202e} {count} ✓")),
                _ => json!([-0.5, 1e300, "", {}]),
            };
            // In front and behind, by the order in which the map keeps them.
            members.insert(format!("!{count}"), strange.clone());
            members.insert(format!("~ unknown {count}"), strange);
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| inject(element, count)),
        _ => {}
    }
}

#[test]
fn unknown_members_at_every_level_come_back() {
    let mut twin: Value = serde_json::from_slice(&fs::read(demo("export-plain.json")).unwrap()).unwrap();
    let mut count = 0;
    inject(&mut twin, &mut count);
    assert!(count > 30, "{count} objects");
    let directory = tempdir().unwrap();
    let text = serde_json::to_string_pretty(&twin).unwrap();
    let backup = file(directory.path(), "b.json", sealed(text.as_bytes()));
    let out = open("decrypt", &backup, &[]).fine();
    assert!(serde_json::from_str::<Value>(&out).unwrap() == twin, "every member has its value");
    assert!(out == text, "and its place and spelling");
    // What is known is shown as if nothing had been added.
    assert_eq!(open("show", &backup, &["Item 3", "--field", "number"]).fine(), "4111111111111111\n");
    assert_eq!(open("list", &backup, &[]).fine().lines().count(), 7);
}

#[test]
fn spellings_that_a_parser_would_lose_come_back() {
    let item = r#"{"type": 1, "id": "1", "name": "n", "big": 123456789012345678901234567890.10, "exp": 1E400, "neg": -0, "a": 1, "a": 2, "login": {"password": null, "totp": "", "uris": []}}"#;
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(crate::forge::export_of(&[item]).as_bytes()));
    let out = open("decrypt", &backup, &[]).fine();
    for piece in [
        "123456789012345678901234567890.10",
        "1E400",
        ": -0,",
        "\"a\": 1,",
        "\"a\": 2,",
        "\"totp\": \"\"",
        "\"uris\": []",
    ] {
        assert!(out.contains(piece), "{piece}: {out}");
    }
}

#[test]
fn an_unreadable_item_is_written_back_too() {
    let items =
        [r#"{"id": "1", "type": 2, "name": "good"}"#, r#"{"id": "2", "type": true, "name": "bad", "x": [1, 2]}"#];
    let text = crate::forge::export_of(&items);
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(text.as_bytes()));
    let out = directory.path().join("out.json");
    let ran = open("decrypt", &backup, &["-o", out.to_str().unwrap()]).ended(4);
    assert_eq!(ran.stderr, "strongroom: items[1] (id 2) cannot be read: items[1].type: expected a whole number\n");
    let written: Value = serde_json::from_slice(&fs::read(out).unwrap()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(&text).unwrap());
}
