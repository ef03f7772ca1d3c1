//! The hash that proves a master password: one of the few secrets that a protocol hands out.

use std::fmt;

use base64ct::{Base64, Encoding};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::plaintext::Plaintext;

/// Whom an [`AuthenticationHash`] is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum HashPurpose {
    /// The server, as a password: one round.
    ServerAuthorization,
    /// This device, to check a password without a server: two rounds, so that it is of no use to a server.
    LocalAuthorization,
}

impl HashPurpose {
    pub(crate) const fn rounds(self) -> u32 {
        match self {
            Self::ServerAuthorization => 1,
            Self::LocalAuthorization => 2,
        }
    }
}

/// What a client sends instead of its password: base64 of 32 bytes. It opens no key, but whoever has it is let in.
///
/// In ordinary memory, as it is made to be sent; erased when dropped, and not shown by `Debug`.
pub struct AuthenticationHash {
    text: Plaintext,
}

impl AuthenticationHash {
    pub(crate) fn new(hash: [u8; 32]) -> Self {
        let hash = Zeroizing::new(hash);
        Self { text: Base64::encode_string(&*hash).into() }
    }

    /// The base64, 44 characters.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}

impl fmt::Debug for AuthenticationHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthenticationHash(..)")
    }
}
