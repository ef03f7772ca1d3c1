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

/// Signs objects, each for one purpose, and returns the keys that verify them.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait SignObjects<'c, S: KeySet>: OfContext {
    /// Returns the public half of a key of Ed25519 or ML-DSA-44.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    /// - [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of RSA.
    fn verifying_key(&self, key: Key<'c, Asymmetric>) -> Result<VerifyingKey, Error>;

    /// Signs a message, CBOR, for one purpose, and returns a COSE_Sign1 (RFC 9052 section 4.2) that holds the message.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    /// - [`ErrorKind::NotPermitted`](crate::ErrorKind::NotPermitted): the key may not sign.
    /// - [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of RSA.
    /// - [`ErrorKind::NoRandom`](crate::ErrorKind::NoRandom): the key is of ML-DSA-44, and the system gives no random
    ///   bytes.
    fn sign_object(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<SignedObject, Error>;

    /// Signs a message, CBOR, for one purpose, and returns a COSE_Sign1 without the message.
    ///
    /// # Errors
    /// As for [`sign_object`](Self::sign_object).
    fn sign_detached(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<DetachedSignature, Error>;

    /// Signs a public key. Others who trust the signing key may then send to the public key.
    ///
    /// # Errors
    /// As for [`sign_object`](Self::sign_object).
    fn sign_public_key(&self, key: Key<'c, Asymmetric>, public: &PublicKey) -> Result<SignedPublicKey, Error>;

    /// Signs the version of an account's security state. Accounts of today have version 2. A client raises it when it
    /// moves the account to a later generation of formats, and never lowers it.
    ///
    /// # Errors
    /// As for [`sign_object`](Self::sign_object).
    fn sign_security_state(&self, key: Key<'c, Asymmetric>, version: u32) -> Result<SecurityState, Error>;

    /// Signs the version of an account's security state together with the user's id, a UUID. Older clients open no
    /// account without the id. Today's clients write none.
    ///
    /// # Errors
    /// As for [`sign_object`](Self::sign_object).
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
