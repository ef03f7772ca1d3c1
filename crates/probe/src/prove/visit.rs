//! The attack on one victim in one operation: at rest, in the middle, at rest again, after lock.

use std::time::Instant;

use nix::sys::signal::Signal;
use strongroom_probe::secret_ranges;

use crate::captive::{Captive, Way};
use crate::commits;
use crate::course::{Course, Plan};
use crate::failure::Failure;
use crate::forks;
use crate::halting::{PATIENCE, core_counts, counts, halt, halt_inside, has_workspace, pause};
use crate::makings;
use crate::operation::Operation;
use crate::storm::Storm;

/// Attacks a victim until so many stops count, or none did for long.
pub(crate) fn attack(plan: &Plan<'_>, way: Way, operation: Operation, stops: usize) -> Result<Course, Failure> {
    let mut course = Course::default();
    let mut captive = plan.captive(way, operation)?;
    course.before = at_rest(&mut course, plan, &captive)?;
    if operation.makes() {
        makings::attack(plan, way, operation, &mut captive, &mut course, stops)?;
    } else if operation.is_met_otherwise() {
        captive.ask(&format!("run {operation} {}", plan.threads))?;
        match operation {
            Operation::Forks => forks::attack(plan, &captive, &mut course, stops)?,
            _ => commits::attack(plan, &mut captive, &mut course, stops)?,
        }
        captive.ask("stop")?;
    } else {
        captive.ask(&format!("run {operation} {}", plan.threads))?;
        let storm = (operation == Operation::List).then(|| Storm::upon(captive.pid()));
        let mut late = Instant::now() + PATIENCE;
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
            late = Instant::now() + PATIENCE;
        }
        drop(storm);
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
    course.after = at_rest(&mut course, plan, &captive)?;
    captive.ask("lock")?;
    course.locked = at_rest(&mut course, plan, &captive)?;
    drop(captive);
    // A key that is generated does not come out of a process that is ended in the middle.
    if plan.cores.kernel() && !operation.generates() && !operation.is_met_otherwise() {
        kernel_core(plan, way, operation, &mut course)?;
    }
    Ok(course)
}

fn at_rest(course: &mut Course, plan: &Plan<'_>, captive: &Captive) -> Result<usize, Failure> {
    let hold = halt(captive)?;
    let registers = plan.scanner.bytes("registers", &hold.registers().map_err(Failure::Halt)?);
    course.registers_at_rest += registers.hits.len();
    // Between operations the matrix is outside the promise no longer.
    let matrix = course.matrix;
    let hits = course.count(&plan.scanner.process(captive.pid())?);
    let of_matrix = course.matrix - matrix;
    course.matrix = matrix;
    Ok(hits + of_matrix)
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
