//! The command `strongroom`: opens an encrypted Bitwarden backup offline, its keys in secret memory.
#![forbid(unsafe_code)]

#[cfg(not(unix))]
compile_error!("the command `strongroom` reads passwords by file descriptor, so far on Unix systems only");

mod address;
mod again;
mod alike;
mod allocator;
mod answer;
mod args;
mod backup;
mod bounds;
mod decrypt;
mod doctor;
mod examples;
mod failure;
mod field_name;
mod filter;
mod identify;
mod input;
mod item_head;
mod item_type;
mod list;
mod listing;
mod manual;
mod output;
mod page;
mod password;
mod pick;
mod plaintext;
mod position;
mod printable;
mod progress;
mod protection;
mod query;
mod row;
mod search;
mod secret;
mod sheet;
mod shelf;
mod shell;
mod shell_word;
mod show;
mod streams;
mod table;
mod terminal;
mod unreadable;
mod value;
mod whole_file;

use std::io::{self, ErrorKind, Write as _};
use std::panic;
use std::process::ExitCode;

use args::{Command, CommandLine};
use clap::Parser as _;
use failure::{Failure, Status};

fn main() -> ExitCode {
    // A panic's message could quote plaintext; its place cannot.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or("an unknown place".to_owned(), ToString::to_string);
        streams::tell(&format!("a defect of the program stopped it at {place}"));
    }));
    let hardened = strongroom_memory::process::harden();
    // Frames of signals that interrupt an operation; all of them run in this thread. The report says whether it is
    // there.
    let _signals = strongroom_memory::process::SignalStack::install_best();
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(other) => return answer(&other),
    };
    if let Err(refusal) = hardened
        && !line.quiet
    {
        streams::tell(&format!("core files and tracing cannot be forbidden: {refusal}"));
    }
    match run(&line) {
        Ok(status) => status.into(),
        Err(failure) => {
            streams::tell(&failure.to_string());
            failure.status.into()
        }
    }
}

/// Prints what clap answers: the help or the version on standard output, or what is wrong with the arguments.
fn answer(answer: &clap::Error) -> ExitCode {
    match answer.print().and_then(|()| io::stdout().flush()) {
        Err(error) if !answer.use_stderr() && error.kind() != ErrorKind::BrokenPipe => {
            streams::tell(&streams::failed(&error).to_string());
            Status::Failed.into()
        }
        _ if answer.use_stderr() => Status::Usage.into(),
        _ => Status::Done.into(),
    }
}

fn run(line: &CommandLine) -> Result<Status, Failure> {
    match &line.command {
        Command::List(command) => list::run(command, line.quiet),
        Command::Search(command) => search::run(command, line.quiet),
        Command::Show(command) => show::run(command, line.quiet),
        Command::Decrypt(command) => decrypt::run(command, line.quiet),
        Command::Doctor(command) => doctor::run(command, line.quiet),
        Command::Completions { shell } => shell::completions(*shell),
        Command::Man { command } => shell::man(command.as_deref()),
    }
}
