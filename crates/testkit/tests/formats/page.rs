//! The page, made from the table.

use std::collections::BTreeSet;

use super::interop::Interop;
use super::rows::{Cell, Row};
use super::tests_of::Tests;

const HEAD: &str = "\
# The formats

Written by the test `formats` of `strongroom-testkit` from its table of formats, the tests that it names, and [the page of
what agrees with the official SDK](interop.md): do not edit. It fails where a test is not there, a cell is empty without a
reason, a row of that page belongs to no format here, or this page says anything else. To write it anew:
`STRONGROOM_UPDATE=1 cargo test -p strongroom-testkit --test formats`.

*Read* and *write* name a test that does it, or say why not. *Authenticated* says whether opening proves that a holder of
the key made it. *Vectors* were made by the official software; *interop* counts fresh random cases, opened by us
(\"theirs\") and by the official SDK (\"ours\"), as of the last run. *Leak test*: the attacker looks for keys while it runs.

Beyond the named cases every kind of envelope and signed object is cut at every byte. Flipped bits do not open a sealed
one, with one exception: a password-protected envelope names its function twice, in headers that nothing authenticates,
so that one of the two names may be changed (`passwords::no_flipped_bit_opens`; there one bit of each byte is tried,
elsewhere every bit). Whatever lengths an input names, reading takes one block of its own length, or none; an open
invitation three, of less than three times its length
(`parse_bounds::an_invitation_takes_three_times_its_length_at_most`); to be decrypted, type 7 is copied, less than three
times its length: `parse_bounds::messages_take_their_own_length`, `parse_bounds::enc_strings_take_their_own_length`,
`parse_bounds::a_bomb_of_type_7_is_refused_before_it_is_copied`. An export takes less than three times its length as
official clients write it, and less than eight times whatever is in it:
`bounds::a_good_file_takes_less_than_three_times_its_length`,
`bounds::any_file_takes_less_than_eight_times_its_length`.

What an account is made of is made of the formats above it in the table.

| format | read | write | authenticated | vectors | interop | hostile cases | leak test |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

/// The page.
///
/// # Errors
/// What is wrong with the table, a line each.
pub(crate) fn page(rows: &[Row], tests: &Tests, interop: &Interop) -> Result<String, String> {
    let (mut page, mut complaints) = (HEAD.to_owned(), Vec::new());
    for row in rows {
        match line(row, tests, interop) {
            Ok(line) => page += &line,
            Err(complaint) => complaints.push(format!("{}: {complaint}", row.format)),
        }
    }
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| row.interop.ran()).copied().collect();
    let unnamed: BTreeSet<&str> = interop.formats().filter(|format| !named.contains(format)).collect();
    complaints.extend(unnamed.iter().map(|format| format!("no format names this row of docs/interop.md: {format}")));
    if complaints.is_empty() { Ok(page) } else { Err(complaints.join("\n")) }
}

fn line(row: &Row, tests: &Tests, interop: &Interop) -> Result<String, String> {
    let cell = |cell: Cell| match cell {
        Cell::Tests([]) | Cell::Ran([]) | Cell::No("") => Err("neither a test nor a reason".to_owned()),
        Cell::Tests(names) => {
            let links = names.iter().map(|name| tests.link(name).ok_or_else(|| format!("there is no test {name}")));
            Ok(links.collect::<Result<Vec<_>, _>>()?.join(", "))
        }
        Cell::Ran(formats) => interop.sum(formats),
        Cell::No(why) => Ok(format!("no: {why}")),
    };
    let cells = [
        row.format.to_owned(),
        cell(row.read)?,
        cell(row.write)?,
        row.authenticated.to_owned(),
        cell(row.vectors)?,
        cell(row.interop)?,
        cell(row.hostile)?,
        cell(row.leak)?,
    ];
    Ok(format!("| {} |\n", cells.join(" | ")))
}
