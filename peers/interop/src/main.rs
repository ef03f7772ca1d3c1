//! Drives the official SDK beside Strongroom: theirs opened by us and ours opened by them, fresh random cases for every
//! format and direction. Writes the table of the documents (`--update`), or fails where it says anything else than what
//! ran, where a case fails, where a row is missing, and where the SDK offers what no row knows.

mod bench;
mod chance;
mod coverage;
mod generations;
mod matrix;
mod node;
mod npm;
mod rows;
mod table;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use serde_json::Value;

use crate::{
    matrix::{Direction, Row, State, Verdict},
    node::{Node, Outcome, Sdk},
};

/// What the command line says.
struct Options {
    update: bool,
    /// Runs the rows alone whose format holds this, and leaves the page alone.
    only: Option<String>,
    seed: u64,
    /// Runs the exporter of every published version instead, and its page.
    generations: bool,
    /// The folder in which that puts the exports of `vector.json`.
    keep: Option<PathBuf>,
}

const USAGE: &str = "strongroom-interop [--update] [--only FORMAT] [--seed NUMBER] [--generations [--keep FOLDER]]";

fn options() -> Outcome<Options> {
    let mut options = Options { update: false, only: None, seed: fastrand::u64(..), generations: false, keep: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--update" => options.update = true,
            "--keep" => options.keep = Some(arguments.next().ok_or("--keep FOLDER")?.into()),
            "--generations" => options.generations = true,
            "--only" => options.only = Some(arguments.next().ok_or("--only FORMAT")?),
            "--seed" => options.seed = arguments.next().ok_or("--seed NUMBER")?.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    match options().and_then(|options| compare(&options)) {
        Ok(complaints) if complaints.is_empty() => ExitCode::SUCCESS,
        Ok(complaints) => {
            eprintln!("\n{}", complaints.join("\n"));
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything; says what is wrong.
fn compare(options: &Options) -> Outcome<Vec<String>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    if options.generations {
        println!("seed {}", options.seed);
        return generations::compare(project, options.seed, options.update, options.keep.as_deref());
    }
    let node = Node::start(&project.join("drive.mjs"), &npm::install(project, "interop")?)?;
    println!("seed {}", options.seed);
    let mut complaints = control(&node, options.seed)?;

    let mut rows = rows::all();
    complaints.extend(coverage::complaints(&rows, &node.offered(Sdk::Current)?));
    complaints.extend(twice(&rows));
    if let Some(only) = &options.only {
        rows.retain(|row| row.format.contains(only.as_str()));
    }
    let mut ran = Vec::new();
    for row in rows {
        let start = Instant::now();
        let verdict = matrix::run(&row, &node, options.seed)?;
        let milliseconds = start.elapsed().as_millis();
        println!("{milliseconds:6} ms  {}, {}: {}", row.format, row.direction.words(), verdict.words());
        if let Verdict::Failed(failures) = &verdict {
            let failed = failures.iter().map(|failure| format!("{}, {}: {failure}", row.format, row.direction.words()));
            complaints.extend(failed);
        }
        ran.push((row, verdict));
    }
    println!("{}", table::totals(&ran));
    // A page is not written from a run that failed, and says nothing new about one.
    if options.only.is_none() && complaints.is_empty() {
        complaints.extend(page(options, project, &ran)?);
    }
    Ok(complaints)
}

/// A comparison that cannot fail shows nothing: rows that must fail, by the same runner.
fn control(node: &Node, seed: u64) -> Outcome<Vec<String>> {
    let planted = |through: &'static [&'static str], check| {
        let row = Row::live("control", Direction::Same, through, check);
        let verdict = matrix::run(&row, node, seed)?;
        Ok::<_, Box<dyn std::error::Error>>(!matches!(verdict, Verdict::Failed(_)))
    };
    let unnoticed = [
        ("a wrong result", planted(&[], |b| bench::same("control", b.chance.bytes(8), vec![0; 8]))?),
        ("what was never called", planted(&["PureCrypto.new_guid"], |_| Ok(()))?),
        ("too few cases", {
            let row = Row::live("control", Direction::Same, &[], |_| Ok(())).times(Row::FEWEST - 1);
            !matches!(matrix::run(&row, node, seed)?, Verdict::Failed(_))
        }),
        ("a new function of the SDK", {
            let offered = node.offered(Sdk::Current)?.into_iter().chain(["PureCrypto.planted".to_owned()]).collect();
            coverage::complaints(&rows::all(), &offered)
                == coverage::complaints(&rows::all(), &node.offered(Sdk::Current)?)
        }),
        ("another line of the page", table::differences("a\nb\n", "a\nc\n") != ["- b", "+ c"]),
        ("another order of the page", table::differences("a\nb\n", "b\na\n").is_empty()),
    ];
    let told = unnoticed.into_iter().filter(|(_, unnoticed)| *unnoticed);
    Ok(told.map(|(what, _)| format!("the control was not noticed: {what}")).collect())
}

/// A format and direction that stands in two rows.
fn twice(rows: &[Row]) -> Vec<String> {
    let mut seen = BTreeMap::new();
    for row in rows {
        *seen.entry((row.format, row.direction.words(), row.sdk)).or_insert(0) += 1;
    }
    seen.into_iter().filter(|(_, count)| *count > 1).map(|(row, _)| format!("{row:?} stands in two rows")).collect()
}

/// Writes the page, or compares it.
fn page(options: &Options, project: &Path, ran: &[(Row, Verdict)]) -> Outcome<Vec<String>> {
    let lock: Value = serde_json::from_str(&fs::read_to_string(project.join("package-lock.json"))?)?;
    let versions = npm::versions(&lock)?;
    let page = table::page(ran, &|row| match row.state {
        State::NotOffered(_) => Some("—"),
        _ => versions.get(row.sdk.package()).map(String::as_str),
    })?;
    table::page_or_differences(&project.join("../../docs/interop.md"), &page, options.update)
}
