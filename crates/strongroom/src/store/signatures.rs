//! Signed objects, by reference to the signing key.

use super::context::{Context, OfContext};
use super::key::Key;
use crate::error::{Error, Operation};
use crate::format::signed::public_key::{SignedPublicKey, sign_public_key};
use crate::format::signed::security_state::{SecurityState, sign_security_state};
use crate::format::signed::{DetachedSignature, SignedObject, sign_detached, sign_object};
use crate::kind::Asymmetric;
use crate::labels::SignatureNamespace;
use crate::name::KeySet;
use crate::operation;
use crate::public::{PublicKey, VerifyingKey};

/// Signs objects, each for one purpose, and gives out what they are verified with.
///
/// For a [`Context`](crate::Context) and a [`Transaction`](crate::Transaction). Sealed.
pub trait SignObjects<'c, S: KeySet>: OfContext {
    /// Returns the public half of a key of Ed25519 or ML-DSA-44.
    ///
    /// # Errors
    /// The store is locked. [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of RSA.
    fn verifying_key(&self, key: Key<'c, Asymmetric>) -> Result<VerifyingKey, Error>;

    /// Signs a message, CBOR, for one purpose: a COSE_Sign1 (RFC 9052 section 4.2) that holds it.
    ///
    /// # Errors
    /// The key may not sign, the store is locked, or there is no room or are no random bytes for ML-DSA.
    fn sign_object(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<SignedObject, Error>;

    /// Signs a message, CBOR, for one purpose: a COSE_Sign1 without it.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    fn sign_detached(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<DetachedSignature, Error>;

    /// Signs a public key, so that others who trust the signing key may send to it.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    fn sign_public_key(&self, key: Key<'c, Asymmetric>, public: &PublicKey) -> Result<SignedPublicKey, Error>;

    /// Signs the version of an account's security state. Of today's accounts it is 2.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    fn sign_security_state(&self, key: Key<'c, Asymmetric>, version: u32) -> Result<SecurityState, Error>;

    /// As [`sign_security_state`](Self::sign_security_state), and says whose it is: the user's id, a UUID. Older clients
    /// open no account without that, those of today write none.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    fn sign_security_state_of(
        &self,
        key: Key<'c, Asymmetric>,
        user_id: &[u8; 16],
        version: u32,
    ) -> Result<SecurityState, Error>;
}

impl<'c, S: KeySet> SignObjects<'c, S> for Context<'c, S> {
    fn verifying_key(&self, key: Key<'c, Asymmetric>) -> Result<VerifyingKey, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            let (kid, half) = operation::verifying_key(memory, operation::signing(memory, key)?)?;
            Ok(VerifyingKey::new(kid, half))
        })
    }

    fn sign_object(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<SignedObject, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_object(memory, key, namespace, message))
    }

    fn sign_detached(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<DetachedSignature, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_detached(memory, key, namespace, message))
    }

    fn sign_public_key(&self, key: Key<'c, Asymmetric>, public: &PublicKey) -> Result<SignedPublicKey, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_public_key(memory, key, public))
    }

    fn sign_security_state(&self, key: Key<'c, Asymmetric>, version: u32) -> Result<SecurityState, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_security_state(memory, key, None, version))
    }

    fn sign_security_state_of(
        &self,
        key: Key<'c, Asymmetric>,
        user_id: &[u8; 16],
        version: u32,
    ) -> Result<SecurityState, Error> {
        self.reach()
            .making_by(Operation::Sign, key, |memory, key| sign_security_state(memory, key, Some(user_id), version))
    }
}
