//! Tables for people: columns as wide as what they show, cut to the terminal where there is one.

use std::fmt::{self, Write as _};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::failure::Failure;
use crate::output::Output;
use crate::printable;

const GAP: usize = 2;
/// No column is cut below this.
const NARROWEST: usize = 8;
const CUT: &str = "…";
/// Off a terminal no cell is cut, and none is padded to more than this: one long cell of a file would otherwise widen
/// every row.
const WIDEST: usize = 64;

/// The number of rows that decide the widths of the columns. Later rows are written as they come.
const SAMPLE: usize = 200;

/// Rows of the same number of cells, written as they come. Cells are made safe to print on their way in.
pub(crate) struct Table {
    /// The width of the terminal in columns. Rows are cut to it if that is possible. `None` leaves every cell whole.
    room: Option<usize>,
    /// The header, and the first rows.
    sample: Vec<Vec<String>>,
    /// The widths of the columns. `None` until the sample is complete.
    widths: Option<Vec<usize>>,
}

impl Table {
    pub(crate) fn new(header: &[&str], room: Option<usize>) -> Self {
        Self { room, sample: vec![header.iter().map(|&name| name.to_owned()).collect()], widths: None }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[&str], out: &mut Output) -> Result<(), Failure> {
        let cells: Vec<String> = cells.iter().map(|cell| printable::line(cell).to_string()).collect();
        if let Some(widths) = &self.widths {
            return lay_out(&cells, widths, self.room.is_some(), out);
        }
        self.sample.push(cells);
        if self.sample.len() > SAMPLE { self.lay_out_sample(out) } else { Ok(()) }
    }

    /// Writes what is left. A table without rows has no header.
    pub(crate) fn finish(mut self, out: &mut Output) -> Result<(), Failure> {
        if self.widths.is_none() && self.sample.len() > 1 { self.lay_out_sample(out) } else { Ok(()) }
    }

    fn lay_out_sample(&mut self, out: &mut Output) -> Result<(), Failure> {
        let mut widths: Vec<usize> = self.sample.first().into_iter().flatten().map(|_| 0).collect();
        for row in &self.sample {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        match self.room {
            Some(room) => narrow(&mut widths, room),
            None => widths.iter_mut().for_each(|width| *width = (*width).min(WIDEST)),
        }
        for row in std::mem::take(&mut self.sample) {
            lay_out(&row, &widths, self.room.is_some(), out)?;
        }
        self.widths = Some(widths);
        // Whoever waits sees the first rows at once.
        out.flush()
    }
}

/// Writes a row, its cells cut to the widths or whole.
fn lay_out(row: &[String], widths: &[usize], is_cut: bool, out: &mut Output) -> Result<(), Failure> {
    let mut gap = 0;
    for (&width, cell) in widths.iter().zip(row) {
        if cell.is_empty() {
            gap += width + GAP;
            continue;
        }
        let (shown, wide) = if is_cut { cut(cell, width) } else { (cell.as_str(), cell.width()) };
        let sign = if shown.len() < cell.len() { CUT } else { "" };
        out.text(format_args!("{}{shown}{sign}", Spaces(gap)))?;
        gap = width.saturating_sub(wide) + GAP;
    }
    out.text(format_args!("\n"))
}

/// So many spaces. The width in a format string may be 65,535 at most, and panics beyond.
struct Spaces(usize);

impl fmt::Display for Spaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.0).try_for_each(|_| f.write_char(' '))
    }
}

/// Takes from the widest columns until all fit.
fn narrow(widths: &mut [usize], room: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => return,
        }
    }
}

/// As much of the text as fits, and the columns taken: all of it, or so much that the sign for a cut fits too.
fn cut(text: &str, width: usize) -> (&str, usize) {
    let whole = text.width();
    if whole <= width {
        return (text, whole);
    }
    let mut end = 0;
    let mut taken = CUT.width();
    for (at, c) in text.char_indices() {
        #[expect(clippy::disallowed_methods, reason = "a control character takes no column")]
        let next = taken + c.width().unwrap_or_default();
        if next > width {
            break;
        }
        taken = next;
        end = at + c.len_utf8();
    }
    let (front, _) = text.split_at(end);
    (front, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out<const N: usize>(rows: &[[&str; N]], room: Option<usize>) -> String {
        let (header, rest) = rows.split_first().unwrap();
        let (mut table, mut out) = (Table::new(header, room), Output::kept());
        rest.iter().for_each(|row| table.row(row, &mut out).unwrap());
        table.finish(&mut out).unwrap();
        out.into_text()
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let rows = [["A", "B", "C"], ["日本語", "e\u{301}x", "1"], ["a", "", "2"], ["", "", ""], ["👩‍👩‍👧", "b", ""]];
        assert_eq!(laid_out(&rows, None), "A       B   C\n日本語  e\u{301}x  1\na           2\n\n👩‍👩‍👧      b\n");
    }

    #[test]
    fn hostile_cells_are_spelt_out() {
        assert_eq!(laid_out(&[["A", "B"], ["\u{1b}[2J", "x\ny"]], None), "A          B\n\\u{1b}[2J  x\\ny\n");
    }

    /// A file decides how long its names are.
    #[test]
    fn long_cells_make_no_panic_and_widen_no_other_row() {
        let long = "x".repeat(70_000);
        let rows = [["NAME", "USER", "URI"], [&long, "a", "b"], ["short", "", "c"]];
        let out = laid_out(&rows, None);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[1], format!("{long}  a     b"));
        assert_eq!(lines[2], format!("short{}c", " ".repeat(WIDEST - 5 + GAP + 4 + GAP)));
        // On a terminal of any width.
        for room in [80, 65_535, 1_000_000] {
            assert!(laid_out(&rows, Some(room)).lines().count() == 3, "{room}");
        }
    }

    #[test]
    fn the_widest_column_gives_way() {
        let rows = [["NAME", "URI"], ["short", "https://example.com/very/long"], ["other", "https://example.com"]];
        assert_eq!(laid_out(&rows, Some(26)), "NAME   URI\nshort  https://example.co…\nother  https://example.com\n");
        let wide = laid_out(&[["A"], ["日本語日本語"]], Some(8));
        assert_eq!(wide, "A\n日本語…\n");
        assert_eq!(laid_out(&[["A", "B"], ["12345678", "12345678"]], Some(3)), "A         B\n12345678  12345678\n");
    }
}
