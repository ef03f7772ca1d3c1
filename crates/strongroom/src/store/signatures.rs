//! Signed objects, by reference to the signing key.

use super::context::Context;
use super::key::Key;
use crate::error::{Error, Operation};
use crate::format::signed::public_key::{SignedPublicKey, sign_public_key};
use crate::format::signed::security_state::{SecurityState, sign_security_state};
use crate::format::signed::{DetachedSignature, SignedObject, sign_detached, sign_object};
use crate::kind::Asymmetric;
use crate::labels::SignatureNamespace;
use crate::name::KeySet;
use crate::public::PublicKey;

impl<'c, S: KeySet> Context<'c, S> {
    /// Signs a message, CBOR, for one purpose: a COSE_Sign1 (RFC 9052 section 4.2) that holds it.
    ///
    /// # Errors
    /// The key may not sign, the store is locked, or there is no room or are no random bytes for ML-DSA.
    pub fn sign_object(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<SignedObject, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_object(memory, key, namespace, message))
    }

    /// Signs a message, CBOR, for one purpose: a COSE_Sign1 without it.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    pub fn sign_detached(
        &self,
        key: Key<'c, Asymmetric>,
        namespace: SignatureNamespace,
        message: &[u8],
    ) -> Result<DetachedSignature, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_detached(memory, key, namespace, message))
    }

    /// Signs a public key, so that others who trust the signing key may send to it.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    pub fn sign_public_key(&self, key: Key<'c, Asymmetric>, public: &PublicKey) -> Result<SignedPublicKey, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_public_key(memory, key, public))
    }

    /// Signs the version of an account's security state. Of today's accounts it is 2.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    pub fn sign_security_state(&self, key: Key<'c, Asymmetric>, version: u32) -> Result<SecurityState, Error> {
        self.reach().making_by(Operation::Sign, key, |memory, key| sign_security_state(memory, key, None, version))
    }

    /// As [`sign_security_state`](Self::sign_security_state), and says whose it is: the user's id, a UUID. Older clients
    /// open no account without that, those of today write none.
    ///
    /// # Errors
    /// As [`sign_object`](Self::sign_object).
    pub fn sign_security_state_of(
        &self,
        key: Key<'c, Asymmetric>,
        user_id: &[u8; 16],
        version: u32,
    ) -> Result<SecurityState, Error> {
        self.reach()
            .making_by(Operation::Sign, key, |memory, key| sign_security_state(memory, key, Some(user_id), version))
    }
}
