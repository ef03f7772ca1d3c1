//! The items of one or several backups, row by row.
//!
//! One backup is opened at a time, and given back before the next is: so memory is that of the largest. A password is
//! asked for when its backup comes up, though rows of others may have been printed by then. Whether a password opens a
//! file is known only after its key was derived, and to ask for all of them first would take each derivation twice.

use std::borrow::Cow;
use std::path::PathBuf;

use strongroom_vault::Export;

use crate::backup::Opener;
use crate::failure::{Failure, Status};
use crate::filter::Filters;
use crate::input::Input;
use crate::position::{self, Element};
use crate::protection::Store;
use crate::query::Query;
use crate::row::Row;
use crate::sheet::Sheet;
use crate::shelf::{Names, Shelves};
use crate::unreadable::Tally;
use crate::{args, streams};

/// A listing that was asked for: the backups, the query, the filters, and how rows are printed.
pub(crate) struct Listing<'a> {
    pub(crate) files: &'a [PathBuf],
    /// The query of `search`. `None` lists all items.
    pub(crate) query: Option<&'a Query>,
    pub(crate) filters: &'a Filters,
    pub(crate) opening: &'a args::Opening,
    /// A store that is open already.
    pub(crate) store: Option<Store>,
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

/// Counts of all backups together, for the summary at the end.
#[derive(Default)]
struct Met {
    opened: usize,
    rows: usize,
    some_unreadable: bool,
    unusable: usize,
}

impl Listing<'_> {
    /// Lists what is asked for. A backup that cannot be opened fails the command if it is the only one, and is named if
    /// there are others.
    pub(crate) fn run(mut self) -> Result<Status, Failure> {
        let store = self.store.take();
        let files = self.files;
        let inputs = || files.iter().map(|file| Input::of(file));
        let given: Vec<Cow<'_, str>> = inputs().map(Input::as_given).collect();
        let several = self.files.len() > 1;
        let mut opener = Opener::new(inputs(), self.opening, store, self.quiet)?;
        let mut sheet = Sheet::new(self.json, several, self.query.is_some());
        let (mut met, mut status) = (Met::default(), Status::Done);
        let mut is_ended = false;
        let mut untold = None;
        for (number, (at, file)) in inputs().zip(&given).enumerate() {
            let export = match opener.open(at) {
                Ok(export) => export,
                Err(failure) if several => {
                    let failure = failure.of(&at.name());
                    streams::tell(&failure.to_string());
                    status = status.and(failure.status);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            met.opened += 1;
            sheet.begin()?;
            let tally = self.walk(file, &export, &mut sheet, &mut met)?;
            is_ended = number + 1 == self.files.len();
            sheet.end(file, &export, is_ended)?;
            if several {
                status = status.and(tally.tell(Some(at)));
            } else {
                untold = Some(tally);
            }
        }
        sheet.finish(is_ended)?;
        status = status.and(self.sum_up(&met));
        Ok(untold.iter().fold(status, |status, tally| status.and(tally.tell(None))))
    }

    /// Hands out the rows of a backup one after the other, as the items are read.
    fn walk(&self, file: &str, export: &Export, sheet: &mut Sheet<'_>, met: &mut Met) -> Result<Tally, Failure> {
        let (mut folders, mut collections) = (Names::default(), Names::default());
        let mut tally = Tally::of_shelves(
            export,
            |folder| folders.add(folder.id(), folder.name()),
            |collection| collections.add(collection.id(), collection.name()),
        );
        let shelves = Shelves::new(folders, collections);
        for (position, element) in position::elements(export) {
            let item = match element {
                Element::Item(item) => item,
                Element::Unreadable(bad) => {
                    met.some_unreadable = true;
                    tally.add(&bad);
                    continue;
                }
            };
            tally.add_members_of(&item);
            if !self.filters.keep(&item, &shelves) {
                continue;
            }
            let places = match self.query {
                None => None,
                Some(query) => {
                    let found = query.find(&item)?;
                    met.unusable += found.unusable;
                    if found.places.is_empty() {
                        continue;
                    }
                    Some(found.places)
                }
            };
            met.rows += 1;
            sheet.row(&Row::of(file, position, &item, &shelves, places))?;
        }
        Ok(tally)
    }

    /// Says why nothing was printed, if that is so, and what was not searched.
    fn sum_up(&self, met: &Met) -> Status {
        if met.unusable > 0 && !self.quiet {
            let count = met.unusable;
            streams::tell(&format!(
                "{count} addresses have a regular expression that cannot be used: they match no page"
            ));
        }
        if met.rows > 0 || met.opened == 0 {
            return Status::Done;
        }
        let is_choice = self.query.is_some() || !self.filters.are_none();
        if !self.json && !self.quiet {
            streams::tell(match (is_choice, met.some_unreadable, met.opened) {
                (false, false, 1) => "the backup holds no items",
                (false, false, _) => "the backups hold no items",
                (false, true, 1) => "no item of the backup can be read",
                (false, true, _) => "no item of the backups can be read",
                (true, false, _) => "no item matches",
                (true, true, _) => "no item that can be read matches",
            });
        }
        if is_choice { Status::NothingMatched } else { Status::Done }
    }
}
