//! Nothing that the command freed holds plaintext.

use std::env;
use std::io::{Write as _, stdin};
use std::path::Path;
use std::process::{Command, Stdio, exit};

use nix::libc::PTRACE_EVENT_EXIT;
use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use strongroom_probe::{Needles, ScanReport, Scanner};
use strongroom_testkit::{filter, libc, victim};
use tempfile::tempdir;

use crate::command::{may_read_any_process, program};
use crate::forge::{PASSWORD, export_of, file, opened, sealed};

#[path = "../../src/allocator/blocks.rs"]
mod blocks;

/// The file that the process of the control opens.
const FILE: &str = "STRONGROOM_FREED_FILE";
/// A part of the file's name, and so of the command line, which nobody erases.
const NAMED: &str = "kept-Wq7Zx4Lp";
const ITEMS: usize = 60;

/// A text whose last 32 bytes are like no other's.
fn text(kind: &str, number: usize) -> String {
    format!("{kind} {number} {}", tail(kind, number))
}

fn tail(kind: &str, number: usize) -> String {
    const LETTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let mut state = kind.bytes().fold(number as u64, |state, byte| state.rotate_left(8) ^ u64::from(byte));
    let letter = |_| {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        char::from(LETTERS[(mixed >> 58) as usize])
    };
    (0..32).map(letter).collect()
}

const KINDS: [&str; 7] = ["name", "user", "password", "uri", "notes", "field", "value"];

fn item(number: usize) -> String {
    let [name, user, password, uri, notes, field, value] = KINDS.map(|kind| text(kind, number));
    format!(
        r#"{{"type": 1, "id": "id{number}", "name": "{name}", "notes": "a\n{notes}\"",
        "login": {{"username": "{user}", "password": "{password}\u00e4", "uris": [{{"uri": "https://{uri}"}}]}},
        "fields": [{{"name": "{field}", "value": "{value}", "type": 1}}]}}"#
    )
}

fn needles() -> Scanner {
    let mut needles = Needles::new();
    for kind in KINDS {
        for number in 0..ITEMS {
            needles.bytes(kind, tail(kind, number).as_bytes()).unwrap();
        }
    }
    needles.bytes("named", NAMED.as_bytes()).unwrap();
    Scanner::new(&needles).unwrap()
}

/// Gives the command the password, and looks at its memory at its end: its work is done, and all memory is still there.
fn look_at_the_end(command: &mut Command, scanner: &Scanner) -> ScanReport {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let pid = Pid::from_raw(child.id().try_into().unwrap());
    // It waits for the password.
    ptrace::seize(pid, Options::PTRACE_O_TRACEEXIT).unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    loop {
        match waitpid(pid, Some(WaitPidFlag::__WALL)).unwrap() {
            WaitStatus::PtraceEvent(_, _, PTRACE_EVENT_EXIT) => break,
            WaitStatus::Stopped(_, signal) => ptrace::cont(pid, signal).unwrap(),
            other => panic!("{other:?}"),
        }
    }
    let report = scanner.process(child.id()).unwrap();
    ptrace::detach(pid, None).unwrap();
    assert!(child.wait().unwrap().success());
    report
}

/// Pieces of what has this label.
fn found(report: &ScanReport, label: &str) -> usize {
    report.hits.iter().filter(|hit| hit.label.secret == label).count()
}

fn look(backup: &Path, directory: &Path) {
    let scanner = needles();
    let output = directory.join("output");
    let output = output.to_str().unwrap();
    for (command, options) in [
        ("list", &[][..]),
        ("list", &["--json"]),
        ("search", &[]),
        ("search", &["--regex", "--json"]),
        ("show", &["id7", "--reveal"]),
        ("show", &["id7", "--reveal", "--json"]),
        ("show", &["id7", "--field", "password"]),
        ("decrypt", &[]),
        ("decrypt", &["--csv"]),
        ("decrypt", &["--output", output]),
    ] {
        let mut run = Command::new(program());
        run.arg(command);
        if command == "search" {
            run.arg("name");
        }
        run.arg(backup).args(options).args(["--password-stdin", "--quiet"]);
        let report = look_at_the_end(&mut run, &scanner);
        assert!(found(&report, "named") > 0, "the look finds the command line");
        for kind in KINDS {
            assert_eq!(found(&report, kind), 0, "{command} {options:?}: {kind}\n{report}");
        }
    }

    // The control does as much with the allocator of the system.
    let mut run = Command::new(env::current_exe().unwrap());
    run.args(["--exact", "freed::no_plaintext_is_left_when_the_command_ends", "--test-threads=1"]).env(FILE, backup);
    let report = look_at_the_end(&mut run, &scanner);
    for kind in ["name", "user", "field"] {
        assert!(found(&report, kind) >= ITEMS, "the control: {kind}\n{report}");
    }
}

#[test]
fn no_plaintext_is_left_when_the_command_ends() {
    if let Ok(file) = env::var(FILE) {
        let mut password = String::new();
        stdin().read_line(&mut password).unwrap();
        // All values at once: one after the other they would lie in the same few blocks.
        let mut export = opened(&std::fs::read(file).unwrap());
        assert_eq!(export.items.value_mut().unwrap().to_mut().len(), ITEMS);
        drop(export);
        exit(0);
    }
    let outcome = victim!().run(|| {
        // Root looks at a hardened process. An ordinary user looks at one that could not be hardened.
        if !may_read_any_process() {
            filter::deny_syscall(libc::SYS_prctl, libc::EPERM);
        }
        let directory = tempdir().unwrap();
        let items: Vec<String> = (0..ITEMS).map(item).collect();
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        let backup = file(directory.path(), &format!("{NAMED}.json"), sealed(export_of(&items).as_bytes()));
        look(&backup, directory.path());
    });
    outcome.assert_exit(0);
}

/// The control of the tests in `src/allocator.rs`.
#[test]
fn something_is_left_of_a_block_by_the_allocator_of_the_system() {
    for (way, give_up) in blocks::WAYS {
        let left: Vec<usize> = blocks::LENGTHS.iter().map(|length| blocks::left_by(give_up, *length)).collect();
        println!("{way}: {left:?}");
        assert!(left.iter().sum::<usize>() > 0, "{way}");
    }
    assert!(blocks::left_by_aligned() > 0);
    assert!(blocks::LENGTHS.into_iter().all(blocks::is_zeroed));
}
