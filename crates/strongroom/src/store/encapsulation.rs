//! Keys for the holders of other keys.

use super::context::{Context, OfContext};
use super::key::Key;
use crate::error::{Error, Operation};
use crate::format;
use crate::format::enc_string::EncString;
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Symmetric};
use crate::labels::ContentType;
use crate::name::KeySet;
use crate::operation;
use crate::public::PublicKey;

/// Encapsulates symmetric keys for the holders of others, and opens what was encapsulated.
///
/// For a [`Context`](crate::Context) and a [`Transaction`](crate::Transaction). Sealed.
pub trait Encapsulate<'c, S: KeySet>: OfContext {
    /// Encrypts a symmetric key for the holder of an asymmetric one: RSA-OAEP with SHA-1, an [`EncString`] of type 4.
    ///
    /// Anybody can do that with any key, so whoever receives it learns nothing about who sent it. SHA-1 is what
    /// Bitwarden's software writes; OAEP does not rest on what is broken of it.
    ///
    /// # Errors
    /// The store is locked, there is no room, or there are no random bytes.
    fn encapsulate(&self, key: Key<'c>, to: &PublicKey) -> Result<EncString, Error>;

    /// Opens an encapsulated symmetric key, of types 3 to 6. It becomes a local key of this context, for these uses.
    ///
    /// The MAC that types 5 and 6 have is checked by no software, and not here.
    ///
    /// # Errors
    /// The store is locked; `by` does not open `encapsulated`; it opens something else than a key; there is no room.
    /// [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): `by` is not of RSA.
    fn decapsulate(
        &self,
        by: Key<'c, Asymmetric>,
        encapsulated: &EncString,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error>;

    /// Encrypts a public key, so that nobody can put another in its place. Whoever decrypts it finds the bytes of its SPKI
    /// form (RFC 5280, section 4.1).
    ///
    /// # Errors
    /// The store is locked, or there are no random bytes.
    fn encrypt_public_key(&self, by: Key<'c>, key: &PublicKey) -> Result<EncString, Error>;

    /// Returns the public half of a key of RSA.
    ///
    /// # Errors
    /// The store is locked. [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of a signature scheme.
    fn public_key(&self, key: Key<'c, Asymmetric>) -> Result<PublicKey, Error>;
}

impl<'c, S: KeySet> Encapsulate<'c, S> for Context<'c, S> {
    fn encapsulate(&self, key: Key<'c>, to: &PublicKey) -> Result<EncString, Error> {
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

    fn public_key(&self, key: Key<'c, Asymmetric>) -> Result<PublicKey, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            Ok(PublicKey::new(operation::rsa_public_half(memory, operation::rsa(memory, key)?)?))
        })
    }
}
