//! Keys for the holders of other keys.

use secrecy::ExposeSecret;

use super::context::{Context, OfContext};
use super::key::Key;
use crate::confirmed::Confirmed;
use crate::error::{Error, Operation, PublicKeyError};
use crate::format;
use crate::format::enc_string::EncString;
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Symmetric};
use crate::labels::ContentType;
use crate::name::KeySet;
use crate::operation;
use crate::public::PublicKey;

/// Encapsulates symmetric keys for the holders of RSA keys, and opens what was encapsulated.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait Encapsulate<'c, S: KeySet>: OfContext {
    /// Encrypts a symmetric key for the holder of an asymmetric one by RSA-OAEP with SHA-1. The result is an
    /// [`EncString`] of type 4.
    ///
    /// The holder gets the key, whoever that is. So the public key has to be [`Confirmed`].
    ///
    /// Anybody can encapsulate any key, so whoever receives it learns nothing about who sent it. Bitwarden's software
    /// writes SHA-1. OAEP does not depend on the properties of SHA-1 that are broken.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    /// - [`ErrorKind::NoRandom`](crate::ErrorKind::NoRandom): the system gives no random bytes.
    fn encapsulate(&self, key: Key<'c>, to: &Confirmed<PublicKey>) -> Result<EncString, Error>;

    /// Opens an encapsulated symmetric key, of types 3 to 6. The key becomes a local key of this context, for these
    /// uses.
    ///
    /// Types 5 and 6 have a MAC. No software checks it, and neither does this call.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    /// - [`ErrorKind::NotPermitted`](crate::ErrorKind::NotPermitted): `by` may not decapsulate keys.
    /// - [`ErrorKind::WrongKey`](crate::ErrorKind::WrongKey): another key has to open `encapsulated`, or it was
    ///   changed.
    /// - [`ErrorKind::Malformed`](crate::ErrorKind::Malformed): it does not hold a symmetric key.
    /// - [`Unsupported::Type`](crate::errors::Unsupported::Type): it is of another type.
    /// - [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): `by` is not of RSA.
    /// - [`ErrorKind::Refused`](crate::ErrorKind::Refused), [`ErrorKind::Limit`](crate::ErrorKind::Limit): there is no
    ///   room for the key.
    fn decapsulate(
        &self,
        by: Key<'c, Asymmetric>,
        encapsulated: &EncString,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Encrypts a public key, so that nobody can put another in its place. Decrypting gives the bytes of its SPKI form
    /// (RFC 5280, section 4.1).
    ///
    /// # Errors
    /// As for [`encrypt_text`](crate::Context::encrypt_text).
    fn encrypt_public_key(&self, by: Key<'c>, key: &PublicKey) -> Result<EncString, Error>;

    /// Decrypts a public key that [`encrypt_public_key`](Self::encrypt_public_key) encrypted.
    ///
    /// Type 7 says what its contents are, so there nothing else passes for a public key. Type 2 says nothing: whatever
    /// was encrypted under the key and has the form of a public key is taken for one.
    ///
    /// # Errors
    /// - As for [`decrypt_bytes`](crate::Context::decrypt_bytes).
    /// - [`Malformed::PublicKey`](crate::errors::Malformed::PublicKey): what was encrypted is not a public key of RSA.
    /// - [`Unsupported::RsaKey`](crate::errors::Unsupported::RsaKey): it is one that cannot be used.
    fn decrypt_public_key(&self, by: Key<'c>, text: &EncString) -> Result<PublicKey, Error>;

    /// Returns the public half of a key of RSA.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    /// - [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of a signature scheme.
    fn public_key(&self, key: Key<'c, Asymmetric>) -> Result<PublicKey, Error>;
}

impl<'c, S: KeySet> Encapsulate<'c, S> for Context<'c, S> {
    fn encapsulate(&self, key: Key<'c>, to: &Confirmed<PublicKey>) -> Result<EncString, Error> {
        self.reach().using(Operation::Encapsulate, key, |memory, key| format::encapsulate(memory, key, to))
    }

    fn decapsulate(
        &self,
        by: Key<'c, Asymmetric>,
        encapsulated: &EncString,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        self.reach().make_by::<_, Symmetric>(Operation::Decapsulate, by, |memory, by| {
            format::decapsulate(memory, by, encapsulated).map(|key| key.for_uses(uses))
        })
    }

    fn encrypt_public_key(&self, by: Key<'c>, key: &PublicKey) -> Result<EncString, Error> {
        self.encrypt_as(by, ContentType::Spki, &key.to_spki())
    }

    fn decrypt_public_key(&self, by: Key<'c>, text: &EncString) -> Result<PublicKey, Error> {
        let spki = self.decrypt_bytes(by, text)?;
        let failed = |error: PublicKeyError| by.failed(Operation::Decrypt, error.into());
        if !format::may_hold(text, ContentType::Spki) {
            return Err(failed(PublicKeyError::NotAnRsaKey));
        }
        PublicKey::from_spki(spki.expose_secret()).map_err(failed)
    }

    fn public_key(&self, key: Key<'c, Asymmetric>) -> Result<PublicKey, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            Ok(PublicKey::new(operation::rsa_public_half(memory, operation::rsa(memory, key)?)?))
        })
    }
}
