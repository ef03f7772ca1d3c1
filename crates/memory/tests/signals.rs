//! Signals that arrive while an operation runs.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "scope/levels.rs"]
mod levels;

use levels::{at_both_levels, is_of, open};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use strongroom_memory::process::{SignalStack, name_overflows};
use strongroom_memory::{Protection, ScopeToken};
use strongroom_testkit::{Limit, filter, libc, victim};

static COUNT: AtomicU64 = AtomicU64::new(0);
static FRAME: AtomicUsize = AtomicUsize::new(0);

extern "C" fn on_signal(_: libc::c_int) {
    let local = 0u8;
    FRAME.store((&raw const local).addr(), Ordering::Relaxed);
    COUNT.fetch_add(1, Ordering::Relaxed);
}

fn handle(signal: libc::c_int, flags: libc::c_int) {
    // SAFETY: all zeros are a valid value of this type.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_signal as *const () as libc::sighandler_t;
    action.sa_flags = flags;
    // SAFETY: the handler only stores two numbers.
    assert_eq!(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }, 0);
}

/// Raises a signal in the middle, and uses what it holds afterwards.
fn interrupted(_: &ScopeToken<'_>, (): ()) -> bool {
    let before = black_box([0x1234_5678_9abc_def0_u64; 8]);
    // SAFETY: the handler is installed.
    unsafe { libc::raise(libc::SIGUSR1) };
    before == black_box([0x1234_5678_9abc_def0_u64; 8])
}

fn interrupted_by_nothing(_: &ScopeToken<'_>, (): ()) -> u8 {
    7
}

#[inline(never)]
fn endless(depth: u64) -> u64 {
    let mut frame = [depth; 64];
    black_box(&mut frame);
    if depth == u64::MAX { 0 } else { black_box(frame)[3] + endless(depth + 1) }
}

at_both_levels! {
    #[test]
    fn a_frame_goes_to_the_secret_stack_or_to_the_alternate_one_wherever_that_lies() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let frame_of = |flags| {
                    handle(libc::SIGUSR1, flags);
                    assert_eq!(memory.scope(interrupted, ()), Ok(true));
                    FRAME.load(Ordering::Relaxed)
                };
                assert!(is_of(LEVEL, frame_of(0)), "without SA_ONSTACK");
                let at = frame_of(libc::SA_ONSTACK);
                assert!(is_of(Protection::Plain, at), "the control: std's alternate stack is ordinary memory");
                assert_eq!(memory.report().secret_signal_stack, Some(false));
                let stack = SignalStack::install(&memory).unwrap();
                assert!(is_of(LEVEL, frame_of(libc::SA_ONSTACK)), "ours");
                assert_eq!(memory.report().secret_signal_stack, Some(LEVEL == Protection::Secret));
                drop(stack);
                assert!(is_of(Protection::Plain, frame_of(libc::SA_ONSTACK)), "std's again");
            })
            .assert_exit(0);
    }

    #[test]
    fn a_stack_is_had_without_a_handle_where_the_limit_has_room() {
        // The best there is, is what a machine of this level has.
        let only = || {
            if LEVEL == Protection::Locked {
                filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
            }
        };
        let outcome = victim!().named("room").run(|| {
            only();
            let stack = SignalStack::install_best().unwrap();
            let memory = open(LEVEL);
            assert_eq!(memory.report().secret_signal_stack, Some(LEVEL == Protection::Secret));
            handle(libc::SIGUSR1, libc::SA_ONSTACK);
            assert_eq!(memory.scope(interrupted, ()), Ok(true));
            assert!(is_of(LEVEL, FRAME.load(Ordering::Relaxed)));
            assert!(format!("{stack:?}").starts_with("SignalStack { len: "));
            drop(stack);
            assert_eq!(memory.report().secret_signal_stack, Some(false));
        });
        outcome.assert_exit(0);
        let outcome = victim!().named("tight").unprivileged().limit(Limit::LockedMemory, 64 << 10).run(|| {
            only();
            let refusal = SignalStack::install_best().unwrap_err();
            assert!(refusal.to_string().contains("RLIMIT_MEMLOCK"), "{refusal}");
            // All of it is left for keys and operations.
            assert_eq!(open(LEVEL).scope(interrupted_by_nothing, ()), Ok(7));
        });
        outcome.assert_exit(0);
    }

    #[test]
    fn a_timer_interrupts_operations_thousands_of_times() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let _stack = SignalStack::install(&memory).unwrap();
                handle(libc::SIGALRM, libc::SA_ONSTACK | libc::SA_RESTART);
                let every = libc::timeval { tv_sec: 0, tv_usec: 200 };
                let timer = libc::itimerval { it_interval: every, it_value: every };
                // SAFETY: the value is readable and of the type the call takes.
                assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const timer, std::ptr::null_mut()) }, 0);
                let mut rounds = 0u64;
                while COUNT.load(Ordering::Relaxed) < 2000 || rounds < 1000 {
                    let sum = memory.scope(|_, n: u64| (0..1000).fold(n, |sum, i| black_box(sum + i)), rounds).unwrap();
                    assert_eq!(sum, rounds + 499_500);
                    rounds += 1;
                }
                // Before the process ends: the standard library then unmaps the main thread's alternate stack, and a
                // signal that arrives there afterwards kills.
                let never = libc::timeval { tv_sec: 0, tv_usec: 0 };
                let off = libc::itimerval { it_interval: never, it_value: never };
                // SAFETY: the value is readable and of the type the call takes.
                assert_eq!(unsafe { libc::setitimer(libc::ITIMER_REAL, &raw const off, std::ptr::null_mut()) }, 0);
            })
            .assert_exit(0);
    }

    #[test]
    fn an_overflow_is_named_where_the_program_asked_for_it() {
        let overflow = |_: &ScopeToken<'_>, depth: u64| endless(depth);
        let silent = victim!().named("silent").run(|| {
            let _ = open(LEVEL).scope(overflow, 0);
        });
        silent.assert_signal(libc::SIGSEGV);
        assert!(!silent.stderr.contains("secret stack"));
        let named = victim!().named("named").run(|| {
            name_overflows().unwrap();
            let _ = open(LEVEL).scope(overflow, 0);
        });
        named.assert_signal(libc::SIGSEGV);
        assert!(named.stderr.contains("an operation has overflowed its secret stack"), "{named:?}");
    }

    #[test]
    fn the_standard_librarys_handler_still_names_its_own() {
        let outcome = victim!().run(|| {
            name_overflows().unwrap();
            let memory = open(LEVEL);
            let _stack = SignalStack::install(&memory).unwrap();
            assert_eq!(memory.scope(|_, ()| 1u8, ()), Ok(1));
            println!("{}", endless(0));
        });
        outcome.assert_signal(libc::SIGABRT);
        assert!(outcome.stderr.contains("has overflowed its stack"), "{outcome:?}");
        assert!(!outcome.stderr.contains("secret stack"), "{outcome:?}");
    }

    #[test]
    fn a_thread_may_end_with_its_stack_installed() {
        let memory = open(LEVEL);
        for _ in 0..20 {
            let memory = memory.clone();
            std::thread::spawn(move || {
                let stack = SignalStack::install(&memory).unwrap();
                assert_eq!(memory.scope(|_, ()| 1u8, ()), Ok(1));
                drop(stack);
            })
            .join()
            .unwrap();
        }
    }
}
