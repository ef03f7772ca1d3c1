//! The sign that something takes its time. It shows on standard error, if that is a terminal, and goes away by itself.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use indicatif::ProgressBar;

const TICK: Duration = Duration::from_millis(100);

/// Shown as long as this lives.
pub(crate) struct Progress {
    sign: ProgressBar,
    /// Moves it. `None`: it is hidden, or the system gives no thread; then it stands still.
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins to show it, unless `quiet`. Never fails: it is a comfort.
    pub(crate) fn begin(what: &'static str, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self { sign: ProgressBar::hidden(), ticker: None };
        }
        let sign = ProgressBar::new_spinner().with_message(what);
        sign.tick();
        // Not the library's own ticker, which panics where there is no thread to be had.
        let (end, ended) = mpsc::channel();
        let ticking = sign.clone();
        let thread = Builder::new().spawn(move || {
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                ticking.tick();
            }
        });
        Self { sign, ticker: thread.ok().map(|thread| (end, thread)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.ticker.take() {
            drop(end);
            // It holds nothing, so how it ended is of no matter.
            let _ = thread.join();
        }
        self.sign.finish_and_clear();
    }
}
