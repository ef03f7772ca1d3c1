//! Splits one level of JSON into raw pieces. serde_json checks the syntax; the pieces borrow from the text, so numbers
//! keep their spelling, names written twice stay visible, and nothing is copied that is not kept.

use std::{borrow::Cow, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use serde_json::value::RawValue;
use strongroom::Plaintext;

use crate::defect::{Problem, Shape};

/// The members of an object in the order of the text.
pub(crate) fn members(json: &RawValue) -> Result<Vec<(Cow<'_, str>, &RawValue)>, Problem> {
    expect(json, '{', Shape::Object)?;
    serde_json::Deserializer::from_str(json.get()).deserialize_map(Members).map_err(|_| Problem::NotUnicode)
}

/// The elements of an array.
pub(crate) fn elements(json: &RawValue) -> Result<Vec<&RawValue>, Problem> {
    expect(json, '[', Shape::List)?;
    serde_json::from_str(json.get()).map_err(|_| Problem::Expected(Shape::List))
}

/// A string.
pub(crate) fn text(json: &RawValue) -> Result<String, Problem> {
    unescape(json, str::to_owned)
}

/// A string of which no copy outlives the result, except what serde_json's own scratch space leaves on the heap when
/// the text holds escapes.
pub(crate) fn secret(json: &RawValue) -> Result<Plaintext, Problem> {
    unescape(json, |text| Plaintext::from(text))
}

pub(crate) fn whole_number(json: &RawValue) -> Result<i64, Problem> {
    let text = json.get();
    let number: Option<i64> = text.parse().ok();
    // Only the spelling that is written back: "-0" or "+1" would not survive.
    number.filter(|n| n.to_string() == text).ok_or(Problem::Expected(Shape::WholeNumber))
}

pub(crate) fn boolean(json: &RawValue) -> Result<bool, Problem> {
    match json.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Problem::Expected(Shape::Boolean)),
    }
}

pub(crate) fn is_null(json: &RawValue) -> bool {
    json.get() == "null"
}

fn expect(json: &RawValue, first: char, shape: Shape) -> Result<(), Problem> {
    if json.get().starts_with(first) { Ok(()) } else { Err(Problem::Expected(shape)) }
}

fn unescape<T>(json: &RawValue, keep: fn(&str) -> T) -> Result<T, Problem> {
    expect(json, '"', Shape::Text)?;
    serde_json::Deserializer::from_str(json.get()).deserialize_str(Text(keep)).map_err(|_| Problem::NotUnicode)
}

struct Text<T>(fn(&str) -> T);

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

struct Members;

impl<'a> Visitor<'a> for Members {
    type Value = Vec<(Cow<'a, str>, &'a RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            members.push((name, map.next_value()?));
        }
        Ok(members)
    }
}

struct Name;

impl<'a> DeserializeSeed<'a> for Name {
    type Value = Cow<'a, str>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Name {
    type Value = Cow<'a, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: de::Error>(self, name: &'a str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
