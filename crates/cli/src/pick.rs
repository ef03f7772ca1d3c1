//! The item that an address means, found in a backup.

use std::borrow::Cow;

use strongroom_vault::{Export, Item};

use crate::address::{Address, Matches};
use crate::again::Again;
use crate::failure::{Failure, Status};
use crate::position::{self, Element};
use crate::shelf::Shelves;
use crate::unreadable;

/// Returns the one item that is meant, with its position.
///
/// An unreadable item that may be the one meant is not passed over. `again` spells the way to each of several.
pub(crate) fn item<'a>(
    export: &'a Export,
    shelves: &Shelves,
    address: &Address,
    again: &Again,
) -> Result<(usize, Cow<'a, Item>), Failure> {
    let mut matches = Matches::none();
    let mut some_unreadable = false;
    for (position, element) in position::elements(export) {
        some_unreadable |= matches!(element, Element::Unreadable(_));
        if let Some(rule) = address.rule(position, &element, shelves) {
            matches.add(rule, (position, element));
        }
    }
    let count = matches.count();
    match <[(usize, Element<'a>); 1]>::try_from(matches.into_found()) {
        Ok([(position, Element::Item(item))]) => Ok((position, *item)),
        Ok([(_, Element::Unreadable(bad))]) => Err(Failure::new(Status::SomeUnreadable, unreadable::describe(&bad))),
        Err(none) if none.is_empty() => Err(nothing(address, some_unreadable)),
        Err(several) => Err(ambiguous(&several, count, again)),
    }
}

fn nothing(address: &Address, some_unreadable: bool) -> Failure {
    let which = if some_unreadable { "no item that can be read" } else { "no item" };
    let what = if address.is_bare() { "has that id or name" } else { "is all that was asked for" };
    Failure::new(Status::NothingMatched, format!("{which} {what}"))
        .advise("`strongroom list` tells the names and positions, with --json the ids too")
}

/// A line for each that can be pasted into a shell. Positions and ids are no secret, names are.
fn ambiguous(several: &[(usize, Element<'_>)], count: usize, again: &Again) -> Failure {
    let mut lines = vec!["each of these commands shows one:".to_owned()];
    for (position, element) in several {
        let id = match element {
            Element::Item(item) => item.id(),
            Element::Unreadable(bad) => bad.id(),
        };
        lines.push(again.at(*position, id));
    }
    if count > several.len() {
        lines.push(format!("and {} more", count - several.len()));
    }
    Failure::failed(format!("{count} items are meant")).advise(lines.join("\n"))
}
