//! What a file takes of memory: a good one less than three times its length, any other less than eight times, its own
//! bytes included. Every block is counted by the allocator.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use strongroom::{KeyStore, passwords::NewKdf};
use strongroom_testkit::allocations::{Counting, peak};
use strongroom_vault::{EncryptedExport, Export, ExportFile, Limits};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The length of each file, about.
const LEN: usize = 1 << 20;

/// What does not depend on the file: one item, its values, an answer.
const FIXED: usize = 64 << 10;

/// How long a file of very many elements is: each is read by itself, and unoptimised builds take their time.
const SHORT: usize = 1 << 17;

/// Reads all there is.
fn walk(export: &Export) -> usize {
    let read = export.items().map(|item| item.entries().len()).sum::<usize>() + export.unreadable().count();
    read + export.odd_members().count() + export.csv_guesses().count()
}

/// Opens the file and reads all there is in it. Returns how many bytes that takes at once, beside the file's own.
fn taken(name: &str, file: &[u8]) -> usize {
    let ((), taken) = peak(|| match ExportFile::parse(file, &Limits::default()) {
        Ok(ExportFile::Plain(export) | ExportFile::Csv(export)) => {
            walk(&export);
        }
        Ok(ExportFile::PasswordProtected(encrypted)) => {
            let store = KeyStore::<strongroom::names::Text>::open().unwrap();
            let password = store.secret_text("pw").unwrap();
            if let Ok(export) = encrypted.open(&store, &password) {
                walk(&export);
            }
        }
        Ok(_) => panic!("{name}"),
        Err(error) => drop(error.to_string()),
    });
    println!("{name}: {:.2}", (taken + file.len()) as f64 / file.len() as f64);
    taken
}

fn item(index: usize) -> String {
    format!(
        r#"    {{
      "passwordHistory": null,
      "revisionDate": "2024-02-02T10:20:30.000Z",
      "creationDate": "2023-02-02T10:20:30.000Z",
      "deletedDate": null,
      "archivedDate": null,
      "id": "00000000-0000-4000-8000-{index:012x}",
      "organizationId": null,
      "folderId": null,
      "type": 1,
      "reprompt": 0,
      "name": "Site {index}",
      "notes": null,
      "favorite": false,
      "fields": [],
      "login": {{
        "uris": [
          {{
            "match": null,
            "uri": "https://site{index}.example.com"
          }}
        ],
        "username": "user{index}@example.com",
        "password": "p4ss-{index}",
        "totp": null,
        "fido2Credentials": []
      }},
      "collectionIds": null
    }}"#
    )
}

fn good() -> String {
    let items: Vec<_> = (0..LEN / 900).map(item).collect();
    format!("{{\n  \"encrypted\": false,\n  \"folders\": [],\n  \"items\": [\n{}\n  ]\n}}", items.join(",\n"))
}

fn encrypted(export: &Export) -> String {
    let store = KeyStore::<strongroom::names::Text>::open().unwrap();
    EncryptedExport::seal(export, &store, &store.secret_text("pw").unwrap(), NewKdf::default()).unwrap().to_json()
}

#[test]
fn the_count_counts() {
    let (_, held) = peak(|| {
        drop(vec![7_u8; 1000]);
        vec![7_u8; 3000]
    });
    assert_eq!(held, 3000);
    let ((), held) = peak(|| {
        let mut grows = vec![7_u8; 1000];
        grows.reserve_exact(1000);
    });
    assert_eq!(held, 3000, "the old block and the new one");
    // And the walk reads what is there.
    assert_eq!(walk(&Export::parse(&good()).unwrap()), LEN / 900 * 3);
}

#[test]
fn a_good_file_takes_less_than_three_times_its_length() {
    let plain = good();
    let export = Export::parse(&plain).unwrap();
    let row = "Work,,login,Site,,,0,https://site.example.com,user@example.com,p4ss,\n";
    let names = "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n";
    for (name, file) in [
        ("plain", plain.clone()),
        ("compact", plain.split_whitespace().collect()),
        ("password-protected", encrypted(&export)),
        ("CSV", names.to_owned() + &row.repeat(LEN / row.len())),
    ] {
        let (taken, len) = (taken(name, file.as_bytes()), file.len());
        assert!(taken + len < 3 * len + FIXED, "{name}: {taken} beside {len}");
    }
}

/// Puts as many of a piece into a file as make it long enough.
fn many(before: &str, piece: &str, after: &str) -> String {
    of_len(LEN, before, piece, after)
}

fn of_len(len: usize, before: &str, piece: &str, after: &str) -> String {
    let pieces = vec![piece; len / (piece.len() + 1)];
    format!("{before}{}{after}", pieces.join(","))
}

#[test]
fn any_file_takes_less_than_eight_times_its_length() {
    let in_items = |item: &str| of_len(SHORT, r#"{"encrypted": false, "items": ["#, item, "]}");
    let in_item =
        |before: &str, piece: &str| many(&format!(r#"{{"items": [{{"type": 1, "name": "n", {before}"#), piece, "}]}");
    let list = |member: &str, piece: &str| many(&format!(r#"{{"items": [{{"type": 1, "{member}": ["#), piece, "]}]}");
    let of_login = |member: &str, piece: &str| {
        many(&format!(r#"{{"items": [{{"type": 1, "login": {{"{member}": ["#), piece, "]}}]}")
    };
    let all_odd = r#"{"credentialId":[],"keyType":[],"keyAlgorithm":[],"keyCurve":[],"keyValue":[],"rpId":[],"userHandle":[],"userName":[],"counter":[],"rpName":[],"userDisplayName":[],"discoverable":[],"creationDate":[]}"#;
    let distinct: Vec<_> = (0..SHORT / 9).map(|number| format!("{number:x},,a,")).collect();
    let folders: Vec<_> = (0..SHORT / 27).map(|number| format!(r#"{{"id":"{number:x}","name":"x"}}"#)).collect();
    let mut files = vec![
        ("numbers for items", in_items("1")),
        ("texts for items", in_items(r#""""#)),
        ("nulls for items", in_items("null")),
        ("empty items", in_items("{}")),
        ("lists for items", in_items("[]")),
        ("items of a type alone", in_items(r#"{"type":1}"#)),
        ("items with an odd name", in_items(r#"{"type":1,"name":[]}"#)),
        ("items with odd everything", in_items(r#"{"type":1,"name":[],"id":[],"notes":[],"favorite":[],"fields":1}"#)),
        ("numbers for folders", of_len(SHORT, r#"{"items": [], "folders": ["#, "1", "]}")),
        ("folders", format!(r#"{{"items": [], "folders": [{}]}}"#, folders.join(","))),
        ("odd folders", of_len(SHORT, r#"{"items": [], "folders": ["#, r#"{"name":[]}"#, "]}")),
        ("unknown members of the file", many(r#"{"items": [], "#, r#""":1"#, "}")),
        ("the items many times", many("{", r#""items":[]"#, "}")),
        ("unknown members", in_item("", r#""":1"#)),
        ("one name many times", in_item("", r#""id":1"#)),
        ("numbers for fields", list("fields", "1")),
        ("empty fields", list("fields", "{}")),
        ("fields with unknown members", list("fields", &format!("{{{}}}", vec![r#""":1"#; 4000].join(",")))),
        ("fields with a name many times", list("fields", &format!("{{{}}}", vec![r#""name":1"#; 16].join(",")))),
        ("numbers for collections", list("collectionIds", "1")),
        ("empty former passwords", list("passwordHistory", "{}")),
        ("empty addresses", of_login("uris", "{}")),
        ("empty texts for addresses", of_login("uris", r#""""#)),
        ("empty passkeys", of_login("fido2Credentials", "{}")),
        ("odd passkeys", of_login("fido2Credentials", all_odd)),
        (
            "a long name and odd members",
            format!(
                r#"{{"items":[{{"type":1,"name":"{}","fields":[{}]}}]}}"#,
                "n".repeat(LEN),
                vec!["1"; 1024].join(",")
            ),
        ),
        ("brackets", "[".repeat(LEN)),
        ("brackets for an item", format!(r#"{{"items":[{}{}]}}"#, "[".repeat(LEN / 2), "]".repeat(LEN / 2))),
        ("escapes", format!(r#"{{"items":[{{"type":2,"notes":"{}"}}]}}"#, r"\u0041".repeat(LEN / 6))),
        ("halves of characters", format!(r#"{{"items":[{{"type":2,"notes":"{}"}}]}}"#, r"\ud83d".repeat(LEN / 6))),
        ("a list of items", many(r#"[{"object":"item","type":1},"#, "1", "]")),
        ("a list of no items", many("[", "1", "]")),
        ("members of another program", many("{", r#""a":1"#, "}")),
        ("rows of one letter", format!("type,name,login_password\n{}", "a\n".repeat(SHORT / 2))),
        ("rows without quotes' end", format!("type,name,login_password\n{}", "\"\n".repeat(SHORT / 2))),
        ("a row of commas", format!("type,name,login_password\n{}", ",".repeat(LEN))),
        ("a row of letters", format!("type,name,login_password\n{}", "a,".repeat(LEN / 2))),
        ("a folder in each row", format!("folder,type,name,login_password\n{}", distinct.join("\n"))),
        ("columns", format!("type,name,login_password{}\n", ",a".repeat(LEN / 2))),
        ("addresses in a cell", format!("type,name,login_password,login_uri\n,x,,\"{}\"\n", "a,".repeat(LEN / 2))),
        ("fields in a cell", format!("type,name,login_password,fields\n,x,,\"{}\"\n", ": \n".repeat(LEN / 3))),
        ("lines of a field", format!("type,name,login_password,fields\n,x,,\"{}\"\n", "\n".repeat(LEN))),
        ("collections in a cell", format!("type,name,login_password,collections\n,x,,\"{}\"\n", "a,".repeat(LEN / 2))),
        ("words without a meaning", format!("type,name,login_password\n{}", "x,,\n".repeat(SHORT / 4))),
    ];
    let header = r#"{"encrypted": true, "passwordProtected": true, "salt": "c2FsdHNhbHRzYWx0c2FsdA==", "kdfType": 0,
        "kdfIterations": 600000, "encKeyValidation_DO_NOT_EDIT": "2.AAAAAAAAAAAAAAAAAAAAAA==|AAAAAAAAAAAAAAAAAAAAAA==|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "#;
    let data = |data: &str| format!(r#"{header}"data": "{data}"}}"#);
    files.extend([
        ("data of another type", data(&format!("7.{}", "A".repeat(LEN)))),
        ("data with escapes", data(&format!(r"2.AAAAAAAAAAAAAAAAAAAAAA==|{}|AAAA", r"\/".repeat(LEN / 2)))),
        (
            "one item with long notes, encrypted",
            encrypted(
                &Export::parse(&format!(r#"{{"items": [{{"type": 2, "notes": "{}"}}]}}"#, "n".repeat(LEN))).unwrap(),
            ),
        ),
        ("data in lines", data(&format!("2.{}", r"A\n".repeat(LEN / 3)))),
        ("data with bars", data(&format!("2.{}", "|".repeat(LEN)))),
        ("unknown members beside the data", many(header, r#""":1"#, r#", "data": ""}"#)),
        ("numbers for items, encrypted", encrypted(&Export::parse(&in_items("1")).unwrap())),
    ]);
    let mut failed = Vec::new();
    for (name, file) in files {
        let (taken, len) = (taken(name, file.as_bytes()), file.len());
        if taken + len >= 8 * len + FIXED {
            failed.push(format!("{name}: {taken} beside {len}"));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
