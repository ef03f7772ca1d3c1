//! What is found in one victim in one operation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use strongroom_probe::{CoreReport, Form, Hit, ScanReport, Scanner};

use crate::account::Account;
use crate::captive::{Captive, Way};
use crate::cores::Cores;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::sealed::ARGON2ID;

/// What does not change from course to course.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'p> {
    pub(crate) account: &'p Account,
    /// What every victim is given.
    pub(crate) lines: &'p str,
    pub(crate) scanner: &'p Scanner,
    pub(crate) program: &'p Path,
    /// Where victims run and cores fall.
    pub(crate) directory: &'p Path,
    pub(crate) cores: &'p Cores,
    pub(crate) threads: usize,
}

/// What one course found. Hits are pieces of 8 bytes.
#[derive(Default, Debug, serde::Serialize)]
pub(crate) struct Course {
    /// At rest, before the operation first ran under attack.
    pub(crate) before: usize,
    /// Halts that counted: a stack pointer lay in a workspace, or, where there is none, the victim was in the
    /// operation.
    pub(crate) stops: usize,
    /// All halts.
    pub(crate) halts: usize,
    /// In memory at the stops, all together.
    pub(crate) during: usize,
    /// The same in pieces of 16 bytes.
    pub(crate) during_of_16: usize,
    /// Stops that had one at least.
    pub(crate) stops_with_hits: usize,
    /// At every fifth stop by process_vm_readv(2).
    pub(crate) by_call: usize,
    /// Blocks of Argon2's matrix in it while the operation ran: outside the promise.
    pub(crate) matrix: usize,
    /// In the registers at the stops: outside the promise.
    pub(crate) registers: usize,
    /// In the registers at rest.
    pub(crate) registers_at_rest: usize,
    /// At rest, after the operation had run.
    pub(crate) after: usize,
    /// When a lock had returned in the middle of a commit, at all stops together.
    pub(crate) locked_meanwhile: usize,
    /// After lock.
    pub(crate) locked: usize,
    /// In gcore's file of the middle of an operation: memory, and registers and other notes.
    pub(crate) gcore: Option<Image>,
    /// The same of the kernel's.
    pub(crate) kernel: Option<Image>,
    /// The children that it made, where it makes some.
    pub(crate) children: Option<Children>,
    /// The forms that were found anywhere.
    pub(crate) forms: BTreeSet<String>,
    /// Where in memory.
    pub(crate) places: BTreeMap<String, usize>,
}

/// Secret memory that children have: files of memfd_secret(2), by the maps of processes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize)]
pub(crate) struct Children {
    /// How many children there were.
    pub(crate) looked_at: usize,
    /// Files that a child maps, and its parent goes on to.
    pub(crate) inherited: usize,
    /// Files that its parent was making at the fork, and threw away.
    pub(crate) thrown_away: usize,
    /// Files that the same look found in the parent, at most.
    pub(crate) of_parent: usize,
}

/// Hits in a core file.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize)]
pub(crate) struct Image {
    pub(crate) memory: usize,
    pub(crate) notes: usize,
}

impl Image {
    /// What two looks found together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { memory: self.memory + other.memory, notes: self.notes + other.notes }
    }
}

impl Course {
    /// Hits in what the promise speaks of.
    pub(crate) fn leaks(&self) -> usize {
        let images = [self.gcore, self.kernel].into_iter().flatten().map(|image| image.memory).sum::<usize>();
        let inherited = self.children.iter().map(|children| children.inherited).sum::<usize>();
        let at_stops = self.during + self.by_call + self.locked_meanwhile + inherited;
        self.before + at_stops + self.registers_at_rest + self.after + self.locked + images
    }

    /// Hits a stop, if there was one.
    pub(crate) fn per_stop(&self) -> Option<usize> {
        self.during.checked_div(self.stops)
    }

    fn note(&mut self, hit: &Hit) {
        self.forms.insert(hit.label.form.to_string());
        let place = format!("{}: {}", hit.region.kind, hit.label);
        *self.places.entry(place).or_default() += 1;
    }

    /// Counts what was found in memory, Argon2's matrix apart.
    pub(crate) fn count(&mut self, report: &ScanReport) -> usize {
        let mut hits = 0;
        for hit in &report.hits {
            if is_of_matrix(hit) {
                self.matrix += 1;
                self.forms.insert(hit.label.form.to_string());
            } else {
                hits += 1;
                self.note(hit);
            }
        }
        hits
    }

    /// Counts what was found at one stop.
    pub(crate) fn stop(&mut self, reports: &[ScanReport]) {
        let found: usize = reports.iter().map(|report| self.count(report)).sum();
        self.during += found;
        self.during_of_16 += reports.iter().map(ScanReport::of_16).sum::<usize>();
        self.stops_with_hits += usize::from(found > 0);
    }

    pub(crate) fn image(&mut self, report: &CoreReport) -> Image {
        report.notes.hits.iter().for_each(|hit| {
            self.forms.insert(hit.label.form.to_string());
        });
        Image { memory: self.count(&report.memory), notes: report.notes.hits.len() }
    }
}

/// A block of Argon2's in a region as large as its matrix.
fn is_of_matrix(hit: &Hit) -> bool {
    let (_, memory_kib, _) = ARGON2ID;
    let large = hit.region.end - hit.region.start >= u64::from(memory_kib) * 1024;
    large && matches!(hit.label.form, Form::Argon2First | Form::Argon2Final)
}

impl Plan<'_> {
    pub(crate) fn captive(&self, way: Way, operation: Operation) -> Result<Captive, Failure> {
        Ok(Captive::start(self.program, way, operation, self.lines, self.directory, None)?)
    }
}
