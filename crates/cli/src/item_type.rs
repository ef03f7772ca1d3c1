//! Types of items as a person names them.

use std::str::FromStr;

use strongroom_vault::{ItemKind, Member};

/// A type of items, by its number in the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ItemType(i64);

/// Every kind that has a name, without data.
const NAMED: [ItemKind; 8] = [
    ItemKind::Login(Member::Absent),
    ItemKind::SecureNote(Member::Absent),
    ItemKind::Card(Member::Absent),
    ItemKind::Identity(Member::Absent),
    ItemKind::SshKey(Member::Absent),
    ItemKind::BankAccount(Member::Absent),
    ItemKind::DriversLicense(Member::Absent),
    ItemKind::Passport(Member::Absent),
];

impl ItemType {
    pub(crate) fn is_of(self, kind: &ItemKind) -> bool {
        kind.number() == self.0
    }
}

/// A text that names no type.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct NoSuchType;

impl std::fmt::Display for NoSuchType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = NAMED.iter().filter_map(ItemKind::name).collect();
        write!(f, "the types are {}, and the numbers of others", names.join(", "))
    }
}

impl std::error::Error for NoSuchType {}

/// Takes the name for machines or for people (`sshKey`, `SSH key`, `ssh-key`), without regard to case, or the number.
impl FromStr for ItemType {
    type Err = NoSuchType;

    fn from_str(text: &str) -> Result<Self, NoSuchType> {
        if let Ok(number) = text.parse() {
            return Ok(Self(number));
        }
        let letters = |text: &str| text.to_lowercase().replace([' ', '-', '_', '\''], "");
        let wanted = letters(text);
        let is_meant = |kind: &&ItemKind| {
            kind.name().is_some_and(|name| letters(name) == wanted) || letters(&kind.to_string()) == wanted
        };
        NAMED.iter().find(is_meant).map(|kind| Self(kind.number())).ok_or(NoSuchType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault::Export;

    #[test]
    fn types_have_names_and_numbers() {
        for (text, number) in [
            ("login", Some(1)),
            ("LOGIN", Some(1)),
            ("secureNote", Some(2)),
            ("secure note", Some(2)),
            ("secure-note", Some(2)),
            ("SSH key", Some(5)),
            ("ssh_key", Some(5)),
            ("driver's license", Some(7)),
            ("drivers-license", Some(7)),
            ("42", Some(42)),
            ("1", Some(1)),
            ("-3", Some(-3)),
            ("", None),
            (" ", None),
            ("log", None),
            ("logins", None),
            ("type 42", None),
            ("1.0", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(text.parse(), number.map(ItemType).ok_or(NoSuchType), "{text:?}");
        }
    }

    /// A kind that the library learns has to be one that can be named here.
    #[test]
    fn every_kind_of_the_library_is_named() {
        for number in -1..100 {
            let export = Export::parse(&format!(r#"{{"items": [{{"type": {number}}}]}}"#)).unwrap();
            let item = export.items().next().unwrap();
            let kind = &item.kind;
            assert_eq!(NAMED.iter().any(|named| named.number() == number), kind.name().is_some(), "{number}");
        }
    }

    #[test]
    fn a_miss_lists_them() {
        let list = "login, secureNote, card, identity, sshKey, bankAccount, driversLicense, passport";
        assert_eq!(NoSuchType.to_string(), format!("the types are {list}, and the numbers of others"));
    }
}
