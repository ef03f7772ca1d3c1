//! Queries of `search`: matches an item, and names the places that match.

use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};
use strongroom_vault::{Entry, Item, PageUrl, Section};

use crate::alike;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::shelf;

/// A query.
pub(crate) enum Query {
    Text(Text),
    /// The page that a login is for.
    Page(PageUrl),
    /// Exactly the value of a secret.
    Secret(Secret),
}

/// A text in what is no secret, and in the notes.
pub(crate) enum Text {
    /// Each has to occur, wherever that is.
    Words(Vec<String>),
    Pattern(Regex),
}

/// Why a text cannot be looked for.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum TextError {
    NoWord,
    Pattern(String),
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWord => f.write_str("QUERY holds no word: `strongroom list` lists all items"),
            Self::Pattern(why) => write!(f, "QUERY is no regular expression: {why}"),
        }
    }
}

impl Text {
    /// Takes a regular expression, in which upper and lower case are the same unless it says otherwise.
    pub(crate) fn pattern(text: &str) -> Result<Self, TextError> {
        let pattern = RegexBuilder::new(&alike::compose(text)).case_insensitive(true).build();
        pattern.map(Self::Pattern).map_err(|error| {
            // The lines before the last show the expression.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or(&error);
            TextError::Pattern(why.trim_start_matches("error: ").to_owned())
        })
    }
}

/// Takes words.
impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let words: Vec<String> = alike::fold(text).split_whitespace().map(str::to_owned).collect();
        if words.is_empty() { Err(TextError::NoWord) } else { Ok(Self::Words(words)) }
    }
}

/// The places in an item that match a query.
#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    /// Names that `show --field` takes, but for `passkey:1`. None: it is not in the item.
    pub(crate) places: Vec<String>,
    /// How many addresses have a regular expression that cannot be used.
    pub(crate) unusable: usize,
}

impl Query {
    /// Looks for it in an item.
    pub(crate) fn find(&self, item: &Item) -> Result<Found, Failure> {
        Ok(match self {
            Self::Text(text) => Found { places: text.find(item), unusable: 0 },
            Self::Page(page) => of_page(page, item),
            Self::Secret(secret) => {
                let mut places = Vec::new();
                for entry in item.entries() {
                    // A linked field shows what is found where it is.
                    if entry.is_secret() && entry.linked().is_none() && secret.is(entry.expose())? {
                        places.push(place(&entry, item));
                    }
                }
                Found { places, unusable: 0 }
            }
        })
    }
}

impl Text {
    fn find(&self, item: &Item) -> Vec<String> {
        let mut texts: Vec<(String, String)> = Vec::new();
        let mut add = |place: String, text: &str| {
            // What is absent is found by nothing.
            if text.is_empty() {
                return;
            }
            let text = match self {
                Self::Words(_) => alike::fold(text),
                Self::Pattern(_) => alike::compose(text),
            };
            texts.push((place, text));
        };
        if let Some(name) = item.name() {
            add("name".to_owned(), name);
        }
        // The parts of a name are members of their own, but a person knows it as a whole.
        if item.login().is_none()
            && let Some(user) = shelf::user(item)
        {
            add("user".to_owned(), &user);
        }
        for entry in item.entries() {
            if let Section::Field(_) = entry.section() {
                add(place(&entry, item), entry.name());
            }
            if is_searched(&entry) {
                add(place(&entry, item), entry.expose());
            }
        }
        let is_found = |text: &str| match self {
            Self::Words(words) => words.iter().any(|word| text.contains(word.as_str())),
            Self::Pattern(pattern) => pattern.is_match(text),
        };
        let is_whole = match self {
            Self::Words(words) => words.iter().all(|word| texts.iter().any(|(_, text)| text.contains(word.as_str()))),
            Self::Pattern(_) => true,
        };
        if is_whole {
            once_each(texts.into_iter().filter(|(_, text)| is_found(text)).map(|(place, _)| place))
        } else {
            Vec::new()
        }
    }
}

/// Notes are searched although they are secret: who looks for something has often noted it there.
fn is_searched(entry: &Entry<'_>) -> bool {
    match entry.section() {
        Section::Notes => true,
        _ if entry.is_secret() => false,
        Section::Uri(_) => entry.name() == "uri",
        Section::Passkey(_) => matches!(entry.name(), "rpId" | "rpName" | "userName" | "userDisplayName"),
        Section::Body => entry.name() != "passwordRevisionDate",
        _ => true,
    }
}

fn of_page(page: &PageUrl, item: &Item) -> Found {
    let mut found = Found::default();
    for (index, uri) in item.login().into_iter().flat_map(|login| login.uris()).enumerate() {
        match uri.matches(page) {
            Ok(true) => found.places.push(format!("uri:{}", index + 1)),
            Ok(false) => {}
            Err(_) => found.unusable += 1,
        }
    }
    found
}

fn once_each(places: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for place in places {
        if !all.contains(&place) {
            all.push(place);
        }
    }
    all
}

/// Returns the name by which `--field` takes an entry.
fn place(entry: &Entry<'_>, item: &Item) -> String {
    match entry.section() {
        Section::Uri(index) => format!("uri:{}", index + 1),
        Section::Passkey(index) => format!("passkey:{}", index + 1),
        Section::PasswordHistory(index) => format!("history:{}", index + 1),
        Section::Field(index) => {
            let name = entry.name();
            let is_same =
                |other: &&strongroom_vault::Field| other.name().map_or(name.is_empty(), |other| other == name);
            match item.fields().iter().take(index).filter(is_same).count() {
                0 => format!("field:{name}"),
                before => format!("field:{name}#{}", before + 1),
            }
        }
        _ => entry.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault::Export;

    const ITEM: &str = r#"{"items": [{"type": 1, "name": "Café Straße", "notes": "Recovery  codes",
        "login": {"username": "bob@x.example", "password": "hunter2", "totp": "SEED", "passwordRevisionDate": "2024-01-30T17:55:36.150Z",
            "uris": [{"uri": "https://one.example"}, {"uri": "https://two.example", "match": 3}],
            "fido2Credentials": [{"rpId": "key.example", "keyValue": "MIGH", "counter": "777"}]},
        "fields": [{"name": "PIN", "value": "1234", "type": 1}, {"name": "PIN", "value": "visible", "type": 0},
            {"name": "link", "type": 3, "linkedId": 101}, {"value": "nameless"}],
        "passwordHistory": [{"password": "older"}, {"password": "hunter2"}]}]}"#;

    fn item() -> Item {
        Export::parse(ITEM).unwrap().items().next().unwrap().into_owned()
    }

    #[test]
    fn every_word_is_found_somewhere() {
        for (words, places) in [
            ("café", "name"),
            ("CAFE\u{301}", "name"),
            ("cafe", ""),
            ("STRASSE", "name"),
            ("ecove", "notes"),
            ("recovery codes", "notes"),
            ("codes  RECOVERY", "notes"),
            ("cafÉ bob", "name username"),
            ("café nothing", ""),
            ("example", "username uri:1 uri:2 passkey:1"),
            ("two.EXAMPLE", "uri:2"),
            ("key.example", "passkey:1"),
            ("pin", "field:PIN field:PIN#2"),
            ("visible", "field:PIN#2"),
            ("nameless", "field:"),
            ("link", "field:link"),
            // Secrets, and what nobody looks for.
            ("1234", ""),
            ("hunter2", ""),
            ("older", ""),
            ("seed", ""),
            ("migh", ""),
            ("777", ""),
            ("2024", ""),
            ("exact", ""),
        ] {
            let found = Query::Text(words.parse().unwrap_or_else(|error| panic!("{error}"))).find(&item()).unwrap();
            assert_eq!(found.places.join(" "), places, "{words}");
        }
        for none in ["", " ", "\t\n"] {
            assert_eq!(none.parse::<Text>().err(), Some(TextError::NoWord));
        }
    }

    #[test]
    fn a_pattern_is_found_in_one_place() {
        for (pattern, places) in [
            ("^caf. str", "name"),
            ("^cafe\u{301}", "name"),
            ("(?-i)^caf", ""),
            (r"recovery\s+codes$", "notes"),
            ("^https://(one|two)", "uri:1 uri:2"),
            ("^$", ""),
            ("^(1234|hunter2|older)$", ""),
        ] {
            let found =
                Query::Text(Text::pattern(pattern).unwrap_or_else(|error| panic!("{error}"))).find(&item()).unwrap();
            assert_eq!(found.places.join(" "), places, "{pattern}");
        }
        assert_eq!(Text::pattern("(x").err(), Some(TextError::Pattern("unclosed group".to_owned())));
    }

    #[test]
    fn a_page_is_of_addresses() {
        let of = |page: &str| Query::Page(PageUrl::parse(page).unwrap()).find(&item()).unwrap().places.join(" ");
        assert_eq!(of("https://www.one.example"), "uri:1");
        assert_eq!(of("https://two.example"), "uri:2");
        assert_eq!(of("https://www.two.example"), "");
    }

    #[test]
    fn a_card_is_found_by_its_holder_but_not_by_its_number() {
        let export = r#"{"items": [{"type": 4, "name": "i", "identity": {"firstName": "Ann", "lastName": "Lee", "ssn": "123-45"}}]}"#;
        let export = Export::parse(export).unwrap();
        let item = export.items().next().unwrap();
        let of = |text: &str| {
            Query::Text(text.parse().unwrap_or_else(|error| panic!("{error}"))).find(&item).unwrap().places
        };
        assert_eq!(of("ann lee"), ["user", "firstName", "lastName"]);
        assert!(of("123").is_empty());
        let whole = Query::Text(Text::pattern("^ann lee$").unwrap_or_else(|error| panic!("{error}")));
        assert_eq!(whole.find(&item).unwrap().places, ["user"]);
    }
}
