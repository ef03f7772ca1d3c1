//! What an object holds beside the members that the format defines, and where everything stood.

use std::{borrow::Cow, fmt};

use zeroize::Zeroizing;

use crate::{
    erased_text::ErasedText,
    odd::Odd,
    read::{self, Members},
    write::Writer,
};

/// The members of a JSON object that the format does not define, kept as they were written, and the order in which all
/// of the object's members stood.
///
/// They are written back where they stood. Nothing in them is lost: numbers keep their spelling and range, names
/// written twice stay two. They may hold secrets, so `Debug` shows their number alone.
#[derive(Clone, Default)]
pub struct Extra {
    /// A JSON object with the unknown members, as they were written; empty if there are none.
    json: Zeroizing<String>,
    /// The number of unknown members.
    unknown: usize,
    /// All members in the order of the object: the number of a known one, or [`UNKNOWN`] for the next unknown one.
    order: Box<[u8]>,
    /// How the number of the record's kind was written, if not as the format has it.
    kind: Option<Box<Odd<i64>>>,
}

/// Stands in the order for a member that is unknown. No record has as many known ones.
const UNKNOWN: u8 = u8::MAX;

/// The place of a member in the object that it was read from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// The known member with this number. [`Record::names`](crate::record::Record::names) numbers them from 0.
    Known(usize),
    /// The next unknown member.
    Unknown,
}

impl Extra {
    /// Returns one member that no object was read with.
    pub(crate) fn one(name: &str, json: &str) -> Self {
        let mut name_as_json = Writer::new();
        name_as_json.text(name);
        let mut extra = ExtraBuilder::with_capacity(1, 0);
        extra.unknown(&name_as_json.finish(), json);
        extra.finish(None)
    }

    /// Returns the unknown members: names as they are written, and values.
    pub(crate) fn members(&self) -> Members<'_> {
        Members::of(self.json.get(1..self.json.len().saturating_sub(1)).unwrap_or(&self.json))
    }

    /// Returns the places of all members in the object that was read.
    pub(crate) fn order(&self) -> impl Iterator<Item = Place> {
        self.order.iter().map(|place| if *place == UNKNOWN { Place::Unknown } else { Place::Known((*place).into()) })
    }

    /// Returns how the number of the record's kind was written, if not as the format has it.
    pub(crate) fn odd_kind(&self) -> Option<&Odd<i64>> {
        self.kind.as_deref()
    }

    /// Returns the names and the JSON texts of the values, in the order of the file. Both are plaintext. A name with
    /// half a character (`\ud83d`) has U+FFFD for it.
    pub fn expose_members(&self) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
        self.members().map(|(name, value)| {
            let lossy = || read::text_as_spelt(name).map_or("\u{fffd}".into(), |name| Cow::Owned(name.to_string()));
            (read::name(name).unwrap_or_else(lossy), value.get())
        })
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.unknown
    }

    /// Returns true if there are none.
    pub fn is_empty(&self) -> bool {
        self.unknown == 0
    }
}

/// Puts together what an object holds beside its known members.
pub(crate) struct ExtraBuilder {
    json: ErasedText,
    unknown: usize,
    order: Vec<u8>,
}

impl ExtraBuilder {
    /// `len` is how many bytes the unknown members take.
    pub(crate) fn with_capacity(members: usize, len: usize) -> Self {
        let json = if len == 0 { ErasedText::default() } else { ErasedText::with_capacity(len) };
        ExtraBuilder { json, unknown: 0, order: Vec::with_capacity(members) }
    }

    /// Adds the place of the known member with this number.
    pub(crate) fn known(&mut self, number: u8) {
        self.order.push(number);
    }

    /// Adds an unknown member, its name as it is written.
    pub(crate) fn unknown(&mut self, name: &str, json: &str) {
        self.json.push(if self.unknown == 0 { "{" } else { "," });
        self.json.push(name);
        self.json.push(":");
        self.json.push(json);
        self.unknown += 1;
        self.order.push(UNKNOWN);
    }

    pub(crate) fn finish(mut self, kind: Option<Box<Odd<i64>>>) -> Extra {
        if self.unknown > 0 {
            self.json.push("}");
        }
        Extra { json: self.json.finish(), unknown: self.unknown, order: self.order.into(), kind }
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({} members)", self.unknown)
    }
}
