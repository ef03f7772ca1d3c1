//! What `--json` prints is what `docs/output.schema.json` says, and keeps saying it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use tempfile::tempdir;

use crate::command::{crate_folder, demo, demos, open, opening, run, run_with_stdin};
use crate::forge::{export_of, file, sealed};

/// The members of each definition. A line may be added to; what is taken from it breaks the programs that read the
/// answers, and so takes another `format`.
const DOCUMENTED: [(&str, &str); 15] = [
    (
        "doctor",
        "format platform policy protection evidence refusals refusals_in_use mapping charged_at_touch probe_by_call \
         probe_by_file no_page secret_signal_stack usage machine keys locked handles contexts operations lines",
    ),
    ("doctorFile", "format file kind name reason details unreadable"),
    ("element", "list position id name"),
    ("entry", "section index name label secret odd value linked"),
    ("line", "topic state text advice"),
    ("list", "format items unreadable"),
    ("mapping", "name locked_kib flags"),
    ("operation", "kind in_use refused"),
    ("probe", "secret control"),
    ("refusal", "call errno"),
    ("row", "file id position type name user folder collections uris favorite archivedDate deletedDate"),
    ("search", "format items unreadable"),
    ("searchRow", "file id position type name user folder collections uris favorite archivedDate deletedDate found"),
    (
        "show",
        "format file id position type name folder collections favorite creationDate revisionDate archivedDate \
         deletedDate entries unreadable",
    ),
    ("unreadable", "file item member reason"),
];

fn schema() -> Value {
    let text = fs::read(crate_folder().join("../../docs/output.schema.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// A validator of one answer. A strict one refuses members that the schema does not name.
fn validator(answer: &str, strict: bool) -> Validator {
    let mut schema = schema();
    schema.as_object_mut().unwrap().remove("anyOf");
    schema["$ref"] = json!(format!("#/$defs/{answer}"));
    if strict {
        every_object(&mut schema, &mut |object| {
            if object.get("type") == Some(&json!("object")) && object.contains_key("properties") {
                object.insert("additionalProperties".to_owned(), json!(false));
            }
        });
    }
    jsonschema::validator_for(&schema).unwrap()
}

fn every_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|value| every_object(value, change));
        }
        Value::Array(array) => array.iter_mut().for_each(|value| every_object(value, change)),
        _ => {}
    }
}

/// Pointers to all members of all objects in a value.
fn members(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            let at = format!("{at}/{name}");
            members(value, &at, out);
            out.push(at);
        }),
        Value::Array(array) => {
            array.iter().enumerate().for_each(|(index, value)| members(value, &format!("{at}/{index}"), out));
        }
        _ => {}
    }
}

fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    value
}

/// Answers of every kind, each with what it was asked for.
fn answers(directory: &Path) -> Vec<(&'static str, Value)> {
    let odd = export_of(&[
        r#"{"id": "1", "type": 1, "name": "odd", "folderId": "f1", "favorite": 1, "collectionIds": [5],
            "login": {"username": 5, "password": {}, "uris": [{"uri": "https://a.example", "match": "x"}, 5],
                "fido2Credentials": [{"rpId": "a.example", "keyValue": "MIGH"}]},
            "fields": [{"name": "f", "value": "v", "type": 1}, {"name": "l", "type": 3, "linkedId": 100}],
            "passwordHistory": [{"password": "old"}], "deletedDate": "2024-01-30T17:55:36.150Z"}"#,
        "5",
        r#"{"id": 7, "name": "no type"}"#,
        r#"{"type": 42, "archivedDate": "2024-01-30T17:55:36.150Z"}"#,
    ]);
    let odd = odd.replace(r#""folders": ["#, r#""collections": 5, "folders": [5, {"id": "f2", "name": 7}, "#);
    let plain = file(directory, "plain odd.json", &odd);
    let odd = file(directory, "odd.json", sealed(odd.as_bytes()));
    let csv = file(directory, "b.csv", "type,name,login_username,login_password\nlogin,Mail,u,p\n,\"x,u,p\n");
    let list = file(directory, "items", r#"[{"type":1,"name":"Mail","login":{"username":"u"}}]"#);

    let mut answers = Vec::new();
    let mut add = |answer: &'static str, ran: crate::command::Ran| {
        assert!([0, 4, 5].contains(&ran.code), "{ran:?}");
        answers.push((answer, serde_json::from_str(&ran.stdout).unwrap()));
    };
    for backup in [&demos()[0], &demo("export-plain.json"), &odd, &plain, &csv, &list] {
        add("list", open("list", backup, &["--json"]));
        let doctor: [PathBuf; 3] = ["doctor".into(), backup.clone(), "--json".into()];
        add("doctorFile", run(doctor));
    }
    add("list", open("list", &odd, &["--json", "--uri", "nothing has this"]));
    for query in ["o", "nothing has this"] {
        let files: [PathBuf; 5] = ["search".into(), query.into(), plain.clone(), csv.clone(), "--json".into()];
        add("search", run(files));
    }
    let plain = fs::read(demo("export-plain.json")).unwrap();
    add("list", run_with_stdin(["list", "-", "--json"], &plain));
    add("doctorFile", run_with_stdin(["doctor", "-", "--json"], &plain));
    for item in ["5c28ec8f-7cbf-49d9-af6b-acff261b669f", "Item 2", "Item 3", "Item 4", "Item 5"] {
        add("show", open("show", &demos()[0], &[item, "--json"]));
        add("show", open("show", &demos()[0], &[item, "--json", "--reveal"]));
    }
    add("show", open("show", &odd, &["odd", "--json", "--reveal"]));
    add("show", open("show", &csv, &["Mail", "--json"]));
    add("doctor", run(["doctor", "--json"]));
    answers
}

#[test]
fn answers_are_what_the_schema_says() {
    let directory = tempdir().unwrap();
    let answers = answers(directory.path());
    let whole = jsonschema::validator_for(&schema()).unwrap();
    let mut seen = BTreeSet::new();
    for (answer, value) in &answers {
        // No member is undocumented.
        let errors: Vec<_> = validator(answer, true).iter_errors(value).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{answer}: {value:#}");
        assert!(whole.is_valid(value), "{answer}: what is published as a whole takes it too");
        assert_eq!(value["format"], 1, "{answer}");
        // No member can go unnoticed: not one of this very answer.
        let lax = validator(answer, false);
        let mut pointers = Vec::new();
        members(value, "", &mut pointers);
        for pointer in pointers {
            assert!(!lax.is_valid(&without(value, &pointer)), "{answer}: {pointer} may be missing");
            seen.insert(format!("{answer}{pointer}"));
        }
        // A reader passes over what it does not know.
        let mut more = value.clone();
        more["new"] = json!(1);
        assert!(lax.is_valid(&more) && !validator(answer, true).is_valid(&more), "the control");
    }
    assert!(seen.len() > 400, "{}", seen.len());
}

#[test]
fn no_documented_member_is_taken_away() {
    let schema = schema();
    let mut found = Vec::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        let Some(properties) = definition["properties"].as_object() else { continue };
        let mut names: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut required: Vec<&str> =
            definition["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        names.sort_unstable();
        required.sort_unstable();
        // What is absent is null, so every member is always there.
        assert_eq!(names, required, "{name}");
        found.push((name.as_str(), names));
    }
    found.sort_unstable();
    let documented = DOCUMENTED.map(|(name, members)| {
        let mut members: Vec<&str> = members.split_whitespace().collect();
        members.sort_unstable();
        (name, members)
    });
    assert_eq!(found, documented);
}

/// A script finds an item again by what it is told of it.
#[test]
fn objects_name_their_file_and_position() {
    let directory = tempdir().unwrap();
    let items = [r#"{"id": "1", "type": 2, "name": "a"}"#, "null", "5", r#"{"type": 42, "name": "b"}"#];
    let backup = file(directory.path(), "my b\u{1b}.json", sealed(export_of(&items).as_bytes()));
    let ran = open("list", &backup, &["--json"]).ended(4);
    assert!(!ran.stdout.contains('\u{1b}'), "{}", ran.stdout);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let told: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| [&item["file"], &item["id"], &item["position"], &item["type"]])
        .collect();
    let path = json!(backup);
    assert_eq!(
        told,
        [[&path, &json!("1"), &json!(1), &json!("secureNote")], [&path, &json!(null), &json!(4), &json!("42")]]
    );
    let unreadable = json!([{
        "file": backup,
        "item": {"list": "items", "position": 3, "id": null, "name": null}, "member": null, "reason": "expected an object",
    }]);
    assert_eq!(listed["unreadable"], unreadable);
    let ran = run_with_stdin(["list", "-", "--json"], export_of(&items).as_bytes()).ended(4);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["items"][1]["file"], "-");
    let shown: Value = serde_json::from_str(&open("show", &backup, &["b", "--json"]).fine()).unwrap();
    assert_eq!([&shown["file"], &shown["id"], &shown["position"]], [&path, &json!(null), &json!(4)]);
}

/// Half an answer would pass for a whole one.
#[test]
fn a_failure_prints_nothing() {
    let directory = tempdir().unwrap();
    let truncated = file(directory.path(), "b.json", r#"{"encrypted": false, "items": ["#);
    let wrong = file(directory.path(), "password", "wrong");
    for (further, code) in [(&["--json", "--nope"][..], 2), (&["--json", "--type", "x"], 2), (&["--json"], 1)] {
        let ran = open("list", &truncated, further).ended(code);
        assert_eq!(ran.stdout, "", "{further:?}");
    }
    for command in [&["list"][..], &["show", "Item 3"]] {
        let args: [&[&str]; 2] = [&command[1..], &["--json", "--password-file", wrong.to_str().unwrap()]];
        let words = opening(command[0], &demos()[0]).into_iter().take(2);
        let ran = run(words.chain(args.concat().into_iter().map(PathBuf::from))).ended(3);
        assert_eq!(ran.stdout, "", "{command:?}");
    }
    let ran = open("show", &demos()[0], &["Item 1", "--json"]).ended(1);
    assert_eq!(ran.stdout, "");
}
