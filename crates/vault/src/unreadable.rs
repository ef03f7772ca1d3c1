//! An element of a list that could not be read, kept whole.

use std::fmt;

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, Plaintext};

use crate::{
    defect::{Defect, Path},
    member::Member,
    record::Object,
    write::Writer,
};

/// An item, folder or collection that could not be read: it is no JSON object, or an item that neither states its type
/// nor has the member of exactly one. The others of its list are not touched by it, and it is written back as it stood.
///
/// A single member that cannot be read makes no element unreadable: see [`Odd`](crate::Odd).
///
/// Its `Display` says which and why, by position and names of the format: no value of the file. [`Unreadable::name`] is
/// plaintext and therefore asked for apart.
#[derive(Clone, thiserror::Error)]
#[error("{}", .0.defect)]
pub struct Unreadable(Box<Kept>);

/// The fields of an [`Unreadable`].
#[derive(Clone)]
struct Kept {
    list: &'static str,
    index: usize,
    id: Option<String>,
    name: Option<String>,
    defect: Defect,
    json: Plaintext,
}

impl Unreadable {
    /// The list it stands in: `items`, `folders` or `collections`.
    pub fn list(&self) -> &'static str {
        self.0.list
    }

    /// Its position in the list, from 0.
    pub fn index(&self) -> usize {
        self.0.index
    }

    /// Its id, if that much could be read.
    pub fn id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// Its name, if that much could be read.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Where it is wrong and how.
    pub fn defect(&self) -> &Defect {
        &self.0.defect
    }

    /// Whether it is `null`, which is no element and of which [`Export::unreadable`](crate::Export::unreadable) says
    /// nothing.
    pub fn is_null(&self) -> bool {
        self.0.json.expose_secret() == "null"
    }

    /// Its JSON text, as it stood in the file; of a row of CSV a JSON string with all that stands in the row (where
    /// that is not UTF-8, replacement characters).
    pub fn json(&self) -> &Plaintext {
        &self.0.json
    }

    /// A row of CSV that is no item.
    pub(crate) fn row(index: usize, name: Option<String>, row: &str, defect: Defect) -> Self {
        let mut json = Writer::new();
        json.text(row);
        let json = json.finish().as_str().into();
        Unreadable(Box::new(Kept { list: "items", index, id: None, name, defect, json }))
    }

    /// An element of a list of JSON.
    pub(crate) fn new(list: &'static str, index: usize, json: &RawValue, defect: Defect) -> Self {
        let part = |name| {
            let member: Member<String> = Object::read(json, &Path::TOP).ok()?.take(name);
            member.into_value().filter(|text| !text.is_empty())
        };
        let (id, name) = (part("id"), part("name"));
        Unreadable(Box::new(Kept { list, index, id, name, defect, json: json.get().into() }))
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable").field("defect", &self.0.defect).finish_non_exhaustive()
    }
}
