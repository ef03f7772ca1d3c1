//! The items of a backup by their positions.

use std::borrow::Cow;

use strongroom_vault::{Export, Item, Unreadable};

/// An element of the list of items.
pub(crate) enum Element<'a> {
    Item(Box<Cow<'a, Item>>),
    Unreadable(Cow<'a, Unreadable>),
}

/// Returns the position of the element with this index, as people and scripts are told it: from 1.
pub(crate) fn of_index(index: usize) -> usize {
    index.saturating_add(1)
}

/// Yields the elements with their positions in the file. What cannot be read has a position too, so that it moves no
/// other; `null` has one as well, but is no element.
pub(crate) fn elements(export: &Export) -> impl Iterator<Item = (usize, Element<'_>)> {
    let all = export.items.value().into_iter().flatten().enumerate();
    all.filter_map(|(index, read)| match read {
        Ok(item) => Some((of_index(index), Element::Item(Box::new(item)))),
        Err(bad) if bad.is_null() => None,
        Err(bad) => Some((of_index(index), Element::Unreadable(bad))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_item_moves_no_other() {
        let export = r#"{"items": [{"type": 2, "name": "a"}, null, 5, {"type": 2, "name": "b"}]}"#;
        let export = Export::parse(export).unwrap();
        let found: Vec<_> = elements(&export)
            .map(|(position, element)| match element {
                Element::Item(item) => (position, item.name().map(str::to_owned)),
                Element::Unreadable(_) => (position, None),
            })
            .collect();
        assert_eq!(found, [(1, Some("a".to_owned())), (3, None), (4, Some("b".to_owned()))]);
    }
}
