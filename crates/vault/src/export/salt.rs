//! The salt of a password-protected export, and what was derived from it.

use base64::{Engine, prelude::BASE64_STANDARD};

/// What the program that wrote a password-protected export derived its key with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SaltForm {
    /// The text of the salt as it is in the file. This is the rule, and what is written.
    Text,
    /// The 16 bytes that the text is Base64 of. Official mobile apps of September to December 2025 wrote such files.
    /// Official clients before and after do not open them.
    Decoded,
}

/// The salt of key derivation: a text that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Salt(String);

impl Salt {
    pub(crate) fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Salt(text.to_owned()))
    }

    /// As the official clients write it, of random bytes.
    pub(crate) fn of(bytes: [u8; 16]) -> Self {
        Salt(BASE64_STANDARD.encode(bytes))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes that it stands for, if official clients can have written it.
    pub(crate) fn decoded(&self) -> Option<[u8; 16]> {
        BASE64_STANDARD.decode(&self.0).ok()?.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Salt;
    use crate::ExportHeader;

    /// An empty salt is none, whichever way it comes: no key is derived with it.
    #[test]
    fn a_salt_is_never_empty() {
        assert_eq!(Salt::new(""), None);
        let of = |salt: &str| ExportHeader { salt: salt.to_owned().into(), ..ExportHeader::default() }.required_salt();
        assert_eq!(of("").unwrap_err().to_string(), "damaged export: salt: is missing");
        assert_eq!(ExportHeader::default().required_salt(), of(""));
        assert_eq!(of("a").unwrap().as_str(), "a", "the control");
        assert_eq!(Salt::of([0; 16]).as_str(), "AAAAAAAAAAAAAAAAAAAAAA==");
    }

    #[test]
    fn only_base64_of_16_bytes_stands_for_bytes() {
        let decoded = |salt: &str| Salt::new(salt).unwrap().decoded();
        assert_eq!(decoded("AAECAwQFBgcICQoLDA0ODw=="), Some(std::array::from_fn(|n| u8::try_from(n).unwrap())));
        for other in
            ["AAECAwQFBgcICQoLDA0O", "AAECAwQFBgcICQoLDA0ODxA=", "user@example.com", " AAECAwQFBgcICQoLDA0ODw=="]
        {
            assert_eq!(decoded(other), None, "{other}");
        }
    }
}
