//! `decrypt`: the plain export, as JSON or CSV, written from the typed items.

use std::path::Path;

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
    let text = if command.csv {
        let (csv, left_out) = export.expose_csv();
        if !left_out.is_nothing() && !quiet {
            streams::tell(&format!("CSV has no room for all of it; left out: {left_out}"));
        }
        csv
    } else {
        export.expose_json()
    };
    match target {
        Some(target) => {
            target.write(text.as_bytes())?;
            if let Some(exposure) = target.exposure() {
                streams::tell(&exposure);
            }
        }
        None => streams::print(&for_standard_output(&text, command.csv))?,
    }
    Ok(unreadable::tell(&export))
}

/// The same bytes as in a file; for a terminal what leaves it alone and, of JSON, means the same.
fn for_standard_output(text: &str, csv: bool) -> Plaintext {
    let mut out = Plaintext::default();
    match (streams::is_terminal(), csv) {
        (false, _) => out.text(format_args!("{text}")),
        (true, true) => out.text(format_args!("{}", printable::block(text))),
        (true, false) => out.line(format_args!("{}", printable::json(text))),
    }
    out
}
