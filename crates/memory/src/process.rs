//! What only a *program* may decide for its process. The library calls nothing of this by itself.

mod counting;
#[cfg(unix)]
mod signals;

pub use counting::CountingAlloc;
#[cfg(unix)]
pub use signals::{SignalStack, name_overflows};

use crate::refusal::Refusal;
use crate::sys;

/// Forbids core files of this process and tracing by other programs of the same user (`PR_SET_DUMPABLE` 0 and
/// `RLIMIT_CORE` 0 on Linux; core files alone on other Unix systems).
///
/// This shuts out the same user, and nothing shuts out root. `/proc/PID` then belongs to root; a program that is
/// executed from here starts dumpable again, with the core limit kept. Call it first in `main`.
///
/// # Errors
/// [`Refusal`]: the call that was refused. Windows has none of this.
pub fn harden() -> Result<(), Refusal> {
    sys::forbid_dumps()
}
