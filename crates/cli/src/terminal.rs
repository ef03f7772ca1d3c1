//! Asks on the terminal, without showing what is typed, and leaves the terminal as it was, whatever happens.
//!
//! A signal that ends or stops the program (Ctrl-C, Ctrl-Z) puts the echo back first. A thread waits for it, so that
//! nothing runs inside a signal handler; what the signal does by itself follows. The thread stays once it was begun:
//! taken back, the registration would leave the signals without any effect.
//!
//! Nothing can be done about SIGKILL and SIGSTOP. Signals that report a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
//! SIGSYS) end the program at once: after one, no line of it may run. SIGPIPE is ignored from the beginning. Real-time
//! signals are left alone: nobody sends them to a program that has no use for them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

#[cfg(target_os = "linux")]
use rustix::process::Signal;
use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use signal_hook::consts::{
    SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// The signals that end the program unless it says otherwise, and the one that Ctrl-Z sends to stop it.
const WATCHED: [i32; 13] = [
    SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
];

/// Signals that end a program on Linux alone. What they do by themselves is not to be had from `signal_hook`.
#[cfg(target_os = "linux")]
const WATCHED_ON_LINUX: &[i32] = &[Signal::IO.as_raw(), Signal::POWER.as_raw(), Signal::STKFLT.as_raw()];
#[cfg(not(target_os = "linux"))]
const WATCHED_ON_LINUX: &[i32] = &[];

/// The question that is being asked, if one is.
static ASKING: Mutex<Option<Question>> = Mutex::new(None);

/// Asks on the terminal that controls the program, wherever its standard streams go, and has the answer read by `read`.
///
/// # Errors
/// There is no such terminal, or it refuses.
pub(crate) fn ask<T>(prompt: String, read: impl FnOnce(BorrowedFd<'_>) -> T) -> io::Result<T> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    watch_signals()?;
    let question = Question { terminal: terminal.try_clone()?, before: termios::tcgetattr(&terminal)?, prompt };
    let _asking = Asking::begin(question)?;
    Ok(read(terminal.as_fd()))
}

struct Question {
    terminal: File,
    before: Termios,
    prompt: String,
}

impl Question {
    fn put(&self) -> io::Result<()> {
        let mut silent = self.before.clone();
        silent.local_modes -= LocalModes::ECHO | LocalModes::ECHONL;
        // What was typed before was not meant for this, and was seen.
        termios::tcsetattr(&self.terminal, OptionalActions::Flush, &silent)?;
        (&self.terminal).write_all(self.prompt.as_bytes())
    }

    /// As far as the terminal lets itself be restored.
    fn withdraw(&self) {
        let _ = termios::tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        let _ = (&self.terminal).write_all(b"\n");
    }
}

/// Withdraws the question when it is dropped: on an answer, an error, a panic.
struct Asking;

impl Asking {
    fn begin(question: Question) -> io::Result<Self> {
        let put = lock().insert(question).put();
        let begun = Self;
        put.map(|()| begun)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(question) = lock().take() {
            question.withdraw();
        }
    }
}

/// Watches the signals from the first question on. A second watcher would ask each question anew as well.
fn watch_signals() -> io::Result<()> {
    static IS_WATCHED: Mutex<bool> = Mutex::new(false);
    let mut is_watched = IS_WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    if *is_watched {
        return Ok(());
    }
    let mut signals = Signals::new(WATCHED.iter().chain(WATCHED_ON_LINUX))?;
    let watch = move || {
        for signal in &mut signals {
            let asking = lock();
            asking.iter().for_each(Question::withdraw);
            // Ends the program or stops it. Then it goes on: ask again.
            let end = if WATCHED_ON_LINUX.contains(&signal) { SIGTERM } else { signal };
            let _ = emulate_default_handler(end);
            let _ = asking.iter().try_for_each(Question::put);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(watch)?;
    *is_watched = true;
    Ok(())
}

fn lock() -> MutexGuard<'static, Option<Question>> {
    ASKING.lock().unwrap_or_else(PoisonError::into_inner)
}
