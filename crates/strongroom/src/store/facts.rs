//! What is public of a key.

#[cfg(feature = "parallel")]
use strongroom_memory::SecretMemory;

use super::context::Context;
use crate::error::{Error, Operation};
use crate::format::enc_string::EncString;
use crate::id::KeyRef;
use crate::key::facts::{DerivedKeyId, KeyFacts};
use crate::key::uses::KeyUses;
use crate::kind::{KeySet, Kind, Private, Signing};
use crate::labels::ContentType;
use crate::operation;
use crate::public::{PublicKey, VerifyingKey};

impl<'c, S: KeySet> Context<'c, S> {
    /// Returns the memory that the keys are in.
    #[cfg(feature = "parallel")]
    pub(crate) fn memory(&self) -> &SecretMemory {
        self.reach().memory()
    }

    /// Returns the uses that the program made a symmetric key for.
    pub(crate) fn uses(&self, key: KeyRef<'c, S>) -> Result<KeyUses, Error> {
        self.reach().using(Operation::Inspect, key, |_, key| Ok(key.uses()))
    }

    /// Returns whether two symmetric keys are the same: algorithm, id, permitted operations and bytes. Compared in constant
    /// time; the uses that the program made them for do not count.
    ///
    /// # Errors
    /// A key is unknown.
    pub fn is_same_key(&self, one: impl Into<KeyRef<'c, S>>, other: impl Into<KeyRef<'c, S>>) -> Result<bool, Error> {
        self.reach().using_both(Operation::Inspect, one.into(), other.into(), |memory, one, other| {
            Ok(operation::same(memory, one, other)?)
        })
    }

    /// Encrypts a public key, so that nobody can put another in its place. Whoever decrypts it finds the bytes of its SPKI
    /// form (RFC 5280, section 4.1).
    ///
    /// # Errors
    /// The key is unknown, or there are no random bytes.
    pub fn encrypt_public_key(&self, by: impl Into<KeyRef<'c, S>>, key: &PublicKey) -> Result<EncString, Error> {
        self.encrypt_as(by.into(), ContentType::Spki, &key.to_spki())
    }

    /// What is public of a key: algorithm, permitted operations, id.
    ///
    /// # Errors
    /// The key is unknown.
    pub fn facts<K: Kind>(&self, key: impl Into<KeyRef<'c, S, K>>) -> Result<KeyFacts<K::Algorithm>, Error> {
        self.reach().using(Operation::Inspect, key.into(), |memory, key| Ok(operation::facts::<K>(memory, key)?))
    }

    /// The id that is derived of a key that carries none, the first 16 bytes of its thumbprint (RFC 9679); `None` for a
    /// key that carries its own.
    ///
    /// # Errors
    /// The key is unknown.
    pub fn derived_id(&self, key: impl Into<KeyRef<'c, S>>) -> Result<Option<DerivedKeyId>, Error> {
        self.reach().using(Operation::Inspect, key.into(), |memory, key| {
            Ok(operation::derived_id(memory, key)?.map(DerivedKeyId::new))
        })
    }

    /// The public half of a private key.
    ///
    /// # Errors
    /// The key is unknown.
    pub fn public_key(&self, key: impl Into<KeyRef<'c, S, Private>>) -> Result<PublicKey, Error> {
        self.reach().using(Operation::Inspect, key.into(), |memory, key| {
            Ok(PublicKey::new(operation::rsa_public_half(memory, key)?))
        })
    }

    /// The public half of a signing key.
    ///
    /// # Errors
    /// The key is unknown.
    pub fn verifying_key(&self, key: impl Into<KeyRef<'c, S, Signing>>) -> Result<VerifyingKey, Error> {
        self.reach().using(Operation::Inspect, key.into(), |memory, key| {
            let (kid, half) = operation::verifying_key(memory, key)?;
            Ok(VerifyingKey::new(kid, half))
        })
    }
}
