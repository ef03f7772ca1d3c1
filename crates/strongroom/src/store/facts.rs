//! What is public of a key.

use super::context::Context;
use crate::error::KeyError;
use crate::id::KeyRef;
use crate::key::facts::{DerivedKeyId, KeyFacts};
use crate::kind::{KeySet, Kind, Private, Signing};
use crate::operation;
use crate::public::{PublicKey, VerifyingKey};

impl<'c, S: KeySet> Context<'c, S> {
    /// What is public of a key: algorithm, permitted operations, id.
    ///
    /// # Errors
    /// [`KeyError`]: the key is unknown.
    pub fn facts<K: Kind>(&self, key: impl Into<KeyRef<'c, S, K>>) -> Result<KeyFacts<K::Algorithm>, KeyError> {
        self.reach().using(key.into(), |memory, key| Ok(operation::facts::<K>(memory, key)?))
    }

    /// The id that is derived of a key that carries none, the first 16 bytes of its thumbprint (RFC 9679); `None` for a
    /// key that carries its own.
    ///
    /// # Errors
    /// [`KeyError`]: the key is unknown.
    pub fn derived_id(&self, key: impl Into<KeyRef<'c, S>>) -> Result<Option<DerivedKeyId>, KeyError> {
        self.reach().using(key.into(), |memory, key| Ok(operation::derived_id(memory, key)?.map(DerivedKeyId::new)))
    }

    /// The public half of a private key.
    ///
    /// # Errors
    /// [`KeyError`]: the key is unknown.
    pub fn public_key(&self, key: impl Into<KeyRef<'c, S, Private>>) -> Result<PublicKey, KeyError> {
        self.reach().using(key.into(), |memory, key| Ok(PublicKey::new(operation::rsa_public_half(memory, key)?)))
    }

    /// The public half of a signing key.
    ///
    /// # Errors
    /// [`KeyError`]: the key is unknown.
    pub fn verifying_key(&self, key: impl Into<KeyRef<'c, S, Signing>>) -> Result<VerifyingKey, KeyError> {
        self.reach().using(key.into(), |memory, key| {
            let (kid, half) = operation::verifying_key(memory, key)?;
            Ok(VerifyingKey::new(kid, half))
        })
    }
}
