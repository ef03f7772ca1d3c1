//! Checksums of addresses: what tells an address of a login from a text that was moved there.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// Returns the checksum of an address: base64 of the SHA-256 of its UTF-8. It is encrypted beside the address, as
/// `uriChecksum` of a [`LoginUri`](crate::LoginUri).
///
/// Nothing binds an encrypted text to its place. A server can put an encrypted password where the address of a login is
/// expected. It opens there, and a client that asks for the icon of that address sends the password away. The server
/// cannot make the checksum of a password that it does not know. So a client drops an address whose checksum is missing
/// or wrong, if the item has a key of its own or the security state of the account has version 2 or higher. Without
/// either, items may be older than checksums, and the address is kept.
///
/// It binds an address to its checksum and to nothing else. Both can be moved together, to another login of the same
/// key, and an older pair can be put back.
///
/// ```
/// use strongroom_vault::{has_uri_checksum, uri_checksum};
///
/// let checksum = uri_checksum("https://example.com/login");
/// assert_eq!(checksum, "pGF1jY9OB4Lfpv5mts3QAjxtaJTVa0hmNkeVwhG3gPA=");
/// assert!(has_uri_checksum("https://example.com/login", Some(&checksum)));
/// assert!(!has_uri_checksum("hunter2", Some(&checksum)));
/// ```
#[must_use]
pub fn uri_checksum(uri: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(uri))
}

/// Returns true if `checksum` is there and is the [`uri_checksum`] of `uri`.
///
/// The time it takes may tell how many characters agree. That is no secret: a checksum is not a MAC that somebody could
/// guess piece by piece, because both texts come out of authentic ciphertext, and who can make that needs no guess.
#[must_use]
pub fn has_uri_checksum(uri: &str, checksum: Option<&str>) -> bool {
    checksum.is_some_and(|checksum| checksum == uri_checksum(uri))
}
