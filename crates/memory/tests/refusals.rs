//! Machines that refuse: limits, missing calls, filters. Each refusal is typed and says what to do, and what a policy
//! does not allow is not done.
#![cfg(target_os = "linux")]
#![expect(clippy::panic, reason = "a failed expectation is a failed test")]

use std::time::{Duration, Instant};
use strongroom_memory::report::Evidence;
use strongroom_memory::{
    Call, Demand, EnterError, MemoryError, OpenError, Policy, ProtectedBytes, Protection, RandomError, Refusal,
    ScopeToken, SecretBox, SecretMemory, StackBudget, random,
};
use strongroom_testkit::secret_memory::{self, Page, Refused};
use strongroom_testkit::{Limit, filter, libc, limit, needs_locked_memory, needs_secret_memory, skip, victim};

/// Bytes of locked memory that these tests need: what old systems and containers have.
const SMALL: u64 = 64 << 10;

fn at_least(level: Protection) -> Policy {
    Policy::at_rest(Demand::AtLeast(level))
}

fn exactly(level: Protection) -> Policy {
    Policy::at_rest(Demand::Exactly(level))
}

/// Why the policy could not be met.
fn refusals(policy: Policy) -> Vec<Refusal> {
    match SecretMemory::open(policy) {
        Err(OpenError::AtRest { demand, refusals }) => {
            assert_eq!(demand, policy.at_rest);
            refusals
        }
        Err(error) => panic!("another error: {error}"),
        Ok(memory) => panic!("opened: {}", memory.protection()),
    }
}

/// What the library is to say at the limit, by a control without the library: which call the kernel refuses, and how.
fn at_the_limit() -> Refusal {
    match Page::take() {
        Err(Refused::Mapping) => Refusal { call: Call::MmapSecret, errno: libc::EAGAIN },
        Err(Refused::Touch) => Refusal { call: Call::Touch, errno: libc::EFAULT },
        Ok(page) => panic!("there is room: {page:?}"),
    }
}

/// Runs a test of a limit in a victim under it, or says why it would say nothing.
macro_rules! under {
    ($limit:expr, $body:expr) => {
        needs_secret_memory!();
        needs_locked_memory!($limit as u64);
        let outcome = victim!().unprivileged().limit(Limit::LockedMemory, $limit as u64).run(|| {
            match secret_memory::binds($limit) {
                Ok(()) => $body,
                Err(reason) => println!("no test: {reason}"),
            }
        });
        outcome.assert_exit(0);
        if let Some(reason) = outcome.stdout.trim_end().strip_prefix("no test: ") {
            skip!("{reason}");
        }
    };
}

#[test]
fn this_machine_grants_secret_at_rest() {
    needs_secret_memory!();
    needs_locked_memory!(SMALL);
    let memory = SecretMemory::open(at_least(Protection::Secret)).unwrap();
    assert_eq!(memory.protection().at_rest, Protection::Secret);
    assert_eq!(memory.report().evidence, Evidence::ProcessVmReadv);
}

#[test]
fn an_operation_that_allocates_is_refused_where_protection_is_demanded() {
    needs_locked_memory!(SMALL);
    let allocate = |_: &ScopeToken<'_>, (): ()| vec![7u8; 100].len();
    let memory = SecretMemory::open(at_least(Protection::Locked).in_use(Demand::AtLeast(Protection::Locked))).unwrap();
    assert_eq!(memory.in_use_of(StackBudget::ALLOCATING), Err(EnterError::Allocates));
    assert_eq!(memory.scope_reserving(StackBudget::ALLOCATING, allocate, ()), Err(EnterError::Allocates));
    let made = SecretBox::make(&memory.reserving(StackBudget::ALLOCATING), |_, ()| [7u8; 64], ());
    assert_eq!(made.unwrap_err(), MemoryError::Allocates);
    assert_eq!(memory.scope(|_, ()| 1u8, ()), Ok(1));
    // Where it is not demanded the operation runs in place, and the level says so.
    let memory = SecretMemory::open(at_least(Protection::Locked)).unwrap();
    assert_eq!(memory.in_use_of(StackBudget::ALLOCATING), Ok(Protection::Plain));
    assert_eq!(memory.scope_reserving(StackBudget::ALLOCATING, allocate, ()), Ok(100));
}

#[test]
fn no_lock_limit_at_all() {
    under!(0, {
        let secret = at_the_limit();
        let best = SecretMemory::open(Policy::best_available()).unwrap();
        assert_eq!(best.protection().at_rest, Protection::Plain);
        let report = best.report();
        let [refused, locked] = report.refusals[..] else { panic!("{report}") };
        assert_eq!(refused, secret);
        assert_eq!(locked.call, Call::Mlock);
        assert!([libc::EPERM, libc::ENOMEM].contains(&locked.errno), "{locked}");
        assert!(secret.to_string().contains("RLIMIT_MEMLOCK") && locked.to_string().contains("RLIMIT_MEMLOCK"));
        assert!(report.to_string().contains("RLIMIT_MEMLOCK is 0 KiB"), "{report}");
        assert_eq!(refusals(at_least(Protection::Secret)), [secret]);
        assert_eq!(refusals(at_least(Protection::Locked)), [secret, locked]);
        assert_eq!(refusals(exactly(Protection::Locked)), [locked]);
    });
}

#[test]
fn sixty_four_kib_hold_what_they_can_and_then_refuse() {
    under!(64 << 10, {
        let memory = SecretMemory::open(at_least(Protection::Secret)).unwrap();
        let mut held = Vec::new();
        let refusal = loop {
            match ProtectedBytes::copy_from(&memory, &[held.len() as u8; 4000]) {
                Ok(secret) => held.push(secret),
                Err(MemoryError::Refused(refusal)) => break refusal,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(refusal, at_the_limit());
        assert!(refusal.to_string().contains("RLIMIT_MEMLOCK"));
        // Half of the limit is the one (small) stack; every other page holds one secret: the page that opening looked
        // at was given back for it.
        assert_eq!((held.len(), memory.usage().mapped), (8, 32 << 10));
        assert_eq!(memory.usage().workspaces, 1);
        // What is held is unharmed, and room that is given back can be used again.
        for (n, secret) in held.iter().enumerate() {
            let first = memory.scope(|inside, secret: &ProtectedBytes| secret.expose(inside)[3999], secret);
            assert_eq!(first, Ok(n as u8));
        }
        assert_eq!(memory.report().protection.at_rest, Protection::Secret);
        held.truncate(5);
        held.push(ProtectedBytes::copy_from(&memory, b"again").unwrap());
    });
}

/// A refused mapping once left a hole in its reservation, which another thread's mapping could fill before the
/// reservation was given back whole.
#[test]
fn a_refusal_takes_no_memory_from_other_threads() {
    needs_locked_memory!(SMALL);
    use std::sync::atomic::{AtomicBool, Ordering};
    static STOP: AtomicBool = AtomicBool::new(false);
    let outcome = victim!().unprivileged().limit(Limit::LockedMemory, 64 << 10).run(|| {
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        let mut held = Vec::new();
        while let Ok(secret) = ProtectedBytes::copy_from(&memory, &[1; 4000]) {
            held.push(secret);
            if held.len() > 1000 {
                return;
            }
        }
        std::thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    let access = libc::PROT_READ | libc::PROT_WRITE;
                    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
                    while !STOP.load(Ordering::Relaxed) {
                        for len in [4096, 8192, 32768] {
                            // SAFETY: an anonymous mapping at an address that the kernel chooses replaces nothing.
                            let at = unsafe { libc::mmap(std::ptr::null_mut(), len, access, flags, -1, 0) };
                            assert_ne!(at, libc::MAP_FAILED);
                            // SAFETY: the mapping is ours.
                            unsafe { at.cast::<u8>().write_bytes(7, len) };
                            // SAFETY: the mapping is ours.
                            assert_eq!(unsafe { libc::mprotect(at, 4096, libc::PROT_NONE) }, 0);
                            // SAFETY: the mapping is ours.
                            unsafe { libc::munmap(at, len) };
                        }
                    }
                });
            }
            let end = Instant::now() + Duration::from_secs(20);
            for _ in 0..20_000 {
                assert!(ProtectedBytes::copy_from(&memory, &[1; 4000]).is_err());
                if Instant::now() > end {
                    break;
                }
            }
            STOP.store(true, Ordering::Relaxed);
        });
    });
    outcome.assert_exit(0);
}

#[test]
fn no_descriptor_left() {
    needs_secret_memory!();
    needs_locked_memory!(SMALL);
    let outcome = victim!().run(|| {
        let before = SecretMemory::open(at_least(Protection::Secret)).unwrap();
        limit::set(Limit::OpenFiles, 0);
        let refused = refusals(at_least(Protection::Secret));
        assert_eq!(refused, [Refusal { call: Call::MemfdSecret, errno: libc::EMFILE }]);
        assert!(refused[0].to_string().contains("RLIMIT_NOFILE"), "{}", refused[0]);
        // A store that is open cannot grow, says why, and keeps what it has.
        let fits = ProtectedBytes::copy_from(&before, &[1; 600]).unwrap();
        let error = ProtectedBytes::copy_from(&before, &[1; 4000]).unwrap_err();
        assert_eq!(error, MemoryError::Refused(refused[0]));
        assert_eq!(before.scope(|inside, secret: &ProtectedBytes| secret.expose(inside)[0], &fits), Ok(1));
        // The lower level needs no descriptor, but without files there is nothing to verify it by.
        let locked = SecretMemory::open(exactly(Protection::Locked)).unwrap();
        assert_eq!(locked.report().evidence, Evidence::CallAlone);
    });
    outcome.assert_exit(0);
}

#[test]
fn memfd_secret_is_missing_or_filtered() {
    needs_locked_memory!(SMALL);
    for (errno, name, advice) in
        [(libc::ENOSYS, "missing", "secretmem.enable=1"), (libc::EPERM, "filtered", "container profile")]
    {
        let outcome = victim!().named(name).run(|| {
            filter::deny_syscall(libc::SYS_memfd_secret, errno);
            let refused = refusals(at_least(Protection::Secret));
            assert_eq!(refused, [Refusal { call: Call::MemfdSecret, errno }]);
            assert!(refused[0].to_string().contains(advice), "{}", refused[0]);
            let memory = SecretMemory::open(Policy::best_available()).unwrap();
            assert_eq!(memory.protection().at_rest, Protection::Locked);
            let report = memory.report();
            assert_eq!((report.evidence, &report.refusals), (Evidence::Smaps, &refused));
            assert!(report.to_string().contains("not granted: memfd_secret"), "{report}");
        });
        outcome.assert_exit(0);
    }
}

#[test]
fn an_exact_level_makes_no_call_of_a_higher_one() {
    needs_locked_memory!(SMALL);
    // Where a filter kills instead of refusing, only a policy that does not try survives.
    let survives = victim!().named("exactly").run(|| {
        filter::kill_on_syscall(libc::SYS_memfd_secret);
        assert_eq!(SecretMemory::open(exactly(Protection::Locked)).unwrap().protection().at_rest, Protection::Locked);
        filter::kill_on_syscall(libc::SYS_mlock);
        assert_eq!(SecretMemory::open(exactly(Protection::Plain)).unwrap().protection().at_rest, Protection::Plain);
    });
    survives.assert_exit(0);
    let control = victim!().named("best").run(|| {
        filter::kill_on_syscall(libc::SYS_memfd_secret);
        let _ = SecretMemory::open(Policy::best_available());
    });
    control.assert_signal(libc::SIGSYS);
}

#[test]
fn neither_level_can_be_had() {
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_memfd_secret, libc::ENOSYS);
        filter::deny_syscall(libc::SYS_mlock, libc::EPERM);
        let refused = refusals(at_least(Protection::Locked));
        assert_eq!(refused.iter().map(|refusal| refusal.call).collect::<Vec<_>>(), [Call::MemfdSecret, Call::Mlock]);
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        assert_eq!(memory.protection().at_rest, Protection::Plain);
    });
    outcome.assert_exit(0);
}

#[test]
fn pages_that_a_child_would_inherit_are_not_called_secret() {
    needs_locked_memory!(SMALL);
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_madvise, libc::EPERM);
        let refused: Vec<Call> = refusals(at_least(Protection::Locked)).iter().map(|refusal| refusal.call).collect();
        let of_secret = if secret_memory::is_there() { Call::DontFork } else { Call::MemfdSecret };
        assert_eq!(refused, [of_secret, Call::DontFork]);
        assert_eq!(SecretMemory::open(Policy::best_available()).unwrap().protection().at_rest, Protection::Plain);
    });
    outcome.assert_exit(0);
}

#[test]
fn where_process_vm_readv_is_not_permitted_the_file_stands_in() {
    needs_secret_memory!();
    needs_locked_memory!(SMALL);
    for (errno, name) in [(libc::EPERM, "filtered"), (libc::ENOSYS, "missing")] {
        let outcome = victim!().named(name).run(|| {
            filter::deny_syscall(libc::SYS_process_vm_readv, errno);
            let memory = SecretMemory::open(at_least(Protection::Secret)).unwrap();
            let report = memory.report();
            assert_eq!(report.evidence, Evidence::ProcMem);
            assert!(!report.probe_by_call.proves_secrecy() && report.probe_by_file.proves_secrecy(), "{report:?}");
            assert!(report.to_string().contains("/proc/self/mem reads an ordinary page and not one of ours"));
        });
        outcome.assert_exit(0);
    }
}

#[test]
fn nothing_is_called_secret_that_nothing_can_look_at() {
    needs_secret_memory!();
    needs_locked_memory!(SMALL);
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_process_vm_readv, libc::EPERM);
        filter::deny_syscall(libc::SYS_openat, libc::ENOENT);
        let refused = refusals(at_least(Protection::Secret));
        assert_eq!(refused, [Refusal { call: Call::Verification, errno: 0 }]);
    });
    outcome.assert_exit(0);
}

#[test]
fn no_random_bytes() {
    let outcome = victim!().run(|| {
        filter::deny_syscall(libc::SYS_getrandom, libc::EPERM);
        let refusal = Refusal { call: Call::Random, errno: libc::EPERM };
        assert_eq!(random::public(&mut [0; 16]), Err(RandomError(refusal)));
        assert_eq!(random::public(&mut [0; 4096]), Err(RandomError(refusal)));
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        let filled = memory.scope(|inside, out: &mut [u8]| random::secret(inside, out).is_ok(), &mut [0; 32][..]);
        assert_eq!(filled, Ok(false));
    });
    outcome.assert_exit(0);
}

#[test]
fn harden_shuts_out_the_same_user() {
    let outcome = victim!().unprivileged().run(|| {
        let before = SecretMemory::open(Policy::best_available()).unwrap().report();
        assert_eq!(before.machine.dumpable, Some(true));
        strongroom_memory::process::harden().unwrap();
        let memory = SecretMemory::open(Policy::best_available()).unwrap();
        let after = memory.report();
        assert_eq!((after.machine.dumpable, after.machine.core_limit), (Some(false), Some(0)));
        assert_eq!(after.protection, before.protection, "hardening hides nothing from ourselves");
        assert!(after.to_string().contains("shut to programs of the same user"), "{after}");
    });
    outcome.assert_exit(0);
}
