//! Scans of real processes.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use strongroom_probe::{Form, Kind, Label, Needles, ScanError, scan};
use strongroom_testkit::{End, fork, page, victim};

const TEXT: &str = "k4:8Hq-Zp1!vR7_eJ2;sW9";

fn needles(text: &str) -> Needles {
    let mut needles = Needles::new();
    needles.bytes("text", text.as_bytes()).unwrap();
    needles
}

fn raw() -> Label {
    Label { secret: "text".into(), form: Form::Raw }
}

/// A process that has `TEXT` in its environment and waits for input.
struct Holder(Child);

impl Holder {
    fn new() -> Self {
        let mut command = Command::new("cat");
        command.env("SECRET", TEXT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = Self(command.spawn().unwrap());
        // Until it answers it may still be starting.
        holder.0.stdin.as_mut().unwrap().write_all(b"?").unwrap();
        holder.0.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn what_another_process_holds_is_found_and_nothing_else() {
    let holder = Holder::new();
    let report = scan(holder.0.id(), &needles(TEXT)).unwrap();
    assert!(report.count(&raw()).of_16 > 0, "{report}");
    assert!(
        report.hits.iter().any(|hit| hit.region.kind == Kind::Stack),
        "the environment lies on the stack: {report}"
    );
    assert!(report.hits.iter().all(|hit| hit.label == raw()), "only the raw form is there: {report}");
    assert!(report.regions > 5 && report.bytes > 100_000, "{report}");

    let report = scan(holder.0.id(), &needles("d5%Gn2~Ub7@Xc9?Ft3&Ly6")).unwrap();
    assert_eq!(report.hits, []);
}

#[test]
fn a_page_without_access_is_read_all_the_same() {
    let outcome = victim!().run(|| {
        let text = "hx_".to_owned() + TEXT;
        let address = page::without_access(text.as_bytes()) as u64;
        let holder = std::process::id();
        let end = fork::child(|| {
            let report = scan(holder, &needles(&text)).unwrap();
            let there = report.hits.iter().find(|hit| hit.address == address && hit.offset == 0).unwrap();
            assert_eq!((there.region.permissions.as_str(), there.region.kind), ("---p", Kind::Anonymous));
            0
        });
        assert_eq!(end, End::Exit(0));
    });
    outcome.assert_exit(0);
}

#[test]
fn a_process_that_is_not_there_is_an_error() {
    // Above the most that kernel.pid_max can be. One that has ended may be somebody else by now.
    let nobody = (1 << 22) + 1;
    let error = scan(nobody, &needles(TEXT)).unwrap_err();
    assert!(matches!(error, ScanError::Memory { pid, .. } if pid == nobody), "{error}");
}

#[test]
fn somebody_elses_process_is_an_error() {
    // The scanning test process is root's, or the same user's: both see this one. A stranger does not see init.
    let outcome = victim!().unprivileged().run(|| {
        let error = scan(1, &needles(TEXT)).unwrap_err();
        assert!(matches!(error, ScanError::Map { pid: 1, .. } | ScanError::Memory { pid: 1, .. }), "{error}");
    });
    outcome.assert_exit(0);
}
