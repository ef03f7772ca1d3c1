//! Memory that nobody uses: kept while a handle keeps it, and else given back at once, whatever the order.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};
use std::time::Duration;

use strongroom_memory::{Demand, Policy, ProtectedBytes, Protection, SecretBox, SecretMemory, Usage};
use strongroom_testkit::{orders, skip, stall, victim};

/// Secret memory at rest and in use; `None` where the kernel has none.
fn secret() -> Option<SecretMemory> {
    let secret = Demand::Exactly(Protection::Secret);
    SecretMemory::open(Policy::at_rest(secret).in_use(secret)).ok()
}

fn secret_pages() -> usize {
    std::fs::read_to_string("/proc/self/maps").unwrap().matches("secretmem").count()
}

fn read(memory: &SecretMemory, secret: &ProtectedBytes) {
    assert_eq!(memory.scope(|inside, secret: &ProtectedBytes| secret.expose(inside).len(), secret), Ok(secret.len()));
}

/// Handles, secrets of several sizes and a secret that is read after the last handle has gone.
#[test]
fn nothing_is_left_in_whatever_order_things_are_dropped() {
    let outcome = victim!().run(|| {
        for order in orders(5) {
            let Some(memory) = secret() else {
                println!("no secret memory");
                return;
            };
            let idle = memory.keeping_spare(false);
            let word = ProtectedBytes::copy_from(&memory, b"open sesame").unwrap();
            let long = ProtectedBytes::copy_from(&idle, &[7; ProtectedBytes::MAX]).unwrap();
            let key = SecretBox::make(&memory, |_, ()| [7u8; 640], ()).unwrap();
            let clone = memory.clone();
            let mut things: [Option<Box<dyn FnOnce()>>; 5] = [
                Some(Box::new(move || drop(memory))),
                Some(Box::new(move || drop(clone))),
                Some(Box::new({
                    let idle = idle.clone();
                    move || read(&idle, &word)
                })),
                Some(Box::new(move || drop(long))),
                Some(Box::new(move || drop(key))),
            ];
            for (step, &thing) in order.iter().enumerate() {
                assert!(secret_pages() > 0, "{order:?}, before step {step}: the control");
                things.get_mut(thing).and_then(Option::take).unwrap()();
            }
            assert_eq!((idle.usage().secrets, idle.usage().mapped, idle.usage().workspaces), (0, 0, 0), "{order:?}");
            assert_eq!(secret_pages(), 0, "{order:?}");
        }
    });
    outcome.assert_exit(0);
    if outcome.stdout.contains("no secret memory") {
        skip!("no secret memory here");
    }
}

#[test]
fn a_handle_that_keeps_it_makes_the_difference() {
    let Some(memory) = secret() else { skip!("no secret memory here") };
    let make_and_drop = |memory: &SecretMemory| {
        let word = ProtectedBytes::copy_from(memory, b"open sesame").unwrap();
        read(memory, &word);
        let held = memory.usage().mapped;
        drop(word);
        (held, memory.usage().mapped, memory.usage().workspaces)
    };
    let idle = memory.keeping_spare(false);
    let page = 4096;
    assert_eq!(idle.usage().mapped, page, "the page that was looked at");
    assert_eq!(make_and_drop(&idle), (page, page, 1), "kept");
    drop(memory);
    for _ in 0..5 {
        assert_eq!(make_and_drop(&idle), (page, 0, 0), "given back, and no larger the next time");
    }
    let memory = idle.keeping_spare(true);
    for _ in 0..5 {
        assert_eq!(make_and_drop(&idle), (page, page, 1), "kept again");
    }
    // What another keeps is nobody else's to give back.
    drop(memory.clone());
    drop(memory.reserving(strongroom_memory::StackBudget::FIELD));
    drop(idle.clone());
    assert_eq!((idle.usage().mapped, idle.usage().workspaces), (page, 1));
    drop(memory);
    assert_eq!((idle.usage().mapped, idle.usage().workspaces), (0, 0));
}

/// Lets the last handle that keeps spare memory go while another thread is anywhere in `work`, again and again.
/// Whatever `work` used is given back by the one or the other: returns how often something was left, and how often it
/// was in use.
fn last_handle_goes_during(
    work: fn(&SecretMemory, &ProtectedBytes),
    used: fn(&Usage) -> usize,
) -> Option<(usize, usize)> {
    let memory = secret()?;
    let idle = memory.keeping_spare(false);
    // Of another store: its page is none of these.
    let word = ProtectedBytes::copy_from(&secret()?, b"open sesame").unwrap();
    drop(memory);
    let (round, stops) = (Barrier::new(2), AtomicBool::new(false));
    let (this, thread) = mpsc::channel();
    let (mut left, mut in_use) = (0, 0);
    std::thread::scope(|threads| {
        let (idle, word, round, stops) = (&idle, &word, &round, &stops);
        threads.spawn(move || {
            this.send(stall::Thread::this()).unwrap();
            for _ in 0..ROUNDS {
                round.wait();
                while !stops.load(Ordering::SeqCst) {
                    work(idle, word);
                }
                round.wait();
            }
        });
        let thread = thread.recv().unwrap();
        for _ in 0..ROUNDS {
            let keeper = idle.keeping_spare(true);
            stops.store(false, Ordering::SeqCst);
            round.wait();
            while used(&idle.usage()) == 0 {
                std::hint::spin_loop();
            }
            let stalled = thread.stall().unwrap();
            stops.store(true, Ordering::SeqCst);
            // It waits for a lock that the other thread may hold where it stands.
            let (gone, goes) = mpsc::channel();
            threads.spawn(move || {
                drop(keeper);
                gone.send(()).unwrap();
            });
            let early = goes.recv_timeout(PATIENCE);
            in_use += usize::from(early.is_ok() && used(&idle.usage()) > 0);
            drop(stalled);
            early.or_else(|_| goes.recv()).unwrap();
            round.wait();
            left += usize::from(used(&idle.usage()) > 0);
        }
    });
    Some((left, in_use))
}

const ROUNDS: usize = 2000;
const PATIENCE: Duration = Duration::from_millis(10);

fn assert_nothing_is_left(work: fn(&SecretMemory, &ProtectedBytes), used: fn(&Usage) -> usize) {
    match last_handle_goes_during(work, used) {
        None => println!("no secret memory"),
        Some((left, in_use)) => {
            assert_eq!(left, 0, "of {ROUNDS}");
            assert!(in_use > ROUNDS / 20, "the control: in use {in_use} times");
        }
    }
}

#[test]
fn a_stack_whose_operation_ends_at_that_moment_is_given_back() {
    let outcome = victim!().run(|| assert_nothing_is_left(read, |usage| usage.workspaces));
    outcome.assert_exit(0);
    if outcome.stdout.contains("no secret memory") {
        skip!("no secret memory here");
    }
}

#[test]
fn a_page_whose_last_secret_is_dropped_at_that_moment_is_given_back() {
    let make_and_drop =
        |idle: &SecretMemory, _: &ProtectedBytes| drop(ProtectedBytes::copy_from(idle, &[7; 4000]).unwrap());
    let outcome = victim!().run(|| assert_nothing_is_left(make_and_drop, |usage| usage.mapped));
    outcome.assert_exit(0);
    if outcome.stdout.contains("no secret memory") {
        skip!("no secret memory here");
    }
}
