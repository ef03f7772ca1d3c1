//! Reads passwords and tries them on backups. A password goes from its descriptor straight into secret memory.

use std::collections::btree_map::{BTreeMap, Entry};
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;

use strongroom::{ErrorKind, ProtectedBytes, errors::Limit};

use crate::failure::{Failure, Status};
use crate::input::{self, Input};
use crate::protection::Store;
use crate::{args, printable, terminal};

/// Refuses to read the password from where one of the backups comes from.
pub(crate) fn check<'a>(source: &args::Password, mut backups: impl Iterator<Item = Input<'a>>) -> Result<(), Failure> {
    let from_standard_input =
        source.password_stdin || source.password_file.iter().any(|path| input::names_standard_input(path));
    if from_standard_input && backups.any(Input::is_standard_input) {
        return Err(Failure::new(
            Status::Usage,
            "standard input is the backup, so the password cannot come from it too",
        )
        .advise("use --password-file with another file, or neither option to be asked on the terminal"));
    }
    Ok(())
}

/// The passwords that were given so far. One of them is tried on every backup before another is asked for.
pub(crate) struct Passwords<'a> {
    source: &'a args::Password,
    /// By the number of the file that a password was read from, or of the question that it answers.
    known: BTreeMap<usize, ProtectedBytes>,
    /// The number of encrypted backups so far.
    backups: usize,
}

impl<'a> Passwords<'a> {
    pub(crate) fn new(source: &'a args::Password) -> Self {
        Self { source, known: BTreeMap::new(), backups: 0 }
    }

    /// Tries the passwords on the next encrypted backup until `attempt` opens it, which answers `None` for a password
    /// that is wrong. The n-th password file is the first to be tried on the n-th backup. Only if none that is known
    /// fits is one asked for.
    pub(crate) fn open<T>(
        &mut self,
        store: &Store,
        of: Input<'_>,
        mut attempt: impl FnMut(&ProtectedBytes) -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let number = self.backups;
        self.backups += 1;
        let mut order: Vec<usize> = (0..self.given()).collect();
        if !self.is_asked_for() && order.contains(&number) {
            order.retain(|other| *other != number);
            order.insert(0, number);
        }
        if self.is_asked_for() {
            order.push(self.given());
        }
        let mut oddities = Vec::new();
        for index in &order {
            let password = self.read(*index, store, of)?;
            if let Some(opened) = attempt(password)? {
                return Ok(opened);
            }
            oddities.push(oddity(password));
        }
        let what = match order.len() {
            // Who was asked knows of the last one.
            count if count > 1 && !self.is_asked_for() => {
                format!("wrong password: none of the {count} that were given opens it")
            }
            _ => "wrong password".to_owned(),
        };
        let failure = of.failure(Status::WrongPassword, &what);
        // A password that opens another backup is odd on purpose.
        let oddity = if self.is_asked_for() { oddities.pop() } else { oddities.into_iter().next() };
        Err(match oddity.flatten() {
            Some(oddity) => failure.advise(oddity),
            None => failure,
        })
    }

    fn is_asked_for(&self) -> bool {
        self.source.password_file.is_empty() && !self.source.password_stdin
    }

    /// Returns the number of passwords that can be had without asking.
    fn given(&self) -> usize {
        match self.source.password_file.len() {
            0 if self.source.password_stdin => 1,
            0 => self.known.len(),
            files => files,
        }
    }

    /// Returns the password with this number, which is read if it was not yet: a pipe can be read once.
    fn read(&mut self, index: usize, store: &Store, of: Input<'_>) -> Result<&ProtectedBytes, Failure> {
        Ok(match self.known.entry(index) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(read(store, self.source, index, of)?),
        })
    }
}

/// Says what may be wrong with a password that does not open the backup. It is never changed for that.
fn oddity(password: &ProtectedBytes) -> Option<&'static str> {
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

/// Reads the password with this number. An empty one is a password too.
fn read(store: &Store, source: &args::Password, index: usize, of: Input<'_>) -> Result<ProtectedBytes, Failure> {
    if let Some(path) = source.password_file.get(index) {
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
