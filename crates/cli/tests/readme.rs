//! What README shows of the command is what the command does: each line after a `$` is run, and the lines below it are
//! what it prints.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{env, ffi::OsString, fs, path::PathBuf, process::Command};

/// The project's folder, or that of a copy that the environment names: whoever runs the tests need not reach where they
/// were built.
fn root() -> PathBuf {
    let folder = env::var_os("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(folder).join("../..")
}

/// The command, or a copy, likewise.
fn program() -> OsString {
    env::var_os("CARGO_BIN_EXE_strongroom").unwrap_or(env!("CARGO_BIN_EXE_strongroom").into())
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// Runs the program at the project's root; what it printed, and nothing on standard error.
fn output(line: &str) -> String {
    let mut program = Command::new(program());
    // A warning about the memory of the machine at hand is no part of what is shown.
    let output = program.arg("--quiet").args(words(line)).current_dir(root()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a command line, as far as README goes: double quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        if number % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// Command lines and what is shown below them.
fn sessions(readme: &str) -> Vec<(&str, String)> {
    let mut sessions: Vec<(&str, String)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ strongroom ").filter(|_| inside) {
            sessions.push((command, String::new()));
        } else if let Some((_, shown)) = sessions.last_mut().filter(|_| inside) {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    sessions
}

#[test]
fn what_is_shown_is_what_happens() {
    let readme = readme();
    let sessions = sessions(&readme);
    assert!(sessions.len() >= 2, "{sessions:?}");
    for (line, shown) in sessions {
        assert_eq!(output(line), shown, "{line}");
    }
}

#[test]
fn the_first_command_lists_the_demo() {
    let readme = readme();
    let line = readme.lines().find(|line| line.starts_with("cargo run")).unwrap();
    let (_, arguments) = line.split_once(" -- ").unwrap();
    let listed = output(arguments);
    let names: Vec<&str> = listed.lines().filter_map(|line| line.get(16..22)).collect();
    assert_eq!(names, ["NAME  ", "Item 1", "Item 1", "Item 2", "Item 3", "Item 4", "Item 5"]);
}

#[test]
fn sessions_are_read() {
    let readme = "$ strongroom no\n```console\n$ strongroom show \"a b\" c\nx\ny\n$ strongroom d\n```\nz\n";
    assert_eq!(sessions(readme), [("show \"a b\" c", "x\ny\n".to_owned()), ("d", String::new())]);
    assert_eq!(words("show \"a b\" c"), ["show", "a b", "c"]);
}
