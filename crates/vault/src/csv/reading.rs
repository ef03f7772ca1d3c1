//! From CSV to items.

use std::collections::HashMap;

use strongroom::{ExposeSecret, Plaintext};
use zeroize::Zeroizing;

use crate::{
    csv::{
        cells::{Row, Rows},
        columns::{self, Column, Columns, CsvError},
        lines,
    },
    defect::{Defect, Path, Problem, Shape},
    erased_text::ErasedText,
    export::plain::Export,
    folder::{Collection, Folder},
    item::{
        Item, Reprompt,
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

/// The member of an item with the cells that have no other place.
const OTHER_CELLS: &str = "csvColumns";

impl Export {
    /// Reads Bitwarden's CSV export, a person's or an organization's: the names of columns in the first row, then a
    /// login or note a row. A byte order mark at the beginning is skipped.
    ///
    /// A row that cannot be read does not hide the others; [`Export::unreadable`] lists those. Columns that the format
    /// does not define, and cells that say something of a login where a note is, are kept in the item's
    /// [`extra`](Item::extra) members, as `csvColumns`.
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
    /// [`CsvError`]: the first row does not name the columns. A bad row is no error.
    pub fn parse_csv(bytes: &[u8]) -> Result<Export, CsvError> {
        let mut rows = Rows::of(columns::without_mark(bytes));
        let columns = Columns::read(&rows.next().ok_or(CsvError::Empty)?)?;
        let (mut folders, mut collections) = (Shelf::default(), Shelf::default());
        let mut items = Vec::new();
        for (index, row) in rows.enumerate() {
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
    let cells = row.cells.as_ref().filter(|cells| cells.len() == columns.len());
    let name = cells.zip(columns.position(columns::NAME)).and_then(|(cells, at)| cells.get(at)?.text());
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
        let found = self.row.cells.as_ref().ok_or_else(|| self.path.defect(Problem::Quotes))?.len();
        let columns = self.columns.len();
        if found != columns {
            return Err(self.path.defect(Problem::Cells { found, columns }));
        }
        let kind = match self.cell(columns::TYPE)?.as_str() {
            "login" => ItemKind::Login(self.login()?.into()),
            "note" => {
                ItemKind::SecureNote(SecureNote { r#type: SecureNoteType::Generic.into(), ..Default::default() }.into())
            }
            _ => return Err(self.expected(columns::TYPE, Shape::CsvType)),
        };
        let mut item = Item {
            name: self.text(columns::NAME)?,
            notes: self.secret(columns::NOTES)?,
            favorite: self.favorite()?,
            reprompt: self.reprompt()?,
            fields: self.fields()?,
            archived_date: self.text(columns::ARCHIVED)?,
            extra: self.other_cells(matches!(kind, ItemKind::Login(_)))?,
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

    fn favorite(&self) -> Result<Member<bool>, Defect> {
        match (self.columns.position(columns::FAVORITE), self.cell(columns::FAVORITE)?.as_str()) {
            (None, _) => Ok(Member::Absent),
            (_, "1") => Ok(true.into()),
            (_, "" | "0") => Ok(false.into()),
            _ => Err(self.expected(columns::FAVORITE, Shape::CsvFlag)),
        }
    }

    fn reprompt(&self) -> Result<Member<Reprompt>, Defect> {
        let cell = self.cell(columns::REPROMPT)?;
        if cell.is_empty() {
            return Ok(Member::Absent);
        }
        // Only the spelling that is written back.
        let number: Option<i64> = cell.parse().ok().filter(|number: &i64| number.to_string() == *cell);
        let number = number.ok_or_else(|| self.expected(columns::REPROMPT, Shape::WholeNumber))?;
        Ok(Reprompt::from(number).into())
    }

    /// The cells that have no other place, unless they are empty.
    fn other_cells(&self, is_login: bool) -> Result<Extra, Defect> {
        let mut json = Writer::new();
        json.begin_object();
        let mut some = false;
        for (column, cell) in self.columns.iter().zip(self.row.cells.iter().flatten()) {
            let (name, path) = match column {
                Column::Known(name) if is_login || !columns::OF_LOGINS.contains(name) => continue,
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
        Ok(if some { Extra::one(OTHER_CELLS, &json.finish()) } else { Extra::default() })
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

    fn expected(&self, column: &'static str, shape: Shape) -> Defect {
        self.path.member(column).defect(Problem::Expected(shape))
    }
}
