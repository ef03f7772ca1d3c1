//! Texts that are alike to a person: upper and lower case, and the ways to write one letter, are the same.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

/// Returns the text in the form in which those that are alike are the same: folded fully (`ß` is `ss`), and composed
/// (NFC). So `e` is not found in `é`, however that is written.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfd().default_case_fold().nfc().collect() }
}

/// Returns the text composed, for a pattern that says itself what is the same.
pub(crate) fn compose(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_is_the_same() {
        for (one, other) in [
            ("STRASSE", "straße"),
            ("STRASSE", "STRAẞE"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("ΣΟΦΟΣ", "σοφος"),
            ("σοφος", "σοφοσ"),
            ("\u{212b}", "å"),
            ("\u{1e9b}\u{323}", "\u{1e69}"),
            ("q\u{307}\u{323}", "q\u{323}\u{307}"),
            ("ﬁ", "FI"),
            ("\u{1fc3}", "ΗΙ"),
            ("각", "\u{1100}\u{1161}\u{11a8}"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        for (one, other) in [("e", "é"), ("i", "ı"), ("а", "a"), ("Ａ", "A"), ("日", "曰"), ("a", "a ")] {
            assert_ne!(fold(one), fold(other), "{one} and {other}");
        }
        assert!(!fold("cafe\u{301}").contains("cafe"), "a part of a letter is not found");
    }
}
