//! What came of a victim.

use crate::end::End;

/// How a victim ended and what it printed after its closure began.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Outcome {
    /// Fails the test, showing the output, unless the victim left with this exit code (0: its closure returned; 101: it
    /// panicked).
    #[track_caller]
    pub fn assert_exit(&self, code: i32) {
        self.assert_end(End::Exit(code));
    }

    /// Fails the test, showing the output, unless this signal killed the victim.
    #[track_caller]
    pub fn assert_signal(&self, signal: i32) {
        self.assert_end(End::Signal(signal));
    }

    #[track_caller]
    fn assert_end(&self, wanted: End) {
        let Outcome { end, stdout, stderr } = self;
        if *end != wanted {
            panic!(
                "the victim ended by {end}, not by {wanted}\n--- its stdout:\n{stdout}\n--- its stderr:\n{stderr}\n---"
            );
        }
    }
}
