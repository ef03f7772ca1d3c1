//! The command `strongroom-prove`: that it proves, and that it can fail.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use strongroom_testkit::{filter, libc, skip, victim};
use tempfile::TempDir;

const PROVE: &str = env!("CARGO_BIN_EXE_strongroom-prove");

/// Exit code, standard output, standard error.
fn run(program: impl AsRef<Path>, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(program.as_ref()).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Where a victim finds the copy that its test has made.
const COPY: &str = "STRONGROOM_PROVE_COPY";

/// A copy that every user reaches, with these rights. A victim, which exits in the middle of its test, makes none.
fn copy(mode: u32) -> (Option<TempDir>, PathBuf) {
    if let Some(made) = std::env::var_os(COPY) {
        return (None, made.into());
    }
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let copy = dir.path().join("strongroom-prove");
    fs::copy(PROVE, &copy).unwrap();
    fs::set_permissions(&copy, Permissions::from_mode(mode)).unwrap();
    (Some(dir), copy)
}

/// The row of a needle, less its name: pieces of 8 and of 16 in the victim, the unprotected one, and the planted.
fn row<'t>(table: &'t str, secret: &str, form: &str) -> Vec<&'t str> {
    let is_row = |line: &&str| {
        line.get(..58).is_some_and(|name| name.split_at(26).0.trim() == secret && name.split_at(26).1.trim() == form)
    };
    let row = table.lines().find(is_row).unwrap_or_else(|| panic!("no row {secret}, {form} in\n{table}"));
    row.split_at(58).1.split_whitespace().filter(|word| *word != "/").collect()
}

fn assert_proven((code, table, errors): (Option<i32>, String, String)) {
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{table}");
    assert!(table.contains("\nPROVEN at rest: "), "{table}");
    for (secret, form) in [
        ("password", "raw"),
        ("user key, AES half", "AES decryption schedule"),
        ("user key, HMAC half", "HMAC midstates, words"),
    ] {
        let row = row(&table, secret, form);
        assert_eq!(row[..2], ["0", "0"], "{table}");
        assert!(row[2..].iter().all(|hits| *hits != "0"), "{table}");
    }
}

fn has_secret_memory((_, table, _): &(Option<i32>, String, String)) -> bool {
    table.contains("The victim's store says: at rest: secret; in use: secret.")
}

#[test]
fn keys_at_rest_are_not_found() {
    let result = run(PROVE, &[]);
    if !has_secret_memory(&result) {
        skip!("no memfd_secret, so keys are not out of reach");
    }
    assert_proven(result);
}

#[test]
fn an_ordinary_user_can_prove_it_too() {
    let (_dir, prove) = copy(0o755);
    let outcome = victim!().unprivileged().env(COPY, &prove).run(|| print!("{}", run(&prove, &[]).1));
    let result = (Some(0), outcome.stdout, outcome.stderr);
    if !has_secret_memory(&result) {
        skip!("no memfd_secret, so keys are not out of reach");
    }
    assert_proven(result);
}

#[test]
fn without_secret_memory_it_finds_the_keys() {
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
        let (code, table, errors) = run(PROVE, &[]);
        assert_eq!((code, errors.as_str()), (Some(1), ""), "{table}");
        assert!(table.contains("\nLEAK: "), "{table}");
        for (secret, form) in
            [("password", "raw"), ("user key, HMAC half", "raw"), ("stretched key, HMAC half", "HMAC midstates, words")]
        {
            assert!(row(&table, secret, form)[..2].iter().all(|hits| *hits != "0"), "{table}");
        }
        assert!(table.contains("found in the victim: "), "{table}");
    });
    outcome.assert_exit(0);
}

#[test]
fn a_victim_that_cannot_be_read_proves_nothing() {
    // What its user may execute and not read makes a process that its user may not look into.
    let (_dir, prove) = copy(0o111);
    let outcome = victim!().unprivileged().env(COPY, &prove).run(|| {
        let (code, table, errors) = run(&prove, &[]);
        assert_eq!((code, table.as_str()), (Some(3), ""));
        assert!(errors.starts_with("strongroom-prove: unproven: the mem"), "{errors}");
        assert!(errors.contains("Permission denied"), "{errors}");
    });
    outcome.assert_exit(0);
}

#[test]
fn a_victim_that_fails_proves_nothing() {
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
        filter::deny_syscall(libc::SYS_getrandom, libc::ENOSYS);
        let (code, table, errors) = run(PROVE, &[]);
        assert_eq!((code, table.as_str()), (Some(3), ""), "{errors}");
        assert!(errors.contains("unproven"), "{errors}");
    });
    outcome.assert_exit(0);
}

#[test]
fn usage_is_told() {
    let (code, help, errors) = run(PROVE, &["--help"]);
    assert_eq!((code, errors.as_str()), (Some(0), ""));
    assert!(help.contains("AT REST only"), "{help}");
    assert_eq!(run(PROVE, &["--version"]).1, concat!("strongroom-prove ", env!("CARGO_PKG_VERSION"), "\n"));
    for bad in [&["--all"][..], &["--help", "more"], &["a", "b", "c"]] {
        assert_eq!(run(PROVE, bad), (Some(2), String::new(), help.clone()), "{bad:?}");
    }
}
