//! Trust in something public, as a type.

use std::ops::Deref;

/// Holds something that came from elsewhere, such as a public key, and shows that somebody decided to trust it.
///
/// Whoever chooses a public key can open what is encapsulated for it. A server that lists the keys of other people can
/// list its own. So calls that give a key away take a `Confirmed<PublicKey>`. It is made in one of these ways:
///
/// - [`SignedPublicKey::confirm`](crate::signatures::SignedPublicKey::confirm) checks the signature of a verifying key
///   that is confirmed itself.
/// - `strongroom_account::confirm_fingerprint` asks the user to compare the fingerprint of a key.
/// - [`without_check`](Self::without_check) takes over what a program trusts for a reason of its own, for example
///   because it is the program's own key.
///
/// It does not say what for: a key that was confirmed for one purpose serves for another as well.
///
/// It is not serialised: a program that stores a confirmed key says `without_check` when it reads it back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Confirmed<T>(T);

impl<T> Confirmed<T> {
    /// Takes over something **without any check**. If it is a public key, whoever chose it can open what is
    /// encapsulated for it.
    pub fn without_check(trusted: T) -> Self {
        Self(trusted)
    }

    /// Returns what is trusted.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Confirmed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
