//! An element of a list that could not be read, kept whole.

use std::fmt;

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, Plaintext};

use crate::{
    codec::Codec,
    defect::{Defect, Path},
    member::Member,
    record::{Object, Record},
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
#[error("{defect}")]
pub struct Unreadable {
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

    /// Whether it is `null`, which is no element and of which [`Export::unreadable`](crate::Export::unreadable) says
    /// nothing.
    pub fn is_null(&self) -> bool {
        self.json.expose_secret() == "null"
    }

    /// Its JSON text, as it stood in the file; of a row of CSV a JSON string with all that stands in the row (where
    /// that is not UTF-8, replacement characters).
    pub fn json(&self) -> &Plaintext {
        &self.json
    }

    /// A row of CSV that is no item.
    pub(crate) fn row(index: usize, name: Option<String>, row: &str, defect: Defect) -> Self {
        let mut json = Writer::new();
        json.text(row);
        Unreadable { list: "items", index, id: None, name, defect, json: json.finish().as_str().into() }
    }

    /// `None` for what is no element of a list.
    fn new(json: &RawValue, path: &Path<'_>, defect: &Defect) -> Option<Self> {
        let part = |name| {
            let member: Member<String> = Object::read(json, path).ok()?.take(name);
            member.into_value().filter(|text| !text.is_empty())
        };
        Some(Unreadable {
            list: path.name()?,
            index: path.index()?,
            id: part("id"),
            name: part("name"),
            defect: defect.clone(),
            json: json.get().into(),
        })
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable").field("defect", &self.defect).finish_non_exhaustive()
    }
}

/// Reading an element of such a list never fails; elsewhere it fails as reading the record does.
impl<T: Record> Codec for Result<T, Unreadable> {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        match T::read(json, path) {
            Ok(record) => Ok(Ok(record)),
            Err(defect) => Unreadable::new(json, path, &defect).map(Err).ok_or(defect),
        }
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Ok(record) => record.write(out),
            Err(unreadable) => out.raw(unreadable.json.expose_secret()),
        }
    }

    fn odd_within<'a>(&'a self, out: &mut Vec<&'a Defect>) {
        if let Ok(record) = self {
            Record::odd_within(record, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::Unreadable;
    use crate::{codec::Codec, defect::Path, item::Item};

    /// What stands in no list is not the first element of a list without a name.
    #[test]
    fn outside_of_a_list_nothing_is_kept_as_unreadable() {
        let json: &RawValue = serde_json::from_str(r#"{"id": "a", "name": 7}"#).unwrap();
        let read = |path: &Path<'_>| <Result<Item, Unreadable>>::read(json, path);
        assert_eq!(read(&Path::TOP).unwrap_err().to_string(), "type: is missing");
        let list = Path::TOP.member("folders");
        assert_eq!(read(&list).unwrap_err().to_string(), "folders.type: is missing");
        let unreadable = read(&list.element(3)).unwrap().unwrap_err();
        assert_eq!((unreadable.list(), unreadable.index(), unreadable.id()), ("folders", 3, Some("a")), "the control");
    }
}
