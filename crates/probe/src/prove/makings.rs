//! The attack on operations of which is known only afterwards what there was to be found: memory is copied at the
//! stops, and looked at when the victim has handed out what it made.

use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use strongroom_probe::{Dump, Hold, Scanner};

use crate::captive::{Captive, Way};
use crate::course::{Course, Plan};
use crate::failure::Failure;
use crate::halting::{PATIENCE, core_counts, counts, halt, pause, random};
use crate::operation::Operation;

/// The longest pause between the halts of an operation that is halted several times.
const PAUSE: Duration = Duration::from_millis(60);

/// The last so many stops are for core files, until one shows the operation. Who makes one touches all address space
/// that the process has reserved, hundreds of megabytes with eight threads, which all later looks would have to read.
const CORES: usize = 10;

/// Attacks a victim until so many stops count.
pub(crate) fn attack(
    plan: &Plan<'_>,
    way: Way,
    operation: Operation,
    captive: &mut Captive,
    course: &mut Course,
    stops: usize,
) -> Result<(), Failure> {
    let mut gcore = plan.cores.gcore();
    while course.stops < stops {
        captive.ask(&format!("make {operation} {}", plan.threads))?;
        let mut seen = Vec::new();
        let mut hold = inside(way, captive, course)?;
        for more in (0..operation.halts()).rev() {
            seen.push(look(captive, &hold)?);
            if more > 0 {
                drop(hold);
                sleep(PAUSE.mul_f64(f64::from(random()?) / f64::from(u32::MAX)));
                hold = inside(way, captive, course)?;
            }
        }
        let mut core = None;
        match gcore {
            Some(taker) if course.stops + CORES >= stops => {
                hold.release_with(Signal::SIGSTOP).map_err(Failure::Halt)?;
                core = Some(taker.file(plan.directory, captive)?);
                captive.finish()?;
                captive.go_on()?;
            }
            _ => {
                captive.finish()?;
                drop(hold);
            }
        }
        captive.hear()?;
        let first = course.stops == 0;
        let kept = first.then(|| at_rest(captive)).transpose()?;
        let texts = captive.ask("hand out")?;
        let made = Scanner::new(&plan.account.made(operation, &texts)?)?;
        for (dump, registers) in &seen {
            course.stops += 1;
            course.stop(&[plan.scanner.dump(dump), made.dump(dump)]);
            for scanner in [plan.scanner, &made] {
                course.registers += scanner.bytes("registers", registers).hits.len();
            }
        }
        if let Some(core) = core {
            let known = strongroom_probe::scan_core(plan.scanner, &core)?;
            let report = strongroom_probe::scan_core(&made, &core)?;
            if core_counts(way, captive, &report)? {
                course.gcore = Some(course.image(&report).and(course.image(&known)));
                gcore = None;
            }
        }
        if let Some(kept) = kept {
            // What it held when it had made it, and what is left when it was handed out and dropped.
            course.after += course.count(&made.dump(&kept)) + course.count(&made.dump(&at_rest(captive)?));
        }
    }
    Ok(())
}

fn look(captive: &Captive, hold: &Hold) -> Result<(Dump, Vec<u8>), Failure> {
    Ok((Dump::of_process(captive.pid())?, hold.registers().map_err(Failure::Halt)?))
}

fn at_rest(captive: &Captive) -> Result<Dump, Failure> {
    let _hold = halt(captive)?;
    Ok(Dump::of_process(captive.pid())?)
}

/// Halts it until it is inside.
fn inside(way: Way, captive: &Captive, course: &mut Course) -> Result<Hold, Failure> {
    let late = Instant::now() + PATIENCE;
    loop {
        pause()?;
        let hold = halt(captive)?;
        course.halts += 1;
        if counts(way, captive, &hold)? {
            return Ok(hold);
        }
        if Instant::now() > late {
            return Err(Failure::NeverInside);
        }
    }
}
