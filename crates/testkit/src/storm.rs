//! Signals by the thousand to every thread of the process, whose handler runs on the thread's alternate stack.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{mem, ptr};

use nix::libc;

/// How long to wait from one round of signals to the next. A round takes some microseconds a thread itself.
const PAUSE: Duration = Duration::from_micros(200);

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Sends SIGUSR2 to every other thread, again and again, until it is dropped. Its handler, with `SA_ONSTACK`, counts.
#[derive(Debug)]
pub struct Storm {
    stop: Arc<AtomicBool>,
    sender: Option<JoinHandle<()>>,
}

extern "C" fn count(_: libc::c_int) {
    COUNT.fetch_add(1, Ordering::Relaxed);
}

impl Storm {
    /// Installs the handler, for good, and begins.
    ///
    /// # Panics
    /// Where the handler cannot be installed or threads cannot be listed.
    #[must_use]
    pub fn begin() -> Self {
        // SAFETY: all zeros are a valid value of this type.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = count as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
        // SAFETY: the handler only counts.
        let done = unsafe { libc::sigaction(libc::SIGUSR2, &raw const action, ptr::null_mut()) };
        assert!(done == 0, "sigaction: {}", std::io::Error::last_os_error());
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let sender = thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                send();
                thread::sleep(PAUSE);
            }
        });
        Self { stop, sender: Some(sender) }
    }

    /// Returns how many signals were handled in this process so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        COUNT.load(Ordering::Relaxed)
    }
}

/// To every thread but this one.
fn send() {
    // SAFETY: the calls take nothing and only return numbers.
    let (process, own) = (unsafe { libc::getpid() }, unsafe { libc::gettid() });
    let tasks = fs::read_dir("/proc/self/task").unwrap_or_else(|error| panic!("/proc/self/task: {error}"));
    let threads = tasks.flatten().filter_map(|task| task.file_name().to_str()?.parse::<libc::pid_t>().ok());
    for thread in threads.filter(|thread| *thread != own) {
        // SAFETY: takes plain numbers; a thread that has ended meanwhile is answered with an error.
        unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR2) };
    }
}

impl Drop for Storm {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(sender) = self.sender.take() {
            let _ = sender.join();
        }
    }
}
