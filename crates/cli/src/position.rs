//! The items of a backup by their positions.

use strongroom_vault::{Export, Item, Unreadable};

/// An element of the list of items.
#[derive(Clone, Copy)]
pub(crate) enum Element<'a> {
    Item(&'a Item),
    Unreadable(&'a Unreadable),
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
        Ok(item) => Some((of_index(index), Element::Item(item))),
        Err(bad) if bad.is_null() => None,
        Err(bad) => Some((of_index(index), Element::Unreadable(bad))),
    })
}

/// Yields the items that can be read, with their positions.
pub(crate) fn items(export: &Export) -> impl Iterator<Item = (usize, &Item)> {
    elements(export).filter_map(|(position, element)| match element {
        Element::Item(item) => Some((position, item)),
        Element::Unreadable(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_item_moves_no_other() {
        let export = r#"{"items": [{"type": 2, "name": "a"}, null, 5, {"type": 2, "name": "b"}]}"#;
        let export = Export::parse(export).unwrap();
        let items: Vec<_> = items(&export).map(|(position, item)| (position, item.name())).collect();
        assert_eq!(items, [(1, Some("a")), (4, Some("b"))]);
        let positions: Vec<_> = elements(&export).map(|(position, _)| position).collect();
        assert_eq!(positions, [1, 3, 4]);
    }
}
