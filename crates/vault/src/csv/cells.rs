//! Rows and their cells (RFC 4180), found where they lie: nothing is copied that is not kept.
//!
//! The crate `csv` is not used for this: it takes a cell whose quotes do not end for one that reaches to the end of the
//! file, so that a single row hides all others, and its buffers keep copies of the plaintext. Tests hold this to it.

use zeroize::Zeroizing;

/// What separates cells and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Separates the cells of a row.
    pub(crate) delimiter: u8,
    /// Says that a carriage return alone ends a row, as a line feed does.
    pub(crate) is_macintosh: bool,
}

impl Dialect {
    /// Returns the length of the line end at the beginning of `text`, if there is one.
    fn line_end(self, text: &[u8]) -> Option<usize> {
        match text {
            [b'\n', ..] => Some(1),
            [b'\r', b'\n', ..] => Some(2),
            [b'\r', ..] if self.is_macintosh => Some(1),
            _ => None,
        }
    }

    /// Returns true if a byte outside quotes ends a cell, or may begin a line end.
    fn ends_cell(self, byte: u8) -> bool {
        byte == self.delimiter || byte == b'\n' || (byte == b'\r' && self.is_macintosh)
    }
}

/// One cell as it stands in the file, without the quotes around it.
#[derive(Clone, Copy)]
pub(crate) struct Cell<'a> {
    raw: &'a [u8],
    quoted: bool,
}

impl<'a> Cell<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Returns the cell as a name: white space around it is not part of it. Quotes inside it stay doubled.
    pub(crate) fn name(&self) -> &'a [u8] {
        self.raw.trim_ascii()
    }

    /// What it says, unless that is not UTF-8.
    pub(crate) fn text(&self) -> Option<Zeroizing<String>> {
        let raw = std::str::from_utf8(self.raw).ok()?;
        // Never longer than it stands in the file, so it does not move.
        let mut text = Zeroizing::new(String::with_capacity(raw.len()));
        let mut rest = raw;
        while self.quoted
            && let Some((before, after)) = rest.split_once("\"\"")
        {
            text.push_str(before);
            text.push('"');
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }
}

/// One row.
pub(crate) struct Row<'a> {
    /// From 1.
    pub(crate) number: usize,
    /// All of it.
    pub(crate) raw: &'a [u8],
    /// Its cells, [`MAX_COLUMNS`] at most; `None` if the quotes of a cell do not match.
    pub(crate) cells: Option<Vec<Cell<'a>>>,
    /// The number of cells up to the last one that is not empty.
    pub(crate) filled: usize,
    /// The number of all cells.
    pub(crate) found: usize,
}

/// How many cells of a row are kept, and how many columns a file may have. No export has as many, and a hostile file
/// could have a cell for each of its bytes.
pub(crate) const MAX_COLUMNS: usize = 10_000;

impl Row<'_> {
    /// Returns true if every cell is empty: spreadsheets leave such rows behind.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.is_some() && self.filled == 0
    }
}

/// The rows of a text. Empty lines are counted and left out.
pub(crate) struct Rows<'a> {
    rest: &'a [u8],
    number: usize,
    dialect: Dialect,
}

impl<'a> Rows<'a> {
    /// Returns the rows of a text before which other rows stand.
    pub(crate) fn after(rows_before: usize, text: &'a [u8], dialect: Dialect) -> Self {
        Rows { rest: text, number: rows_before, dialect }
    }

    /// Returns what follows the rows that were handed out.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        while !self.rest.is_empty() {
            let text = self.rest;
            self.number += 1;
            let mut cells = Vec::new();
            let (mut found, mut filled) = (0, 0);
            let rest = each_cell(text, self.dialect, |cell| {
                found += 1;
                if !cell.is_empty() {
                    filled = found;
                }
                if found <= MAX_COLUMNS {
                    cells.push(cell);
                }
            });
            let (cells, rest) = match rest {
                Some(rest) => (Some(cells), rest),
                // After quotes that do not match reading goes on with the next line, so that the rows there are not
                // hidden. (Each of these lines is looked through once: the quotes that open a line's cell end the one
                // before.)
                None => (None, text.split_at(first_line(text, self.dialect)).1),
            };
            self.rest = rest;
            let (raw, _) = text.split_at(text.len() - rest.len());
            let raw = match raw {
                [raw @ .., b'\r', b'\n'] | [raw @ .., b'\n'] => raw,
                [raw @ .., b'\r'] if self.dialect.is_macintosh => raw,
                _ => raw,
            };
            if !raw.is_empty() {
                return Some(Row { number: self.number, raw, cells, filled, found });
            }
        }
        None
    }
}

/// Hands out the cells of the first row one by one and returns what follows the row.
pub(crate) fn each_cell<'a>(text: &'a [u8], dialect: Dialect, mut take: impl FnMut(Cell<'a>)) -> Option<&'a [u8]> {
    let mut rest = text;
    loop {
        let (cell, after) = first_cell(rest, dialect)?;
        take(cell);
        match after {
            [] => return Some(after),
            [delimiter, more @ ..] if *delimiter == dialect.delimiter => rest = more,
            _ => return after.get(dialect.line_end(after)?..),
        }
    }
}

/// The first cell, and what follows it. Quotes inside a cell that does not begin with one are letters like others.
fn first_cell(text: &[u8], dialect: Dialect) -> Option<(Cell<'_>, &[u8])> {
    let Some(inside) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| dialect.ends_cell(*byte)).unwrap_or(text.len());
        let end = match (text.get(..end)?, text.get(end)) {
            ([before @ .., b'\r'], Some(b'\n')) => before.len(),
            _ => end,
        };
        let (raw, rest) = text.split_at_checked(end)?;
        return Some((Cell { raw, quoted: false }, rest));
    };
    let mut from = 0;
    loop {
        let end = from + inside.get(from..)?.iter().position(|byte| *byte == b'"')?;
        let after = inside.get(end + 1..)?;
        if !after.starts_with(b"\"") {
            return Some((Cell { raw: inside.get(..end)?, quoted: true }, after));
        }
        from = end + 2;
    }
}

/// Bytes of the first line, its end included.
fn first_line(text: &[u8], dialect: Dialect) -> usize {
    let end = |byte: &u8| *byte == b'\n' || (*byte == b'\r' && dialect.is_macintosh);
    text.iter().position(end).map_or(text.len(), |at| {
        let rest = text.split_at(at).1;
        at + dialect.line_end(rest).unwrap_or(1)
    })
}
