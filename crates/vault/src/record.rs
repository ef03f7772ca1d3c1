//! Records: JSON objects with members the format defines and members it does not. One table of members ([`record!`])
//! makes the struct, its reader, its writer, its accessors and the entries it shows.

use crate::extra::Place;
use crate::{
    codec::Codec,
    defect::{Defect, Path},
    member::Member,
    odd::Odd,
    read,
    write::Writer,
};
pub(crate) use crate::{extra::Extra, object::Object};
use serde_json::value::RawValue;

/// A JSON object with a table of known members.
pub(crate) trait Record: Sized {
    /// Reads the known members and keeps the others.
    fn from_object(object: Object<'_>) -> Result<Self, Defect>;
    /// What a text in place of the object stands for.
    fn from_text(json: &RawValue, path: &Path<'_>) -> Option<Self>;
    fn extra(&self) -> &Extra;
    /// The known members in the order in which they are taken out of an object, and in which a new record is written.
    fn names(&self) -> Vec<&'static str>;
    /// Writes a member, or what is written in its place `nth`, from 0.
    fn write_member(&self, name: &str, nth: usize, out: &mut Writer);
    /// Adds what is wrong with the known members.
    fn odd_within<'a>(&'a self, out: &mut Vec<&'a Defect>);
}

impl<T: Record> Codec for T {
    fn read(json: &RawValue, path: &Path<'_>) -> Result<Self, Defect> {
        T::from_object(Object::read(json, path)?)
    }

    fn salvage(json: &RawValue, path: &Path<'_>, defect: Defect) -> (Option<Self>, Vec<Defect>) {
        (if read::is_text(json) { T::from_text(json, path) } else { None }, vec![defect])
    }

    fn write(&self, out: &mut Writer) {
        let (names, extra) = (self.names(), self.extra());
        let mut unknown = extra.members();
        let mut places: Vec<_> = names.iter().map(|name| (*name, 0_usize)).collect();
        out.begin_object();
        for place in extra.order() {
            match place {
                Place::Known(number) => {
                    if let Some((name, nth)) = places.get_mut(number) {
                        self.write_member(name, *nth, out);
                        *nth += 1;
                    }
                }
                Place::Unknown => {
                    // A member of another kind is unknown until the item becomes one of that kind.
                    let is_known = |name: &RawValue| read::name(name).is_some_and(|name| names.contains(&&*name));
                    if let Some((name, json)) = unknown.next().filter(|(name, _)| !is_known(name)) {
                        out.name_as_written(name.get());
                        out.raw(json.get());
                    }
                }
            }
        }
        for (name, _) in places.iter().filter(|(_, nth)| *nth == 0) {
            self.write_member(name, 0, out);
        }
        out.end_object();
    }

    fn odd_within<'a>(&'a self, out: &mut Vec<&'a Defect>) {
        Record::odd_within(self, out);
    }
}

/// Members that belong to the surrounding object and are chosen by its content (an item's kind).
pub(crate) trait Flatten: Sized {
    fn take_from(object: &mut Object<'_>) -> Result<Self, Defect>;
    fn names(&self) -> Vec<&'static str>;
    fn write_member(&self, name: &str, nth: usize, extra: &Extra, out: &mut Writer);
    fn odd_within<'a>(&'a self, out: &mut Vec<&'a Defect>);
}

/// Writes a member, or what is written in its place `nth`, from 0: only an odd one may have several.
pub(crate) fn write_member<T: Codec>(out: &mut Writer, name: &str, nth: usize, member: &Member<T>) {
    match member {
        Member::Null if nth == 0 => {
            out.name(name);
            out.raw("null");
        }
        Member::Value(value) if nth == 0 => {
            out.name(name);
            value.write(out);
        }
        Member::Odd(odd) => write_odd(out, name, nth, odd),
        Member::Absent | Member::Null | Member::Value(_) => {}
    }
}

pub(crate) fn write_odd<T>(out: &mut Writer, name: &str, nth: usize, odd: &Odd<T>) {
    if let Some(json) = odd.expose_json().nth(nth) {
        out.name(name);
        out.raw(json);
    }
}

/// Adds what is wrong with a member, and with the members of its value.
pub(crate) fn odd_within<'a, T: Codec>(member: &'a Member<T>, out: &mut Vec<&'a Defect>) {
    out.extend(member.defects());
    if let Some(value) = member.value() {
        value.odd_within(out);
    }
}

/// Makes a record from the table of its members: `name: kind = "name in JSON", "label";`.
///
/// The kind says the type and the accessor: `text` (`String`), `secret` (`Plaintext`), `flag` (`bool`), `code(T)` (an
/// enumerated number), `own(T)`, `list(T)`, `each(T)` (a list that is read one element at a time). A text or secret with a
/// label is shown by `entries`. A last line `+ name: Type;` holds members chosen by the content ([`Flatten`]); a last
/// line `= member;` names the member that a text in place of the object stands for.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $record:ident {
            $( $(#[$member_meta:meta])* $member:ident : $kind:ident $(($inner:ty))? = $name:literal $(, $label:literal)? ; )*
            $( + $(#[$flat_meta:meta])* $flat:ident : $flat_type:ty ; )?
            $( = $sole:ident ; )?
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

            /// Returns what is wrong with how members are written, its own and those of what it holds. The rest is there,
            /// and what can be read of them: see [`Odd`](crate::Odd). A list that is read one element at a time is
            /// looked at as a whole.
            pub fn defects(&self) -> Vec<&$crate::defect::Defect> {
                let mut defects = Vec::new();
                $crate::record::Record::odd_within(self, &mut defects);
                defects
            }

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
                    $( $member: object.take($name), )*
                    $( $flat: $crate::record::Flatten::take_from(&mut object)?, )?
                    extra: object.into_extra()?,
                })
            }

            #[allow(unused_variables, reason = "most records have no member that a text stands for")]
            fn from_text(json: &serde_json::value::RawValue, path: &$crate::defect::Path<'_>) -> Option<Self> {
                $( return Some($record { $sole: $crate::codec::read_member(json, path), ..$record::default() }); )?
                #[allow(unreachable_code, reason = "as above")]
                None
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

            fn write_member(&self, name: &str, nth: usize, out: &mut $crate::write::Writer) {
                match name {
                    $( $name => $crate::record::write_member(out, name, nth, &self.$member), )*
                    _ => { $( $crate::record::Flatten::write_member(&self.$flat, name, nth, &self.extra, out); )? }
                }
            }

            fn odd_within<'a>(&'a self, out: &mut Vec<&'a $crate::defect::Defect>) {
                if let Some(odd) = self.extra.odd_kind() {
                    out.extend(odd.defects());
                }
                $( $crate::record::odd_within(&self.$member, out); )*
                $( $crate::record::Flatten::odd_within(&self.$flat, out); )?
            }
        }
    };

    (@type text) => { String };
    (@type secret) => { strongroom::Plaintext };
    (@type flag) => { bool };
    (@type code $inner:ty) => { $inner };
    (@type own $inner:ty) => { $inner };
    (@type list $inner:ty) => { Vec<$inner> };
    (@type each $inner:ty) => { $crate::elements::Elements<$inner> };

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
    (@accessor $member:ident own $name:literal $inner:ty) => {
        #[doc = concat!("`", $name, "`, unless it is absent or null.")]
        pub fn $member(&self) -> Option<&$inner> {
            self.$member.value()
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
        #[doc = concat!("Returns those of `", $name, "` that can be read, one at a time: see [`Elements`](crate::Elements).")]
        pub fn $member(&self) -> impl Iterator<Item = std::borrow::Cow<'_, $inner>> {
            self.$member.value().into_iter().flatten().filter_map(Result::ok)
        }
    };

    (@entry text $self:ident $member:ident $section:ident $out:ident $name:literal $label:literal) => {
        if let Some(text) = $self.$member() {
            $out.push($crate::entry::Entry::new($section, $name, $label, text, false).odd(&$self.$member));
        }
    };
    (@entry secret $self:ident $member:ident $section:ident $out:ident $name:literal $label:literal) => {
        if let Some(text) = $self.$member() {
            $out.push($crate::entry::Entry::new($section, $name, $label, strongroom::ExposeSecret::expose_secret(text), true).odd(&$self.$member));
        }
    };
}
pub(crate) use record;
