//! Standard output and standard error.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;

use crate::failure::Failure;
use crate::plaintext::Plaintext;
use crate::printable;

/// Writes all of it to standard output, past the library's buffer, which would keep a copy. A reader that has gone away
/// (`| head`) is no failure: nobody is left to be told.
pub(crate) fn print(out: &Plaintext) -> Result<(), Failure> {
    let write = || File::from(io::stdout().as_fd().try_clone_to_owned()?).write_all(out.as_bytes());
    match write() {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(failed(&error)),
        _ => Ok(()),
    }
}

/// Returns the failure of a write to standard output.
pub(crate) fn failed(error: &io::Error) -> Failure {
    Failure::failed(format!("standard output cannot be written: {error}"))
}

/// Whether a person reads standard output, who wants no exact bytes but text that leaves the terminal alone.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The columns of the terminal that standard output is, if it is one and knows.
pub(crate) fn terminal_width() -> Option<usize> {
    let columns = rustix::termios::tcgetwinsize(io::stdout()).ok()?.ws_col;
    (columns > 0).then_some(columns.into())
}

/// Tells the person at the terminal, or the log, one thing. Further lines are indented.
pub(crate) fn tell(message: &str) {
    let mut text = String::from("strongroom: ");
    for (number, line) in message.lines().enumerate() {
        let indent = if number == 0 { "" } else { "  " };
        text.push_str(&format!("{indent}{}\n", printable::line(line)));
    }
    // Nobody there to tell is no reason to fail.
    let _ = io::stderr().write_all(text.as_bytes());
}
