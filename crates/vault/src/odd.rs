//! Members that are not written as the format has them: what can be read of them is shown, and they are written back as
//! they were.

use std::fmt;

use serde_json::value::RawValue;
use strongroom::{ExposeSecret, Plaintext};

use crate::{defect::Defect, erased_text::ErasedText, read::Pieces};

/// The value of a member that is not written as the format has it.
///
/// | written | its value |
/// | --- | --- |
/// | a number, `true` or `false`, where the format has a text | the text of it, as spelt |
/// | a text with half a character (`\ud83d`) | the text, with U+FFFD for it |
/// | a text or a fraction of nothing (`"1"`, `1.0`) where the format has a number | the number |
/// | `1`, `0`, `"true"` or `"false"` where the format has `true` or `false` | true or false |
/// | a text in place of an address or of a former password | that address, that password |
/// | a text in place of a list | a list of it |
/// | a list with `null` or with elements that cannot be read | the other elements |
/// | the member more than once | the last |
/// | anything else | none |
///
/// A `null` in a list is no defect, as it is none elsewhere: [`defects`](Odd::defects) may be empty.
#[derive(Clone)]
pub struct Odd<T> {
    value: Option<T>,
    defects: Vec<Defect>,
    /// A JSON list with what is written, once for each time that the object has the member.
    json: Plaintext,
}

impl<T> Odd<T> {
    pub(crate) fn new<'a>(
        value: Option<T>,
        defects: Vec<Defect>,
        json: impl IntoIterator<Item = &'a RawValue>,
    ) -> Box<Self> {
        let mut list = ErasedText::default();
        list.push("[");
        for (nth, json) in json.into_iter().enumerate() {
            list.push(if nth == 0 { "" } else { "," });
            list.push(json.get());
        }
        list.push("]");
        Box::new(Odd { value, defects, json: list.finish().as_str().into() })
    }

    /// The same with another value.
    pub(crate) fn with<U>(self, value: Option<U>) -> Box<Odd<U>> {
        Box::new(Odd { value, defects: self.defects, json: self.json })
    }

    /// The same with one more defect, before the others, and written in these places.
    pub(crate) fn also<'a>(mut self, defect: Defect, json: impl IntoIterator<Item = &'a RawValue>) -> Box<Self> {
        self.defects.insert(0, defect);
        Odd::new(self.value, self.defects, json)
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.value.take()
    }

    /// What can be read of it, if that is a value.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Where it is wrong and how. Empty for a list that has a `null` in it and nothing else that is odd.
    pub fn defects(&self) -> &[Defect] {
        &self.defects
    }

    /// Its JSON text, as it is in the file, once for each time that the object has the member. This is plaintext.
    pub fn expose_json(&self) -> impl Iterator<Item = &str> {
        let list = self.json.expose_secret();
        Pieces::of(list.get(1..list.len().saturating_sub(1)).unwrap_or(list)).map(RawValue::get)
    }
}

/// Equal values that are written equally.
impl<T: PartialEq> PartialEq for Odd<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.json.expose_secret() == other.json.expose_secret()
    }
}

impl<T: Eq> Eq for Odd<T> {}

impl<T> fmt::Debug for Odd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Odd").field("defects", &self.defects).finish_non_exhaustive()
    }
}
