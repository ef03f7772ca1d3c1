//! An item on a page for people.

use strongroom_vault::{Entry, Item, Section};
use unicode_width::UnicodeWidthStr as _;

use crate::plaintext::Plaintext;
use crate::printable;

/// What stands in place of a secret, whatever its length.
const MASK: &str = "********";
/// Values begin at the same column, but not because of one long label.
const WIDEST_LABEL: usize = 28;

/// One value with its label, or the heading of a group.
struct Line<'a> {
    in_group: bool,
    label: String,
    value: Option<&'a str>,
    linked: Option<&'static str>,
}

/// Lays the item out: a line a value, groups under headings, secrets masked unless `reveal`.
pub(crate) fn lay_out(item: &Item, folder: Option<&str>, reveal: bool) -> Plaintext {
    let kind = item.kind.to_string();
    let entries = item.entries();
    let favorite = item.favorite().filter(|&favorite| favorite).map(|_| "yes");
    let unknown = unknown(item);

    let head = [
        ("Name", item.name()),
        ("Type", Some(kind.as_str())),
        ("Folder", folder),
        ("Id", item.id()),
        ("Favorite", favorite),
    ];
    let foot = [
        ("Created", item.creation_date()),
        ("Changed", item.revision_date()),
        ("Archived", item.archived_date()),
        ("In the trash", item.deleted_date()),
        ("Also", unknown.as_deref()),
    ];
    let mut lines: Vec<Line> = Vec::new();
    lines.extend(head.into_iter().filter_map(|(label, value)| Line::plain(label, value)));
    let mut group = Group::None;
    for entry in &entries {
        let next = Group::of(entry.section());
        if next != group
            && let Some(heading) = next.heading()
        {
            lines.push(Line::heading(heading));
        }
        group = next;
        lines.push(Line::of(entry, group != Group::None, reveal));
    }
    lines.extend(foot.into_iter().filter_map(|(label, value)| Line::plain(label, value)));
    print(&lines)
}

/// How many members that are unknown are named, and how many characters of each name are told.
const MOST_NAMED: usize = 10;
const LONGEST_NAME: usize = 64;

/// The member that the library makes of cells of CSV that have no other place.
const CSV_CELLS: &str = "csvColumns";

/// Names the members that the page does not show.
fn unknown(item: &Item) -> Option<String> {
    let is_cells = |name: &str| name == CSV_CELLS;
    let cells = item.extra.expose_members().any(|(name, _)| is_cells(&name));
    let cells = cells.then(|| "cells of CSV that have no other place".to_owned());
    let others = || item.extra.expose_members().map(|(name, _)| name).filter(|name| !is_cells(name));
    let count = others().count();
    let named = others().take(MOST_NAMED);
    let named: Vec<_> = named.map(|name| name.chars().take(LONGEST_NAME).collect::<String>()).collect();
    let more = if count > MOST_NAMED { ", …" } else { "" };
    let members = match count {
        0 => None,
        1 => Some(format!("one member that this version does not know: {}", named.join(", "))),
        _ => Some(format!("{count} members that this version does not know: {}{more}", named.join(", "))),
    };
    let all: Vec<_> = members.into_iter().chain(cells).map(|what| printable::line(&what).to_string()).collect();
    if all.is_empty() { None } else { Some(all.join("; ")) }
}

/// What stands under one heading.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    None,
    Passkey(usize),
    Fields,
    FormerPasswords,
}

impl Group {
    fn of(section: Section) -> Self {
        match section {
            Section::Passkey(index) => Self::Passkey(index),
            Section::Field(_) => Self::Fields,
            Section::PasswordHistory(_) => Self::FormerPasswords,
            _ => Self::None,
        }
    }

    fn heading(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Passkey(_) => Some("Passkey"),
            Self::Fields => Some("Custom fields"),
            Self::FormerPasswords => Some("Former passwords"),
        }
    }
}

impl<'a> Line<'a> {
    fn plain(label: &str, value: Option<&'a str>) -> Option<Self> {
        value.map(|value| Self { in_group: false, label: label.to_owned(), value: Some(value), linked: None })
    }

    fn heading(heading: &str) -> Self {
        Self { in_group: false, label: heading.to_owned(), value: None, linked: None }
    }

    fn of(entry: &'a Entry<'a>, in_group: bool, reveal: bool) -> Self {
        let masked = entry.is_secret() && !reveal;
        Self {
            in_group,
            label: printable::line(entry.label()).to_string(),
            value: Some(if masked { MASK } else { entry.expose() }),
            linked: entry.linked(),
        }
    }

    fn indent(&self) -> usize {
        if self.in_group { 2 } else { 0 }
    }
}

fn print(lines: &[Line<'_>]) -> Plaintext {
    let wide = |line: &Line<'_>| line.indent() + line.label.width();
    let column = lines.iter().map(wide).fold(0, usize::max).min(WIDEST_LABEL) + 2;
    let mut out = Plaintext::default();
    for line in lines {
        out.text(format_args!("{:indent$}{}", "", line.label, indent = line.indent()));
        let mut gap = column.saturating_sub(wide(line)).max(2);
        for (number, part) in line.value.into_iter().flat_map(str::lines).enumerate() {
            if number > 0 {
                out.text(format_args!("\n"));
                gap = column;
            }
            out.text(format_args!("{:gap$}{}", "", printable::block(part)));
        }
        match line.linked {
            Some(member) => out.line(format_args!("  (linked to {member})")),
            None => out.line(format_args!("")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_vault::Export;

    const ITEM: &str = r#"{"items": [{
        "type": 1, "id": "7", "name": "a\u001b[2Jb", "notes": "one\ntwo\r\nthree\u009b", "favorite": true, "new": 1,
        "creationDate": "2024-01-30T17:55:36.150Z",
        "login": {"username": "alice", "password": "p4ss", "totp": "JBSW", "uris": [{"uri": "https://a.example", "match": 3}],
            "fido2Credentials": [{"rpId": "a.example", "keyValue": "MIGH"}]},
        "fields": [{"name": "日本", "value": "v", "type": 0}, {"name": "pin\n", "value": "1234", "type": 1},
            {"name": "user", "type": 3, "linkedId": 100}, {"name": "none", "type": 0}],
        "passwordHistory": [{"password": "old1", "lastUsedDate": "2024-01-30T17:55:36.150Z"}]}]}"#;

    fn page(reveal: bool) -> String {
        let export = Export::parse(ITEM).unwrap();
        let out = lay_out(&export.items().next().unwrap(), Some("Work"), reveal);
        String::from_utf8(out.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn secrets_are_masked_and_terminals_left_alone() {
        let expected = r"Name                    a\u{1b}[2Jb
Type                    login
Folder                  Work
Id                      7
Favorite                yes
User name               alice
Password                ********
One-time password seed  ********
Address                 https://a.example
Match                   exact
Passkey
  Site                  a.example
  Private key           ********
Notes                   ********
Custom fields
  日本                  v
  pin\n                 ********
  user                  alice  (linked to username)
  none
Former passwords
  Former password       ********
  Last used             2024-01-30T17:55:36.150Z
Created                 2024-01-30T17:55:36.150Z
Also                    one member that this version does not know: new
";
        assert_eq!(page(false), expected);
    }

    #[test]
    fn secrets_are_shown_when_asked_for() {
        let (masked, revealed) = (page(false), page(true));
        for secret in ["p4ss", "JBSW", "MIGH", "1234", "old1", "two"] {
            assert!(!masked.contains(secret) && revealed.contains(secret), "{secret}");
        }
        let notes =
            "\nNotes                   one\n                        two\n                        three\\u{9b}\n";
        assert!(revealed.contains(notes), "{revealed}");
    }

    #[test]
    fn members_that_are_not_shown_are_named() {
        let also = |members: &str| {
            let export = Export::parse(&format!(r#"{{"items": [{{"type": 2{members}}}]}}"#)).unwrap();
            unknown(&export.items().next().unwrap())
        };
        let twelve: String = (0..12).map(|number| format!(r#", "m{number}": 1"#)).collect();
        let long = format!(r#", "{}": 1"#, "n".repeat(70));
        for (members, said) in [
            ("", None),
            (r#", "login": null"#, Some("one member that this version does not know: login")),
            (r#", "attachments": [], "b": 1"#, Some("2 members that this version does not know: attachments, b")),
            (r#", "a": 1, "a": 2"#, Some("2 members that this version does not know: a, a")),
            (r#", "a\u001b[2J\n": 1"#, Some(r"one member that this version does not know: a\u{1b}[2J\n")),
            (r#", "": 1"#, Some("one member that this version does not know: ")),
            (&twelve, Some("12 members that this version does not know: m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, …")),
            (&long, Some(&format!("one member that this version does not know: {}", "n".repeat(64)))),
            (r#", "csvColumns": {"x": "y"}"#, Some("cells of CSV that have no other place")),
            (
                r#", "csvColumns": {"x": "y"}, "a": 1"#,
                Some("one member that this version does not know: a; cells of CSV that have no other place"),
            ),
        ] {
            assert_eq!(also(members).as_deref(), said, "{members}");
        }
    }
}
