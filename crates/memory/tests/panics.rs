//! Panics in operations where the limit on locked memory leaves small stacks.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::panic, clippy::unwrap_used, reason = "panics are what is tested")]

use std::hint::black_box;
use strongroom_memory::{EnterError, Policy, Protection, ScopeToken, SecretMemory, StackBudget};
use strongroom_testkit::{Limit, Outcome, Victim, victim};

/// Bytes that the operation has on its stack when it panics, of the 32 KiB under a tight limit.
const USED: usize = 18 << 10;

fn panics(_: &ScopeToken<'_>, byte: u8) -> u8 {
    let used = black_box([byte; USED]);
    if used[USED - 1] == 1 {
        panic!("quoted");
    }
    used[0]
}

/// Panics in an operation and then outside, under a limit of so many KiB.
fn under(victim: Victim, kib: u64) -> Outcome {
    let victim = victim.named(kib.to_string()).unprivileged().limit(Limit::LockedMemory, kib << 10);
    victim.env("RUST_BACKTRACE", "1").run(|| {
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        println!("in use: {}", memory.protection().in_use > Protection::Plain);
        let room = StackBudget { stack: 20 << 10, ..StackBudget::FIELD };
        assert_eq!(memory.scope_reserving(room, panics, 1), Err(EnterError::Panicked));
        assert_eq!(memory.scope_reserving(room, panics, 2), Ok(2));
        let outside = std::panic::catch_unwind(|| panic!("as ever"));
        assert!(outside.is_err());
    })
}

#[test]
fn a_panic_is_an_error_on_the_smallest_stack_too() {
    for kib in [52, 64, 80] {
        let outcome = under(victim!(), kib);
        outcome.assert_exit(0);
        assert!(outcome.stdout.contains("in use: true"), "{outcome:?}");
        assert!(outcome.stderr.contains("too small to report more"), "{outcome:?}");
        assert!(!outcome.stderr.contains("quoted"), "{outcome:?}");
        assert!(outcome.stderr.contains("as ever") && outcome.stderr.contains("stack backtrace"), "{outcome:?}");
    }
}

#[test]
fn where_there_is_room_the_report_is_whole() {
    let outcome = under(victim!(), 1024);
    outcome.assert_exit(0);
    assert!(outcome.stderr.contains("quoted") && outcome.stderr.contains("stack backtrace"), "{outcome:?}");
}
