//! What an object holds beside the members that the format defines, and where everything stood.

use std::fmt;

use strongroom::Plaintext;

use crate::odd::Odd;

/// The members of a JSON object that the format does not define, kept as they were written, and the order in which all
/// of the object's members stood.
///
/// They are written back where they stood. Nothing in them is lost: numbers keep their spelling and range, names
/// written twice stay two. They may hold secrets, so `Debug` shows their number alone.
#[derive(Clone, Default)]
pub struct Extra {
    members: Vec<Unknown>,
    /// All members as they were read: a name of the format, or `None` for the next unknown one.
    order: Vec<Option<&'static str>>,
    /// How the number of the record's kind was written, if not as the format has it.
    kind: Option<Box<Odd<i64>>>,
}

/// A member that the format does not define.
#[derive(Clone)]
pub(crate) struct Unknown {
    pub(crate) name: Box<str>,
    /// The name as JSON, where it is no Unicode text.
    pub(crate) written: Option<Box<str>>,
    pub(crate) json: Plaintext,
}

impl Extra {
    /// One member, that no object was read with.
    pub(crate) fn one(name: &str, json: &str) -> Self {
        let unknown = Unknown { name: name.into(), written: None, json: json.into() };
        Extra { members: vec![unknown], order: vec![None], kind: None }
    }

    /// What an object was read with: see the members of this struct.
    pub(crate) fn new(members: Vec<Unknown>, order: Vec<Option<&'static str>>, kind: Option<Box<Odd<i64>>>) -> Self {
        Extra { members, order, kind }
    }

    pub(crate) fn unknown(&self) -> impl Iterator<Item = &Unknown> {
        self.members.iter()
    }

    /// All members as they were read: a name of the format, or `None` for the next unknown one.
    pub(crate) fn order(&self) -> &[Option<&'static str>] {
        &self.order
    }

    /// How the number of the record's kind was written, if not as the format has it.
    pub(crate) fn odd_kind(&self) -> Option<&Odd<i64>> {
        self.kind.as_deref()
    }

    /// The names and the JSON text of the values, in the order of the file. A name with half a character (`\ud83d`) has
    /// U+FFFD for it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Plaintext)> {
        self.members.iter().map(|unknown| (&*unknown.name, &unknown.json))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({} members)", self.members.len())
    }
}
