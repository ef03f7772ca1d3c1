//! Splits one level of JSON into raw pieces. serde_json checks the syntax; the pieces borrow from the text, so numbers
//! keep their spelling, names written twice stay visible, and nothing is copied that is not kept.

use std::{borrow::Cow, fmt};

use serde::de::{self, Deserializer, Visitor};
use serde_json::value::RawValue;
use strongroom::Plaintext;
use zeroize::Zeroizing;

use crate::{
    defect::{Problem, Shape},
    erased_text::ErasedText,
};

/// The values in an array, or the names and values in an object, one after the other. None is kept: a list takes no more
/// memory than its text.
#[derive(Clone)]
pub(crate) struct Pieces<'a> {
    /// The text after the last piece that was returned.
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    /// Returns the pieces between the brackets of an array or object.
    fn inside(json: &'a RawValue) -> Self {
        let text = json.get();
        Pieces::of(text.get(1..text.len().saturating_sub(1)).unwrap_or(text))
    }

    /// Returns the pieces of what is between brackets in a text that was found to be JSON.
    pub(crate) fn of(inside: &'a str) -> Self {
        Pieces { rest: inside }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a RawValue;

    fn next(&mut self) -> Option<&'a RawValue> {
        let from = self.rest.trim_start_matches([',', ':', ' ', '\n', '\r', '\t']);
        let mut values = serde_json::Deserializer::from_str(from).into_iter::<&RawValue>();
        // The text was found to be JSON before, so nothing else than its end ends this.
        let value = values.next()?.ok()?;
        self.rest = from.split_at(values.byte_offset()).1;
        Some(value)
    }
}

/// The members of an object: names as they are written, and values.
#[derive(Clone)]
pub(crate) struct Members<'a>(Pieces<'a>);

impl<'a> Members<'a> {
    /// Returns the members that are between the braces of an object, in a text that was found to be JSON.
    pub(crate) fn of(inside: &'a str) -> Self {
        Members(Pieces::of(inside))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a RawValue, &'a RawValue);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }
}

/// Returns the members of an object in the order of the text, their names as they are written.
pub(crate) fn members(json: &RawValue) -> Result<Members<'_>, Problem> {
    expect(json, '{', Shape::Object)?;
    Ok(Members(Pieces::inside(json)))
}

/// Reads a text that has to be one JSON object, and nothing else, in one pass. Returns its first members, `most` at most,
/// and whether there are more; and nothing for any other text.
pub(crate) fn document_members(text: &str, most: usize) -> Option<(Vec<(&RawValue, &RawValue)>, bool)> {
    struct First(usize);

    impl<'a> Visitor<'a> for First {
        type Value = (Vec<(&'a RawValue, &'a RawValue)>, bool);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: de::MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut members, mut are_more) = (Vec::new(), false);
            while let Some(member) = map.next_entry()? {
                if members.len() < self.0 { members.push(member) } else { are_more = true }
            }
            Ok((members, are_more))
        }
    }

    let mut json = serde_json::Deserializer::from_str(text);
    let found = json.deserialize_map(First(most)).ok()?;
    json.end().ok()?;
    Some(found)
}

/// Returns the members of an object whose names are Unicode text.
pub(crate) fn named_members(
    json: &RawValue,
) -> Result<impl Iterator<Item = (Cow<'_, str>, &RawValue)> + Clone, Problem> {
    Ok(members(json)?.filter_map(|(written, value)| Some((name(written)?, value))))
}

/// The name of a member; `None` if it is no Unicode text.
pub(crate) fn name(json: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::Deserializer::from_str(json.get()).deserialize_str(Name).ok()
}

/// Returns the elements of an array.
pub(crate) fn elements(json: &RawValue) -> Result<Pieces<'_>, Problem> {
    expect(json, '[', Shape::List)?;
    Ok(Pieces::inside(json))
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

/// A text that is written as another value: a number, `true` or `false` as spelt, and a string that is no Unicode text
/// with U+FFFD for each half of a character.
pub(crate) fn text_as_spelt(json: &RawValue) -> Option<Zeroizing<String>> {
    match json.get().as_bytes() {
        [b'"', ..] => serde_json::Deserializer::from_str(json.get()).deserialize_bytes(Lossy).ok(),
        [b'{' | b'[', ..] => None,
        _ => Some(json.get().to_owned().into()),
    }
}

/// A whole number that is written as a text, or with a fraction or exponent that adds nothing.
pub(crate) fn odd_whole_number(json: &RawValue) -> Option<i64> {
    if is_text(json) {
        return text(json).ok()?.trim().parse().ok();
    }
    /// Up to here each whole number has a binary fraction of its own (2 to the power of 53).
    const MAX: f64 = 9_007_199_254_740_992.0;
    let number: f64 = json.get().parse().ok()?;
    // The shortest spelling of a number without a fraction is that of a whole number.
    if number.abs() < MAX { (number + 0.0).to_string().parse().ok() } else { None }
}

/// A truth value that is written as a number or text.
pub(crate) fn odd_boolean(json: &RawValue) -> Option<bool> {
    if is_text(json) {
        let text = text(json).ok()?;
        let is = |word: &str| text.trim().eq_ignore_ascii_case(word);
        return if is("true") || is("1") {
            Some(true)
        } else if is("false") || is("0") || is("") {
            Some(false)
        } else {
            None
        };
    }
    match odd_whole_number(json)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

pub(crate) fn is_text(json: &RawValue) -> bool {
    json.get().starts_with('"')
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

/// A string that may hold halves of characters, which come as the bytes that UTF-8 would have for them.
struct Lossy;

impl Visitor<'_> for Lossy {
    type Value = Zeroizing<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_bytes<E: de::Error>(self, text: &[u8]) -> Result<Self::Value, E> {
        let mut whole = ErasedText::default();
        for chunk in text.utf8_chunks() {
            whole.push(chunk.valid());
            // The first of the three bytes of a half.
            whole.push(if chunk.invalid() == [0xed] { "\u{fffd}" } else { "" });
        }
        Ok(whole.finish())
    }
}

struct Name;

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
