//! What is read is written back to the byte: exports of the official software, unknown members at every level, every
//! state a member can have.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "round_trip/tree.rs"]
mod tree;

use proptest::prelude::*;
use strongroom_vault::Export;
use tree::Tree;

const ALL_KINDS: &str = include_str!("data/all-kinds.json");
const ACCOUNT_CLI: &str = include_str!("data/account-cli-plain.json");
const SDK: &str = include_str!("../../../demo/export-plain.json");

fn written_back(text: &str) -> String {
    let export = Export::parse(text).unwrap();
    let unreadable: Vec<_> = export.unreadable().collect();
    assert!(unreadable.is_empty(), "{unreadable:?}");
    export.expose_json().to_string()
}

/// Values that a reader built on ordinary numbers, maps or trees would change.
const UNKNOWN: [&str; 12] = [
    "null",
    "false",
    r#""text with \u00e9, \/, \ud800 and \"quotes\"""#,
    "1.0",
    "-0",
    "1E400",
    "123456789012345678901234567890.10",
    "[]",
    "{}",
    r#"[1, [2, {"deep": [null]}]]"#,
    r#"{"twice": 1, "twice": 2}"#,
    r#"{"type": 1, "login": {"password": "of nobody"}}"#,
];

#[test]
fn what_the_official_software_wrote() {
    for text in [ACCOUNT_CLI, SDK, ALL_KINDS] {
        assert_eq!(Tree::parse(text).to_string(), text, "the tree itself is exact");
        assert_eq!(written_back(text), text);
    }
}

#[test]
fn unknown_members_in_every_object() {
    let mut objects = 0;
    for text in [ACCOUNT_CLI, SDK, ALL_KINDS] {
        for place in [0, 1, usize::MAX] {
            let mut tree = Tree::parse(text);
            tree.each_object(&mut |members| {
                objects += 1;
                let unknown = UNKNOWN[objects % UNKNOWN.len()];
                members.insert(place.min(members.len()), (format!("future {objects}"), Tree::Leaf(unknown.into())));
                members.push(("future \"twice\"\n".into(), Tree::Leaf("1".into())));
                members.push(("future \"twice\"\n".into(), Tree::Leaf("2".into())));
            });
            let text = tree.to_string();
            assert_eq!(written_back(&text), text);
        }
    }
    // 3 times: the exports themselves, 7 + 49 entries of folders and collections and items, and all objects in them.
    assert!(objects > 700, "{objects}");
}

#[test]
fn members_of_other_kinds_are_kept() {
    let text = r#"{
  "encrypted": false,
  "items": [
    {
      "login": null,
      "card": {
        "number": "1"
      },
      "identity": {"number": 4},
      "type": 3,
      "name": "kind after its data"
    },
    {
      "type": 2,
      "secureNote": null,
      "login": {
        "password": "x"
      }
    },
    {
      "type": 1
    }
  ],
  "folders": null
}"#;
    assert_eq!(written_back(text), text);
    let export = Export::parse(text).unwrap();
    let items: Vec<_> = export.items().collect();
    assert!(items[0].kind.card().unwrap().number().is_some());
    assert_eq!(items[0].extra.expose_members().map(|(name, _)| name).collect::<Vec<_>>(), ["login", "identity"]);
    assert!(items[1].kind.secure_note().is_none() && items[1].login().is_none());
    assert_eq!(items[2].kind.number(), 1);
}

/// Names whose value is needed to read the object that holds it.
const REQUIRED: [&str; 2] = ["type", "items"];

/// Names of lists. Their elements must stay objects; the list itself may be absent, null or empty.
fn is_list(value: &Tree) -> bool {
    matches!(value, Tree::List(_))
}

fn change(members: &mut Vec<(String, Tree)>, draw: &mut impl FnMut(usize) -> usize) {
    let mut index = 0;
    while index < members.len() {
        let (name, value) = &mut members[index];
        let text = matches!(value, Tree::Leaf(text) if text.starts_with('"'));
        match draw(10) {
            _ if REQUIRED.contains(&name.as_str()) => {}
            0 => {
                members.remove(index);
                continue;
            }
            1 => *value = Tree::Leaf("null".into()),
            2 if is_list(value) => *value = Tree::List(Vec::new()),
            2 if text => *value = Tree::Leaf("\"\"".into()),
            3 if text => {
                *value = Tree::Leaf(serde_json::to_string(&format!("\u{0}\t\"\\ ☕😀\u{7f}{}", draw(100))).unwrap())
            }
            4 => {
                let unknown = UNKNOWN[draw(UNKNOWN.len())];
                members.insert(index, (format!("future {}", draw(1000)), Tree::Leaf(unknown.into())));
                index += 1;
            }
            5 if index > 0 => members.swap(index, index - 1),
            _ => {}
        }
        index += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn members_absent_null_empty_changed_and_in_any_order(draws in proptest::collection::vec(any::<u16>(), 500..2000)) {
        let mut draws = draws.into_iter().cycle();
        let mut draw = |below: usize| usize::from(draws.next().unwrap()) % below;
        let mut tree = Tree::parse(ALL_KINDS);
        tree.each_object(&mut |members| change(members, &mut draw));
        let text = tree.to_string();
        prop_assert_eq!(written_back(&text), text);
    }
}
