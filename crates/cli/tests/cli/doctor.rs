//! `doctor`, and the levels that the other commands demand.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use strongroom_testkit::{Limit, filter, is_victim, libc, needs_secret_memory, victim};
use tempfile::TempDir;

use crate::command::{Ran, demo, program, run};

#[test]
fn secret_at_rest_is_reported_and_verified() {
    needs_secret_memory!();
    let words = run(["doctor"]).fine();
    let line = words.lines().find(|line| line.contains("at rest")).unwrap();
    assert!(line.starts_with("ok   at rest: secret: ") && line.contains("(verified: process_vm_readv "), "{line}");
    assert!(words.contains("\nok   in use: secret: "), "{words}");

    let report: Value =
        serde_json::from_str(&run(["doctor", "--json", "--require", "secret", "--require-in-use", "secret"]).fine())
            .unwrap();
    assert_eq!(report["protection"]["at_rest"], "secret");
    assert_eq!(report["protection"]["in_use"], "secret");
    assert_eq!(report["evidence"], "process_vm_readv");
    assert_eq!(report["probe_by_call"]["secret"], "out_of_reach");
    assert_eq!(report["probe_by_call"]["control"], "read");
    assert_eq!(report["secret_signal_stack"], true);
    assert_eq!(report["machine"]["core_limit"], 0);
    assert_eq!(report["machine"]["dumpable"], false);
    let lines = report["lines"].as_array().unwrap();
    assert_eq!(lines.len(), words.lines().filter(|line| !line.starts_with("     -> ")).count());
    assert_eq!((lines[1]["topic"].as_str(), lines[1]["state"].as_str()), (Some("at rest"), Some("good")));
}

/// What a child reaches whoever it runs as: the program, a backup, its password.
struct Place {
    path: PathBuf,
    _kept: Option<TempDir>,
}

const PLACE: &str = "STRONGROOM_TEST_PLACE";

impl Place {
    fn new() -> Self {
        if is_victim() {
            return Self { path: env::var_os(PLACE).unwrap().into(), _kept: None };
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        // By another process: what this one holds open for writing, a child of another test's may hold open too, and
        // then it cannot be executed.
        let copy = |from: &Path, name: &str, mode: &str| {
            let copied = Command::new("install").args(["-m", mode]).arg(from).arg(path.join(name)).status();
            assert!(copied.unwrap().success());
        };
        copy(Path::new(program()), "strongroom", "755");
        copy(&demo("export-password-pbkdf2.json"), "backup.json", "644");
        copy(&demo("password.txt"), "password.txt", "644");
        Self { path, _kept: Some(directory) }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(self.path.join("strongroom"));
        Ran::whole(command.args(args).current_dir(&self.path).stdin(Stdio::null()).output().unwrap())
    }

    fn list(&self, args: &[&str]) -> Ran {
        self.run(&[&["list", "backup.json", "--password-file", "password.txt"], args].concat())
    }

    fn victim(&self, test: strongroom_testkit::Victim) -> strongroom_testkit::Victim {
        test.unprivileged().env(PLACE, &self.path)
    }

    /// What every command does where `level` is the best: works with a warning, is silent when told to, refuses when a
    /// better level is demanded; and `doctor` says `why`.
    fn assert_level(&self, level: &str, accepted: &[&str], refused: &[&str], why: &[&str]) {
        let in_use = if level == "plain" { "not protected" } else { level };
        let granted = format!("at rest: {level}; in use: {in_use}");
        let ran = self.list(&[]).ended(0);
        assert_eq!(ran.stdout.lines().count(), 7);
        assert_eq!(
            ran.stderr,
            format!(
                "strongroom: keys are not in secret memory here ({granted})\n  \
                 `strongroom doctor` says why; --require secret refuses to go on, --quiet says nothing\n"
            )
        );
        self.list(&["--quiet"]).fine();
        for demand in accepted {
            self.list(&["--require", demand]).fine();
            self.list(&["--require", demand, "--require-in-use", demand]).fine();
            self.run(&["doctor", "--require", demand, "--require-in-use", demand]).fine();
        }
        for demand in refused {
            let ran = self.list(&["--quiet", "--require-in-use", demand]).ended(1);
            assert_eq!(ran.stdout, "");
            let start =
                format!("strongroom: protection in use: at least {demand} was demanded, with keys at rest {level}; ");
            assert!(ran.stderr.starts_with(&start), "{}", ran.stderr);
            self.run(&["doctor", "--require-in-use", demand]).ended(1);
            let ran = self.list(&["--require", demand]).ended(1);
            assert_eq!(ran.stdout, "");
            let start = format!("strongroom: protection at rest: at least {demand} was demanded; ");
            assert!(ran.stderr.starts_with(&start), "{}", ran.stderr);
            why.iter().for_each(|why| assert!(ran.stderr.contains(why), "{why}: {}", ran.stderr));
            for further in [&[][..], &["--json"]] {
                let ran = self.run(&[&["doctor", "--require", demand], further].concat()).ended(1);
                assert_eq!(ran.stdout, "", "a failure prints nothing there");
                assert_eq!(
                    ran.stderr,
                    format!(
                        "strongroom: more was demanded than this machine grants ({granted})\n  \
                         `strongroom doctor` without a demand says why\n"
                    )
                );
            }
        }
        let words = self.run(&["doctor"]).fine();
        assert!(words.contains(&format!("\nweak at rest: {level}: ")), "{words}");
        why.iter().for_each(|why| assert!(words.contains(why), "{why}: {words}"));
        let report: Value = serde_json::from_str(&self.run(&["doctor", "--json"]).fine()).unwrap();
        assert_eq!(report["protection"]["at_rest"], level);
        assert!(!report["refusals"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_kernel_without_the_call_grants_locked_and_doctor_says_why() {
    let place = Place::new();
    let outcome = place.victim(victim!()).run(|| {
        filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
        let why = ["memfd_secret answered Function not implemented (os error 38)", "CONFIG_SECRETMEM"];
        place.assert_level("locked", &["locked", "plain"], &["secret"], &why);
    });
    outcome.assert_exit(0);
}

#[test]
fn a_container_that_forbids_the_call_grants_locked_and_doctor_says_why() {
    let place = Place::new();
    let outcome = place.victim(victim!()).run(|| {
        filter::deny_syscall(libc::SYS_memfd_secret, libc::EPERM);
        let why = ["memfd_secret answered Operation not permitted (os error 1)", "container profile"];
        place.assert_level("locked", &["locked", "plain"], &["secret"], &why);
    });
    outcome.assert_exit(0);
}

#[test]
fn no_limit_to_speak_of_grants_plain_and_doctor_says_why() {
    needs_secret_memory!();
    let place = Place::new();
    let outcome = place.victim(victim!()).limit(Limit::LockedMemory, 0).run(|| {
        let why = ["the limit on locked memory is reached", "raise RLIMIT_MEMLOCK (ulimit -l; "];
        place.assert_level("plain", &["plain"], &["secret", "locked"], &why);
    });
    outcome.assert_exit(0);
}

/// Where there is room for one page and not for two, a lower level is taken.
#[test]
fn a_limit_of_any_size_is_none_that_refuses() {
    needs_secret_memory!();
    let place = Place::new();
    for kib in [0, 1, 3, 4, 5, 7, 8, 9, 12, 16, 24, 32, 40] {
        let outcome =
            place.victim(victim!()).named(format!("{kib} KiB")).limit(Limit::LockedMemory, kib << 10).run(|| {
                place.list(&[]).ended(0);
                place.run(&["doctor"]).ended(0);
            });
        outcome.assert_exit(0);
    }
    // Whoever demands a level gets it, or is refused.
    let outcome = place.victim(victim!()).named("a demand").limit(Limit::LockedMemory, 4 << 10).run(|| {
        place.list(&["--require", "secret"]).ended(1);
    });
    outcome.assert_exit(0);
}

#[test]
fn an_ordinary_user_has_secret_memory_within_a_small_limit() {
    needs_secret_memory!();
    let place = Place::new();
    let outcome = place.victim(victim!()).limit(Limit::LockedMemory, 64 << 10).run(|| {
        place.list(&["--require", "secret"]).fine();
        let words = place.run(&["doctor", "--require", "secret"]).fine();
        assert!(words.contains("\nok   at rest: secret: "), "{words}");
        assert!(words.contains("\nweak memory limit: RLIMIT_MEMLOCK is 64 KiB"), "{words}");
    });
    outcome.assert_exit(0);
}

#[test]
fn what_cannot_be_hardened_is_said() {
    needs_secret_memory!();
    let place = Place::new();
    let outcome = place.victim(victim!()).run(|| {
        filter::deny_syscall(libc::SYS_prctl, libc::EPERM);
        let ran = place.list(&[]).ended(0);
        let start = "strongroom: core files and tracing cannot be forbidden: prctl(PR_SET_DUMPABLE) answered ";
        assert!(ran.stderr.starts_with(start) && ran.stderr.lines().count() == 1, "{}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 7);
        place.list(&["--quiet"]).fine();
    });
    outcome.assert_exit(0);
}

/// A limit on processes that is reached: what only comforts is left out.
#[test]
fn no_thread_to_be_had_is_no_failure() {
    let place = Place::new();
    let outcome = place.victim(victim!()).run(|| {
        let script = r#"ulimit -u 1 && exec ./strongroom "$@""#;
        let mut command = Command::new("bash");
        command.args(["-c", script, "bash", "list", "backup.json", "--password-file", "password.txt"]);
        let ran = Ran::whole(command.current_dir(&place.path).stdin(Stdio::null()).output().unwrap()).ended(0);
        assert_eq!(ran.stdout.lines().count(), 7);
    });
    outcome.assert_exit(0);
}

#[test]
fn an_unreadable_file_is_told_apart() {
    let place = Place::new();
    if !is_victim() {
        fs::set_permissions(place.path.join("backup.json"), Permissions::from_mode(0o0)).unwrap();
    }
    let outcome = place.victim(victim!()).run(|| {
        let ran = place.list(&[]).ended(1);
        assert_eq!(ran.stderr, "strongroom: backup.json: it cannot be read: Permission denied (os error 13)\n");
    });
    outcome.assert_exit(0);
}

#[test]
fn a_directory_that_may_not_be_written_stays_as_it_is() {
    let place = Place::new();
    if !is_victim() {
        // Nor by its owner, who is the victim where the tests are run by an ordinary user.
        fs::set_permissions(&place.path, Permissions::from_mode(0o555)).unwrap();
    }
    let outcome = place.victim(victim!()).run(|| {
        let ran = place
            .run(&["decrypt", "backup.json", "--password-file", "password.txt", "-o", "out.json", "--quiet"])
            .ended(1);
        assert_eq!(ran.stderr, "strongroom: out.json cannot be written: Permission denied (os error 13)\n");
        assert_eq!(crate::command::names_in(&place.path), ["backup.json", "password.txt", "strongroom"]);
    });
    // So that it can be removed.
    fs::set_permissions(&place.path, Permissions::from_mode(0o755)).unwrap();
    outcome.assert_exit(0);
}

#[test]
fn an_ordinary_user_writes_a_file_too() {
    let place = Place::new();
    if !is_victim() {
        fs::set_permissions(&place.path, Permissions::from_mode(0o777)).unwrap();
    }
    let outcome = place.victim(victim!()).run(|| {
        place.run(&["decrypt", "backup.json", "--password-file", "password.txt", "-o", "out.json", "--quiet"]).fine();
        let mode = fs::metadata(place.path.join("out.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
        assert_eq!(crate::command::names_in(&place.path), ["backup.json", "out.json", "password.txt", "strongroom"]);
    });
    outcome.assert_exit(0);
}
