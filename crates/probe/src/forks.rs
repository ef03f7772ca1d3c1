//! The children of another process, each at a halt before it runs: ptrace(2), `PTRACE_O_TRACEFORK`.

use std::io;
use std::marker::PhantomData;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::hold;

/// How often is asked whether a thread has forked.
const PAUSE: Duration = Duration::from_micros(20);

/// A thread of a process, whose children are halted until this is dropped. The thread itself and the others of its
/// process go on.
///
/// These are children that fork(2) makes, with a copy of the memory; not those of vfork(2) and posix_spawn(3), which
/// have none. Only the thread that made it may use it: a tracer is a thread.
#[derive(Debug)]
pub struct Forks {
    thread: Pid,
    /// Neither `Send` nor `Sync`.
    here: PhantomData<*const ()>,
}

/// A child at a halt before its first instruction: it has all that it inherits, and has changed nothing. It goes on
/// when this is dropped.
#[derive(Debug)]
pub struct Newborn {
    child: Pid,
    here: PhantomData<*const ()>,
}

impl Forks {
    /// Begins to halt the children of this thread.
    ///
    /// # Errors
    /// What the system said: the thread has ended, or is not ours to trace.
    pub fn of(thread: u32) -> io::Result<Self> {
        let thread = hold::id(thread)?;
        ptrace::seize(thread, Options::PTRACE_O_TRACEFORK)?;
        Ok(Self { thread, here: PhantomData })
    }

    /// Waits for the next child; `None` if there was none until then.
    ///
    /// # Errors
    /// What the system said: the thread has ended.
    pub fn next(&mut self, until: Instant) -> io::Result<Option<Newborn>> {
        loop {
            let status = waitpid(self.thread, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG))?;
            let child = self.child(status)?;
            match status {
                WaitStatus::StillAlive => sleep(PAUSE),
                WaitStatus::Exited(..) | WaitStatus::Signaled(..) => return Err(Errno::ESRCH.into()),
                // A signal on its way to the thread.
                WaitStatus::Stopped(_, signal) => ptrace::cont(self.thread, signal)?,
                _ => ptrace::cont(self.thread, None)?,
            }
            if child.is_some() || Instant::now() > until {
                return child.map(Newborn::halted).transpose();
            }
        }
    }

    /// The child of the thread, if it is at a halt because it has forked.
    fn child(&self, status: WaitStatus) -> io::Result<Option<Pid>> {
        match status {
            WaitStatus::PtraceEvent(_, _, event) if event == Event::PTRACE_EVENT_FORK as i32 => {
                let child = ptrace::getevent(self.thread)?;
                Ok(Some(Pid::from_raw(child.try_into().map_err(io::Error::other)?)))
            }
            _ => Ok(None),
        }
    }
}

impl Drop for Forks {
    fn drop(&mut self) {
        // It has to halt before it can be let go, and may halt for a child of its own.
        if ptrace::interrupt(self.thread).is_err() {
            return;
        }
        let Ok(status) = waitpid(self.thread, Some(WaitPidFlag::__WALL)) else { return };
        if let Ok(Some(child)) = self.child(status) {
            drop(Newborn::halted(child));
        }
        let signal = if let WaitStatus::Stopped(_, signal) = status { Some(signal) } else { None };
        let _ = ptrace::detach(self.thread, signal);
    }
}

impl Newborn {
    /// Waits until it is at its halt, to which the system brings it by itself.
    fn halted(child: Pid) -> io::Result<Self> {
        let newborn = Self { child, here: PhantomData };
        waitpid(child, Some(WaitPidFlag::__WALL))?;
        Ok(newborn)
    }

    /// Returns its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_raw().unsigned_abs()
    }
}

impl Drop for Newborn {
    fn drop(&mut self) {
        let _ = ptrace::detach(self.child, None);
    }
}
