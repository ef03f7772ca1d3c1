//! Where the password comes from, when it is not asked for on a terminal (`terminal.rs`).

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_testkit::{filter, libc, needs_secret_memory, victim};
use tempfile::tempdir;

use crate::command::{Ran, crate_folder, demo, demos, may_read_any_process, program, run, run_with_stdin};
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
        let outer_space = name != "another case";
        let hint =
            "the password that was given begins or ends with white space; only one newline at its end is left out";
        let hint = if outer_space { format!("  {hint}\n") } else { String::new() };
        let wrong = format!("strongroom: {}: wrong password\n{hint}", backup.display());
        for ran in [by_stdin, by_file] {
            assert_eq!(ran.stderr, if code == 0 { "" } else { &wrong });
            assert_eq!(ran.stdout.is_empty(), code != 0);
        }
    }
}

/// A file of the official SDK of October 2025, whose key is of the decoded salt.
#[test]
fn a_file_that_no_other_tool_opens_is_named() {
    let backup =
        crate_folder().join("../vault/tests/data/decoded-salt-sdk-0.2.0-main.357.json").canonicalize().unwrap();
    let ran = by_stdin(&backup, b"pw").ended(0);
    let told = format!(
        "strongroom: {}: official mobile apps wrote such files from September to December 2025 only, and no other tool \
         opens them: make a new backup\nstrongroom: the backup holds no items\n",
        backup.display()
    );
    assert_eq!((ran.stdout.as_str(), ran.stderr), ("", told));
    let backup = backup.to_str().unwrap();
    let quiet = run_with_stdin(["--quiet", "list", backup, "--password-stdin"], b"pw").ended(0);
    assert_eq!(quiet.stderr, "");
    let wrong = run_with_stdin(["list", backup, "--password-stdin"], b"pW").ended(3);
    assert_eq!(wrong.stderr, format!("strongroom: {backup}: wrong password\n"));
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

/// What an editor or a shell put around a password is named, never taken away.
#[test]
fn what_was_put_around_a_wrong_password_is_named() {
    let directory = tempdir().unwrap();
    let backup = demo("export-password-pbkdf2.json");
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let mark = "begins with a byte order mark: save it as UTF-8 without a mark";
    let wide = "is UTF-16 text, as PowerShell writes it: save it as UTF-8 without a mark";
    let space = "begins or ends with white space; only one newline at its end is left out";
    for (name, input, hint) in [
        ("a mark", format!("\u{feff}{PASSWORD}\r\n").into_bytes(), Some(mark)),
        ("UTF-16 with a mark", utf16(&format!("\u{feff}{PASSWORD}\r\n")), Some(wide)),
        (
            "UTF-16, big end first",
            format!("\u{feff}{PASSWORD}").encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Some(wide),
        ),
        ("UTF-16 without a mark", utf16(PASSWORD), Some(wide)),
        ("a space behind", format!("{PASSWORD} \n").into_bytes(), Some(space)),
        ("a tab before", format!("\t{PASSWORD}").into_bytes(), Some(space)),
        ("nothing odd", b"hunter2".to_vec(), None),
    ] {
        let by_file = by_file(&backup, &file(directory.path(), "password", &input)).ended(3);
        let hint = hint.map_or(String::new(), |hint| format!("  the password that was given {hint}\n"));
        let expected = format!("strongroom: {}: wrong password\n{hint}", backup.display());
        assert_eq!((by_file.stdout.as_str(), &by_file.stderr), ("", &expected), "{name}");
        assert_eq!(by_stdin(&backup, &input).ended(3).stderr, expected, "{name}");
    }
    // A password that has them opens the backup that was made with it.
    let odd = format!("\u{feff}{PASSWORD} ");
    let export = export_of(&[r#"{"type": 2, "name": "n"}"#]);
    let backup = file(directory.path(), "odd.json", sealed_with(&odd, export.as_bytes()));
    by_stdin(&backup, odd.as_bytes()).fine();
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
        .args(["-c", r#"exec "$0" list "$1" --password-file /dev/fd/3 3<&0 </dev/null"#, program()])
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
        Command::new("setsid").args(["-w", program(), "list"]).arg(&backup).stdin(Stdio::null()).output().unwrap();
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

/// All of a process's memory that can be read.
fn readable_memory(pid: u32) -> Vec<u8> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut all = Vec::new();
    for line in maps.lines() {
        let (range, _) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        let [start, end] = [start, end].map(|at| u64::from_str_radix(at, 16).unwrap());
        let mut piece = vec![0; usize::try_from(end - start).unwrap()];
        // Guard pages, pages of the kernel and secret ones cannot be read.
        if memory.read_exact_at(&mut piece, start).is_ok() {
            all.append(&mut piece);
        }
    }
    all
}

fn occurs(needle: &str, hay: &[u8]) -> bool {
    memchr::memmem::find(hay, needle.as_bytes()).is_some()
}

#[test]
fn the_password_is_nowhere_in_ordinary_memory_while_the_key_is_derived() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        // Root reads the memory of a hardened process. An ordinary user looks at one that could not be hardened.
        if !may_read_any_process() {
            filter::deny_syscall(libc::SYS_prctl, libc::EPERM);
        }
        look_for_the_password(&["list"]);
        let directory = tempdir().unwrap();
        let secret = file(directory.path(), "secret", SOUGHT);
        look_for_the_password(&["search", "--secret-file", secret.to_str().unwrap()]);
    });
    outcome.assert_exit(0);
}

/// What `search` looks for.
const SOUGHT: &str = "purple yacht 4 breakfast";

fn look_for_the_password(command: &[&str]) {
    const SECRET: &str = "zebra crossing hunter2";
    let directory = tempdir().unwrap();
    let text = fs::read_to_string(demo("export-password-argon2id.json")).unwrap();
    // Seconds of work.
    let slow = text.replace("\"kdfIterations\": 3", "\"kdfIterations\": 64");
    let backup = file(directory.path(), "slow.json", slow);
    let mut child = Command::new(program())
        .args(command)
        .args([backup.to_str().unwrap(), "--password-stdin"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(SECRET.as_bytes()).unwrap();
    // The working memory is there: the password was read, and is in use.
    let resident = || -> u64 {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", child.id())).unwrap();
        let kib = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).unwrap_or("0");
        kib.trim().trim_end_matches(" kB").parse().unwrap()
    };
    let start = Instant::now();
    while resident() < 60 << 10 {
        assert!(start.elapsed() < Duration::from_secs(30), "no working memory");
        thread::sleep(Duration::from_millis(5));
    }
    let memory = readable_memory(child.id());
    assert!(child.try_wait().unwrap().is_none(), "it was still at work");
    child.kill().unwrap();
    child.wait().unwrap();
    let salt: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(occurs(salt["salt"].as_str().unwrap(), &memory), "the control: the salt is in ordinary memory");
    for piece in [&SECRET[..8], &SECRET[8..16], "hunter2", &SOUGHT[..8], &SOUGHT[8..16], "breakfast"] {
        assert!(!occurs(piece, &memory), "{piece}");
    }
}
