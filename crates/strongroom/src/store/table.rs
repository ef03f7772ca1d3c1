//! A map that is copied with few changes at little cost.
//!
//! A snapshot is never changed: a commit makes another. Copying a hash map of 100,000 names for each would take
//! milliseconds, so that naming them one by one would take minutes. So a table is cut into parts of some 64 names,
//! shared between snapshots as long as they are equal.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

/// Names in a part, on average, above which the parts are cut smaller.
const PART: usize = 64;

pub struct Table<I, V> {
    /// A power of two of them, none when empty.
    parts: Vec<Arc<HashMap<I, V>>>,
    len: usize,
    hasher: RandomState,
}

impl<I, V> std::fmt::Debug for Table<I, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Table(..)")
    }
}

impl<I, V> Default for Table<I, V> {
    fn default() -> Self {
        Self { parts: Vec::new(), len: 0, hasher: RandomState::new() }
    }
}

impl<I, V> Clone for Table<I, V> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), len: self.len, hasher: self.hasher.clone() }
    }
}

impl<I: Clone + Eq + Hash, V: Clone> Table<I, V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn find<Q: Eq + Hash + ?Sized>(&self, id: &Q) -> Option<&V>
    where
        I: Borrow<Q>,
    {
        match self.parts.as_slice() {
            [] => None,
            [only] => only.get(id),
            parts => parts.get(place(&self.hasher, parts.len(), id))?.get(id),
        }
    }

    /// Goes through the names.
    pub(super) fn names(&self) -> impl Iterator<Item = &I> {
        self.parts.iter().flat_map(|part| part.keys())
    }

    /// This table with these changes: `None` removes.
    #[expect(clippy::indexing_slicing, reason = "there are as many parts as `place` counts")]
    pub(super) fn changed<'v>(&self, changes: impl ExactSizeIterator<Item = (&'v I, &'v Option<V>)>) -> Self
    where
        I: 'v,
        V: 'v,
    {
        let mut table = self.with_room_for(self.len + changes.len());
        for (id, change) in changes {
            let at = place(&table.hasher, table.parts.len(), id);
            let part = Arc::make_mut(&mut table.parts[at]);
            let before = match change {
                Some(value) => part.insert(id.clone(), value.clone()),
                None => part.remove(id),
            };
            match (before, change) {
                (None, Some(_)) => table.len += 1,
                (Some(_), None) => table.len -= 1,
                _ => {}
            }
        }
        table
    }

    /// A copy whose parts are small enough for `len` names.
    #[expect(clippy::indexing_slicing, reason = "there are as many parts as `place` counts")]
    fn with_room_for(&self, len: usize) -> Self {
        let count = len.div_ceil(PART).next_power_of_two();
        if count <= self.parts.len() {
            return self.clone();
        }
        let mut parts: Vec<HashMap<I, V>> = (0..count).map(|_| HashMap::new()).collect();
        for (id, value) in self.parts.iter().flat_map(|part| part.iter()) {
            parts[place(&self.hasher, count, id)].insert(id.clone(), value.clone());
        }
        Self { parts: parts.into_iter().map(Arc::new).collect(), len: self.len, hasher: self.hasher.clone() }
    }
}

/// Which of `count` parts a name belongs to: a number below `count`, which is a power of two.
fn place<I: Hash + ?Sized>(hasher: &RandomState, count: usize, id: &I) -> usize {
    if count <= 1 { 0 } else { (hasher.hash_one(id) >> 32) as usize & (count - 1) }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use std::collections::HashMap;

    #[test]
    fn a_changed_table_is_what_a_changed_map_is() {
        let mut table = Table::default();
        let mut map = HashMap::new();
        for round in 0u32..40 {
            let before = (table.clone(), map.clone());
            let changes: HashMap<u32, Option<u32>> =
                (0..100).map(|n| ((round * 37 + n * 13) % 1000, (n % 3 != 0).then_some(round * 1000 + n))).collect();
            table = table.changed(changes.iter());
            for (id, change) in changes {
                match change {
                    Some(value) => map.insert(id, value),
                    None => map.remove(&id),
                };
            }
            for (table, map) in [(&table, &map), (&before.0, &before.1)] {
                assert_eq!(table.len(), map.len());
                assert_eq!(table.parts.iter().map(|part| part.len()).sum::<usize>(), map.len());
                assert!((0..1000).all(|id| table.find(&id) == map.get(&id)), "round {round}");
            }
        }
        assert!(table.parts.len() > 4);
    }
}
