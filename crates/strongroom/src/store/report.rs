//! The report on a store: its keys beside what was verified of the memory that they lie in.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strongroom_memory::report::{Line, State};
use strongroom_memory::{Protection, ProtectionLevels, Report, Usage};

use super::handle::KeyStore;
use crate::name::KeySet;
use crate::operation::{OperationKind, OperationReport};

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
    /// Handles to the store.
    pub handles: usize,
    /// Contexts and transactions that are open, children not counted.
    pub contexts: usize,
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
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let Self { handles, contexts, .. } = *self;
        let text = format!("{handles} handle{}, {contexts} open context{}", plural(handles), plural(contexts));
        let used = Line { topic: "store", state: State::Note, text, advice: None };
        lines.insert(held.map_or(lines.len(), |at| at + 2), used);
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

impl<S: KeySet> KeyStore<S> {
    /// Returns what protects the keys, verified.
    #[must_use]
    pub fn protection(&self) -> ProtectionLevels {
        self.shared.memory.protection()
    }

    /// Reports how many keys there are, what was verified of the memory that holds them, and what the machine around
    /// adds or takes away.
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = strongroom::KeyStore::<Keys>::open_with(strongroom::Policy::best_available())?;
    /// println!("{}", store.report());
    /// assert_eq!(store.report().keys.to_string(), "0 named; 0 prepared, 0 sealed");
    /// # Ok::<(), strongroom::errors::OpenError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> StoreReport {
        StoreReport {
            keys: self.keys(),
            locked: self.is_locked(),
            handles: Arc::strong_count(&self.shared),
            contexts: self.open_contexts(),
            memory: self.shared.memory.report(),
            operations: self.operations(),
        }
    }

    /// Returns the names of the keys that the store holds, in no order. Another thread may change them at any time.
    ///
    /// ```
    /// # use strongroom::{Error, KeyStore, KeyUses};
    /// # let store = KeyStore::<strongroom::names::Text>::open()?;
    /// store.transaction(|tx| {
    ///     let key = tx.generate(KeyUses::CONTENTS)?;
    ///     tx.insert("team 7", key)
    /// })?;
    /// let names: Vec<String> = store.names().iter().map(ToString::to_string).collect();
    /// assert_eq!(names, ["team 7"]);
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn names(&self) -> Vec<S> {
        self.shared.line.now().names()
    }

    /// Counts the contexts that are open; a forked child has none of its parent's.
    fn open_contexts(&self) -> usize {
        if self.shared.memory.is_of_this_process() { self.shared.contexts.len() } else { 0 }
    }

    /// Counts the keys, and where they are.
    #[must_use]
    pub fn keys(&self) -> KeyCount {
        let snapshot = self.shared.line.now();
        let (prepared, sealed) = snapshot.session().count();
        KeyCount { named: snapshot.len(), prepared, sealed }
    }

    /// Returns what the store's secrets take: those of contexts and passwords in use included, and the root key that
    /// resting keys are sealed under.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.shared.memory.usage()
    }

    /// Returns where operations of each kind run: what [`report`](Self::report) says of them.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationReport> {
        OperationKind::ALL.iter().map(|kind| kind.in_use(&self.shared.memory)).collect()
    }
}
