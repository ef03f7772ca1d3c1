//! What a CSV file does not say of the vault it was made of.

use std::fmt;

/// How much of a vault its CSV does not hold, counted when it is [written](crate::Export::expose_csv).
///
/// Its `Display` names what there is of it: `items of other kinds: 3, passkeys: 1`.
///
/// Not counted, because no CSV ever says it: ids, the organization, the dates of making, change, removal and of a
/// password, settings of filling in and, beside collections, whether an item is a favorite.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvLeftOut {
    /// Items that are neither logins nor notes.
    pub items: usize,
    /// Items, folders and collections that could not be read.
    pub unreadable: usize,
    /// Folders and collections in which no item that was written lies.
    pub shelves: usize,
    /// Folders and collections whose names are too long.
    pub long_names: usize,
    /// Passkeys.
    pub passkeys: usize,
    /// Former passwords.
    pub former_passwords: usize,
    /// Types of custom fields other than text, with what linked ones stand for. Their names and values are there.
    pub field_types: usize,
    /// How pages are compared with an address, where that is said. The address is there.
    pub uri_matches: usize,
    /// Cells of custom fields, addresses or collections that are read back as others, because a comma, a line break or
    /// a `: ` stands in one. All they say is there.
    pub ambiguous: usize,
    /// Members that the format does not define.
    pub unknown: usize,
}

impl CsvLeftOut {
    /// Whether nothing of it was left out.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for CsvLeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            ("items of other kinds", self.items),
            ("unreadable elements", self.unreadable),
            ("empty folders", self.shelves),
            ("folders with names too long", self.long_names),
            ("passkeys", self.passkeys),
            ("former passwords", self.former_passwords),
            ("types of custom fields", self.field_types),
            ("ways to match an address", self.uri_matches),
            ("cells that are read back as others", self.ambiguous),
            ("unknown members", self.unknown),
        ];
        if self.is_nothing() {
            return f.write_str("nothing");
        }
        for (number, (what, count)) in counts.into_iter().filter(|(_, count)| *count > 0).enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            write!(f, "{comma}{what}: {count}")?;
        }
        Ok(())
    }
}
