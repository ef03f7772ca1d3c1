//! Tables for people: columns as wide as what they show, cut to the terminal where there is one.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::plaintext::Plaintext;
use crate::printable;

const GAP: usize = 2;
/// No column is cut below this.
const NARROWEST: usize = 8;
const CUT: &str = "…";

/// Rows of the same number of cells. Cells are made safe to print on their way in.
pub(crate) struct Table<const N: usize> {
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(header: [&str; N]) -> Self {
        Self { rows: vec![header.map(str::to_owned)] }
    }

    pub(crate) fn row(&mut self, cells: [&str; N]) {
        self.rows.push(cells.map(|cell| printable::line(cell).to_string()));
    }

    /// Lays it out, in at most `room` terminal columns if that is given and possible.
    pub(crate) fn lay_out(&self, room: Option<usize>) -> Plaintext {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        if let Some(room) = room {
            narrow(&mut widths, room);
        }
        let mut out = Plaintext::default();
        for row in &self.rows {
            let mut gap = 0;
            for (&width, cell) in widths.iter().zip(row) {
                if cell.is_empty() {
                    gap += width + GAP;
                    continue;
                }
                let (shown, wide) = cut(cell, width);
                let sign = if shown.len() < cell.len() { CUT } else { "" };
                out.text(format_args!("{:gap$}{shown}{sign}", ""));
                gap = width - wide + GAP;
            }
            out.line(format_args!(""));
        }
        out
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
        let mut table = Table::new(*header);
        rest.iter().for_each(|row| table.row(*row));
        String::from_utf8(table.lay_out(room).as_bytes().to_vec()).unwrap()
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

    #[test]
    fn the_widest_column_gives_way() {
        let rows = [["NAME", "URI"], ["short", "https://example.com/very/long"], ["other", "https://example.com"]];
        assert_eq!(laid_out(&rows, Some(26)), "NAME   URI\nshort  https://example.co…\nother  https://example.com\n");
        let wide = laid_out(&[["A"], ["日本語日本語"]], Some(8));
        assert_eq!(wide, "A\n日本語…\n");
        assert_eq!(laid_out(&[["A", "B"], ["12345678", "12345678"]], Some(3)), "A         B\n12345678  12345678\n");
    }
}
