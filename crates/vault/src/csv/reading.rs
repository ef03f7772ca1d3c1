//! From CSV to items.

use std::collections::HashMap;

use strongroom::{ExposeSecret, Plaintext};
use zeroize::Zeroizing;

use crate::{
    csv::{
        cells::Row,
        columns::{self, Column, Columns, CsvError, Form},
        guesses,
        header::Header,
        lines,
    },
    defect::{Defect, Path, Problem},
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
    /// A row that cannot be read does not hide the others; [`Export::unreadable`] lists those. Columns that the format
    /// does not define, cells that say something of a login where a note is, and odd words that were replaced are kept
    /// in the item's [`extra`](Item::extra) members, as `csvColumns`.
    ///
    /// What CSV cannot say:
    /// - **Ids, dates**: absent. The folders and collections are those that rows name; their ids are made up, to lead
    ///   from an item to its folder, and count from 1.
    /// - **Items that are neither logins nor notes, passkeys, former passwords, how addresses are matched, what is in
    ///   no row**: the client that wrote the file left them out.
    /// - **The types of custom fields.** All are read as hidden: that masks what may have been meant to be seen, where
    ///   text would show what was meant to be hidden.
    /// - **Where a custom field, an address or a collection ends**, if it holds what stands between two of them. Each
    ///   comma ends an address, the first `: ` of a line a custom field's name, and a line without one continues a
    ///   value.
    ///
    /// Nothing of this crate's keeps a copy of the text; `bytes` are the caller's to erase.
    ///
    /// # Errors
    /// [`CsvError`]: the first row does not name the columns `type`, `name` and `login_password`, nor those of the form
    /// until 2017, or names one twice. A bad row is no error.
    pub fn parse_csv(bytes: &[u8]) -> Result<Export, CsvError> {
        let header = Header::of(bytes).ok_or(CsvError::Empty)?;
        let mut rows = header.rows();
        let columns = Columns::read(&rows.next().ok_or(CsvError::Empty)?, header.form().unwrap_or(Form::Present))?;
        let (mut folders, mut collections) = (Shelf::default(), Shelf::default());
        let mut items = Vec::new();
        for (index, row) in rows.filter(|row| !row.is_blank()).enumerate() {
            let reading = Reading { columns: &columns, row: &row, path: Path::row(row.number) };
            match reading.item(&mut folders, &mut collections) {
                Ok(item) => items.push(Ok(item)),
                Err(defect) => items.push(Err(unreadable(index, &row, &columns, defect))),
            }
        }
        let mut export = Export { encrypted: false.into(), items: items.into(), ..Export::default() };
        if columns.position(columns::COLLECTIONS).is_some() {
            export.collections = collections.records(|id, name| Collection { id, name, ..Collection::default() });
        }
        if columns.position(columns::FOLDER).is_some() {
            export.folders = folders.records(|id, name| Folder { id, name, ..Folder::default() });
        }
        Ok(export)
    }
}

/// The names of folders or collections, each with the id that was made up for it.
#[derive(Default)]
struct Shelf(HashMap<String, String>);

impl Shelf {
    fn id_of(&mut self, name: &str) -> String {
        let next = self.0.len() + 1;
        self.0.entry(name.to_owned()).or_insert_with(|| format!("00000000-0000-0000-0000-{next:012x}")).clone()
    }

    /// In the order in which rows named them, which is that of the ids.
    fn records<T>(self, make: fn(Member<String>, Member<String>) -> T) -> Member<Vec<Result<T, Unreadable>>> {
        let mut found: Vec<_> = self.0.into_iter().map(|(name, id)| (id, name)).collect();
        found.sort();
        let mut records = Vec::new();
        for (id, name) in found {
            records.push(Ok(make(id.into(), name.into())));
        }
        records.into()
    }
}

fn unreadable(index: usize, row: &Row<'_>, columns: &Columns, defect: Defect) -> Unreadable {
    let name = row.cells.as_ref().zip(columns.position(columns::NAME)).and_then(|(cells, at)| cells.get(at)?.text());
    let name = name.filter(|name| !name.is_empty()).map(|name| name.to_string());
    let mut text = ErasedText::default();
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
    fn item(&self, folders: &mut Shelf, collections: &mut Shelf) -> Result<Item, Defect> {
        let cells = self.row.cells.as_ref().ok_or_else(|| self.path.defect(Problem::Quotes))?;
        let columns = self.columns.len();
        // A row that ends before all that an item is known by is a piece of another one.
        let known_by = [columns::TYPE, columns::NAME].into_iter().filter_map(|name| self.columns.position(name));
        if known_by.min().is_some_and(|first| first >= cells.len())
            || cells.iter().skip(columns).any(|cell| !cell.is_empty())
        {
            return Err(self.path.defect(Problem::Cells { found: cells.len(), columns }));
        }
        let is_note = guesses::is_note(&self.cell(columns::TYPE)?);
        let favorite = guesses::favorite(&self.cell(columns::FAVORITE)?);
        let reprompt = guesses::reprompt(&self.cell(columns::REPROMPT)?);
        let guessed = |column| match column {
            columns::TYPE => is_note.is_guess,
            columns::FAVORITE => favorite.is_guess,
            columns::REPROMPT => reprompt.is_guess,
            _ => is_note.value && columns::OF_LOGINS.contains(&column),
        };
        let extra = self.other_cells(guessed)?;
        let kind = if is_note.value {
            ItemKind::SecureNote(SecureNote { r#type: SecureNoteType::Generic.into(), ..Default::default() }.into())
        } else {
            ItemKind::Login(self.login()?.into())
        };
        let has_favorite = self.columns.position(columns::FAVORITE).is_some();
        let mut item = Item {
            name: self.text(columns::NAME)?,
            notes: self.secret(columns::NOTES)?,
            favorite: if has_favorite { favorite.value.into() } else { Member::Absent },
            reprompt: reprompt.value,
            fields: self.fields()?,
            archived_date: self.text(columns::ARCHIVED)?,
            extra,
            kind,
            ..Item::default()
        };
        let (folder, names) = (self.cell(columns::FOLDER)?, self.cell(columns::COLLECTIONS)?);
        // Last, so that a row that cannot be read makes no folder.
        if !folder.is_empty() {
            item.folder_id = folders.id_of(&folder).into();
        }
        let ids: Vec<_> = lines::split_list(&names).map(|name| collections.id_of(name)).collect();
        if !ids.is_empty() {
            item.collection_ids = ids.into();
        }
        Ok(item)
    }

    fn login(&self) -> Result<Login, Defect> {
        let addresses = self.cell(columns::URI)?;
        let uri = |uri: &str| LoginUri { uri: uri.to_owned().into(), ..LoginUri::default() };
        let uris: Vec<_> = lines::split_list(&addresses).map(uri).collect();
        Ok(Login {
            uris: if uris.is_empty() { Member::Absent } else { uris.into() },
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
        let fields: Vec<_> = lines::split_fields(&cell).into_iter().map(field).collect();
        Ok(if fields.is_empty() { Member::Absent } else { fields.into() })
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
