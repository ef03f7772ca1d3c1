//! From CSV to items.

use std::{collections::HashSet, sync::Arc};

use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use strongroom::{ExposeSecret, Plaintext};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    codec::{Codec, MAX_ELEMENTS},
    csv::{
        cells::Row,
        columns::{self, Column, Columns, CsvError},
        guesses, lines,
        table::Table,
    },
    defect::{Defect, Path, Problem},
    elements::Elements,
    erased_text::ErasedText,
    export::plain::Export,
    folder::{Collection, Folder},
    item::{
        Item,
        field::{Field, FieldType},
        kind::ItemKind,
        login::{Login, LoginUri},
        secure_note::{SecureNote, SecureNoteType},
    },
    member::Member,
    odd::Odd,
    record::Extra,
    unreadable::Unreadable,
    write::Writer,
};

impl Export {
    /// Reads Bitwarden's CSV export, a person's or an organization's: the names of columns in the first row, then a
    /// login or note a row. Its form until 2017 is read too: `name`, `uri`, `username`, `password`, `notes`, `folder`
    /// and `totp`.
    ///
    /// What spreadsheets make of such a file is read as it was meant:
    /// - Semicolons, tabs or vertical bars separate cells where the first row uses them. A line `sep=;` before it, a
    ///   byte order mark, and rows that are all empty are skipped. Carriage returns alone end rows if one ends the
    ///   first row.
    /// - Cells that are missing at the end of a row are empty, and empty ones too many are ignored.
    /// - A favorite is marked by anything but `0`. A password is asked for again (`reprompt`) where the cell says
    ///   `true`, `yes` or a number. The type is read in any case; an empty one is a login.
    ///
    /// Where a cell says something else, a choice is made that hides nothing: see [`Export::csv_guesses`].
    ///
    /// Of the addresses, custom fields or collections of a cell the first 1,024 are read; where there are more, that is
    /// [reported](Export::odd_members).
    ///
    /// A row that cannot be read does not hide the others; [`Export::unreadable`] lists those. Columns that the format
    /// does not define, cells that say something of a login where a note is, cells of more values than are read, and odd
    /// words that were replaced are kept
    /// in the item's [`extra`](Item::extra) members, as `csvColumns`.
    ///
    /// What CSV cannot say:
    /// - **Ids, dates**: absent. The folders and collections are those that rows name; their ids are made of the names,
    ///   to lead from an item to its folder.
    /// - **Items that are neither logins nor notes, passkeys, former passwords, how addresses are matched, what is in
    ///   no row**: the client that wrote the file left them out.
    /// - **The types of custom fields.** All are read as hidden: that masks what may have been meant to be seen, where
    ///   text would show what was meant to be hidden.
    /// - **Where a custom field, an address or a collection ends**, if it holds what stands between two of them. Each
    ///   comma ends an address, the first `: ` of a line a custom field's name, and a line without one continues a
    ///   value.
    ///
    /// The export keeps a copy of the file, which is erased when it is dropped; `bytes` are the caller's to erase.
    ///
    /// # Errors
    /// [`CsvError`]: the first row does not name the columns `type`, `name` and `login_password`, nor those of the form
    /// until 2017, or names one twice. A bad row is no error.
    pub fn parse_csv(bytes: &[u8]) -> Result<Export, CsvError> {
        let table = Arc::new(Table::read(bytes)?);
        let mut export =
            Export { encrypted: false.into(), items: Elements::of_rows(&table, items).into(), ..Export::default() };
        if table.columns.position(columns::COLLECTIONS).is_some() {
            export.collections = Elements::of_rows(&table, collections).into();
        }
        if table.columns.position(columns::FOLDER).is_some() {
            export.folders = Elements::of_rows(&table, folders).into();
        }
        Ok(export)
    }
}

fn items(table: &Table) -> Box<dyn Iterator<Item = Result<Item, Unreadable>> + '_> {
    Box::new(table.rows().enumerate().map(|(index, row)| {
        let reading = Reading { columns: &table.columns, row: &row, path: Path::row(row.number) };
        reading.item().map_err(|defect| unreadable(index, &row, &table.columns, defect))
    }))
}

fn folders(table: &Table) -> Box<dyn Iterator<Item = Result<Folder, Unreadable>> + '_> {
    let folder = |name: &str| Folder { id: id_of(name).into(), name: name.to_owned().into(), ..Folder::default() };
    Box::new(distinct_names(table, columns::FOLDER).map(move |name| Ok(folder(&name))))
}

fn collections(table: &Table) -> Box<dyn Iterator<Item = Result<Collection, Unreadable>> + '_> {
    let collection =
        |name: &str| Collection { id: id_of(name).into(), name: name.to_owned().into(), ..Collection::default() };
    Box::new(distinct_names(table, columns::COLLECTIONS).map(move |name| Ok(collection(&name))))
}

/// Returns the names of the folders or collections that rows name, each once, in the order of the rows. A row that
/// cannot be read makes none.
fn distinct_names(table: &Table, column: &'static str) -> impl Iterator<Item = Zeroizing<String>> {
    let mut seen = HashSet::new();
    let names = table.rows().flat_map(move |row| {
        let reading = Reading { columns: &table.columns, row: &row, path: Path::row(row.number) };
        match reading.item().and_then(|_| reading.cell(column)) {
            Ok(cell) if column == columns::FOLDER => vec![cell],
            Ok(cell) => {
                lines::split_list(&cell).take(MAX_ELEMENTS).map(|name| Zeroizing::new(name.to_owned())).collect()
            }
            Err(_) => Vec::new(),
        }
    });
    // Of each name half a digest is kept: a file can have a name in each row.
    names.filter(move |name| !name.is_empty() && seen.insert(digest(name).as_u64_pair().0))
}

/// Makes up the id of a folder or collection, so that the same name has the same id in each walk through the rows: a
/// UUID of version 8 (RFC 9562, 5.8).
fn id_of(name: &str) -> String {
    digest(name).to_string()
}

fn digest(name: &str) -> Uuid {
    let first = Sha256::digest(name).iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    uuid::Builder::from_custom_bytes(first.to_be_bytes()).into_uuid()
}

fn unreadable(index: usize, row: &Row<'_>, columns: &Columns, defect: Defect) -> Unreadable {
    let name = row.cells.as_ref().zip(columns.position(columns::NAME)).and_then(|(cells, at)| cells.get(at)?.text());
    let name = name.filter(|name| !name.is_empty()).map(|name| name.to_string());
    // Three bytes take the place of one at most.
    let len = row.raw.utf8_chunks().map(|chunk| chunk.valid().len() + 3 * chunk.invalid().len().min(1)).sum();
    let mut text = ErasedText::with_capacity(len);
    for chunk in row.raw.utf8_chunks() {
        text.push(chunk.valid());
        text.push(if chunk.invalid().is_empty() { "" } else { "\u{fffd}" });
    }
    Unreadable::row(index, name, &text.finish(), defect)
}

/// A row while an item is made of it.
struct Reading<'a> {
    columns: &'a Columns,
    row: &'a Row<'a>,
    path: Path<'a>,
}

impl Reading<'_> {
    fn item(&self) -> Result<Item, Defect> {
        let cells = self.row.cells.as_ref().ok_or_else(|| self.path.defect(Problem::Quotes))?;
        let columns = self.columns.len();
        // A row that ends before all that an item is known by is a piece of another one.
        let known_by = [columns::TYPE, columns::NAME].into_iter().filter_map(|name| self.columns.position(name));
        if known_by.min().is_some_and(|first| first >= cells.len()) || self.row.filled > columns {
            return Err(self.path.defect(Problem::Cells { found: self.row.found, columns }));
        }
        let is_note = guesses::is_note(&self.cell(columns::TYPE)?);
        let favorite = guesses::favorite(&self.cell(columns::FAVORITE)?);
        let reprompt = guesses::reprompt(&self.cell(columns::REPROMPT)?);
        let fields = self.fields()?;
        let names = self.cell(columns::COLLECTIONS)?;
        let collection_ids = self.several(columns::COLLECTIONS, lines::split_list(&names).map(id_of));
        let login = if is_note.value { None } else { Some(self.login()?) };
        let uris = login.as_ref().map(|login| &login.uris);
        let is_kept = |column| match column {
            columns::TYPE => is_note.is_guess,
            columns::FAVORITE => favorite.is_guess,
            columns::REPROMPT => reprompt.is_guess,
            columns::FIELDS => !fields.defects().is_empty(),
            columns::COLLECTIONS => !collection_ids.defects().is_empty(),
            columns::URI if uris.is_some_and(|uris| !uris.defects().is_empty()) => true,
            _ => is_note.value && columns::OF_LOGINS.contains(&column),
        };
        let extra = self.other_cells(is_kept)?;
        let kind = match login {
            Some(login) => ItemKind::Login(login.into()),
            None => {
                ItemKind::SecureNote(SecureNote { r#type: SecureNoteType::Generic.into(), ..Default::default() }.into())
            }
        };
        let has_favorite = self.columns.position(columns::FAVORITE).is_some();
        let mut item = Item {
            name: self.text(columns::NAME)?,
            notes: self.secret(columns::NOTES)?,
            favorite: if has_favorite { favorite.value.into() } else { Member::Absent },
            reprompt: reprompt.value,
            fields,
            collection_ids,
            archived_date: self.text(columns::ARCHIVED)?,
            extra,
            kind,
            ..Item::default()
        };
        let folder = self.cell(columns::FOLDER)?;
        if !folder.is_empty() {
            item.folder_id = id_of(&folder).into();
        }
        Ok(item)
    }

    fn login(&self) -> Result<Login, Defect> {
        let addresses = self.cell(columns::URI)?;
        let uri = |uri: &str| LoginUri { uri: uri.to_owned().into(), ..LoginUri::default() };
        Ok(Login {
            uris: self.several(columns::URI, lines::split_list(&addresses).map(uri)),
            username: self.text(columns::USERNAME)?,
            password: self.secret(columns::PASSWORD)?,
            totp: self.secret(columns::TOTP)?,
            ..Login::default()
        })
    }

    fn fields(&self) -> Result<Member<Vec<Field>>, Defect> {
        let cell = self.cell(columns::FIELDS)?;
        let field = |(name, value): (&str, &str)| Field {
            name: name.to_owned().into(),
            value: Plaintext::from(value).into(),
            r#type: FieldType::Hidden.into(),
            ..Field::default()
        };
        Ok(self.several(columns::FIELDS, lines::split_fields(&cell).map(field)))
    }

    /// The values of a cell, of which as many are read as of a list in JSON. If that is not all, the cell has to be
    /// kept too.
    fn several<T: Codec>(&self, column: &'static str, mut values: impl Iterator<Item = T>) -> Member<Vec<T>> {
        let read: Vec<_> = values.by_ref().take(MAX_ELEMENTS).collect();
        if values.next().is_some() {
            let defect = self.path.member(column).defect(Problem::TooMany { max: MAX_ELEMENTS });
            let mut json = Writer::new();
            read.write(&mut json);
            let json = json.finish();
            // What was written is JSON.
            let json: Option<&RawValue> = serde_json::from_str(&json).ok();
            return Member::Odd(Odd::new(Some(read), vec![defect], json));
        }
        if read.is_empty() { Member::Absent } else { read.into() }
    }

    /// The cells that have no other place, unless they are empty: those of unknown columns, and those that `keep`
    /// chooses.
    fn other_cells(&self, keep: impl Fn(&'static str) -> bool) -> Result<Extra, Defect> {
        let mut json = Writer::new();
        json.begin_object();
        let mut some = false;
        for (column, cell) in self.columns.iter().zip(self.row.cells.iter().flatten()) {
            let (name, path) = match column {
                Column::Known(name) if !keep(name) => continue,
                Column::Known(name) => (*name, self.path.member(name)),
                Column::Unknown(name) => (name.as_str(), self.path),
            };
            if !cell.is_empty() {
                some = true;
                json.name(name);
                json.text(&cell.text().ok_or_else(|| path.defect(Problem::NotUtf8))?);
            }
        }
        json.end_object();
        Ok(if some { Extra::one(guesses::OTHER_CELLS, &json.finish()) } else { Extra::default() })
    }

    /// What the cell of a column says; nothing, if there is no such column.
    fn cell(&self, column: &'static str) -> Result<Zeroizing<String>, Defect> {
        let position = self.columns.position(column);
        let Some(cell) = position.and_then(|at| self.row.cells.as_ref()?.get(at)) else {
            return Ok(Zeroizing::default());
        };
        cell.text().ok_or_else(|| self.path.member(column).defect(Problem::NotUtf8))
    }

    fn text(&self, column: &'static str) -> Result<Member<String>, Defect> {
        let cell = self.cell(column)?;
        Ok(if cell.is_empty() { Member::Absent } else { cell.to_string().into() })
    }

    fn secret(&self, column: &'static str) -> Result<Member<Plaintext>, Defect> {
        let secret = Plaintext::from(self.cell(column)?.as_str());
        Ok(if secret.expose_secret().is_empty() { Member::Absent } else { secret.into() })
    }
}
