//! Rows and their cells (RFC 4180), found where they lie: nothing is copied that is not kept.
//!
//! The crate `csv` is not used for this: it takes a cell whose quotes do not end for one that reaches to the end of the
//! file, so that a single row hides all others, and its buffers keep copies of the plaintext. Tests hold this to it.

use zeroize::Zeroizing;

/// One cell as it stands in the file, without the quotes around it.
#[derive(Clone, Copy)]
pub(crate) struct Cell<'a> {
    raw: &'a [u8],
    quoted: bool,
}

impl Cell<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.raw.is_empty()
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
    /// `None` if the quotes of a cell do not match.
    pub(crate) cells: Option<Vec<Cell<'a>>>,
}

/// The rows of a text. Empty lines are counted and left out.
pub(crate) struct Rows<'a> {
    rest: &'a [u8],
    number: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn of(text: &'a [u8]) -> Self {
        Rows { rest: text, number: 0 }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        while !self.rest.is_empty() {
            let text = self.rest;
            self.number += 1;
            let (cells, rest) = match split(text) {
                Some((cells, rest)) => (Some(cells), rest),
                // After quotes that do not match reading goes on with the next line, so that the rows there are not
                // hidden. (Each of these lines is looked through once: the quotes that open a line's cell end the one
                // before.)
                None => (None, text.split_at(first_line(text)).1),
            };
            self.rest = rest;
            let (raw, _) = text.split_at(text.len() - rest.len());
            let raw = raw.strip_suffix(b"\n").map_or(raw, |raw| raw.strip_suffix(b"\r").unwrap_or(raw));
            if !raw.is_empty() {
                return Some(Row { number: self.number, raw, cells });
            }
        }
        None
    }
}

/// The cells of the first row, and what follows it.
fn split(text: &[u8]) -> Option<(Vec<Cell<'_>>, &[u8])> {
    let (mut cells, mut rest) = (Vec::new(), text);
    loop {
        let (cell, after) = first_cell(rest)?;
        cells.push(cell);
        match after {
            [b',', more @ ..] => rest = more,
            [] => return Some((cells, after)),
            [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] => return Some((cells, next)),
            _ => return None,
        }
    }
}

/// The first cell, and what follows it. Quotes inside a cell that does not begin with one are letters like others.
fn first_cell(text: &[u8]) -> Option<(Cell<'_>, &[u8])> {
    let Some(inside) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| matches!(byte, b',' | b'\n')).unwrap_or(text.len());
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
fn first_line(text: &[u8]) -> usize {
    text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1)
}
