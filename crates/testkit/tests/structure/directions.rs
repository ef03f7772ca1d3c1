//! Which crate may name which: strictly downward.

use proc_macro2::TokenStream;

use crate::{source, workspace::Package};

/// A crate and the crates of ours it may name. Tests may name [`FOR_TESTS`] besides.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("strongroom-cli", &["strongroom-vault", "strongroom", "strongroom-memory"]),
    ("strongroom-vault", &["strongroom"]),
    ("strongroom-account", &["strongroom"]),
    ("strongroom-contract", &["strongroom"]),
    ("strongroom", &["strongroom-memory"]),
    ("strongroom-memory", &[]),
    // Of memory its victim installs what only a program installs: the allocator and the signal stacks.
    ("strongroom-probe", &["strongroom", "strongroom-memory"]),
    // Programs of others, as it were.
    ("strongroom-examples", &["strongroom"]),
    ("strongroom-testkit", &[]),
];

const FOR_TESTS: &[&str] = &["strongroom-probe", "strongroom-testkit"];

/// What the tests of a crate may name besides: those of `strongroom` attack all of its users' operations, and those of
/// `strongroom-account` count what theirs take from the heap.
const ALSO_FOR_TESTS: &[(&str, &str)] =
    &[("strongroom", "strongroom-account"), ("strongroom-account", "strongroom-memory")];

/// What the command may name of `strongroom_memory`.
const OF_MEMORY: &[&str] = &["report", "process", "Report"];

pub(crate) fn check(packages: &[Package]) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages {
        let dependencies =
            package.dependencies.iter().map(|dependency| (dependency.name.as_str(), dependency.tests_only));
        complaints.extend(check_package(&package.name, dependencies));
    }
    complaints
}

fn check_package<'a>(name: &str, dependencies: impl Iterator<Item = (&'a str, bool)>) -> Vec<String> {
    let Some((_, allowed)) = MAY_NAME.iter().find(|(package, _)| *package == name) else {
        return vec![format!("{name}: no floor is set for this crate; say in MAY_NAME what it may name")];
    };
    let ours = |dependency: &str| MAY_NAME.iter().any(|(package, _)| *package == dependency);
    dependencies
        .filter(|&(dependency, tests_only)| {
            let fine = allowed.contains(&dependency)
                || (tests_only && FOR_TESTS.contains(&dependency) && name != "strongroom-testkit")
                || (tests_only && ALSO_FOR_TESTS.contains(&(name, dependency)));
            ours(dependency) && !fine
        })
        .map(|(dependency, tests_only)| {
            let what = if tests_only { "its tests depend" } else { "it depends" };
            format!("{name}: {what} on {dependency}, which does not stand below it")
        })
        .collect()
}

pub(crate) fn check_command(file: &str, tokens: &TokenStream) -> Vec<String> {
    source::paths_from("strongroom_memory", tokens)
        .into_iter()
        .filter(|found| !found.path.first().is_some_and(|name| OF_MEMORY.contains(&name.as_str())))
        .map(|found| {
            let named = found.path.first().map_or("all of it", String::as_str);
            format!("{file}:{}: names {named} of strongroom_memory; the command may name {OF_MEMORY:?}", found.line)
        })
        .collect()
}

#[test]
fn an_edge_upwards_is_found() {
    let check = |name, dependencies: &[(&'static str, bool)]| check_package(name, dependencies.iter().copied());
    let upwards = check("strongroom-memory", &[("libc", false), ("strongroom", false), ("strongroom-testkit", true)]);
    assert_eq!(upwards, ["strongroom-memory: it depends on strongroom, which does not stand below it"]);
    let past_a_floor = check("strongroom-vault", &[("strongroom", false), ("strongroom-memory", false)]);
    assert_eq!(past_a_floor, ["strongroom-vault: it depends on strongroom-memory, which does not stand below it"]);
    let tests_only = check("strongroom-vault", &[("strongroom-probe", true), ("strongroom-cli", true)]);
    assert_eq!(tests_only, ["strongroom-vault: its tests depend on strongroom-cli, which does not stand below it"]);
    let attacker_linked = check("strongroom-cli", &[("strongroom-probe", false)]);
    assert_eq!(attacker_linked, ["strongroom-cli: it depends on strongroom-probe, which does not stand below it"]);
    let kit = check("strongroom-testkit", &[("strongroom-probe", true)]);
    assert_eq!(kit, ["strongroom-testkit: its tests depend on strongroom-probe, which does not stand below it"]);
    let for_tests = check("strongroom", &[("strongroom-account", true)]);
    assert_eq!(for_tests, [""; 0]);
    let for_use = check("strongroom", &[("strongroom-account", false)]);
    assert_eq!(for_use, ["strongroom: it depends on strongroom-account, which does not stand below it"]);
    let unknown = check("strongroom-new", &[]);
    assert_eq!(unknown, ["strongroom-new: no floor is set for this crate; say in MAY_NAME what it may name"]);
}

#[test]
fn a_command_that_reaches_into_memory_is_found() {
    let code = "use strongroom_memory::{process::harden, SecretBox as Box};\n\
                fn f() { strongroom_memory::report::of(); strongroom_memory::random::secret(); }\n\
                use strongroom_memory as m; use strongroom_memory::*;";
    let complaints = check_command("main.rs", &code.parse().unwrap());
    let allowed = "of strongroom_memory; the command may name [\"report\", \"process\", \"Report\"]";
    assert_eq!(
        complaints,
        [
            format!("main.rs:1: names SecretBox {allowed}"),
            format!("main.rs:2: names random {allowed}"),
            format!("main.rs:3: names all of it {allowed}"),
            format!("main.rs:3: names * {allowed}"),
        ]
    );
}
