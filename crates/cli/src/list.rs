//! `list`: what is in a backup, without its secrets.

use strongroom_vault::Export;

use crate::args;
use crate::failure::{Failure, Status};
use crate::input::Input;
use crate::output::Output;
use crate::position::{self, Element};
use crate::row::{self, Row};
use crate::shelf::Shelves;
use crate::table::Table;
use crate::unreadable::{self, Tally};
use crate::{answer, backup, streams};

pub(crate) fn run(command: &args::List, quiet: bool) -> Result<Status, Failure> {
    let export = backup::open(&command.file, &command.opening, quiet)?;
    let shelves = Shelves::of(&export);
    let file = Input::of(&command.file).as_given();
    let listing = Listing { command, file: &file, export: &export, shelves: &shelves };
    let mut out = Output::default();
    let walked = if command.json { listing.for_machines(&mut out)? } else { listing.for_people(&mut out)? };
    out.flush()?;
    let is_choice = command.query.is_some() || !command.filters.are_none();
    if walked.rows == 0 && !command.json && !quiet {
        streams::tell(match (is_choice, walked.some_unreadable) {
            (false, false) => "the backup holds no items",
            (false, true) => "no item of the backup can be read",
            (true, false) => "no item matches",
            (true, true) => "no item that can be read matches",
        });
    }
    let status = if walked.rows == 0 && is_choice { Status::NothingMatched } else { Status::Done };
    Ok(status.and(walked.tally.tell()))
}

/// What is listed.
struct Listing<'a> {
    command: &'a args::List,
    file: &'a str,
    export: &'a Export,
    shelves: &'a Shelves,
}

/// What was met on the way through the items.
struct Walked {
    rows: usize,
    some_unreadable: bool,
    tally: Tally,
}

impl Listing<'_> {
    /// Hands out the rows one after the other, as the items are read.
    fn each_row(&self, mut take: impl FnMut(&Row<'_>) -> Result<(), Failure>) -> Result<Walked, Failure> {
        #[expect(clippy::disallowed_methods, reason = "no text to look for occurs everywhere")]
        let wanted = self.command.query.as_deref().unwrap_or_default().to_lowercase();
        let mut walked = Walked { rows: 0, some_unreadable: false, tally: Tally::of_shelves(self.export) };
        for (position, element) in position::elements(self.export) {
            let item = match element {
                Element::Item(item) => item,
                Element::Unreadable(bad) => {
                    walked.some_unreadable = true;
                    walked.tally.add(&bad);
                    continue;
                }
            };
            walked.tally.add_members_of(&item);
            if !self.command.filters.keep(&item, self.shelves) {
                continue;
            }
            let row = Row::of(self.file, position, &item, self.shelves);
            if row.matches(&wanted) {
                walked.rows += 1;
                take(&row)?;
            }
        }
        Ok(walked)
    }

    fn for_people(&self, out: &mut Output) -> Result<Walked, Failure> {
        let mut table = Table::new(row::HEADER, streams::terminal_width());
        let walked = self.each_row(|row| {
            let cells = row.cells();
            table.row(cells.each_ref().map(String::as_str), out)
        })?;
        table.finish(out)?;
        Ok(walked)
    }

    fn for_machines(&self, out: &mut Output) -> Result<Walked, Failure> {
        let mut answer = answer::Lists::begin(out)?;
        answer.list("items", out)?;
        let walked = self.each_row(|row| answer.element(row, out))?;
        answer.list("unreadable", out)?;
        for bad in unreadable::ForMachines::all_of(self.export) {
            answer.element(&bad, out)?;
        }
        answer.finish(out)?;
        Ok(walked)
    }
}
