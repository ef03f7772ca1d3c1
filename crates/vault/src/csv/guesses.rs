//! Words in cells of CSV that stand for something, and what is taken where they stand for nothing.

use std::fmt;

use crate::{
    csv::columns::{FAVORITE, REPROMPT, TYPE},
    export::plain::Export,
    item::{Item, Reprompt},
    member::Member,
    read,
};

/// The member of an item with the cells that have no other place.
pub(crate) const OTHER_CELLS: &str = "csvColumns";

/// A cell of CSV whose word has no meaning there, so that one was chosen when it was read.
///
/// The word itself is kept in the item's [`extra`](Item::extra) members. Its `Display` names the item by position and
/// what was chosen. It shows no word: the word may be a value that slipped into another column.
#[derive(Clone, Copy)]
pub struct CsvGuess {
    index: usize,
    column: &'static str,
}

impl CsvGuess {
    /// Returns the position of the item in the list, from 0. Items that could not be read count too.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Returns the column: `type`, `favorite` or `reprompt`.
    pub fn column(&self) -> &'static str {
        self.column
    }

    /// Says what was expected in the column and what was chosen.
    pub fn choice(&self) -> &'static str {
        match self.column {
            TYPE => "neither `login` nor `note`; read as a login",
            FAVORITE => "neither `1` nor `0`; read as a favorite",
            _ => "neither `1` nor `0`; the password is asked for again",
        }
    }
}

impl fmt::Display for CsvGuess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "items[{}], {}: {}", self.index, self.column, self.choice())
    }
}

impl fmt::Debug for CsvGuess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CsvGuess({self})")
    }
}

impl Export {
    /// Lists the cells of CSV for which a meaning was chosen: a type that is neither login nor note, such as `card`, is
    /// read as a login, a mark as yes. This holds for an export that was [read from CSV](Export::parse_csv), and for
    /// its JSON.
    pub fn csv_guesses(&self) -> impl Iterator<Item = CsvGuess> {
        let items = self.items.value().into_iter().flatten().enumerate();
        items.filter_map(|(index, item)| Some((index, item.ok()?))).flat_map(|(index, item)| CsvGuess::of(index, &item))
    }
}

impl CsvGuess {
    /// Lists the cells of an item for which a meaning was chosen.
    fn of(index: usize, item: &Item) -> Vec<CsvGuess> {
        let columns = [TYPE, FAVORITE, REPROMPT].into_iter().filter(|column| has_cell(item, column));
        columns.map(|column| CsvGuess { index, column }).collect()
    }
}

/// Returns true if an item keeps a cell of this column.
fn has_cell(item: &Item, column: &str) -> bool {
    let other_cells = item.extra.members().filter(|(name, _)| read::name(name).as_deref() == Some(OTHER_CELLS));
    let mut cells = other_cells.flat_map(|(_, cells)| read::named_members(cells).into_iter().flatten());
    cells.any(|(name, _)| name == column)
}

/// What a word stands for.
pub(crate) struct Meaning<T> {
    pub(crate) value: T,
    /// Says that the word has no meaning and has to be kept.
    pub(crate) is_guess: bool,
}

/// Reads a type as the official importer does: `note`, or else a login. Returns true for a note.
pub(crate) fn is_note(word: &str) -> Meaning<bool> {
    let word = word.trim();
    let value = word.eq_ignore_ascii_case("note");
    Meaning { value, is_guess: !value && !word.is_empty() && !word.eq_ignore_ascii_case("login") }
}

/// Reads a mark as the official importer does: anything but `0` is one.
pub(crate) fn favorite(word: &str) -> Meaning<bool> {
    match word.trim() {
        "" | "0" => Meaning { value: false, is_guess: false },
        word => Meaning { value: true, is_guess: !is_yes(word) },
    }
}

/// Reads whether a password is asked for again. A number is taken as it is if it is spelt as it is written back.
pub(crate) fn reprompt(word: &str) -> Meaning<Member<Reprompt>> {
    let word = word.trim();
    let number: Option<i64> = word.parse().ok().filter(|number: &i64| number.to_string() == word);
    let (value, is_guess) = match number {
        _ if word.is_empty() => (Member::Absent, false),
        Some(number) => (Reprompt::from(number).into(), false),
        None if ["false", "no"].iter().any(|no| word.eq_ignore_ascii_case(no)) => (Reprompt::from(0).into(), false),
        None => (Reprompt::from(1).into(), !is_yes(word)),
    };
    Meaning { value, is_guess }
}

fn is_yes(word: &str) -> bool {
    ["1", "true", "yes"].iter().any(|yes| word.eq_ignore_ascii_case(yes))
}
