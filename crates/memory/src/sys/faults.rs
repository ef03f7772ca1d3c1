//! The handler that names an overflow, in front of the handlers that were there. Linux.
//!
//! It takes nothing away from a program that uses these signals or is sent them. Whatever is no overflow of ours goes
//! on to the handler that was there, as the kernel would have called it, and ours stays in front of it. An overflow
//! ends the process: there our handler gives way for good, and the instruction is repeated.

use super::unix::check;
use crate::refusal::{Call, Refusal};
use std::mem::{self, MaybeUninit};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Tells whether an address lies in the guard page of the stack that this thread's operation runs on.
pub(crate) type IsOverflow = fn(usize) -> bool;

static IS_OVERFLOW: OnceLock<IsOverflow> = OnceLock::new();

static FAULTS: [Fault; 2] = [Fault::of(libc::SIGSEGV), Fault::of(libc::SIGBUS)];

const MESSAGE: &[u8] = b"strongroom: an operation has overflowed its secret stack\n";

/// A signal that an overflow raises.
///
/// # Invariants
/// 1. `before` is null or points to a value that is never freed.
/// 2. It is not null while our handler is installed.
struct Fault {
    signal: libc::c_int,
    /// What our handler stands in front of.
    before: AtomicPtr<libc::sigaction>,
    /// Whether that is for one time alone (`SA_RESETHAND`) and has run.
    is_spent: AtomicBool,
}

impl Fault {
    const fn of(signal: libc::c_int) -> Self {
        Self { signal, before: AtomicPtr::new(ptr::null_mut()), is_spent: AtomicBool::new(false) }
    }
}

/// Installs a handler of SIGSEGV and SIGBUS that writes a line to standard error when an operation has overflowed its
/// stack. A call that was refused may be repeated; it does what is still to be done.
pub(crate) fn name_overflows(is_overflow: IsOverflow) -> Result<(), Refusal> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    IS_OVERFLOW.get_or_init(|| is_overflow);
    FAULTS.iter().filter(|fault| fault.before.load(Ordering::Acquire).is_null()).try_for_each(install)
}

fn install(fault: &Fault) -> Result<(), Refusal> {
    // SAFETY: nothing is installed.
    let before = unsafe { exchange(fault.signal, None) }?;
    let mut ours = default();
    ours.sa_sigaction = on_fault as *const () as libc::sighandler_t;
    // What the other handler has blocked while it runs, and whether its own signal is.
    ours.sa_mask = before.sa_mask;
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | (before.sa_flags & (libc::SA_NODEFER | libc::SA_RESTART));
    // Known before ours can run, and never freed (Fault 1).
    fault.before.store(Box::leak(Box::new(before)), Ordering::Release);
    // SAFETY: our handler is of the type that SA_SIGINFO asks for, and makes only async-signal-safe calls.
    match unsafe { exchange(fault.signal, Some(&ours)) } {
        Ok(replaced) => {
            // Another thread may have installed one since it was asked.
            if replaced.sa_sigaction != before.sa_sigaction {
                fault.before.store(Box::leak(Box::new(replaced)), Ordering::Release);
            }
            Ok(())
        }
        Err(refusal) => {
            fault.before.store(ptr::null_mut(), Ordering::Release);
            Err(refusal)
        }
    }
}

/// Returns what is done about a signal, after it was changed to `new` if there is one.
///
/// # Safety
/// `new` has a handler of the type that its flags ask for, which may run at any instruction.
unsafe fn exchange(signal: libc::c_int, new: Option<&libc::sigaction>) -> Result<libc::sigaction, Refusal> {
    let mut before = MaybeUninit::uninit();
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: a null pointer changes nothing; what is installed is the caller's promise. `before` is writable and of
    // the type the call fills.
    let done = unsafe { libc::sigaction(signal, new, before.as_mut_ptr()) };
    check(done, Call::SignalAction)?;
    // SAFETY: the call succeeded, so it has filled the value.
    Ok(unsafe { before.assume_init() })
}

/// What the system does by itself.
fn default() -> libc::sigaction {
    // SAFETY: all zeros are a valid value of this type: no flags, an empty mask, and SIG_DFL, which is 0.
    unsafe { MaybeUninit::<libc::sigaction>::zeroed().assume_init() }
}

/// # Safety
/// The kernel calls it, as a handler with SA_SIGINFO.
unsafe extern "C-unwind" fn on_fault(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let Some(fault) = FAULTS.iter().find(|fault| fault.signal == signal) else { return };
    // SAFETY: null or a value that is never freed (Fault 1).
    let Some(before) = (unsafe { fault.before.load(Ordering::Acquire).as_ref() }) else { return };
    // SAFETY: with SA_SIGINFO the kernel hands over a filled value.
    let raised = unsafe { &*info };
    let is_sent = is_sent(raised);
    if !is_sent && is_overflow(raised) {
        // SAFETY: the message is readable for its whole length.
        unsafe { libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len()) };
        // The instruction is repeated, and raises the signal again.
        // SAFETY: this was installed before.
        let _ = unsafe { exchange(signal, Some(before)) };
        return;
    }
    let is_spent = || before.sa_flags & libc::SA_RESETHAND != 0 && fault.is_spent.swap(true, Ordering::AcqRel);
    match before.sa_sigaction {
        libc::SIG_IGN if is_sent => {}
        // What an instruction raises is not ignored: the kernel does the default.
        libc::SIG_DFL | libc::SIG_IGN => end(signal, is_sent),
        _ if is_spent() => end(signal, is_sent),
        // SAFETY: these are what the kernel has handed over to us, and would have to that handler.
        _ => unsafe { pass_on(before, signal, info, context) },
    }
}

/// Whether somebody sent the signal, or the kernel did without an instruction that would raise it again.
fn is_sent(info: &libc::siginfo_t) -> bool {
    info.si_code <= 0 || (info.si_signo == libc::SIGBUS && info.si_code == libc::BUS_MCEERR_AO)
}

/// Whether an instruction raised the signal in a guard page of ours.
fn is_overflow(info: &libc::siginfo_t) -> bool {
    // SAFETY: every value of the type has these bytes; for a signal that an instruction raised they are an address.
    let address = unsafe { info.si_addr() }.addr();
    IS_OVERFLOW.get().is_some_and(|is_overflow| is_overflow(address))
}

/// Calls a handler as the kernel would.
///
/// # Safety
/// `before` was installed, and neither ignores the signal nor does the default. The rest is of such a signal.
unsafe fn pass_on(
    before: &libc::sigaction,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    type WithInfo = unsafe extern "C-unwind" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    type Plain = unsafe extern "C-unwind" fn(libc::c_int);
    if before.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: with this flag it is a function of this type.
        let handler = unsafe { mem::transmute::<usize, WithInfo>(before.sa_sigaction) };
        // SAFETY: the caller's promise.
        unsafe { handler(signal, info, context) };
    } else {
        // SAFETY: without it of this one.
        let handler = unsafe { mem::transmute::<usize, Plain>(before.sa_sigaction) };
        // SAFETY: the caller's promise.
        unsafe { handler(signal) };
    }
}

/// Has the system do the default, which ends the process.
fn end(signal: libc::c_int, is_sent: bool) {
    // SAFETY: the default is no handler.
    let _ = unsafe { exchange(signal, Some(&default())) };
    // An instruction raises it again by itself.
    if is_sent {
        // SAFETY: takes a plain number. The signal comes when our handler has returned.
        unsafe { libc::raise(signal) };
    }
}
