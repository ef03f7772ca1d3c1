//! Names, lengths and contents of files.

use std::path::{Component, Path};

/// Lines of a file without its tests: above this it holds more than one idea.
const LONGEST: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc", "types"];

pub(crate) fn check_name(file: &Path) -> Vec<String> {
    let Some((stem, "rs")) =
        file.file_stem().and_then(|stem| stem.to_str()).zip(file.extension().and_then(|x| x.to_str()))
    else {
        return Vec::new();
    };
    if stem == "mod" {
        vec![format!("{}: the house uses foo.rs and foo/, not foo/mod.rs", file.display())]
    } else if EMPTY_NAMES.contains(&stem) {
        vec![format!("{}: a room without an idea in its name", file.display())]
    } else {
        Vec::new()
    }
}

pub(crate) fn check_length(file: &Path, text: &str) -> Vec<String> {
    let in_tests =
        file.components().any(|part| part == Component::Normal("tests".as_ref())) || file.ends_with("tests.rs");
    if in_tests || file.extension().is_none_or(|extension| extension != "rs") {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let starts_tests = |pair: &[&str]| matches!(pair, ["#[cfg(test)]", module] if module.starts_with("mod "));
    let code = lines.windows(2).position(starts_tests).unwrap_or(lines.len());
    if code > LONGEST {
        vec![format!("{}: {code} lines without tests, more than {LONGEST}", file.display())]
    } else {
        Vec::new()
    }
}

/// A path of the machine it was written on makes no sense on another.
pub(crate) fn check_paths(file: &Path, text: &str, workspace: &Path) -> Vec<String> {
    let mut forbidden: Vec<String> = ["home", "root", "Users"].map(|dir| format!("/{dir}/")).into();
    if let Some(Component::Normal(top)) = workspace.components().nth(1) {
        // Whatever folder this checkout lies under, unless every machine has it.
        if !["tmp", "usr", "var", "opt", "srv", "mnt", "proc", "dev", "etc", "sys", "run"].iter().any(|&dir| top == dir)
        {
            forbidden.push(format!("/{}/", top.display()));
        }
    }
    let complaint = |(number, line): (usize, &str)| {
        let path = forbidden.iter().find(|path| begins_a_path(line, path))?;
        Some(format!("{}:{}: a path of one machine: {path}", file.display(), number + 1))
    };
    text.lines().enumerate().filter_map(complaint).collect()
}

/// Whether `line` has `path` as the begin of a path, not in the middle of one (`a/b/`).
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|before| before.is_alphanumeric() || "._-}$*<>/".contains(before))
    })
}

#[test]
fn a_bad_name_is_found() {
    let bad = |name: &str| check_name(Path::new(name)).len() == 1;
    assert!(bad("crates/a/src/b/mod.rs") && bad("src/util.rs") && bad("src/helpers.rs") && bad("tests/common.rs"));
    assert!(!bad("src/model.rs") && !bad("src/utilities_of_war.rs") && !bad("types.json") && !bad("LICENSE"));
}

#[test]
fn a_long_file_is_found() {
    let check = |file: &str, text: &str| check_length(Path::new(file), text);
    let (most, more) = ("fn f() {}\n".repeat(LONGEST), "fn f() {}\n".repeat(LONGEST + 1));
    assert_eq!(check("src/a.rs", &most), [""; 0]);
    assert_eq!(check("src/a.rs", &more), ["src/a.rs: 401 lines without tests, more than 400"]);
    let tests = "#[cfg(test)]\nmod tests {\n";
    assert_eq!(check("src/a.rs", &format!("{most}{tests}{more}")), [""; 0]);
    assert_eq!(check("src/a.rs", &format!("#[cfg(test)]\nuse b;\n{more}")).len(), 1, "not the tests' begin");
    assert_eq!(check("tests/a.rs", &more), [""; 0]);
    assert_eq!(check("src/a/tests.rs", &more), [""; 0]);
}

#[test]
fn a_path_of_a_machine_is_found() {
    // Put together here, or this file would be an offence itself.
    let (home, checkout) = (["see `/ho", "me/me/x`"].concat(), ["cd /chec", "kouts/x"].concat());
    let text = format!("fine\n{home}\n{checkout}\ntests/home/x, <a>/root/b");
    let under = |root: &str| check_paths(Path::new("a.md"), &text, Path::new(root));
    let at_home = ["a.md:2: a path of one machine: /ho", "me/"].concat();
    let at_checkout = ["a.md:3: a path of one machine: /chec", "kouts/"].concat();
    assert_eq!(under("/checkouts/strongroom"), [at_home.clone(), at_checkout]);
    assert_eq!(under("/tmp/strongroom"), [at_home]);
}
