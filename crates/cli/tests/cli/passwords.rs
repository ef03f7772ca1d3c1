//! Where the password comes from, when it is not asked for on a terminal (`terminal.rs`).

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::command::{PROGRAM, Ran, demo, demos, run, run_with_stdin};
use crate::forge::{PASSWORD, export_of, file, sealed_with};

fn by_stdin(backup: &std::path::Path, input: &[u8]) -> Ran {
    run_with_stdin(["list", backup.to_str().unwrap(), "--password-stdin"], input)
}

fn by_file(backup: &std::path::Path, password: &std::path::Path) -> Ran {
    run(["list", backup.to_str().unwrap(), "--password-file", password.to_str().unwrap()])
}

#[test]
fn one_newline_at_the_end_is_stripped_and_nothing_else() {
    let directory = tempdir().unwrap();
    let backup = demo("export-password-pbkdf2.json");
    for (name, input, code) in [
        ("no newline", PASSWORD.to_owned(), 0),
        ("a newline", format!("{PASSWORD}\n"), 0),
        ("a newline of Windows", format!("{PASSWORD}\r\n"), 0),
        ("two newlines", format!("{PASSWORD}\n\n"), 3),
        ("a space", format!("{PASSWORD} "), 3),
        ("a newline in front", format!("\n{PASSWORD}"), 3),
        ("a carriage return alone", format!("{PASSWORD}\r"), 3),
        ("another case", PASSWORD.to_uppercase(), 3),
    ] {
        let by_stdin = by_stdin(&backup, input.as_bytes());
        assert_eq!(by_stdin.code, code, "standard input: {name}: {}", by_stdin.stderr);
        let by_file = by_file(&backup, &file(directory.path(), "password", input));
        assert_eq!(by_file.code, code, "file: {name}: {}", by_file.stderr);
        let wrong = format!("strongroom: {}: wrong password\n", backup.display());
        for ran in [by_stdin, by_file] {
            assert_eq!(ran.stderr, if code == 0 { "" } else { &wrong });
            assert_eq!(ran.stdout.is_empty(), code != 0);
        }
    }
}

#[test]
fn both_demos_open_by_standard_input() {
    for demo in demos() {
        assert_eq!(by_stdin(&demo, PASSWORD.as_bytes()).fine().lines().count(), 7);
    }
}

#[test]
fn a_password_may_be_of_any_bytes_even_none() {
    let directory = tempdir().unwrap();
    let export = export_of(&[r#"{"type": 2, "name": "n"}"#]);
    for (number, password) in ["", "ünï ☕\u{1f600}", "two\nlines", " ", &"x".repeat(4095)].into_iter().enumerate() {
        let backup = file(directory.path(), &format!("{number}.json"), sealed_with(password, export.as_bytes()));
        by_stdin(&backup, password.as_bytes()).fine();
        by_file(&backup, &file(directory.path(), "password", password)).fine();
    }
}

#[test]
fn an_empty_password_that_is_wrong_is_called_empty() {
    let backup = demo("export-password-pbkdf2.json");
    for input in ["", "\n"] {
        let ran = by_stdin(&backup, input.as_bytes()).ended(3);
        assert_eq!(
            ran.stderr,
            format!("strongroom: {}: wrong password\n  the password that was given is empty\n", backup.display())
        );
    }
}

#[test]
fn what_is_no_password_is_refused() {
    let directory = tempdir().unwrap();
    let backup = demo("export-password-pbkdf2.json");
    let long = file(directory.path(), "long", "x".repeat(4096));
    let ran = by_file(&backup, &long).ended(1);
    let message = format!("strongroom: password file {}: longer than a password may be, 4095 bytes\n", long.display());
    assert_eq!(ran.stderr, message);
    let ran = by_stdin(&backup, &[b'x'; 100_000]).ended(1);
    assert_eq!(ran.stderr, "strongroom: password on standard input: longer than a password may be, 4095 bytes\n");

    let ran = by_file(&backup, directory.path()).ended(1);
    let message = format!("strongroom: password file {}: it is a directory\n", directory.path().display());
    assert_eq!(ran.stderr, message);

    let missing = directory.path().join("missing");
    let ran = by_file(&backup, &missing).ended(1);
    let why = "cannot be read: No such file or directory (os error 2)";
    assert_eq!(ran.stderr, format!("strongroom: password file {}: {why}\n", missing.display()));
}

#[test]
fn a_password_comes_through_a_pipe_that_has_a_name() {
    let mut child = Command::new("sh")
        .args(["-c", r#"exec "$0" list "$1" --password-file /dev/fd/3 3<&0 </dev/null"#, PROGRAM])
        .arg(demo("export-password-pbkdf2.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // In pieces, as a pipe may deliver them.
    for piece in [&PASSWORD[..3], &PASSWORD[3..], "\n"] {
        input.write_all(piece.as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    drop(input);
    Ran::of(child.wait_with_output().unwrap()).fine();
}

#[test]
fn without_a_terminal_to_ask_on_it_says_what_to_do() {
    // A session of its own has no controlling terminal.
    let backup = demo("export-password-pbkdf2.json");
    let output =
        Command::new("setsid").args(["-w", PROGRAM, "list"]).arg(&backup).stdin(Stdio::null()).output().unwrap();
    let ran = Ran::of(output).ended(1);
    assert_eq!(
        ran.stderr,
        "strongroom: there is no terminal to ask for the password on: No such device or address (os error 6)\n  \
         use --password-file or --password-stdin\n"
    );
}

#[test]
fn the_password_is_not_asked_for_a_file_that_cannot_be_opened() {
    let directory = tempdir().unwrap();
    let backup = file(directory.path(), "b.json", "{}");
    let ran = run(["list", backup.to_str().unwrap(), "--password-file", "/no/such/file"]).ended(1);
    assert_eq!(ran.stderr, format!("strongroom: {}: JSON, but not a Bitwarden export\n", backup.display()));
    fs::remove_file(backup).unwrap();
}
