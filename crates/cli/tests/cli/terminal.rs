//! On a terminal: the question, its silence, and what is left of both.

use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use pty_process::blocking::{Command, Pts, Pty, open};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use tempfile::tempdir;

use crate::command::{demo, demos, opening, program, wherever_it_runs};
use crate::forge::{PASSWORD, export_of, file, sealed, sealed_with};

const DEADLINE: Duration = Duration::from_secs(30);

/// A terminal with the command running on it.
struct Session {
    terminal: Arc<Pty>,
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    /// Held open, so that the terminal outlives the command and can be looked at.
    end: Pts,
}

impl Session {
    fn start<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        let (terminal, end) = open().unwrap();
        terminal.resize(pty_process::Size::new(24, 60)).unwrap();
        let child = Command::new(program()).args(args).env("TERM", "xterm").spawn_borrowed(&end).unwrap();
        let (terminal, shown) = (Arc::new(terminal), Arc::new(Mutex::new(Vec::new())));
        let (reader, sink) = (Arc::clone(&terminal), Arc::clone(&shown));
        let reader = thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = reader.as_ref().read(&mut piece) {
                sink.lock().unwrap().extend_from_slice(&piece[..length]);
            }
        });
        Self { terminal, child, shown, reader, end }
    }

    fn list(backup: &Path) -> Self {
        Self::start([Path::new("list"), backup])
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    /// Waits until `done`, or fails the test.
    fn wait_until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        while !done() {
            assert!(start.elapsed() < DEADLINE, "no {what}; shown: {:?}", self.shown());
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn wait_for(&self, text: &str, times: usize) {
        self.wait_until(text, || self.shown().matches(text).count() >= times);
    }

    fn echoes(&self) -> bool {
        tcgetattr(self.terminal.as_fd()).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// The question has been asked this many times, and what is typed is not shown.
    fn wait_for_question(&self, times: usize) {
        self.wait_for("Password of ", times);
        assert!(!self.echoes());
    }

    fn type_in(&self, text: &str) {
        self.terminal.as_ref().write_all(text.as_bytes()).unwrap();
    }

    fn signal(&self, signal: Signal) {
        let child = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(child, signal).unwrap();
    }

    fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        stat.rsplit_once(") ").unwrap().1.starts_with('T')
    }

    /// Waits for the end of the command: how it ended, all that was shown, whether the terminal echoes.
    fn end(mut self) -> (ExitStatus, String, bool) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < DEADLINE, "does not end; shown: {:?}", self.shown());
            thread::sleep(Duration::from_millis(5));
        };
        let echoes = self.echoes();
        // When nobody holds this end any more, the reader gets what is left and then an error.
        drop(self.end);
        self.reader.join().unwrap();
        let shown = self.shown.lock().unwrap();
        (status, String::from_utf8_lossy(&shown).into_owned(), echoes)
    }
}

/// What is shown once the sign of progress is erased.
fn after_the_sign(shown: &str) -> &str {
    shown.rsplit_once("\u{1b}[2K").map_or(shown, |(_, after)| after)
}

#[test]
fn the_password_is_asked_for_and_not_shown() {
    for demo in demos() {
        let session = Session::list(&demo);
        session.wait_for_question(1);
        session.type_in(&format!("{PASSWORD}\n"));
        let (status, shown, echoes) = session.end();
        assert_eq!(status.code(), Some(0), "{shown}");
        assert!(echoes, "the echo is back");
        assert!(!shown.contains(PASSWORD), "{shown}");
        let shown = wherever_it_runs(shown);
        assert!(shown.starts_with(&format!("Password of {}: \r\n", demo.display())), "{shown:?}");
        assert!(shown.contains("Item 3"), "{shown}");
    }
}

#[test]
fn a_sign_shows_while_the_key_is_derived_and_goes_away() {
    let backup = demo("export-password-argon2id.json");
    let args = || opening("list", &backup);
    let (status, shown, _) = Session::start(args()).end();
    assert_eq!(status.code(), Some(0));
    assert!(shown.contains("deriving the key"), "{shown:?}");
    assert!(after_the_sign(&shown).starts_with("#  TYPE "), "the line is erased before the table begins: {shown:?}");
    let mut quiet = args();
    quiet.push("--quiet".into());
    let (_, shown, _) = Session::start(quiet).end();
    assert!(!shown.contains("deriving"), "{shown:?}");
}

#[test]
fn a_wrong_password_leaves_the_terminal_as_it_was() {
    let session = Session::list(&demo("export-password-pbkdf2.json"));
    session.wait_for_question(1);
    session.type_in("not it\n");
    let (status, shown, echoes) = session.end();
    assert_eq!(status.code(), Some(3));
    assert!(echoes && !shown.contains("not it") && shown.contains("wrong password"), "{shown}");
}

#[test]
fn no_answer_at_all_is_an_empty_password() {
    let session = Session::list(&demo("export-password-pbkdf2.json"));
    session.wait_for_question(1);
    session.type_in("\u{4}"); // Ctrl-D
    let (status, shown, echoes) = session.end();
    assert_eq!(status.code(), Some(3));
    assert!(echoes && shown.contains("the password that was given is empty"), "{shown}");
}

#[test]
fn an_answer_may_be_corrected() {
    let session = Session::list(&demo("export-password-pbkdf2.json"));
    session.wait_for_question(1);
    session.type_in(&format!("wrong\u{15}{PASSWORD}x\u{7f}\n")); // Ctrl-U, backspace
    let (status, shown, _) = session.end();
    assert_eq!(status.code(), Some(0), "{shown}");
}

#[test]
fn signals_put_the_echo_back_before_they_end_the_program() {
    let ends = [
        Signal::INT,
        Signal::TERM,
        Signal::HUP,
        Signal::QUIT,
        Signal::ABORT,
        Signal::ALARM,
        Signal::PROF,
        Signal::USR1,
        Signal::USR2,
        Signal::VTALARM,
        Signal::XCPU,
        Signal::XFSZ,
    ];
    // These end a program on Linux alone, and this one as SIGTERM does.
    #[cfg(target_os = "linux")]
    let others = [Signal::IO, Signal::POWER, Signal::STKFLT].map(|signal| (signal, Signal::TERM));
    #[cfg(not(target_os = "linux"))]
    let others = [];
    for (signal, ended_by) in ends.map(|signal| (signal, signal)).into_iter().chain(others) {
        let session = Session::list(&demo("export-password-pbkdf2.json"));
        session.wait_for_question(1);
        session.type_in("half a pass");
        session.signal(signal);
        let (status, shown, echoes) = session.end();
        assert_eq!(status.signal(), Some(ended_by.as_raw()), "{signal:?}: {shown}");
        assert!(echoes, "{signal:?}: the echo is back");
        assert!(!shown.contains("half"), "{shown}");
    }
}

#[test]
fn ctrl_c_does_too() {
    let session = Session::list(&demo("export-password-pbkdf2.json"));
    session.wait_for_question(1);
    session.type_in("half a pass\u{3}");
    let (status, shown, echoes) = session.end();
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()));
    assert!(echoes && !shown.contains("half"), "{shown}");
}

#[test]
fn a_stopped_program_puts_the_echo_back_and_asks_again() {
    let session = Session::list(&demo("export-password-pbkdf2.json"));
    session.wait_for_question(1);
    session.type_in("\u{1a}"); // Ctrl-Z
    session.wait_until("stop", || session.is_stopped());
    assert!(session.echoes(), "the echo is back while it is stopped");
    session.signal(Signal::CONT);
    session.wait_for_question(2);
    session.type_in(&format!("{PASSWORD}\n"));
    let (status, shown, echoes) = session.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert!(echoes && !shown.contains(PASSWORD), "{shown}");
}

/// One password is tried on all files before another is asked for, and a question that was interrupted is put once.
#[test]
fn a_password_is_asked_for_only_if_none_that_is_known_fits() {
    let directory = tempdir().unwrap();
    let backup = |name: &str, password: &str| {
        let note = format!(r#"{{"type": 2, "name": "note {name}"}}"#);
        file(directory.path(), name, sealed_with(password, export_of(&[&note]).as_bytes()))
    };
    let files = [("a", "one"), ("b", "two"), ("c", "one"), ("d", "two")].map(|(name, password)| backup(name, password));
    let session = Session::start([Path::new("list")].into_iter().chain(files.iter().map(|path| path.as_path())));
    session.wait_for_question(1);
    session.type_in("one\n");
    session.wait_for_question(2);
    session.signal(Signal::TSTP);
    session.wait_until("stop", || session.is_stopped());
    session.signal(Signal::CONT);
    session.wait_for_question(3);
    session.type_in("two\n");
    let (status, shown, echoes) = session.end();
    assert_eq!((status.code(), echoes), (Some(0), true), "{shown}");
    assert_eq!(shown.matches("Password of ").count(), 3, "{shown}");
    for name in ["a", "b", "c", "d"] {
        assert!(shown.contains(&format!("note {name}")), "{shown}");
    }
}

#[test]
fn a_secret_that_is_looked_for_is_asked_for_and_not_shown() {
    let directory = tempdir().unwrap();
    let items = [r#"{"type": 1, "name": "Mail", "login": {"password": "hunter2"}}"#];
    let backup = file(directory.path(), "b.json", sealed(export_of(&items).as_bytes()));
    let session = Session::start([Path::new("search"), Path::new("--secret"), &backup]);
    session.wait_for("Secret to look for: ", 1);
    assert!(!session.echoes());
    session.type_in("hunter2\n");
    session.wait_for_question(1);
    session.type_in(&format!("{PASSWORD}\n"));
    let (status, shown, echoes) = session.end();
    assert_eq!((status.code(), echoes), (Some(0), true), "{shown}");
    assert!(shown.contains("Mail") && shown.contains("password") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn ctrl_c_works_after_the_question_too() {
    // About the most work that is accepted: seconds.
    let text = std::fs::read_to_string(demo("export-password-argon2id.json")).unwrap();
    let directory = tempdir().unwrap();
    let slow = text
        .replace("\"kdfMemory\": 64", "\"kdfMemory\": 256")
        .replace("\"kdfIterations\": 3", "\"kdfIterations\": 40");
    let session = Session::list(&file(directory.path(), "slow.json", slow));
    session.wait_for_question(1);
    session.type_in(&format!("{PASSWORD}\n"));
    session.wait_for("deriving the key", 1);
    session.type_in("\u{3}");
    let (status, shown, _) = session.end();
    assert_eq!(status.signal(), Some(Signal::INT.as_raw()), "{shown}");
}

#[test]
fn a_password_on_standard_input_is_not_typed_where_it_shows() {
    let backup = demo("export-password-pbkdf2.json");
    let (status, shown, _) = Session::start(["list", backup.to_str().unwrap(), "--password-stdin"]).end();
    assert_eq!(status.code(), Some(2), "{shown}");
    assert!(shown.contains("standard input is a terminal"), "{shown}");
}

/// Escape sequences, a newline, an override of direction, tags that nobody sees.
const HOSTILE: &str = r"\u001b[31mred\u001b]0;title\u0007\u009b2J\u202egnp.\n\u0000\udb40\udc41\udb40\udc7f";

#[test]
fn a_hostile_backup_does_not_drive_the_terminal() {
    let directory = tempdir().unwrap();
    let item = format!(
        r#"{{"id": "7", "type": 1, "name": "x{HOSTILE}", "folderId": "f2", "notes": "{HOSTILE}",
        "login": {{"username": "{HOSTILE}", "password": "{HOSTILE}", "uris": [{{"uri": "{HOSTILE}"}}]}}, "creationDate": "{HOSTILE}",
        "fields": [{{"name": "{HOSTILE}", "value": "{HOSTILE}", "type": 0}}]}}"#
    );
    let bad = format!(r#"{{"id": "{HOSTILE}", "name": "{HOSTILE}", "type": "{HOSTILE}"}}"#);
    let export = format!(
        r#"{{"items": [{item}, {bad}], "folders": [{{"id": "f2", "name": "{HOSTILE}"}}, {{"id": "{HOSTILE}", "name": 1}}]}}"#
    );
    let backup = file(directory.path(), "b\u{1b}[31m.json", sealed(export.as_bytes()));
    for (args, code) in [
        (&["list"][..], 4),
        (&["list", "--json"], 4),
        (&["show"], 0),
        (&["show", "--reveal"], 0),
        (&["show", "--json", "--reveal"], 0),
        (&["show", "--field", "password"], 0),
        (&["show", "--field", "notes"], 0),
        (&["show", "--field", "nothing"], 5),
        (&["decrypt"], 4),
        (&["decrypt", "--csv"], 4),
    ] {
        let mut all = opening(args[0], &backup);
        if args[0] == "show" {
            all.push("7".into());
        }
        all.extend(args[1..].iter().map(Into::into));
        let (status, shown, _) = Session::start(all).end();
        // The sign of progress is ours, and so are line ends.
        let shown = after_the_sign(&shown).replace("\r\n", "");
        assert_eq!(status.code(), Some(code), "{args:?}: {shown:?}");
        let bad = shown.chars().find(|&c| c.is_control() || matches!(c, '\u{202e}' | '\u{e0000}'..='\u{e007f}'));
        assert_eq!(bad, None, "{args:?}: {shown:?}");
        assert!(shown.contains("202e") || code == 5, "{args:?}: {shown:?}");
    }
}

#[test]
fn nor_does_its_name_in_the_question() {
    let directory = tempdir().unwrap();
    let text = std::fs::read(demo("export-password-pbkdf2.json")).unwrap();
    let session = Session::list(&file(directory.path(), "b\u{1b}[31m\n\u{202e}.json", text));
    session.wait_for_question(1);
    session.type_in(&format!("{PASSWORD}\n"));
    let (status, shown, _) = session.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    assert!(shown.contains(r"/b\u{1b}[31m\n\u{202e}.json: "), "{shown:?}");
    assert!(!shown.contains("\u{1b}[31m") && !shown.contains('\u{202e}'), "{shown:?}");
}

#[test]
fn the_table_is_cut_to_the_terminal() {
    let directory = tempdir().unwrap();
    let item = r#"{"type": 1, "name": "A rather long name of an item", "login": {"username": "somebody@example.com",
        "uris": [{"uri": "https://example.com/a/very/long/path?with=a&query=as&well"}]}}"#;
    let backup = file(directory.path(), "b.json", sealed(export_of(&[item]).as_bytes()));
    let (_, shown, _) = Session::start(opening("list", &backup)).end();
    let lines: Vec<&str> = after_the_sign(&shown).lines().collect();
    assert_eq!(lines[1].chars().count(), 60, "{lines:?}");
    assert!(lines[1].contains('…'), "{lines:?}");
}
