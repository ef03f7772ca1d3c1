//! What the attack found, and what that proves.

use crate::course::Course;
use crate::operation::Operation;
use crate::samples::Sample;

/// One operation of three victims.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Row {
    pub(crate) operation: Operation,
    /// The store, as well protected as the machine can.
    pub(crate) protected: Course,
    /// The ordinary heap.
    pub(crate) usual: Course,
    /// The store without a switch of stack.
    pub(crate) in_place: Course,
    /// The store in a program that leaves the stacks that signals are handled on to the standard library, under
    /// signals.
    pub(crate) without_signal_stacks: Option<Course>,
}

/// What was found in workspaces that others can read.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Wiped {
    pub(crate) operation: Operation,
    pub(crate) course: Course,
}

#[derive(Debug, serde::Serialize)]
pub(crate) struct Findings {
    /// The kernel's release.
    pub(crate) kernel: String,
    /// What the protected victim says of itself.
    pub(crate) protection: String,
    /// Counted stops that were asked for.
    pub(crate) stops: usize,
    pub(crate) threads: usize,
    /// How many needles there were, those of generated keys apart.
    pub(crate) needles: usize,
    pub(crate) rows: Vec<Row>,
    /// A store whose workspaces others can read: found in during operations, wiped behind them.
    pub(crate) wiped: Vec<Wiped>,
    /// Stacks that perf sampled: outside the promise.
    pub(crate) samples: Vec<Sample>,
    /// Needles that were not found even where they were planted.
    pub(crate) not_planted: Vec<String>,
    /// Forms that no control showed in the course of its work: that they are not found in the protected victim proves
    /// nothing.
    pub(crate) unproven: Vec<String>,
    /// What this machine lacks.
    pub(crate) missing: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Nothing in the protected victim, and the controls were found.
    Proven,
    /// Something in the protected victim.
    Leak,
    /// Nothing in the protected victim, but a control was not found, or too few stops counted.
    Unproven,
}

impl Findings {
    pub(crate) fn verdict(&self) -> Verdict {
        if self.rows.iter().any(|row| row.protected.leaks() > 0) {
            Verdict::Leak
        } else if self.doubts().is_empty() {
            Verdict::Proven
        } else {
            Verdict::Unproven
        }
    }

    /// Why finding nothing would prove nothing.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let mut doubts: Vec<String> =
            self.not_planted.iter().map(|label| format!("not found where it was planted: {label}")).collect();
        for Row { operation, protected, usual, in_place, without_signal_stacks } in &self.rows {
            if protected.stops < self.stops {
                doubts.push(format!("{operation}: {} stops counted of {}", protected.stops, self.stops));
            }
            if protected.children.is_some_and(|children| children.of_parent == 0) {
                doubts.push(format!("{operation}: no secret memory was seen in the parent"));
            }
            let controls = [
                ("the usual way", Some(usual)),
                ("without a switch of stack", Some(in_place)),
                ("without signal stacks", without_signal_stacks.as_ref()),
            ];
            for (name, control) in controls {
                if control.is_some_and(|control| control.during == 0) {
                    doubts.push(format!("{operation}: nothing was found in the control, {name}"));
                }
            }
        }
        for Wiped { operation, course } in &self.wiped {
            if course.during == 0 {
                doubts.push(format!("{operation}: nothing was found in readable workspaces"));
            }
            let left = course.after + course.locked_meanwhile + course.locked;
            if left > 0 {
                doubts.push(format!("{operation}: {left} pieces were left in readable workspaces"));
            }
        }
        doubts
    }
}

#[cfg(test)]
mod tests;
