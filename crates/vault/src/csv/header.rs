//! Finds the row that names the columns, and by it what separates cells and rows.

use crate::csv::{
    cells::{Cell, Dialect, Rows, each_cell},
    columns::Form,
};

/// The delimiters that are tried: the official one, those of spreadsheets in other countries, and a rare one. Where
/// two name as many columns the first is taken.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many columns of other programs are looked at. The longest known header has 30.
const MOST_NAMES: usize = 64;

/// The beginning of a text that may be CSV.
pub(crate) struct Header<'a> {
    /// From the row that names the columns on.
    text: &'a [u8],
    /// How many lines stand before it.
    lines_before: usize,
    dialect: Dialect,
}

impl<'a> Header<'a> {
    /// Looks at the beginning of a file. Returns nothing for a text without a line, and for what begins as JSON does.
    pub(crate) fn of(bytes: &'a [u8]) -> Option<Self> {
        let all = without_mark(bytes);
        let first = after_blank_lines(all)?;
        if first.trim_ascii_start().starts_with(b"{") || first.trim_ascii_start().starts_with(b"[") {
            return None;
        }
        let (stated, text) = after_separator_line(first)?;
        let is_macintosh = ends_with_carriage_return(text);
        let dialect = |delimiter| Dialect { delimiter, is_macintosh };
        let mut best = dialect(stated.unwrap_or(b','));
        let mut most = Form::names_in(text, best);
        for tried in DELIMITERS.into_iter().map(dialect) {
            let names = Form::names_in(text, tried);
            if names > most {
                (best, most) = (tried, names);
            }
        }
        let (before, _) = all.split_at(all.len() - text.len());
        Some(Header { text, lines_before: line_ends_in(before), dialect: best })
    }

    /// Returns the form whose columns the row names, if it names all that the form demands.
    pub(crate) fn form(&self) -> Option<Form> {
        Form::of(self.text, self.dialect)
    }

    /// Returns how many columns of Bitwarden's present form the row names.
    pub(crate) fn known_names(&self) -> usize {
        Form::names_in(self.text, self.dialect)
    }

    /// Returns the first cells of the row as another program's names of columns: by the delimiter that makes most of
    /// them.
    pub(crate) fn names(&self) -> Vec<&'a [u8]> {
        let mut most = Vec::new();
        for delimiter in DELIMITERS {
            let mut names = Vec::new();
            let take = |cell: Cell<'a>| {
                if names.len() < MOST_NAMES {
                    names.push(cell.name())
                }
            };
            let whole = each_cell(self.text, Dialect { delimiter, ..self.dialect }, take);
            if whole.is_some() && names.len() > most.len() {
                most = names;
            }
        }
        most
    }

    /// Returns true if the text has at least two rows, and the first two have the same number of cells, three or more.
    pub(crate) fn is_a_table(&self) -> bool {
        DELIMITERS.into_iter().any(|delimiter| {
            let count = |text| {
                let mut cells = 0_usize;
                let rest = each_cell(text, Dialect { delimiter, ..self.dialect }, |_| cells += 1)?;
                Some((cells, rest))
            };
            let Some((first, rest)) = count(self.text) else { return false };
            first >= 3 && !rest.is_empty() && count(rest).is_some_and(|(second, _)| second == first)
        })
    }

    /// Returns what separates cells and rows.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the rows, the first of which names the columns.
    pub(crate) fn rows(&self) -> Rows<'a> {
        Rows::after(self.lines_before, self.text, self.dialect)
    }
}

/// What follows a byte order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Returns what follows blank lines, from the begin of a line on.
fn after_blank_lines(text: &[u8]) -> Option<&[u8]> {
    let blank = text.len() - text.trim_ascii_start().len();
    let line_end = text.get(..blank)?.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
    let begin = match line_end {
        Some(at) => at + 1,
        None => 0,
    };
    text.get(begin..).filter(|text| !text.trim_ascii().is_empty())
}

/// Reads over a line such as `sep=;`, in quotes or not, which Excel writes and obeys. Returns the delimiter that it
/// states.
fn after_separator_line(text: &[u8]) -> Option<(Option<u8>, &[u8])> {
    let end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter]
            if delimiter.is_ascii() && !delimiter.is_ascii_alphanumeric() && *delimiter != b'"' =>
        {
            Some((Some(*delimiter), after_blank_lines(rest)?))
        }
        _ => Some((None, text)),
    }
}

/// Counts the line ends in lines without quotes.
fn line_ends_in(text: &[u8]) -> usize {
    let ends = text.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    ends.count()
}

/// Returns true if a carriage return alone ends the first line. Line ends in quotes do not count.
fn ends_with_carriage_return(text: &[u8]) -> bool {
    let mut quoted = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => return false,
            b'\r' if !quoted => return text.get(at + 1) != Some(&b'\n'),
            _ => {}
        }
    }
    false
}
