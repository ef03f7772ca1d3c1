//! The sign that something takes its time. It shows on standard error, if that is a terminal, and goes away by itself.

use std::time::Duration;

use indicatif::ProgressBar;

const TICK: Duration = Duration::from_millis(100);

/// Shown as long as this lives.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn begin(what: &'static str, quiet: bool) -> Self {
        if quiet {
            return Self(ProgressBar::hidden());
        }
        // Hidden by itself where standard error is no terminal.
        let sign = ProgressBar::new_spinner().with_message(what);
        sign.tick();
        sign.enable_steady_tick(TICK);
        Self(sign)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
