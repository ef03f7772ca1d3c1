//! The columns, known by the names in the first row.

use zeroize::Zeroizing;

use crate::{csv::cells::Row, defect::Problem};

/// Why the first row of CSV names no columns that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// There is no row at all.
    #[error("the file is empty")]
    Empty,
    /// The row itself cannot be read.
    #[error("the first row of the CSV, which names the columns: {0}")]
    Header(Problem),
    /// A column that every export has is not there.
    #[error("CSV, but not a Bitwarden export: the first row names no column `{name}`")]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
    /// A column is named twice, so that its cells are open to doubt.
    #[error("the first row of the CSV names the column `{name}` twice")]
    DuplicateColumn {
        /// Its name.
        name: &'static str,
    },
}

pub(crate) const FOLDER: &str = "folder";
pub(crate) const COLLECTIONS: &str = "collections";
pub(crate) const FAVORITE: &str = "favorite";
pub(crate) const TYPE: &str = "type";
pub(crate) const NAME: &str = "name";
pub(crate) const NOTES: &str = "notes";
pub(crate) const FIELDS: &str = "fields";
pub(crate) const REPROMPT: &str = "reprompt";
pub(crate) const ARCHIVED: &str = "archivedDate";
pub(crate) const URI: &str = "login_uri";
pub(crate) const USERNAME: &str = "login_username";
pub(crate) const PASSWORD: &str = "login_password";
pub(crate) const TOTP: &str = "login_totp";

const KNOWN: [&str; 13] =
    [FOLDER, COLLECTIONS, FAVORITE, TYPE, NAME, NOTES, FIELDS, REPROMPT, ARCHIVED, URI, USERNAME, PASSWORD, TOTP];

/// Those that stay empty unless the item is a login.
pub(crate) const OF_LOGINS: [&str; 4] = [URI, USERNAME, PASSWORD, TOTP];

pub(crate) enum Column {
    Known(&'static str),
    Unknown(Zeroizing<String>),
}

/// The columns in the order of the file.
pub(crate) struct Columns(Vec<Column>);

impl Columns {
    pub(crate) fn read(first: &Row<'_>) -> Result<Columns, CsvError> {
        let cells = first.cells.as_ref().ok_or(CsvError::Header(Problem::Quotes))?;
        let column = |name: Zeroizing<String>| match KNOWN.into_iter().find(|known| *known == *name) {
            Some(known) => Column::Known(known),
            None => Column::Unknown(name),
        };
        let read = cells.iter().map(|cell| cell.text().map(column).ok_or(CsvError::Header(Problem::NotUtf8)));
        let columns = Columns(read.collect::<Result<_, _>>()?);
        for name in KNOWN {
            match columns.0.iter().filter(|column| matches!(column, Column::Known(known) if *known == name)).count() {
                0 if [TYPE, NAME].contains(&name) => return Err(CsvError::MissingColumn { name }),
                0 | 1 => {}
                _ => return Err(CsvError::DuplicateColumn { name }),
            }
        }
        Ok(columns)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.0.iter()
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| matches!(column, Column::Known(known) if *known == name))
    }
}

/// Whether the first line of a file names columns of such an export, two or more, and is no JSON.
pub(crate) fn are_named_in(bytes: &[u8]) -> bool {
    let line = without_mark(bytes).split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty());
    let Some(line) = line.map(<[u8]>::trim_ascii_start) else { return false };
    if line.starts_with(b"{") || line.starts_with(b"[") {
        return false;
    }
    let names = line.split(|byte| *byte == b',');
    let known = |name: &[u8]| {
        let name = name.trim_ascii();
        let name = name.strip_prefix(b"\"").map_or(name, |name| name.strip_suffix(b"\"").unwrap_or(name));
        KNOWN.iter().any(|known| known.as_bytes() == name)
    };
    names.filter(|name| known(name)).count() >= 2
}

/// What follows a byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}
