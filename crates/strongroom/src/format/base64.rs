//! Standard base64 (RFC 4648 section 4) for ciphertext, vectorised.
//!
//! Not for key text: its time depends on nothing but the length on the machines it has vector code for, but
//! the scalar rest uses tables.
//!
//! Decoding accepts missing padding, also in part, because software that left it out exists. It refuses
//! everything else that is not what encoding would give: foreign characters, white space, a length that no
//! encoding has, and unused bits that are not zero, so that no two texts mean the same bytes but for padding.

use base64_simd::{AsOut, STANDARD, STANDARD_NO_PAD};

/// Not base64.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotBase64;

/// A text whose length and padding are those of base64, its characters not yet looked at.
#[derive(Clone, Copy)]
pub(crate) struct Base64<'t> {
    text: &'t [u8],
}

impl<'t> Base64<'t> {
    pub(crate) fn new(text: &'t str) -> Result<Self, NotBase64> {
        let padded = text.as_bytes();
        let text = text.trim_end_matches('=').as_bytes();
        let padding = padded.len() - text.len();
        let most = match text.len() % 4 {
            0 => 0,
            2 => 2,
            3 => 1,
            _ => return Err(NotBase64),
        };
        if padding > most {
            return Err(NotBase64);
        }
        Ok(Self { text })
    }

    /// Bytes that it decodes to.
    pub(crate) fn len(&self) -> usize {
        self.text.len() / 4 * 3 + (self.text.len() % 4).saturating_sub(1)
    }

    /// Decodes into `out`, whose length is [`len`](Self::len).
    pub(crate) fn decode(&self, out: &mut [u8]) -> Result<(), NotBase64> {
        if out.len() != self.len() {
            return Err(NotBase64);
        }
        match STANDARD_NO_PAD.decode(self.text, out.as_out()) {
            Ok(_) => Ok(()),
            Err(_) => Err(NotBase64),
        }
    }
}

/// Characters that `length` bytes take, padding included.
pub(crate) fn encoded_len(length: usize) -> usize {
    length.div_ceil(3).saturating_mul(4)
}

/// What `text` decodes to, in one allocation of its length.
pub(crate) fn decoded(text: &str) -> Result<Box<[u8]>, NotBase64> {
    let base64 = Base64::new(text)?;
    let mut bytes = vec![0; base64.len()].into_boxed_slice();
    base64.decode(&mut bytes)?;
    Ok(bytes)
}

/// `bytes` with padding.
pub(crate) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode_to_string(bytes)
}

/// Appends `bytes` with padding.
pub(crate) fn append(text: &mut String, bytes: &[u8]) {
    STANDARD.encode_append(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::{NotBase64, append, decoded, encoded_len};
    use proptest::prelude::*;

    fn decode(text: &str) -> Result<Vec<u8>, NotBase64> {
        decoded(text).map(Vec::from)
    }

    #[test]
    fn rfc_4648_section_10() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            let mut encoded = String::new();
            append(&mut encoded, bytes.as_bytes());
            assert_eq!(encoded, text);
            assert_eq!(encoded.len(), encoded_len(bytes.len()));
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
            assert_eq!(decode(text.trim_end_matches('=')).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("Zg=").unwrap(), b"f", "padding missing in part");
    }

    #[test]
    fn refuses_what_encoding_would_not_give() {
        for text in [
            "Z", "Zg===", "Zm8==", "Zm9v=", "=", "====", "Zm9vY", "Z===", // lengths and padding
            "Zh==", "Zm9=", "Zh", "Zm9", // unused bits set
            "Zm9v ", " Zm9v", "Zm\n9v", "Zm-v", "Zm_v", "Zm=v", "Zg==Zg==", "Zm.v", "Zé8=",
        ] {
            assert_eq!(decode(text), Err(NotBase64), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut text = String::new();
            append(&mut text, &bytes);
            prop_assert_eq!(text.len(), encoded_len(bytes.len()));
            prop_assert_eq!(decode(&text), Ok(bytes));
        }

        /// One changed character is refused or decodes to other bytes, wherever it stands: the vector loop
        /// and the rest agree on the alphabet.
        #[test]
        fn every_position_is_checked(
            bytes in prop::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            other in any::<char>(),
        ) {
            let mut text = String::new();
            append(&mut text, &bytes);
            let plain_len = text.trim_end_matches('=').len();
            let at = at.index(plain_len);
            prop_assume!(!text[at..].starts_with(other));
            text.replace_range(at..=at, other.encode_utf8(&mut [0; 4]));
            prop_assert_ne!(decode(&text), Ok(bytes));
            if !other.is_ascii_alphanumeric() && !['+', '/', '='].contains(&other) {
                prop_assert_eq!(decode(&text), Err(NotBase64));
            }
        }
    }
}
