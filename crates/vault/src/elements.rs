//! Lists of an export, whose elements are read one at a time from where they are written.

use std::{borrow::Cow, fmt, ops::Range, sync::Arc};

use serde_json::value::RawValue;
use strongroom::ExposeSecret;
use zeroize::Zeroizing;

use crate::{
    codec::Codec,
    csv::table::Table,
    defect::{Defect, Path, Problem},
    read::{self, Pieces},
    record::Record,
    unreadable::Unreadable,
    write::Writer,
};

/// The items, folders or collections of an export.
///
/// What was read from a file stays there as text, and each walk through the list reads the elements anew, one at a
/// time. A list therefore takes the memory of its text and of one element, however many there are; and a walk takes
/// the time of reading. [`to_mut`](Self::to_mut) reads all, for changing them.
///
/// ```
/// use strongroom_vault::{Elements, Export, Folder};
///
/// let mut export = Export::parse(r#"{"encrypted": false, "folders": [{"id": "1", "name": "Work"}, 7], "items": []}"#)?;
/// let folders = export.folders.value_mut().ok_or("no folders")?;
/// assert_eq!(folders.iter().filter_map(|element| element.ok()?.name().map(str::len)).sum::<usize>(), 4);
/// folders.to_mut().push(Ok(Folder { name: "Home".to_owned().into(), ..Folder::default() }));
/// assert_eq!(export.folders().count(), 2);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Elements<T> {
    /// The text that the elements are read from. `None` once all were read.
    written: Option<Written<T>>,
    /// Elements that a program made, or that were all read. Empty while `written` is `Some`.
    own: Vec<Result<T, Unreadable>>,
}

#[derive(Clone)]
enum Written<T> {
    /// A list of JSON, and how an element is read.
    Json(JsonList, FromJson<T>),
    /// Rows of CSV, and how elements are made of them.
    Csv(Arc<Table>, fn(&Table) -> FromRows<'_, T>),
}

type FromJson<T> = fn(&RawValue, &Path<'_>) -> Result<T, Defect>;

type FromRows<'a, T> = Box<dyn Iterator<Item = Result<T, Unreadable>> + 'a>;

/// An element: what was read, or why it cannot be.
pub type Element<'a, T> = Result<Cow<'a, T>, Cow<'a, Unreadable>>;

/// A list within a text that it shares.
#[derive(Clone)]
struct JsonList {
    /// Its name in the format, for the places of what is wrong.
    name: &'static str,
    text: Arc<Zeroizing<String>>,
    /// Between the brackets.
    ///
    /// Invariant: these are bounds of characters of the text, and what is between them was found to be JSON.
    range: Range<usize>,
}

impl JsonList {
    /// Returns the list in a text that `path` leads from; in a copy of its own, if that text cannot be shared.
    fn new(json: &RawValue, name: &'static str, path: &Path<'_>) -> Self {
        let inside = 1..json.get().len().saturating_sub(1);
        if let Some(text) = path.document()
            && let Some(start) = json.get().as_ptr().addr().checked_sub(text.as_ptr().addr())
            && text.get(start..start.saturating_add(json.get().len())) == Some(json.get())
        {
            return JsonList { name, text: Arc::clone(text), range: start + inside.start..start + inside.end };
        }
        JsonList { name, text: Arc::new(json.get().to_owned().into()), range: inside }
    }

    fn inside(&self) -> &str {
        let (before, _) = self.text.split_at(self.range.end);
        before.split_at(self.range.start).1
    }
}

impl<T: Clone> Elements<T> {
    /// Returns the elements that `make` reads from the rows of a table.
    pub(crate) fn of_rows(table: &Arc<Table>, make: fn(&Table) -> FromRows<'_, T>) -> Self {
        Elements { written: Some(Written::Csv(Arc::clone(table), make)), own: Vec::new() }
    }

    /// Walks through the list. What was not read before is read now.
    pub fn iter(&self) -> ElementsIter<'_, T> {
        ElementsIter(match &self.written {
            None => Walk::Own(self.own.iter()),
            Some(Written::Json(list, read)) => {
                Walk::Json { name: list.name, read: *read, pieces: Pieces::of(list.inside()).enumerate() }
            }
            Some(Written::Csv(table, make)) => Walk::Csv(make(table)),
        })
    }

    /// Reads all elements, to add, change or take away some. From then on the list takes the memory of its elements:
    /// for a list of small ones many times that of its text.
    pub fn to_mut(&mut self) -> &mut Vec<Result<T, Unreadable>> {
        if self.written.is_some() {
            self.own = self.iter().map(|element| element.map(Cow::into_owned).map_err(Cow::into_owned)).collect();
            self.written = None;
        }
        &mut self.own
    }
}

/// An empty list.
impl<T> Default for Elements<T> {
    fn default() -> Self {
        Elements { written: None, own: Vec::new() }
    }
}

impl<T> From<Vec<T>> for Elements<T> {
    fn from(elements: Vec<T>) -> Self {
        elements.into_iter().map(Ok).collect()
    }
}

impl<T> FromIterator<Result<T, Unreadable>> for Elements<T> {
    fn from_iter<I: IntoIterator<Item = Result<T, Unreadable>>>(elements: I) -> Self {
        Elements { written: None, own: elements.into_iter().collect() }
    }
}

impl<'a, T: Clone> IntoIterator for &'a Elements<T> {
    type Item = Element<'a, T>;
    type IntoIter = ElementsIter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Shows nothing of the elements.
impl<T> fmt::Debug for Elements<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Elements(..)")
    }
}

/// A walk through [`Elements`].
pub struct ElementsIter<'a, T>(Walk<'a, T>);

enum Walk<'a, T> {
    Own(std::slice::Iter<'a, Result<T, Unreadable>>),
    Json { name: &'static str, read: FromJson<T>, pieces: std::iter::Enumerate<Pieces<'a>> },
    Csv(FromRows<'a, T>),
}

impl<'a, T: Clone> Iterator for ElementsIter<'a, T> {
    type Item = Element<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Walk::Own(elements) => Some(match elements.next()? {
                Ok(element) => Ok(Cow::Borrowed(element)),
                Err(unreadable) => Err(Cow::Borrowed(unreadable)),
            }),
            Walk::Json { name, read, pieces } => {
                let (index, json) = pieces.next()?;
                let list = Path::TOP.member(name);
                Some(match read(json, &list.element(index)) {
                    Ok(element) => Ok(Cow::Owned(element)),
                    Err(defect) => Err(Cow::Owned(Unreadable::new(name, index, json, defect))),
                })
            }
            Walk::Csv(elements) => elements.next().map(|read| read.map(Cow::Owned).map_err(Cow::Owned)),
        }
    }
}

impl<T> fmt::Debug for ElementsIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ElementsIter(..)")
    }
}

/// Reading a list never fails because of an element.
impl<T: Record + Clone> Codec for Elements<T> {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        read::elements(json).map_err(|problem| path.defect(problem))?;
        // Its elements are reported by the name of the list.
        let name = path.name().ok_or_else(|| path.defect(Problem::Missing))?;
        Ok(Elements { written: Some(Written::Json(JsonList::new(json, name, path), T::read)), own: Vec::new() })
    }

    fn write(&self, out: &mut Writer) {
        out.begin_list();
        for element in self {
            out.element();
            match element {
                Ok(record) => record.write(out),
                Err(unreadable) => out.raw(unreadable.json().expose_secret()),
            }
        }
        out.end_list();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Item;

    fn list(json: &str, path: &Path<'_>) -> Result<Elements<Item>, Defect> {
        let json: &RawValue = serde_json::from_str(json).unwrap();
        Elements::read(json, path)
    }

    /// What is in no text that can be shared is kept as a copy, and read the same.
    #[test]
    fn a_list_is_read_where_it_is_or_from_a_copy() {
        let text = r#"  [ {"type": 1, "name": "a"} , 7 ,null,{"id": "b", "name": 7}]"#;
        let shared = Arc::new(Zeroizing::new(text.to_owned()));
        let json: &RawValue = serde_json::from_str(&shared).unwrap();
        let top = Path::document_of(&shared);
        for (elements, is_shared) in [
            (Elements::<Item>::read(json, &top.member("items")).unwrap(), true),
            (list(text, &top.member("items")).unwrap(), false),
        ] {
            let found: Vec<_> = elements.iter().collect();
            let [Ok(item), Err(seven), Err(null), Err(no_type)] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!(item.name(), Some("a"));
            assert_eq!(
                (seven.list(), seven.index(), seven.to_string()),
                ("items", 1, "items[1]: expected an object".into())
            );
            assert!(null.is_null() && no_type.id() == Some("b"));
            let Some(Written::Json(list, _)) = &elements.written else { panic!("read at once") };
            assert_eq!(Arc::ptr_eq(&list.text, &shared), is_shared);
        }
        assert_eq!(list(text, &Path::TOP).unwrap_err().to_string(), "(document): is missing", "a list without a name");
    }
}
