//! `completions` and `man`: what a package puts beside the program.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::CommandLine;
use crate::failure::{Failure, Status};
use crate::plaintext::Plaintext;
use crate::{manual, streams};

pub(crate) fn completions(shell: Shell) -> Result<Status, Failure> {
    let mut out = Plaintext::default();
    clap_complete::generate(shell, &mut CommandLine::command(), "strongroom", &mut out);
    streams::print(&out)?;
    Ok(Status::Done)
}

pub(crate) fn man(command: Option<&str>) -> Result<Status, Failure> {
    streams::print(&manual::page(command)?)?;
    Ok(Status::Done)
}
