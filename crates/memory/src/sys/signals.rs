//! Alternate signal stacks. Unix.

use super::unix::check;
use crate::refusal::{Call, Refusal};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

/// The most stacks of ours that one thread has at the same time.
pub(crate) const MOST: usize = 8;

/// Returns the bytes that a signal's frame and a handler need at least: what the kernel asks for (it grows with the
/// vector registers) and 8 KiB for the handler.
pub(crate) fn signal_stack_len() -> usize {
    #[cfg(target_os = "linux")]
    // 0 where the kernel does not say.
    // SAFETY: the call only returns a number.
    let frame = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
    #[cfg(not(target_os = "linux"))]
    let frame = 0;
    frame.max(libc::MINSIGSTKSZ) + (8 << 10)
}

/// An alternate stack as the thread has it.
#[derive(Clone, Copy)]
pub(crate) struct SignalStackSetting(libc::stack_t);

impl SignalStackSetting {
    /// Returns the first byte of the stack; `None` if the setting is that there is none.
    pub(crate) fn address(&self) -> Option<NonNull<u8>> {
        if self.0.ss_flags & libc::SS_DISABLE != 0 { None } else { NonNull::new(self.0.ss_sp.cast()) }
    }
}

/// Returns the calling thread's alternate stack.
pub(crate) fn signal_stack() -> Result<SignalStackSetting, Refusal> {
    let mut now = MaybeUninit::<libc::stack_t>::uninit();
    // SAFETY: a null pointer changes nothing; `now` is writable and of the type the call fills.
    let done = unsafe { libc::sigaltstack(ptr::null(), now.as_mut_ptr()) };
    check(done, Call::SignalStack)?;
    // SAFETY: the call succeeded, so it has filled the value.
    Ok(SignalStackSetting(unsafe { now.assume_init() }))
}

/// Sets the calling thread's alternate stack to `len` bytes at `at`. Returns what was set before.
///
/// # Safety
/// The range is writable, and belongs to the stack as long as it may be set.
pub(crate) unsafe fn set_signal_stack(at: NonNull<u8>, len: usize) -> Result<SignalStackSetting, Refusal> {
    let new = libc::stack_t { ss_sp: at.as_ptr().cast(), ss_flags: 0, ss_size: len };
    let mut before = MaybeUninit::<libc::stack_t>::uninit();
    // SAFETY: `before` is writable and of the type the call fills; the rest is the caller's promise.
    let done = unsafe { libc::sigaltstack(&raw const new, before.as_mut_ptr()) };
    check(done, Call::SignalStack)?;
    // SAFETY: the call succeeded, so it has filled the value.
    Ok(SignalStackSetting(unsafe { before.assume_init() }))
}

/// Sets the calling thread's alternate stack back to one that it had.
///
/// # Safety
/// That stack is still there.
pub(crate) unsafe fn restore_signal_stack(before: SignalStackSetting) -> Result<(), Refusal> {
    // SAFETY: the caller's promise.
    let done = unsafe { libc::sigaltstack(&raw const before.0, ptr::null_mut()) };
    check(done, Call::SignalStack)
}
