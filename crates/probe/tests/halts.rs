//! Children and threads of real processes at a halt.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use strongroom_probe::{Forks, Hold, Needles, scan};

const TEXT: &str = "w7!Jm3_Qz9:Rk5-Tb1;Xe8";

/// A shell that forks over and over, and holds `TEXT`.
struct Shell(Child);

impl Shell {
    fn new(script: &str) -> Self {
        Self(Command::new("sh").args(["-c", script]).env("SECRET", TEXT).spawn().unwrap())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// What the system says of a process under this name.
fn status(pid: u32, name: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().to_owned()
}

#[test]
fn each_child_is_halted_with_all_that_it_inherits_and_goes_on() {
    let shell = Shell::new("while :; do (exit 0); done");
    let mut needles = Needles::new();
    needles.bytes("text", TEXT.as_bytes()).unwrap();
    let mut forks = Forks::of(shell.pid()).unwrap();
    let mut before = 0;
    for _ in 0..20 {
        let child = forks.next(soon()).unwrap().unwrap();
        assert_ne!(child.pid(), before);
        before = child.pid();
        assert_eq!(status(child.pid(), "PPid"), shell.pid().to_string());
        assert_eq!(status(child.pid(), "State"), "t (tracing stop)");
        let report = scan(child.pid(), &needles).unwrap();
        assert!(!report.hits.is_empty(), "{report}");
        // The shell waits for this one before it makes another.
    }
    drop(forks);
    // It goes on untraced.
    assert_eq!(status(shell.pid(), "TracerPid"), "0");
    let mut forks = Forks::of(shell.pid()).unwrap();
    assert!(forks.next(soon()).unwrap().is_some());
}

#[test]
fn without_children_the_wait_ends() {
    let shell = Shell::new("while :; do :; done");
    let mut forks = Forks::of(shell.pid()).unwrap();
    assert!(forks.next(Instant::now() + Duration::from_millis(5)).unwrap().is_none());
    drop(shell);
    assert!(forks.next(soon()).is_err());
}

#[test]
fn a_thread_is_halted_alone() {
    let shell = Shell::new("while :; do :; done");
    let hold = Hold::of_thread(shell.pid(), shell.pid()).unwrap();
    assert_eq!(status(shell.pid(), "State"), "t (tracing stop)");
    assert_eq!(hold.stack_pointers().unwrap().len(), 1);
    drop(hold);
    assert_eq!(status(shell.pid(), "TracerPid"), "0");
    assert!(Hold::of_thread(shell.pid(), u32::MAX).is_err());
}
