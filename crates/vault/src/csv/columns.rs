//! The columns, known by the names in the first row.

use zeroize::Zeroizing;

use crate::{
    csv::cells::{Dialect, MAX_COLUMNS, Row, each_cell},
    defect::Problem,
};

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
    /// A column that every export has is not there: `type`, `name` or `login_password`.
    #[error("CSV, but not a Bitwarden export: the first row names no column `{name}`")]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
    /// The first row names more columns than are read.
    #[error("the first row of the CSV names {found} columns, more than the {max} that are read")]
    TooManyColumns {
        /// How many it names.
        found: usize,
        /// How many are read.
        max: usize,
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

/// The columns that an export must have. Without the last one a file of another program would pass for an export that
/// has no passwords.
const DEMANDED: [&str; 3] = [TYPE, NAME, PASSWORD];

/// The columns of Bitwarden's form until 2017, by their present names.
const OLD: [(&str, &str); 8] = [
    ("name", NAME),
    ("uri", URI),
    ("username", USERNAME),
    ("password", PASSWORD),
    ("notes", NOTES),
    ("folder", FOLDER),
    ("favorite", FAVORITE),
    ("totp", TOTP),
];

/// The columns that every file of the old form has.
const OLD_DEMANDED: [&str; 4] = ["name", "uri", "username", "password"];

/// Which of Bitwarden's two forms a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Present,
    /// Until 2017: logins alone, with `uri`, `username`, `password` and `totp`. No other column may be there: programs
    /// of others have columns of the same names.
    Until2017,
}

impl Form {
    /// Returns the form of the names in the first row of a text.
    pub(crate) fn of(text: &[u8], dialect: Dialect) -> Option<Self> {
        let (mut present, mut old, mut only_old) = ([false; 3], [false; 4], true);
        each_name(text, dialect, |name| {
            let is = |other: &&str| other.as_bytes() == name;
            DEMANDED.iter().zip(&mut present).for_each(|(demanded, found)| *found |= is(demanded));
            OLD_DEMANDED.iter().zip(&mut old).for_each(|(demanded, found)| *found |= is(demanded));
            only_old &= OLD.iter().any(|(old, _)| is(old));
        })?;
        match (present, old) {
            ([true, true, true], _) => Some(Form::Present),
            (_, [true, true, true, true]) if only_old => Some(Form::Until2017),
            _ => None,
        }
    }

    /// Returns how many columns of either form the first row of a text names: of the form of which it names most.
    pub(crate) fn names_in(text: &[u8], dialect: Dialect) -> usize {
        let (mut present, mut old) = (0, 0);
        let whole = each_name(text, dialect, |name| {
            present += usize::from(KNOWN.iter().any(|known| known.as_bytes() == name));
            old += usize::from(OLD.iter().any(|(known, _)| known.as_bytes() == name));
        });
        // A row whose quotes do not match still names what was found before.
        let _ = whole;
        present.max(old)
    }

    /// Returns the present name of a column.
    fn known(self, name: &str) -> Option<&'static str> {
        let name = name.trim_ascii();
        match self {
            Form::Present => KNOWN.into_iter().find(|known| *known == name),
            Form::Until2017 => OLD.into_iter().find(|(old, _)| *old == name).map(|(_, known)| known),
        }
    }
}

/// Hands out the names in the first row of a text, as many as are compared. Returns nothing if its quotes do not match.
fn each_name<'a>(text: &'a [u8], dialect: Dialect, mut take: impl FnMut(&'a [u8])) -> Option<()> {
    let mut left = MAX_COLUMNS;
    each_cell(text, dialect, |cell| {
        if left > 0 {
            left -= 1;
            take(cell.name());
        }
    })
    .map(|_| ())
}

pub(crate) enum Column {
    Known(&'static str),
    Unknown(Zeroizing<String>),
}

/// The columns in the order of the file.
pub(crate) struct Columns {
    all: Vec<Column>,
    /// The positions of the columns that the format knows. Each row looks them up, and a file may have thousands of
    /// others.
    known: Vec<(&'static str, usize)>,
}

impl Columns {
    pub(crate) fn read(first: &Row<'_>, form: Form) -> Result<Columns, CsvError> {
        let cells = first.cells.as_ref().ok_or(CsvError::Header(Problem::Quotes))?;
        if first.found > MAX_COLUMNS {
            return Err(CsvError::TooManyColumns { found: first.found, max: MAX_COLUMNS });
        }
        let column = |name: Zeroizing<String>| match form.known(&name) {
            Some(known) => Column::Known(known),
            None => Column::Unknown(name),
        };
        let read = cells.iter().map(|cell| cell.text().map(column).ok_or(CsvError::Header(Problem::NotUtf8)));
        let all: Vec<_> = read.collect::<Result<_, _>>()?;
        let known = |(at, column): (usize, &Column)| match column {
            Column::Known(name) => Some((*name, at)),
            Column::Unknown(_) => None,
        };
        let known: Vec<_> = all.iter().enumerate().filter_map(known).collect();
        for name in KNOWN {
            match known.iter().filter(|(known, _)| *known == name).count() {
                0 if form == Form::Present && DEMANDED.contains(&name) => return Err(CsvError::MissingColumn { name }),
                0 | 1 => {}
                _ => return Err(CsvError::DuplicateColumn { name }),
            }
        }
        Ok(Columns { all, known })
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Column> {
        self.all.iter()
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.known.iter().find(|(known, _)| *known == name).map(|(_, at)| *at)
    }
}
