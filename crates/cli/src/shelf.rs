//! Where an item lies and how it is called: what `list` and `show` tell of every item alike.

use std::borrow::Cow;

use strongroom_vault::{Export, Item, Member};

use crate::printable;

/// The names of a backup's folders and collections by their ids.
pub(crate) struct Shelves {
    folders: Names,
    collections: Names,
}

/// Ids and names, sorted by the ids. A file can have very many, and a table of hashes takes twice as much.
#[derive(Default)]
pub(crate) struct Names(Vec<(Box<str>, Box<str>)>);

impl Names {
    /// Adds a folder or collection. One without an id or a name is no place for an item.
    pub(crate) fn add(&mut self, id: Option<&str>, text: Option<&str>) {
        if let (Some(id), Some(text)) = (id, text) {
            self.0.push((id.into(), name(text)));
        }
    }

    /// Returns the name with this id; of several the last in the file.
    fn get(&self, wanted: &str) -> Option<&str> {
        let behind = self.0.partition_point(|(id, _)| &**id <= wanted);
        let (id, name) = self.0.get(behind.checked_sub(1)?)?;
        (&**id == wanted).then_some(name)
    }
}

/// How many characters of the name of a folder or collection are told, and searched. No server takes as many, and each
/// item repeats the name: a file of 1 MB could make 8 GB of it.
const LONGEST: usize = 1000;

fn name(name: &str) -> Box<str> {
    printable::cut(name, LONGEST).into()
}

impl Shelves {
    pub(crate) fn new(mut folders: Names, mut collections: Names) -> Self {
        for Names(names) in [&mut folders, &mut collections] {
            names.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        Self { folders, collections }
    }

    pub(crate) fn of(export: &Export) -> Self {
        let (mut folders, mut collections) = (Names::default(), Names::default());
        export.folders().for_each(|folder| folders.add(folder.id(), folder.name()));
        export.collections().for_each(|collection| collections.add(collection.id(), collection.name()));
        Self::new(folders, collections)
    }

    /// The name of the item's folder.
    pub(crate) fn folder(&self, item: &Item) -> Option<&str> {
        self.folders.get(item.folder_id()?)
    }

    /// The names of the item's collections.
    pub(crate) fn collections<'s>(&'s self, item: &'s Item) -> impl Iterator<Item = &'s str> {
        item.collection_ids().iter().filter_map(|id| self.collections.get(id))
    }

    /// The folder or the collections of the item, for people, who see the same in both.
    pub(crate) fn place(&self, item: &Item) -> Option<String> {
        let names: Vec<&str> = self.folder(item).into_iter().chain(self.collections(item)).collect();
        if names.is_empty() { None } else { Some(printable::cut(&names.join(", "), LONGEST).into_owned()) }
    }
}

/// Whether the item is in the trash. A date that cannot be read is one.
pub(crate) fn is_in_trash(item: &Item) -> bool {
    item.deleted_date().is_some() || is_odd(&item.deleted_date)
}

/// Whether the item is archived, likewise.
pub(crate) fn is_archived(item: &Item) -> bool {
    item.archived_date().is_some() || is_odd(&item.archived_date)
}

fn is_odd<T>(member: &Member<T>) -> bool {
    matches!(member, Member::Odd(odd) if odd.value().is_none())
}

/// The name of the item's type for machines: that of the member which holds its data, or the number of an unknown type.
pub(crate) fn type_name(item: &Item) -> String {
    item.kind.name().map_or_else(|| item.kind.number().to_string(), str::to_owned)
}

/// Whose the item is: a login's user name, or the name on a card or document.
pub(crate) fn user(item: &Item) -> Option<Cow<'_, str>> {
    let kind = &item.kind;
    if let Some(identity) = kind.identity() {
        return identity
            .full_name()
            .map(Cow::Owned)
            .or_else(|| identity.username().or(identity.email()).map(Cow::Borrowed));
    }
    if let Some(license) = kind.drivers_license() {
        return joined([license.first_name(), license.middle_name(), license.last_name()]);
    }
    if let Some(passport) = kind.passport() {
        return joined([passport.given_name(), passport.surname()]);
    }
    let login = || kind.login().and_then(|login| login.username());
    let card = || kind.card().and_then(|card| card.cardholder_name());
    let account = || kind.bank_account().and_then(|account| account.name_on_account());
    login().or_else(card).or_else(account).map(Cow::Borrowed)
}

fn joined<const N: usize>(names: [Option<&str>; N]) -> Option<Cow<'static, str>> {
    let names: Vec<&str> = names.into_iter().flatten().collect();
    if names.is_empty() { None } else { Some(Cow::Owned(names.join(" "))) }
}

/// The addresses of a login, in order.
pub(crate) fn addresses(item: &Item) -> impl Iterator<Item = &str> {
    item.login().into_iter().flat_map(|login| login.uris()).filter_map(|uri| uri.uri())
}
