//! Fingerprint phrases: five words that two people compare to know that they speak of the same public key.

use hkdf::Hkdf;
use sha2::Sha256;
use strongroom::encapsulation::PublicKey;

use crate::labels::FINGERPRINT_WORDS;

/// The long word list of the Electronic Frontier Foundation, in the order of its dice.
static WORDS: &str = include_str!("fingerprint/eff_large_wordlist.txt");

/// Words in the list: five throws of a die.
const COUNT: u32 = 7776;

/// Returns the phrase of a public key: five words of the EFF's long list, joined by `-`; 64 bits.
///
/// `material` says what for: the user's id (lower-case, with hyphens) for an account, the e-mail address for a login
/// with another device.
#[must_use]
pub fn fingerprint_phrase(key: &PublicKey, material: &str) -> String {
    let mut number = number(&key.to_spki(), material);
    let words: Vec<&str> = (0..FINGERPRINT_WORDS).map(|_| word(divide(&mut number))).collect();
    words.join("-")
}

/// Returns the number that a phrase is the words of: HKDF-Expand (RFC 5869 section 2.3) to 32 bytes, with the SPKI form
/// as PRK.
#[expect(clippy::expect_used, reason = "an SPKI form is longer than 32 bytes, and 32 bytes are one block of output")]
fn number(spki: &[u8], material: &str) -> [u8; 32] {
    let mut number = [0; 32];
    let prk = Hkdf::<Sha256>::from_prk(spki).expect("an SPKI form has more than 32 bytes");
    prk.expand(material.as_bytes(), &mut number).expect("one block of output");
    number
}

/// Divides a big-endian integer by the number of words in place; returns the remainder.
fn divide(number: &mut [u8]) -> u32 {
    let mut rest = 0;
    for byte in number {
        let part = rest << 8 | u32::from(*byte);
        // The quotient is less than 256, because `rest` was less than the divisor.
        *byte = (part / COUNT) as u8;
        rest = part % COUNT;
    }
    rest
}

/// Returns the word of a remainder, which is below [`COUNT`].
#[expect(clippy::expect_used, reason = "the list has COUNT words, counted when compiling")]
fn word(index: u32) -> &'static str {
    let words = WORDS.lines().filter(|line| !line.starts_with('#'));
    words.into_iter().nth((index % COUNT) as usize).expect("a list of COUNT words")
}

const _: () = assert!(lines_of_words(WORDS.as_bytes()) == COUNT, "the word list is not whole");

/// Counts the lines that are no comments. A line ends in a newline, or it does not count.
const fn lines_of_words(mut text: &[u8]) -> u32 {
    let (mut lines, mut is_start, mut is_comment) = (0, true, false);
    while let [first, rest @ ..] = text {
        if is_start {
            is_comment = *first == b'#';
        }
        is_start = *first == b'\n';
        if is_start && !is_comment {
            lines += 1;
        }
        text = rest;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{COUNT, WORDS, divide, lines_of_words, word};

    #[test]
    fn the_list_is_whole() {
        let words: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(words.len(), COUNT as usize);
        assert!(words.is_sorted() && words.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!((word(0), word(COUNT - 1)), ("abacus", "zoom"));
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    }

    #[test]
    fn a_list_that_is_not_whole_does_not_compile() {
        assert_eq!(lines_of_words(b"# a\n#\nb\nc#\n"), 2, "the control");
        assert_eq!(lines_of_words(b"# a\n#\nb\n# c\n"), 1);
        assert_eq!(lines_of_words(b"# a\nb\nc"), 1, "cut off");
        assert_eq!(lines_of_words(b""), 0);
    }

    #[test]
    fn long_division() {
        for number in [0_u64, 1, 7775, 7776, 7777, 0x0123_4567_89ab_cdef, u64::MAX] {
            let mut bytes = number.to_be_bytes();
            assert_eq!(u64::from(divide(&mut bytes)), number % 7776);
            assert_eq!(u64::from_be_bytes(bytes), number / 7776);
        }
    }
}
