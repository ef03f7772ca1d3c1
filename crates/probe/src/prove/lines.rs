//! What a victim and the attacker say to each other, a line each.

use std::io::{self, BufRead, Write};

pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The next line; `None` at the end.
pub(crate) fn hear() -> io::Result<Option<String>> {
    let mut line = String::new();
    Ok((io::stdin().lock().read_line(&mut line)? > 0).then(|| line.trim_end().to_owned()))
}
