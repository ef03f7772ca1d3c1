//! The attack on the children that a victim forks while its threads make secret memory: each is halted before it runs.
//! All of them are asked which secret files they map, some have their memory read.

use std::collections::BTreeSet;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use strongroom_probe::{Forks, secret_files};

use crate::captive::Captive;
use crate::course::{Children, Course, Plan};
use crate::failure::Failure;
use crate::forking::THREAD;
use crate::halting::PATIENCE;

/// Of so many children the memory of one is read.
const EACH: usize = 20;

/// How long the victim has to throw away a mapping that a child got while it was being made. It needs microseconds, on
/// a busy machine more.
const THROWN_AWAY: Duration = Duration::from_secs(2);

/// Attacks children until so many were read that were forked while memory was being made, or none was for long.
pub(crate) fn attack(plan: &Plan<'_>, captive: &Captive, course: &mut Course, stops: usize) -> Result<(), Failure> {
    let mut forks = Forks::of(captive.thread(THREAD)?).map_err(Failure::Halt)?;
    let mut children = Children::default();
    let mut late = Instant::now() + PATIENCE;
    while course.stops < stops
        && Instant::now() < late
        && let Some(child) = forks.next(late).map_err(Failure::Halt)?
    {
        course.halts += 1;
        children.looked_at += 1;
        children.of_parent = children.of_parent.max(secret_files(captive.pid())?.len());
        let inherited = secret_files(child.pid())?;
        children.thrown_away += inherited.len();
        let kept = kept(captive, &inherited)?;
        children.thrown_away -= kept;
        children.inherited += kept;
        if !course.halts.is_multiple_of(EACH) || captive.inside_of(child.pid())? == 0 {
            continue;
        }
        course.stops += 1;
        late = Instant::now() + PATIENCE;
        // Of programs and libraries, what is as in their files is read once.
        let report = match course.stops {
            1 => plan.scanner.process(child.pid()),
            _ => plan.scanner.written(child.pid()),
        };
        course.stop(&[report?]);
        if course.stops % 5 == 1 {
            course.by_call += course.count(&plan.scanner.process_by_call(child.pid())?);
        }
    }
    course.children = Some(children);
    Ok(())
}

/// How many of these secret files the victim goes on to map. One that was being made when it forked is thrown away in a
/// moment, and nothing was ever stored in it.
fn kept(captive: &Captive, inherited: &BTreeSet<u64>) -> io::Result<usize> {
    if inherited.is_empty() {
        return Ok(0);
    }
    let late = Instant::now() + THROWN_AWAY;
    loop {
        let kept = secret_files(captive.pid())?.intersection(inherited).count();
        if kept == 0 || Instant::now() > late {
            return Ok(kept);
        }
        sleep(Duration::from_millis(1));
    }
}
