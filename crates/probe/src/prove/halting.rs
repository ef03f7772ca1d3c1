//! Halting a victim at random moments, and whether a moment counts.

use std::ops::Range;
use std::thread::sleep;
use std::time::Duration;

use strongroom_probe::{CoreReport, Hold, secret_ranges};

use crate::captive::{Captive, Way};
use crate::failure::Failure;

/// How long is looked on for the next stop that counts: on a busy machine a look takes seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn halt(captive: &Captive) -> Result<Hold, Failure> {
    Hold::of(captive.pid()).map_err(Failure::Halt)
}

/// Halts it until it is inside; `None` if that never was.
pub(crate) fn halt_inside(way: Way, captive: &Captive) -> Result<Option<Hold>, Failure> {
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
    hold.is_within(&ranges).map_err(Failure::Halt)
}

pub(crate) fn core_counts(way: Way, captive: &Captive, report: &CoreReport) -> Result<bool, Failure> {
    let ranges = secret_ranges(captive.pid())?;
    let inside = report.stack_pointers.iter().any(|pointer| ranges.iter().any(|range| range.contains(pointer)));
    Ok(inside || !has_workspace(way, &ranges))
}

/// Whether its operations run in secret memory, so that its stack pointers tell.
pub(crate) fn has_workspace(way: Way, ranges: &[Range<u64>]) -> bool {
    matches!(way, Way::ProtectionLevels | Way::Hardened) && !ranges.is_empty()
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
