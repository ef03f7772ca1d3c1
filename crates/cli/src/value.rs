//! One value of an item, by its name.

use std::num::NonZeroUsize;

use strongroom_vault::{Defect, Entry, Item, Member, Section};

use crate::failure::{Failure, Status};
use crate::field_name::FieldName;

/// A value that was found.
pub(crate) struct Value<'a> {
    shown: Shown<'a>,
    /// Whether it is what can be read of an odd member, or one of a list of which an element cannot be read: then the
    /// numbers of the others are not beyond doubt.
    pub(crate) is_odd: bool,
}

enum Shown<'a> {
    Entry(Entry<'a>),
    Text(&'a str),
}

impl<'a> Value<'a> {
    fn of(entry: Entry<'a>) -> Self {
        Self { is_odd: entry.is_odd(), shown: Shown::Entry(entry) }
    }

    /// Marks the value as odd if `is_odd`.
    fn odd_if(mut self, is_odd: bool) -> Self {
        self.is_odd |= is_odd;
        self
    }

    pub(crate) fn expose(&self) -> &str {
        match &self.shown {
            Shown::Entry(entry) => entry.expose(),
            Shown::Text(text) => text,
        }
    }
}

/// Returns the value of the item that has this name. `folder` is the name of the item's folder.
///
/// Nothing stands in for what cannot be read.
pub(crate) fn named<'a>(item: &'a Item, folder: Option<&'a str>, wanted: &FieldName) -> Result<Value<'a>, Failure> {
    let found = match wanted {
        FieldName::Plain(name) => plain(item, folder, name)?,
        FieldName::Custom(name) => custom(item, name)?,
        FieldName::History(number) => {
            let list = &item.password_history;
            numbered(item, list, *number, Section::PasswordHistory, "password", |former| &former.password)?
        }
        FieldName::Uri(number) => match item.login() {
            Some(login) => numbered(item, &login.uris, *number, Section::Uri, "uri", |uri| &uri.uri)?,
            None => {
                refuse(whole_kind(item))?;
                None
            }
        },
    };
    found.ok_or_else(|| {
        let lines = [suggestion(item, folder, wanted), Some(values_of(item, folder))];
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        Failure::new(Status::NothingMatched, "the item has no such value").advise(lines.join("\n"))
    })
}

fn plain<'a>(item: &'a Item, folder: Option<&'a str>, name: &str) -> Result<Option<Value<'a>>, Failure> {
    let found = item.entries_named(name);
    if let Some(member) = found.iter().find(|entry| !is_custom(entry)) {
        // The first address stands for the login, as it does in the list.
        return Ok(Some(Value::of(member.clone())));
    }
    let head = [("name", item.name(), item.name.defects()), ("folder", folder, item.folder_id.defects())];
    for (known, text, defects) in head {
        if let Some(text) = text.filter(|_| name.eq_ignore_ascii_case(known)) {
            return Ok(Some(Value { shown: Shown::Text(text), is_odd: !defects.is_empty() }));
        }
    }
    // A custom field of the same name does not stand in for what cannot be read.
    refuse(item.defects().into_iter().find(|defect| is_of_kind(defect, name)))?;
    let whole = whole_kind(item);
    if let Some(entry) = only(found)? {
        return Ok(Some(custom_value(item, entry)?.odd_if(whole.is_some())));
    }
    refuse(whole.or_else(|| unreadable_name(item)))?;
    Ok(None)
}

fn custom<'a>(item: &'a Item, name: &str) -> Result<Option<Value<'a>>, Failure> {
    if let Some(entry) = only(custom_fields(item, name).collect())? {
        return custom_value(item, entry).map(Some);
    }
    let by_number =
        FieldName::numbered(name).and_then(|(name, number)| custom_fields(item, name).nth(number.get() - 1));
    if let Some(entry) = by_number {
        return Ok(Some(custom_value(item, entry)?.odd_if(!item.fields.defects().is_empty())));
    }
    refuse(unreadable_name(item))?;
    Ok(None)
}

fn custom_fields<'a>(item: &'a Item, name: &str) -> impl Iterator<Item = Entry<'a>> {
    item.entries().into_iter().filter(move |entry| is_custom(entry) && entry.name() == name)
}

/// The value of the element with this number in a list.
fn numbered<'a, T, M>(
    item: &'a Item,
    list: &'a Member<Vec<T>>,
    number: NonZeroUsize,
    section: fn(usize) -> Section,
    name: &str,
    member: fn(&T) -> &Member<M>,
) -> Result<Option<Value<'a>>, Failure> {
    let index = number.get() - 1;
    let mut entries = item.entries().into_iter();
    if let Some(entry) = entries.find(|entry| entry.section() == section(index) && entry.name() == name) {
        return Ok(Some(Value::of(entry).odd_if(!list.defects().is_empty())));
    }
    let element = list.value().and_then(|elements| elements.get(index));
    refuse(element.and_then(|element| member(element).defects().first()).or(list.defects().first()))?;
    Ok(None)
}

/// The one that there is, if any.
fn only(found: Vec<Entry<'_>>) -> Result<Option<Entry<'_>>, Failure> {
    let count = found.len();
    let mut found = found.into_iter();
    match (found.next(), count) {
        (first, 0 | 1) => Ok(first),
        (_, count) => Err(Failure::failed(format!("{count} custom fields of the item are called that"))
            .advise(format!("`--field field:NAME#1` is the first of them, `field:NAME#{count}` the last"))),
    }
}

/// The value of a custom field, unless that, or the member that it stands for, cannot be read.
fn custom_value<'a>(item: &Item, entry: Entry<'a>) -> Result<Value<'a>, Failure> {
    let odd = item.defects();
    let of_target = |target| odd.iter().copied().find(|defect| is_of_kind(defect, target)).or(whole_kind(item));
    let defect = match (entry.section(), entry.linked()) {
        (_, Some(target)) if entry.expose().is_empty() => of_target(target),
        (Section::Field(index), _) => item.fields().get(index).and_then(|field| unread(&field.value)),
        _ => None,
    };
    refuse(defect)?;
    Ok(Value::of(entry))
}

fn is_custom(entry: &Entry<'_>) -> bool {
    matches!(entry.section(), Section::Field(_))
}

/// What is wrong with a member of which nothing can be read.
fn unread<T>(member: &Member<T>) -> Option<&Defect> {
    match member {
        Member::Odd(odd) if odd.value().is_none() => odd.defects().first(),
        _ => None,
    }
}

/// What is wrong with a custom field whose name cannot be read: it may be the one that is meant.
fn unreadable_name(item: &Item) -> Option<&Defect> {
    item.fields().iter().find_map(|field| unread(&field.name)).or(item.fields.defects().first())
}

/// What is wrong with all that the item's kind holds, if none of it can be read.
fn whole_kind(item: &Item) -> Option<&Defect> {
    let kind = item.kind.name()?;
    item.defects().into_iter().find(|defect| inside(defect).eq([kind]))
}

/// Whether this is wrong with the name, the folder or the notes, or with the member of this name of what the item's
/// kind holds.
fn is_of_kind(defect: &Defect, name: &str) -> bool {
    let mut steps = inside(defect);
    match (steps.next(), steps.next(), steps.next()) {
        (Some("folderId"), None, None) => name.eq_ignore_ascii_case("folder"),
        (Some(member @ ("name" | "notes")), None, None) => name.eq_ignore_ascii_case(member),
        (Some(kind), Some(member), None) => !kind.contains('[') && name.eq_ignore_ascii_case(member),
        _ => false,
    }
}

/// The steps to what is wrong from inside the item.
fn inside(defect: &Defect) -> impl Iterator<Item = &str> {
    defect.path().split('.').skip(1)
}

/// Fails if this is in the way of an answer.
fn refuse(defect: Option<&Defect>) -> Result<(), Failure> {
    match defect {
        None => Ok(()),
        Some(defect) => Err(Failure::new(Status::SomeUnreadable, format!("the value cannot be read: {defect}"))
            .advise("the JSON of `strongroom decrypt` has it as it is")),
    }
}

/// The names of the format that have a value. The names of custom fields are plaintext.
fn names<'a>(item: &'a Item, folder: Option<&str>) -> Vec<&'a str> {
    let mut names = Vec::new();
    names.extend(item.name().map(|_| "name"));
    names.extend(folder.map(|_| "folder"));
    for entry in item.entries() {
        let is_known = matches!(entry.section(), Section::Body | Section::Uri(_) | Section::Notes);
        if is_known && !names.contains(&entry.name()) {
            names.push(entry.name());
        }
    }
    names
}

/// How near a name has to be to what was typed, where 1 is the same: as near as clap has it for options.
const NEAR: f64 = 0.7;
const MOST_SUGGESTED: usize = 3;

/// The names that may have been meant, the nearest first.
fn suggestion(item: &Item, folder: Option<&str>, wanted: &FieldName) -> Option<String> {
    let FieldName::Plain(typed) = wanted else { return None };
    let typed = typed.to_lowercase();
    let nearness = |name: &str| strsim::jaro(&typed, &name.to_lowercase());
    let mut near: Vec<_> = names(item, folder).into_iter().map(|name| (nearness(name), name)).collect();
    near.retain(|(nearness, _)| *nearness > NEAR);
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let near: Vec<_> = near.iter().take(MOST_SUGGESTED).map(|(_, name)| format!("`{name}`")).collect();
    if near.is_empty() { None } else { Some(format!("did you mean {}?", near.join(" or "))) }
}

/// Lists the values that the item has.
fn values_of(item: &Item, folder: Option<&str>) -> String {
    let count = |is_meant: fn(Section, &str) -> bool| {
        item.entries().iter().filter(|entry| is_meant(entry.section(), entry.name())).count()
    };
    let names = names(item, folder);
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let lists = [
        ("custom fields (field:NAME)", count(|section, _| matches!(section, Section::Field(_)))),
        ("addresses (uri:N)", count(|section, name| matches!(section, Section::Uri(_)) && name == "uri")),
        (
            "former passwords (history:N)",
            count(|section, name| matches!(section, Section::PasswordHistory(_)) && name == "password"),
        ),
    ];
    let lists = lists.iter().filter(|(_, count)| *count > 0).map(|(list, count)| format!("; {list}: {count}"));
    format!("it has: {names}{}", lists.collect::<String>())
}
