//! `show`: one item, its secrets masked unless they are asked for.

use serde::Serialize;
use strongroom_vault::{Entry, Item, Section};

use crate::again::Again;
use crate::args;
use crate::failure::{Failure, Status};
use crate::input::Input;
use crate::item_head::ItemHead;
use crate::plaintext::Plaintext;
use crate::shelf::Shelves;
use crate::value::{self, Value};
use crate::{answer, backup, page, pick, printable, streams, unreadable};

pub(crate) fn run(command: &args::Show, quiet: bool) -> Result<Status, Failure> {
    let export = backup::open(&command.file, &command.opening, quiet)?;
    let shelves = Shelves::of(&export);
    let again = Again::show(command, quiet);
    let (position, item) = pick::item(&export, &shelves, &command.address, &again)?;
    let (out, is_odd) = match &command.field {
        Some(name) => {
            let value = value::named(&item, shelves.folder(&item), name)?;
            (alone(&value), value.is_odd)
        }
        None if command.json => {
            let (file, entries) = (Input::of(&command.file).as_given(), item.entries());
            let entries = entries.iter().map(|entry| EntryForMachines::of(entry, command.reveal)).collect();
            (answer::json(&ForMachines::of(&file, position, &item, &shelves, entries))?, true)
        }
        None => (page::lay_out(&item, shelves.place(&item).as_deref(), command.reveal), true),
    };
    streams::print(&out)?;
    // A value that is whole is given without a word on the others.
    Ok(if is_odd { unreadable::tell_of(&item) } else { Status::Done })
}

/// One value alone: for a script its exact bytes and a newline, for a person without what would drive the terminal.
fn alone(value: &Value<'_>) -> Plaintext {
    let mut out = Plaintext::default();
    if streams::is_terminal() {
        out.line(format_args!("{}", printable::block(value.expose())));
    } else {
        out.line(format_args!("{}", value.expose()));
    }
    out
}

/// An item, as `--json` has it: the same shape for every type.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ForMachines<'a> {
    #[serde(flatten)]
    head: ItemHead<'a>,
    folder: Option<&'a str>,
    collections: Vec<&'a str>,
    favorite: bool,
    creation_date: Option<&'a str>,
    revision_date: Option<&'a str>,
    archived_date: Option<&'a str>,
    deleted_date: Option<&'a str>,
    entries: Vec<EntryForMachines<'a>>,
    unreadable: Vec<unreadable::ForMachines<'a>>,
}

#[derive(Serialize)]
struct EntryForMachines<'a> {
    section: &'static str,
    /// Of the lists among the sections, from 0.
    index: Option<usize>,
    name: &'a str,
    label: &'a str,
    secret: bool,
    /// Whether the value is what can be read of an odd member.
    odd: bool,
    /// Null where it is masked.
    value: Option<&'a str>,
    /// The member whose value a linked field shows.
    linked: Option<&'static str>,
}

impl<'a> ForMachines<'a> {
    fn of(
        file: &'a str,
        position: usize,
        item: &'a Item,
        shelves: &'a Shelves,
        entries: Vec<EntryForMachines<'a>>,
    ) -> Self {
        Self {
            head: ItemHead::of(file, position, item),
            folder: shelves.folder(item),
            collections: shelves.collections(item).collect(),
            favorite: item.favorite() == Some(true),
            creation_date: item.creation_date(),
            revision_date: item.revision_date(),
            archived_date: item.archived_date(),
            deleted_date: item.deleted_date(),
            entries,
            unreadable: unreadable::ForMachines::all_of_item(file, position, item),
        }
    }
}

impl<'a> EntryForMachines<'a> {
    fn of(entry: &'a Entry<'a>, reveal: bool) -> Self {
        let (section, index) = match entry.section() {
            Section::Body => ("body", None),
            Section::Uri(index) => ("uri", Some(index)),
            Section::Passkey(index) => ("passkey", Some(index)),
            Section::Notes => ("notes", None),
            Section::Field(index) => ("field", Some(index)),
            Section::PasswordHistory(index) => ("passwordHistory", Some(index)),
            _ => ("other", None),
        };
        Self {
            section,
            index,
            name: entry.name(),
            label: entry.label(),
            secret: entry.is_secret(),
            odd: entry.is_odd(),
            value: (reveal || !entry.is_secret()).then(|| entry.expose()),
            linked: entry.linked(),
        }
    }
}
