//! What of a backup could not be read: items, folders and collections, and members that are not written as the format
//! has them.

use serde::Serialize;
use strongroom_vault::{Defect, Export, Item, OddMember, Unreadable};

use crate::failure::Status;
use crate::{position, streams};

/// A small file can hold very many odd members. `--json` names all.
const MOST_NAMED: usize = 100;

/// One of them, as `--json` has it.
#[derive(Serialize)]
pub(crate) struct ForMachines<'a> {
    /// Null if a whole list is odd.
    item: Option<Which<'a>>,
    /// The way to it inside the item. Null if the item cannot be read at all, and so is not shown.
    member: Option<&'a str>,
    reason: String,
}

/// An item, folder or collection.
#[derive(Serialize)]
struct Which<'a> {
    list: &'static str,
    position: usize,
    id: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> ForMachines<'a> {
    /// All there are.
    pub(crate) fn all_of(export: &'a Export) -> Vec<Self> {
        export.unreadable().map(Self::of).chain(export.odd_members().map(Self::of_odd)).collect()
    }

    /// Those of one item.
    pub(crate) fn all_of_item(position: usize, item: &'a Item) -> Vec<Self> {
        let odd = |defect: &'a Defect| {
            let item = Which { list: "items", position, id: item.id(), name: item.name() };
            Self { member: inside(defect.path()), item: Some(item), reason: defect.problem().to_string() }
        };
        item.odd_members().into_iter().map(odd).collect()
    }

    fn of_odd(odd: OddMember<'a>) -> Self {
        let which = |index| {
            let position = position::of_index(index);
            Which { list: odd.list(), position, id: odd.id(), name: odd.name() }
        };
        let path = odd.defect().path();
        Self {
            item: odd.index().map(which),
            member: inside(path).or(Some(path)),
            reason: odd.defect().problem().to_string(),
        }
    }

    fn of(unreadable: &'a Unreadable) -> Self {
        let (position, problem) = (position::of_index(unreadable.index()), unreadable.defect().problem());
        Self {
            item: Some(Which { list: unreadable.list(), position, id: unreadable.id(), name: unreadable.name() }),
            member: None,
            reason: match inside(unreadable.defect().path()) {
                Some(member) => format!("{member}: {problem}"),
                None => problem.to_string(),
            },
        }
    }
}

/// Returns the part of a path that is inside an element: `login.password` of `items[3].login.password`. A row of CSV is
/// inside none.
fn inside(path: &str) -> Option<&str> {
    match path.split_once("].") {
        Some((list, member)) if list.split_once('[').is_some_and(|(name, _)| !name.contains('.')) => Some(member),
        _ if path.starts_with("row ") => Some(path),
        _ => None,
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
    tell_odd(export.odd_members().map(|odd| (odd.defect(), odd.id())), status)
}

/// Names the odd members of an item on standard error.
pub(crate) fn tell_of(item: &Item) -> Status {
    tell_odd(item.odd_members().into_iter().map(|defect| (defect, item.id())), Status::Done)
}

/// The first of them by place and reason, and how many there are.
fn tell_odd<'a>(odd: impl Iterator<Item = (&'a Defect, Option<&'a str>)>, status: Status) -> Status {
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

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn a_path_begins_inside_its_element() {
        for (path, member) in [
            ("items[3].login.password", Some("login.password")),
            ("items[3].login.uris[0].match", Some("login.uris[0].match")),
            ("folders[12].name", Some("name")),
            ("items[3]", None),
            ("items", None),
            ("folders", None),
            ("row 4, name", Some("row 4, name")),
            ("row 4", Some("row 4")),
            ("(document)", None),
        ] {
            assert_eq!(inside(path), member, "{path}");
        }
    }
}
