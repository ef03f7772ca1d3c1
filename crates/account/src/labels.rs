//! Domain strings and numbers that the protocols fix, each with its source. None may ever change.

/// HMAC key and HKDF-Expand info that make the key of a send of its secret. Source: sends by the official SDK, whose
/// `derive_shareable_key` puts `bitwarden-` before a name.
pub(crate) const SEND: (&[u8], &[u8]) = (b"bitwarden-send", b"send");

/// HMAC key and HKDF-Expand info that make the key of an access token of Bitwarden's Secrets Manager of its secret.
/// Source: the same function, checked against a public example of a token.
pub(crate) const ACCESS_TOKEN: (&[u8], &[u8]) = (b"bitwarden-accesstoken", b"sm-access-token");

/// Rounds of PBKDF2-HMAC-SHA256 over the password of a send. Source: sends by the official SDK.
pub(crate) const SEND_PASSWORD_ROUNDS: u32 = 100_000;

/// Words of a fingerprint phrase: as many as give 64 bits. Source: `bw get fingerprint`.
pub(crate) const FINGERPRINT_WORDS: usize = 5;
