//! Contents that were handed out.

/// Contents that were decrypted and handed out: text, or bytes as `Plaintext<[u8]>`. They are in ordinary memory,
/// erased when dropped and not shown by `Debug`. [`ExposeSecret`](crate::ExposeSecret) shows them.
///
/// It is a type of the crate `secrecy`, so what a program does with secrets of that crate it does with these.
///
/// ```
/// use strongroom::{ExposeSecret, Plaintext};
///
/// let text = Plaintext::from("milk");
/// assert_eq!(text.expose_secret(), "milk");
/// assert_eq!(format!("{text:?}"), "SecretBox<str>([REDACTED])");
/// ```
pub type Plaintext<T = str> = secrecy::SecretBox<T>;
