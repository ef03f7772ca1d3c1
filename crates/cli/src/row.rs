//! An item in a list: for people a row of a table, for machines an object.

use serde::Serialize;
use strongroom_vault::Item;

use crate::item_head::ItemHead;
use crate::shelf::{self, Shelves};

/// The columns of the table.
pub(crate) const HEADER: [&str; 6] = ["#", "TYPE", "NAME", "USER", "FOLDER", "URI"];

/// One item, as `list --json` has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row<'a> {
    #[serde(flatten)]
    head: ItemHead<'a>,
    user: Option<String>,
    folder: Option<&'a str>,
    collections: Vec<&'a str>,
    uris: Vec<&'a str>,
    favorite: bool,
    archived_date: Option<&'a str>,
    deleted_date: Option<&'a str>,
    /// The places that match the query of `search`.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Vec<String>>,
    /// The item and its shelves, from which the table takes what it shows otherwise.
    #[serde(skip)]
    item: &'a Item,
    #[serde(skip)]
    shelves: &'a Shelves,
}

impl<'a> Row<'a> {
    /// `found` are the places that match the query of `search`.
    pub(crate) fn of(
        file: &'a str,
        position: usize,
        item: &'a Item,
        shelves: &'a Shelves,
        found: Option<Vec<String>>,
    ) -> Self {
        Self {
            head: ItemHead::of(file, position, item),
            user: shelf::user(item).map(String::from),
            folder: shelves.folder(item),
            collections: shelves.collections(item).collect(),
            uris: shelf::addresses(item).collect(),
            favorite: item.favorite() == Some(true),
            archived_date: item.archived_date(),
            deleted_date: item.deleted_date(),
            found,
            item,
            shelves,
        }
    }

    /// Returns the backup that it is of, as it was given.
    pub(crate) fn file(&self) -> &str {
        self.head.file
    }

    /// Returns what the table shows in each column.
    pub(crate) fn cells(&self) -> Vec<String> {
        // A member that an item may lack is an empty cell.
        let text = |text: Option<&str>| text.map_or_else(String::new, str::to_owned);
        let cells = [
            self.head.position.to_string(),
            format!("{}{}", self.item.kind, marks(self.item)),
            text(self.head.name),
            text(self.user.as_deref()),
            text(self.shelves.place(self.item).as_deref()),
            text(self.uris.first().copied()),
        ];
        cells.into_iter().chain(self.found.as_ref().map(|places| places.join(", "))).collect()
    }
}

/// Returns the marks that follow the type of an item in the trash or in the archive.
fn marks(item: &Item) -> &'static str {
    match (shelf::is_in_trash(item), shelf::is_archived(item)) {
        (true, true) => " (trash, archive)",
        (true, false) => " (trash)",
        (false, true) => " (archive)",
        (false, false) => "",
    }
}
