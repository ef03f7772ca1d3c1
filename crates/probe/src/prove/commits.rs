//! The attack on a victim that is locked in the middle of a commit: the thread that commits is halted anywhere, its
//! store is locked by another one meanwhile, and all memory is read when that is done.

use std::time::{Duration, Instant};

use strongroom_probe::Hold;

use crate::captive::Captive;
use crate::committing::THREAD;
use crate::course::{Course, Plan};
use crate::failure::Failure;
use crate::halting::{PATIENCE, pause};

/// How long a lock may take before it counts as one that waits for the commit.
const WAIT: Duration = Duration::from_millis(50);

/// Attacks a victim until so many commits were locked in their middle, or none was for long.
pub(crate) fn attack(plan: &Plan<'_>, captive: &mut Captive, course: &mut Course, stops: usize) -> Result<(), Failure> {
    let thread = captive.thread(THREAD)?;
    let mut late = Instant::now() + PATIENCE;
    while course.stops < stops && Instant::now() < late {
        pause()?;
        let hold = Hold::of_thread(captive.pid(), thread).map_err(Failure::Halt)?;
        course.halts += 1;
        if captive.inside()? == 0 {
            continue;
        }
        let before = plan.scanner.written(captive.pid())?;
        captive.tell("lock")?;
        // Where it stands, the lock may have to wait for it.
        let has_locked = captive.speaks_within(WAIT)?;
        if has_locked {
            captive.hear()?;
            course.stops += 1;
            late = Instant::now() + PATIENCE;
            course.stop(&[before]);
            let report = match course.stops {
                1 => plan.scanner.process(captive.pid()),
                _ => plan.scanner.written(captive.pid()),
            };
            course.locked_meanwhile += course.count(&report?);
            if course.stops % 5 == 1 {
                course.by_call += course.count(&plan.scanner.process_by_call(captive.pid())?);
            }
        }
        drop(hold);
        if !has_locked {
            captive.hear()?;
        }
        captive.ask("go on")?;
    }
    Ok(())
}
