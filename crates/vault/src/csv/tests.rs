use proptest::prelude::*;

use super::{
    cells::{Dialect, Rows},
    lines,
};

const COMMAS: Dialect = Dialect { delimiter: b',', is_macintosh: false };

/// The cells of each row as texts; `None` for a row whose quotes do not match.
fn rows(text: &[u8], dialect: Dialect) -> Vec<(usize, Option<Vec<String>>)> {
    let row = |row: super::cells::Row<'_>| {
        let cells = row.cells.map(|cells| cells.iter().map(|cell| cell.text().unwrap().to_string()).collect());
        (row.number, cells)
    };
    Rows::after(0, text, dialect).map(row).collect()
}

fn found(text: &str) -> Vec<(usize, Option<Vec<String>>)> {
    rows(text.as_bytes(), COMMAS)
}

fn good(number: usize, cells: &[&str]) -> (usize, Option<Vec<String>>) {
    (number, Some(cells.iter().map(|&cell| cell.to_owned()).collect()))
}

#[test]
fn rows_and_cells() {
    for (name, text, expected) in [
        ("nothing", "", vec![]),
        ("empty lines", "\n\r\n\n", vec![]),
        ("no line end at the end", "a,b\nc,d", vec![good(1, &["a", "b"]), good(2, &["c", "d"])]),
        ("an empty line between", "a\n\nb\n", vec![good(1, &["a"]), good(3, &["b"])]),
        ("an empty cell at each end", ",b,\r\n,", vec![good(1, &["", "b", ""]), good(2, &["", ""])]),
        ("an empty cell in quotes", "\"\"\n", vec![good(1, &[""])]),
        ("a carriage return inside", "a\rb,\"c\r\nd\"\r\n", vec![good(1, &["a\rb", "c\r\nd"])]),
        ("and at the very end", "a\r", vec![good(1, &["a\r"])]),
        ("quotes in quotes", r#""a""b","""","""c""""#, vec![good(1, &["a\"b", "\"", "\"c\""])]),
        ("quotes where there are none around", "5\" disk,a\"\"b", vec![good(1, &["5\" disk", "a\"\"b"])]),
        ("quotes that go on", "\"a\"b,c\nd\n", vec![(1, None), good(2, &["d"])]),
        ("quotes that do not end", "a,\"b\nc,d\ne", vec![(1, None), good(2, &["c", "d"]), good(3, &["e"])]),
        ("they end in the next row", "a,\"b\nc,\"d\"\ne", vec![(1, None), good(2, &["c", "d"]), good(3, &["e"])]),
        ("quotes alone", "\"", vec![(1, None)]),
        ("a carriage return after quotes", "\"a\"\rb\nc", vec![(1, None), good(2, &["c"])]),
    ] {
        assert_eq!(found(text), expected, "{name}");
    }
}

#[test]
fn many_quotes_take_no_long_time() {
    let start = std::time::Instant::now();
    for line in ["\"\n", "\"\"\"\n", "\"\"x\n", "x,\"\n", "\"x\"\"\n"] {
        let _ = Rows::after(0, line.repeat(500_000).as_bytes(), COMMAS).count();
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn fields_in_lines() {
    for (name, text, expected) in [
        ("none", "", &[][..]),
        ("one", "pin: 1234", &[("pin", "1234")]),
        ("three", "a: 1\nb: \n: c", &[("a", "1"), ("b", ""), ("", "c")]),
        ("a colon in the value", "otp: a: b", &[("otp", "a: b")]),
        ("a colon in the name", "a:b: c", &[("a:b", "c")]),
        ("a value of several lines", "a: 1\n2\n\n3\nb: 4", &[("a", "1\n2\n\n3"), ("b", "4")]),
        ("a line without a name", "just text\nmore", &[("", "just text\nmore")]),
        ("two separators", "k2: a: b\nk3: : c", &[("k2", "a: b"), ("k3", ": c")]),
        ("a line end at the end", "a: 1\n", &[("a", "1\n")]),
        ("line ends first", "\n\na: 1", &[("", "\n"), ("a", "1")]),
        ("carriage returns", "a: 1\r\nb: 2", &[("a", "1\r"), ("b", "2")]),
        ("a separator alone", ": ", &[("", "")]),
        ("other letters", "ä: ö\n☕", &[("ä", "ö\n☕")]),
        ("a line end alone", "\n", &[("", "\n")]),
    ] {
        assert_eq!(lines::split_fields(text).collect::<Vec<_>>(), expected, "{name}");
    }
}

proptest! {
    #[test]
    fn what_the_csv_crate_wrote_is_split_as_it_was_joined(
        table in proptest::collection::vec(proptest::collection::vec("[a\"\\n\\r, é]{0,6}", 2..5), 0..8),
        end in any::<bool>(),
    ) {
        let mut builder = csv::WriterBuilder::new();
        let end = if end { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = builder.flexible(true).terminator(end).from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let split: Vec<_> = rows(&text, COMMAS).into_iter().map(|(_, cells)| cells.unwrap()).collect();
        prop_assert_eq!(split, table);
    }

    #[test]
    fn any_bytes_are_rows_of_their_own_length(text in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..200)) {
        let taken: usize = Rows::after(0, &text, COMMAS).map(|row| row.raw.len()).sum();
        prop_assert!(taken <= text.len());
    }
}
