//! The secret stack of an operation.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "scope/levels.rs"]
mod levels;

use levels::{at_both_levels, is_area_of, is_of, open};
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use strongroom_memory::{
    Call, Demand, EnterError, MemoryError, OpenError, Policy, Protection, ScopeToken, Scratch, SecretBox, SecretMemory,
    StackBudget,
};
use strongroom_testkit::area::Area;
use strongroom_testkit::secret_memory::{Page, Refused};
use strongroom_testkit::{End, Limit, fork, libc, victim};

fn roomy(level: Protection) -> SecretMemory {
    open(level).reserving(StackBudget { stack: 24 << 10, ..StackBudget::FIELD })
}

/// The bytes at an address of our own.
fn bytes(address: usize, len: usize) -> Vec<u8> {
    // SAFETY: the tests ask for idle workspaces, which stay mapped.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(address), len) }.to_vec()
}

/// The address of a local variable.
fn look(_: &ScopeToken<'_>, (): ()) -> usize {
    let local = [0x5au8; 64];
    black_box(&local).as_ptr().expose_provenance()
}

/// Bytes of a stack, and of a large one.
const WHOLE: usize = StackBudget::stack(64 << 10, 128 << 10).stack;
const LARGE: usize = StackBudget::stack(320 << 10, 512 << 10).stack;

#[test]
fn in_place_they_are_not() {
    let memory = SecretMemory::open(Policy::best_available().in_use(Demand::Exactly(Protection::Plain))).unwrap();
    assert_eq!(memory.protection().in_use, Protection::Plain);
    assert!(is_of(Protection::Plain, memory.scope(look, ()).unwrap()));
}

at_both_levels! {
    #[test]
    fn the_stack_of_an_operation_is_secret_and_wiped() {
        let memory = roomy(LEVEL);
        let stack = memory.scope(look, ()).unwrap();
        assert!(is_of(LEVEL, stack), "{:?}", Area::of(stack));
        assert_eq!(bytes(stack, 64), [0; 64]);
        assert_eq!(memory.usage().deep_exits, 0);
    }

    #[test]
    fn an_operation_deeper_than_it_said_is_noticed_and_wiped() {
        fn deep(_: &ScopeToken<'_>, (): ()) -> usize {
            let local = [0x77u8; 20 << 10];
            black_box(&local).as_ptr().expose_provenance()
        }
        let memory = open(LEVEL).reserving(StackBudget { stack: 2048, ..StackBudget::FIELD });
        let at = memory.scope(deep, ()).unwrap();
        assert!(bytes(at, 20 << 10).iter().all(|&byte| byte == 0));
        assert_eq!(memory.usage().deep_exits, 1);
    }

    #[test]
    fn the_stack_below_the_reserved_part_is_wiped_after_nested_operations() {
        static NESTED: Mutex<Option<SecretMemory>> = Mutex::new(None);
        fn inner(_: &ScopeToken<'_>, (): ()) -> usize {
            let local = [0x66u8; 4096];
            black_box(&local).as_ptr().expose_provenance()
        }
        fn outer(_: &ScopeToken<'_>, (): ()) -> usize {
            let filler = [0x55u8; 2048];
            black_box(&filler);
            NESTED.lock().unwrap().as_ref().unwrap().scope(inner, ()).unwrap()
        }
        let memory = open(LEVEL).reserving(StackBudget { stack: 24 << 10, ..StackBudget::FIELD });
        *NESTED.lock().unwrap() = Some(memory.clone());
        let at = memory.scope(outer, ()).unwrap();
        assert!(is_of(LEVEL, at));
        assert!(bytes(at, 4096).iter().all(|&byte| byte == 0));
        assert_eq!((memory.usage().workspaces, memory.usage().deep_exits), (1, 0));
        *NESTED.lock().unwrap() = None;
    }

    #[test]
    fn a_nested_operation_that_does_not_fit_is_refused() {
        static NESTED: Mutex<Option<SecretMemory>> = Mutex::new(None);
        fn outer(_: &ScopeToken<'_>, (): ()) -> bool {
            let memory = NESTED.lock().unwrap().clone();
            let result = memory.map(|memory| memory.scope(|_, ()| (), ()));
            matches!(result, Some(Err(EnterError::NoRoom { asked, has })) if asked == WHOLE - 1024 && has < asked)
        }
        let memory = open(LEVEL);
        *NESTED.lock().unwrap() = Some(memory.reserving(StackBudget { stack: WHOLE - 1024, ..StackBudget::FIELD }));
        assert_eq!(memory.reserving(StackBudget::LARGE).scope(outer, ()), Ok(true));
        *NESTED.lock().unwrap() = None;
        let asked = 1 << 20;
        let error = memory.reserving(StackBudget { stack: asked, ..StackBudget::FIELD }).scope(|_, ()| (), ()).unwrap_err();
        assert_eq!(error, EnterError::NoRoom { asked, has: LARGE });
        assert_eq!(memory.usage().workspaces, 1);
    }

    /// An operation that asks for more than the usual stack has gets a larger one, wiped as the others are and kept for
    /// the next, until somebody wants the memory.
    #[test]
    fn an_operation_that_needs_a_large_stack_gets_one() {
        fn large(_: &ScopeToken<'_>, (): ()) -> usize {
            let local = [0x55u8; WHOLE + WHOLE / 2];
            black_box(&local).as_ptr().expose_provenance()
        }
        let memory = open(LEVEL);
        let asked = memory.reserving(StackBudget { stack: 2 * WHOLE, ..StackBudget::FIELD });
        for _ in 0..2 {
            let at = asked.scope(large, ()).unwrap();
            assert!(is_of(LEVEL, at));
            assert!(bytes(at, WHOLE).iter().all(|&byte| byte == 0));
            assert_eq!((memory.usage().workspaces, memory.usage().deep_exits), (2, 0));
        }
        // Others do not run there.
        assert_eq!(memory.scope(|_, ()| 7_u8, ()), Ok(7));
        std::thread::scope(|threads| {
            for _ in 0..12 {
                threads.spawn(|| (0..20).for_each(|_| assert!(is_of(LEVEL, asked.scope(large, ()).unwrap()))));
            }
        });
        // The usual one, and as many large ones as there are at most.
        assert!((2..=5).contains(&memory.usage().workspaces), "{}", memory.usage().workspaces);
        memory.trim();
        assert_eq!(memory.usage().workspaces, 0);
        assert!(is_of(LEVEL, asked.scope(large, ()).unwrap()));
    }

    #[test]
    fn a_panic_becomes_an_error_without_its_message_and_the_workspace_is_wiped() {
        static AT: Mutex<usize> = Mutex::new(0);
        fn fail(_: &ScopeToken<'_>, (): ()) -> u8 {
            let secret = [0x33u8; 128];
            *AT.lock().unwrap() = black_box(&secret).as_ptr().expose_provenance();
            let words = vec![String::from("quoted"); 3];
            panic!("{}", words.join(" "))
        }
        victim!()
            .run(|| {
                let memory = roomy(LEVEL);
                for _ in 0..20 {
                    assert_eq!(memory.scope(fail, ()), Err(EnterError::Panicked));
                    assert_eq!(bytes(*AT.lock().unwrap(), 128), [0; 128]);
                }
                let made = SecretBox::<[u8; 8]>::make(&memory, |_, ()| panic!("quoted"), ());
                assert_eq!(made.unwrap_err(), MemoryError::Panicked);
                assert_eq!(memory.scope(|_, ()| 7u8, ()), Ok(7));
            })
            .assert_exit(0);
    }

    #[test]
    fn overflowing_the_stack_ends_on_the_guard_page() {
        fn endless(_: &ScopeToken<'_>, depth: u64) -> u64 {
            fn down(depth: u64) -> u64 {
                let mut frame = [depth; 64];
                black_box(&mut frame);
                if depth == u64::MAX { 0 } else { frame[3] + down(depth + 1) }
            }
            down(depth)
        }
        victim!()
            .run(|| {
                let _ = open(LEVEL).scope(endless, 0);
            })
            .assert_signal(libc::SIGSEGV);
    }

    #[test]
    fn under_64_kib_threads_take_turns_in_one_workspace() {
        let outcome = victim!().unprivileged().limit(Limit::LockedMemory, 64 << 10).run(|| {
            let memory = open(LEVEL);
            let keys: Vec<_> = (0..8u8).map(|n| SecretBox::make(&memory, |_, n: u8| [n; 64], n).unwrap()).collect();
            std::thread::scope(|threads| {
                for (n, key) in keys.iter().enumerate() {
                    let memory = &memory;
                    threads.spawn(move || {
                        for _ in 0..2000 {
                            let sum = |inside: &ScopeToken<'_>, key: &SecretBox<[u8; 64]>| {
                                key.expose(inside).iter().map(|&byte| u64::from(byte)).sum::<u64>()
                            };
                            assert_eq!(memory.scope(sum, key), Ok(64 * n as u64));
                        }
                    });
                }
            });
            assert_eq!(memory.usage().workspaces, 1);
            println!("{}", memory.protection());
        });
        outcome.assert_exit(0);
        let granted = format!("at rest: {LEVEL}; in use: {LEVEL}");
        assert!(outcome.stdout.contains(&granted), "{}", outcome.stdout);
    }

    #[test]
    fn below_the_floor_the_store_says_what_it_needs() {
        let outcome = victim!().unprivileged().limit(Limit::LockedMemory, 24 << 10).run(|| {
            let demand = Demand::AtLeast(LEVEL);
            let at_rest = Policy::at_rest(Demand::Exactly(LEVEL));
            match SecretMemory::open(at_rest.in_use(demand)) {
                Err(OpenError::InUse { demand: refused, at_rest, floor, refusals }) => {
                    assert_eq!((refused, at_rest, floor), (demand, LEVEL, 48 << 10));
                    assert_eq!(refusals.len(), 1);
                }
                other => panic!("{other:?}"),
            }
            // Who does not demand it gets what there is, and is told.
            let memory = SecretMemory::open(at_rest).unwrap();
            assert_eq!(memory.protection().in_use, Protection::Plain);
            let report = memory.report();
            let calls: Vec<Call> = report.refusals_in_use.iter().map(|refusal| refusal.call).collect();
            if LEVEL == Protection::Secret {
                let rest = Page::take_many(6);
                let beyond = match Page::take() {
                    Err(Refused::Mapping) => Call::MmapSecret,
                    Err(Refused::Touch) => Call::Touch,
                    Ok(page) => panic!("there is room: {rest:?} {page:?}"),
                };
                assert_eq!(calls, [beyond, Call::Mlock]);
            } else {
                assert_eq!(calls, [Call::Mlock]);
            }
            let words = report.to_string();
            assert!(words.contains("in use: not protected") && words.contains("not granted: mlock"), "{words}");
        });
        outcome.assert_exit(0);
    }

    #[test]
    fn idle_workspaces_are_given_back() {
        victim!()
            .run(|| {
                let memory = roomy(LEVEL);
                memory.scope(look, ()).unwrap();
                assert_eq!(memory.usage().workspaces, 1);
                let held = || Area::all().iter().filter(|area| is_area_of(LEVEL, area)).count();
                assert!(held() > 0);
                memory.trim();
                assert_eq!((memory.usage().workspaces, held()), (0, 0));
                memory.scope(look, ()).unwrap();
                assert_eq!(memory.usage().workspaces, 1);
            })
            .assert_exit(0);
    }

    #[test]
    fn programs_are_started_while_an_operation_runs() {
        use std::sync::atomic::AtomicBool;
        static STOP: AtomicBool = AtomicBool::new(false);
        let memory = open(LEVEL);
        std::thread::scope(|threads| {
            let operation = threads.spawn(|| {
                let stay = |_: &ScopeToken<'_>, (): ()| {
                    let mut rounds = 0u64;
                    while !STOP.load(Ordering::Relaxed) {
                        rounds += 1;
                    }
                    rounds
                };
                memory.scope(stay, ())
            });
            for _ in 0..20 {
                assert!(std::process::Command::new("/bin/true").status().unwrap().success());
            }
            STOP.store(true, Ordering::Relaxed);
            assert!(operation.join().unwrap().unwrap() > 0);
        });
    }

    #[test]
    fn the_payload_of_a_panic_goes_no_further_whatever_it_is() {
        struct Noisy;
        impl Drop for Noisy {
            fn drop(&mut self) {
                panic!("from the payload");
            }
        }
        victim!()
            .run(|| {
                std::panic::set_hook(Box::new(|_| {}));
                let memory = roomy(LEVEL);
                assert_eq!(memory.scope(|_, ()| panic!("plain"), ()), Err::<(), _>(EnterError::Panicked));
                assert_eq!(memory.scope(|_, ()| panic!("{}", 7), ()), Err::<(), _>(EnterError::Panicked));
                assert_eq!(memory.scope(|_, ()| std::panic::panic_any(Noisy), ()), Err::<(), _>(EnterError::Panicked));
                assert_eq!(memory.scope(|_, ()| 7u8, ()), Ok(7));
            })
            .assert_exit(0);
    }

    /// What the payload holds is let go, also where a drop panics, and what that panics with.
    #[test]
    fn what_the_payload_of_a_panic_holds_is_dropped() {
        static DROPPED: AtomicUsize = AtomicUsize::new(0);
        struct Held;
        impl Drop for Held {
            fn drop(&mut self) {
                DROPPED.fetch_add(1, Ordering::Relaxed);
            }
        }
        struct Noisy(u8, Held);
        impl Drop for Noisy {
            fn drop(&mut self) {
                if let Some(left) = self.0.checked_sub(1) {
                    std::panic::panic_any(Noisy(left, Held));
                }
            }
        }
        victim!()
            .run(|| {
                std::panic::set_hook(Box::new(|_| {}));
                let memory = roomy(LEVEL);
                let mut before = 0;
                // The last would go on for ever, so its third payload is left alone.
                for (again, dropped) in [(0, 1), (1, 2), (200, 2)] {
                    let fail = |_: &ScopeToken<'_>, again: u8| std::panic::panic_any(Noisy(again, Held));
                    assert_eq!(memory.scope(fail, again), Err::<(), _>(EnterError::Panicked));
                    assert_eq!(DROPPED.load(Ordering::Relaxed) - before, dropped, "{again}");
                    before += dropped;
                }
                assert_eq!(memory.scope(|_, ()| 7u8, ()), Ok(7));
            })
            .assert_exit(0);
    }

    #[test]
    fn a_room_beyond_all_memory_is_refused_and_no_sum_of_it_wraps() {
        static NESTED: Mutex<Option<SecretMemory>> = Mutex::new(None);
        fn nested(_: &ScopeToken<'_>, stack: usize) -> bool {
            let memory = NESTED.lock().unwrap().clone();
            let result = memory.map(|memory| memory.scope_reserving(StackBudget { stack, ..StackBudget::FIELD }, |_, ()| (), ()));
            matches!(result, Some(Err(EnterError::NoRoom { asked, .. })) if asked == stack)
        }
        let memory = open(LEVEL);
        *NESTED.lock().unwrap() = Some(open(LEVEL));
        for asked in [usize::MAX, usize::MAX - 1023, usize::MAX / 2] {
            let vast = memory.reserving(StackBudget { stack: asked, ..StackBudget::FIELD });
            assert_eq!(vast.scope(|_, ()| (), ()), Err(EnterError::NoRoom { asked, has: LARGE }));
            assert!(matches!(SecretBox::make(&vast, |_, ()| [7u8; 4096], ()), Err(MemoryError::NoRoom { .. })));
            assert_eq!(memory.scope(nested, asked), Ok(true));
        }
        *NESTED.lock().unwrap() = None;
    }

    #[test]
    fn scratch_enters_an_operation_and_is_not_there_in_a_child() {
        fn fill(inside: &ScopeToken<'_>, scratch: &mut Scratch<u64>) -> u64 {
            scratch.as_mut_slice(inside).iter_mut().zip(1..).for_each(|(place, number)| *place = number);
            scratch.as_mut_slice(inside).iter().sum()
        }
        fn last(inside: &ScopeToken<'_>, scratch: &mut Scratch<u64>) -> Option<u64> {
            scratch.as_mut_slice(inside).last().copied()
        }
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let mut scratch = Scratch::filled(100, 0u64).unwrap();
                assert_eq!(memory.scope(fill, &mut scratch), Ok(5050));
                let words = format!("{scratch:?}");
                assert_eq!(words, format!("Scratch {{ len: 100, locked: {}, .. }}", scratch.is_locked()));
                let end = fork::child(|| {
                    assert_eq!(memory.scope(fill, &mut scratch), Err(EnterError::ForkedChild));
                    // One made here may enter an operation of a store that is opened here, and no other.
                    let mut own = Scratch::filled(100, 0u64).unwrap();
                    assert_eq!(open(LEVEL).scope(fill, &mut own), Ok(5050));
                    assert_eq!(open(LEVEL).scope(fill, &mut scratch), Err(EnterError::ForkedChild));
                    0
                });
                assert_eq!(end, End::Exit(0));
                assert_eq!(memory.scope(last, &mut scratch), Ok(Some(100)), "the parent's is unharmed");
            })
            .assert_exit(0);
    }

    #[test]
    fn more_threads_than_workspaces_take_turns() {
        static INSIDE: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        fn stay(_: &ScopeToken<'_>, (): ()) {
            let inside = INSIDE.fetch_add(1, Ordering::SeqCst) + 1;
            MOST.fetch_max(inside, Ordering::SeqCst);
            // Until as many as can be are here; then each leaves in its own time.
            while MOST.load(Ordering::SeqCst) < 32 {
                std::thread::yield_now();
            }
            INSIDE.fetch_sub(1, Ordering::SeqCst);
        }
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                std::thread::scope(|threads| {
                    for _ in 0..48 {
                        threads.spawn(|| memory.scope(stay, ()).unwrap());
                    }
                });
                assert_eq!((MOST.load(Ordering::SeqCst), memory.usage().workspaces), (32, 32));
            })
            .assert_exit(0);
    }
}
