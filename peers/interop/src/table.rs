//! The table of the documents.

use std::{fmt::Write, fs, path::Path};

use crate::{
    coverage::LEFT_OUT,
    matrix::{Row, Verdict},
    node::Outcome,
};

const HEAD: &str = "\
# What agrees with the official SDK

Written by `peers/interop`, which `.ci/run` runs: do not edit. It drives the official SDK (npm package
`@bitwarden/sdk-internal`, run as a black box) and Strongroom with fresh random cases, and fails where a case fails or
this page says anything else than what ran. To write it anew:
`cargo run --manifest-path peers/interop/Cargo.toml --locked -- --update`.

*Pending* rows are offered by the SDK and not checked, for the reason given; they count as nothing.
";

const LEFT: &str = "
## What else the SDK offers
The program asks the SDK for its public functions and fails on one that no row names and that does not stand here.

| function | why no row |
| --- | --- |
";

/// The page: made from what ran, so that it cannot say more. `version` names the SDK of a row.
///
/// # Errors
/// A row whose SDK is not locked.
pub(crate) fn page<'v>(ran: &[(Row, Verdict)], version: &dyn Fn(&Row) -> Option<&'v str>) -> Outcome<String> {
    let mut page = String::from(HEAD);
    let _ = writeln!(page, "\n{}.\n", totals(ran));
    page.push_str("| format | direction | SDK | cases | result |\n| --- | --- | --- | --- | --- |\n");
    for (row, verdict) in ran {
        let (cases, result) = match verdict {
            Verdict::Passed(cases) => (cases.to_string(), "agreed".to_owned()),
            Verdict::Failed(_) => ("—".to_owned(), "**failed**".to_owned()),
            Verdict::Pending(why) => ("—".to_owned(), format!("*pending*: {why}")),
            Verdict::NotOffered(why) => ("—".to_owned(), format!("not offered: {why}")),
        };
        let (format, direction, version) = (row.format, row.direction.words(), version(row).ok_or("not locked")?);
        let _ = writeln!(page, "| {format} | {direction} | {version} | {cases} | {result} |");
    }
    page.push_str(LEFT);
    for (pattern, why) in LEFT_OUT {
        let _ = writeln!(page, "| `{pattern}` | {why} |");
    }
    Ok(page)
}

/// How many rows came to what.
pub(crate) fn totals(ran: &[(Row, Verdict)]) -> String {
    let count = |of: fn(&Verdict) -> bool| ran.iter().filter(|(_, verdict)| of(verdict)).count();
    let cases: usize =
        ran.iter().map(|(_, verdict)| if let Verdict::Passed(cases) = verdict { *cases } else { 0 }).sum();
    format!(
        "{} rows agreed in {cases} cases, {} failed, {} are pending, {} are not offered",
        count(|verdict| matches!(verdict, Verdict::Passed(_))),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::Pending(_))),
        count(|verdict| matches!(verdict, Verdict::NotOffered(_))),
    )
}

/// The lines in which two pages differ: `-` is committed, `+` is what ran.
pub(crate) fn differences(committed: &str, ran: &str) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let (old, new) = (lines(committed), lines(ran));
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let come = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    let mut found: Vec<String> = gone.chain(come).collect();
    if found.is_empty() && old != new {
        found.push("the same lines in another order".to_owned());
    }
    found
}

/// Writes a page, or compares the one that is there.
pub(crate) fn page_or_differences(path: &Path, page: &str, update: bool) -> Outcome<Vec<String>> {
    if update {
        fs::write(path, page)?;
        return Ok(Vec::new());
    }
    let name = path.file_name().unwrap_or(path.as_os_str()).display();
    let committed = fs::read_to_string(path).map_err(|error| format!("docs/{name}: {error}; see --update"))?;
    let mut differences = differences(&committed, page);
    if !differences.is_empty() {
        differences.insert(0, format!("docs/{name} says something else than what ran; see --update:"));
    }
    Ok(differences)
}
