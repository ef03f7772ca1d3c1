//! What a forked child may do while the parent's threads work: drop everything, open its own memory, use threads
//! and signals, or execute another program.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use strongroom_memory::{EnterError, Policy, ScopeToken, SecretBox, SecretMemory, StackBudget};
use strongroom_testkit::{End, fork, libc, victim};

/// Children of each kind.
const CHILDREN: usize = 1000;

fn open() -> SecretMemory {
    SecretMemory::open(Policy::best_available())
        .unwrap()
        .reserving(StackBudget { stack: 24 << 10, ..StackBudget::FIELD })
}

type Key = SecretBox<[u8; 64]>;

fn key(memory: &SecretMemory, byte: u8) -> Key {
    SecretBox::make(memory, |_, byte: u8| [byte; 64], byte).unwrap()
}

/// The sum of the key, by way of a copy on the stack.
fn sum(inside: &ScopeToken<'_>, key: &Key) -> u64 {
    let copy = black_box(**key.expose(inside));
    copy.iter().map(|&byte| u64::from(byte)).sum()
}

static STOP: AtomicBool = AtomicBool::new(false);
static SIGNALS: AtomicU64 = AtomicU64::new(0);

extern "C" fn on_signal(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

fn handle_signals() {
    // SAFETY: all zeros are a valid value of this type.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_signal as *const () as libc::sighandler_t;
    action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: the handler only counts.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) }, 0);
}

/// Runs `children` beside three threads that make memory, secrets and operations.
fn beside_a_working_parent(children: impl FnOnce(&SecretMemory, &Key)) {
    let (memory, kept) = (open(), open());
    let secret = key(&kept, 3);
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while !STOP.load(Ordering::Relaxed) {
                    assert_eq!(memory.scope(sum, &key(&memory, 2)), Ok(128));
                }
            });
        }
        threads.spawn(|| {
            while !STOP.load(Ordering::Relaxed) {
                let memory = open();
                assert_eq!(memory.scope(sum, &key(&memory, 1)), Ok(64));
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        // The stack of this thread's operations is there when it forks.
        assert_eq!(kept.scope(sum, &secret), Ok(192));
        children(&kept, &secret);
        STOP.store(true, Ordering::Relaxed);
    });
    assert_eq!(kept.scope(sum, &secret), Ok(192), "the parent's is as it was");
}

/// Mappings of the program's own in a child: they come to be where the parent's memory was.
struct Mappings(Vec<*mut u8>);

const LEN: usize = 16 << 10;

impl Mappings {
    fn new(count: usize) -> Self {
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let map = |number: usize| {
            // SAFETY: a mapping at an address that the kernel chooses replaces nothing.
            let at = unsafe { libc::mmap(std::ptr::null_mut(), LEN, access, flags, -1, 0) };
            assert_ne!(at, libc::MAP_FAILED);
            // SAFETY: the mapping is ours.
            unsafe { at.cast::<usize>().write(number) };
            at.cast()
        };
        Self((1..=count).map(map).collect())
    }

    fn are_unharmed(&self) -> bool {
        // SAFETY: the mappings are ours and stay.
        self.0.iter().zip(1..).all(|(at, number)| unsafe { at.cast::<usize>().read_volatile() } == number)
    }
}

fn ends_well(what: &str, body: impl Fn() -> u8) {
    for round in 0..CHILDREN {
        assert_eq!(fork::child(&body), End::Exit(0), "{what}, child {round}");
    }
}

#[test]
fn a_child_drops_everything_and_opens_its_own() {
    victim!()
        .deadline(Duration::from_secs(120))
        .run(|| {
            beside_a_working_parent(|parents, secret| {
                ends_well("drops and opens", || {
                    let (parents, secret) = (parents.clone(), secret);
                    assert_eq!(parents.scope(sum, secret), Err(EnterError::ForkedChild));
                    drop(parents);
                    let others = Mappings::new(100);
                    let own = open();
                    let mine = key(&own, 4);
                    assert_eq!(own.scope(sum, &mine), Ok(256));
                    drop(mine);
                    own.trim();
                    u8::from(!others.are_unharmed())
                });
            });
        })
        .assert_exit(0);
}

#[test]
fn a_child_uses_threads_and_signals() {
    victim!()
        .deadline(Duration::from_secs(120))
        .run(|| {
            handle_signals();
            beside_a_working_parent(|_, _| {
                ends_well("threads and signals", || {
                    let own = open();
                    let mine = key(&own, 4);
                    std::thread::scope(|threads| {
                        for _ in 0..3 {
                            threads.spawn(|| {
                                for _ in 0..10 {
                                    // SAFETY: the handler is installed.
                                    unsafe { libc::raise(libc::SIGUSR1) };
                                    assert_eq!(own.scope(sum, &mine), Ok(256));
                                }
                            });
                        }
                    });
                    let signalled = own.scope(
                        |inside, key: &Key| {
                            // SAFETY: the handler is installed.
                            unsafe { libc::raise(libc::SIGUSR1) };
                            sum(inside, key)
                        },
                        &mine,
                    );
                    assert_eq!(signalled, Ok(256));
                    u8::from(SIGNALS.load(Ordering::Relaxed) < 31)
                });
            });
        })
        .assert_exit(0);
}

#[test]
fn a_child_executes_another_program() {
    victim!()
        .deadline(Duration::from_secs(120))
        .run(|| {
            beside_a_working_parent(|_, _| {
                ends_well("execution", || {
                    // SAFETY: the arguments are C strings, the list of them ends with a null pointer.
                    unsafe { libc::execl(c"/bin/true".as_ptr(), c"true".as_ptr(), std::ptr::null::<libc::c_char>()) };
                    1
                });
            });
        })
        .assert_exit(0);
}

static CHILDREN_OF_HANDLER: AtomicU64 = AtomicU64::new(0);
static DIED: AtomicU64 = AtomicU64::new(0);

/// Forks in a handler, and waits for the child, which should do nothing but leave.
extern "C" fn fork_in_handler(_: libc::c_int) {
    // SAFETY: the child leaves at once by `_exit`, if it can.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: takes a number and does not return.
        unsafe { libc::_exit(0) }
    }
    let mut status = 0;
    // SAFETY: the status is writable.
    if unsafe { libc::waitpid(child, &raw mut status, 0) } == child {
        CHILDREN_OF_HANDLER.fetch_add(1, Ordering::Relaxed);
        DIED.fetch_add(
            u64::from(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSEGV),
            Ordering::Relaxed,
        );
    }
}

/// The child's stack is secret memory, which it does not have: it dies of it. The parent's operation goes on.
#[test]
fn a_handler_that_forks_costs_the_child_alone() {
    const FORKS: u64 = 200;
    victim!()
        .run(|| {
            // SAFETY: all zeros are a valid value of this type.
            let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
            action.sa_sigaction = fork_in_handler as *const () as libc::sighandler_t;
            // SAFETY: the handler makes calls that are safe there.
            assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) }, 0);
            let memory = open();
            let secret = key(&memory, 4);
            for _ in 0..FORKS {
                let interrupted = |inside: &ScopeToken<'_>, key: &Key| {
                    // SAFETY: the handler is installed.
                    unsafe { libc::raise(libc::SIGUSR1) };
                    sum(inside, key)
                };
                assert_eq!(memory.scope(interrupted, &secret), Ok(256));
            }
            assert_eq!(CHILDREN_OF_HANDLER.load(Ordering::Relaxed), FORKS);
            assert_eq!(DIED.load(Ordering::Relaxed), FORKS, "the child has no stack");
            // Memory is made as before: the counters of forks are even.
            let other = open();
            assert_eq!(other.scope(sum, &key(&other, 1)), Ok(64));
        })
        .assert_exit(0);
}

/// In the child the parent's stack of operations is a hole, which a mapping of the child's may fill.
#[test]
fn what_came_to_be_where_the_parents_stack_was_is_left_alone() {
    victim!()
        .run(|| {
            let memory = std::mem::ManuallyDrop::new(open());
            let local = |_: &ScopeToken<'_>, (): ()| {
                let local = 1u8;
                (&raw const *black_box(&local)).expose_provenance()
            };
            let stack = memory.scope(local, ()).unwrap() & !4095;
            let end = fork::child(|| {
                // SAFETY: the value is not used again in this process, which is left by `_exit`.
                drop(unsafe { std::ptr::read(&*memory) });
                let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
                let there = std::ptr::with_exposed_provenance_mut(stack);
                // SAFETY: a mapping that replaces nothing.
                let at = unsafe { libc::mmap(there, 4096, access, flags | libc::MAP_FIXED_NOREPLACE, -1, 0) };
                assert_eq!(at, there, "the control: the page is not there in the child");
                // SAFETY: the mapping is ours.
                unsafe { at.cast::<usize>().write(7) };
                let own = open();
                assert_eq!(own.scope(sum, &key(&own, 4)), Ok(256));
                // SAFETY: as above.
                u8::from(unsafe { at.cast::<usize>().read_volatile() } != 7)
            });
            assert_eq!(end, End::Exit(0));
        })
        .assert_exit(0);
}

/// Children of children have memory of their own.
#[test]
fn a_line_of_children_has_memory_of_its_own() {
    fn go_on(generation: u8) -> u8 {
        let own = open();
        let mine = key(&own.reserving(StackBudget::FIELD), generation);
        let answer = own.scope(sum, &mine);
        assert_eq!(answer, Ok(64 * u64::from(generation)));
        if generation == 10 {
            return 0;
        }
        match fork::child(|| go_on(generation + 1)) {
            End::Exit(code) => u8::try_from(code).unwrap_or(1),
            _ => 1,
        }
    }
    victim!().run(|| assert_eq!(go_on(0), 0)).assert_exit(0);
}
