//! Salts of a program's own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strongroom_memory::random;

use crate::error::{Error, ErrorKind, SaltError};
use crate::format::base64;

/// Holds 16 random bytes that make a password give another key each time a new salt is used. A salt is not secret: it
/// is stored beside what the key wraps.
///
/// A salt that an attacker can guess in advance, such as an e-mail address, lets the attacker do the work of guessing
/// passwords before anything is stolen. So a program uses a random salt unless a format prescribes another. Bitwarden's
/// accounts do.
///
/// A salt is shown, parsed and serialised as base64.
///
/// ```
/// use strongroom::{Error, Kdf, KeyStore, KeyUses, Salt};
///
/// let store = KeyStore::open()?;
/// let password = store.secret_text("correct horse")?;
/// let (kdf, salt) = (Kdf::argon2id(3, 64, 4)?, Salt::random()?);
/// let wrapped = store.transaction(|tx| {
///     let by = tx.derive_from_password(&password, &kdf, salt, KeyUses::KEYS)?;
///     let notes = tx.generate(KeyUses::CONTENTS)?;
///     tx.insert("notes", notes)?;
///     tx.wrap_key(by, notes)
/// })?;
/// let stored = (kdf.settings(), salt.to_string(), wrapped.to_string());
/// # let again: Salt = stored.1.parse().unwrap();
/// # assert_eq!(again, salt);
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Salt([u8; Salt::LEN]);

impl Salt {
    /// The length of a salt in bytes, as RFC 9106 section 3.1 recommends.
    pub const LEN: usize = 16;

    /// Makes a new salt from the system's random source.
    ///
    /// # Errors
    /// [`ErrorKind::NoRandom`]: the system gives no random bytes.
    pub fn random() -> Result<Self, Error> {
        let mut bytes = [0; Self::LEN];
        random::public(&mut bytes).map_err(ErrorKind::from)?;
        Ok(Self(bytes))
    }

    /// Returns the 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl From<[u8; Salt::LEN]> for Salt {
    fn from(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }
}

impl AsRef<[u8]> for Salt {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Shows the base64.
impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&base64::encoded(&self.0))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Salt({self})")
    }
}

/// Parses base64.
impl FromStr for Salt {
    type Err = SaltError;

    fn from_str(text: &str) -> Result<Self, SaltError> {
        let bytes = base64::decoded(text).map_err(|_| SaltError::NotBase64)?;
        <[u8; Self::LEN]>::try_from(&*bytes).map(Self).map_err(|_| SaltError::Length { found: bytes.len() })
    }
}

impl TryFrom<String> for Salt {
    type Error = SaltError;

    fn try_from(text: String) -> Result<Self, SaltError> {
        text.parse()
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        salt.to_string()
    }
}
