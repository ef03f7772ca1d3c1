//! A main thread with a small stack: `ulimit -s`.

use std::path::PathBuf;
use std::process::Command;

use crate::command::{Ran, demos, opening, program};

#[test]
fn a_quarter_of_a_mebibyte_is_enough() {
    let limited = |arguments: Vec<PathBuf>| {
        let script = r#"ulimit -s 256 && exec "$0" "$@""#;
        let output = Command::new("sh").args(["-c", script, program()]).args(arguments).output();
        Ran::of(output.expect("there is a shell")).ended(0)
    };
    limited(vec!["doctor".into()]);
    for export in demos() {
        limited(opening("list", &export));
        limited(opening("decrypt", &export));
    }
}
