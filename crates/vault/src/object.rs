//! JSON objects while they are being read.

use std::{borrow::Cow, fmt};

use serde_json::value::RawValue;

use crate::{
    codec::{self, Codec},
    defect::{Defect, Path, Problem, Shape},
    extra::{Extra, ExtraBuilder},
    member::Member,
    odd::Odd,
    read,
    syntax::{self, JsonError},
};

/// An object that is being read: each known member is taken out by name, what stays is extra.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    path: &'a Path<'a>,
    members: Vec<Found<'a>>,
    kind: Option<Box<Odd<i64>>>,
    /// The number of names that were taken out so far.
    taken: u8,
    /// A member that is there too often.
    too_often: Option<Defect>,
}

/// How many members of an object are read. A file of a few MiB with more in one object would take hundreds of MiB.
const MAX_MEMBERS: usize = 4096;

/// The most times that one member may occur in an object.
const MAX_SAME: usize = 16;

/// Why a text is no object.
#[derive(Debug)]
pub(crate) enum DocumentError {
    Json(JsonError),
    Malformed(Defect),
}

impl From<JsonError> for DocumentError {
    fn from(error: JsonError) -> Self {
        DocumentError::Json(error)
    }
}

impl From<Defect> for DocumentError {
    fn from(defect: Defect) -> Self {
        DocumentError::Malformed(defect)
    }
}

struct Found<'a> {
    /// `None` if it is no Unicode text, and so no name of the format.
    name: Option<Cow<'a, str>>,
    written: &'a RawValue,
    json: &'a RawValue,
    /// The number of the name under which it was taken out, from 0. `None` if it was not taken.
    taken: Option<u8>,
}

impl Found<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name)
    }
}

impl fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found(..)")
    }
}

impl<'a> Object<'a> {
    pub(crate) fn read(json: &'a RawValue, path: &'a Path<'a>) -> Result<Self, Defect> {
        let mut members = read::members(json).map_err(|p| path.defect(p))?;
        let object = Object::of(members.by_ref().take(MAX_MEMBERS), path);
        match members.next() {
            None => Ok(object),
            Some(_) => Err(path.defect(Problem::TooMany { max: MAX_MEMBERS })),
        }
    }

    /// Reads a text that is not known to be JSON. Its syntax is checked in the same pass.
    pub(crate) fn read_document(text: &'a str, path: &'a Path<'a>) -> Result<Self, DocumentError> {
        match read::document_members(text, MAX_MEMBERS) {
            Some((_, true)) => Err(path.defect(Problem::TooMany { max: MAX_MEMBERS }).into()),
            Some((members, false)) => Ok(Object::of(members.into_iter(), path)),
            None => {
                syntax::check(text)?;
                Err(path.defect(Problem::Expected(Shape::Object)).into())
            }
        }
    }

    fn of(members: impl Iterator<Item = (&'a RawValue, &'a RawValue)>, path: &'a Path<'a>) -> Self {
        let found = |(written, json)| Found { name: read::name(written), written, json, taken: None };
        Object { path, members: members.map(found).collect(), kind: None, taken: 0, too_often: None }
    }

    /// Returns the members whose names are Unicode text.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &'a RawValue)> + Clone {
        self.members.iter().filter_map(|member| Some((member.name.as_deref()?, member.json)))
    }

    /// Takes the member out and reads it, as far as it can be read. Of a member that is there more than once, the last
    /// counts.
    pub(crate) fn take<T: Codec>(&mut self, name: &'static str) -> Member<T> {
        let path = self.path.member(name);
        let mut written = Vec::new();
        for member in self.members.iter_mut().filter(|member| member.is(name)) {
            member.taken = Some(self.taken);
            written.push(member.json);
        }
        self.taken += 1;
        if written.len() > MAX_SAME {
            self.too_often = Some(path.defect(Problem::TooMany { max: MAX_SAME }));
        }
        let member = match written.last() {
            None => Member::Absent,
            Some(json) => codec::read_member(json, &path),
        };
        if written.len() < 2 {
            return member;
        }
        let odd = match member {
            Member::Odd(odd) => odd,
            other => Odd::new(other.into_value(), Vec::new(), []),
        };
        Member::Odd(odd.also(path.defect(Problem::Duplicate), written))
    }

    /// Reads the member and leaves it where it is. It has to be written as the format has it.
    pub(crate) fn look<T: Codec>(&self, name: &'static str) -> Result<Member<T>, Defect> {
        let path = self.path.member(name);
        let mut found = self.members.iter().filter(|member| member.is(name));
        match (found.next(), found.next()) {
            (None, _) => Ok(Member::Absent),
            (Some(member), None) if read::is_null(member.json) => Ok(Member::Null),
            (Some(member), None) => T::read(member.json, &path).map(Member::Value),
            (Some(_), Some(_)) => Err(path.defect(Problem::Duplicate)),
        }
    }

    /// Whether a member of this name is there and is neither null nor the empty text.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.is(name) && !read::is_null(member.json) && member.json.get() != r#""""#)
    }

    /// Whether a member of this name is there.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.is(name))
    }

    /// Reads a member that must have a value, and leaves it where it is.
    ///
    /// # Errors
    /// The member is absent, null or there twice, or is not written as the format has it.
    pub(crate) fn require<T: Codec>(&self, name: &'static str) -> Result<T, Defect> {
        self.look(name)?.into_value().ok_or_else(|| self.missing(name))
    }

    /// Takes out the number of the record's kind. Where it cannot be read, it is that of the only kind of which the
    /// object has the member.
    pub(crate) fn take_kind(&mut self, name: &'static str, kinds: &[(i64, &str)]) -> Result<i64, Defect> {
        let odd = match self.take::<i64>(name) {
            Member::Value(number) => return Ok(number),
            Member::Odd(odd) => odd,
            Member::Absent => Odd::new(None, vec![self.missing(name)], []),
            Member::Null => Odd::new(None, vec![self.missing(name)], [RawValue::NULL]),
        };
        let mut present = kinds.iter().filter(|(_, member)| self.has(member)).map(|(number, _)| *number);
        let number = match (odd.value(), present.next(), present.next()) {
            (Some(number), ..) => *number,
            (None, Some(number), None) => number,
            _ => return Err(odd.defects().first().cloned().unwrap_or_else(|| self.missing(name))),
        };
        self.kind = Some(odd.with(Some(number)));
        Ok(number)
    }

    fn missing(&self, name: &'static str) -> Defect {
        self.path.member(name).defect(Problem::Missing)
    }

    /// Returns what was not taken.
    ///
    /// # Errors
    /// A member is there so often that its places cannot be told apart in reasonable time.
    pub(crate) fn into_extra(self) -> Result<Extra, Defect> {
        if let Some(defect) = self.too_often {
            return Err(defect);
        }
        let unknown = self.members.iter().filter(|member| member.taken.is_none());
        let len: usize = unknown.map(|member| member.written.get().len() + member.json.get().len() + 2).sum();
        let len = if len == 0 { 0 } else { len + 1 };
        let mut extra = ExtraBuilder::with_capacity(self.members.len(), len);
        for member in self.members {
            match member.taken {
                Some(number) => extra.known(number),
                None => extra.unknown(member.written.get(), member.json.get()),
            }
        }
        Ok(extra.finish(self.kind))
    }
}
