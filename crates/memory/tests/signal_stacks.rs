//! Alternate signal stacks: whatever the order in which they are let go of, whoever else sets one, and in forked
//! children.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "scope/levels.rs"]
mod levels;

use levels::{at_both_levels, is_of, open};
use std::cell::RefCell;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::{mem, ptr};
use strongroom_memory::process::SignalStack;
use strongroom_memory::{Protection, ScopeToken, SecretMemory};
use strongroom_testkit::area::Area;
use strongroom_testkit::{End, fork, libc, victim};

/// The thread's alternate stack.
fn setting() -> libc::stack_t {
    exchange(None)
}

/// The first byte of the thread's alternate stack; 0 if it has none.
fn set_now() -> usize {
    let now = setting();
    if now.ss_flags & libc::SS_DISABLE != 0 { 0 } else { now.ss_sp.addr() }
}

/// Changes the setting as a library in C would, and returns what was there.
fn exchange(new: Option<&libc::stack_t>) -> libc::stack_t {
    // SAFETY: all zeros are a valid value of this type.
    let mut before: libc::stack_t = unsafe { mem::zeroed() };
    // SAFETY: what is set is memory that is never freed, or what was set before; `before` is writable.
    let done = unsafe { libc::sigaltstack(new.map_or(ptr::null(), ptr::from_ref), &raw mut before) };
    assert_eq!(done, 0, "{}", std::io::Error::last_os_error());
    before
}

/// A stack of another library.
fn foreign() -> libc::stack_t {
    let memory = Vec::leak(vec![0u8; 64 << 10]);
    libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: memory.len() }
}

/// Where the last frame was.
static FRAME: AtomicUsize = AtomicUsize::new(0);

extern "C" fn note(_: libc::c_int) {
    let local = 0u8;
    FRAME.store((&raw const local).addr(), Ordering::SeqCst);
}

fn handle(handler: extern "C" fn(libc::c_int), flags: libc::c_int) {
    // SAFETY: all zeros are a valid value of this type.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = handler as *const () as libc::sighandler_t;
    action.sa_flags = flags;
    // SAFETY: the handlers of this file make only calls that a handler may make.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()) }, 0);
}

fn raise() {
    // SAFETY: takes a plain number, whose handler is installed.
    assert_eq!(unsafe { libc::raise(libc::SIGUSR1) }, 0);
}

/// Where a handler on the alternate stack has its frame: that the process lives shows that there is memory.
fn frame() -> usize {
    handle(note, libc::SA_ONSTACK);
    raise();
    FRAME.load(Ordering::SeqCst)
}

/// How many areas of this level the process has.
fn areas_of(level: Protection) -> usize {
    Area::all().iter().filter(|area| levels::is_area_of(level, area)).count()
}

fn is_mapped(address: usize) -> bool {
    Area::of(address).is_some()
}

fn install(memory: &SecretMemory, count: usize) -> Vec<Option<SignalStack>> {
    (0..count).map(|_| Some(SignalStack::install(memory).unwrap())).collect()
}

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Of a child that a handler has forked: how it ended.
static CHILD: AtomicI32 = AtomicI32::new(-1);

/// Forks, and in the parent waits for the child.
extern "C" fn fork_here(_: libc::c_int) {
    // SAFETY: no thread of these victims is in the middle of anything that the call waits for.
    let child = unsafe { libc::fork() };
    if child > 0 {
        let mut status = 0;
        // SAFETY: `status` is writable.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        CHILD.store(status, Ordering::SeqCst);
    } else {
        IS_CHILD.store(1, Ordering::SeqCst);
    }
}

static IS_CHILD: AtomicUsize = AtomicUsize::new(0);

fn interrupted(_: &ScopeToken<'_>, number: u64) -> u64 {
    raise();
    number + 1
}

at_both_levels! {
    #[test]
    fn any_order_of_drops_ends_where_it_began() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let (before, areas) = (set_now(), areas_of(LEVEL));
                assert!(is_mapped(before), "std's");
                for order in ORDERS {
                    let mut stacks = install(&memory, 3);
                    assert_eq!(areas_of(LEVEL), areas + 3);
                    for number in order {
                        drop(stacks[number].take());
                        assert!(is_mapped(set_now()), "{order:?}");
                        frame();
                    }
                    assert_eq!(set_now(), before, "{order:?}");
                    assert_eq!(areas_of(LEVEL), areas, "{order:?}: none stays behind");
                }
            })
            .assert_exit(0);
    }

    #[test]
    fn one_that_a_thread_keeps_to_its_end_goes_with_it() {
        // The standard library has left no stack set when it drops what threads keep. Which is dropped first depends on
        // which was used first.
        thread_local! {
            static FIRST: RefCell<Vec<SignalStack>> = const { RefCell::new(Vec::new()) };
            static THEN: RefCell<Vec<SignalStack>> = const { RefCell::new(Vec::new()) };
        }
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let areas = areas_of(LEVEL);
                for _ in 0..20 {
                    let memory = memory.clone();
                    let thread = std::thread::spawn(move || {
                        FIRST.with(|first| first.borrow_mut().push(SignalStack::install(&memory).unwrap()));
                        let stack = SignalStack::install(&memory).unwrap();
                        THEN.with(|then| then.borrow_mut().push(stack));
                        // One that was let go of while another library's was set.
                        let last = SignalStack::install(&memory).unwrap();
                        exchange(Some(&foreign()));
                        drop(last);
                        assert_eq!(areas_of(LEVEL), areas + 3);
                    });
                    thread.join().unwrap();
                    assert_eq!(areas_of(LEVEL), areas);
                }
            })
            .assert_exit(0);
    }

    #[test]
    fn one_that_another_library_found_stays_until_it_was_put_back() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let (before, areas) = (set_now(), areas_of(LEVEL));
                let stack = SignalStack::install(&memory).unwrap();
                let ours = set_now();
                let found = exchange(Some(&foreign()));
                assert_eq!(found.ss_sp.addr(), ours);
                drop(stack);
                assert_ne!(set_now(), ours, "the other's is still set");
                exchange(Some(&found));
                assert!(is_of(LEVEL, frame()), "put back, it is what it was");
                // The next to come finds it, and it goes.
                let next = SignalStack::install(&memory).unwrap();
                assert!(!is_mapped(ours) || set_now() == ours);
                assert_eq!(areas_of(LEVEL), areas + 1);
                drop(next);
                assert_eq!((set_now(), areas_of(LEVEL)), (before, areas));
            })
            .assert_exit(0);
    }

    #[test]
    fn a_library_in_between_finds_and_leaves_what_it_expects() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let (before, areas) = (set_now(), areas_of(LEVEL));
                let lower = SignalStack::install(&memory).unwrap();
                let ours = set_now();
                let foreign = foreign();
                let found = exchange(Some(&foreign));
                let upper = SignalStack::install(&memory).unwrap();
                drop(lower);
                assert!(is_of(LEVEL, frame()));
                drop(upper);
                assert_eq!(set_now(), foreign.ss_sp.addr());
                assert!(is_mapped(ours), "the library may put it back");
                exchange(Some(&found));
                frame();
                drop(SignalStack::install(&memory).unwrap());
                assert_eq!((set_now(), areas_of(LEVEL)), (before, areas));
            })
            .assert_exit(0);
    }

    #[test]
    fn a_ninth_is_refused_until_one_is_dropped() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let (before, areas) = (set_now(), areas_of(LEVEL));
                let mut stacks = install(&memory, 8);
                let highest = set_now();
                let refusal = SignalStack::install(&memory).unwrap_err();
                let said = refusal.to_string();
                assert!(said.starts_with("sigaltstack answered") && said.ends_with("drop some"), "{said}");
                assert_eq!((set_now(), areas_of(LEVEL)), (highest, areas + 8));
                stacks.pop();
                let ninth = SignalStack::install(&memory).unwrap();
                assert!(is_of(LEVEL, frame()));
                drop((stacks, ninth));
                assert_eq!((set_now(), areas_of(LEVEL)), (before, areas));
            })
            .assert_exit(0);
    }

    #[test]
    fn none_is_set_for_a_thread_that_runs_on_its_alternate_stack() {
        static MEMORY: std::sync::OnceLock<SecretMemory> = std::sync::OnceLock::new();
        static REFUSED: AtomicI32 = AtomicI32::new(0);
        // Not what a handler may do in a program: this one interrupts nothing.
        extern "C" fn install_here(_: libc::c_int) {
            let refused = MEMORY.get().and_then(|memory| SignalStack::install(memory).err());
            REFUSED.store(refused.map_or(-1, |refusal| refusal.errno), Ordering::SeqCst);
        }
        victim!()
            .run(|| {
                let areas = areas_of(LEVEL);
                let memory = MEMORY.get_or_init(|| open(LEVEL));
                let (before, opened) = (set_now(), areas_of(LEVEL));
                assert!(opened > areas);
                handle(install_here, libc::SA_ONSTACK);
                raise();
                assert_eq!(REFUSED.load(Ordering::SeqCst), libc::EPERM);
                assert_eq!((set_now(), areas_of(LEVEL)), (before, opened));
                assert!(SignalStack::install(memory).is_ok());
            })
            .assert_exit(0);
    }

    #[test]
    fn a_forked_child_has_memory_where_its_stack_is() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let before = set_now();
                let mut stacks = install(&memory, 2);
                let ours = set_now();
                assert!(is_of(LEVEL, frame()), "the parent's");
                let end = fork::child(|| {
                    assert_eq!(set_now(), ours);
                    // Somebody maps memory wherever there is room.
                    let len = setting().ss_size;
                    let others: Vec<Vec<u8>> = (0..500).map(|_| vec![0u8; len.max(200 << 10)]).collect();
                    let range = ours..ours + len;
                    assert!(range.contains(&frame()));
                    assert!(is_of(Protection::Plain, FRAME.load(Ordering::SeqCst)));
                    assert!(others.iter().flatten().all(|byte| *byte == 0), "no frame was written to others' memory");
                    // A child of the child, and a stack and operations of its own.
                    assert_eq!(fork::child(|| u8::from(!range.contains(&frame()))), End::Exit(0));
                    let own = open(LEVEL);
                    let stack = SignalStack::install(&own).unwrap();
                    assert!(is_of(LEVEL, frame()));
                    assert_eq!(own.scope(interrupted, 7), Ok(8));
                    drop((stack, own));
                    frame();
                    // What it was forked with.
                    stacks.clear();
                    assert_eq!(set_now(), before);
                    frame();
                    0
                });
                assert_eq!(end, End::Exit(0));
                assert!(is_of(LEVEL, frame()), "the parent's, as before");
            })
            .assert_exit(0);
    }

    /// The return from a signal handler sets what was set when the signal came.
    #[test]
    fn a_child_of_a_handler_returns_to_a_stack_that_is_there() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let _stack = SignalStack::install(&memory).unwrap();
                let ours = set_now();
                handle(fork_here, 0);
                raise();
                assert_eq!(set_now(), ours);
                let frame = frame();
                if IS_CHILD.load(Ordering::SeqCst) == 1 {
                    assert!(is_of(Protection::Plain, frame));
                    std::process::exit(42);
                }
                assert!(is_of(LEVEL, frame));
                assert_eq!(CHILD.load(Ordering::SeqCst), 42 << 8);
            })
            .assert_exit(0);
    }

    #[test]
    fn of_a_fork_on_such_a_stack_the_child_dies_and_the_parent_lives() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let stack = SignalStack::install(&memory).unwrap();
                let mut number = 0;
                for (how, flags) in [("on the alternate stack", libc::SA_ONSTACK), ("on the operation's", 0)] {
                    CHILD.store(-1, Ordering::SeqCst);
                    handle(fork_here, flags);
                    // In the middle of an operation, whose memory the parent keeps.
                    number = memory.scope(interrupted, number).unwrap();
                    assert_eq!(IS_CHILD.load(Ordering::SeqCst), 0, "{how}: the child has gone on");
                    assert_eq!(CHILD.load(Ordering::SeqCst), libc::SIGSEGV, "{how}");
                }
                assert_eq!(number, 2);
                assert!(is_of(LEVEL, frame()));
                drop(stack);
                // The control: on the standard library's stack, which the child has, it goes on.
                handle(fork_here, libc::SA_ONSTACK);
                raise();
                if IS_CHILD.load(Ordering::SeqCst) == 1 {
                    std::process::exit(42);
                }
                assert_eq!(CHILD.load(Ordering::SeqCst), 42 << 8);
            })
            .assert_exit(0);
    }

    #[test]
    fn a_thousand_children_are_forked_under_signals() {
        victim!()
            .run(|| {
                let memory = open(LEVEL);
                let _stack = SignalStack::install(&memory).unwrap();
                handle(note, libc::SA_ONSTACK | libc::SA_RESTART);
                // SAFETY: takes no pointer.
                let here = unsafe { libc::pthread_self() };
                let stop = std::sync::atomic::AtomicBool::new(false);
                std::thread::scope(|threads| {
                    threads.spawn(|| {
                        while !stop.load(Ordering::SeqCst) {
                            // SAFETY: that thread outlives this one.
                            unsafe { libc::pthread_kill(here, libc::SIGUSR1) };
                            std::thread::sleep(std::time::Duration::from_micros(50));
                        }
                    });
                    let survives = |number: u64| {
                        let end = fork::child(|| {
                            (0..4).for_each(|_| raise());
                            0
                        });
                        (end, memory.scope(|_, number: u64| number, number))
                    };
                    let ends: Vec<_> = (0..1000).map(survives).collect();
                    stop.store(true, Ordering::SeqCst);
                    let expected: Vec<_> = (0..1000).map(|number| (End::Exit(0), Ok(number))).collect();
                    assert_eq!(ends, expected);
                });
            })
            .assert_exit(0);
    }
}
