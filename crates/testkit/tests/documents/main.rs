//! The documents at the root, held to what they speak of: the two commands, the library's example, exit statuses,
//! links, files, tests, and the shape of the text itself. What README shows of the command is run by the command's own
//! tests.
//!
//! Each rule is a function from texts to complaints, with a control that plants an offence.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod run;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use run::{Run, listed};

/// The documents that a reader begins with.
const DOCUMENTS: &[&str] =
    &["README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "RELEASING.md"];

/// The pages of the guide, which the library's documentation includes.
const PAGES: &[&str] = &[
    "crates/strongroom/docs/model.md",
    "crates/strongroom/docs/secret-memory.md",
    "crates/strongroom/docs/migrating.md",
];

/// Columns of a line.
const WIDEST: usize = 120;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// The first line of `text` that begins with `start`.
fn first_line<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    text.lines().find(|line| line.starts_with(start))
}

/// The contents of the blocks that are fenced as `language`.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<Vec<&'t str>> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if fence == language {
                found.push(block);
            }
        }
    }
    found
}

/// The first example of a crate's first page, without what its reader does not see.
fn first_example(code: &str) -> Vec<&str> {
    examples(code).into_iter().take(1).flatten().collect()
}

/// The examples of a crate's first page that are run, without the lines that are hidden.
fn examples(code: &str) -> Vec<Vec<&str>> {
    let mut page =
        code.lines().map_while(|line| line.strip_prefix("//!")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut found = Vec::new();
    while let Some(line) = page.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block = page.by_ref().take_while(|line| *line != "```");
            let block: Vec<&str> = block.filter(|line| *line != "#" && !line.starts_with("# ")).collect();
            if ["", "rust", "no_run"].contains(&language) {
                found.push(block);
            }
        }
    }
    found
}

/// What stands between backquotes, fenced blocks left out.
fn quoted(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if !fenced {
            found.extend(line.split('`').skip(1).step_by(2));
        }
    }
    found
}

/// Targets of links that are no address.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.starts_with('#')).collect()
}

/// A path within the project: from its root, or from `crates/` where the crate's name makes clear what is meant.
fn is_there(root: &Path, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    root.join(path).exists() || root.join("crates").join(path).exists()
}

/// Whether backquoted text is the path of a file or folder of the project.
fn is_path(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let ours = [
        "crates/",
        "demo/",
        "api/",
        ".ci/",
        "memory/",
        "strongroom/",
        "account/",
        "vault/",
        "cli/",
        "probe/",
        "testkit/",
    ];
    text.chars().all(plain) && ours.iter().any(|start| text.starts_with(start))
}

fn check_files(document: &str, text: &str, root: &Path) -> Vec<String> {
    let paths = quoted(text).into_iter().filter(|text| is_path(text));
    let missing = paths.chain(links(text)).filter(|path| !is_there(root, path));
    missing.map(|path| format!("{document}: there is no {path}")).collect()
}

/// The tests that a text names: `file::function`, the file by the end of its path.
fn tests_in(text: &str) -> Vec<(&str, &str)> {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '/');
    let names = quoted(text).into_iter().filter_map(|text| text.split_once("::"));
    names.filter(|(file, name)| plain(file) && plain(name)).collect()
}

/// The tests that a text links to: ``[`function`](../crates/a/src/file.rs)``.
fn linked_tests(text: &str) -> Vec<(&str, &str)> {
    let links = text.split("[`").skip(1).filter_map(|rest| rest.split_once("`](../crates/"));
    let named = links.filter_map(|(name, rest)| Some((rest.split_once(')')?.0.strip_suffix(".rs")?, name)));
    named.filter_map(|(path, name)| Some((path.split_once("/src/").or(path.split_once("/tests/"))?.1, name))).collect()
}

/// A quick look at the sources; [`check_run`] is what counts.
fn check_tests(document: &str, text: &str, sources: &[(String, String)]) -> Vec<String> {
    let is_there = |(file, name): &(&str, &str)| {
        let (end, function) = (format!("/{file}.rs"), format!("fn {name}("));
        sources.iter().any(|(path, code)| path.ends_with(&end) && code.contains(&function))
    };
    let missing = tests_in(text).into_iter().filter(|test| !is_there(test));
    missing.map(|(file, name)| format!("{document}: there is no test {file}::{name}")).collect()
}

/// Every test that a text names or links to is run.
fn check_run(document: &str, text: &str, run: &Run) -> Vec<String> {
    let tests = tests_in(text).into_iter().chain(linked_tests(text));
    let missing = tests.filter(|(file, name)| !run.has(file, name));
    missing.map(|(file, name)| format!("{document}: no test {file}::{name} is run")).collect()
}

/// Each row of the table of promises names a test, or the programs that do not compile.
fn check_promises(security: &str) -> Vec<String> {
    let table = security.lines().skip_while(|line| *line != "| promise | shown by |").skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    let shown = |row: &str| !tests_in(row).is_empty() || row.contains("`strongroom/tests/misuse`");
    rows.filter(|row| !shown(row)).map(|row| format!("no test is named: {row}")).collect()
}

fn check_shape(document: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let columns = line.chars().count();
        if columns > WIDEST {
            complaints.push(format!("{document}:{}: {columns} columns, more than {WIDEST}", number + 1));
        }
        if line.trim_end() != line {
            complaints.push(format!("{document}:{}: white space at the end", number + 1));
        }
    }
    complaints
}

/// Rows `| 3 | wrong password |` of a table, and lines `  3  wrong password` of the command's help.
fn statuses(text: &str) -> Vec<(u8, &str)> {
    let rows = text.lines().filter(|line| line.starts_with(['|', ' ']));
    let row = |line: &'_ str| -> Option<(u8, usize)> {
        let number = line.split(['|', ' ']).find(|cell| !cell.is_empty())?;
        Some((number.parse().ok()?, line.find(number)? + number.len()))
    };
    rows.filter_map(|line| {
        let (status, end) = row(line)?;
        Some((status, line.get(end..)?.trim_matches(['|', ' '])))
    })
    .collect()
}

fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    let mut folders = vec![root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                sources.push((path.to_str().unwrap().replace('\\', "/"), text));
            }
        }
    }
    sources
}

#[test]
fn the_two_commands_stand_first() {
    let readme = read("README.md");
    let run = first_line(&readme, "cargo run").unwrap();
    let rest = run.strip_prefix("cargo run --release -p strongroom-cli -- list ").unwrap();
    let files: Vec<&str> = rest.split(" --password-file ").collect();
    assert_eq!(files, ["demo/export-password-argon2id.json", "demo/password.txt"]);
    assert_none(files.iter().filter(|file| !is_there(&root(), file)).map(|file| format!("no {file}")).collect());

    let test = first_line(&readme, "cargo test").unwrap();
    let checks = read(".ci/run");
    assert_eq!(checks.lines().last(), Some(&*format!("exec {test}")));
    let fenced = blocks(&readme, "sh");
    assert_eq!(fenced.first().map(Vec::as_slice), Some(&[run][..]));
    assert_eq!(fenced.get(1).map(Vec::as_slice), Some(&[test][..]));
}

#[test]
fn the_example_is_that_of_the_crate() {
    let (readme, code) = (read("README.md"), read("crates/strongroom/src/lib.rs"));
    let shown = blocks(&readme, "rust");
    // These are compiled and run as documentation tests.
    let run = examples(&code);
    assert!(shown.len() >= 2 && shown.len() <= run.len(), "{shown:?}");
    let lines =
        |block: &[&str]| block.iter().filter(|line| !line.is_empty()).map(ToString::to_string).collect::<Vec<_>>();
    for (shown, run) in shown.iter().zip(&run) {
        assert!(shown.len() >= 5, "{shown:?}");
        assert_eq!(lines(shown), lines(run));
    }
}

#[test]
fn the_readme_leads_to_every_page_and_every_example() {
    let readme = read("README.md");
    let targets = links(&readme);
    let examples = fs::read_dir(root().join("crates/strongroom/examples")).unwrap();
    let examples = examples.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let examples: Vec<String> = examples.map(|name| format!("crates/strongroom/examples/{name}")).collect();
    assert!(examples.len() >= 5, "{examples:?}");
    let formats = ["docs/formats.md", "docs/interop.md"];
    let all = PAGES.iter().copied().chain(formats).chain(examples.iter().map(String::as_str));
    assert_none(all.filter(|page| !targets.contains(page)).map(|page| format!("README: no link to {page}")).collect());
}

#[test]
fn exit_statuses_are_those_of_the_help() {
    let (readme, code) = (read("README.md"), read("crates/cli/src/args.rs"));
    let help = code.split("Exit status:").nth(1).and_then(|help| help.split('"').next()).unwrap();
    let expected = statuses(help);
    assert_eq!(expected.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(statuses(&readme), expected);
}

#[test]
fn files_and_tests_that_are_named_are_there() {
    let sources = sources();
    for document in DOCUMENTS.iter().chain(PAGES) {
        let text = read(document);
        assert_none(check_files(document, &text, &root()));
        assert_none(check_shape(document, &text));
        // The guide names no tests, and modules as tests are named.
        if !PAGES.contains(document) {
            assert_none(check_tests(document, &text, &sources));
        }
    }
}

/// What a document names as a test is one that the command of README runs: neither ignored nor left out by the
/// compiler. It is run by .ci/run, because it builds the tests of all crates.
#[test]
#[ignore = "builds all tests; .ci/run runs it"]
fn tests_that_are_named_are_run() {
    let readme = read("README.md");
    let run = Run::by(first_line(&readme, "cargo test").unwrap(), &root());
    assert!(run.count() > 500, "{}", run.count());
    let documents = DOCUMENTS.iter().chain(&["docs/formats.md"]);
    assert_none(documents.flat_map(|document| check_run(document, &read(document), &run)).collect());
    assert!(tests_in(&read("SECURITY.md")).len() > 50 && linked_tests(&read("docs/formats.md")).len() > 50);
}

#[test]
fn every_promise_names_a_test() {
    assert_none(check_promises(&read("SECURITY.md")));
}

/// The published crates, by their folders.
const PUBLISHED: &[&str] = &["memory", "strongroom", "account", "contract", "vault", "cli", "probe"];

/// A reader of a package has no other file. That these are in it is checked by `.ci/package`.
#[test]
fn every_published_crate_has_a_readme_and_licences() {
    for name in PUBLISHED {
        let manifest = read(&format!("crates/{name}/Cargo.toml"));
        assert!(manifest.lines().any(|line| line == "readme = \"README.md\""), "{name}");
        let readme = format!("crates/{name}/README.md");
        assert_none(check_shape(&readme, &read(&readme)));
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert_eq!(read(&format!("crates/{name}/{licence}")), read(licence), "{name}");
        }
    }
}

/// The example of a crate's README is the first example of its documentation, which is run.
#[test]
fn the_examples_of_the_crates_are_those_of_their_documentation() {
    let mut found = 0;
    for name in PUBLISHED {
        let readme = read(&format!("crates/{name}/README.md"));
        if let [shown] = &blocks(&readme, "rust")[..] {
            let code = read(&format!("crates/{name}/src/lib.rs"));
            let run: Vec<&str> = first_example(&code).into_iter().filter(|line| !line.is_empty()).collect();
            let shown: Vec<&str> = shown.iter().copied().filter(|line| !line.is_empty()).collect();
            assert_eq!(shown, run, "{name}");
            found += 1;
        }
    }
    assert!(found >= 4, "{found}");
}

#[test]
fn the_changelog_has_the_sections_that_it_promises() {
    let changelog = read("CHANGELOG.md");
    let mut headings = changelog.lines().filter(|line| line.starts_with('#'));
    assert_eq!(headings.next(), Some("# Changelog"));
    assert_eq!(headings.next(), Some("## [Unreleased]"));
    let sections: Vec<&str> = headings.take_while(|line| !line.starts_with("## ")).collect();
    for section in ["### Added", "### Security", "### Soundness"] {
        assert!(sections.contains(&section), "{sections:?}");
    }
}

/// No test that runs, though the look at the sources finds it.
#[test]
#[ignore = "a control: see below"]
fn an_ignored_test() {}

/// Likewise.
#[cfg(any())]
#[test]
fn a_test_left_out_by_the_compiler() {}

#[test]
fn only_what_is_run_counts() {
    let ours = env::current_exe().unwrap();
    let run = Run::from(listed(&ours, Some("documents")));
    let text = "`documents::only_what_is_run_counts`, `documents::an_ignored_test`, \
                `documents::a_test_left_out_by_the_compiler` and `documents::check_run`";
    let complaints = [
        "D: no test documents::an_ignored_test is run",
        "D: no test documents::a_test_left_out_by_the_compiler is run",
        "D: no test documents::check_run is run",
    ];
    assert_eq!(check_run("D", text, &run), complaints);
}

#[test]
fn an_offence_is_found() {
    let root = root();
    let text = "see [here](NOWHERE.md), [there](https://a.b/c), `crates/cli/none.rs`, `memory/src/lib.rs` and `a.b`\n\
                ```\n`crates/in/a/block.rs`\n```\n";
    assert_eq!(check_files("D", text, &root), ["D: there is no crates/cli/none.rs", "D: there is no NOWHERE.md"]);

    let sources = [("a/tests/store.rs".to_owned(), "fn it_holds() {}".to_owned())];
    let text = "`store::it_holds`, `store::it_fails`, `tore::it_holds`, `store::Type` and `std::fs`";
    let missing = ["D: there is no test store::it_fails", "D: there is no test tore::it_holds"];
    assert_eq!(check_tests("D", text, &sources)[..2], missing);

    let paths = ["store::it_holds", "kdf::pbkdf2::tests::vectors", "conformance::secret::it_grants"];
    let run = Run::from(BTreeSet::from(paths.map(str::to_owned)));
    let text = "`store::it_holds`, `pbkdf2::vectors`, `kdf/pbkdf2/tests::vectors`, `conformance::it_grants`, \
                [`vectors`](../crates/a/src/kdf/pbkdf2/tests.rs), [`it_holds`](../crates/a/tests/store.rs)";
    assert_eq!(check_run("D", text, &run), [""; 0]);
    let text = "`store::holds`, `tore::it_holds`, `kdf/tests::vectors`, [`gone`](../crates/a/src/kdf.rs)";
    let missing = ["store::holds", "tore::it_holds", "kdf/tests::vectors", "kdf::gone"];
    assert_eq!(check_run("D", text, &run), missing.map(|test| format!("D: no test {test} is run")));

    let table = "| promise | shown by |\n| --- | --- |\n| a | `store::it_holds` |\n| b | hope |\n\n| c | d |\n";
    assert_eq!(check_promises(table), ["no test is named: | b | hope |"]);

    let long = "x".repeat(WIDEST + 1);
    let complaints = check_shape("D", &format!("{long}\nfine\n{} \n", "é".repeat(WIDEST - 1)));
    assert_eq!(complaints, ["D:1: 121 columns, more than 120", "D:3: white space at the end"]);

    let code = "//! Page.\n//! ```\n//! # hidden\n//! a;\n//!\n//! b;\n//! ```\n//! ```\n//! c;\n//! ```\nuse x;\n";
    assert_eq!(first_example(code), ["a;", "", "b;"]);
    assert_eq!(blocks("```sh\nx\n```\n```rust\ny\nz\n```\n", "rust"), [["y", "z"]]);
    assert_eq!(statuses("| 3 | wrong password |\n  4  some\nx 5 y\n| a |"), [(3, "wrong password"), (4, "some")]);
}
