//! `completions` and `man`: what a package puts beside the program.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::CommandLine;
use crate::failure::{Failure, Status};
use crate::plaintext::Plaintext;
use crate::streams;

pub(crate) fn completions(shell: Shell) -> Result<Status, Failure> {
    let mut out = Plaintext::default();
    clap_complete::generate(shell, &mut CommandLine::command(), "strongroom", &mut out);
    streams::print(&out)?;
    Ok(Status::Done)
}

/// The page of the program, or of one of its commands.
pub(crate) fn manual(command: Option<&str>) -> Result<Status, Failure> {
    let mut whole = CommandLine::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                return Err(Failure::new(Status::Usage, format!("there is no command {name}"))
                    .advise("`strongroom help` lists the commands"));
            }
        },
    };
    let mut out = Plaintext::default();
    clap_mangen::Man::new(page)
        .render(&mut out)
        .map_err(|error| Failure::failed(format!("the page cannot be written: {error}")))?;
    streams::print(&out)?;
    Ok(Status::Done)
}
