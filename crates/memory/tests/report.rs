//! The report as data and as words.
#![cfg(target_os = "linux")]

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
