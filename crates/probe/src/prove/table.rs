//! The findings as a table.

use std::fmt;

use crate::course::{Children, Course};
use crate::findings::{Findings, Row, Verdict, Wiped};
use crate::operation::Operation;
use crate::samples::Sample;

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, protection, needles, threads, .. } = self;
        writeln!(f, "Key material that another process can read: pieces of 8 bytes of {needles} needles.")?;
        writeln!(f, "Linux {kernel}; threads in each operation: {threads}.")?;
        writeln!(f, "The protected victim's store says: {protection}.\n")?;
        writeln!(f, "{:19}{:^52} |{:^34} |{:^22}", "", "PROTECTED", "THE USUAL WAY", "NO SWITCH OF STACK")?;
        let heads = ["before", "stops", "during", "call", "gcore", "kernel", "after", "locked"];
        write!(f, "{:19}", "operation")?;
        heads.iter().zip(PROTECTED).try_for_each(|(head, width)| write!(f, "{head:>width$}"))?;
        writeln!(
            f,
            " |{:>7}{:>11}{:>8}{:>8} |{:>8}{:>7}{:>7}",
            "before", "a stop", "after", "locked", "a stop", "after", "locked"
        )?;
        self.rows.iter().try_for_each(|row| line(f, row))?;
        self.rows.iter().try_for_each(|row| beside(f, row))?;
        self.outside(f)?;
        self.controls(f)?;
        writeln!(f, "\n{}", self.conclusion())
    }
}

const PROTECTED: [usize; 8] = [6, 6, 7, 5, 6, 7, 6, 7];

fn line(f: &mut fmt::Formatter<'_>, Row { operation, protected, usual, in_place, .. }: &Row) -> fmt::Result {
    let Course { before, stops, during, by_call, gcore, kernel, after, locked, .. } = protected;
    write!(f, "{operation:19}")?;
    let cells = [
        before.to_string(),
        stops.to_string(),
        during.to_string(),
        by_call.to_string(),
        shown(gcore.map(|image| image.memory)),
        shown(kernel.map(|image| image.memory)),
        after.to_string(),
        locked.to_string(),
    ];
    cells.iter().zip(PROTECTED).try_for_each(|(cell, width)| write!(f, "{cell:>width$}"))?;
    write!(f, " |{:>7}{:>11}{:>8}{:>8}", usual.before, shown(usual.per_stop()), usual.after, usual.locked)?;
    writeln!(f, " |{:>8}{:>7}{:>7}", shown(in_place.per_stop()), in_place.after, in_place.locked)
}

/// What the table has no columns for.
fn beside(f: &mut fmt::Formatter<'_>, Row { operation, protected, usual, in_place, .. }: &Row) -> fmt::Result {
    if let Some(Children { looked_at, inherited, thrown_away, of_parent }) = protected.children {
        writeln!(
            f,
            "{operation}: {inherited} mappings of secret memory in {looked_at} children that the parent (it has \
             {of_parent}) goes on to use, {thrown_away} that it threw away unused"
        )?;
    }
    if *operation == Operation::Commit {
        let [protected, usual, in_place] = [protected, usual, in_place].map(|course| course.locked_meanwhile);
        writeln!(
            f,
            "{operation}: {protected} when the lock had returned in the middle of a commit; the usual way {usual}, \
             without a switch of stack {in_place}"
        )?;
    }
    Ok(())
}

fn shown(number: Option<usize>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

impl Findings {
    fn outside(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nOutside the promise, in the protected victim:")?;
        writeln!(
            f,
            "{:19}{:>11}{:>9}{:>13}{:>14}{:>15}",
            "operation", "registers", "at rest", "gcore notes", "kernel notes", "Argon2 matrix"
        )?;
        for Row { operation, protected, .. } in &self.rows {
            let Course { registers, registers_at_rest, gcore, kernel, matrix, .. } = protected;
            let [gcore, kernel] = [gcore, kernel].map(|image| shown(image.map(|image| image.notes)));
            writeln!(f, "{operation:19}{registers:>11}{registers_at_rest:>9}{gcore:>13}{kernel:>14}{matrix:>15}")?;
        }
        for Sample { who, bytes, hits, refused } in &self.samples {
            match (bytes, refused) {
                (Some(bytes), _) => writeln!(f, "perf's stack samples, by {who}: {hits} hits in {} KiB", bytes / 1024)?,
                (None, Some(said)) => writeln!(f, "perf's stack samples, by {who}: none: {said}")?,
                (None, None) => writeln!(f, "perf's stack samples, by {who}: none")?,
            }
        }
        Ok(())
    }

    fn controls(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWithout signal stacks, under signals; and in memory that others can read, wiped:")?;
        for Row { operation, without_signal_stacks, .. } in &self.rows {
            if let Some(Course { stops, stops_with_hits, during, .. }) = without_signal_stacks {
                writeln!(f, "{operation}: {during} in {stops} stops in signal frames, at {stops_with_hits} of them")?;
            }
        }
        for Wiped { operation, course: Course { stops, during, locked_meanwhile, after, locked, .. } } in &self.wiped {
            write!(f, "{operation}: {during} in {stops} stops ")?;
            match operation {
                Operation::Commit => write!(f, "before the lock; {locked_meanwhile} when it had returned, ")?,
                _ => write!(f, "in the workspace; ")?,
            }
            writeln!(f, "{after} after it, {locked} after lock")?;
        }
        if let Some(Row { operation, usual: Course { gcore, kernel, .. }, .. }) = self.rows.first() {
            let [gcore, kernel] = [gcore, kernel].map(|image| shown(image.map(|image| image.memory)));
            writeln!(f, "Core files of {operation}, the usual way: gcore {gcore}, kernel {kernel}.")?;
        }
        if !self.unproven.is_empty() {
            writeln!(f, "Forms that no control showed at work (found where planted): {}.", self.unproven.join("; "))?;
        }
        for missing in &self.missing {
            writeln!(f, "not tried: {missing}")?;
        }
        for Row { operation, protected, .. } in &self.rows {
            let places = protected.places.iter();
            places.clone().take(12).try_for_each(|(place, hits)| writeln!(f, "{operation}: {hits} in {place}"))?;
            if places.len() > 12 {
                writeln!(f, "{operation}: and in {} other places", places.len() - 12)?;
            }
        }
        self.doubts().iter().try_for_each(|doubt| writeln!(f, "in doubt: {doubt}"))
    }

    fn conclusion(&self) -> &'static str {
        match self.verdict() {
            Verdict::Proven => "PROVEN: nothing was found in the protected victim, and the controls were.",
            Verdict::Leak => "LEAK: key material of the protected victim can be read by another process.",
            Verdict::Unproven => "UNPROVEN: finding nothing in the protected victim means nothing.",
        }
    }
}
