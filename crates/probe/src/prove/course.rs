//! The attack on one victim in one operation: at rest, in the middle, at rest again, after lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use strongroom_probe::{CoreReport, Form, Hit, Hold, Kind, ScanReport, Scanner, regions};

use crate::account::Account;
use crate::captive::{Captive, Way};
use crate::cores::Cores;
use crate::failure::Failure;
use crate::makings;
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
    /// The program that did not install the allocator.
    pub(crate) without_allocator: &'p Path,
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
    /// Halts that counted: a stack pointer lay in a workspace, or, where there is none, the victim was in the operation.
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
    /// After lock.
    pub(crate) locked: usize,
    /// In gcore's file of the middle of an operation: memory, and registers and other notes.
    pub(crate) gcore: Option<Image>,
    /// The same of the kernel's.
    pub(crate) kernel: Option<Image>,
    /// The forms that were found anywhere.
    pub(crate) forms: BTreeSet<String>,
    /// Where in memory.
    pub(crate) places: BTreeMap<String, usize>,
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
        self.before + self.during + self.by_call + self.registers_at_rest + self.after + self.locked + images
    }

    /// Hits a stop.
    pub(crate) fn per_stop(&self) -> usize {
        self.during.checked_div(self.stops).unwrap_or(0)
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

/// Attacks a victim until so many stops count, or time is out.
pub(crate) fn attack(plan: &Plan<'_>, way: Way, operation: Operation, stops: usize) -> Result<Course, Failure> {
    let mut course = Course::default();
    let mut captive = plan.captive(way, operation)?;
    course.before = course.at_rest(plan, &captive)?;
    let late = Instant::now()
        + Duration::from_secs(20)
        + Duration::from_millis(400) * u32::try_from(stops).unwrap_or(u32::MAX);
    if operation.makes() {
        makings::attack(plan, way, operation, &mut captive, &mut course, stops, late)?;
    } else {
        captive.ask(&format!("run {operation} {}", plan.threads))?;
        while course.stops < stops && Instant::now() < late {
            pause()?;
            let hold = halt(&captive)?;
            course.halts += 1;
            if !counts(way, &captive, &hold)? {
                continue;
            }
            course.stops += 1;
            // Of programs and libraries, what is as in their files is read once.
            let report = match course.stops {
                1 => plan.scanner.process(captive.pid()),
                _ => plan.scanner.written(captive.pid()),
            };
            course.stop(&[report?]);
            if course.stops % 5 == 1 {
                course.by_call += course.count(&plan.scanner.process_by_call(captive.pid())?);
            }
            let registers = plan.scanner.bytes("registers", &hold.registers().map_err(Failure::Halt)?);
            course.registers += registers.hits.len();
        }
        if let Some(gcore) = plan.cores.gcore()
            && let Some(hold) = halt_inside(way, &captive)?
        {
            hold.release_with(Signal::SIGSTOP).map_err(Failure::Halt)?;
            let report = gcore.take(plan.scanner, plan.directory, &captive)?;
            captive.go_on()?;
            if core_counts(way, &captive, &report)? {
                course.gcore = Some(course.image(&report));
            }
        }
        captive.ask("stop")?;
    }
    course.after = course.at_rest(plan, &captive)?;
    captive.ask("lock")?;
    course.locked = course.at_rest(plan, &captive)?;
    drop(captive);
    // A key that is generated does not come out of a process that is ended in the middle.
    if plan.cores.kernel() && !operation.generates() {
        kernel_core(plan, way, operation, &mut course)?;
    }
    Ok(course)
}

impl Plan<'_> {
    pub(crate) fn captive(&self, way: Way, operation: Operation) -> Result<Captive, Failure> {
        let program = if way == Way::WithoutAllocator { self.without_allocator } else { self.program };
        Ok(Captive::start(program, way, operation, self.lines, self.directory, None)?)
    }
}

impl Course {
    /// Counts what was found at one stop.
    pub(crate) fn stop(&mut self, reports: &[ScanReport]) {
        let found: usize = reports.iter().map(|report| self.count(report)).sum();
        self.during += found;
        self.during_of_16 += reports.iter().map(ScanReport::of_16).sum::<usize>();
        self.stops_with_hits += usize::from(found > 0);
    }

    fn at_rest(&mut self, plan: &Plan<'_>, captive: &Captive) -> Result<usize, Failure> {
        let hold = halt(captive)?;
        let registers = plan.scanner.bytes("registers", &hold.registers().map_err(Failure::Halt)?);
        self.registers_at_rest += registers.hits.len();
        // Between operations the matrix is outside the promise no longer.
        let matrix = self.matrix;
        let hits = self.count(&plan.scanner.process(captive.pid())?);
        let of_matrix = self.matrix - matrix;
        self.matrix = matrix;
        Ok(hits + of_matrix)
    }
}

/// Ends a victim in the middle of an operation by a signal that makes the kernel write a core file.
fn kernel_core(plan: &Plan<'_>, way: Way, operation: Operation, course: &mut Course) -> Result<(), Failure> {
    let mut captive = plan.captive(way, operation)?;
    captive.ask(&format!("run {operation} {}", plan.threads))?;
    let ranges = secret_ranges(captive.pid())?;
    let Some(hold) = halt_inside(way, &captive)? else { return Ok(()) };
    hold.release_with(Signal::SIGABRT).map_err(Failure::Halt)?;
    captive.wait()?;
    let file = plan.cores.take_kernel_core(plan.directory, captive.pid())?;
    let report = strongroom_probe::scan_core(plan.scanner, &file)?;
    let inside = report.stack_pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer)));
    if inside || !has_workspace(way, &ranges) {
        course.kernel = Some(course.image(&report));
    }
    Ok(())
}

pub(crate) fn halt(captive: &Captive) -> Result<Hold, Failure> {
    Hold::of(captive.pid()).map_err(Failure::Halt)
}

/// Halts it until it is inside; `None` if that never was.
fn halt_inside(way: Way, captive: &Captive) -> Result<Option<Hold>, Failure> {
    for _ in 0..500 {
        pause()?;
        let hold = halt(captive)?;
        if counts(way, captive, &hold)? {
            return Ok(Some(hold));
        }
    }
    Ok(None)
}

pub(crate) fn counts(way: Way, captive: &Captive, hold: &Hold) -> Result<bool, Failure> {
    let ranges = secret_ranges(captive.pid())?;
    if !has_workspace(way, &ranges) {
        return Ok(captive.inside()? > 0);
    }
    let pointers = hold.stack_pointers().map_err(Failure::Halt)?;
    Ok(pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer))))
}

pub(crate) fn core_counts(way: Way, captive: &Captive, report: &CoreReport) -> Result<bool, Failure> {
    let ranges = secret_ranges(captive.pid())?;
    let inside = report.stack_pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer)));
    Ok(inside || !has_workspace(way, &ranges))
}

/// Whether its operations run in secret memory, so that its stack pointers tell.
fn has_workspace(way: Way, ranges: &[std::ops::Range<u64>]) -> bool {
    matches!(way, Way::Protected | Way::Hardened | Way::WithoutAllocator) && !ranges.is_empty()
}

fn secret_ranges(pid: u32) -> Result<Vec<std::ops::Range<u64>>, Failure> {
    let regions = regions(pid)?;
    Ok(regions.iter().filter(|region| region.kind == Kind::Secret).map(|region| region.start..region.end).collect())
}

/// A moment of random length, under a millisecond.
pub(crate) fn pause() -> Result<(), Failure> {
    sleep(Duration::from_nanos(u64::from(random()? % 1_000_000)));
    Ok(())
}

pub(crate) fn random() -> Result<u32, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)?;
    Ok(u32::from_ne_bytes(bytes))
}
