//! `-` as FILE is standard input.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::command::{Ran, demo, program, run, run_with_stdin};

const NOT_BOTH: &str = "strongroom: standard input is the backup, so the password cannot come from it too\n  \
                        use --password-file with another file, or neither option to be asked on the terminal\n";

#[test]
fn a_backup_comes_through_a_pipe() {
    let (password, backup) = (demo("password.txt"), fs::read(demo("export-password-pbkdf2.json")).unwrap());
    let by_file = |command: &[&str]| {
        let further = ["--password-file", password.to_str().unwrap()];
        run_with_stdin(command.iter().copied().chain(further), &backup)
    };
    assert_eq!(by_file(&["list", "-"]).fine().lines().count(), 7);
    assert_eq!(by_file(&["show", "-", "Item 3", "--field", "code"]).fine(), "123\n");
    assert_eq!(by_file(&["decrypt", "-"]).fine(), fs::read_to_string(demo("export-plain.json")).unwrap());
    let plain = run_with_stdin(["list", "-"], &fs::read(demo("export-plain.json")).unwrap()).ended(0);
    assert_eq!(plain.stderr, "strongroom: standard input: the backup is not encrypted\n");
    let what = run_with_stdin(["doctor", "-"], &backup).fine();
    assert!(what.starts_with("standard input: a password-protected Bitwarden export (JSON)\n"), "{what}");
    let ran = run_with_stdin(["list", "-"], b"").ended(1);
    assert_eq!(ran.stderr, "strongroom: standard input: the file is empty\n");
}

#[test]
fn the_password_does_not_come_from_there_too() {
    let backup = fs::read(demo("export-password-pbkdf2.json")).unwrap();
    for args in [
        &["list", "-", "--password-stdin"][..],
        &["show", "-", "x", "--password-stdin"],
        &["decrypt", "-", "--password-stdin"],
        &["list", "/dev/stdin", "--password-stdin"],
        &["list", "-", "--password-file", "/dev/stdin"],
    ] {
        let ran = run_with_stdin(args, &backup).ended(2);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", NOT_BOTH), "{args:?}");
    }
    // A file beside a password on standard input is fine, and so is a backup there that needs no password.
    let file = demo("export-password-pbkdf2.json");
    run_with_stdin(["list", file.to_str().unwrap(), "--password-stdin"], b"export password").fine();
}

#[test]
fn it_is_bounded_as_files_are() {
    let zeros = Command::new(program()).args(["list", "-"]).stdin(File::open("/dev/zero").unwrap()).output().unwrap();
    let too_large = "strongroom: standard input: too large: the file is longer than 128 MiB\n  \
                     if you trust the file: --allow-file-size MIB accepts more\n";
    assert_eq!(Ran::of(zeros).ended(1).stderr, too_large);
}

#[test]
fn a_file_of_that_name_has_another_path() {
    let directory = tempdir().unwrap();
    fs::copy(demo("export-plain.json"), directory.path().join("-")).unwrap();
    let run_in = |file: &str| {
        let mut command = Command::new(program());
        Ran::of(command.args(["list", "-q", file]).current_dir(&directory).stdin(Stdio::null()).output().unwrap())
    };
    assert_eq!(run_in("./-").fine().lines().count(), 7);
    assert_eq!(run_in("-").ended(1).stderr, "strongroom: standard input: the file is empty\n");
}

#[test]
fn the_file_that_is_read_is_not_replaced() {
    let directory = tempdir().unwrap();
    let backup = directory.path().join("b.json");
    fs::copy(demo("export-plain.json"), &backup).unwrap();
    let mut command = Command::new(program());
    let command = command.args(["decrypt", "-", "--force", "-o"]).arg(&backup);
    let ran = Ran::of(command.stdin(File::open(&backup).unwrap()).output().unwrap()).ended(1);
    assert!(ran.stderr.contains("it is the backup itself"), "{}", ran.stderr);
    let other = directory.path().join("other.json");
    run(["decrypt", "-q", backup.to_str().unwrap(), "-o", other.to_str().unwrap()]).fine();
}
