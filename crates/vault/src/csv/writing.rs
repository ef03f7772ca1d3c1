//! From items to CSV.

use std::collections::HashMap;

use strongroom::ExposeSecret;
use zeroize::Zeroizing;

use crate::{
    csv::{columns, left_out::CsvLeftOut, lines},
    erased_text::ErasedText,
    export::plain::Export,
    item::{Item, Reprompt, field::FieldType, kind::ItemKind},
};

impl Export {
    /// The logins and notes as CSV, as the official clients export them, and how much that leaves out.
    ///
    /// A personal vault has the columns `folder` and `favorite`, an organization's (one with `collections` and no
    /// `folders`) has `collections` in their place; `archivedDate` is there if an item has such a date. Rows end with a
    /// line feed, and a cell is in quotes if it has to be (RFC 4180).
    ///
    /// A folder or collection whose name has more than 1,000 characters is left out.
    ///
    /// This is the vault in plain. The buffer is erased when it is dropped. A spreadsheet takes a cell that begins with
    /// `=` for a formula: do not open vaults of others with one.
    pub fn expose_csv(&self) -> (Zeroizing<String>, CsvLeftOut) {
        let is_row = |item: &Item| matches!(item.kind, ItemKind::Login(_) | ItemKind::SecureNote(_));
        let mut csv = Csv {
            out: ErasedText::default(),
            left_out: CsvLeftOut {
                unreadable: self.unreadable().count(),
                unknown: self.extra.len(),
                ..Default::default()
            },
            of_organization: self.collections.value().is_some() && self.folders.value().is_none(),
            has_archived: self.items().any(|item| is_row(&item) && item.archived_date().is_some()),
            folders: Shelf::of(self.folders().filter_map(|folder| Some((folder.id()?.into(), folder.name()?.into())))),
            collections: Shelf::of(self.collections().filter_map(|one| Some((one.id()?.into(), one.name()?.into())))),
        };
        csv.row(|column| Zeroizing::new(column.to_owned()));
        for item in self.items() {
            if is_row(&item) { csv.item(&item) } else { csv.left_out.items += 1 }
        }
        let shelves = if csv.of_organization { &csv.collections } else { &csv.folders };
        csv.left_out.long_names = shelves.0.values().filter(|(name, _)| is_too_long(name)).count();
        csv.left_out.shelves = shelves.0.values().filter(|(name, is_used)| !is_used && !is_too_long(name)).count();
        (csv.out.finish(), csv.left_out)
    }
}

/// The most characters of the name of a folder or collection. No server takes a longer one, and each row repeats it: a
/// file of 1 MB could make 8 GB of CSV.
const LONGEST_NAME: usize = 1000;

fn is_too_long(name: &str) -> bool {
    name.chars().nth(LONGEST_NAME).is_some()
}

/// The names of folders or collections by their ids, and whether a row names them.
struct Shelf(HashMap<Box<str>, (Box<str>, bool)>);

impl Shelf {
    fn of(shelves: impl Iterator<Item = (Box<str>, Box<str>)>) -> Self {
        Shelf(shelves.map(|(id, name)| (id, (name, false))).collect())
    }

    /// Returns the name, which a row is about to name. One that is too long is named by no row.
    fn name(&mut self, id: &str) -> Option<String> {
        let (name, is_used) = self.0.get_mut(id).filter(|(name, _)| !is_too_long(name))?;
        *is_used = true;
        Some(name.to_string())
    }
}

struct Csv {
    out: ErasedText,
    left_out: CsvLeftOut,
    of_organization: bool,
    has_archived: bool,
    folders: Shelf,
    collections: Shelf,
}

impl Csv {
    fn item(&mut self, item: &Item) {
        self.count(item);
        let shelves = if self.of_organization {
            let names: Vec<_> = item.collection_ids().iter().filter_map(|id| self.collections.name(id)).collect();
            self.list(&names.iter().map(String::as_str).collect::<Vec<_>>())
        } else {
            text(item.folder_id().and_then(|id| self.folders.name(id)).as_deref())
        };
        let fields: Vec<_> = item.fields().iter().map(|field| (written(field.name()), secret(field.value()))).collect();
        let joined = lines::join_fields(fields.iter().copied());
        self.left_out.ambiguous += usize::from(!lines::split_fields(&joined).eq(fields.iter().copied()));
        let login = item.login();
        let uris: Vec<_> = login.into_iter().flat_map(|login| login.uris()).map(|uri| written(uri.uri())).collect();
        let uris = self.list(&uris);
        self.row(|column| match column {
            columns::FOLDER | columns::COLLECTIONS => shelves.clone(),
            columns::FAVORITE => text(item.favorite().filter(|favorite| *favorite).map(|_| "1")),
            columns::TYPE => text(Some(if matches!(item.kind, ItemKind::Login(_)) { "login" } else { "note" })),
            columns::NAME => text(item.name()),
            columns::NOTES => text(Some(secret(item.notes()))),
            columns::FIELDS => joined.clone(),
            columns::REPROMPT => Zeroizing::new(i64::from(item.reprompt().unwrap_or(Reprompt::None)).to_string()),
            columns::ARCHIVED => text(item.archived_date()),
            columns::URI => uris.clone(),
            columns::USERNAME => text(login.and_then(|login| login.username())),
            columns::PASSWORD => text(Some(secret(login.and_then(|login| login.password())))),
            columns::TOTP => text(Some(secret(login.and_then(|login| login.totp())))),
            _ => Zeroizing::default(),
        });
    }

    /// Counts what no cell has room for.
    fn count(&mut self, item: &Item) {
        let out = &mut self.left_out;
        out.former_passwords += item.password_history().len();
        let typed = item.fields().iter().filter(|field| !matches!(field.r#type(), None | Some(FieldType::Text)));
        out.field_types += typed.count();
        out.unknown += item.extra.len() + item.fields().iter().map(|field| field.extra.len()).sum::<usize>();
        out.unknown += item.kind.secure_note().into_iter().map(|note| note.extra.len()).sum::<usize>();
        if let Some(login) = item.login() {
            out.passkeys += login.fido2_credentials().len();
            out.uri_matches += login.uris().iter().filter(|uri| uri.r#match().is_some()).count();
            out.unknown += login.extra.len() + login.uris().iter().map(|uri| uri.extra.len()).sum::<usize>();
        }
    }

    fn list(&mut self, values: &[&str]) -> Zeroizing<String> {
        let joined = lines::join_list(values.iter().copied());
        self.left_out.ambiguous += usize::from(!lines::split_list(&joined).eq(values.iter().copied()));
        joined
    }

    fn row(&mut self, cell: impl Fn(&'static str) -> Zeroizing<String>) {
        let shelf: &[_] =
            if self.of_organization { &[columns::COLLECTIONS] } else { &[columns::FOLDER, columns::FAVORITE] };
        let item = [columns::TYPE, columns::NAME, columns::NOTES, columns::FIELDS, columns::REPROMPT];
        let archived: &[_] = if self.has_archived { &[columns::ARCHIVED] } else { &[] };
        let all = shelf.iter().chain(&item).chain(archived).chain(&columns::OF_LOGINS);
        for (number, column) in all.enumerate() {
            self.out.push(if number == 0 { "" } else { "," });
            self.quoted(&cell(column));
        }
        self.out.push("\n");
    }

    fn quoted(&mut self, text: &str) {
        if !text.contains(['"', ',', '\n', '\r']) {
            return self.out.push(text);
        }
        for (number, piece) in text.split('"').enumerate() {
            self.out.push(if number == 0 { "\"" } else { "\"\"" });
            self.out.push(piece);
        }
        self.out.push("\"");
    }
}

#[expect(clippy::disallowed_methods, reason = "what is absent is an empty cell")]
fn written(text: Option<&str>) -> &str {
    text.unwrap_or_default()
}

fn text(text: Option<&str>) -> Zeroizing<String> {
    Zeroizing::new(written(text).to_owned())
}

fn secret(secret: Option<&strongroom::Plaintext>) -> &str {
    written(secret.map(ExposeSecret::expose_secret))
}
