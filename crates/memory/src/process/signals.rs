//! Where signals put their frames while an operation runs.
//!
//! A signal's frame holds every register, so it holds parts of keys when it interrupts an operation. A handler without
//! `SA_ONSTACK` gets its frame on the stack that was running: the secret one. One with `SA_ONSTACK` gets it on the
//! thread's alternate stack, which lies in ordinary memory when the standard library has set it (for the main thread
//! and those it spawns). A program with such handlers puts the alternate stacks of the threads that run operations into
//! secret memory. Threads that a library of ours chooses for its work are that library's business
//! ([`SecretMemory::worker_stacks`]).

use crate::alternate::{self, Given};
use crate::evidence;
use crate::mapping::Mapping;
use crate::memory::SecretMemory;
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::sys;
use crate::workspace;
use std::fmt;

/// The calling thread's alternate signal stack, in memory of the level that protects keys in use, until it is dropped.
///
/// ```
/// use strongroom_memory::process::SignalStack;
/// use strongroom_memory::{Policy, SecretMemory};
///
/// let memory = SecretMemory::open(Policy::best_available())?;
/// let _signals = SignalStack::install(&memory)?; // in each thread that runs operations
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It is a setting of the thread, and no other thread can drop it:
///
/// ```compile_fail,E0277
/// # let stack = strongroom_memory::process::SignalStack::install_best().unwrap();
/// std::thread::spawn(move || drop(stack));
/// ```
///
/// It has room for a frame and for 8 KiB that a handler uses, which is more than the standard library's has. That
/// library's handler, which names overflows of ordinary stacks, runs on it as on its own.
///
/// Several values of one thread may be dropped in any order. A value that is dropped while another stack is set, one
/// that the program or a library has set since, leaves its memory mapped until its stack is set again and a call here
/// finds it. As everything that maps memory, it is neither made nor dropped in a signal handler.
///
/// # Forks
/// A child that is forked by a thread with such a stack has ordinary memory in its place, at the same address (Linux,
/// by `fork(3)`; raw `clone(2)` and `_Fork(3)` leave the child with a stack that is not there). A child that is forked
/// **by a signal handler while it runs on such a stack**, or on the stack of an operation that it interrupted, dies at
/// once, because it has no stack; the parent goes on.
pub struct SignalStack {
    _given: Given,
    len: usize,
}

impl SignalStack {
    /// Sets it for the calling thread.
    ///
    /// # Errors
    /// [`Refusal`]: there is no memory of the level for it (12 to 20 KiB), the thread is running on its alternate
    /// stack, or it has eight of them.
    pub fn install(memory: &SecretMemory) -> Result<Self, Refusal> {
        Self::install_at(memory.protection().in_use)
    }

    /// Sets it for the calling thread, in secret memory or else in locked; for a program to call before it opens a
    /// store.
    ///
    /// ```
    /// // First in `main`; the report says whether it is there.
    /// let _signals = strongroom_memory::process::SignalStack::install_best();
    /// ```
    ///
    /// # Errors
    /// [`Refusal`]: there is no such memory for it, or the limit on locked memory is so tight that keys and operations
    /// need all of it; or the thread is running on its alternate stack, or has eight of them.
    pub fn install_best() -> Result<Self, Refusal> {
        if workspace::is_tight() {
            return Err(Refusal::new(Call::Mlock, libc::ENOMEM));
        }
        Self::install_at(Protection::Secret).or_else(|_| Self::install_at(Protection::Locked))
    }

    fn install_at(level: Protection) -> Result<Self, Refusal> {
        let stack = Mapping::new(level, sys::signal_stack_len())?;
        evidence::of_level(level, stack.data())?;
        let len = stack.len();
        Ok(Self { _given: alternate::give(stack, false)?, len })
    }
}

impl fmt::Debug for SignalStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalStack").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Has a line written to standard error before the process dies of an operation that has overflowed its stack. Without
/// it the process dies of the same signal (SIGSEGV on Linux) and says nothing.
///
/// Every other SIGSEGV and SIGBUS goes on to the handler that was there: one that a runtime raises and handles itself,
/// and one that somebody sends. Such a handler runs on the thread's alternate stack if there is one, also where it was
/// installed without `SA_ONSTACK`. A handler that a program installs later stands in front of this one.
///
/// # Errors
/// [`Refusal`]: `sigaction(2)` was refused. The call may be repeated.
pub fn name_overflows() -> Result<(), Refusal> {
    #[cfg(target_os = "linux")]
    return sys::name_overflows(workspace::is_in_guard);
    // Elsewhere operations have no stack of their own to overflow.
    #[cfg(not(target_os = "linux"))]
    Ok(())
}
