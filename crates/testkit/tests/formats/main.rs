//! The page of the formats, `docs/formats.md`: written from the table in `rows.rs`, the sources of the tests and the
//! page of what ran with the official SDK, and held to them. After a change of the table: `STRONGROOM_UPDATE=1 cargo
//! test -p strongroom-testkit --test formats`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod interop;
mod page;
mod rows;
mod tests_of;

use std::{
    fs,
    path::{Path, PathBuf},
};

use interop::Interop;
use page::page;
use rows::{Cell, ROWS, Row};
use tests_of::Tests;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_page_is_that_of_the_table() {
    let interop = Interop::read(&fs::read_to_string(root().join("docs/interop.md")).unwrap());
    let written = page(ROWS, &Tests::of(&root()), &interop).unwrap_or_else(|complaints| panic!("\n{complaints}\n"));
    let path = root().join("docs/formats.md");
    if std::env::var_os("STRONGROOM_UPDATE").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap();
    assert!(committed == written, "docs/formats.md is not what the table says: see STRONGROOM_UPDATE above");
}

/// What is wrong is found: each offence is planted in a table of one row.
#[test]
fn an_offence_is_found() {
    const GOOD: Row = Row {
        format: "a format",
        read: Cell::Tests(&["files::it_reads"]),
        write: Cell::No("nobody writes it"),
        authenticated: "yes",
        vectors: Cell::Tests(&["files::it_reads"]),
        interop: Cell::Ran(&["text", "bytes"]),
        hostile: Cell::Tests(&["files::it_reads"]),
        leak: Cell::No("it is public"),
    };
    let tests = Tests::from([("crates/a/tests/files.rs", "#[test]\nfn it_reads() {}\nfn no_test() {}\n")]);
    let rows = "| text | theirs, opened by us | 1 | 5 | agreed |\n| text | ours, opened by them | 1 | 6 | agreed |\n\
                | bytes | theirs, opened by us | 1 | — | not offered: why |\n";
    let good = page(&[GOOD], &tests, &Interop::read(rows)).unwrap();
    assert!(good.lines().last().unwrap().starts_with(
        "| a format | [`it_reads`](../crates/a/tests/files.rs) | no: nobody writes it | yes | [`it_reads`]"
    ));
    assert!(good.contains("| [theirs 5, ours 6](interop.md); theirs not offered: why |"), "{good}");

    let complaint = |row: Row, rows: &str| page(&[row], &tests, &Interop::read(rows)).unwrap_err();
    let gone = Row { read: Cell::Tests(&["files::it_is_gone"]), ..GOOD };
    assert_eq!(complaint(gone, rows), "a format: there is no test files::it_is_gone");
    let function = Row { hostile: Cell::Tests(&["files::no_test"]), ..GOOD };
    assert_eq!(complaint(function, rows), "a format: there is no test files::no_test");
    let silent = Row { leak: Cell::No(""), ..GOOD };
    assert_eq!(complaint(silent, rows), "a format: neither a test nor a reason");
    let empty = Row { vectors: Cell::Tests(&[]), ..GOOD };
    assert_eq!(complaint(empty, rows), "a format: neither a test nor a reason");
    let unknown = Row { interop: Cell::Ran(&["text", "bytes", "other"]), ..GOOD };
    assert_eq!(complaint(unknown, rows), "a format: docs/interop.md has no row: other");
    let more = format!("{rows}| more | the same by both | 1 | 5 | agreed |\n");
    assert_eq!(complaint(GOOD, &more), "no format names this row of docs/interop.md: more");
    let pending = rows.replace("not offered", "*pending*");
    assert_eq!(complaint(GOOD, &pending), "a format: a row of docs/interop.md is pending: bytes");
}
