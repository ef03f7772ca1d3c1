//! Records: JSON objects with members the format defines and members it does not. One table of members ([`record!`])
//! makes the struct, its reader, its writer, its accessors and the entries it shows.

use std::{borrow::Cow, fmt};

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, Plaintext};

use crate::{
    codec::Codec,
    defect::{Defect, Path, Problem},
    member::Member,
    read,
    write::Writer,
};

/// The members of a JSON object that the format does not define, kept as they were written, and the order in which all
/// of the object's members stood.
///
/// They are written back where they stood. Nothing in them is lost: numbers keep their spelling and range, names
/// written twice stay two. They may hold secrets, so `Debug` shows their number alone.
#[derive(Clone, Default)]
pub struct Extra {
    members: Vec<(Box<str>, Plaintext)>,
    /// All members as they were read: a name of the format, or `None` for the next unknown one.
    order: Vec<Option<&'static str>>,
}

impl Extra {
    /// One member, that no object was read with.
    pub(crate) fn one(name: &str, json: &str) -> Self {
        Extra { members: vec![(name.into(), json.into())], order: vec![None] }
    }

    /// The names and the JSON text of the values, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Plaintext)> {
        self.members.iter().map(|(name, json)| (&**name, json))
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

/// An object that is being read: each known member is taken out by name, what stays is extra.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    path: &'a Path<'a>,
    members: Vec<Found<'a>>,
}

struct Found<'a> {
    name: Cow<'a, str>,
    json: &'a RawValue,
    taken: Option<&'static str>,
}

impl Found<'_> {
    fn read<T: Codec>(&self, path: &Path<'_>) -> Result<Member<T>, Defect> {
        if read::is_null(self.json) {
            return Ok(Member::Null);
        }
        T::read(self.json, path).map(Member::Value)
    }
}

impl fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found(..)")
    }
}

impl<'a> Object<'a> {
    pub(crate) fn read(json: &'a RawValue, path: &'a Path<'a>) -> Result<Self, Defect> {
        let members = read::members(json).map_err(|p| path.defect(p))?;
        let members = members.into_iter().map(|(name, json)| Found { name, json, taken: None });
        Ok(Object { path, members: members.collect() })
    }

    /// Takes the member out and reads it.
    pub(crate) fn take<T: Codec>(&mut self, name: &'static str) -> Result<Member<T>, Defect> {
        let path = self.path.member(name);
        let mut found = self.members.iter_mut().filter(|m| m.name == name);
        let Some(member) = found.next() else {
            return Ok(Member::Absent);
        };
        if found.next().is_some() {
            return Err(path.defect(Problem::Duplicate));
        }
        member.taken = Some(name);
        member.read(&path)
    }

    /// Reads the member and leaves it where it is.
    pub(crate) fn look<T: Codec>(&self, name: &'static str) -> Result<Member<T>, Defect> {
        let path = self.path.member(name);
        let mut found = self.members.iter().filter(|m| m.name == name);
        match (found.next(), found.next()) {
            (None, _) => Ok(Member::Absent),
            (Some(member), None) => member.read(&path),
            (Some(_), Some(_)) => Err(path.defect(Problem::Duplicate)),
        }
    }

    /// Whether a member of this name is there and is neither null nor the empty text.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|m| m.name == name && !read::is_null(m.json) && m.json.get() != r#""""#)
    }

    /// Whether a member of this name is there.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.members.iter().any(|m| m.name == name)
    }

    /// As [`Object::take`] for a member that must have a value.
    pub(crate) fn require<T: Codec>(&mut self, name: &'static str) -> Result<T, Defect> {
        let missing = self.path.member(name).defect(Problem::Missing);
        self.take(name)?.into_value().ok_or(missing)
    }

    /// What was not taken.
    pub(crate) fn into_extra(self) -> Extra {
        let order = self.members.iter().map(|m| m.taken).collect();
        let unknown = self.members.into_iter().filter(|m| m.taken.is_none());
        Extra { members: unknown.map(|m| (m.name.into(), m.json.get().into())).collect(), order }
    }
}

/// A JSON object with a table of known members.
pub(crate) trait Record: Sized {
    /// Reads the known members and keeps the others.
    fn from_object(object: Object<'_>) -> Result<Self, Defect>;
    fn extra(&self) -> &Extra;
    /// The known members in the order in which a new record is written.
    fn names(&self) -> Vec<&'static str>;
    fn write_member(&self, name: &str, out: &mut Writer);
}

impl<T: Record> Codec for T {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        T::from_object(Object::read(json, path)?)
    }

    fn write(&self, out: &mut Writer) {
        let (names, extra) = (self.names(), self.extra());
        let mut unknown = extra.members.iter().filter(|(name, _)| !names.contains(&&**name));
        out.begin_object();
        for place in &extra.order {
            if let Some(name) = place {
                self.write_member(name, out);
            } else if let Some((name, json)) = unknown.next() {
                out.name(name);
                out.raw(json.expose_secret());
            }
        }
        for name in names.iter().filter(|&&name| !extra.order.contains(&Some(name))) {
            self.write_member(name, out);
        }
        out.end_object();
    }
}

/// Members that belong to the surrounding object and are chosen by its content (an item's kind).
pub(crate) trait Flatten: Sized {
    fn take_from(object: &mut Object<'_>) -> Result<Self, Defect>;
    fn names(&self) -> Vec<&'static str>;
    fn write_member(&self, name: &str, out: &mut Writer);
}

pub(crate) fn write_member<T: Codec>(out: &mut Writer, name: &str, member: &Member<T>) {
    match member {
        Member::Absent => {}
        Member::Null => {
            out.name(name);
            out.raw("null");
        }
        Member::Value(value) => {
            out.name(name);
            value.write(out);
        }
    }
}

/// Makes a record from the table of its members: `name: kind = "name in JSON", "label";`.
///
/// The kind says the type and the accessor: `text` (`String`), `secret` (`Plaintext`), `flag` (`bool`), `code(T)` (an
/// enumerated number), `list(T)`, `each(T)` (a list whose bad elements do not hide the others). A text or secret with a
/// label is shown by `entries`. A last line `+ name: Type;` holds members chosen by the content ([`Flatten`]).
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $record:ident {
            $( $(#[$member_meta:meta])* $member:ident : $kind:ident $(($inner:ty))? = $name:literal $(, $label:literal)? ; )*
            $( + $(#[$flat_meta:meta])* $flat:ident : $flat_type:ty ; )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default)]
        pub struct $record {
            $( $(#[$member_meta])* pub $member: $crate::member::Member<$crate::record::record!(@type $kind $($inner)?)>, )*
            $( $(#[$flat_meta])* pub $flat: $flat_type, )?
            /// The members that the format does not define.
            pub extra: $crate::record::Extra,
        }

        impl $record {
            $( $crate::record::record!(@accessor $member $kind $name $($inner)?); )*

            /// The members that have a label, in order.
            #[allow(dead_code, reason = "folders and exports have no member with a label")]
            pub(crate) fn push_entries<'a>(
                &'a self,
                section: $crate::entry::Section,
                out: &mut Vec<$crate::entry::Entry<'a>>,
            ) {
                $( $( $crate::record::record!(@entry $kind self $member section out $name $label); )? )*
                let _ = (section, out);
            }
        }

        impl $crate::record::Record for $record {
            fn from_object(mut object: $crate::record::Object<'_>) -> Result<Self, $crate::defect::Defect> {
                Ok($record {
                    $( $member: object.take($name)?, )*
                    $( $flat: $crate::record::Flatten::take_from(&mut object)?, )?
                    extra: object.into_extra(),
                })
            }

            fn extra(&self) -> &$crate::record::Extra {
                &self.extra
            }

            fn names(&self) -> Vec<&'static str> {
                #[allow(unused_mut, reason = "only a record with a flattened part adds to it")]
                let mut names = vec![$( $name ),*];
                $( names.extend($crate::record::Flatten::names(&self.$flat)); )?
                names
            }

            fn write_member(&self, name: &str, out: &mut $crate::write::Writer) {
                match name {
                    $( $name => $crate::record::write_member(out, name, &self.$member), )*
                    _ => { $( $crate::record::Flatten::write_member(&self.$flat, name, out); )? }
                }
            }
        }
    };

    (@type text) => { String };
    (@type secret) => { strongroom::Plaintext };
    (@type flag) => { bool };
    (@type code $inner:ty) => { $inner };
    (@type list $inner:ty) => { Vec<$inner> };
    (@type each $inner:ty) => { Vec<Result<$inner, $crate::unreadable::Unreadable>> };

    (@accessor $member:ident text $name:literal) => {
        #[doc = concat!("`", $name, "`, unless it is absent, null or empty.")]
        pub fn $member(&self) -> Option<&str> {
            self.$member.value().map(String::as_str).filter(|text| !text.is_empty())
        }
    };
    (@accessor $member:ident secret $name:literal) => {
        #[doc = concat!("`", $name, "`, unless it is absent, null or empty.")]
        pub fn $member(&self) -> Option<&strongroom::Plaintext> {
            self.$member.value().filter(|text| !strongroom::ExposeSecret::expose_secret(*text).is_empty())
        }
    };
    (@accessor $member:ident flag $name:literal) => {
        #[doc = concat!("`", $name, "`, unless it is absent or null.")]
        pub fn $member(&self) -> Option<bool> {
            self.$member.value().copied()
        }
    };
    (@accessor $member:ident code $name:literal $inner:ty) => {
        #[doc = concat!("`", $name, "`, unless it is absent or null.")]
        pub fn $member(&self) -> Option<$inner> {
            self.$member.value().copied()
        }
    };
    (@accessor $member:ident list $name:literal $inner:ty) => {
        #[doc = concat!("`", $name, "`, empty if it is absent or null.")]
        #[expect(clippy::disallowed_methods, reason = "a list that is absent is an empty one to a reader")]
        pub fn $member(&self) -> &[$inner] {
            self.$member.value().map(Vec::as_slice).unwrap_or_default()
        }
    };
    (@accessor $member:ident each $name:literal $inner:ty) => {
        #[doc = concat!("Those of `", $name, "` that could be read.")]
        pub fn $member(&self) -> impl Iterator<Item = &$inner> {
            self.$member.value().into_iter().flatten().filter_map(|read| read.as_ref().ok())
        }
    };

    (@entry text $self:ident $member:ident $section:ident $out:ident $name:literal $label:literal) => {
        if let Some(text) = $self.$member() {
            $out.push($crate::entry::Entry::new($section, $name, $label, text, false));
        }
    };
    (@entry secret $self:ident $member:ident $section:ident $out:ident $name:literal $label:literal) => {
        if let Some(text) = $self.$member() {
            $out.push($crate::entry::Entry::new($section, $name, $label, strongroom::ExposeSecret::expose_secret(text), true));
        }
    };
}
pub(crate) use record;
