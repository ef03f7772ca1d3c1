//! A plain fork, as a program might do it behind the library's back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use nix::{
    errno::Errno,
    libc,
    sys::wait::waitpid,
    unistd::{ForkResult, Pid, alarm, fork},
};

use crate::{end::End, role};

/// Seconds after which SIGALRM ends a child that hangs, on a lock some other thread held at the fork, say.
const DEADLINE: u32 = 30;

/// Which of the two a process is after a fork.
#[derive(Debug)]
pub enum Side {
    /// The child, which goes on where the victim was, without its other threads. It ends by [`leave`].
    Child,
    /// The victim.
    Parent(Forked),
}

/// A child that goes its own way.
#[derive(Debug)]
#[must_use]
pub struct Forked(Pid);

impl Forked {
    /// Waits until it has ended.
    ///
    /// # Panics
    /// When the system call fails.
    pub fn end(self) -> End {
        loop {
            match waitpid(self.0, None) {
                Err(Errno::EINTR) => {}
                Err(errno) => panic!("waitpid: {errno}"),
                Ok(status) => return End::of_wait_status(status),
            }
        }
    }
}

/// Forks the calling victim. The victim may have other threads; they do not exist in the child. What the child prints
/// appears in the victim's output.
///
/// # Panics
/// Outside a victim, whose lone purpose this is, and when the system call fails.
pub fn split() -> Side {
    role::demand("a fork is made");
    // SAFETY: after the fork of a process with several threads POSIX promises the child only async-signal-safe
    // functions, because locks of threads that are gone stay locked. glibc keeps its allocator and its streams usable;
    // any other such lock can only block the child, whom the alarm then ends: no memory is touched wrongly, and the
    // process, a victim, does nothing else.
    match unsafe { fork() } {
        Err(errno) => panic!("fork: {errno}"),
        Ok(ForkResult::Child) => {
            alarm::set(DEADLINE);
            Side::Child
        }
        Ok(ForkResult::Parent { child }) => Side::Parent(Forked(child)),
    }
}

/// Ends a forked child at once (`_exit`).
pub fn leave(code: u8) -> ! {
    // SAFETY: takes a plain number and does not return.
    unsafe { libc::_exit(code.into()) }
}

/// [Forks](split) the calling victim, runs `body` in the child, which [leaves](leave) with the code that `body` returns
/// (101 if it panics), and tells how the child ended.
///
/// # Panics
/// As `split`.
pub fn child(body: impl FnOnce() -> u8) -> End {
    match split() {
        Side::Child => leave(catch_unwind(AssertUnwindSafe(body)).unwrap_or(101)),
        Side::Parent(forked) => forked.end(),
    }
}
