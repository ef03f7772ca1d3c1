//! Text from a backup, made safe to print: a hostile item name must not drive the terminal.
//!
//! What is replaced: control characters (C0, DEL, C1: escape sequences begin with one), line and paragraph separators,
//! and the invisible characters that reorder or hide what stands around them, or are a text that nobody sees (Unicode
//! TR 36, section 3). Joiners and variation selectors stay: emoji and several scripts need them. Tag characters do not,
//! though three flags are made of them: a whole message can be written in them.

use std::borrow::Cow;
use std::fmt;

/// Text that shows itself and does nothing else. Its `Display` makes no copy.
#[derive(Clone, Copy)]
pub(crate) struct Printable<'a> {
    text: &'a str,
    kept: &'static [char],
    spell: fn(char, &mut fmt::Formatter<'_>) -> fmt::Result,
}

/// On one line: hostile characters are spelt out as Rust spells them, `\n`, `\u{1b}`.
pub(crate) fn line(text: &str) -> Printable<'_> {
    Printable { text, kept: &[], spell: |c, f| write!(f, "{}", c.escape_default()) }
}

/// With its line ends and tabs; other hostile characters are spelt out.
pub(crate) fn block(text: &str) -> Printable<'_> {
    Printable { kept: &['\n', '\t'], ..line(text) }
}

/// JSON text, in which hostile characters stand inside strings only: written as `\u` escapes, so it means the same.
pub(crate) fn json(text: &str) -> Printable<'_> {
    let spell = |c: char, f: &mut fmt::Formatter<'_>| {
        c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))
    };
    Printable { text, kept: &['\n', '\t', '\r'], spell }
}

/// Returns so many characters of a text, and a sign if that is not all.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.split_at(end).0).into(),
        None => text.into(),
    }
}

/// Returns true if [`line`] would spell out any of the text.
pub(crate) fn has_hostile(text: &str) -> bool {
    text.contains(is_hostile)
}

/// Whether the character may do more than show itself.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{180e}'                            // a hyphen and a vowel separator of no width
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // letters that show nothing
            | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' // marks of direction, the space of no width
            | '\u{2028}'..='\u{202e}'                        // separators, embeddings and overrides of direction
            | '\u{2060}'..='\u{206f}'                        // isolates of direction, invisible operators
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}'            // byte order mark, marks of annotations
            | '\u{1d173}'..='\u{1d17a}'                      // marks of musical notation
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}') // tags, and what is kept for more of them
}

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hostile = |c: char| is_hostile(c) && !self.kept.contains(&c);
        let mut rest = self.text;
        while let Some(at) = rest.find(hostile) {
            let (harmless, from) = rest.split_at(at);
            f.write_str(harmless)?;
            let mut chars = from.chars();
            if let Some(c) = chars.next() {
                (self.spell)(c, f)?;
            }
            rest = chars.as_str();
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_spelt_out() {
        let hostile = "a\u{1b}[2Jb\u{9b}31mc\x07\x7f\r\n\td\u{202e}e\u{2066}f\u{feff}";
        assert_eq!(line(hostile).to_string(), r"a\u{1b}[2Jb\u{9b}31mc\u{7}\u{7f}\r\n\td\u{202e}e\u{2066}f\u{feff}");
        assert_eq!(line("a\u{e0001}\u{e0068}\u{e007f}b\u{ad}c").to_string(), r"a\u{e0001}\u{e0068}\u{e007f}b\u{ad}c");
        assert_eq!(block("a\u{1b}]0;x\x07\r\n\tb").to_string(), "a\\u{1b}]0;x\\u{7}\\r\n\tb");
    }

    #[test]
    fn json_means_the_same() {
        let hostile = "\u{1b}\u{9b}\u{7f}\u{202e}\u{2028}x\"\\\u{e0041}";
        let text = serde_json::to_string_pretty(&[hostile]).unwrap();
        let safe = json(&text).to_string();
        assert!(!safe.contains(|c| is_hostile(c) && c != '\n'));
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [hostile]);
    }

    #[test]
    fn every_control_character_is_hostile_and_letters_are_not() {
        assert!((0..=0x1f).chain(0x7f..=0x9f).filter_map(char::from_u32).all(is_hostile));
        let harmless = "Ünï ☕ 👩‍👩‍👧 नमस्ते שלום 日本 a\u{301} ❤\u{fe0f} 葛\u{e0100}";
        assert_eq!(line(harmless).to_string(), harmless);
    }

    #[test]
    fn long_texts_are_cut() {
        for (text, most, left) in [
            ("", 0, ""),
            ("", 3, ""),
            ("abc", 3, "abc"),
            ("abcd", 3, "abc…"),
            ("éééé", 3, "ééé…"),
            ("ééé", 3, "ééé"),
            ("a", 0, "…"),
        ] {
            assert_eq!(cut(text, most), left, "{text} {most}");
        }
    }
}
