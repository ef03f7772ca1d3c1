//! `decrypt`: the plain export, written from the typed items.

use std::path::Path;

use strongroom_vault::Export;

use crate::args;
use crate::failure::{Failure, Status};
use crate::plaintext::Plaintext;
use crate::whole_file::Target;
use crate::{backup, printable, streams, unreadable};

pub(crate) fn run(command: &args::Decrypt, quiet: bool) -> Result<Status, Failure> {
    let output = command.output.as_deref().filter(|output| *output != Path::new("-"));
    // What can be refused is refused before anybody types a password.
    let target = output.map(|output| Target::plan(output, command.force, &command.file)).transpose()?;
    let export = backup::open(&command.file, &command.opening, quiet)?;
    match target {
        Some(target) => target.write(export.expose_json().as_bytes())?,
        None => streams::print(&for_standard_output(&export))?,
    }
    Ok(unreadable::tell(&export))
}

/// The same bytes as in a file; for a terminal what means the same and leaves it alone, with a newline at the end.
fn for_standard_output(export: &Export) -> Plaintext {
    let json = export.expose_json();
    let mut out = Plaintext::default();
    if streams::is_terminal() {
        out.line(format_args!("{}", printable::json(&json)));
    } else {
        out.text(format_args!("{}", *json));
    }
    out
}
