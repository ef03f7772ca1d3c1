//! Whether this process is a victim.

use std::{env, ffi::OsString};

/// In a victim: its name.
pub(crate) const NAME: &str = "STRONGROOM_VICTIM";

pub(crate) fn name() -> Option<OsString> {
    env::var_os(NAME)
}

/// Whether this process is a victim, or what one forked or executed.
pub fn is_victim() -> bool {
    name().is_some()
}

/// Fails unless this process is a victim: `what` would be a harm to other tests.
pub(crate) fn demand(what: &str) {
    if !is_victim() {
        panic!("{what} only inside a victim: it would strike every test of this process");
    }
}
