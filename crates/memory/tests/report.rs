//! The report as data and as words.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use strongroom_memory::report::State;
use strongroom_memory::{Demand, Policy, Protection, Report, SecretMemory};

#[test]
fn it_comes_back_from_json() {
    let report = SecretMemory::open(Policy::best_available()).unwrap().report();
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

#[test]
fn every_weak_line_says_what_to_do() {
    for level in Protection::BEST_FIRST {
        let Ok(memory) = SecretMemory::open(Policy::at_rest(Demand::Exactly(level))) else {
            eprintln!("skipped: this machine has no {level} memory");
            continue;
        };
        let report = memory.report();
        let lines = report.lines();
        for line in &lines {
            assert!(line.state != State::Weak || line.advice.is_some(), "{line}");
        }
        let topics: Vec<&str> = lines.iter().map(|line| line.topic).collect();
        for topic in ["platform", "at rest", "in use", "self-probe", "fork", "memory limit", "held now"] {
            assert_eq!(topics.iter().filter(|&&other| other == topic).count(), 1, "{topic} in {topics:?}");
        }
        for topic in ["core files", "tracing", "swap", "hibernation"] {
            assert!(topics.contains(&topic), "{topic} in {topics:?}");
        }
        let in_use = lines.iter().find(|line| line.topic == "in use").unwrap();
        let protected = report.protection.in_use;
        assert_eq!(in_use.state == State::Good, protected == Protection::Secret);
        assert_eq!(in_use.text.starts_with("not protected"), protected == Protection::Plain);
    }
}

#[test]
fn it_counts_what_is_held() {
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let held: Vec<_> =
        (0..10).map(|_| strongroom_memory::SecretBox::make(&memory, |_, ()| [0u8; 64], ()).unwrap()).collect();
    assert_eq!(memory.report().usage.secrets, 10);
    drop(held);
    assert_eq!(memory.report().usage.secrets, 0);
}

/// A report of this machine with some facts changed, as its lines on one topic.
fn told(facts: &[(&str, serde_json::Value)], topic: &str) -> (State, String) {
    let memory = SecretMemory::open(Policy::at_rest(Demand::AtLeast(Protection::Plain))).unwrap();
    let mut report = serde_json::to_value(memory.report()).unwrap();
    // As on a kernel that charges what is mapped, whatever kernel this is.
    for (path, fact) in [("/charged_at_touch", serde_json::Value::Null)].iter().chain(facts) {
        *report.pointer_mut(path).unwrap() = fact.clone();
    }
    let report: Report = serde_json::from_value(report).unwrap();
    let lines = report.lines();
    let line = lines.iter().find(|line| line.topic == topic).unwrap();
    let shown = report.to_string();
    assert!(shown.contains(&format!("{}: {}", topic, line.text)), "{shown}");
    assert!(line.advice.as_ref().is_none_or(|advice| shown.contains(&format!("     -> {advice}"))), "{shown}");
    (line.state, format!("{} {}", line.text, line.advice.as_deref().unwrap_or("(no advice)")))
}

#[test]
fn each_fact_has_its_line_and_its_advice() {
    use serde_json::{Value, json};
    type Facts = Vec<(&'static str, Value)>;
    let secret = || vec![("/protection", json!({"at_rest": "secret", "in_use": "secret"}))];
    let locked = || vec![("/protection", json!({"at_rest": "locked", "in_use": "locked"}))];
    let plain = || vec![("/protection", json!({"at_rest": "plain", "in_use": "plain"}))];
    let with = |mut base: Facts, more: &[(&'static str, Value)]| {
        base.extend_from_slice(more);
        base
    };
    let probe = |secret: &str, control: &str| json!({"secret": secret, "control": control});
    let none = || probe("not_possible", "not_possible");
    let machine = |facts: &[(&'static str, Value)]| facts.to_vec();
    let cases: Vec<(Facts, &str, State, &str)> = vec![
        // At rest and in use.
        (with(secret(), &[("/evidence", json!("process_vm_readv"))]), "at rest", State::Good, "memfd_secret pages"),
        (with(secret(), &[("/evidence", json!("call_alone"))]), "at rest", State::Weak, "nothing here can look"),
        (with(locked(), &[("/refusals", json!([]))]), "at rest", State::Weak, "a lower level was demanded"),
        (
            with(plain(), &[("/refusals", json!([{"call": "mlock", "errno": 12}]))]),
            "at rest",
            State::Weak,
            "see the lines `not granted`",
        ),
        (secret(), "in use", State::Good, "wiped afterwards"),
        (locked(), "in use", State::Weak, "the level in use is never better"),
        (plain(), "in use", State::Weak, "48 KiB of locked memory"),
        // Signals, where there is protection in use.
        (with(secret(), &[("/secret_signal_stack", json!(false))]), "signals in use", State::Note, "SignalStack"),
        (with(secret(), &[("/secret_signal_stack", json!(true))]), "signals in use", State::Good, "is secret"),
        (with(secret(), &[("/secret_signal_stack", Value::Null)]), "signals in use", State::Good, "has no alternate"),
        // The look.
        (
            with(secret(), &[("/no_page", Value::Null), ("/probe_by_call", probe("out_of_reach", "read"))]),
            "self-probe",
            State::Good,
            "process_vm_readv reads an ordinary page and not one of ours",
        ),
        (
            with(
                secret(),
                &[
                    ("/no_page", Value::Null),
                    ("/probe_by_call", none()),
                    ("/probe_by_file", probe("out_of_reach", "read")),
                ],
            ),
            "self-probe",
            State::Good,
            "/proc/self/mem reads an ordinary page and not one of ours",
        ),
        (
            with(secret(), &[("/no_page", Value::Null), ("/probe_by_call", probe("read", "read"))]),
            "self-probe",
            State::Weak,
            "reads our pages",
        ),
        (
            with(plain(), &[("/no_page", Value::Null), ("/probe_by_call", probe("read", "read"))]),
            "self-probe",
            State::Note,
            "as it does at this level",
        ),
        (
            with(secret(), &[("/no_page", Value::Null), ("/probe_by_call", none()), ("/probe_by_file", none())]),
            "self-probe",
            State::Unknown,
            "mount /proc",
        ),
        (
            with(secret(), &[("/no_page", json!("the limit"))]),
            "self-probe",
            State::Unknown,
            "no page to look at: the limit",
        ),
        // Limits.
        (
            machine(&[("/machine/lock_limit", json!(65536)), ("/machine/lock_limit_exempt", json!(true))]),
            "memory limit",
            State::Good,
            "exempt",
        ),
        (
            machine(&[("/machine/lock_limit", Value::Null), ("/machine/lock_limit_exempt", json!(false))]),
            "memory limit",
            State::Unknown,
            "is not told",
        ),
        (
            machine(&[("/machine/lock_limit", json!(u64::MAX)), ("/machine/lock_limit_exempt", json!(false))]),
            "memory limit",
            State::Good,
            "no limit on locked memory",
        ),
        (
            machine(&[("/machine/lock_limit", json!(65536)), ("/machine/lock_limit_exempt", json!(false))]),
            "memory limit",
            State::Weak,
            "RLIMIT_MEMLOCK is 64 KiB",
        ),
        (
            machine(&[("/machine/lock_limit", json!(8 << 20)), ("/machine/lock_limit_exempt", json!(false))]),
            "memory limit",
            State::Good,
            "RLIMIT_MEMLOCK is 8192 KiB",
        ),
        (
            with(
                machine(&[("/machine/lock_limit", json!(8 << 20)), ("/machine/lock_limit_exempt", json!(true))]),
                &[("/charged_at_touch", json!(true))],
            ),
            "memory limit",
            State::Good,
            "RLIMIT_MEMLOCK is 8192 KiB for all processes of the user together, root's too",
        ),
        (
            with(
                machine(&[("/machine/lock_limit", json!(65536)), ("/machine/lock_limit_exempt", json!(true))]),
                &[("/charged_at_touch", json!(true))],
            ),
            "memory limit",
            State::Weak,
            "RLIMIT_MEMLOCK is 64 KiB for all processes of the user together",
        ),
        // The machine.
        (
            machine(&[("/machine/core_limit", json!(0)), ("/machine/core_pattern", json!("core"))]),
            "core files",
            State::Good,
            "RLIMIT_CORE is 0",
        ),
        (
            machine(&[
                ("/machine/core_limit", json!(0)),
                ("/machine/core_pattern", json!("|/usr/bin/collect")),
                ("/machine/dumpable", json!(true)),
            ]),
            "core files",
            State::Weak,
            "a program receives them",
        ),
        (
            machine(&[
                ("/machine/core_limit", json!(5)),
                ("/machine/core_pattern", json!("|/usr/bin/collect")),
                ("/machine/dumpable", json!(false)),
            ]),
            "core files",
            State::Good,
            "not dumpable",
        ),
        (
            machine(&[
                ("/machine/core_limit", json!(5)),
                ("/machine/core_pattern", json!("core")),
                ("/machine/dumpable", json!(true)),
            ]),
            "core files",
            State::Weak,
            "ulimit -c 0",
        ),
        (
            machine(&[("/machine/dumpable", json!(false)), ("/machine/ptrace_scope", Value::Null)]),
            "tracing",
            State::Good,
            "the kernel has no ptrace_scope",
        ),
        (
            machine(&[("/machine/dumpable", json!(true)), ("/machine/ptrace_scope", json!(1))]),
            "tracing",
            State::Note,
            "restricted; kernel.yama.ptrace_scope is 1",
        ),
        (
            machine(&[("/machine/dumpable", json!(true)), ("/machine/ptrace_scope", json!(0))]),
            "tracing",
            State::Weak,
            "call process::harden",
        ),
        (
            machine(&[("/machine/dumpable", json!(true)), ("/machine/perf_event_paranoid", json!(2))]),
            "perf",
            State::Weak,
            "nothing shuts out root's",
        ),
        (
            machine(&[("/machine/dumpable", json!(true)), ("/machine/perf_event_paranoid", json!(3))]),
            "perf",
            State::Good,
            "shut to other users' programs",
        ),
        (machine(&[("/machine/swap_kib", json!(0))]), "swap", State::Good, "the machine has none"),
        (with(plain(), &[("/machine/swap_kib", json!(2048))]), "swap", State::Weak, "2 MiB, and keys may be written"),
        (with(locked(), &[("/machine/swap_kib", json!(2048))]), "swap", State::Note, "keys are never written to it"),
        (machine(&[("/machine/hibernation", Value::Null)]), "hibernation", State::Unknown, "does not tell"),
        (machine(&[("/machine/hibernation", json!("absent"))]), "hibernation", State::Good, "the kernel has none"),
        (machine(&[("/machine/hibernation", json!("blocked"))]), "hibernation", State::Note, "drop the keys"),
        (
            with(secret(), &[("/machine/hibernation", json!("possible"))]),
            "hibernation",
            State::Weak,
            "this kernel does not count it",
        ),
        (
            with(
                secret(),
                &[
                    ("/machine/hibernation", json!("possible")),
                    ("/usage/mapped", json!(0)),
                    ("/usage/workspaces", json!(0)),
                ],
            ),
            "hibernation",
            State::Good,
            "no secret memory is held",
        ),
        (
            with(locked(), &[("/machine/hibernation", json!("possible"))]),
            "hibernation",
            State::Weak,
            "encrypt the disk",
        ),
    ];
    for (facts, topic, state, words) in cases {
        let (told_state, text) = told(&facts, topic);
        assert_eq!(told_state, state, "{topic} of {facts:?}: {text}");
        assert!(text.contains(words), "{topic} of {facts:?}: {text}");
    }
}
