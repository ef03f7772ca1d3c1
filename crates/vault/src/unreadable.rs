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

/// An item, folder or collection that could not be read. The others of its list are not touched by it, and it is
/// written back as it stood.
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
            let member: Member<String> = Object::read(json, path).ok()?.take(name).ok()?;
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
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::Unreadable;
    use crate::{codec::Codec, defect::Path, folder::Folder};

    /// What stands in no list is not the first element of a list without a name.
    #[test]
    fn outside_of_a_list_nothing_is_kept_as_unreadable() {
        let json: &RawValue = serde_json::from_str(r#"{"id": "a", "name": 7}"#).unwrap();
        let read = |path: &Path<'_>| <Result<Folder, Unreadable>>::read(json, path);
        assert_eq!(read(&Path::TOP).unwrap_err().to_string(), "name: expected text");
        let list = Path::TOP.member("folders");
        assert_eq!(read(&list).unwrap_err().to_string(), "folders.name: expected text");
        let unreadable = read(&list.element(3)).unwrap().unwrap_err();
        assert_eq!((unreadable.list(), unreadable.index(), unreadable.id()), ("folders", 3, Some("a")), "the control");
    }
}
