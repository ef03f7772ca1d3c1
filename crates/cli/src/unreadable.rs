//! Items, folders and collections of a backup that could not be read.

use serde::Serialize;
use strongroom_vault::{Export, Unreadable};

use crate::failure::Status;
use crate::streams;

/// One of them, as `--json` has it.
#[derive(Serialize)]
pub(crate) struct ForMachines<'a> {
    list: &'static str,
    index: usize,
    id: Option<&'a str>,
    name: Option<&'a str>,
    path: &'a str,
    problem: String,
}

impl<'a> ForMachines<'a> {
    pub(crate) fn of(unreadable: &'a Unreadable) -> Self {
        let defect = unreadable.defect();
        Self {
            list: unreadable.list(),
            index: unreadable.index(),
            id: unreadable.id(),
            name: unreadable.name(),
            path: defect.path(),
            problem: defect.problem().to_string(),
        }
    }
}

/// Which it is and what is wrong with it: position and id, not its name, which is plaintext.
pub(crate) fn describe(unreadable: &Unreadable) -> String {
    let which = match unreadable.id() {
        Some(id) => format!("{}[{}] (id {id})", unreadable.list(), unreadable.index()),
        None => format!("{}[{}]", unreadable.list(), unreadable.index()),
    };
    format!("{which} cannot be read: {unreadable}")
}

/// Names them all on standard error.
pub(crate) fn tell(export: &Export) -> Status {
    let mut status = Status::Done;
    for unreadable in export.unreadable() {
        streams::tell(&describe(unreadable));
        status = Status::SomeUnreadable;
    }
    status
}
