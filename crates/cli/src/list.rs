//! `list`: what is in a backup, without its secrets.

use serde::Serialize;
use strongroom_vault::{Export, Item};

use crate::args;
use crate::failure::{Failure, Status};
use crate::plaintext::Plaintext;
use crate::shelf::{self, Shelves};
use crate::table::Table;
use crate::{backup, streams, unreadable};

/// One item, as `--json` has it.
#[derive(Serialize)]
struct Row<'a> {
    id: Option<&'a str>,
    r#type: String,
    name: Option<&'a str>,
    user: Option<String>,
    folder: Option<String>,
    uris: Vec<&'a str>,
    favorite: bool,
    /// The type for people.
    #[serde(skip)]
    kind: String,
}

#[derive(Serialize)]
struct ForMachines<'a> {
    items: &'a [Row<'a>],
    unreadable: Vec<unreadable::ForMachines>,
}

pub(crate) fn run(command: &args::List, quiet: bool) -> Result<Status, Failure> {
    let export = backup::open(&command.file, &command.opening, quiet)?;
    let shelves = Shelves::of(&export);
    #[expect(clippy::disallowed_methods, reason = "no text to look for occurs everywhere")]
    let wanted = command.query.as_deref().unwrap_or_default().to_lowercase();
    let items: Vec<_> = export.items().collect();
    let rows = items.iter().map(|item| Row::of(item, &shelves));
    let rows: Vec<Row> = rows.filter(|row| row.matches(&wanted)).collect();
    let out = if command.json { for_machines(&rows, &export)? } else { for_people(&rows) };
    streams::print(&out)?;
    if rows.is_empty() && !command.json && !quiet {
        let some_unreadable = export.unreadable().any(|bad| bad.list() == "items");
        streams::tell(match (wanted.is_empty(), some_unreadable) {
            (true, false) => "the backup holds no items",
            (true, true) => "no item of the backup can be read",
            (false, false) => "no item matches",
            (false, true) => "no item that can be read matches",
        });
    }
    Ok(unreadable::tell(&export))
}

impl<'a> Row<'a> {
    fn of(item: &'a Item, shelves: &Shelves) -> Self {
        Self {
            id: item.id(),
            r#type: shelf::type_name(item),
            name: item.name(),
            user: shelf::user(item).map(String::from),
            folder: shelves.folder(item),
            uris: shelf::addresses(item).collect(),
            favorite: item.favorite() == Some(true),
            kind: item.kind.to_string(),
        }
    }

    /// Whether a text, in lower case, occurs in it.
    fn matches(&self, wanted: &str) -> bool {
        let texts = [self.name, Some(&self.kind), self.user.as_deref(), self.folder.as_deref()];
        let mut texts = texts.into_iter().flatten().chain(self.uris.iter().copied());
        wanted.is_empty() || texts.any(|text| text.to_lowercase().contains(wanted))
    }
}

fn for_machines(rows: &[Row<'_>], export: &Export) -> Result<Plaintext, Failure> {
    Plaintext::of_json(&ForMachines { items: rows, unreadable: unreadable::ForMachines::all_of(export) })
}

fn for_people(rows: &[Row<'_>]) -> Plaintext {
    let mut table = Table::new(["TYPE", "NAME", "USER", "FOLDER", "URI"]);
    for row in rows {
        let cells =
            [Some(row.kind.as_str()), row.name, row.user.as_deref(), row.folder.as_deref(), row.uris.first().copied()];
        #[expect(clippy::disallowed_methods, reason = "what is absent is an empty cell")]
        table.row(cells.map(Option::unwrap_or_default));
    }
    if rows.is_empty() { Plaintext::default() } else { table.lay_out(streams::terminal_width()) }
}
