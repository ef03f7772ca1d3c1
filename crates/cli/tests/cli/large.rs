//! Backups of very many items: what they take of memory, and that rows are written as items are read.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::tempdir;

use crate::command::{opening, program};
use crate::forge::{export_of, file, sealed};

const MIB: usize = 1 << 20;

fn item(index: usize) -> String {
    format!(
        r#"{{"passwordHistory": null, "revisionDate": "2024-02-02T10:20:30.000Z",
            "creationDate": "2023-02-02T10:20:30.000Z", "deletedDate": null, "archivedDate": null,
            "id": "00000000-0000-4000-8000-{index:012x}", "organizationId": null, "folderId": "f1", "type": 1,
            "reprompt": 0, "name": "Site {index}", "notes": null, "favorite": false, "fields": [], "login": {{
            "uris": [{{"match": null, "uri": "https://site{index}.example.com"}}],
            "username": "user{index}@example.com", "password": "p4ss-{index}", "totp": null, "fido2Credentials": []
            }}, "collectionIds": null}}"#
    )
}

fn backup_of(items: usize) -> String {
    let items: Vec<String> = (0..items).map(item).collect();
    sealed(export_of(&items.iter().map(String::as_str).collect::<Vec<_>>()).as_bytes())
}

/// What was seen of a command that lists a backup and whose output nobody reads at first.
struct Seen {
    /// Until its first line came.
    first: std::time::Duration,
    /// The most memory that it had so far, in bytes.
    peak: usize,
    lines: usize,
}

/// Lists a backup whose rows do not fit into a pipe, so that the command waits in the middle of them.
fn list(backup: &Path, options: &[&str]) -> Seen {
    let start = Instant::now();
    let mut child = Command::new(program())
        .args(opening("list", backup))
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let first = start.elapsed();
    assert!(child.try_wait().unwrap().is_none(), "it goes on after its first line");
    let mut rest = String::new();
    // The last that is read before it can go on to its end.
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    out.read_to_string(&mut rest).unwrap();
    assert!(matches!(child.wait().unwrap().code(), Some(0 | 4)));
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    Seen { first, peak: peak << 10, lines: 1 + rest.lines().count() }
}

fn assert_bounded(items: usize) -> Seen {
    let directory = tempdir().unwrap();
    let backup = backup_of(items);
    let seen = list(&file(directory.path(), "backup.json", &backup), &[]);
    assert_eq!(seen.lines, 1 + items);
    let most = 3 * backup.len() + 16 * MIB;
    assert!(seen.peak < most, "{} MiB for a file of {}, not {}", seen.peak / MIB, backup.len() / MIB, most / MIB);
    seen
}

#[test]
fn ten_thousand_items() {
    assert_bounded(10_000);
}

/// Too slow without optimisation: `cargo test --release -p strongroom-cli --test cli -- --ignored --nocapture large`.
#[test]
#[ignore = "of an optimised build; it prints what is measured"]
fn a_hundred_thousand_items() {
    let few = assert_bounded(2_000);
    let many = assert_bounded(100_000);
    println!(
        "100,000 items: first row {:?} later than of 2,000; {} MiB at most",
        many.first - few.first,
        many.peak / MIB
    );
}

/// A file that no client wrote: very many elements of a few bytes.
#[test]
fn elements_of_two_bytes() {
    let directory = tempdir().unwrap();
    for element in ["1", "{}"] {
        let items = vec![element; 50_000];
        let text = export_of(&items);
        for (name, contents) in [("plain.json", text.clone()), ("encrypted.json", sealed(text.as_bytes()))] {
            let seen = list(&file(directory.path(), name, &contents), &["--json"]);
            assert!(seen.peak < 8 * contents.len() + 16 * MIB, "{name} of {element}: {} MiB", seen.peak / MIB);
        }
    }
}
