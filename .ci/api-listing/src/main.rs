//! Lists the public API in the rustdoc JSON file named by the argument, one item a line.
#![forbid(unsafe_code)]

use std::{env, error::Error};

/// Traits whose presence follows from others or says nothing to a user. `Send` and `Sync` stay: losing one breaks programs.
const QUIET: &[&str] =
    &["core::marker::Freeze", "core::marker::Unpin", "core::marker::UnsafeUnpin", "UnwindSafe", "StructuralPartialEq"];

/// Where traits come from whose methods need no listing once it says that they are implemented.
const WELL_KNOWN: &[&str] = &["core::", "alloc::", "std::", "serde_core::"];

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args_os().nth(1).ok_or("usage: api-listing FILE.json")?;
    let api = public_api::Builder::from_rustdoc_json(file).omit_blanket_impls(true).build()?;
    // The type that a well-known trait is being implemented for.
    let mut known: Option<String> = None;
    for item in api.items() {
        let line = item.to_string();
        if QUIET.iter().any(|quiet| line.contains(quiet)) {
            continue;
        }
        if let Some(rest) = line.strip_prefix("impl") {
            known = well_known_impl_of(rest);
        } else if known.as_ref().is_some_and(|of| is_method_of(of, &line)) {
            continue;
        }
        println!("{line}");
    }
    Ok(())
}

fn is_method_of(of: &str, line: &str) -> bool {
    let rest = line.strip_prefix("pub fn ").and_then(|name| name.strip_prefix(of));
    rest.is_some_and(|rest| rest.starts_with("::") || rest.starts_with('<'))
}

/// `path::Type`, if this is the head (after `impl`) of a well-known trait's implementation.
fn well_known_impl_of(head: &str) -> Option<String> {
    let (trait_part, of) = head.split_once(" for ")?;
    let name = trait_part.split_whitespace().find(|word| !word.starts_with('<'))?;
    let of = of.split(['<', ' ']).next()?;
    WELL_KNOWN.iter().any(|from| name.starts_with(from)).then(|| of.to_owned())
}
