//! Whether this process is a victim.

use std::{env, ffi::OsString, process::Command};

/// In a victim: its name.
pub(crate) const NAME: &str = "STRONGROOM_VICTIM";

pub(crate) fn name() -> Option<OsString> {
    env::var_os(NAME)
}

/// Whether this process is a victim, or what one forked or executed.
pub fn is_victim() -> bool {
    name().is_some()
}

/// Has a process that a test starts by itself be a victim, with what is allowed to victims alone.
pub fn make_victim(command: &mut Command) {
    command.env(NAME, "started by a test");
}

/// Fails unless this process is a victim: `what` would be a harm to other tests.
pub(crate) fn demand(what: &str) {
    if !is_victim() {
        panic!("{what} only inside a victim: it would strike every test of this process");
    }
}
