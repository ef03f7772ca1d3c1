//! `search`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::tempdir;

use crate::command::{Ran, demo, demos, program, run, run_with_stdin};
use crate::forge::{PASSWORD, export_of, file, sealed};

const ITEMS: [&str; 4] = [
    r#"{"id": "1", "type": 1, "name": "Café Straße", "folderId": "f1", "notes": "recovery codes",
        "login": {"username": "bob@example.com", "password": "hunter2", "uris": [{"uri": "https://one.example.co.uk"}, {"uri": "(?=x)", "match": 4}]},
        "fields": [{"name": "PIN", "value": "8642", "type": 1}], "passwordHistory": [{"password": "older"}]}"#,
    r#"{"id": "2", "type": 3, "name": "Karte", "card": {"cardholderName": "Carla", "number": "4111111111111111"}}"#,
    r#"{"id": "3", "type": 2, "name": "trash", "notes": "hunter2", "deletedDate": "2024-01-30T17:55:36.150Z"}"#,
    r#"{"id": "4", "type": 1, "name": "app", "login": {"password": "older", "uris": [{"uri": "androidapp://com.example.app"}, {"uri": "https://host.example:8443", "match": 1}]}}"#,
];

fn search(words: &[&str], files: &[&Path]) -> Ran {
    let password = demo("password.txt");
    let words = words.iter().map(PathBuf::from).chain(files.iter().map(|file| file.to_path_buf()));
    run([PathBuf::from("search")].into_iter().chain(words).chain(["--password-file".into(), password]))
}

/// Ids and places of what is found.
fn found(words: &[&str], file: &Path) -> String {
    let ran = search(&[&["--json"], words].concat(), &[file]);
    let listed: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let items = listed["items"].as_array().unwrap();
    assert_eq!(ran.code, if items.is_empty() { 5 } else { 0 }, "{words:?}: {ran:?}");
    let item = |item: &Value| {
        let places: Vec<_> = item["found"].as_array().unwrap().iter().map(|place| place.as_str().unwrap()).collect();
        format!("{} {}", item["id"].as_str().unwrap(), places.join(" "))
    };
    items.iter().map(item).collect::<Vec<_>>().join("; ")
}

#[test]
fn items_are_found_by_words_pages_and_secrets() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&ITEMS).as_bytes()));
    let secret = |name: &str, secret: &str| file(directory.path(), name, secret).to_str().unwrap().to_owned();
    let password = secret("password", "hunter2\n");
    let (older, number, pin) =
        (secret("older", "older"), secret("number", "4111111111111111\r\n"), secret("pin", "8642"));
    let (part, space, user) =
        (secret("part", "hunter"), secret("space", "hunter2 "), secret("user", "bob@example.com"));
    for (words, expected) in [
        (&["STRASSE"][..], "1 name"),
        (&["cafe\u{301} CODES"], "1 name notes"),
        (&["example"], "1 username uri:1; 4 uri:1 uri:2"),
        (&["carla"], "2 user cardholderName"),
        (&["pin"], "1 field:PIN"),
        (&["hunter2"], "3 notes"),
        (&["8642"], ""),
        (&["4111"], ""),
        (&["--regex", "^(karte|app)$"], "2 name; 4 name"),
        (&["--regex", "(?-i)^karte$"], ""),
        // Filters hold too.
        (&["example", "--folder", "wo\u{308}rk"], "1 username uri:1"),
        (&["hunter2", "--trash"], "3 notes"),
        (&["hunter2", "--favorites"], ""),
        (&["--url", "https://www.example.co.uk/login"], "1 uri:1"),
        (&["--url", "other.co.uk"], ""),
        (&["--url", "androidapp://com.example.app"], "4 uri:1"),
        (&["--url", "http://host.example:8443/x"], "4 uri:2"),
        (&["--url", "http://host.example"], ""),
        (&["--secret-file", &password], "1 password; 3 notes"),
        (&["--secret-file", &older], "1 history:1; 4 password"),
        (&["--secret-file", &number], "2 number"),
        (&["--secret-file", &pin], "1 field:PIN"),
        // Exactly, and of secrets alone.
        (&["--secret-file", &part], ""),
        (&["--secret-file", &space], ""),
        (&["--secret-file", &user], ""),
    ] {
        assert_eq!(found(words, &backup), expected, "{words:?}");
    }
}

#[test]
fn the_table_has_the_places_and_never_the_secret() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&ITEMS).as_bytes()));
    let older = file(directory.path(), "older", "older");
    let words = ["--secret-file", older.to_str().unwrap()];
    let table = "\
#  TYPE   NAME         USER             FOLDER  URI                           FOUND
1  login  Café Straße  bob@example.com  Wörk    https://one.example.co.uk     history:1
4  login  app                                   androidapp://com.example.app  password
";
    assert_eq!(search(&words, &[&backup]).fine(), table);
    // Which of several has it. What `found` names, `show` takes.
    let other = file(directory.path(), "c.json", sealed(export_of(&ITEMS[1..3]).as_bytes()));
    let ran = search(&words, &[&other, &backup]).fine();
    assert!(ran.starts_with("FILE ") && !ran.contains("c.json") && ran.matches("b.json").count() == 2, "{ran}");
    let shown = run([
        Path::new("show"),
        &backup,
        Path::new("--position=1"),
        Path::new("--field=history:1"),
        Path::new("--password-file"),
        &demo("password.txt"),
    ]);
    assert_eq!(shown.fine(), "older\n");
}

#[test]
fn a_pattern_that_cannot_be_used_is_said_once_and_nothing_matched_ends_with_5() {
    let directory = tempdir().unwrap();
    let items = vec![ITEMS[0]; 3];
    let backup = file(directory.path(), "b.json", sealed(export_of(&items).as_bytes()));
    let said = "strongroom: 3 addresses have a regular expression that cannot be used: they match no page\n";
    let ran = search(&["--url", "https://example.co.uk"], &[&backup]).ended(0);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (4, said));
    let ran = search(&["--url", "https://x.example"], &[&backup]).ended(5);
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("", format!("{said}strongroom: no item matches\n")));
    assert_eq!(search(&["--url", "https://x.example", "--quiet"], &[&backup]).ended(5).stderr, "");
    assert_eq!(search(&["no such thing"], &[&backup]).ended(5).stderr, "strongroom: no item matches\n");
}

#[test]
fn what_cannot_be_searched_for_is_refused_before_any_password() {
    let directory = tempdir().unwrap();
    let empty = file(directory.path(), "empty", "\n");
    let empty = empty.to_str().unwrap();
    let backup = demos()[0].clone();
    let backup = backup.to_str().unwrap();
    for (words, said) in [
        (&["x"][..], "search takes QUERY and FILE; with --url, --secret or --secret-file FILE alone"),
        (&[backup], "search takes QUERY and FILE; with --url, --secret or --secret-file FILE alone"),
        (&["", backup], "QUERY holds no word: `strongroom list` lists all items"),
        (&[" \t", backup], "QUERY holds no word: `strongroom list` lists all items"),
        (&["--regex", "(", backup], "QUERY is no regular expression: unclosed group"),
        (&["--url", "a b", backup], "--url: not the address of a page: it names no host"),
        (&["--secret-file", empty, backup], "the secret that was given is empty"),
    ] {
        let ran = run(["search"].iter().chain(words)).ended(2);
        assert_eq!((ran.stdout.as_str(), ran.stderr), ("", format!("strongroom: {said}\n")), "{words:?}");
    }
    for words in [
        &["--url", "x", "--secret", backup][..],
        &["--url", "x", "--regex", backup],
        &["--secret", "--secret-file", empty, backup],
        &["--url", "x"],
        &[],
    ] {
        let ran = run(["search"].iter().chain(words)).ended(2);
        assert_eq!(ran.stdout, "", "{words:?}");
    }
    let ran = run(["search", "--secret-file", "/no/such/file", backup]).ended(1);
    assert!(ran.stderr.starts_with("strongroom: secret file /no/such/file: cannot be read: "), "{}", ran.stderr);
    let both = "strongroom: standard input is a backup or the password, so the secret cannot come from it too\n";
    for words in [&["-"][..], &[backup, "--password-stdin"]] {
        let ran = run_with_stdin(["search", "--secret-file", "/dev/stdin"].iter().chain(words), b"x").ended(2);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", both), "{words:?}");
    }
    // Without a terminal nothing can be asked.
    let mut command = std::process::Command::new("setsid");
    let command = command.args(["-w", program(), "search", "--secret", backup]).stdin(std::process::Stdio::null());
    let ran = Ran::of(command.output().unwrap()).ended(1);
    assert!(ran.stderr.starts_with("strongroom: there is no terminal to ask for the secret on: "), "{}", ran.stderr);
    assert!(ran.stderr.ends_with("\n  use --secret-file\n"), "{}", ran.stderr);
}

/// The same members as those of `list`, and one more.
#[test]
fn json_is_that_of_list_with_the_places() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", sealed(export_of(&ITEMS).as_bytes()));
    let by = |words: &[&str]| {
        let words: Vec<&str> =
            words.iter().copied().chain([backup.to_str().unwrap(), "--json", "--password-stdin"]).collect();
        serde_json::from_str::<Value>(&run_with_stdin(words, PASSWORD.as_bytes()).fine()).unwrap()
    };
    let (searched, listed) = (by(&["search", "karte"]), by(&["list", "--type", "card"]));
    let mut expected = listed.clone();
    assert_eq!(expected["items"][0].get("found"), None);
    expected["items"][0]["found"] = json!(["name"]);
    assert_eq!(searched, expected);
}
