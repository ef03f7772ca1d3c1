//! A thread that is stopped wherever it is, as the scheduler might stop it there.

use std::{
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::yield_now,
};

use nix::{
    errno::Errno,
    libc,
    sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction},
    unistd::{Pid, getpid, gettid},
};

use crate::role;

/// Stops the thread.
const SIGNAL: Signal = Signal::SIGUSR1;

static HELD: AtomicBool = AtomicBool::new(false);
static STANDS: AtomicBool = AtomicBool::new(false);

/// A thread of a victim.
#[derive(Clone, Copy, Debug)]
pub struct Thread(Pid);

/// A thread that stands still until this is dropped. There is one at a time.
#[derive(Debug)]
pub struct Stalled {
    _one: MutexGuard<'static, ()>,
}

impl Thread {
    /// The calling thread.
    ///
    /// # Panics
    /// Outside a victim, and when the system call fails.
    pub fn this() -> Self {
        static INSTALLED: Once = Once::new();
        role::demand("a thread is stalled");
        INSTALLED.call_once(|| {
            let action = SigAction::new(SigHandler::Handler(stand), SaFlags::SA_RESTART, SigSet::empty());
            // SAFETY: the handler touches two atomics and yields, which any thread may do at any moment.
            let installed = unsafe { sigaction(SIGNAL, &action) };
            installed.unwrap_or_else(|errno| panic!("sigaction: {errno}"));
        });
        Self(gettid())
    }

    /// Stops it; comes back when it stands. `None` if it has ended.
    ///
    /// # Panics
    /// When the system call fails.
    pub fn stall(self) -> Option<Stalled> {
        static ONE: Mutex<()> = Mutex::new(());
        let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        HELD.store(true, Ordering::SeqCst);
        self.send(SIGNAL as libc::c_int)?;
        while !STANDS.load(Ordering::SeqCst) {
            self.send(0)?;
            yield_now();
        }
        Some(Stalled { _one: one })
    }

    /// Sends it a signal, or 0 for none; `None` if it has ended.
    fn send(self, signal: libc::c_int) -> Option<()> {
        // SAFETY: takes three plain numbers; the thread is of this process, which has a handler for the signal.
        let sent = unsafe { libc::syscall(libc::SYS_tgkill, getpid().as_raw(), self.0.as_raw(), signal) };
        match Errno::result(sent) {
            Ok(_) => Some(()),
            Err(Errno::ESRCH) => None,
            Err(errno) => panic!("tgkill: {errno}"),
        }
    }
}

impl Drop for Stalled {
    /// Lets it go on; comes back when it does.
    fn drop(&mut self) {
        HELD.store(false, Ordering::SeqCst);
        while STANDS.load(Ordering::SeqCst) {
            yield_now();
        }
    }
}

extern "C" fn stand(_signal: libc::c_int) {
    STANDS.store(true, Ordering::SeqCst);
    while HELD.load(Ordering::SeqCst) {
        // SAFETY: takes nothing, and may be called in a handler.
        unsafe { libc::sched_yield() };
    }
    STANDS.store(false, Ordering::SeqCst);
}
