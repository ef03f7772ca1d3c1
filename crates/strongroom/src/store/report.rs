//! The report on a store: its keys beside what was verified of the memory that they lie in.

use std::fmt;

use serde::{Deserialize, Serialize};
use strongroom_memory::report::{Line, State};
use strongroom_memory::{Protection, Report};

use crate::operation::OperationReport;

/// How many keys a store holds, and where they lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyCount {
    /// Named keys.
    pub named: usize,
    /// Keys, named and local, that lie prepared in secret memory.
    pub prepared: usize,
    /// Keys, named and local, that lie sealed in ordinary memory, because there was no room for all. Each is prepared
    /// again when it is used.
    pub sealed: usize,
}

/// For example `3 named; 4 prepared, 0 sealed`.
impl fmt::Display for KeyCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} named; {} prepared, {} sealed", self.named, self.prepared, self.sealed)
    }
}

/// What protects the keys of a store, and how many there are: as data (serde) and in words (`lines`, `Display`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoreReport {
    /// What was verified of the memory, and what the machine around adds or takes away.
    #[serde(flatten)]
    pub memory: Report,
    /// How many keys there are, and where they lie.
    pub keys: KeyCount,
    /// Whether the store is locked, and so has no keys.
    pub locked: bool,
    /// Where operations of each kind run.
    pub operations: Vec<OperationReport>,
}

impl StoreReport {
    /// The report in words: the lines on the memory, with one on the keys beside the one on what is held.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let KeyCount { prepared, sealed, .. } = self.keys;
        let text = if self.locked { "none: the store is locked".to_owned() } else { self.keys.to_string() };
        // Each use of a sealed key costs its preparing; when most are sealed, that is what the store does all day.
        let (state, advice) = if sealed > prepared {
            let advice =
                "there is no room to keep them all prepared, so using them takes longer; raise the memory limit";
            (State::Weak, Some(advice.to_owned()))
        } else {
            (State::Note, None)
        };
        let mut lines = self.memory.lines();
        let held = lines.iter().position(|line| line.topic == "held now");
        lines.insert(held.map_or(lines.len(), |at| at + 1), Line { topic: "keys", state, text, advice });
        let in_use = lines.iter().position(|line| line.topic == "in use");
        lines.insert(in_use.map_or(lines.len(), |at| at + 1), self.operations());
        lines
    }

    /// Which operations run at another level than the rest.
    fn operations(&self) -> Line {
        let usual = self.memory.protection.in_use;
        let names = |in_use: Option<Protection>| {
            let named = self.operations.iter().filter(|operation| operation.in_use == in_use);
            named.map(|operation| operation.kind.to_string()).collect::<Vec<_>>().join(", ")
        };
        let lower = if usual == Protection::Plain { String::new() } else { names(Some(Protection::Plain)) };
        let parts: Vec<String> = [("not protected", lower), ("refused", names(None))]
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(how, names)| format!("{how}: {names}"))
            .collect();
        let (state, text, advice) = if parts.is_empty() {
            (State::Good, "all have room".to_owned(), None)
        } else {
            let advice = "raise RLIMIT_MEMLOCK";
            (State::Weak, parts.join("; "), Some(advice.to_owned()))
        };
        Line { topic: "operations", state, text, advice }
    }
}

impl fmt::Display for StoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}
