//! Drives the official SDK beside Strongroom: theirs opened by us and ours opened by them, fresh random cases for every
//! format and direction. Writes the table of the documents (`--update`), or fails where it says anything else than what
//! ran, where a case fails, where a row is missing, and where the SDK offers what no row knows.

mod bench;
mod chance;
mod coverage;
mod matrix;
mod node;
mod npm;
mod rows;
mod table;

use std::{collections::BTreeMap, fs, path::Path, process::ExitCode, time::Instant};

use serde_json::Value;

use crate::{
    matrix::{Direction, Row, State, Verdict},
    node::{Answer, Node, Outcome, Sdk},
};

/// What the command line says.
struct Options {
    update: bool,
    /// Runs the rows alone whose format holds this, and leaves the page alone.
    only: Option<String>,
    seed: u64,
}

fn options() -> Outcome<Options> {
    let mut options = Options { update: false, only: None, seed: fastrand::u64(..) };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--update" => options.update = true,
            "--only" => options.only = Some(arguments.next().ok_or("--only FORMAT")?),
            "--seed" => options.seed = arguments.next().ok_or("--seed NUMBER")?.parse()?,
            _ => return Err("strongroom-interop [--update] [--only FORMAT] [--seed NUMBER]".into()),
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
    let node = Node::start(&project.join("drive.mjs"), &npm::install(project)?)?;
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
    let version = |sdk: Sdk| -> Outcome<String> {
        let package = lock.at("packages")?.get(format!("node_modules/{}", sdk.package())).ok_or("not locked")?;
        package.at("version")?.text()
    };
    let (current, between, older) = (version(Sdk::Current)?, version(Sdk::Between)?, version(Sdk::Older)?);
    let page = table::page(ran, &|row| {
        if matches!(row.state, State::NotOffered(_)) {
            return "—".to_owned();
        }
        match row.sdk {
            Sdk::Current => current.clone(),
            Sdk::Between => between.clone(),
            Sdk::Older => older.clone(),
        }
    });
    let path = project.join("../../docs/interop.md");
    if options.update {
        fs::create_dir_all(project.join("../../docs"))?;
        fs::write(path, page)?;
        return Ok(Vec::new());
    }
    let committed = fs::read_to_string(path).map_err(|error| format!("docs/interop.md: {error}; see --update"))?;
    let mut differences = table::differences(&committed, &page);
    if !differences.is_empty() {
        differences.insert(0, "docs/interop.md says something else than what ran; see --update:".to_owned());
    }
    Ok(differences)
}
