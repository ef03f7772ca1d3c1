//! Where the password comes from. By descriptor it goes straight into secret memory.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::path::Path;

use strongroom::{ErrorKind, ProtectedBytes, errors::Limit};

use crate::failure::{Failure, Status};
use crate::protection::Store;
use crate::{args, printable, terminal};

/// The password of the backup `of`. An empty one is a password too.
pub(crate) fn read(store: &Store, source: &args::Password, of: &Path) -> Result<ProtectedBytes, Failure> {
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
    let prompt = format!("Password of {}: ", printable::line(&of.to_string_lossy()));
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
