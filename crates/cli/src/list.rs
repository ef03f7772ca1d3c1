//! `list`: what is in a backup, without its secrets.

use serde::Serialize;
use strongroom_vault::Export;

use crate::args;
use crate::failure::{Failure, Status};
use crate::input::Input;
use crate::plaintext::Plaintext;
use crate::row::{self, Row};
use crate::shelf::Shelves;
use crate::table::Table;
use crate::{answer, backup, position, streams, unreadable};

#[derive(Serialize)]
struct ForMachines<'a> {
    items: &'a [Row<'a>],
    unreadable: Vec<unreadable::ForMachines<'a>>,
}

pub(crate) fn run(command: &args::List, quiet: bool) -> Result<Status, Failure> {
    let export = backup::open(&command.file, &command.opening, quiet)?;
    let file = Input::of(&command.file).as_given();
    let shelves = Shelves::of(&export);
    #[expect(clippy::disallowed_methods, reason = "no text to look for occurs everywhere")]
    let wanted = command.query.as_deref().unwrap_or_default().to_lowercase();
    let items = position::items(&export).filter(|(_, item)| command.filters.keep(item, &shelves));
    let rows = items.map(|(position, item)| Row::of(&file, position, item, &shelves));
    let rows: Vec<Row> = rows.filter(|row| row.matches(&wanted)).collect();
    let out = if command.json { for_machines(&rows, &export)? } else { for_people(&rows) };
    streams::print(&out)?;
    let is_choice = !wanted.is_empty() || !command.filters.are_none();
    if rows.is_empty() && !command.json && !quiet {
        let some_unreadable = export.unreadable().any(|bad| bad.list() == "items");
        streams::tell(match (is_choice, some_unreadable) {
            (false, false) => "the backup holds no items",
            (false, true) => "no item of the backup can be read",
            (true, false) => "no item matches",
            (true, true) => "no item that can be read matches",
        });
    }
    let status = if rows.is_empty() && is_choice { Status::NothingMatched } else { Status::Done };
    Ok(status.and(unreadable::tell(&export)))
}

fn for_machines(rows: &[Row<'_>], export: &Export) -> Result<Plaintext, Failure> {
    answer::json(&ForMachines { items: rows, unreadable: unreadable::ForMachines::all_of(export) })
}

fn for_people(rows: &[Row<'_>]) -> Plaintext {
    let mut table = Table::new(row::HEADER);
    for row in rows {
        let cells = row.cells();
        table.row(cells.each_ref().map(String::as_str));
    }
    if rows.is_empty() { Plaintext::default() } else { table.lay_out(streams::terminal_width()) }
}
