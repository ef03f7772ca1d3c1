//! Fingerprint phrases: five words that two people compare to know that they speak of the same public key.

use hkdf::Hkdf;
use sha2::Sha256;
use strongroom::encapsulation::{Confirmed, PublicKey};
use strongroom::signatures::VerifyingKey;

use crate::error::Error;
use crate::labels::FINGERPRINT_WORDS;

/// The long word list of the Electronic Frontier Foundation, in the order of its dice.
static WORDS: &str = include_str!("fingerprint/eff_large_wordlist.txt");

/// Words in the list: five throws of a die.
const COUNT: u32 = 7776;

/// Gives the bytes of a public key of which a phrase is made.
///
/// It is sealed: [`PublicKey`] and [`VerifyingKey`] have it.
pub trait Fingerprint: sealed::Fingerprint {}

impl Fingerprint for PublicKey {}
impl Fingerprint for VerifyingKey {}

mod sealed {
    use strongroom::{encapsulation::PublicKey, signatures::VerifyingKey};

    pub trait Fingerprint {
        /// Returns at least 32 bytes.
        fn bytes(&self) -> Vec<u8>;
    }

    /// The SPKI form, as official clients have it.
    impl Fingerprint for PublicKey {
        fn bytes(&self) -> Vec<u8> {
            self.to_spki()
        }
    }

    /// The bytes of the key, without its id, which whoever lists the key may choose. Official clients show no phrase of
    /// it.
    impl Fingerprint for VerifyingKey {
        fn bytes(&self) -> Vec<u8> {
            self.as_bytes().to_vec()
        }
    }
}

/// Returns the phrase of a public key or verifying key: five words of the EFF's long list, joined by `-`; 64 bits.
///
/// `material` says what for: the user's id (lower-case, with hyphens) for an account, the e-mail address for a login
/// with another device. Of public keys the phrase is the one that official clients show. They show none of verifying
/// keys.
#[must_use]
pub fn fingerprint_phrase(key: &impl Fingerprint, material: &str) -> String {
    let mut number = number(&key.bytes(), material);
    let words: Vec<&str> = (0..FINGERPRINT_WORDS).map(|_| word(divide(&mut number))).collect();
    words.join("-")
}

/// Confirms a public key or verifying key by its [phrase](fingerprint_phrase).
///
/// `compare` is given the phrase. It shows it to the user, or compares it with the one that the user typed in, and
/// returns whether the owner of the key has the same. The other phrase has to come from the owner by a way that the
/// server does not control: a device beside this one, a telephone.
///
/// # Errors
/// [`Error::OtherFingerprint`]: `compare` returned false.
pub fn confirm_fingerprint<K: Fingerprint>(
    key: K,
    material: &str,
    compare: impl FnOnce(&str) -> bool,
) -> Result<Confirmed<K>, Error> {
    if compare(&fingerprint_phrase(&key, material)) {
        Ok(Confirmed::without_check(key))
    } else {
        Err(Error::OtherFingerprint)
    }
}

/// Returns the number that a phrase is the words of: HKDF-Expand (RFC 5869 section 2.3) to 32 bytes, with the key's
/// bytes as PRK.
#[expect(clippy::expect_used, reason = "a key has at least 32 bytes, and 32 bytes are one block of output")]
fn number(key: &[u8], material: &str) -> [u8; 32] {
    let mut number = [0; 32];
    let prk = Hkdf::<Sha256>::from_prk(key).expect("a public key has at least 32 bytes");
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
