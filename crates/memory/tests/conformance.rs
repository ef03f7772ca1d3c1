//! One suite over all three kinds of memory: whatever the level, secrets behave the same.
#![cfg(target_os = "linux")]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use proptest::prelude::*;
use strongroom_memory::{Demand, MemoryError, Policy, ProtectedBytes, Protection, SecretBox, SecretMemory};
use strongroom_testkit::{End, Limit, fork, libc, limit, needs_locked_memory, secret_memory, skip, victim};

/// Whether operations can run on a stack of their own.
const CAN_SWITCH: bool = cfg!(any(target_arch = "x86_64", target_arch = "aarch64"));

/// Bytes of locked memory that most of these tests need: what old systems and containers have.
const SMALL: u64 = 64 << 10;

/// What this machine lacks for memory of this level.
fn lack(level: Protection) -> Option<&'static str> {
    match level {
        Protection::Plain => None,
        Protection::Secret if !secret_memory::is_there() => Some("the kernel has no memfd_secret"),
        _ if limit::locked_memory() < SMALL => Some("RLIMIT_MEMLOCK has no room for 64 KiB"),
        _ => None,
    }
}

/// Opens memory of exactly this level.
fn open(level: Protection) -> SecretMemory {
    match SecretMemory::open(Policy::at_rest(Demand::Exactly(level))) {
        Ok(memory) => memory,
        Err(error) => panic!("{level} could not be opened: {error}"),
    }
}

/// The byte `offset` bytes from the start of the secret, read past all checks.
fn peek(memory: &SecretMemory, secret: &ProtectedBytes, offset: isize) -> u8 {
    let at = address(memory, secret).wrapping_offset(offset);
    // SAFETY: none: this is what a broken program does. It runs in a victim.
    unsafe { at.read_volatile() }
}

fn address(memory: &SecretMemory, secret: &ProtectedBytes) -> *mut u8 {
    let at = memory.scope(|inside, secret: &ProtectedBytes| secret.expose(inside).as_ptr().expose_provenance(), secret);
    std::ptr::with_exposed_provenance_mut(at.unwrap())
}

fn largest(memory: &SecretMemory) -> ProtectedBytes {
    // One slot of 4,096 bytes, alone on its page.
    ProtectedBytes::copy_from(memory, &[0x5a; ProtectedBytes::MAX]).unwrap()
}

macro_rules! suite {
    ($($name:ident $level:expr;)*) => { $(mod $name {
        use super::*;

        macro_rules! memory {
            () => {{
                if let Some(lack) = lack($level) {
                    skip!("{lack}");
                }
                open($level)
            }};
        }

        #[test]
        fn grants_what_it_says() {
            let memory = memory!();
            assert_eq!(memory.protection().at_rest, $level);
            assert_eq!(memory.protection().in_use, if CAN_SWITCH { $level } else { Protection::Plain });
            let report = memory.report();
            let area = report.mapping.clone().expect("/proc/self/smaps tells of our page");
            assert_eq!(area.is_secret(), $level == Protection::Secret, "{area:?}");
            assert_eq!(report.probe_by_call.proves_secrecy(), $level == Protection::Secret);
            assert!(area.is_kept_from_children() && area.is_left_out_of_dumps(), "{area:?}");
            if $level == Protection::Locked {
                assert!(area.is_locked(), "{area:?}");
            }
            assert!(report.refusals.is_empty(), "an exact level tries no other: {report}");
        }

        #[test]
        fn makes_shows_and_drops() {
            let memory = memory!();
            if $level > Protection::Plain {
                needs_locked_memory!(1 << 20);
            }
            let boxes: Vec<SecretBox<[u64; 80]>> =
                (0..500u32).map(|n| SecretBox::make(&memory, |_, n: u32| [u64::from(n); 80], n).unwrap()).collect();
            assert_eq!(memory.usage().secrets, 500);
            for (n, secret) in boxes.iter().enumerate() {
                let sum = memory.scope(|inside, secret: &SecretBox<[u64; 80]>| secret.expose(inside).iter().sum::<u64>(), secret);
                assert_eq!(sum.unwrap(), 80 * n as u64);
            }
            drop(boxes);
            assert_eq!(memory.usage().secrets, 0);
            memory.trim();
            assert_eq!(memory.usage().mapped, 0);
        }

        #[test]
        fn the_pages_around_a_chunk_kill() {
            let memory = memory!();
            let secret = largest(&memory);
            victim!().named("inside").run(|| assert_eq!(peek(&memory, &secret, 0), 0x5a)).assert_exit(0);
            victim!().named("before").run(|| { peek(&memory, &secret, -1); }).assert_signal(libc::SIGSEGV);
            victim!().named("behind").run(|| { peek(&memory, &secret, 4096); }).assert_signal(libc::SIGSEGV);
        }

        #[test]
        fn what_was_dropped_is_zero_and_then_gone() {
            let memory = memory!();
            let secret = largest(&memory);
            let other = largest(&memory);
            let at = address(&memory, &secret);
            drop(secret);
            // SAFETY: the pool keeps one empty chunk of each size, so the page is still there.
            assert_eq!(unsafe { at.read_volatile() }, 0);
            drop(other);
            memory.trim();
            victim!().run(|| {
                // SAFETY: none: the page is gone, and the victim dies of it.
                unsafe { at.read_volatile() };
            }).assert_signal(libc::SIGSEGV);
        }

        #[test]
        fn a_forked_child_gets_an_error_and_can_open_its_own() {
            let memory = memory!();
            let secret = SecretBox::make(&memory, |_, ()| [7u8; 32], ()).unwrap();
            let bytes = ProtectedBytes::copy_from(&memory, b"bytes").unwrap();
            let expose = |memory: &SecretMemory, secret: &SecretBox<[u8; 32]>| {
                memory.scope(|inside, secret: &SecretBox<[u8; 32]>| **secret.expose(inside), secret)
            };
            victim!().run(|| {
                let end = fork::child(|| {
                    assert_eq!(expose(&memory, &secret).unwrap_err(), strongroom_memory::EnterError::ForkedChild);
                    let made = SecretBox::make(&memory, |_, ()| [8u8; 32], ());
                    assert_eq!(made.unwrap_err(), MemoryError::ForkedChild);
                    let len = memory.scope(|inside, bytes: &ProtectedBytes| bytes.expose(inside).len(), &bytes);
                    assert_eq!(len, Err(strongroom_memory::EnterError::ForkedChild));
                    // A box of the parent's in memory of the child's own.
                    let own = open($level);
                    assert_eq!(expose(&own, &secret).unwrap_err(), strongroom_memory::EnterError::ForkedChild);
                    let mine = SecretBox::make(&own, |_, ()| [9u8; 32], ()).unwrap();
                    assert_eq!(expose(&own, &mine).unwrap(), [9; 32]);
                    drop((secret, bytes, memory));
                    assert_eq!(expose(&own, &mine).unwrap(), [9; 32]);
                    0
                });
                assert_eq!(end, End::Exit(0));
            }).assert_exit(0);
        }

        #[test]
        fn a_forked_child_that_touches_the_page_dies_and_the_parent_does_not_notice() {
            let memory = memory!();
            let secret = largest(&memory);
            let at = address(&memory, &secret);
            victim!().run(|| {
                let end = fork::child(|| {
                    // SAFETY: none: the child has no such page, and dies of it.
                    unsafe { at.write_volatile(0) };
                    0
                });
                assert_eq!(end, End::Signal(libc::SIGSEGV));
                assert_eq!(peek(&memory, &secret, 0), 0x5a);
            }).assert_exit(0);
        }

        #[test]
        fn a_fork_while_another_thread_is_inside_harms_neither() {
            use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
            static STOP: AtomicBool = AtomicBool::new(false);
            static ROUNDS: AtomicU64 = AtomicU64::new(0);
            let memory = memory!();
            let secret = SecretBox::make(&memory, |_, ()| [3u8; 64], ()).unwrap();
            victim!().run(|| {
                let memory = &memory;
                let secret = &secret;
                std::thread::scope(|threads| {
                    threads.spawn(move || {
                        // One operation that lasts as long as the test.
                        let stay = |inside: &strongroom_memory::ScopeToken<'_>, secret: &SecretBox<[u8; 64]>| {
                            let mut sound = true;
                            while !STOP.load(Ordering::Relaxed) {
                                sound &= **secret.expose(inside) == [3; 64];
                                ROUNDS.fetch_add(1, Ordering::Relaxed);
                            }
                            sound
                        };
                        assert_eq!(memory.scope(stay, secret), Ok(true));
                    });
                    threads.spawn(move || {
                        // Takes and frees, so that forks meet the pool's locks held.
                        while !STOP.load(Ordering::Relaxed) {
                            drop(SecretBox::make(memory, |_, ()| [4u8; 64], ()).unwrap());
                        }
                    });
                    while ROUNDS.load(Ordering::Relaxed) == 0 {
                        std::thread::yield_now();
                    }
                    for _ in 0..100 {
                        let end = fork::child(|| {
                            let made = SecretBox::make(memory, |_, ()| [4u8; 64], ());
                            u8::from(made.unwrap_err() != MemoryError::ForkedChild)
                        });
                        assert_eq!(end, End::Exit(0));
                    }
                    STOP.store(true, Ordering::Relaxed);
                });
            }).assert_exit(0);
        }

        #[test]
        fn eight_threads_make_use_and_drop() {
            let memory = memory!();
            std::thread::scope(|threads| {
                for thread in 0..8u8 {
                    let memory = &memory;
                    threads.spawn(move || {
                        for round in 0..2000u32 {
                            let byte = thread.wrapping_mul(31).wrapping_add(round as u8);
                            let secret = SecretBox::make(memory, |_, byte: u8| [byte; 600], byte).unwrap();
                            let same = |inside: &strongroom_memory::ScopeToken<'_>, (secret, byte): (&SecretBox<[u8; 600]>, u8)| {
                                secret.expose(inside).iter().all(|&found| found == byte)
                            };
                            assert_eq!(memory.scope(same, (&secret, byte)), Ok(true));
                        }
                    });
                }
            });
            assert_eq!(memory.usage().secrets, 0);
        }

        #[test]
        fn an_unprivileged_user_gets_it_too() {
            if let Some(lack) = lack($level) {
                skip!("{lack}");
            }
            // 64 KiB, as old containers have it; enough to open and to hold some keys. Plain memory needs none of it.
            let limit = SMALL.min(limit::locked_memory());
            let outcome = victim!().unprivileged().limit(Limit::LockedMemory, limit).run(|| {
                let memory = open($level);
                let secret = SecretBox::make(&memory, |_, ()| [1u8; 640], ()).unwrap();
                assert!(memory.scope(|inside, secret: &SecretBox<[u8; 640]>| secret.expose(inside)[639], &secret) == Ok(1));
            });
            outcome.assert_exit(0);
        }

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            #[test]
            fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..=ProtectedBytes::MAX)) {
                if lack($level).is_none() {
                    let memory = open($level);
                    let secret = ProtectedBytes::copy_from(&memory, &bytes).unwrap();
                    let mut out = vec![0; bytes.len()];
                    let copy = |inside: &strongroom_memory::ScopeToken<'_>, (secret, out): (&ProtectedBytes, &mut [u8])| {
                        out.copy_from_slice(secret.expose(inside));
                    };
                    memory.scope(copy, (&secret, &mut out[..])).unwrap();
                    prop_assert_eq!(out, bytes);
                }
            }
        }
    })* };
}

suite! {
    secret Protection::Secret;
    locked Protection::Locked;
    plain Protection::Plain;
}

/// A secret that an operation reaches through a static instead of its input: the check on entry cannot see it.
#[test]
fn a_forked_child_that_reaches_a_secret_through_a_static_is_ended() {
    use std::sync::OnceLock;
    static HIDDEN: OnceLock<SecretBox<[u8; 8]>> = OnceLock::new();
    let memory = SecretMemory::open(Policy::best_available()).unwrap();
    HIDDEN.get_or_init(|| SecretBox::make(&memory, |_, ()| [1; 8], ()).unwrap());
    victim!()
        .run(|| {
            let end = fork::child(|| {
                let own = SecretMemory::open(Policy::best_available()).unwrap();
                own.scope(|inside, ()| HIDDEN.get().unwrap().expose(inside)[0], ()).unwrap()
            });
            assert_eq!(end, End::Signal(libc::SIGABRT));
        })
        .assert_exit(0);
}

/// The parent's batch of random bytes must not be handed out again by a child.
#[test]
fn a_forked_child_draws_other_random_bytes() {
    use std::io::{Read, Write, pipe};
    victim!()
        .run(|| {
            let draw = || {
                let mut bytes = [0u8; 16];
                strongroom_memory::random::public(&mut bytes).unwrap();
                bytes
            };
            draw();
            let (mut reader, mut writer) = pipe().unwrap();
            let end = fork::child(|| u8::from(writer.write_all(&draw()).is_err()));
            assert_eq!(end, End::Exit(0));
            let mut childs = [0u8; 16];
            reader.read_exact(&mut childs).unwrap();
            assert_ne!(childs, draw());
        })
        .assert_exit(0);
}
