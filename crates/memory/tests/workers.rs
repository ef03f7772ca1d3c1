//! Alternate signal stacks for the threads that a library shares its work out to.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "scope/levels.rs"]
mod levels;

use levels::{at_both_levels, is_area_of, is_of, open};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{mem, ptr, thread};
use strongroom_memory::process::SignalStack;
use strongroom_memory::{Demand, Policy, Protection, ScopeToken, SecretMemory, StackBudget, WorkerStacks};
use strongroom_testkit::area::Area;
use strongroom_testkit::{End, Limit, filter, fork, libc, victim};

/// Where the last frame of a signal was.
static FRAME: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(_: libc::c_int) {
    let local = 0u8;
    FRAME.store((&raw const local).addr(), Ordering::SeqCst);
}

fn handle(handler: extern "C" fn(libc::c_int)) {
    // SAFETY: all zeros are a valid value of this type.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as *const () as libc::sighandler_t;
    action.sa_flags = libc::SA_ONSTACK;
    // SAFETY: the handlers of this file run at no other moment than when they are called for.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()) }, 0);
}

/// The frame of a signal that interrupts an operation.
fn frame(memory: &SecretMemory) -> usize {
    let interrupted = |_: &ScopeToken<'_>, (): ()| {
        // SAFETY: the handler is installed.
        unsafe { libc::raise(libc::SIGUSR1) };
    };
    handle(note);
    memory.scope(interrupted, ()).unwrap();
    FRAME.load(Ordering::SeqCst)
}

/// The thread's alternate stack, after it was changed to `new` if there is one.
fn exchange(new: Option<&libc::stack_t>) -> libc::stack_t {
    // SAFETY: all zeros are a valid value of this type.
    let mut before: libc::stack_t = unsafe { mem::zeroed() };
    // SAFETY: what is set is memory that is never freed; `before` is writable.
    let done = unsafe { libc::sigaltstack(new.map_or(ptr::null(), ptr::from_ref), &raw mut before) };
    assert_eq!(done, 0);
    before
}

fn set_now() -> usize {
    exchange(None).ss_sp.addr()
}

fn areas_of(level: Protection) -> usize {
    Area::all().iter().filter(|area| is_area_of(level, area)).count()
}

/// Areas, where there are idle stacks of operations alone beside what is asked about.
fn areas_beyond(level: Protection, before: usize) -> usize {
    areas_of(level) - before
}

/// A memory whose stacks of operations are there.
fn settled(level: Protection) -> (SecretMemory, usize) {
    let memory = open(level);
    memory.scope(|_, ()| 0u8, ()).unwrap();
    let areas = areas_of(level);
    (memory, areas)
}

at_both_levels! {
    #[test]
    fn a_thread_that_works_has_its_frames_in_memory_of_the_level() {
        victim!()
            .run(|| {
                let (memory, _) = settled(LEVEL);
                let stacks = memory.worker_stacks(3);
                assert_eq!(stacks.threads(), 3);
                thread::scope(|threads| {
                    for _ in 0..3 {
                        // One after the other: they note their frames in the same place.
                        let work = || {
                            let before = set_now();
                            assert!(is_of(Protection::Plain, frame(&memory)), "the control: std's");
                            let working = stacks.enter();
                            let ours = set_now();
                            assert!(is_of(LEVEL, frame(&memory)));
                            // Inside it nothing changes.
                            drop(stacks.enter());
                            assert_eq!(set_now(), ours);
                            assert!(is_of(LEVEL, frame(&memory)));
                            drop(working);
                            assert_eq!(set_now(), before);
                            assert!(is_of(Protection::Plain, frame(&memory)), "std's again");
                        };
                        threads.spawn(work).join().unwrap();
                    }
                });
            })
            .assert_exit(0);
    }

    #[test]
    fn a_thread_that_has_one_as_good_keeps_it() {
        victim!()
            .run(|| {
                let (memory, _) = settled(LEVEL);
                let stacks = memory.worker_stacks(2);
                let installed = SignalStack::install(&memory).unwrap();
                let ours = set_now();
                let working = stacks.enter();
                assert_eq!(set_now(), ours);
                drop(working);
                assert_eq!(set_now(), ours);
                drop(installed);
                // One of a lower level is not as good.
                let plain = Demand::Exactly(Protection::Plain);
                let lower = SecretMemory::open(Policy::at_rest(plain).in_use(plain)).unwrap();
                let installed = SignalStack::install(&lower).unwrap();
                let theirs = set_now();
                let working = stacks.enter();
                assert!(is_of(LEVEL, frame(&memory)));
                drop(working);
                assert_eq!(set_now(), theirs);
                drop(installed);
            })
            .assert_exit(0);
    }

    #[test]
    fn they_are_kept_for_the_next_work_as_long_as_memory_is() {
        victim!()
            .run(|| {
                let (memory, before) = settled(LEVEL);
                let stacks = memory.worker_stacks(4);
                assert_eq!(areas_beyond(LEVEL, before), 4);
                drop(stacks.enter());
                drop(stacks);
                assert_eq!(areas_beyond(LEVEL, before), 4, "kept");
                let (two, four) = (memory.worker_stacks(2), memory.worker_stacks(4));
                assert_eq!((two.threads(), four.threads()), (2, 4));
                assert_eq!(areas_beyond(LEVEL, before), 6, "four of them again");
                drop((two, four));
                memory.trim();
                assert!(areas_of(LEVEL) <= before);
                // Nothing is kept for a handle that does not want it.
                let idle = memory.keeping_spare(false);
                let stacks = idle.worker_stacks(2);
                drop(memory);
                let out = areas_of(LEVEL);
                drop(stacks);
                assert_eq!(areas_of(LEVEL), out - 2);
                drop(idle.worker_stacks(2));
                assert_eq!(areas_of(LEVEL), out - 2);
            })
            .assert_exit(0);
    }

    #[test]
    fn what_was_written_to_them_is_gone_when_they_are_kept() {
        victim!()
            .run(|| {
                let (memory, _) = settled(LEVEL);
                let stacks = memory.worker_stacks(2);
                let working = stacks.enter();
                let range = exchange(None);
                frame(&memory);
                let bytes = || {
                    // SAFETY: the stack stays mapped: it is set, or kept.
                    unsafe { std::slice::from_raw_parts(range.ss_sp.cast::<u8>(), range.ss_size) }.to_vec()
                };
                assert!(bytes().iter().any(|byte| *byte != 0), "the control");
                drop(working);
                drop(stacks);
                assert!(bytes().iter().all(|byte| *byte == 0));
            })
            .assert_exit(0);
    }

    #[test]
    fn a_limit_has_room_for_them_beside_keys_and_operations() {
        for kib in [64, 128, 256, 512, 1024, 8192] {
            let name = format!("{kib} KiB");
            let outcome = victim!().named(name).unprivileged().limit(Limit::LockedMemory, kib << 10).run(move || {
                let len = {
                    let plain = Demand::Exactly(Protection::Plain);
                    let lower = SecretMemory::open(Policy::at_rest(plain).in_use(plain)).unwrap();
                    let _stack = SignalStack::install(&lower).unwrap();
                    exchange(None).ss_size
                };
                let expected = match usize::try_from(kib << 10).unwrap() / 8 / len {
                    0 => 1,
                    threads => threads.min(16),
                };
                let (memory, before) = settled(LEVEL);
                let stacks = memory.worker_stacks(16);
                assert_eq!(stacks.threads(), expected, "{kib} KiB, stacks of {len}");
                let out = if expected == 1 { 0 } else { expected };
                assert_eq!(areas_beyond(LEVEL, before), out);
                assert_eq!(memory.scope(|_, number: u64| number, 7), Ok(7));
                drop(stacks);
                // Where the limit is tight none waits.
                assert_eq!(areas_beyond(LEVEL, before), if kib == 8192 { out } else { 0 });
            });
            outcome.assert_exit(0);
        }
    }

    #[test]
    fn what_has_room_has_room_beside_them() {
        let stack = if cfg!(debug_assertions) { 500 << 10 } else { 300 << 10 };
        let mut seen = Vec::new();
        for kib in (320..=672).step_by(16) {
            let victim = victim!().named(format!("{kib} KiB")).unprivileged();
            let outcome = victim.limit(Limit::LockedMemory, kib << 10).run(move || {
                let memory = open(LEVEL);
                let largest = || memory.scope_reserving(StackBudget { stack, ..StackBudget::FIELD }, |_, number: u64| number, 7).is_ok();
                let without = largest();
                let stacks = memory.worker_stacks(16);
                let threads = stacks.threads();
                let _working = (threads > 1).then(|| stacks.enter());
                assert_eq!(largest(), without, "{kib} KiB, {threads} threads");
                println!("{without} {}", threads > 1);
            });
            outcome.assert_exit(0);
            seen.push(outcome.stdout.trim().to_owned());
        }
        // Too little for the operation; room for it alone; room for both.
        for case in ["false true", "true false", "true true"] {
            assert!(seen.iter().any(|seen| seen == case), "{case}: {seen:?}");
        }
    }

    #[test]
    fn a_stack_that_the_program_sets_in_its_part_of_the_work_stays_its_own_business() {
        victim!()
            .run(|| {
                let (memory, before) = settled(LEVEL);
                let stacks = memory.worker_stacks(2);
                let working = stacks.enter();
                let ours = set_now();
                let theirs = Vec::leak(vec![0u8; 64 << 10]);
                let theirs = libc::stack_t { ss_sp: theirs.as_mut_ptr().cast(), ss_flags: 0, ss_size: theirs.len() };
                let found = exchange(Some(&theirs));
                assert_eq!(found.ss_sp.addr(), ours);
                drop(stacks.enter());
                assert_eq!(set_now(), theirs.ss_sp.addr(), "inside the work it is not set again");
                drop(working);
                assert_eq!(set_now(), theirs.ss_sp.addr());
                // The next part of the work has ours again, and gives back what it found.
                let working = stacks.enter();
                assert!(is_of(LEVEL, frame(&memory)));
                drop(working);
                assert_eq!(set_now(), theirs.ss_sp.addr());
                // The first of ours is there as long as they may put it back.
                drop(stacks);
                memory.trim();
                exchange(Some(&found));
                assert!(is_of(LEVEL, frame(&memory)));
                drop(SignalStack::install(&memory).unwrap());
                memory.trim();
                assert!(areas_of(LEVEL) <= before);
            })
            .assert_exit(0);
    }

    #[test]
    fn a_thread_that_runs_on_its_alternate_stack_keeps_it() {
        static MEMORY: OnceLock<SecretMemory> = OnceLock::new();
        static STACKS: OnceLock<WorkerStacks<'static>> = OnceLock::new();
        static SET: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
        // Not what a handler may do in a program: this one interrupts nothing.
        extern "C" fn enter_here(_: libc::c_int) {
            SET[0].store(set_now(), Ordering::SeqCst);
            let _working = STACKS.get().map(WorkerStacks::enter);
            SET[1].store(set_now(), Ordering::SeqCst);
        }
        victim!()
            .run(|| {
                let stacks = STACKS.get_or_init(|| MEMORY.get_or_init(|| open(LEVEL)).worker_stacks(2));
                assert_eq!(stacks.threads(), 2);
                let before = set_now();
                handle(enter_here);
                // SAFETY: the handler is installed.
                unsafe { libc::raise(libc::SIGUSR1) };
                assert_eq!([&SET[0], &SET[1]].map(|set| set.load(Ordering::SeqCst)), [before; 2]);
                assert_eq!(set_now(), before);
            })
            .assert_exit(0);
    }

    #[test]
    fn a_forked_child_works_alone_and_ends_what_the_parent_began() {
        victim!()
            .run(|| {
                let (memory, _) = settled(LEVEL);
                let before = set_now();
                let stacks = memory.worker_stacks(2);
                let mut working = Some(stacks.enter());
                let ours = set_now();
                let end = fork::child(|| {
                    assert_eq!(memory.worker_stacks(2).threads(), 1);
                    assert_eq!(set_now(), ours);
                    drop(stacks.enter());
                    drop(working.take());
                    assert_eq!(set_now(), before);
                    // A pool that the parent began has no threads here, whosever memory it is.
                    let own = open(LEVEL);
                    assert_eq!(own.worker_stacks(2).threads(), 1);
                    drop(own.worker_stacks(2).enter());
                    assert_eq!(set_now(), before);
                    0
                });
                assert_eq!(end, End::Exit(0));
                assert!(is_of(LEVEL, frame(&memory)));
                drop(working);
                assert_eq!(set_now(), before);
            })
            .assert_exit(0);
    }

    #[test]
    fn where_the_setting_is_refused_the_caller_works_alone() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                filter::deny_syscall(libc::SYS_sigaltstack, libc::EPERM);
                assert_eq!(memory.worker_stacks(8).threads(), 1);
            })
            .assert_exit(0);
    }
}

#[test]
fn where_operations_run_unprotected_none_are_needed() {
    let plain = Demand::Exactly(Protection::Plain);
    for at_rest in [Demand::BestAvailable, plain] {
        let memory = SecretMemory::open(Policy::at_rest(at_rest).in_use(plain)).unwrap();
        let before = set_now();
        let stacks = memory.worker_stacks(1000);
        assert_eq!(stacks.threads(), 1000);
        let _working = stacks.enter();
        assert_eq!(set_now(), before);
    }
}

#[test]
fn one_thread_is_the_caller() {
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    for most in [0, 1] {
        let stacks = memory.worker_stacks(most);
        assert_eq!(stacks.threads(), 1);
        let before = set_now();
        let _working = stacks.enter();
        assert_eq!(set_now(), before);
    }
}
