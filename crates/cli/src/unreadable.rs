//! What of a backup could not be read: items, folders and collections, and members that are not written as the format
//! has them.

use serde::Serialize;
use strongroom_vault::{Collection, Defect, Element, Export, Folder, Item, OddMember, Unreadable};

use crate::failure::Status;
use crate::input::Input;
use crate::{position, printable, streams};

/// A small file can hold very many odd members. `--json` names all.
const MOST_NAMED: usize = 100;

/// How many characters of an id and of a name `--json` tells, which repeats them for each odd member.
const LONGEST_NAME: usize = 1000;

/// One of them, as `--json` has it.
#[derive(Serialize)]
pub(crate) struct ForMachines<'a> {
    file: &'a str,
    /// Null if a whole list is odd.
    item: Option<Which>,
    /// The way to it inside the item. Null if the item cannot be read at all, and so is not shown.
    member: Option<String>,
    reason: String,
}

/// An item, folder or collection.
#[derive(Serialize)]
struct Which {
    list: &'static str,
    position: usize,
    id: Option<String>,
    name: Option<String>,
}

impl Which {
    fn new(list: &'static str, position: usize, id: Option<&str>, name: Option<&str>) -> Self {
        let cut = |text: &str| printable::cut(text, LONGEST_NAME).into_owned();
        Self { list, position, id: id.map(cut), name: name.map(cut) }
    }
}

impl<'a> ForMachines<'a> {
    /// Yields all there are, one at a time.
    pub(crate) fn all_of(file: &'a str, export: &Export) -> impl Iterator<Item = Self> {
        let unreadable = export.unreadable().map(move |bad| Self::of(file, &bad));
        unreadable.chain(export.odd_members().map(move |odd| Self::of_odd(file, &odd)))
    }

    /// Returns the odd members of one item.
    pub(crate) fn all_of_item(file: &'a str, position: usize, item: &Item) -> Vec<Self> {
        let odd = |defect: &Defect| {
            let item = Which::new("items", position, item.id(), item.name());
            let member = inside(defect.path()).map(str::to_owned);
            Self { file, member, item: Some(item), reason: defect.problem().to_string() }
        };
        item.defects().into_iter().map(odd).collect()
    }

    fn of_odd(file: &'a str, odd: &OddMember) -> Self {
        let which = |index| Which::new(odd.list(), position::of_index(index), odd.id(), odd.name());
        let path = odd.defect().path();
        Self {
            file,
            item: odd.index().map(which),
            member: inside(path).or(Some(path)).map(str::to_owned),
            reason: odd.defect().problem().to_string(),
        }
    }

    fn of(file: &'a str, unreadable: &Unreadable) -> Self {
        let (position, problem) = (position::of_index(unreadable.index()), unreadable.defect().problem());
        Self {
            file,
            item: Some(Which::new(unreadable.list(), position, unreadable.id(), unreadable.name())),
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

/// How many characters of an id are told: an id of Bitwarden's has 36, and a file could repeat one of any length.
const LONGEST_ID: usize = 64;

/// Which it is and what is wrong with it: position and id, not its name, which is plaintext.
pub(crate) fn describe(unreadable: &Unreadable) -> String {
    let which = match unreadable.id() {
        Some(id) => format!("{}[{}] (id {})", unreadable.list(), unreadable.index(), printable::cut(id, LONGEST_ID)),
        None => format!("{}[{}]", unreadable.list(), unreadable.index()),
    };
    format!("{which} cannot be read: {unreadable}")
}

/// Counts what cannot be read, one element at a time, and keeps the messages about the first ones for standard error.
#[derive(Default)]
pub(crate) struct Tally {
    unreadable: Named,
    odd: Named,
}

#[derive(Default)]
struct Named {
    first: Vec<String>,
    count: usize,
}

impl Named {
    fn add(&mut self, message: impl FnOnce() -> String) {
        self.count += 1;
        if self.count <= MOST_NAMED {
            self.first.push(message());
        }
    }

    fn tell(&self, at: Option<Input<'_>>) {
        self.first.iter().for_each(|message| tell_at(at, message));
    }

    /// Says that not all are named, where that is so.
    fn named_here(&self) -> String {
        if self.count > MOST_NAMED { format!(", of which {MOST_NAMED} are named here") } else { String::new() }
    }
}

fn tell_at(at: Option<Input<'_>>, message: &str) {
    match at {
        Some(at) => streams::tell(&at.says(message)),
        None => streams::tell(message),
    }
}

impl Tally {
    /// Counts in the lists of folders and collections, and the defects of the lists themselves. Hands out the folders and
    /// collections that can be read, so that one walk through the lists is enough.
    pub(crate) fn of_shelves(
        export: &Export,
        mut folder: impl FnMut(&Folder),
        mut collection: impl FnMut(&Collection),
    ) -> Self {
        let mut tally = Self::default();
        export.defects().into_iter().for_each(|defect| tally.add_odd(defect, None));
        for element in export.folders.value().into_iter().flatten() {
            tally.add_element(&element, |folder| (folder.defects(), folder.id()));
            element.iter().for_each(|read| folder(read));
        }
        for element in export.collections.value().into_iter().flatten() {
            tally.add_element(&element, |collection| (collection.defects(), collection.id()));
            element.iter().for_each(|read| collection(read));
        }
        tally
    }

    /// Gathers all of a backup.
    pub(crate) fn of(export: &Export) -> Self {
        let mut tally = Self::of_shelves(export, |_| {}, |_| {});
        for item in export.items.value().into_iter().flatten() {
            tally.add_element(&item, |item| (item.defects(), item.id()));
        }
        tally
    }

    fn add_element<T: Clone>(&mut self, element: &Element<'_, T>, odd: fn(&T) -> (Vec<&Defect>, Option<&str>)) {
        match element {
            Ok(record) => {
                let (defects, id) = odd(record);
                defects.into_iter().for_each(|defect| self.add_odd(defect, id));
            }
            Err(bad) if bad.is_null() => {}
            Err(bad) => self.add(bad),
        }
    }

    /// Adds an element that cannot be read.
    pub(crate) fn add(&mut self, unreadable: &Unreadable) {
        self.unreadable.add(|| describe(unreadable));
    }

    /// Adds the odd members of an item.
    pub(crate) fn add_members_of(&mut self, item: &Item) {
        item.defects().into_iter().for_each(|defect| self.add_odd(defect, item.id()));
    }

    fn add_odd(&mut self, defect: &Defect, id: Option<&str>) {
        let id = || id.map_or(String::new(), |id| format!(" (id {})", printable::cut(id, LONGEST_ID)));
        self.odd.add(|| format!("a member is odd: {defect}{}", id()));
    }

    /// Tells it; of one of several backups with its name.
    pub(crate) fn tell(&self, at: Option<Input<'_>>) -> Status {
        self.unreadable.tell(at);
        if self.unreadable.count > MOST_NAMED {
            let (count, named) = (self.unreadable.count, self.unreadable.named_here());
            let told = format!("unreadable: {count}{named}; the JSON of `strongroom decrypt` has them as they are");
            tell_at(at, &told);
        }
        self.odd.tell(at);
        if self.odd.count > 0 {
            let (count, named) = (self.odd.count, self.odd.named_here());
            let told = format!(
                "odd members: {count}{named}; what can be read of them is shown, and the JSON of `strongroom decrypt` has \
                 them as they are"
            );
            tell_at(at, &told);
        }
        self.status()
    }

    /// Returns the status without a word.
    pub(crate) fn status(&self) -> Status {
        if self.unreadable.count + self.odd.count > 0 { Status::SomeUnreadable } else { Status::Done }
    }
}

/// Names all that cannot be read in a backup on standard error.
pub(crate) fn tell(export: &Export) -> Status {
    Tally::of(export).tell(None)
}

/// Names the odd members of an item on standard error.
pub(crate) fn tell_of(item: &Item) -> Status {
    let mut tally = Tally::default();
    tally.add_members_of(item);
    tally.tell(None)
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
