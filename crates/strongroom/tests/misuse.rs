//! What is wrong does not compile, and for the reason that is meant.
//!
//! Each file in `misuse` is a program. As it stands it compiles; with `--cfg misuse` it must be refused, on the lines
//! that end in `//~` and what stands there: the error's code, or its text where the compiler gives it none. Codes and
//! places are pinned, and not the rest of the compiler's words, which change from version to version. (The
//! `compile_fail` examples of the documentation show the same to readers, but a stable compiler does not compare their
//! codes.)
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An error: its line, and its code or text.
type Complaint = (u64, String);

/// The library as this test was linked with it, or one as new: cargo keeps those of other builds beside it.
fn library(deps: &Path, name: &str) -> PathBuf {
    let is_library = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        file.starts_with(&format!("lib{name}-")) && file.ends_with(".rlib")
    };
    let files = fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path()).filter(is_library);
    let newest = files.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap());
    newest.unwrap_or_else(|| panic!("no library {name} in {}", deps.display()))
}

fn compile(program: &Path, misuse: bool) -> Vec<Complaint> {
    let executable = env::current_exe().unwrap();
    let deps = executable.parent().unwrap();
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.args(["--edition=2024", "--crate-type=bin", "--emit=metadata", "--error-format=json"]);
    command.arg("--out-dir").arg(out.path()).arg("-L").arg(format!("dependency={}", deps.display()));
    for name in ["strongroom", "strongroom_memory"] {
        command.arg("--extern").arg(format!("{name}={}", library(deps, name).display()));
    }
    if misuse {
        command.args(["--cfg", "misuse"]);
    }
    let output = command.arg(program).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let complaints: Vec<Complaint> = said.lines().filter_map(complaint).collect();
    assert_eq!(output.status.success(), complaints.is_empty(), "{}: {said}", program.display());
    complaints
}

/// An error in one of the compiler's lines of JSON; not the one that counts the others.
fn complaint(line: &str) -> Option<Complaint> {
    let message: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    let spans = message["spans"].as_array().unwrap();
    let place = spans.iter().find(|span| span["is_primary"] == true)?["line_start"].as_u64().unwrap();
    let text = message["code"]["code"].as_str().or(message["message"].as_str()).unwrap();
    (message["level"] == "error").then(|| (place, text.to_owned()))
}

fn expected(program: &Path) -> Vec<Complaint> {
    let text = fs::read_to_string(program).unwrap();
    let marked = |(number, line): (usize, &str)| Some((number as u64 + 1, line.split_once("//~ ")?.1.to_owned()));
    text.lines().enumerate().filter_map(marked).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/misuse")
}

fn check(name: &str) {
    let program = folder().join(name).with_extension("rs");
    assert_eq!(compile(&program, false), [], "{name}: the right use");
    let (expected, found) = (expected(&program), compile(&program, true));
    assert!(!expected.is_empty(), "{name} marks no line");
    // The compiler may say the same of the line around as well, so places are held where they are marked.
    let not_said: Vec<&Complaint> = expected.iter().filter(|complaint| !found.contains(complaint)).collect();
    let is_expected = |text: &str| expected.iter().any(|(_, expected)| expected == text);
    let not_marked: Vec<&Complaint> = found.iter().filter(|(_, text)| !is_expected(text)).collect();
    assert!(not_said.is_empty() && not_marked.is_empty(), "{name}: not said {not_said:?}, not marked {not_marked:?}");
}

/// A test for each program.
macro_rules! refused {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        #[test]
        fn every_program_is_tested() {
            let file = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().path().file_stem().unwrap().to_owned();
            let there: BTreeSet<_> = fs::read_dir(folder()).unwrap().map(file).collect();
            let tested: BTreeSet<_> = [$(stringify!($name).into()),*].into();
            assert_eq!(there, tested);
        }
    };
}

refused! {
    a_context_across_an_await
    a_context_on_another_thread
    a_context_that_changes_names
    a_forged_key
    a_key_of_ones_own_making
    a_key_after_its_child
    a_key_after_its_context
    a_key_in_another_context
    a_key_of_a_child_in_its_parent
    a_key_of_a_list_item
    a_key_of_a_parent_that_was_not_lent
    a_key_of_a_sibling
    a_key_of_another_kind
    a_key_of_another_set
    a_key_of_another_store
    a_key_out_of_a_transaction
    a_kind_of_ones_own
    a_public_type_that_captures
    an_unconfirmed_public_key
    an_exposed_secret_on_another_thread
    a_weak_function_for_a_new_password
    an_operation_that_captures
    an_output_on_the_heap
    key_bytes
    names_of_no_kind
    names_out_of_form
    names_that_do_not_compare
    scratch_outside_an_operation
}
