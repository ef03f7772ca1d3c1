//! Alternate signal stacks and the handler that names an overflow. Unix.

use super::unix::check;
use crate::refusal::{Call, Refusal};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

/// Bytes that a signal's frame and a handler need at least: what the kernel asks for (it grows with the vector registers)
/// and 8 KiB for the handler.
pub(crate) fn signal_stack_len() -> usize {
    #[cfg(target_os = "linux")]
    let frame = {
        // SAFETY: the call only returns a number.
        usize::try_from(unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) }).unwrap_or(0)
    };
    #[cfg(not(target_os = "linux"))]
    let frame = 0;
    frame.max(libc::MINSIGSTKSZ) + (8 << 10)
}

/// An alternate stack as the thread has it.
#[derive(Clone, Copy)]
pub(crate) struct SignalStackSetting(libc::stack_t);

impl SignalStackSetting {
    /// The first byte of the calling thread's alternate stack; `None` if it has none.
    pub(crate) fn address(&self) -> Option<NonNull<u8>> {
        if self.0.ss_flags & libc::SS_DISABLE != 0 { None } else { NonNull::new(self.0.ss_sp.cast()) }
    }
}

/// The calling thread's alternate stack.
pub(crate) fn signal_stack() -> Result<SignalStackSetting, Refusal> {
    let mut now = MaybeUninit::<libc::stack_t>::uninit();
    // SAFETY: a null pointer changes nothing; `now` is writable and of the type the call fills.
    let done = unsafe { libc::sigaltstack(ptr::null(), now.as_mut_ptr()) };
    check(done, Call::SignalStack)?;
    // SAFETY: the call succeeded, so it has filled the value.
    Ok(SignalStackSetting(unsafe { now.assume_init() }))
}

/// Sets the calling thread's alternate stack to `len` bytes at `at`.
///
/// # Safety
/// The range is writable, and belongs to the stack until the setting is changed again.
pub(crate) unsafe fn set_signal_stack(at: NonNull<u8>, len: usize) -> Result<(), Refusal> {
    let new = libc::stack_t { ss_sp: at.as_ptr().cast(), ss_flags: 0, ss_size: len };
    // SAFETY: the caller's promise.
    let done = unsafe { libc::sigaltstack(&raw const new, ptr::null_mut()) };
    check(done, Call::SignalStack)
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

/// Whether an address lies in the guard page of the stack that this thread's operation runs on.
pub(crate) type IsOverflow = fn(usize) -> bool;

static IS_OVERFLOW: OnceLock<IsOverflow> = OnceLock::new();
static BEFORE: OnceLock<[libc::sigaction; 2]> = OnceLock::new();
const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

/// Installs a handler of SIGSEGV and SIGBUS that writes a line to standard error when an operation has overflowed its
/// stack, and then gives way to the handler that was there.
pub(crate) fn name_overflows(is_overflow: IsOverflow) -> Result<(), Refusal> {
    if IS_OVERFLOW.set(is_overflow).is_err() {
        return Ok(());
    }
    let mut before = [MaybeUninit::<libc::sigaction>::zeroed(); 2];
    for (signal, before) in SIGNALS.into_iter().zip(&mut before) {
        // SAFETY: a null pointer changes nothing; `before` is writable and of the type the call fills.
        let done = unsafe { libc::sigaction(signal, ptr::null(), before.as_mut_ptr()) };
        check(done, Call::SignalAction)?;
    }
    // SAFETY: both calls succeeded; besides, all zeros are a valid value of this type.
    let before = before.map(|before| unsafe { before.assume_init() });
    let _ = BEFORE.set(before);
    // SAFETY: all zeros are a valid value of this type.
    let mut new = unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() };
    new.sa_sigaction = on_fault as *const () as libc::sighandler_t;
    new.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    for signal in SIGNALS {
        // SAFETY: the handler makes only async-signal-safe calls and touches only values that are set for good.
        let done = unsafe { libc::sigaction(signal, &raw const new, ptr::null_mut()) };
        check(done, Call::SignalAction)?;
    }
    Ok(())
}

const MESSAGE: &[u8] = b"strongroom: an operation has overflowed its secret stack\n";

extern "C" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel hands over a filled value.
    let info = unsafe { &*info };
    // SAFETY: the field is there for the two signals that this handler is installed for.
    let address = unsafe { info.si_addr() }.addr();
    if IS_OVERFLOW.get().is_some_and(|is_overflow| is_overflow(address)) {
        // SAFETY: the message is readable for its whole length.
        unsafe { libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len()) };
    }
    // Back to the handler that was there: the fault is raised again at once.
    let before = SIGNALS.iter().position(|&other| other == signal).and_then(|at| BEFORE.get()?.get(at));
    if let Some(before) = before {
        // SAFETY: the value was filled by the same call.
        unsafe { libc::sigaction(signal, before, ptr::null_mut()) };
    }
}
