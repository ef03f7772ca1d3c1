//! What of a backup could not be read: items, folders and collections, and members that are not written as the format
//! has them.

use serde::Serialize;
use strongroom_vault::{Defect, Export, Item, OddMember, Unreadable};

use crate::failure::Status;
use crate::streams;

/// A small file can hold very many odd members. `--json` names all.
const MOST_NAMED: usize = 100;

/// One of them, as `--json` has it.
#[derive(Serialize)]
pub(crate) struct ForMachines {
    list: &'static str,
    /// Null if the list itself is odd.
    index: Option<usize>,
    /// Whether the element is shown, and only a member of it is odd.
    shown: bool,
    id: Option<String>,
    name: Option<String>,
    path: String,
    problem: String,
}

impl ForMachines {
    /// All there are.
    pub(crate) fn all_of(export: &Export) -> Vec<Self> {
        export
            .unreadable()
            .map(|bad| Self::of(&bad))
            .chain(export.odd_members().map(|odd| Self::of_odd(&odd)))
            .collect()
    }

    fn of_odd(odd: &OddMember) -> Self {
        let defect = odd.defect();
        Self {
            list: odd.list(),
            index: odd.index(),
            shown: odd.index().is_some(),
            id: odd.id().map(str::to_owned),
            name: odd.name().map(str::to_owned),
            path: defect.path().to_owned(),
            problem: defect.problem().to_string(),
        }
    }

    fn of(unreadable: &Unreadable) -> Self {
        let defect = unreadable.defect();
        Self {
            list: unreadable.list(),
            index: Some(unreadable.index()),
            shown: false,
            id: unreadable.id().map(str::to_owned),
            name: unreadable.name().map(str::to_owned),
            path: defect.path().to_owned(),
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
        streams::tell(&describe(&unreadable));
        status = Status::SomeUnreadable;
    }
    tell_odd(export.odd_members().map(|odd| (odd.defect().clone(), odd.id().map(str::to_owned))), status)
}

/// Names the odd members of an item on standard error.
pub(crate) fn tell_of(item: &Item) -> Status {
    tell_odd(item.odd_members().into_iter().map(|defect| (defect.clone(), item.id().map(str::to_owned))), Status::Done)
}

/// The first of them by place and reason, and how many there are.
fn tell_odd(odd: impl Iterator<Item = (Defect, Option<String>)>, status: Status) -> Status {
    let mut count = 0_usize;
    for (defect, id) in odd {
        count += 1;
        if count <= MOST_NAMED {
            let id = id.map_or(String::new(), |id| format!(" (id {id})"));
            streams::tell(&format!("a member is odd: {defect}{id}"));
        }
    }
    if count == 0 {
        return status;
    }
    let named = if count > MOST_NAMED { format!(", of which {MOST_NAMED} are named here") } else { String::new() };
    streams::tell(&format!(
        "odd members: {count}{named}; what can be read of them is shown, and the JSON of `strongroom decrypt` has them as \
         they are"
    ));
    Status::SomeUnreadable
}
