//! The attack on one victim in one operation: at rest, in the middle, at rest again, after lock.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use strongroom_probe::{CoreReport, Dump, Form, Hit, Hold, Kind, Needles, ScanReport, Scanner, regions};

use crate::account::{self, Account, Sealed};
use crate::captive::{Captive, Way};
use crate::cores::Cores;
use crate::failure::Failure;
use crate::operation::Operation;
use crate::reference::{self, COST};

/// What does not change from course to course.
pub(crate) struct Plan<'p> {
    pub(crate) account: &'p Account,
    pub(crate) sealed: &'p Sealed,
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
    /// Halts that counted: a stack pointer lay in a workspace, or, where there is none, the victim was in the operation.
    pub(crate) stops: usize,
    /// All halts.
    pub(crate) halts: usize,
    /// In memory at the stops, all together.
    pub(crate) during: usize,
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
    fn count(&mut self, report: &ScanReport) -> usize {
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

    fn image(&mut self, report: &CoreReport) -> Image {
        report.notes.hits.iter().for_each(|hit| {
            self.forms.insert(hit.label.form.to_string());
        });
        Image { memory: self.count(&report.memory), notes: report.notes.hits.len() }
    }
}

/// A block of Argon2's in a region as large as its matrix.
fn is_of_matrix(hit: &Hit) -> bool {
    let large = hit.region.end - hit.region.start >= u64::from(COST.memory_kib) * 1024;
    large && matches!(hit.label.form, Form::Argon2First | Form::Argon2Final)
}

/// Attacks a victim until so many stops count, or time is out.
pub(crate) fn attack(plan: &Plan<'_>, way: Way, operation: Operation, stops: usize) -> Result<Course, Failure> {
    let mut course = Course::default();
    let mut captive = plan.captive(way)?;
    course.before = course.at_rest(plan, &captive)?;
    let late = Instant::now()
        + Duration::from_secs(20)
        + Duration::from_millis(400) * u32::try_from(stops).unwrap_or(u32::MAX);
    if operation == Operation::Generate {
        generation(plan, way, &mut captive, &mut course, stops, late)?;
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
            let found = course.count(&report?);
            course.during += found;
            course.stops_with_hits += usize::from(found > 0);
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
    if plan.cores.kernel() && operation != Operation::Generate {
        kernel_core(plan, way, operation, &mut course)?;
    }
    Ok(course)
}

impl Plan<'_> {
    pub(crate) fn captive(&self, way: Way) -> Result<Captive, Failure> {
        Ok(Captive::start(self.program, way, self.account, self.sealed, self.directory, None)?)
    }
}

impl Course {
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

/// Generated keys are not known before they come back wrapped: memory is copied at the stop, and looked at then.
fn generation(
    plan: &Plan<'_>,
    way: Way,
    captive: &mut Captive,
    course: &mut Course,
    stops: usize,
    late: Instant,
) -> Result<(), Failure> {
    let start = Instant::now();
    captive.ask("batch")?;
    let whole = start.elapsed();
    captive.ask("wrap")?;
    let mut gcore = plan.cores.gcore();
    while course.stops < stops && Instant::now() < late {
        captive.tell("batch")?;
        sleep(whole.mul_f64(f64::from(random()?) / f64::from(u32::MAX)));
        let hold = halt(captive)?;
        course.halts += 1;
        let mut seen = None;
        if counts(way, captive, &hold)? {
            let dump = Dump::of_process(captive.pid())?;
            seen = Some((dump, hold.registers().map_err(Failure::Halt)?));
        }
        let mut core = None;
        if let (Some(_), Some(taker)) = (&seen, gcore) {
            hold.release_with(Signal::SIGSTOP).map_err(Failure::Halt)?;
            core = Some(taker.file(plan.directory, captive)?);
            captive.go_on()?;
        } else {
            drop(hold);
        }
        captive.hear()?;
        let keys = captive.ask("wrap")?;
        let Some((dump, registers)) = seen else { continue };
        course.stops += 1;
        let mut needles = Needles::new();
        for text in keys.split(' ') {
            let key = reference::open_key(&plan.account.user, text).ok_or(Failure::WrongKey)?;
            account::key(&mut needles, "generated key", &key)?;
        }
        let generated = Scanner::new(&needles)?;
        let found = course.count(&plan.scanner.dump(&dump)) + course.count(&generated.dump(&dump));
        course.during += found;
        course.stops_with_hits += usize::from(found > 0);
        course.registers += generated.bytes("registers", &registers).hits.len();
        if let Some(core) = core {
            let report = strongroom_probe::scan_core(&generated, &core)?;
            if core_counts(way, captive, &report)? {
                course.gcore = Some(course.image(&report));
                gcore = None;
            }
        }
        // Keys that were wrapped and dropped are at rest nowhere.
        if course.stops == 1 {
            let hold = halt(captive)?;
            course.after += course.count(&generated.process(captive.pid())?);
            drop(hold);
        }
    }
    Ok(())
}

/// Ends a victim in the middle of an operation by a signal that makes the kernel write a core file.
fn kernel_core(plan: &Plan<'_>, way: Way, operation: Operation, course: &mut Course) -> Result<(), Failure> {
    let mut captive = plan.captive(way)?;
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

fn halt(captive: &Captive) -> Result<Hold, Failure> {
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

fn counts(way: Way, captive: &Captive, hold: &Hold) -> Result<bool, Failure> {
    let ranges = secret_ranges(captive.pid())?;
    if !has_workspace(way, &ranges) {
        return Ok(captive.inside()? > 0);
    }
    let pointers = hold.stack_pointers().map_err(Failure::Halt)?;
    Ok(pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer))))
}

fn core_counts(way: Way, captive: &Captive, report: &CoreReport) -> Result<bool, Failure> {
    let ranges = secret_ranges(captive.pid())?;
    let inside = report.stack_pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer)));
    Ok(inside || !has_workspace(way, &ranges))
}

/// Whether its operations run in secret memory, so that its stack pointers tell.
fn has_workspace(way: Way, ranges: &[std::ops::Range<u64>]) -> bool {
    matches!(way, Way::Protected | Way::Hardened) && !ranges.is_empty()
}

fn secret_ranges(pid: u32) -> Result<Vec<std::ops::Range<u64>>, Failure> {
    let regions = regions(pid)?;
    Ok(regions.iter().filter(|region| region.kind == Kind::Secret).map(|region| region.start..region.end).collect())
}

/// A moment of random length, under a millisecond.
fn pause() -> Result<(), Failure> {
    sleep(Duration::from_nanos(u64::from(random()? % 1_000_000)));
    Ok(())
}

fn random() -> Result<u32, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)?;
    Ok(u32::from_ne_bytes(bytes))
}
