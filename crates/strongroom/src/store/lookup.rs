//! How a key is found by its name.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

use super::table::Table;

/// Can be looked up among the names `S`.
pub trait Lookup<S> {
    /// What is compared with the names.
    type Probe<'n>: Probe<S>
    where
        Self: 'n;

    /// Returns what is compared with the names.
    fn probe(&self) -> Self::Probe<'_>;
}

/// Can be compared with the names `S`.
pub trait Probe<S>: Debug {
    /// Finds the value of this name in a table.
    fn in_table<'t, V: Clone>(&self, table: &'t Table<S, V>) -> Option<&'t V>;

    /// Finds the value of this name in a map.
    fn in_map<'m, V>(&self, map: &'m HashMap<S, V>) -> Option<&'m V>;
}

impl<S: Clone + Eq + Hash + Debug> Probe<S> for S {
    fn in_table<'t, V: Clone>(&self, table: &'t Table<S, V>) -> Option<&'t V> {
        table.find(self)
    }

    fn in_map<'m, V>(&self, map: &'m HashMap<S, V>) -> Option<&'m V> {
        map.get(self)
    }
}
