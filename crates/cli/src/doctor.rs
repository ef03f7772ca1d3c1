//! `doctor`: what was verified of the memory that keys rest in, and what the machine around adds or takes away.

use serde::Serialize;
use strongroom::report::StoreReport;
use strongroom_memory::report::Line;

use crate::args;
use crate::failure::{Failure, Status};
use crate::plaintext::Plaintext;
use crate::{answer, identify, printable, protection, streams};

/// The report as data and in words.
#[derive(Serialize)]
struct ForMachines<'a> {
    #[serde(flatten)]
    report: &'a StoreReport,
    lines: &'a [Line],
}

pub(crate) fn run(command: &args::Doctor, quiet: bool) -> Result<Status, Failure> {
    if let Some(file) = &command.file {
        return identify::run(file, command, quiet);
    }
    let store = protection::open_best()?;
    let status = protection::check(store.protection(), command.demand)?;
    let report = store.report();
    let lines = report.lines();
    let out = if command.json {
        answer::json(&ForMachines { report: &report, lines: &lines })?
    } else {
        let mut out = Plaintext::default();
        for line in &lines {
            out.line(format_args!("{}", printable::block(&line.to_string())));
        }
        out
    };
    streams::print(&out)?;
    Ok(status)
}
