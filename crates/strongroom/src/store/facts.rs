//! What is public of a key.

#[cfg(feature = "parallel")]
use strongroom_memory::SecretMemory;

use super::context::Context;
use super::key::Key;
use crate::error::{Error, Operation};
use crate::format::enc_string::EncString;
use crate::key::facts::{DerivedKeyId, KeyFacts};
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Kind};
use crate::labels::ContentType;
use crate::name::KeySet;
use crate::operation;
use crate::public::{PublicKey, VerifyingKey};

impl<'c, S: KeySet> Context<'c, S> {
    /// Returns the memory that the keys are in.
    #[cfg(feature = "parallel")]
    pub(crate) fn memory(&self) -> &SecretMemory {
        self.reach().memory()
    }

    /// Returns the uses that the program made a symmetric key for.
    pub(crate) fn uses(&self, key: Key<'c>) -> Result<KeyUses, Error> {
        self.reach().using(Operation::Inspect, key, |_, key| Ok(key.uses()))
    }

    /// Returns whether two symmetric keys are the same: algorithm, id, permitted operations and bytes. Compared in constant
    /// time; the uses that the program made them for do not count.
    ///
    /// # Errors
    /// The store is locked.
    pub fn is_same_key(&self, one: Key<'c>, other: Key<'c>) -> Result<bool, Error> {
        self.reach()
            .using_both(Operation::Inspect, one, other, |memory, one, other| Ok(operation::same(memory, one, other)?))
    }

    /// Encrypts a public key, so that nobody can put another in its place. Whoever decrypts it finds the bytes of its SPKI
    /// form (RFC 5280, section 4.1).
    ///
    /// # Errors
    /// The store is locked, or there are no random bytes.
    pub fn encrypt_public_key(&self, by: Key<'c>, key: &PublicKey) -> Result<EncString, Error> {
        self.encrypt_as(by, ContentType::Spki, &key.to_spki())
    }

    /// What is public of a key: algorithm, permitted operations, id.
    ///
    /// # Errors
    /// The store is locked.
    pub fn facts<K: Kind>(&self, key: Key<'c, K>) -> Result<KeyFacts<K::Algorithm>, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| Ok(operation::facts::<K>(memory, key)?))
    }

    /// The id that is derived of a key that carries none, the first 16 bytes of its thumbprint (RFC 9679); `None` for a
    /// key that carries its own.
    ///
    /// # Errors
    /// The store is locked.
    pub fn derived_id(&self, key: Key<'c>) -> Result<Option<DerivedKeyId>, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            Ok(operation::derived_id(memory, key)?.map(DerivedKeyId::new))
        })
    }

    /// Returns the public half of a key of RSA.
    ///
    /// # Errors
    /// The store is locked. [`Unsupported::ForAlgorithm`](crate::Unsupported::ForAlgorithm): the key is of a signature scheme.
    pub fn public_key(&self, key: Key<'c, Asymmetric>) -> Result<PublicKey, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            Ok(PublicKey::new(operation::rsa_public_half(memory, operation::rsa(memory, key)?)?))
        })
    }

    /// Returns the public half of a key of Ed25519 or ML-DSA-44.
    ///
    /// # Errors
    /// The store is locked. [`Unsupported::ForAlgorithm`](crate::Unsupported::ForAlgorithm): the key is of RSA.
    pub fn verifying_key(&self, key: Key<'c, Asymmetric>) -> Result<VerifyingKey, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            let (kid, half) = operation::verifying_key(memory, operation::signing(memory, key)?)?;
            Ok(VerifyingKey::new(kid, half))
        })
    }
}
