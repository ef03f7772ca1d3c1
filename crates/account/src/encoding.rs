//! Base64 (RFC 4648) of secrets, in constant time, inside operations.

use base64ct::{Base64, Base64Unpadded, Base64UrlUnpadded, Encoding};
use strongroom::extension::Status;

use crate::operation::MALFORMED;

/// The base64 that a secret is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Alphabet {
    /// RFC 4648 section 4, padded.
    Standard,
    /// RFC 4648 section 5, not padded.
    Url,
}

impl Alphabet {
    /// Returns it as what may enter an operation.
    pub(crate) fn is_url(self) -> bool {
        self == Self::Url
    }
}

/// Returns the `N` bytes of a text, with or without its padding.
pub(crate) fn decode<const N: usize>(text: &[u8], is_url: bool) -> Result<[u8; N], Status> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count().min(2);
    let text = text.get(..text.len() - padding).ok_or(MALFORMED)?;
    let mut bytes = [0; N];
    let decoded =
        if is_url { Base64UrlUnpadded::decode(text, &mut bytes) } else { Base64Unpadded::decode(text, &mut bytes) };
    if decoded.map_err(|_| MALFORMED)?.len() == N { Ok(bytes) } else { Err(MALFORMED) }
}

/// Writes the encoding of `bytes` to the front of `out` and returns its length. `None`: `out` is too short.
pub(crate) fn encode(bytes: &[u8], is_url: bool, out: &mut [u8]) -> Option<usize> {
    let text = if is_url { Base64UrlUnpadded::encode(bytes, out) } else { Base64::encode(bytes, out) };
    text.ok().map(str::len)
}

#[cfg(test)]
mod tests {
    use base64_simd::{STANDARD, URL_SAFE_NO_PAD};

    use super::{Alphabet, decode, encode};
    use crate::operation::MALFORMED;

    /// Every length, both alphabets, against the other implementation of base64.
    #[test]
    fn encodings() {
        fn check<const N: usize>() {
            let bytes: [u8; N] = std::array::from_fn(|n| (n * 91 + 250) as u8);
            let encode = |alphabet: Alphabet, room: usize| {
                let mut out = vec![0; room];
                let length = encode(&bytes, alphabet.is_url(), &mut out)?;
                out.truncate(length);
                String::from_utf8(out).ok()
            };
            let room = N.div_ceil(3) * 4;
            let standard = encode(Alphabet::Standard, room).unwrap();
            assert_eq!(standard, STANDARD.encode_to_string(bytes));
            assert_eq!(encode(Alphabet::Standard, room - 1), None);
            let url = encode(Alphabet::Url, room).unwrap();
            assert_eq!(url, URL_SAFE_NO_PAD.encode_to_string(bytes));
            for (text, alphabet) in [(standard, Alphabet::Standard), (url, Alphabet::Url)] {
                assert_eq!(decode::<N>(text.as_bytes(), alphabet.is_url()), Ok(bytes));
            }
        }
        check::<16>();
        check::<32>();
        check::<64>();
        check::<1>();
    }

    #[test]
    fn what_is_no_secret() {
        for text in ["", "=", "==", "A", "AA", "AAA", "AAAAA", "AAAA====", "AAA=", "AB==", "?A==", "AA==="] {
            let read = decode::<1>(text.as_bytes(), false);
            assert_eq!(read, if text == "AA" { Ok([0]) } else { Err(MALFORMED) }, "{text:?}");
        }
    }
}
