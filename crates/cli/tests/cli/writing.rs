//! `decrypt -o`: the file is its owner's alone, there as a whole or not at all, and in nobody's way.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::thread;

use tempfile::tempdir;

use crate::command::{Ran, demo, names_in, open, opening, program, run, run_with_stdin};

fn decrypt(out: &Path, further: &[&str]) -> Ran {
    let args = [&["-o", out.to_str().unwrap()], further].concat();
    open("decrypt", &demo("export-password-pbkdf2.json"), &args)
}

fn refused(out: &Path, further: &[&str], why: &str) {
    let ran = decrypt(out, further).ended(1);
    assert_eq!(ran.stdout, "");
    assert_eq!(ran.stderr, format!("strongroom: {} cannot be written: {why}\n", out.display()));
}

fn twin() -> Vec<u8> {
    fs::read(demo("export-plain.json")).unwrap()
}

#[test]
fn its_owner_alone_may_read_it() {
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    decrypt(&out, &[]).fine();
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(fs::read(&out).unwrap() == twin());
    assert_eq!(names_in(directory.path()), ["out.json"]);
}

#[test]
fn what_is_there_stays_unless_forced() {
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    fs::write(&out, "precious").unwrap();
    fs::set_permissions(&out, Permissions::from_mode(0o644)).unwrap();
    refused(&out, &[], "it is there already\n  --force replaces it");
    assert_eq!(fs::read(&out).unwrap(), b"precious");
    decrypt(&out, &["--force"]).fine();
    assert!(fs::read(&out).unwrap() == twin());
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o7777, 0o600, "not the old file's mode");
    assert_eq!(names_in(directory.path()), ["out.json"]);
}

#[test]
fn force_writes_what_is_not_there_too() {
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    decrypt(&out, &["--force"]).fine();
    assert!(fs::read(&out).unwrap() == twin());
    assert_eq!(names_in(directory.path()), ["out.json"]);
}

#[test]
fn the_backup_itself_is_never_replaced() {
    let directory = tempdir().unwrap();
    let backup = directory.path().join("backup.json");
    fs::copy(demo("export-password-pbkdf2.json"), &backup).unwrap();
    let before = fs::read(&backup).unwrap();
    let linked = directory.path().join("linked.json");
    fs::hard_link(&backup, &linked).unwrap();
    for out in [&backup, &linked, &directory.path().join("./backup.json")] {
        let ran = open("decrypt", &backup, &["-o", out.to_str().unwrap(), "--force"]).ended(1);
        assert_eq!(ran.stderr, format!("strongroom: {} cannot be written: it is the backup itself\n", out.display()));
    }
    assert!(fs::read(&backup).unwrap() == before);
    assert_eq!(names_in(directory.path()), ["backup.json", "linked.json"]);
}

#[test]
fn only_regular_files_are_replaced() {
    let directory = tempdir().unwrap();
    let (target, link) = (directory.path().join("target"), directory.path().join("link"));
    fs::write(&target, "precious").unwrap();
    symlink(&target, &link).unwrap();
    refused(&link, &[], "it is there already\n  --force replaces it");
    refused(&link, &["--force"], "it is not a regular file\n  --force replaces files, not links or devices");
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    refused(
        Path::new("/dev/null"),
        &["--force"],
        "it is not a regular file\n  --force replaces files, not links or devices",
    );
    let dangling = directory.path().join("dangling");
    symlink(directory.path().join("nothing"), &dangling).unwrap();
    refused(&dangling, &[], "it is there already\n  --force replaces it");
    refused(directory.path(), &["--force"], "it is a directory");
    assert_eq!(names_in(directory.path()), ["dangling", "link", "target"]);
}

#[test]
fn a_place_that_is_none_is_refused_before_the_password_is_asked_for() {
    let directory = tempdir().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    // No password is given, and there is no terminal to ask on: that would be another error.
    let backup = demo("export-password-pbkdf2.json");
    for (out, why) in [
        ("missing/out.json", "No such file or directory (os error 2)"),
        ("file/out.json", "Not a directory (os error 20)"),
        ("file", "it is there already\n  --force replaces it"),
    ] {
        let out = directory.path().join(out);
        let ran = run([Path::new("decrypt"), &backup, Path::new("-o"), &out]).ended(1);
        assert_eq!(ran.stderr, format!("strongroom: {} cannot be written: {why}\n", out.display()));
    }
    assert_eq!(names_in(directory.path()), ["file"]);
}

#[test]
fn nothing_is_written_when_the_password_is_wrong() {
    let directory = tempdir().unwrap();
    let (out, there) = (directory.path().join("out.json"), directory.path().join("there.json"));
    fs::write(&there, "precious").unwrap();
    let backup = demo("export-password-pbkdf2.json");
    for args in [&["-o", out.to_str().unwrap()][..], &["-o", there.to_str().unwrap(), "--force"]] {
        let args = [&["decrypt", backup.to_str().unwrap(), "--password-stdin"], args].concat();
        run_with_stdin(args, b"wrong").ended(3);
    }
    assert_eq!(names_in(directory.path()), ["there.json"]);
    assert_eq!(fs::read(there).unwrap(), b"precious");
}

#[test]
fn force_alone_is_a_mistake() {
    let ran = open("decrypt", &demo("export-password-pbkdf2.json"), &["--force"]).ended(2);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_relative_name_lies_in_the_current_directory() {
    let directory = tempdir().unwrap();
    let backup = demo("export-password-pbkdf2.json");
    let mut command = Command::new(program());
    let command = command.args(opening("decrypt", &backup)).args(["-o", "out.json"]);
    Ran::of(command.current_dir(directory.path()).output().unwrap()).fine();
    assert_eq!(names_in(directory.path()), ["out.json"]);
}

#[test]
fn of_many_at_once_one_alone_writes() {
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    let rans: Vec<Ran> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| decrypt(&out, &[]))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (fine, refused): (Vec<Ran>, Vec<Ran>) = rans.into_iter().partition(|ran| ran.code == 0);
    assert_eq!(fine.len(), 1);
    for ran in refused {
        let ran = ran.ended(1);
        assert!(ran.stderr.contains("it is there already"), "{}", ran.stderr);
    }
    assert!(fs::read(&out).unwrap() == twin());
    assert_eq!(names_in(directory.path()), ["out.json"]);
}

/// A command that runs another where it may mount and nobody else sees it. Whoever is not root needs a user namespace.
fn mounting() -> Command {
    let mut command = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.arg("--mount");
    command
}

#[test]
fn where_files_cannot_be_nameless_it_is_the_same() {
    // Without /proc there is no way to name them later.
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    let hidden = |further: &[&str]| {
        let script = r#"mount -t tmpfs tmpfs /proc || exit 99; exec "$@""#;
        let mut command = mounting();
        command.args(["sh", "-c", script, "sh", program()]);
        command.args(opening("decrypt", &demo("export-password-pbkdf2.json"))).arg("-o").arg(&out).args(further);
        command.output().map(Ran::of)
    };
    let first = match hidden(&[]) {
        Ok(ran) if ran.code != 99 && !ran.stderr.contains("unshare") => ran,
        other => strongroom_testkit::skip!("a file system cannot be mounted here: {other:?}"),
    };
    first.fine();
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o7777, 0o600);
    fs::write(&out, "precious").unwrap();
    let ran = hidden(&[]).unwrap().ended(1);
    assert!(ran.stderr.contains("it is there already"), "{}", ran.stderr);
    assert_eq!(fs::read(&out).unwrap(), b"precious");
    hidden(&["--force"]).unwrap().fine();
    assert!(fs::read(&out).unwrap() == twin());
    assert_eq!(names_in(directory.path()), ["out.json"]);
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    // A file system too small for the export, seen by the command alone, if this machine lets us mount one.
    const SCRIPT: &str = r#"
        directory=$1; shift
        mount -t tmpfs -o size=4k tmpfs "$directory" || exit 99
        "$@"; code=$?
        ls -A "$directory"
        exit $code"#;
    let directory = tempdir().unwrap();
    let out = directory.path().join("out.json");
    for further in [&[][..], &["--force"]] {
        let mut command = mounting();
        command.args(["sh", "-c", SCRIPT, "sh"]).arg(directory.path()).arg(program());
        command.args(opening("decrypt", &demo("export-password-pbkdf2.json"))).arg("-o").arg(&out).args(further);
        let ran = match command.output() {
            Ok(output) => Ran::of(output),
            Err(error) => strongroom_testkit::skip!("unshare cannot be executed: {error}"),
        };
        if ran.code == 99 || ran.stderr.contains("unshare") {
            strongroom_testkit::skip!("a file system cannot be mounted here: {}", ran.stderr);
        }
        let ran = ran.ended(1);
        let why = "No space left on device (os error 28)";
        assert_eq!(ran.stderr, format!("strongroom: {} cannot be written: {why}\n", out.display()));
        assert_eq!(ran.stdout, "", "names left behind");
    }
}
