//! Which items are looked at: filters of `list`, and what narrows the choice of one item.

use std::convert::Infallible;
use std::str::FromStr;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser as _};
use strongroom_vault::Item;

use crate::alike;
use crate::item_type::ItemType;
use crate::shelf::{self, Shelves};

/// A text that has to occur somewhere, as far as texts are alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Needle {
    folded: String,
}

impl Needle {
    pub(crate) fn is_in(&self, text: &str) -> bool {
        alike::fold(text).contains(&self.folded)
    }
}

impl FromStr for Needle {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self { folded: alike::fold(text) })
    }
}

/// An empty text is a variable that was not set, rather than a wish.
fn needle() -> impl clap::builder::TypedValueParser<Value = Needle> {
    NonEmptyStringValueParser::new().try_map(|text| text.parse::<Needle>())
}

/// Parts of what an item says of itself. All that are given have to be there.
#[derive(Args, Debug, Default)]
pub(crate) struct Narrowing {
    /// Only items with this text in their user (a login's user name, the name on a card or document); upper and lower
    /// case are the same
    #[arg(long, value_name = "TEXT", value_parser = needle())]
    pub(crate) user: Option<Needle>,
    /// Only items with this text in the name of their folder, likewise
    #[arg(long, value_name = "TEXT", value_parser = needle())]
    pub(crate) folder: Option<Needle>,
    /// Only items with this text in the name of one of their collections, likewise
    #[arg(long, value_name = "TEXT", value_parser = needle())]
    pub(crate) collection: Option<Needle>,
    /// Only items with this text in one of their addresses, likewise
    #[arg(long, value_name = "TEXT", value_parser = needle())]
    pub(crate) uri: Option<Needle>,
}

impl Narrowing {
    /// Returns true if all that is given holds of the item.
    pub(crate) fn keeps(&self, item: &Item, shelves: &Shelves) -> bool {
        let Self { user, folder, collection, uri } = self;
        holds(user, |user| shelf::user(item).is_some_and(|text| user.is_in(&text)))
            && holds(folder, |folder| shelves.folder(item).is_some_and(|name| folder.is_in(name)))
            && holds(collection, |collection| shelves.collections(item).any(|name| collection.is_in(name)))
            && holds(uri, |uri| shelf::addresses(item).any(|address| uri.is_in(address)))
    }

    /// Returns true if nothing is given.
    pub(crate) fn is_none(&self) -> bool {
        let Self { user, folder, collection, uri } = self;
        [user, folder, collection, uri].into_iter().all(Option::is_none)
    }
}

fn holds<T>(given: &Option<T>, holds: impl FnOnce(&T) -> bool) -> bool {
    given.as_ref().is_none_or(holds)
}

/// The filters of `list` and `search`. An item is shown if it passes all of them.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Filters; of several, all have to hold")]
pub(crate) struct Filters {
    /// Only items of this type: login, secureNote, card, identity, sshKey, bankAccount, driversLicense, passport, or
    /// the number of another. Given more than once: items of any of these types
    #[arg(long = "type", value_name = "TYPE", allow_negative_numbers = true)]
    pub(crate) types: Vec<ItemType>,
    /// Only items in the trash
    #[arg(long)]
    pub(crate) trash: bool,
    /// Only archived items
    #[arg(long)]
    pub(crate) archive: bool,
    /// Only favorites
    #[arg(long)]
    pub(crate) favorites: bool,
    #[command(flatten)]
    pub(crate) narrowing: Narrowing,
}

impl Filters {
    /// Returns true if the item is of those that are asked for.
    pub(crate) fn keep(&self, item: &Item, shelves: &Shelves) -> bool {
        let Self { types, trash, archive, favorites, narrowing } = self;
        (types.is_empty() || types.iter().any(|wanted| wanted.is_of(&item.kind)))
            && (!trash || shelf::is_in_trash(item))
            && (!archive || shelf::is_archived(item))
            && (!favorites || item.favorite() == Some(true))
            && narrowing.keeps(item, shelves)
    }

    /// Returns true if nothing is left out.
    pub(crate) fn are_none(&self) -> bool {
        let Self { types, trash, archive, favorites, narrowing } = self;
        types.is_empty() && !trash && !archive && !favorites && narrowing.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use strongroom_vault::Export;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        filters: Filters,
    }

    const EXPORT: &str = r#"{
        "folders": [{"id": "f1", "name": "Wörk"}, {"id": "f2", "name": "Home/Bank"}],
        "collections": [{"id": "c1", "name": "Team"}, {"id": "c2", "name": "Wörkers"}],
        "items": [
            {"id": "1", "type": 1, "folderId": "f1", "favorite": true,
                "login": {"username": "Bob@X.example", "uris": [{"uri": "https://One.example"}, {"uri": "https://two.example"}]}},
            {"id": "2", "type": 3, "folderId": "f2", "deletedDate": "2024-01-30T17:55:36.150Z", "card": {"cardholderName": "Bob B"}},
            {"id": "3", "type": 2, "collectionIds": ["c1", "c2"], "archivedDate": "2024-01-30T17:55:36.150Z"},
            {"id": "4", "type": 42, "folderId": "gone", "deletedDate": "", "archivedDate": null, "favorite": false},
            {"id": "5", "type": 1, "deletedDate": 5, "archivedDate": 5, "favorite": 1}
        ]}"#;

    /// The ids of those that are kept.
    fn kept(line: &[&str]) -> String {
        let filters = Line::try_parse_from([&["x"], line].concat()).unwrap_or_else(|error| panic!("{error}")).filters;
        let export = Export::parse(EXPORT).unwrap();
        let shelves = Shelves::of(&export);
        assert_eq!(filters.are_none(), line.is_empty());
        let kept = export.items().filter(|item| filters.keep(item, &shelves));
        kept.filter_map(|item| item.id.value().cloned()).collect()
    }

    #[test]
    fn each_keeps_its_own() {
        for (line, ids) in [
            (&[][..], "12345"),
            (&["--type", "login"], "15"),
            (&["--type", "login", "--type", "card"], "125"),
            (&["--type", "42"], "4"),
            (&["--type", "-1"], ""),
            (&["--trash"], "25"),
            (&["--archive"], "35"),
            (&["--favorites"], "15"),
            (&["--user", "BOB"], "12"),
            (&["--user", "bob@x"], "1"),
            (&["--folder", "wÖrk"], "1"),
            (&["--folder", "bank"], "2"),
            (&["--collection", "wörk"], "3"),
            (&["--collection", "team"], "3"),
            // However a letter is written.
            (&["--folder", "WO\u{308}RK"], "1"),
            (&["--uri", "two.EXAMPLE"], "1"),
            (&["--uri", "three"], ""),
            // All of several.
            (&["--user", "bob", "--folder", "bank"], "2"),
            (&["--user", "bob", "--collection", "team"], ""),
            (&["--trash", "--archive"], "5"),
            (&["--type", "card", "--type", "login", "--trash", "--user", "b b"], "2"),
        ] {
            assert_eq!(kept(line), ids, "{line:?}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for line in [&["--type", ""][..], &["--type", "logins"], &["--user", ""], &["--folder", ""], &["--uri"]] {
            assert!(Line::try_parse_from([&["x"], line].concat()).is_err(), "{line:?}");
        }
    }
}
