//! A ciphertext that knows what it opens to.

use std::fmt;
use std::marker::PhantomData;

use secrecy::ExposeSecret;
use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::enc_string::EncString;
use crate::error::{EncStringError, ErrorKind, Malformed};
use crate::labels::ContentType;
use crate::plaintext::Plaintext;

/// What contents are in the caller's hands. Sealed: `String`, [`Plaintext`] and [`Plaintext<[u8]>`].
///
/// Decrypted contents are the caller's, in ordinary memory. The two types of `secrecy` show nothing in `Debug` and are
/// erased on drop; `String` is for what may be seen, such as names.
pub trait Contents: Sized + by_bytes::Contents {}

impl<T: by_bytes::Contents> Contents for T {}

mod by_bytes {
    use super::{ContentType, ErrorKind, Zeroizing};

    pub trait Contents: Sized {
        /// What it is called in a COSE message.
        const CONTENT: ContentType;

        fn as_plain(&self) -> &[u8];
        /// Takes over decrypted bytes.
        fn from_plain(plain: Zeroizing<Vec<u8>>) -> Result<Self, ErrorKind>;
    }
}

impl by_bytes::Contents for String {
    const CONTENT: ContentType = ContentType::Utf8Padded;

    fn as_plain(&self) -> &[u8] {
        self.as_bytes()
    }

    fn from_plain(mut plain: Zeroizing<Vec<u8>>) -> Result<Self, ErrorKind> {
        String::from_utf8(std::mem::take(&mut *plain)).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            Malformed::NotText.into()
        })
    }
}

// The two below are copied into an allocation of exact size, because shrinking one may leave a copy behind.
impl by_bytes::Contents for Plaintext {
    const CONTENT: ContentType = ContentType::Utf8Padded;

    fn as_plain(&self) -> &[u8] {
        self.expose_secret().as_bytes()
    }

    fn from_plain(plain: Zeroizing<Vec<u8>>) -> Result<Self, ErrorKind> {
        let text = std::str::from_utf8(&plain).map_err(|_| Malformed::NotText)?;
        Ok(Box::<str>::from(text).into())
    }
}

impl by_bytes::Contents for Plaintext<[u8]> {
    const CONTENT: ContentType = ContentType::Octets;

    fn as_plain(&self) -> &[u8] {
        self.expose_secret()
    }

    fn from_plain(plain: Zeroizing<Vec<u8>>) -> Result<Self, ErrorKind> {
        Ok(Box::<[u8]>::from(plain.as_slice()).into())
    }
}

/// A ciphertext that opens to a `T`: an [`EncString`] and the type of its contents.
///
/// The type comes from the definition of the data that the ciphertext is a member of, not from the ciphertext.
///
/// # What it is not bound to
/// Nothing binds an encrypted text to its place or time. Whoever stores the records can put one text in the place of
/// another under the same key: a password where an address is expected, a member of another record, an older value. It
/// opens there.
/// - For records of a program's own, bind each text to its place:
///   [`Context::with_associated_data`](crate::Context::with_associated_data), under a COSE key. A version number in the
///   data tells an older value, if the program knows the newest number from elsewhere.
/// - In Bitwarden's formats nothing binds texts. For addresses of logins there are checksums, `uri_checksum` of the
///   crate `strongroom-vault`: a text that was moved does not pass as an address.
pub struct Sealed<T> {
    text: EncString,
    contents: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    /// Takes `text` for one that opens to a `T`.
    #[must_use]
    pub fn new(text: EncString) -> Self {
        Self { text, contents: PhantomData }
    }

    /// The ciphertext.
    #[must_use]
    pub fn as_enc_string(&self) -> &EncString {
        &self.text
    }

    /// The ciphertext.
    #[must_use]
    pub fn into_enc_string(self) -> EncString {
        self.text
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::new(self.text.clone())
    }
}
impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl<T> Eq for Sealed<T> {}
impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealed").field(&self.text).finish()
    }
}
/// The canonical text.
impl<T> fmt::Display for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}
impl<T> std::str::FromStr for Sealed<T> {
    type Err = EncStringError;

    fn from_str(text: &str) -> Result<Self, EncStringError> {
        EncString::parse(text).map(Self::new)
    }
}
impl<T> From<EncString> for Sealed<T> {
    fn from(text: EncString) -> Self {
        Self::new(text)
    }
}
/// As its text.
impl<T> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}
/// From its text.
impl<'de, T> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        EncString::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::{EncString, Malformed, Plaintext, Sealed, by_bytes::Contents};
    use secrecy::ExposeSecret;
    use zeroize::Zeroizing;

    #[test]
    fn contents_are_taken_over() {
        let plain = || Zeroizing::new(b"caf\xc3\xa9".to_vec());
        assert_eq!(String::from_plain(plain()).unwrap(), "café");
        let text = <Plaintext>::from_plain(plain()).unwrap();
        assert_eq!(text.expose_secret(), "café");
        assert_eq!(text.as_plain(), *plain());
        let bytes = Plaintext::<[u8]>::from_plain(plain()).unwrap();
        assert_eq!(bytes.expose_secret(), *plain());
        assert_eq!(bytes.as_plain(), *plain());
    }

    #[test]
    fn bytes_that_are_not_text() {
        let plain = || Zeroizing::new(b"caf\xe9".to_vec());
        assert_eq!(String::from_plain(plain()), Err(Malformed::NotText.into()));
        assert_eq!(<Plaintext>::from_plain(plain()).map(drop), Err(Malformed::NotText.into()));
        assert_eq!(Plaintext::<[u8]>::from_plain(plain()).unwrap().expose_secret(), b"caf\xe9");
    }

    #[test]
    fn it_is_written_as_its_ciphertext() {
        let text = "4.AQ==";
        let sealed: Sealed<String> = text.parse().unwrap();
        assert_eq!(sealed.to_string(), text);
        assert_eq!(format!("{sealed:?}"), "Sealed(EncString(type 4, 1 bytes))");
        assert_eq!(serde_json::to_string(&sealed).unwrap(), "\"4.AQ==\"");
        assert_eq!(serde_json::from_str::<Sealed<String>>("\"4.AQ==\"").unwrap(), sealed.clone());
        assert!(serde_json::from_str::<Sealed<String>>("\"4.\"").is_err());
        assert_eq!(sealed.as_enc_string(), &EncString::parse(text).unwrap());
        assert_eq!(Sealed::<String>::from(sealed.clone().into_enc_string()), sealed);
    }
}
