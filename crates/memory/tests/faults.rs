//! The handler that names overflows, beside others that use the same signals.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{mem, ptr};
use strongroom_memory::process::name_overflows;
use strongroom_memory::{Policy, ScopeToken, SecretMemory};
use strongroom_testkit::{Outcome, filter, libc, victim};

const NAMED: &str = "an operation has overflowed its secret stack";

fn install(signal: libc::c_int, handler: libc::sighandler_t, flags: libc::c_int) {
    // SAFETY: all zeros are a valid value of this type.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler;
    action.sa_flags = flags;
    // SAFETY: the handlers of this file make only calls that a handler may make.
    assert_eq!(unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) }, 0);
}

/// The handler of a signal as the kernel has it.
fn installed(signal: libc::c_int) -> libc::sighandler_t {
    // SAFETY: all zeros are a valid value of this type.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: a null pointer changes nothing; `action` is writable.
    assert_eq!(unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) }, 0);
    action.sa_sigaction
}

/// Sends a signal to this thread.
fn send(signal: libc::c_int) {
    // SAFETY: takes a plain number.
    assert_eq!(unsafe { libc::raise(signal) }, 0);
}

#[inline(never)]
fn endless(depth: u64) -> u64 {
    let mut frame = [depth; 64];
    black_box(&mut frame);
    if depth == u64::MAX { 0 } else { black_box(frame)[3] + endless(depth + 1) }
}

fn overflow() {
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    let _ = memory.scope(|_: &ScopeToken<'_>, depth: u64| endless(depth), 0);
}

/// Sends SIGSEGV until it kills; what is printed tells how often it did not.
fn send_again_and_again() {
    for survived in 0..4 {
        println!("survived {survived}");
        send(libc::SIGSEGV);
    }
    println!("survived all");
}

fn survived(outcome: &Outcome) -> usize {
    outcome.stdout.matches("survived").count()
}

/// A runtime that makes pages writable when they are first written to.
mod runtime {
    use super::*;

    const PAGE: usize = 4096;

    pub(super) static HANDLED: AtomicUsize = AtomicUsize::new(0);
    static START: AtomicUsize = AtomicUsize::new(0);
    static LEN: AtomicUsize = AtomicUsize::new(0);

    pub(super) extern "C" fn with_info(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        assert!(signal == libc::SIGSEGV && !context.is_null());
        // SAFETY: handed over by the kernel.
        let info = unsafe { &*info };
        // SAFETY: the field is there for this signal.
        let at = unsafe { info.si_addr() }.addr();
        make_writable(at);
    }

    pub(super) extern "C" fn plain(_: libc::c_int) {
        make_writable(START.load(Ordering::SeqCst));
    }

    fn make_writable(at: usize) {
        let start = START.load(Ordering::SeqCst);
        if (start..start + LEN.load(Ordering::SeqCst)).contains(&at) {
            let page = ptr::without_provenance_mut(at & !(PAGE - 1));
            // SAFETY: the page is of the mapping below.
            unsafe { libc::mprotect(page, PAGE, libc::PROT_READ | libc::PROT_WRITE) };
            HANDLED.fetch_add(1, Ordering::SeqCst);
        } else {
            // SAFETY: takes plain numbers.
            unsafe { libc::signal(libc::SIGSEGV, libc::SIG_DFL) };
        }
    }

    /// Maps so many pages without access and writes to each.
    pub(super) fn write_to_pages(count: usize) {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
        let start = unsafe { libc::mmap(ptr::null_mut(), count * PAGE, libc::PROT_NONE, flags, -1, 0) };
        assert_ne!(start, libc::MAP_FAILED);
        START.store(start.addr(), Ordering::SeqCst);
        LEN.store(count * PAGE, Ordering::SeqCst);
        for number in 0..count {
            // SAFETY: the page is of the mapping.
            let page = unsafe { start.cast::<u8>().add(number * PAGE) };
            // SAFETY: the page becomes writable when it is written to.
            unsafe { page.write_volatile(7) };
        }
    }
}

#[test]
fn a_runtime_handles_its_own_faults_as_before() {
    let with_info = runtime::with_info as *const () as libc::sighandler_t;
    let plain = runtime::plain as *const () as libc::sighandler_t;
    for (name, handler, flags, pages) in [
        ("with information", with_info, libc::SA_SIGINFO | libc::SA_ONSTACK, 100),
        ("and its own signal not blocked", with_info, libc::SA_SIGINFO | libc::SA_NODEFER, 100),
        ("a plain handler", plain, 0, 1),
    ] {
        let outcome = victim!().named(name).run(move || {
            install(libc::SIGSEGV, handler, flags);
            name_overflows().unwrap();
            let ours = installed(libc::SIGSEGV);
            assert_ne!(ours, handler);
            runtime::write_to_pages(pages);
            assert_eq!(runtime::HANDLED.load(Ordering::SeqCst), pages);
            assert_eq!(installed(libc::SIGSEGV), ours, "it stays in front");
            overflow();
        });
        outcome.assert_signal(libc::SIGSEGV);
        assert_eq!(outcome.stderr.matches(NAMED).count(), 1, "{name}: {outcome:?}");
    }
}

#[test]
fn what_the_handler_before_has_blocked_is_blocked() {
    static BLOCKED: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn look(_: libc::c_int) {
        // SAFETY: all zeros are a valid value of this type.
        let mut blocked: libc::sigset_t = unsafe { mem::zeroed() };
        // SAFETY: a null pointer changes nothing; `blocked` is writable.
        unsafe { libc::sigprocmask(libc::SIG_BLOCK, ptr::null(), &raw mut blocked) };
        for (bit, signal) in [libc::SIGUSR1, libc::SIGUSR2, libc::SIGSEGV].into_iter().enumerate() {
            // SAFETY: the set was filled.
            BLOCKED.fetch_or(
                usize::from(unsafe { libc::sigismember(&raw const blocked, signal) } == 1) << bit,
                Ordering::SeqCst,
            );
        }
    }
    for (name, flags, expected) in [("blocked", 0, 0b101), ("not deferred", libc::SA_NODEFER, 0b001)] {
        let outcome = victim!().named(name).run(move || {
            // SAFETY: all zeros are a valid value of this type.
            let mut action: libc::sigaction = unsafe { mem::zeroed() };
            action.sa_sigaction = look as *const () as libc::sighandler_t;
            action.sa_flags = flags;
            // SAFETY: the set is writable.
            unsafe { libc::sigaddset(&raw mut action.sa_mask, libc::SIGUSR1) };
            // SAFETY: the handler only looks.
            assert_eq!(unsafe { libc::sigaction(libc::SIGSEGV, &raw const action, ptr::null_mut()) }, 0);
            send(libc::SIGSEGV);
            assert_eq!(BLOCKED.swap(0, Ordering::SeqCst), expected, "the control: by itself");
            name_overflows().unwrap();
            send(libc::SIGSEGV);
            assert_eq!(BLOCKED.load(Ordering::SeqCst), expected);
        });
        outcome.assert_exit(0);
    }
}

/// Whatever was there before: the control is the same without our handler.
#[test]
fn one_that_is_sent_does_what_it_does_without() {
    extern "C" fn count(_: libc::c_int) {}
    let count = count as *const () as libc::sighandler_t;
    let befores = [
        ("the standard library's", None, 2),
        ("the default", Some((libc::SIG_DFL, 0)), 1),
        ("ignored", Some((libc::SIG_IGN, 0)), 5),
        ("a handler", Some((count, 0)), 5),
        ("a handler for one time", Some((count, libc::SA_RESETHAND)), 2),
    ];
    for (name, before, expected) in befores {
        let run = |ours: bool| {
            victim!().named(format!("{name}, {ours}")).run(move || {
                if let Some((handler, flags)) = before {
                    install(libc::SIGSEGV, handler, flags);
                }
                if ours {
                    name_overflows().unwrap();
                }
                send_again_and_again();
            })
        };
        let (without, with) = (run(false), run(true));
        assert_eq!(survived(&without), expected, "{name}, the control: {without:?}");
        assert_eq!(survived(&with), expected, "{name}: {with:?}");
        assert_eq!(with.end, without.end, "{name}");
        assert!(!with.stderr.contains(NAMED), "{name}: {with:?}");
    }
}

#[test]
fn an_ordinary_fault_ends_the_process_whatever_was_there_before() {
    for (name, before) in [("std", None), ("default", Some(libc::SIG_DFL)), ("ignored", Some(libc::SIG_IGN))] {
        let outcome = victim!().named(name).run(move || {
            if let Some(before) = before {
                install(libc::SIGSEGV, before, 0);
            }
            name_overflows().unwrap();
            // SAFETY: none: nothing is mapped there, and the process dies of it.
            unsafe { ptr::without_provenance_mut::<u8>(16).write_volatile(1) };
        });
        outcome.assert_signal(libc::SIGSEGV);
        assert!(!outcome.stderr.contains(NAMED), "{name}: {outcome:?}");
    }
}

#[test]
fn an_overflow_is_named_once_whatever_was_there_before() {
    for (name, before) in [("std", None), ("default", Some(libc::SIG_DFL)), ("ignored", Some(libc::SIG_IGN))] {
        let outcome = victim!().named(name).run(move || {
            if let Some(before) = before {
                install(libc::SIGSEGV, before, 0);
            }
            name_overflows().unwrap();
            name_overflows().unwrap();
            overflow();
        });
        outcome.assert_signal(libc::SIGSEGV);
        assert_eq!(outcome.stderr.matches(NAMED).count(), 1, "{name}: {outcome:?}");
    }
}

#[test]
fn a_refused_call_is_refused_again_and_says_so() {
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_rt_sigaction, libc::EPERM);
        let (first, second) = (name_overflows().unwrap_err(), name_overflows().unwrap_err());
        assert!(first.to_string().starts_with("sigaction answered"), "{first}");
        assert_eq!(first, second);
    });
    outcome.assert_exit(0);
}

#[test]
fn what_was_installed_before_a_refusal_stays_and_is_not_installed_upon_itself() {
    let outcome = victim!().run(|| {
        let before = installed(libc::SIGSEGV);
        filter::deny_syscall_with(libc::SYS_rt_sigaction, libc::SIGBUS, libc::EPERM);
        assert!(name_overflows().is_err());
        let ours = installed(libc::SIGSEGV);
        assert_ne!(ours, before);
        assert!(name_overflows().is_err());
        assert_eq!(installed(libc::SIGSEGV), ours);
        // On to the standard library's, which takes it for nothing.
        send(libc::SIGSEGV);
        println!("survived");
        name_overflows().unwrap_err();
        install(libc::SIGSEGV, ours, libc::SA_SIGINFO | libc::SA_ONSTACK);
        overflow();
    });
    outcome.assert_signal(libc::SIGSEGV);
    assert_eq!((survived(&outcome), outcome.stderr.matches(NAMED).count()), (1, 1), "{outcome:?}");
}
