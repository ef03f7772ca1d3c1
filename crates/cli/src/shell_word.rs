//! Words of a command line, spelled so that a shell reads them back.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::printable;

/// Spells one word for a shell (sh, bash, zsh).
///
/// What a terminal or a single-quoted word cannot hold (control characters, marks of direction, bytes that are no
/// UTF-8) is spelled in octal between `$'` and `'`, as POSIX has it since 2024.
pub(crate) fn spell(word: &OsStr) -> String {
    match word.to_str() {
        Some(text) if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) => text.to_owned(),
        Some(text) if !printable::has_hostile(text) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => in_octal(word.as_bytes()),
    }
}

/// Whether a character means itself to every shell, but for `=` at the beginning of a word (zsh).
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:,@%+=".contains(c)
}

fn in_octal(bytes: &[u8]) -> String {
    let mut out = String::from("$'");
    for &byte in bytes {
        match byte {
            b'\'' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            // Three digits, so that no digit behind them is read as a fourth.
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_as_much_as_they_need() {
        for (word, spelled) in [
            ("backup.json", "backup.json"),
            ("/a/b-c_d+e@f:1,2%", "/a/b-c_d+e@f:1,2%"),
            ("", "''"),
            ("--field=-x", "--field=-x"),
            ("=ls", "'=ls'"),
            ("my backup.json", "'my backup.json'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -rf ~);`x`|\"\\*?#!&<>{}[]~=", "'$(rm -rf ~);`x`|\"\\*?#!&<>{}[]~='"),
            ("Ärger 日本", "'Ärger 日本'"),
            ("a\nb\t\u{1b}[2J", r"$'a\012b\011\033[2J'"),
            ("a\u{202e}1'\\", r"$'a\342\200\2561\'\\'"),
        ] {
            assert_eq!(spell(OsStr::new(word)), spelled, "{word:?}");
        }
        assert_eq!(spell(OsStr::from_bytes(b"a\xff7")), r"$'a\3777'");
    }

    /// What counts is what a shell makes of it. Some `sh` know no `$'` yet.
    #[test]
    fn a_shell_reads_them_back() {
        let words: [&[u8]; 6] =
            [b"", b"it's $HOME `x` \\ \"", "日本 ~".as_bytes(), b"a\nb\x1b\x011", b"\xff'\\\xfe", b"-x * ? !"];
        for word in words {
            let script = format!("printf %s {}", spell(OsStr::from_bytes(word)));
            let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(output.stdout, word, "{script}");
        }
    }
}
