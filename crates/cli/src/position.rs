//! The items of a backup by their positions.

use strongroom_vault::{Export, Item};

/// Returns the position of the element with this index, as people and scripts are told it: from 1.
pub(crate) fn of_index(index: usize) -> usize {
    index.saturating_add(1)
}

/// Yields the items that can be read, with their positions in the file. What cannot be read has a position too, so that
/// it moves no other, and so has `null`.
pub(crate) fn items(export: &Export) -> impl Iterator<Item = (usize, &Item)> {
    let all = export.items.value().into_iter().flatten().enumerate();
    all.filter_map(|(index, read)| Some((of_index(index), read.as_ref().ok()?)))
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
    }
}
