//! An element of a list that could not be read, kept whole.

use std::fmt;

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, SecretString};

use crate::{
    codec::Codec,
    defect::{Defect, Path},
    member::Member,
    record::{Object, Record},
    write::Writer,
};

/// An item, folder or collection that could not be read. The others of its list are not touched by it, and it is written
/// back as it stood.
///
/// Its `Display` says which and why, by position and names of the format: no value of the file. [`Unreadable::name`] is
/// plaintext and therefore asked for apart.
#[derive(Clone, thiserror::Error)]
#[error("{defect}")]
pub struct Unreadable {
    list: &'static str,
    index: usize,
    id: Option<String>,
    name: Option<String>,
    defect: Defect,
    json: SecretString,
}

impl Unreadable {
    /// The list it stands in: `items`, `folders` or `collections`.
    pub fn list(&self) -> &'static str {
        self.list
    }

    /// Its position in the list, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Its id, if that much could be read.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Its name, if that much could be read.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where it is wrong and how.
    pub fn defect(&self) -> &Defect {
        &self.defect
    }

    /// Its JSON text, as it stood in the file; of a row of CSV a JSON string with all that stands in the row (where that is
    /// not UTF-8, replacement characters).
    pub fn json(&self) -> &SecretString {
        &self.json
    }

    /// A row of CSV that is no item.
    pub(crate) fn row(index: usize, name: Option<String>, row: &str, defect: Defect) -> Self {
        let mut json = Writer::new();
        json.text(row);
        Unreadable { list: "items", index, id: None, name, defect, json: json.finish().as_str().into() }
    }

    fn new(json: &RawValue, path: &Path<'_>, defect: Defect) -> Self {
        let part = |name| {
            let member: Member<String> = Object::read(json, path).ok()?.take(name).ok()?;
            member.into_value().filter(|text| !text.is_empty())
        };
        Unreadable {
            list: path.name().unwrap_or_default(),
            index: path.index().unwrap_or_default(),
            id: part("id"),
            name: part("name"),
            defect,
            json: json.get().into(),
        }
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable").field("defect", &self.defect).finish_non_exhaustive()
    }
}

/// Reading an element of such a list never fails.
impl<T: Record> Codec for Result<T, Unreadable> {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        Ok(T::read(json, path).map_err(|defect| Unreadable::new(json, path, defect)))
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Ok(record) => record.write(out),
            Err(unreadable) => out.raw(unreadable.json.expose_secret()),
        }
    }
}
