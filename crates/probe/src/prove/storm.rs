//! Signals by the thousand to the threads of a victim, which handles them on alternate stacks: a signal's frame holds
//! every register.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;
use std::{fs, io};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What is sent. A victim that began with it ignored handles it with `SA_ONSTACK`, and does nothing else about it, once
/// it has the handler of `name_overflows`.
const SIGNAL: Signal = Signal::SIGBUS;

/// How long to wait from one round of signals to the next. A round takes some microseconds a thread itself.
const PAUSE: Duration = Duration::from_micros(200);

/// Threads of the pool that works on lists, on a machine with fewer processors too.
const THREADS: &str = "4";

/// A command that runs this program with the signal ignored. Only another program can do so without `unsafe`: the
/// shell.
pub(crate) fn program(program: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' BUS && exec \"$0\" \"$@\""]).arg(program);
    command.env("RAYON_NUM_THREADS", THREADS);
    command
}

/// Sends the signal to every thread but the main one, which only waits, until it is dropped.
pub(crate) struct Storm {
    stop: Arc<AtomicBool>,
    sender: Option<JoinHandle<()>>,
}

impl Storm {
    pub(crate) fn upon(victim: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let sender = thread::spawn(move || {
            // A victim that has ended is told of by whoever listens to it.
            while !told.load(Ordering::Relaxed) && send(victim).is_ok() {
                sleep(PAUSE);
            }
        });
        Self { stop, sender: Some(sender) }
    }
}

/// One round. The kernel gives a signal to the thread whose number is named, if that one can take it.
fn send(victim: u32) -> io::Result<()> {
    for task in fs::read_dir(format!("/proc/{victim}/task"))? {
        let thread: i32 = task?.file_name().to_string_lossy().parse().map_err(io::Error::other)?;
        if thread.unsigned_abs() != victim {
            // It may have ended meanwhile.
            let _ = kill(Pid::from_raw(thread), SIGNAL);
        }
    }
    Ok(())
}

impl Drop for Storm {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(sender) = self.sender.take() {
            let _ = sender.join();
        }
    }
}
