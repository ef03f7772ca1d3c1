//! CSV with more values in a cell, or more columns, than anybody has.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::time::Instant;

use strongroom_vault::{Export, ExposeSecret};

/// As many values of one cell as are read.
const MOST: usize = 1024;

/// One row, whose cell of this column has this text.
fn with(column: &str, cell: &str) -> Export {
    let cell = cell.replace('"', "\"\"");
    Export::parse_csv(format!("type,name,login_password,{column}\nlogin,x,hunter2,\"{cell}\"\n").as_bytes()).unwrap()
}

fn addresses(count: usize) -> String {
    (0..count).map(|number| format!("a{number}")).collect::<Vec<_>>().join(",")
}

fn fields(count: usize) -> String {
    (0..count).map(|number| format!("f{number}: v")).collect::<Vec<_>>().join("\n")
}

/// How many values each list of the item has.
fn counts(export: &Export) -> [usize; 3] {
    let item = export.items().next().unwrap();
    [item.login().unwrap().uris().len(), item.fields().len(), item.collection_ids().len()]
}

/// What is too much is told, what is read of it is shown, the password too, and the whole cell is kept.
#[test]
fn values_of_a_cell() {
    for (column, cell, read) in [
        ("login_uri", addresses(0), [0, 0, 0]),
        ("login_uri", addresses(MOST), [MOST, 0, 0]),
        ("login_uri", addresses(MOST + 1), [MOST, 0, 0]),
        ("login_uri", addresses(5000), [MOST, 0, 0]),
        // Nothing is between these commas.
        ("login_uri", ",".repeat(5000), [0, 0, 0]),
        ("fields", fields(MOST), [0, MOST, 0]),
        ("fields", fields(MOST + 1), [0, MOST, 0]),
        // One value of many lines.
        ("fields", format!("pin: {}", "1\n".repeat(5000)), [0, 1, 0]),
        ("fields", format!("{}{}", fields(MOST), "\nmore".repeat(5000)), [0, MOST, 0]),
        ("collections", addresses(MOST), [0, 0, MOST]),
        ("collections", addresses(MOST + 1), [0, 0, MOST]),
    ] {
        let export = with(column, &cell);
        assert_eq!(counts(&export), read, "{column}");
        let values = if column == "fields" { cell.matches(": ").count() } else { cell.matches('a').count() };
        let odd: Vec<_> = export.odd_members().map(|odd| odd.to_string()).collect();
        let told: &[_] =
            if values > MOST { &[format!("row 2, {column}: has more than 1024 elements or members")] } else { &[] };
        assert_eq!(odd, told, "{column}");
        let item = export.items().next().unwrap().into_owned();
        assert_eq!(item.login().unwrap().password().unwrap().expose_secret(), "hunter2", "{column}");
        let kept: Vec<_> =
            item.extra.expose_members().map(|(name, json)| (name.into_owned(), json.to_owned())).collect();
        let whole = format!("{{{}: {}}}", json(column), json(&cell));
        match kept.as_slice() {
            [] => assert!(values <= MOST, "{column}"),
            [(name, cells)] => {
                assert_eq!(name, "csvColumns");
                let spaces = |text: &str| text.split_ascii_whitespace().collect::<String>();
                assert_eq!(spaces(cells), spaces(&whole), "{column}");
            }
            more => panic!("{column}: {}", more.len()),
        }
        // As JSON it says the same.
        let json = export.expose_json();
        assert_eq!(counts(&Export::parse(&json).unwrap()), read, "{column}");
        assert_eq!(export.collections().count(), read[2], "{column}");
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Thousands of columns cost no row time that has no cells there.
#[test]
fn many_columns_and_many_short_rows() {
    let mut text = String::from("type,name,login_password");
    for number in 0..9000 {
        write!(text, ",c{number}").unwrap();
    }
    text.push('\n');
    text.push_str(&"login,x,p\n".repeat(20_000));
    let start = Instant::now();
    let export = Export::parse_csv(text.as_bytes()).unwrap();
    assert_eq!(export.items().count(), 20_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// Each row would repeat it.
#[test]
fn a_long_name_of_a_folder() {
    for (list, member, of_item) in [("folders", "folderId", "\"f\""), ("collections", "collectionIds", "[\"f\"]")] {
        for (letter, count, is_written) in
            [("n", 1000, true), ("é", 1000, true), ("n", 1001, false), ("n", 300_000, false)]
        {
            let name = letter.repeat(count);
            let item = format!(r#"{{"type": 2, "name": "i", "{member}": {of_item}}}"#);
            let items = vec![item; 50].join(",");
            let text = format!(r#"{{"{list}": [{{"id": "f", "name": "{name}"}}], "items": [{items}]}}"#);
            let (csv, left_out) = Export::parse(&text).unwrap().expose_csv();
            assert_eq!(csv.lines().filter(|row| row.starts_with(&name)).count(), if is_written { 50 } else { 0 });
            assert_eq!((left_out.long_names, left_out.shelves), (usize::from(!is_written), 0), "{list} {count}");
        }
    }
}
