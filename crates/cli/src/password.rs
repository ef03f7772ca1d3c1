//! Where the password comes from. By descriptor it goes straight into secret memory.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;

use strongroom::{ErrorKind, ProtectedBytes, errors::Limit};

use crate::failure::{Failure, Status};
use crate::input::{self, Input};
use crate::protection::Store;
use crate::{args, printable, terminal};

/// Refuses to read the password from where the backup comes from.
pub(crate) fn check(source: &args::Password, backup: Input<'_>) -> Result<(), Failure> {
    let from_standard_input =
        source.password_stdin || source.password_file.as_deref().is_some_and(input::names_standard_input);
    if from_standard_input && backup.is_standard_input() {
        return Err(Failure::new(
            Status::Usage,
            "standard input is the backup, so the password cannot come from it too",
        )
        .advise("use --password-file with another file, or neither option to be asked on the terminal"));
    }
    Ok(())
}

/// Says what may be wrong with a password that does not open the backup. It is never changed for that.
pub(crate) fn oddity(password: &ProtectedBytes) -> Option<&'static str> {
    if password.is_empty() {
        Some("the password that was given is empty")
    } else if password.looks_like_utf16() {
        Some("the password that was given is UTF-16 text, as PowerShell writes it: save it as UTF-8 without a mark")
    } else if password.has_byte_order_mark() {
        Some("the password that was given begins with a byte order mark: save it as UTF-8 without a mark")
    } else if password.has_outer_white_space() {
        Some("the password that was given begins or ends with white space; only one newline at its end is left out")
    } else {
        None
    }
}

/// The password of a backup. An empty one is a password too.
pub(crate) fn read(store: &Store, source: &args::Password, of: Input<'_>) -> Result<ProtectedBytes, Failure> {
    if let Some(path) = &source.password_file {
        let place = format!("password file {}", printable::line(&path.to_string_lossy()));
        let file = File::open(path).map_err(|error| failure(&place, &ErrorKind::Read(error.into())))?;
        let mut password = store.read_secret(file.as_fd()).map_err(|error| failure(&place, error.kind()))?;
        password.strip_trailing_newline();
        return Ok(password);
    }
    if source.password_stdin {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return Err(Failure::new(
                Status::Usage,
                "--password-stdin: standard input is a terminal, which would show the password",
            )
            .advise("leave the option out to be asked without that"));
        }
        let mut password =
            store.read_secret(stdin.as_fd()).map_err(|error| failure("password on standard input", error.kind()))?;
        password.strip_trailing_newline();
        return Ok(password);
    }
    let prompt = format!("Password of {}: ", of.name());
    match terminal::ask(prompt, |terminal| store.read_secret_line(terminal)) {
        Ok(password) => password.map_err(|error| failure("password", error.kind())),
        Err(error) => Err(Failure::failed(format!("there is no terminal to ask for the password on: {error}"))
            .advise("use --password-file or --password-stdin")),
    }
}

fn failure(place: &str, kind: &ErrorKind) -> Failure {
    Failure::failed(match kind {
        ErrorKind::Read(error) if error.get().kind() == io::ErrorKind::IsADirectory => {
            format!("{place}: it is a directory")
        }
        ErrorKind::Limit(Limit::Input { most }) => format!("{place}: longer than a password may be, {most} bytes"),
        other => format!("{place}: {other}"),
    })
}
