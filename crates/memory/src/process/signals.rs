//! Where signals put their frames while an operation runs.
//!
//! A signal's frame holds every register, so it holds parts of keys when it interrupts an operation. A handler without
//! `SA_ONSTACK` gets its frame on the stack that was running: the secret one. One with `SA_ONSTACK` gets it on the
//! thread's alternate stack, which lies in ordinary memory when the standard library has set it (for the main thread and
//! those it spawns). A program with such handlers puts the alternate stacks of the threads that run operations into
//! secret memory.

use crate::evidence;
use crate::mapping::Mapping;
use crate::memory::SecretMemory;
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::sys;
use crate::workspace;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

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
/// The handler of the standard library, which names overflows of ordinary stacks, runs on it as on its own.
pub struct SignalStack {
    memory: ManuallyDrop<Mapping>,
    before: sys::SignalStackSetting,
    /// It is a setting of the thread: neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl SignalStack {
    /// Sets it for the calling thread.
    ///
    /// # Errors
    /// [`Refusal`]: there is no memory of the level for it (16 to 20 KiB), or the thread is running on its alternate stack.
    pub fn install(memory: &SecretMemory) -> Result<Self, Refusal> {
        Self::install_at(memory.protection().in_use)
    }

    /// Sets it for the calling thread, in secret memory or else in locked; for a program to call before it opens a store.
    ///
    /// ```
    /// // First in `main`; the report says whether it is there.
    /// let _signals = strongroom_memory::process::SignalStack::install_best();
    /// ```
    ///
    /// # Errors
    /// [`Refusal`]: there is no such memory for it, or the limit on locked memory is so tight that keys and operations need
    /// all of it; or the thread is running on its alternate stack.
    pub fn install_best() -> Result<Self, Refusal> {
        if workspace::is_tight() {
            return Err(Refusal::new(Call::Mlock, libc::ENOMEM));
        }
        Self::install_at(Protection::Secret).or_else(|_| Self::install_at(Protection::Locked))
    }

    fn install_at(level: Protection) -> Result<Self, Refusal> {
        let before = sys::signal_stack()?;
        let stack = Mapping::new(level, sys::signal_stack_len())?;
        evidence::of_level(level, stack.data())?;
        // SAFETY: the range is writable (Mapping 1) and ours; it is unmapped only after the setting was changed back
        // (`drop`).
        unsafe { sys::set_signal_stack(stack.data(), stack.len()) }?;
        Ok(Self { memory: ManuallyDrop::new(stack), before, thread: PhantomData })
    }
}

impl Drop for SignalStack {
    fn drop(&mut self) {
        let ours = sys::signal_stack().ok().and_then(|now| now.address()) == Some(self.memory.data());
        // SAFETY: the standard library keeps the stack it has set until the thread ends; this value does not outlive the
        // thread that made it.
        if !ours || unsafe { sys::restore_signal_stack(self.before) }.is_ok() {
            // SAFETY: the field is not used again.
            unsafe { ManuallyDrop::drop(&mut self.memory) };
        }
        // Else the thread runs on it right now: the memory stays mapped.
    }
}

impl fmt::Debug for SignalStack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignalStack").field("len", &self.memory.len()).finish_non_exhaustive()
    }
}

/// Has a line written to standard error before the process dies of an operation that has overflowed its stack. Without
/// it the process dies of the same signal (SIGSEGV on Linux) and says nothing.
///
/// Every other SIGSEGV and SIGBUS goes on to the handler that was there: one that a runtime raises and handles itself, and
/// one that somebody sends. Such a handler runs on the thread's alternate stack if there is one, also where it was
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
