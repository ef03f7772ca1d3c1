//! A flag in the memory of a process, which another process raises.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU8, Ordering};

/// A flag of a process under attack, which the attacker raises by writing into its memory while it is at a halt.
///
/// So is told a process that makes something again and again that what it makes now is to be the last. Said in any
/// other way, it would hear of it later, and have made more by then; and what it made at the halt would be gone.
#[derive(Default, Debug)]
pub struct Flag(AtomicU8);

impl Flag {
    /// One that is not raised.
    #[must_use]
    pub const fn new() -> Self {
        Self(AtomicU8::new(0))
    }

    /// Where it lies: what the attacker has to be told. It should be a `static`, which stays there.
    #[must_use]
    pub fn address(&self) -> u64 {
        (&raw const self.0).addr() as u64
    }

    /// Whether it was raised.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst) != 0
    }

    /// Takes it down, to be raised again.
    pub fn lower(&self) {
        self.0.store(0, Ordering::SeqCst);
    }

    /// Raises the one that lies at this address in another process, through `/proc/PID/mem`.
    ///
    /// # Errors
    /// What the system said.
    pub fn raise_in(pid: u32, address: u64) -> io::Result<()> {
        File::options().write(true).open(format!("/proc/{pid}/mem"))?.write_all_at(&[1], address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_raised_from_outside_and_taken_down() {
        static FLAG: Flag = Flag::new();
        assert!(!FLAG.is_raised());
        Flag::raise_in(std::process::id(), FLAG.address()).unwrap();
        assert!(FLAG.is_raised());
        FLAG.lower();
        assert!(!FLAG.is_raised());
    }
}
