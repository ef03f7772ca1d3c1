//! Alternate signal stacks for threads that a library shares its work out to.
//!
//! A program gives its own threads such stacks ([`SignalStack`](crate::process::SignalStack)). Threads of a pool that a
//! library takes by itself have those of the standard library, which lie in ordinary memory, and the program does not
//! know which they are. So the library reserves stacks first, shares out to as many threads as it got stacks, and each
//! thread sets one for the time of its work: not for each operation, which would cost three system calls.

use crate::fork;
use crate::memory::SecretMemory;

#[cfg(unix)]
use crate::{
    alternate::{self, Given},
    mapping::Mapping,
    protection::Protection,
};
use std::fmt;
use std::marker::PhantomData;
#[cfg(unix)]
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Alternate signal stacks of the level that protects keys in use, for threads that a library chooses.
///
/// ```
/// use strongroom_memory::{Policy, SecretMemory};
///
/// let memory = SecretMemory::open(Policy::best_available())?;
/// let stacks = memory.worker_stacks(4);
/// if stacks.threads() == 1 {
///     // The caller does the work, in its own thread as it is.
/// } else {
///     std::thread::scope(|scope| {
///         for _ in 0..stacks.threads() {
///             scope.spawn(|| {
///                 let _working = stacks.enter();
///                 // operations
///             });
///         }
///     });
/// }
/// # Ok::<(), strongroom_memory::OpenError>(())
/// ```
pub struct WorkerStacks<'m> {
    threads: usize,
    #[cfg(unix)]
    reserved: Option<Reserved<'m>>,
    memory: PhantomData<&'m SecretMemory>,
}

/// What is there for threads that enter.
#[cfg(unix)]
struct Reserved<'m> {
    memory: &'m SecretMemory,
    kind: Protection,
    idle: Mutex<Vec<Mapping>>,
}

impl SecretMemory {
    /// Reserves alternate signal stacks for up to `most` threads.
    ///
    /// They take an eighth of the limit on locked memory at most, and nothing that the largest operation needs. Where
    /// operations run unprotected none are needed, and all threads may work. In a process that was forked from one that
    /// had opened secret memory the caller works alone: a pool of that process has no threads any more.
    #[must_use]
    pub fn worker_stacks(&self, most: usize) -> WorkerStacks<'_> {
        let without = |threads| WorkerStacks {
            threads,
            #[cfg(unix)]
            reserved: None,
            memory: PhantomData,
        };
        // A forked child has none of the threads of its parent's pool, and would wait for them for ever, with memory of
        // its own too.
        if most < 2 || !self.is_of_this_process() || fork::is_forked() {
            return without(1);
        }
        #[cfg(unix)]
        if let Some(workspaces) = self.workspaces() {
            let kind = workspaces.kind();
            let stacks = self.pool().take_signals(kind, workspaces.room_for_signals(), most);
            let threads = stacks.len();
            let reserved = Reserved { memory: self, kind, idle: Mutex::new(stacks) };
            return if threads < 2 {
                without(1)
            } else {
                WorkerStacks { threads, reserved: Some(reserved), memory: PhantomData }
            };
        }
        without(most)
    }
}

impl WorkerStacks<'_> {
    /// Returns how many threads may work at the same time. 1 is the caller alone, whose thread stays as it is.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Sets a stack for the calling thread until the value is dropped, unless the thread has one that is as good.
    ///
    /// Call it in each of the [`threads`](Self::threads) when its work begins; inside that work it does nothing. A
    /// thread that is running on its alternate stack keeps that.
    #[must_use]
    pub fn enter(&self) -> Working<'_> {
        Working {
            #[cfg(unix)]
            given: self.reserved.as_ref().and_then(|reserved| Some((reserved, reserved.give()?))),
            here: PhantomData,
        }
    }
}

#[cfg(unix)]
impl Reserved<'_> {
    fn give(&self) -> Option<Given> {
        if !self.memory.is_of_this_process() || alternate::is_protected(self.kind) {
            return None;
        }
        // None is left where a program has set other stacks upon ours in its part of the work, and has not put back
        // what it found: what it set there is its own business.
        let stack = self.idle().pop()?;
        alternate::give(stack, true).ok()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Mapping>> {
        // Nothing under this lock panics.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let stacks = std::mem::take(self.idle.get_mut().unwrap_or_else(PoisonError::into_inner));
        // In a child that was forked meanwhile, a thread that it does not have may hold the lock.
        if self.memory.is_of_this_process() {
            self.memory.pool().put_back_signals(stacks);
        }
    }
}

impl fmt::Debug for WorkerStacks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerStacks").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// The work of one thread, whose stack is put back when this is dropped.
pub struct Working<'s> {
    #[cfg(unix)]
    given: Option<(&'s Reserved<'s>, Given)>,
    /// It stays on its thread: it is neither `Send` nor `Sync`.
    here: PhantomData<(&'s WorkerStacks<'s>, *const ())>,
}

impl fmt::Debug for Working<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Working").finish_non_exhaustive()
    }
}

#[cfg(unix)]
impl Drop for Working<'_> {
    fn drop(&mut self) {
        let Some((reserved, given)) = self.given.take() else { return };
        // As above.
        if let Some(stack) = given.take_back().filter(|_| reserved.memory.is_of_this_process()) {
            reserved.idle().push(stack);
        }
    }
}
