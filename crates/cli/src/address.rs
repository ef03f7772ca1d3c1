//! Which item of a backup a person means.

use std::num::NonZeroUsize;

use clap::{ArgGroup, Args};

use crate::alike;
use crate::filter::Narrowing;
use crate::position::Element;
use crate::shelf::Shelves;

/// One item, named in one of several ways. Every item can be named by its position, so an address is never lacking.
#[derive(Args, Debug)]
#[command(next_help_heading = "Which item; of several, all have to hold", group = one_of_these())]
#[group(skip)]
pub(crate) struct Address {
    /// The item: its id, its name, its name when upper and lower case are the same, or the beginning of its id. The
    /// first of these that any item has decides
    #[arg(help_heading = None::<&str>)]
    pub(crate) item: Option<String>,
    /// The item with this id
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
    /// The item with exactly this name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The item with this position, from 1: the `#` of `list`, the `position` of `--json`
    #[arg(long, value_name = "N")]
    pub(crate) position: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) narrowing: Narrowing,
}

/// Requires ITEM, `--id`, `--name` or `--position`. Filters such as `--user` alone are refused, because a newer backup
/// can hold a second item that passes them.
fn one_of_these() -> ArgGroup {
    ArgGroup::new("address").args(["item", "id", "name", "position"]).required(true).multiple(true)
}

/// By what an item is the one that is meant, the best first. The first rule that any item fulfils decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Rule {
    /// Without ITEM, by what else is given.
    Options,
    Id,
    Name,
    NameWithoutCase,
    IdPrefix,
}

/// The id and the name of an element. Both may be known even if the element cannot be read.
struct Label<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Label<'a> {
    fn of(element: &'a Element<'_>) -> Self {
        match element {
            Element::Item(item) => Self { id: item.id(), name: item.name() },
            Element::Unreadable(bad) => Self { id: bad.id(), name: bad.name() },
        }
    }
}

impl Address {
    /// Returns the rule by which this element is meant, if it is.
    ///
    /// An element that cannot be read passes every filter, because it may be the one that is meant.
    pub(crate) fn rule(&self, position: usize, element: &Element<'_>, shelves: &Shelves) -> Option<Rule> {
        let label = Label::of(element);
        let fits = self.position.is_none_or(|wanted| wanted.get() == position)
            && self.id.as_ref().is_none_or(|wanted| label.id.is_some_and(|id| id.eq_ignore_ascii_case(wanted)))
            && self.name.as_ref().is_none_or(|wanted| is_called(label.name, wanted))
            && self.keeps(element, shelves);
        if !fits {
            return None;
        }
        match &self.item {
            None => Some(Rule::Options),
            Some(wanted) => rule_of(wanted, &label),
        }
    }

    fn keeps(&self, element: &Element<'_>, shelves: &Shelves) -> bool {
        match element {
            Element::Item(item) => self.narrowing.keeps(item, shelves),
            Element::Unreadable(_) => true,
        }
    }

    /// Returns true if ITEM is all that is given.
    pub(crate) fn is_bare(&self) -> bool {
        let Self { item, id, name, position, narrowing } = self;
        item.is_some() && id.is_none() && name.is_none() && position.is_none() && narrowing.is_none()
    }
}

/// An item without a name is one whose name is the empty text, as the format has it.
fn is_called(name: Option<&str>, wanted: &str) -> bool {
    name.map_or(wanted.is_empty(), |name| name == wanted)
}

fn rule_of(wanted: &str, label: &Label<'_>) -> Option<Rule> {
    // A variable that was not set names no item, though every id begins with it.
    if wanted.is_empty() {
        return None;
    }
    let begins = |id: &str| id.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
    if label.id.is_some_and(|id| id.eq_ignore_ascii_case(wanted)) {
        Some(Rule::Id)
    } else if label.name == Some(wanted) {
        Some(Rule::Name)
    } else if label.name.is_some_and(|name| alike::fold(name) == alike::fold(wanted)) {
        Some(Rule::NameWithoutCase)
    } else if label.id.is_some_and(begins) {
        Some(Rule::IdPrefix)
    } else {
        None
    }
}

/// How many of what is meant are kept: a file can have very many items of one name.
pub(crate) const MOST_KEPT: usize = 100;

/// The elements that an address matches by its best rule. They are added one at a time.
pub(crate) struct Matches<T> {
    best: Option<Rule>,
    found: Vec<T>,
    count: usize,
}

impl<T> Matches<T> {
    pub(crate) fn none() -> Self {
        Self { best: None, found: Vec::new(), count: 0 }
    }

    /// Keeps the first of what is meant by the best rule so far, and forgets the rest.
    pub(crate) fn add(&mut self, rule: Rule, element: T) {
        if self.best.is_none_or(|best| rule < best) {
            self.best = Some(rule);
            self.found.clear();
            self.count = 0;
        }
        if self.best == Some(rule) {
            self.count += 1;
            if self.found.len() < MOST_KEPT {
                self.found.push(element);
            }
        }
    }

    /// Returns how many are meant.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Returns the first of them, [`MOST_KEPT`] at most.
    pub(crate) fn into_found(self) -> Vec<T> {
        self.found
    }
}

/// Returns the id of an item if it can be shown to a shell and a terminal as it is: ids of Bitwarden's are.
pub(crate) fn plain_id(id: Option<&str>) -> Option<&str> {
    id.filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') && !id.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position;
    use clap::Parser;
    use strongroom_vault::Export;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        address: Address,
    }

    const EXPORT: &str = r#"{
        "folders": [{"id": "f1", "name": "Work"}],
        "items": [
            {"id": "aa11", "type": 1, "name": "Mail", "login": {"username": "bob@x.example"}},
            {"id": "aa22", "type": 1, "name": "mail", "folderId": "f1", "login": {"username": "eve@x.example"}},
            {"id": "bb33", "type": 1, "name": "Mail", "login": {"uris": [{"uri": "https://One.example"}]}},
            null,
            {"id": "CC44", "type": "x", "name": "Mail"},
            {"id": "dd55", "type": 2, "name": "bb33"},
            {"type": 2, "name": "Ärger"},
            {"type": 2, "name": "Ärger"},
            {"type": 2},
            "hunter2",
            {"id": "dd55", "type": 2, "name": "last"}
        ]}"#;

    /// The positions of what is meant.
    fn meant(line: &[&str]) -> Vec<usize> {
        let address = Line::try_parse_from([&["x"], line].concat()).unwrap_or_else(|error| panic!("{error}")).address;
        let export = Export::parse(EXPORT).unwrap();
        let shelves = Shelves::of(&export);
        let mut matches = Matches::none();
        for (position, element) in position::elements(&export) {
            if let Some(rule) = address.rule(position, &element, &shelves) {
                matches.add(rule, position);
            }
        }
        matches.into_found()
    }

    #[test]
    fn the_first_rule_that_any_item_fulfils_decides() {
        for (item, positions) in [
            ("aa11", &[1][..]),
            ("AA11", &[1]),
            ("cc44", &[5]),
            // An id before a name.
            ("bb33", &[3]),
            // A name to the letter before one in another case; what cannot be read is not passed over.
            ("Mail", &[1, 3, 5]),
            ("mail", &[2]),
            ("MAIL", &[1, 2, 3, 5]),
            ("ÄRGER", &[7, 8]),
            ("A\u{308}rger", &[7, 8]),
            // The beginning of an id comes last.
            ("b", &[3]),
            ("aa", &[1, 2]),
            ("AA2", &[2]),
            ("c", &[5]),
            // Two items of one id.
            ("dd55", &[6, 11]),
            ("dd", &[6, 11]),
            ("", &[]),
            ("zz", &[]),
            ("aa11 ", &[]),
            ("aa111", &[]),
            ("ä", &[]),
        ] {
            assert_eq!(meant(&[item]), positions, "{item:?}");
        }
    }

    #[test]
    fn options_have_to_hold_all() {
        for (line, positions) in [
            (&["--id", "aa11"][..], &[1][..]),
            (&["--id", "AA11"], &[1]),
            (&["--id", "aa"], &[]),
            (&["--id", ""], &[]),
            (&["--name", "Mail"], &[1, 3, 5]),
            (&["--name", "MAIL"], &[]),
            // Without a name: the position is one way to them, this another.
            (&["--name", ""], &[9, 10]),
            (&["--position", "1"], &[1]),
            (&["--position", "10"], &[10]),
            (&["--position", "4"], &[]),
            (&["--position", "12"], &[]),
            (&["--position", "7", "--name", "Ärger"], &[7]),
            (&["--position", "7", "--name", "Mail"], &[]),
            (&["Mail", "--position", "3"], &[3]),
            (&["mail", "--id", "aa22"], &[2]),
            // What narrows the choice does so before the rules, and not what cannot be read.
            (&["mail", "--user", "BOB@"], &[5, 1]),
            (&["aa", "--user", "bob"], &[1]),
            (&["aa", "--folder", "wor"], &[2]),
            (&["MAIL", "--uri", "one."], &[3, 5]),
            (&["dd", "--user", "x"], &[]),
            (&["--position", "1", "--user", "bob"], &[1]),
            (&["--position", "1", "--user", "eve"], &[]),
        ] {
            let mut found = meant(line);
            let mut positions = positions.to_vec();
            found.sort_unstable();
            positions.sort_unstable();
            assert_eq!(found, positions, "{line:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for line in [
            &[][..],
            &["--user", "x"],
            &["--folder", "x", "--uri", "y"],
            &["--position", "0"],
            &["--position", "-1"],
            &["--position", "x"],
            &["--position", "99999999999999999999"],
            &["a", "b"],
            &["a", "--user", ""],
        ] {
            assert!(Line::try_parse_from([&["x"], line].concat()).is_err(), "{line:?}");
        }
    }

    #[test]
    fn only_plain_ids_are_spelled() {
        for (id, spelled) in [
            ("5c28ec8f-7cbf-49d9-af6b-acff261b669f", true),
            ("7", true),
            ("-rf", false),
            ("a b", false),
            ("$(x)", false),
            ("a\u{1b}", false),
            ("ä", false),
        ] {
            assert_eq!(plain_id(Some(id)).is_some(), spelled, "{id:?}");
        }
        assert_eq!(plain_id(None), None);
    }
}
