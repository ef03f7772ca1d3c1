//! Kernels that charge a secret page when it is first touched (since a fix of 2026): a touch beyond the limit is
//! SIGBUS.
#![cfg(target_os = "linux")]

use strongroom_memory::process::SignalStack;
use strongroom_memory::{
    Call, Demand, MemoryError, OpenError, Policy, ProtectedBytes, Protection, Refusal, ScopeToken, SecretMemory,
};
use strongroom_testkit::{Outcome, charge, libc, needs_secret_memory, secret_memory::Page, victim};

const BEYOND: Refusal = Refusal { call: Call::Touch, errno: libc::EFAULT };

fn secret() -> Policy {
    Policy::at_rest(Demand::AtLeast(Protection::Secret))
}

/// Takes a page of secret memory as a program would that knows nothing of the limit.
fn touch_a_page() {
    let page = Page::take_by_store();
    assert!(page.is_ok(), "mapping is always granted: {page:?}");
}

fn alive(outcome: &Outcome) {
    outcome.assert_exit(0);
    assert!(outcome.stdout.contains("alive"), "{outcome:?}");
}

#[test]
fn the_control_dies_of_sigbus() {
    needs_secret_memory!();
    let within = victim!().named("within").run(|| {
        charge::at_first_touch(4096);
        touch_a_page();
    });
    within.assert_exit(0);
    let beyond = victim!().named("beyond").run(|| {
        charge::at_first_touch(0);
        touch_a_page();
    });
    beyond.assert_signal(libc::SIGBUS);
}

#[test]
fn a_limit_of_nothing_is_the_next_level() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        charge::at_first_touch(0);
        match SecretMemory::open(secret()) {
            Err(OpenError::AtRest { refusals, .. }) => assert_eq!(refusals, [BEYOND]),
            other => panic!("{other:?}"),
        }
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        assert_eq!(memory.protection().at_rest, Protection::Locked);
        let report = memory.report();
        assert_eq!(report.refusals, [BEYOND]);
        assert!(report.to_string().contains("all processes of the user share"), "{report}");
        println!("alive");
    });
    alive(&outcome);
}

/// Slots up to the limit, then a typed refusal, and what is held is unharmed.
#[test]
fn slots_stop_at_the_limit() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        charge::at_first_touch(256 << 10);
        let memory = SecretMemory::open(secret()).unwrap();
        let mut held = Vec::new();
        let refusal = loop {
            match ProtectedBytes::copy_from(&memory, &[held.len() as u8; 4000]) {
                Ok(secret) => held.push(secret),
                Err(MemoryError::Refused(refusal)) => break refusal,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(refusal, BEYOND);
        // The first chunk was for the look when it was opened; the rest but one stack holds a secret a page.
        let stack = charge::mapped_secret_bytes() as usize - memory.usage().mapped;
        assert!(stack >= 64 << 10, "{stack}");
        assert_eq!(charge::mapped_secret_bytes(), 256 << 10, "the limit is used whole");
        for (n, secret) in held.iter().enumerate() {
            let first = memory.scope(|inside, secret: &ProtectedBytes| secret.expose(inside)[3999], secret);
            assert_eq!(first, Ok(n as u8));
        }
        held.truncate(5);
        held.push(ProtectedBytes::copy_from(&memory, b"again").unwrap());
        println!("alive");
    });
    alive(&outcome);
}

#[test]
fn operation_stacks_stop_at_the_limit() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        // A page of slots and nearly a small stack.
        charge::at_first_touch(30 << 10);
        let memory = SecretMemory::open(secret()).unwrap();
        let in_use = memory.protection().in_use;
        assert!(in_use < Protection::Secret, "{in_use}");
        assert_eq!(memory.report().refusals_in_use.first(), Some(&BEYOND));
        assert_eq!(memory.scope(|_: &ScopeToken<'_>, n: u64| n + 1, 1), Ok(2));
        println!("alive");
    });
    alive(&outcome);
    // Threads that find no room for another stack take turns.
    let outcome = victim!().named("turns").run(|| {
        charge::at_first_touch(300 << 10);
        let memory = SecretMemory::open(secret().in_use(Demand::AtLeast(Protection::Secret))).unwrap();
        std::thread::scope(|threads| {
            for _ in 0..16 {
                threads.spawn(|| {
                    for n in 0..200 {
                        assert!(
                            memory.scope(|_: &ScopeToken<'_>, n: u64| (0..2000).fold(n, u64::wrapping_add), n).is_ok()
                        );
                    }
                });
            }
        });
        assert!((1..=4).contains(&memory.usage().workspaces), "{:?}", memory.usage());
        println!("alive");
    });
    alive(&outcome);
}

/// Other processes of the user may hold what the limit has room for. What is left is what counts: a stack that leaves
/// no room for the secrets that an operation works on is not taken.
#[test]
fn a_stack_leaves_room_for_secrets() {
    needs_secret_memory!();
    // A root key, a symmetric key, a key of another kind and a password, each of a size of its own.
    const SECRETS: usize = 4;
    let mut said = String::new();
    for kib in (8..=96).step_by(4) {
        let outcome = victim!().named(format!("{kib}")).run(|| {
            charge::at_first_touch(kib << 10);
            let memory = SecretMemory::open(secret()).unwrap();
            let in_use = memory.protection().in_use;
            let held: Vec<_> =
                (0..SECRETS).map_while(|_| ProtectedBytes::copy_from(&memory, &[7; 4000]).ok()).collect();
            let has_room = held.len() == SECRETS;
            assert!(has_room || in_use == Protection::Plain, "{kib} KiB: {in_use} with room for {}", held.len());
            print!("{in_use} ");
        });
        outcome.assert_exit(0);
        said.push_str(&outcome.stdout);
    }
    // Each level was there, the control; and more memory is never less protection.
    let mut levels: Vec<&str> = said.split_whitespace().collect();
    levels.dedup();
    assert_eq!(levels, ["plain", "locked", "secret"], "{said}");
}

#[test]
fn signal_stacks_stop_at_the_limit() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        assert_eq!(memory.protection().in_use, Protection::Secret);
        charge::at_first_touch(charge::mapped_secret_bytes() + 4096);
        assert_eq!(SignalStack::install(&memory).unwrap_err(), BEYOND);
        println!("alive");
    });
    alive(&outcome);
}

/// No page of a mapping that was refused half-way stays.
#[test]
fn a_refusal_leaves_nothing_mapped() {
    needs_secret_memory!();
    let outcome = victim!().run(|| {
        let memory = SecretMemory::open(secret()).unwrap();
        let before = charge::mapped_secret_bytes();
        charge::at_first_touch(before + 4096);
        // The large slot's chunk would be one page; the stack of another thread many.
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| assert_eq!(memory.scope(|_: &ScopeToken<'_>, ()| 1u8, ()), Ok(1)));
            }
        });
        assert_eq!(charge::mapped_secret_bytes(), before);
        println!("alive");
    });
    alive(&outcome);
}
