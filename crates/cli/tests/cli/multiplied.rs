//! What a file says once, or in two bytes, takes no thousand times as much to answer: neither memory nor words.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::tempdir;

use crate::command::{Ran, program, run};
use crate::forge::file;

/// Runs the command with so many KiB for its data.
fn within(kib: usize, arguments: &[&str], backup: &Path) -> Ran {
    let script = format!(r#"ulimit -d {kib} && exec "$0" "$@""#);
    let [command, further @ ..] = arguments else { panic!("a command is named") };
    let mut limited = Command::new("sh");
    limited.args(["-c", &script, program(), command]).arg(backup).args(further);
    Ran::of(limited.output().expect("there is a shell"))
}

/// What the command takes for itself, and eight times the length of the file.
const fn room(len: usize) -> usize {
    (16 << 10) + 8 * len / 1024
}

#[test]
fn answers_take_no_more_memory_than_files_may() {
    const LEN: usize = 1 << 18;
    let directory = tempdir().unwrap();
    let items = |item: &str| format!(r#"{{"items": [{}]}}"#, vec![item; LEN / (item.len() + 1)].join(","));
    let odd = |count: usize| vec!["1"; count].join(",");
    for (name, text, arguments, code) in [
        ("numbers for items", items("1"), &["doctor", "--json"][..], 4),
        ("numbers for items", items("1"), &["doctor"], 4),
        ("numbers for items", items("1"), &["list", "--json", "-q"], 4),
        ("odd items", items(r#"{"type":2,"favorite":1}"#), &["doctor", "--json"], 4),
        ("many of one name", items(r#"{"type":2,"name":"a"}"#), &["show", "a", "-q"], 1),
        (
            "a long id and odd members",
            format!(r#"{{"items": [{{"type": 2, "id": "{}", "fields": [{}]}}]}}"#, "i".repeat(LEN), odd(1000)),
            &["doctor", "--json"],
            4,
        ),
    ] {
        let backup = file(directory.path(), "backup.json", &text);
        let ran = within(room(text.len()), arguments, &backup).ended(code);
        if arguments.contains(&"--json") {
            let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert!(answer["unreadable"].as_array().unwrap().len() >= 1000, "{name}");
        }
    }
    // The limit limits.
    let backup = file(directory.path(), "backup.json", items("1"));
    let script = r#"ulimit -d 64 && exec "$0" doctor "$1""#;
    let output = Command::new("sh").args(["-c", script, program()]).arg(&backup).output().unwrap();
    assert!(!output.status.success());
}

/// Each item repeats the name of its folder.
#[test]
fn a_long_name_of_a_folder_is_cut() {
    let directory = tempdir().unwrap();
    let at_most = "é".repeat(1000);
    for (name, told) in [
        ("Work".to_owned(), "Work".to_owned()),
        (at_most.clone(), at_most.clone()),
        (at_most.clone() + "x", at_most.clone() + "…"),
        ("é".repeat(100_000), at_most + "…"),
    ] {
        let item = r#"{"type":2,"name":"n","folderId":"f"}"#;
        let items = vec![item; 1000].join(",");
        let text = format!(r#"{{"folders":[{{"id":"f","name":"{name}"}}],"items":[{items}]}}"#);
        let backup = file(directory.path(), "backup.json", text);
        let list = run([Path::new("list"), &backup, Path::new("-q")]).fine();
        assert_eq!(list.matches(&told).count(), 1000);
        assert!(list.len() < 1000 * 2200 + 500, "{}", list.len());
        let list = run([Path::new("list"), &backup, Path::new("--json"), Path::new("-q")]).fine();
        let list: Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list["items"][999]["folder"], told);
    }
}

/// An item names very many collections.
#[test]
fn the_collections_of_an_item_are_cut_in_the_table() {
    let directory = tempdir().unwrap();
    let ids = vec![r#""c""#; 1000].join(",");
    let item = format!(r#"{{"type":2,"name":"n","collectionIds":[{ids}]}}"#);
    let items = vec![item; 20].join(",");
    let text = format!(r#"{{"collections":[{{"id":"c","name":"{}"}}],"items":[{items}]}}"#, "c".repeat(900));
    let backup = file(directory.path(), "backup.json", text);
    let list = run([Path::new("list"), &backup, Path::new("-q")]).fine();
    assert!(list.lines().count() == 21 && list.len() < 21 * 1100, "{}", list.len());
}

/// A message names an id as far as it can be one.
#[test]
fn a_long_id_is_cut() {
    let directory = tempdir().unwrap();
    let id = "i".repeat(100_000);
    let odd = vec!["1"; 200].join(",");
    let text =
        format!(r#"{{"items":[{{"type":2,"id":"{id}","name":"n","fields":[{odd}]}},{{"id":"{id}","type":"x"}}]}}"#);
    let backup = file(directory.path(), "backup.json", text);
    for command in ["list", "decrypt", "doctor"] {
        let ran = run([Path::new(command), &backup]).ended(4);
        assert!(ran.stderr.len() < 30_000, "{command}: {}", ran.stderr.len());
        assert!(ran.stderr.contains(&format!("(id {}…)", "i".repeat(64))), "{command}: {}", ran.stderr);
    }
    for command in ["list", "doctor"] {
        let ran = run([Path::new(command), &backup, Path::new("--json"), Path::new("-q")]).ended(4);
        assert!(ran.stdout.len() < 1_000_000, "{command}: {}", ran.stdout.len());
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        let told = &answer["unreadable"][0]["item"];
        assert_eq!(
            (&told["id"], &told["position"]),
            (&Value::from("i".repeat(1000) + "…"), &Value::from(2)),
            "{command}"
        );
    }
}

/// Nothing that is said changes what a script is told.
#[test]
fn quiet_changes_no_exit_code() {
    let directory = tempdir().unwrap();
    for (items, code) in [
        (r#"{"type":2,"name":"n"}"#, 0),
        (r#"{"type":2,"name":"n","favorite":1}"#, 4),
        (r#"{"type":2,"name":7}"#, 4),
        ("5", 4),
        ("null", 0),
    ] {
        let backup = file(directory.path(), "backup.json", format!(r#"{{"items":[{items}]}}"#));
        for arguments in [&["list"][..], &["list", "--json"], &["decrypt"], &["doctor"], &["doctor", "--json"]] {
            let mut line = vec![Path::new(arguments[0]), &backup];
            line.extend(arguments[1..].iter().map(Path::new));
            run(&line).ended(code);
            line.push(Path::new("-q"));
            run(&line).ended(code);
        }
    }
    let backup = file(directory.path(), "backup.json", r#"{"items":[],"folders":[{"id":1}]}"#);
    run([Path::new("doctor"), &backup, Path::new("-q")]).ended(4);
}
