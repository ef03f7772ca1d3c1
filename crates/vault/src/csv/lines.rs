//! Several values in one cell: custom fields as lines `name: value`, addresses and collections with commas between
//! them.

use zeroize::Zeroizing;

use crate::erased_text::ErasedText;

/// Between the name of a custom field and its value.
const SEPARATOR: &str = ": ";

/// The custom fields of a cell, each with its name and value. A line without `: ` continues the value before it.
pub(crate) fn split_fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let text = rest?;
        let mut lines = text.split('\n');
        let first = lines.next()?;
        // Up to the next line that begins a field.
        let continued = lines.take_while(|line| !line.contains(SEPARATOR));
        let end = first.len() + continued.map(|line| 1 + line.len()).sum::<usize>();
        let (field, after) = text.split_at_checked(end)?;
        rest = after.strip_prefix('\n');
        Some(match first.split_once(SEPARATOR) {
            Some((name, _)) => (name, field.get(name.len() + SEPARATOR.len()..)?),
            None => ("", field),
        })
    })
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
