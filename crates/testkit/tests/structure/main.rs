//! The rules of the house, checked: which crate may name which, where `unsafe` may stand, that no empty value stands in
//! for what is missing, that the rooms of a crate lie on floors, that files are small and well named. Each rule is a
//! function from what is there to complaints; its controls show that it complains about a planted offence.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod defaults;
mod directions;
mod files;
mod floors;
mod source;
mod unsafety;
mod workspace;

use workspace::Workspace;

#[track_caller]
fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn the_workspace_is_read_at_all() {
    let workspace = Workspace::load();
    let names: Vec<&str> = workspace.packages.iter().map(|package| package.name.as_str()).collect();
    for name in [
        "strongroom",
        "strongroom-account",
        "strongroom-cli",
        "strongroom-contract",
        "strongroom-examples",
        "strongroom-memory",
        "strongroom-probe",
        "strongroom-testkit",
        "strongroom-vault",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    for package in &workspace.packages {
        assert!(!package.roots.is_empty() && !package.sources().is_empty(), "{}", package.name);
    }
    assert!(workspace.files().iter().any(|file| file.ends_with("Cargo.toml")));
}

#[test]
fn crates_name_only_what_stands_below_them() {
    let workspace = Workspace::load();
    assert_none(directions::check(&workspace.packages));
}

#[test]
fn the_command_names_memory_only_for_the_report_and_process() {
    let workspace = Workspace::load();
    let cli = workspace.package("strongroom-cli");
    for file in cli.sources() {
        assert_none(directions::check_command(&file.shown, &file.tokens()));
    }
}

#[test]
fn unsafe_stands_only_in_memory_and_testkit() {
    let workspace = Workspace::load();
    for package in &workspace.packages {
        if !unsafety::ALLOWED.contains(&package.name.as_str()) {
            for root in &package.roots {
                assert_none(unsafety::check_root(&root.shown, &root.tokens()));
            }
            for file in package.sources() {
                assert_none(unsafety::check_file(&file.shown, &file.tokens()));
            }
        }
    }
}

#[test]
fn no_empty_value_stands_in_for_what_is_missing() {
    let workspace = Workspace::load();
    let files = workspace.packages.iter().flat_map(|package| package.sources());
    assert_none(files.flat_map(|file| defaults::check_file(&file.shown, &file.tokens())).collect());
}

#[test]
fn rooms_lie_on_floors() {
    let workspace = Workspace::load();
    for package in &workspace.packages {
        for root in package.roots.iter().filter(|root| root.in_src()) {
            assert_none(floors::check(&package.name, &floors::modules_under(root)));
        }
    }
}

#[test]
fn files_are_small_and_well_named() {
    let workspace = Workspace::load();
    for file in workspace.files() {
        assert_none(files::check_name(&file));
        if let Ok(text) = std::fs::read_to_string(workspace.root.join(&file)) {
            assert_none(files::check_length(&file, &text));
            assert_none(files::check_paths(&file, &text, &workspace.root));
        }
    }
}
