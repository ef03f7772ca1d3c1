//! Forks of this process: telling whether one ran while a mapping was made, and mending what a child inherits. Linux.
//!
//! Secret pages are a shared mapping. Between `mmap(2)` and `MADV_DONTFORK` a fork on another thread would give the
//! child the pages for good. Two counters tell: `STARTED` is raised before each fork, `FINISHED` after it, in the
//! parent and also when the fork failed. A mapping begins only while both are equal. It is thrown away if `STARTED` has
//! moved by the time that the child would no longer get it. A single counter is not enough: a fork that was counted
//! before the mapping began may copy the address space in its middle.
//!
//! No handler takes a lock, because a signal handler may fork at any instruction.
//!
//! Handlers of `pthread_atfork(3)` do not run for `vfork(2)`, `posix_spawn(3)`, `_Fork(3)` and raw `clone(2)`. The
//! first two share or never copy the address space. The other two are outside the promise.

use super::inherited;
use crate::refusal::{Call, Refusal};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Forks of this process that have begun.
///
/// # Invariants
/// 1. `FINISHED <= STARTED`, and the difference is the number of forks that run now.
static STARTED: AtomicU64 = AtomicU64::new(0);
/// Forks of this process that have ended.
static FINISHED: AtomicU64 = AtomicU64::new(0);
static REGISTERED: AtomicBool = AtomicBool::new(false);

extern "C" fn before_fork() {
    STARTED.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn in_parent() {
    FINISHED.fetch_add(1, Ordering::SeqCst);
}

/// A number that is 0 in a forked child, where the kernel has no page that does it better: raw `clone(2)` runs no
/// handler.
static MARK: AtomicU64 = AtomicU64::new(0);

/// The number of [`super::ProcessMarker`] where there is no page for it.
pub(super) fn mark_without_page() -> &'static AtomicU64 {
    // Refused only for want of memory; the first secret mapping tries again.
    let _ = register();
    &MARK
}

extern "C" fn in_child() {
    MARK.store(0, Ordering::SeqCst);
    // Forks that other threads had begun do not go on in the child. A signal handler may fork between any two lines,
    // and then both counters have moved.
    loop {
        let finished = FINISHED.load(Ordering::SeqCst);
        let started = STARTED.load(Ordering::SeqCst);
        if FINISHED.compare_exchange(finished, started, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
            break;
        }
    }
    inherited::restore_in_child();
}

/// Registers the handlers when the program is loaded. A fork that is running when they are registered is not counted,
/// and before `main` there is no other thread to fork.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = {
    extern "C" fn at_load() {
        // The first mapping tries again and reports a refusal.
        let _ = register();
    }
    at_load
};

/// Registers the handlers, unless that was done. Two threads that do it at once register them twice, which counts each
/// fork as two: the counters are as good.
pub(crate) fn register() -> Result<(), Refusal> {
    if REGISTERED.load(Ordering::Acquire) {
        return Ok(());
    }
    // SAFETY: the handlers touch only atomics and make async-signal-safe calls, so they may run at any fork; they are
    // never unloaded before the C library forgets them.
    let refused = unsafe { libc::pthread_atfork(Some(before_fork), Some(in_parent), Some(in_child)) };
    match refused {
        0 => REGISTERED.store(true, Ordering::Release),
        errno => return Err(Refusal::new(Call::AtFork, errno)),
    }
    Ok(())
}

/// How often a mapping is tried before it is refused: for a second, if forks never pause.
const TRIES: u32 = 400;

/// Tries that only yield the processor; each one after them sleeps.
const YIELDS: u32 = 100;

const PAUSE: Duration = Duration::from_micros(3000);

/// Runs `map` at a moment in which no thread forks. Drops what it made and runs it again if a fork has begun meanwhile:
/// a child may have inherited it.
///
/// # Errors
/// The refusal of `map`; [`Call::Forks`] if forks left no such moment for about a second.
pub(super) fn between_forks<M>(mut map: impl FnMut() -> Result<M, Refusal>) -> Result<M, Refusal> {
    register()?;
    for tried in 0..TRIES {
        let started = STARTED.load(Ordering::SeqCst);
        if FINISHED.load(Ordering::SeqCst) == started {
            let made = map()?;
            if STARTED.load(Ordering::SeqCst) == started {
                return Ok(made);
            }
        }
        if tried < YIELDS {
            thread::yield_now();
        } else {
            thread::sleep(PAUSE);
        }
    }
    Err(Refusal::new(Call::Forks, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_testkit::{End, fork, victim};

    #[test]
    fn forks_are_counted_before_anything_else_of_this_crate_is_called() {
        victim!()
            .run(|| {
                assert!(REGISTERED.load(Ordering::SeqCst));
                let end = fork::child(|| {
                    let (started, finished) = (STARTED.load(Ordering::SeqCst), FINISHED.load(Ordering::SeqCst));
                    u8::from((started, finished) != (1, 1))
                });
                assert_eq!(end, End::Exit(0));
                assert_eq!((STARTED.load(Ordering::SeqCst), FINISHED.load(Ordering::SeqCst)), (1, 1));
            })
            .assert_exit(0);
    }

    #[test]
    fn what_was_made_beside_a_fork_is_dropped_and_made_again() {
        victim!()
            .run(|| {
                let mut made = 0;
                let result = between_forks(|| {
                    made += 1;
                    if made < 3 {
                        assert_eq!(fork::child(|| 0), End::Exit(0));
                    }
                    Ok(made)
                });
                assert_eq!(result, Ok(3));
            })
            .assert_exit(0);
    }

    #[test]
    fn forks_without_a_pause_are_a_refusal_and_not_a_wait_for_ever() {
        victim!()
            .run(|| {
                before_fork();
                assert_eq!(between_forks(|| Ok(())), Err(Refusal::new(Call::Forks, 0)));
                in_parent();
                assert_eq!(between_forks(|| Ok(())), Ok(()));
            })
            .assert_exit(0);
    }

    #[test]
    fn the_number_without_a_page_is_0_in_a_child() {
        victim!()
            .run(|| {
                let number = mark_without_page();
                number.store(7, Ordering::SeqCst);
                assert_eq!(fork::child(|| u8::from(number.load(Ordering::SeqCst) != 0)), End::Exit(0));
                assert_eq!(number.load(Ordering::SeqCst), 7);
            })
            .assert_exit(0);
    }
}
