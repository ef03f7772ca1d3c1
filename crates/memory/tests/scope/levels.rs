//! Tests that run in secret memory and again in locked memory.

use strongroom_memory::{Demand, Policy, Protection, SecretMemory};
use strongroom_testkit::area::Area;

/// Makes of each test two: `secret::...`, which is skipped, aloud, where the kernel has no secret memory, and
/// `locked::...`; both where the limit on locked memory is less than the usual one. A test finds its level as `LEVEL`.
macro_rules! at_both_levels {
    ($($(#[$about:meta])* fn $test:ident() $body:block)*) => {
        mod secret {
            use super::*;
            const LEVEL: Protection = Protection::Secret;
            $($(#[$about])* fn $test() {
                strongroom_testkit::needs_secret_memory!();
                strongroom_testkit::needs_locked_memory!(8 << 20);
                $body
            })*
        }

        mod locked {
            use super::*;
            const LEVEL: Protection = Protection::Locked;
            $($(#[$about])* fn $test() {
                strongroom_testkit::needs_locked_memory!(8 << 20);
                $body
            })*
        }
    };
}
pub(crate) use at_both_levels;

/// Memory of this level, at rest and in use.
pub(crate) fn open(level: Protection) -> SecretMemory {
    let exactly = Demand::Exactly(level);
    SecretMemory::open(Policy::at_rest(exactly).in_use(exactly)).unwrap()
}

/// Whether the kernel says that an area is of this level.
pub(crate) fn is_area_of(level: Protection, area: &Area) -> bool {
    match level {
        Protection::Secret => area.is_secret(),
        Protection::Locked => area.is_locked(),
        Protection::Plain => !area.is_secret() && !area.is_locked(),
    }
}

/// Whether an address lies in an area of this level.
pub(crate) fn is_of(level: Protection, address: usize) -> bool {
    Area::of(address).is_some_and(|area| is_area_of(level, &area))
}
