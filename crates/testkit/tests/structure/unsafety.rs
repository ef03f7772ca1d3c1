//! Where `unsafe` may stand.

use proc_macro2::{TokenStream, TokenTree};

pub(crate) const ALLOWED: &[&str] = &["strongroom-memory", "strongroom-testkit"];

/// Every root file of another crate forbids it, so that the compiler watches too.
pub(crate) fn check_root(file: &str, tokens: &TokenStream) -> Vec<String> {
    let start: Vec<String> = tokens.clone().into_iter().map(|token| token.to_string().replace(' ', "")).collect();
    let forbids = |window: &[String]| window == ["#", "!", "[forbid(unsafe_code)]"];
    // Only in the crate's own code: a test's root has nothing below it.
    let is_code = file.contains("/src/") || file.ends_with("build.rs");
    if is_code && !start.windows(3).any(forbids) {
        vec![format!("{file}: lacks #![forbid(unsafe_code)]")]
    } else {
        Vec::new()
    }
}

/// No file of another crate has the word, not even in a macro that nobody calls.
pub(crate) fn check_file(file: &str, tokens: &TokenStream) -> Vec<String> {
    let mut complaints = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(ident) if ident == "unsafe" => {
                complaints.push(format!("{file}:{}: unsafe", ident.span().start().line))
            }
            TokenTree::Group(group) => complaints.extend(check_file(file, &group.stream())),
            _ => {}
        }
    }
    complaints
}

#[test]
fn the_word_is_found_and_not_mistaken() {
    let found = "mod a { fn f() {\n unsafe { g() } } }\nmacro_rules! m { () => { unsafe fn h() {} } }";
    assert_eq!(check_file("lib.rs", &found.parse().unwrap()), ["lib.rs:2: unsafe", "lib.rs:3: unsafe"]);
    let fine = "#![forbid(unsafe_code)]\n/// unsafe\nconst A: &str = \"unsafe {}\"; // unsafe\nfn unsafe_name() {}";
    assert_eq!(check_file("lib.rs", &fine.parse().unwrap()), [""; 0]);
}

#[test]
fn a_root_that_forbids_nothing_is_found() {
    let root = |code: &str| check_root("crates/a/src/lib.rs", &code.parse().unwrap());
    assert_eq!(
        root("//! Docs.\n#![deny(unsafe_code)] fn f() {}"),
        ["crates/a/src/lib.rs: lacks #![forbid(unsafe_code)]"]
    );
    assert_eq!(root("//! Docs.\n#![cfg(unix)]\n#![forbid(unsafe_code)]\nfn f() {}"), [""; 0]);
}
