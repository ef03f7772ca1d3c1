//! What is to be shown: one row for each format and direction, and how a row is run.

use std::collections::BTreeSet;

use crate::{
    bench::Bench,
    node::{Node, Outcome, Sdk},
};

/// Whose data is opened by whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    /// Written by the SDK, opened by us.
    Theirs,
    /// Written by us, opened by the SDK.
    Ours,
    /// Both compute the same from the same.
    Same,
    /// What nobody writes any more: made by Node's cryptography, opened by both.
    Third,
}

impl Direction {
    /// As the table has it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Direction::Theirs => "theirs, opened by us",
            Direction::Ours => "ours, opened by them",
            Direction::Same => "the same by both",
            Direction::Third => "a third's, opened by both",
        }
    }
}

/// How far a row is.
pub(crate) enum State {
    /// A check for a case.
    Live(Check),
    /// The SDK offers it and we do not, or not yet: why. Never counted as passed.
    Pending(&'static str),
    /// The SDK does not offer this direction: why not.
    NotOffered(&'static str),
}

/// Makes one fresh case and compares.
pub(crate) type Check = fn(&Bench<'_>) -> Outcome<()>;

/// One format in one direction.
pub(crate) struct Row {
    pub(crate) format: &'static str,
    pub(crate) direction: Direction,
    pub(crate) sdk: Sdk,
    /// The functions of the SDK that a live row must have called.
    pub(crate) through: &'static [&'static str],
    pub(crate) cases: usize,
    pub(crate) state: State,
}

impl Row {
    /// The fewest cases of a row.
    pub(crate) const FEWEST: usize = 5;

    /// A row of the current SDK with the fewest cases.
    pub(crate) fn new(
        format: &'static str,
        direction: Direction,
        through: &'static [&'static str],
        state: State,
    ) -> Self {
        Row { format, direction, sdk: Sdk::Current, through, cases: Row::FEWEST, state }
    }

    /// A row that is checked.
    pub(crate) fn live(
        format: &'static str,
        direction: Direction,
        through: &'static [&'static str],
        check: Check,
    ) -> Self {
        Row::new(format, direction, through, State::Live(check))
    }

    /// A row that waits for us.
    #[expect(dead_code, reason = "no row waits at present")]
    pub(crate) fn pending(
        format: &'static str,
        direction: Direction,
        through: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Row::new(format, direction, through, State::Pending(why))
    }

    /// A direction that the SDK does not have.
    pub(crate) fn not_offered(format: &'static str, direction: Direction, why: &'static str) -> Self {
        Row::new(format, direction, &[], State::NotOffered(why))
    }

    /// Another number of cases.
    pub(crate) fn times(mut self, cases: usize) -> Self {
        self.cases = cases;
        self
    }

    /// The same with another version of the SDK.
    pub(crate) fn of(mut self, sdk: Sdk) -> Self {
        self.sdk = sdk;
        self
    }
}

/// What came of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// So many cases agreed.
    Passed(usize),
    /// What went wrong, one entry a case.
    Failed(Vec<String>),
    /// As [`State::Pending`].
    Pending(&'static str),
    /// As [`State::NotOffered`].
    NotOffered(&'static str),
}

impl Verdict {
    /// In a word, with the reason if there is one.
    pub(crate) fn words(&self) -> String {
        match self {
            Verdict::Passed(cases) => format!("{cases} cases agreed"),
            Verdict::Failed(failures) => format!("FAILED: {}", failures.join("; ")),
            Verdict::Pending(why) => format!("pending: {why}"),
            Verdict::NotOffered(why) => format!("not offered: {why}"),
        }
    }
}

/// Runs a row's cases; one that fails does not keep the others from running.
pub(crate) fn run(row: &Row, node: &Node, seed: u64) -> Outcome<Verdict> {
    let check = match row.state {
        State::Live(check) => check,
        State::Pending(why) => return Ok(Verdict::Pending(why)),
        State::NotOffered(why) => return Ok(Verdict::NotOffered(why)),
    };
    let mut failures = Vec::new();
    for case in 0..row.cases {
        let bench = Bench::new(node, row.sdk, seed, case)?;
        if let Err(error) = check(&bench) {
            failures.push(format!("case {case}: {error}"));
        }
    }
    let called = node.called(row.sdk)?;
    let uncalled: BTreeSet<&str> = row.through.iter().copied().filter(|name| !called.contains(*name)).collect();
    if !uncalled.is_empty() {
        failures.push(format!("these were never called: {uncalled:?}"));
    }
    if row.cases < Row::FEWEST {
        failures.push(format!("only {} cases", row.cases));
    }
    Ok(if failures.is_empty() { Verdict::Passed(row.cases) } else { Verdict::Failed(failures) })
}
