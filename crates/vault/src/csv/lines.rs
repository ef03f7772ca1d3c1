//! Several values in one cell: custom fields as lines `name: value`, addresses and collections with commas between
//! them.

use zeroize::Zeroizing;

use crate::erased_text::ErasedText;

/// Between the name of a custom field and its value.
const SEPARATOR: &str = ": ";

/// The custom fields of a cell, each with its name and value. A line without `: ` continues the value before it.
pub(crate) fn split_fields(text: &str) -> Vec<(&str, &str)> {
    let (mut found, mut at): (Vec<(&str, usize, usize)>, usize) = (Vec::new(), 0);
    for line in text.split('\n').filter(|_| !text.is_empty()) {
        let end = at + line.len();
        match (line.split_once(SEPARATOR), found.last_mut()) {
            (Some((name, value)), _) => found.push((name, end - value.len(), end)),
            (None, Some(last)) => last.2 = end,
            (None, None) => found.push(("", at, end)),
        }
        at = end + 1;
    }
    // Each begins behind a separator or at a line's begin, and ends at a line's end.
    found.into_iter().map(|(name, start, end)| (name, &text[start..end])).collect()
}

pub(crate) fn join_fields<'a>(fields: impl Iterator<Item = (&'a str, &'a str)>) -> Zeroizing<String> {
    let mut out = ErasedText::default();
    for (number, (name, value)) in fields.enumerate() {
        for piece in [if number == 0 { "" } else { "\n" }, name, SEPARATOR, value] {
            out.push(piece);
        }
    }
    out.finish()
}

pub(crate) fn split_list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|value| !value.is_empty())
}

pub(crate) fn join_list<'a>(values: impl Iterator<Item = &'a str>) -> Zeroizing<String> {
    let mut out = ErasedText::default();
    for (number, value) in values.enumerate() {
        out.push(if number == 0 { "" } else { "," });
        out.push(value);
    }
    out.finish()
}
