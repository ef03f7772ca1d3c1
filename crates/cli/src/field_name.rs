//! The names that `--field` takes: which value of an item is meant.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// One value of an item, by its name.
///
/// | name | value |
/// | --- | --- |
/// | `NAME` | the member of this name without regard to case, else the custom field of exactly this name |
/// | `field:NAME` | the custom field of exactly this name |
/// | `field:NAME#2` | the second of the custom fields of this name, unless a field is called `NAME#2` |
/// | `history:1` | the first former password |
/// | `uri:2` | the second address |
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FieldName {
    Plain(String),
    /// The name of a custom field, without the prefix `field:`.
    Custom(String),
    /// Numbers count from 1.
    History(NonZeroUsize),
    Uri(NonZeroUsize),
}

impl FieldName {
    /// Splits `NAME#2` into the name and the number.
    pub(crate) fn numbered(custom: &str) -> Option<(&str, NonZeroUsize)> {
        let (name, number) = custom.rsplit_once('#')?;
        Some((name, whole_number(number)?))
    }
}

/// A number of nothing but digits, from 1. One that is too large is the largest, which no list has either.
fn whole_number(digits: &str) -> Option<NonZeroUsize> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NonZeroUsize::new(digits.parse().unwrap_or(usize::MAX))
}

/// A name that has no meaning.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct NoNumber {
    keyword: &'static str,
}

impl fmt::Display for NoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keyword } = self;
        write!(f, "`{keyword}:` takes a number from 1; `field:{keyword}:…` is a custom field of such a name")
    }
}

impl std::error::Error for NoNumber {}

impl FromStr for FieldName {
    type Err = NoNumber;

    fn from_str(text: &str) -> Result<Self, NoNumber> {
        let Some((keyword, rest)) = text.split_once(':') else { return Ok(Self::Plain(text.to_owned())) };
        let number = |keyword| whole_number(rest).ok_or(NoNumber { keyword });
        match keyword.to_ascii_lowercase().as_str() {
            "field" => Ok(Self::Custom(rest.to_owned())),
            "history" => number("history").map(Self::History),
            "uri" => number("uri").map(Self::Uri),
            _ => Ok(Self::Plain(text.to_owned())),
        }
    }
}

/// Prints the form that [`FromStr`] reads.
impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) => f.write_str(name),
            Self::Custom(name) => write!(f, "field:{name}"),
            Self::History(number) => write!(f, "history:{number}"),
            Self::Uri(number) => write!(f, "uri:{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(name: &str) -> Result<FieldName, NoNumber> {
        Ok(FieldName::Plain(name.to_owned()))
    }

    fn custom(name: &str) -> Result<FieldName, NoNumber> {
        Ok(FieldName::Custom(name.to_owned()))
    }

    fn number(number: usize) -> NonZeroUsize {
        NonZeroUsize::new(number).unwrap()
    }

    #[test]
    fn names_are_read() {
        let no = |keyword| Err(NoNumber { keyword });
        for (text, name) in [
            ("password", plain("password")),
            ("Password", plain("Password")),
            ("", plain("")),
            (" ", plain(" ")),
            ("a#2", plain("a#2")),
            ("uri", plain("uri")),
            ("history", plain("history")),
            ("field", plain("field")),
            (":", plain(":")),
            (":1", plain(":1")),
            ("pin: 1", plain("pin: 1")),
            ("https://x", plain("https://x")),
            ("uris:1", plain("uris:1")),
            (" uri:1", plain(" uri:1")),
            ("field:a", custom("a")),
            ("FIELD:a", custom("a")),
            ("field: a ", custom(" a ")),
            ("field:", custom("")),
            ("field:#", custom("#")),
            ("field:a#0", custom("a#0")),
            ("field:a#2", custom("a#2")),
            ("field:a#b", custom("a#b")),
            ("field:field:a", custom("field:a")),
            ("field:history:0", custom("history:0")),
            ("history:1", Ok(FieldName::History(number(1)))),
            ("History:12", Ok(FieldName::History(number(12)))),
            ("history:007", Ok(FieldName::History(number(7)))),
            ("uri:2", Ok(FieldName::Uri(number(2)))),
            ("uri:99999999999999999999", Ok(FieldName::Uri(number(usize::MAX)))),
            ("history:0", no("history")),
            ("history:00", no("history")),
            ("history:", no("history")),
            ("history:-1", no("history")),
            ("history:+1", no("history")),
            ("history: 1", no("history")),
            ("history:1 ", no("history")),
            ("history:1:2", no("history")),
            ("history:1.0", no("history")),
            ("history:x", no("history")),
            ("history:１", no("history")),
            ("uri:0", no("uri")),
            ("uri://x", no("uri")),
        ] {
            assert_eq!(text.parse(), name, "{text:?}");
        }
    }

    #[test]
    fn the_number_of_a_custom_field_is_behind_the_last_sign() {
        for (custom, split) in [
            ("a#2", Some(("a", 2))),
            ("#2", Some(("", 2))),
            ("a#b#2", Some(("a#b", 2))),
            ("a#2#1", Some(("a#2", 1))),
            ("a#02", Some(("a", 2))),
            ("a#99999999999999999999", Some(("a", usize::MAX))),
            ("a", None),
            ("", None),
            ("#", None),
            ("a#", None),
            ("a#0", None),
            ("a#b", None),
            ("a#-1", None),
            ("a# 1", None),
        ] {
            assert_eq!(FieldName::numbered(custom), split.map(|(name, n)| (name, number(n))), "{custom:?}");
        }
    }

    #[test]
    fn a_name_is_printed_as_it_is_read() {
        for text in ["password", "field:a#2", "field:", "history:3", "uri:18446744073709551615", ""] {
            let name: FieldName = text.parse().unwrap();
            assert_eq!((name.to_string(), name.to_string().parse()), (text.to_owned(), Ok(name)));
        }
        assert_eq!(
            NoNumber { keyword: "uri" }.to_string(),
            "`uri:` takes a number from 1; `field:uri:…` is a custom field of such a name"
        );
    }
}
