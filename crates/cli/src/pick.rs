//! Which item a person means, and which of its values.

use strongroom_vault::{Defect, Entry, Export, Item, Section};

use crate::failure::{Failure, Status};
use crate::position::{self, Element};
use crate::unreadable;

/// The item of this id; else the one of this name; else the one of this name when upper and lower case are the same.
///
/// An unreadable item that may be the one meant is not passed over.
pub(crate) fn item<'a>(export: &'a Export, wanted: &str) -> Result<(usize, &'a Item), Failure> {
    let lower = wanted.to_lowercase();
    let ways: [&dyn Fn(Label<'_>) -> bool; 3] = [
        &|label| label.id.is_some_and(|id| id.eq_ignore_ascii_case(wanted)),
        &|label| label.name == Some(wanted),
        &|label| label.name.is_some_and(|name| name.to_lowercase() == lower),
    ];
    for meant in ways {
        let elements = position::elements(export).filter(|(_, element)| meant(Label::of(element)));
        let found: Vec<_> = elements.collect();
        match found.as_slice() {
            [] => {}
            [(position, Element::Item(item))] => return Ok((*position, item)),
            [(_, Element::Unreadable(bad))] => {
                return Err(Failure::new(Status::SomeUnreadable, unreadable::describe(bad)));
            }
            several => return Err(ambiguous(several)),
        }
    }
    Err(Failure::new(Status::NothingMatched, "no item has that id or name")
        .advise("`strongroom list` tells the names, with --json the ids too"))
}

#[derive(Clone, Copy)]
struct Label<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Label<'a> {
    fn of(element: &Element<'a>) -> Self {
        match element {
            Element::Item(item) => Self { id: item.id(), name: item.name() },
            Element::Unreadable(bad) => Self { id: bad.id(), name: bad.name() },
        }
    }
}

fn ambiguous(several: &[(usize, Element<'_>)]) -> Failure {
    let mut advice = String::from("name one by its id:");
    for (_, found) in several {
        let (id, kind) = match found {
            Element::Item(item) => (item.id(), item.kind.to_string()),
            Element::Unreadable(bad) => (bad.id(), "unreadable".to_owned()),
        };
        advice.push_str(&format!("\n{} ({kind})", id.unwrap_or("without an id")));
    }
    Failure::failed(format!("{} items are called that", several.len())).advise(advice)
}

/// The value that is meant by a name, as [`Item::entries_named`] has it.
pub(crate) fn entry<'a>(item: &'a Item, name: &str) -> Result<Entry<'a>, Failure> {
    let found = item.entries_named(name);
    // A custom field of the same name does not stand in for what cannot be read.
    let is_custom = |entry: &Entry<'_>| matches!(entry.section(), Section::Field(_));
    if found.iter().all(is_custom)
        && let Some(defect) = item.odd_members().into_iter().find(|defect| is_of_kind(defect, name))
    {
        return Err(Failure::new(Status::SomeUnreadable, format!("the value cannot be read: {defect}"))
            .advise("the JSON of `strongroom decrypt` has it as it is"));
    }
    let mut found = found.into_iter();
    match (found.next(), found.len()) {
        (Some(entry), 0) => Ok(entry),
        // The first address stands for the login, as it does in the list.
        (Some(first), _) if matches!(first.section(), Section::Uri(_)) => Ok(first),
        (Some(_), others) => Err(Failure::failed(format!("{} custom fields of the item are called that", others + 1))
            .advise("`strongroom show --json --reveal` tells them apart")),
        (None, _) => Err(Failure::new(Status::NothingMatched, "the item has no such value").advise(values_of(item))),
    }
}

/// Whether this is wrong with the notes, or with the member of this name of what the item's kind holds.
fn is_of_kind(defect: &Defect, name: &str) -> bool {
    let mut steps = defect.path().split('.').skip(1);
    match (steps.next(), steps.next(), steps.next()) {
        (Some(member), None, None) => member == "notes" && name.eq_ignore_ascii_case(member),
        (Some(kind), Some(member), None) => !kind.contains('[') && name.eq_ignore_ascii_case(member),
        _ => false,
    }
}

/// What there is instead. The names of custom fields are plaintext, so only their number.
fn values_of(item: &Item) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut custom = 0;
    for entry in item.entries() {
        match entry.section() {
            Section::Field(_) => custom += 1,
            Section::Body | Section::Uri(_) | Section::Notes if !names.contains(&entry.name()) => {
                names.push(entry.name())
            }
            _ => {}
        }
    }
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("it has: {names}; custom fields: {custom}")
}
