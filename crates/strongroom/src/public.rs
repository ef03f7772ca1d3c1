//! Public keys: they may be read, stored and sent by anybody.

use std::fmt;

use ed25519_dalek::{Signature, VerifyingKey as Dalek};

use crate::cose::key::{CoseKey, Ed25519Parts, KID_LEN, write_ed25519_public};
use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::error::PublicKeyError;
use crate::key::facts::CoseKeyId;
use crate::key::private::{MODULUS, read_spki, write_spki};

/// The public half of a private key: RSA of 2,048 bits with public exponent 65537.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    modulus: [u8; MODULUS],
}

impl PublicKey {
    pub(crate) fn new(modulus: [u8; MODULUS]) -> Self {
        Self { modulus }
    }

    pub(crate) fn modulus(&self) -> &[u8; MODULUS] {
        &self.modulus
    }

    /// Reads the SPKI form in DER (RFC 5280 section 4.1).
    ///
    /// # Errors
    /// [`PublicKeyError`]: it is no such key.
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        read_spki(der).map(Self::new).ok_or(PublicKeyError::NotRsa2048)
    }

    /// The SPKI form in DER, 294 bytes.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        let mut der = vec![0; MODULUS + 64];
        let length = write_spki(&self.modulus, &mut der).unwrap_or_default();
        der.truncate(length);
        der
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(RSA-2048)")
    }
}

/// The public half of a signing key: Ed25519, with the key's id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerifyingKey {
    id: CoseKeyId,
    public: [u8; 32],
}

impl VerifyingKey {
    pub(crate) fn new(kid: [u8; KID_LEN], public: [u8; 32]) -> Self {
        Self { id: CoseKeyId::new(kid), public }
    }

    /// Reads a COSE_Key that may verify.
    ///
    /// # Errors
    /// [`PublicKeyError`]: it is no such key, or the point is not one that a private key gives.
    pub fn from_cose(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let key = CoseKey::parse(bytes).map_err(|_| PublicKeyError::NotEd25519)?;
        let Ed25519Parts { kid, operations, key } = key.as_ed25519_public().ok_or(PublicKeyError::NotEd25519)?;
        if !operations.permit(KeyOperation::Verify) {
            return Err(PublicKeyError::MayNotVerify);
        }
        let point = Dalek::from_bytes(key).map_err(|_| PublicKeyError::NotEd25519)?;
        if point.is_weak() { Err(PublicKeyError::NotEd25519) } else { Ok(Self::new(*kid, *key)) }
    }

    /// The COSE_Key.
    #[must_use]
    pub fn to_cose(&self) -> Vec<u8> {
        let operations = KeyOperations::of(&[KeyOperation::Verify]);
        let mut bytes = vec![0; 128];
        let parts = Ed25519Parts { kid: self.id.as_bytes(), operations, key: &self.public };
        let length = write_ed25519_public(&mut bytes, &parts).unwrap_or_default();
        bytes.truncate(length);
        bytes
    }

    /// The id that it shares with its signing key.
    #[must_use]
    pub fn id(&self) -> CoseKeyId {
        self.id
    }

    /// The 32 bytes of the point (RFC 8032 section 5.1.5).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.public
    }

    /// Checks a signature of `message`, strictly: no small-order points, no scalar out of range, no second signature that
    /// others would take for the same (RFC 8032 section 5.1.7, without the cofactor).
    ///
    /// # Errors
    /// [`PublicKeyError::WrongSignature`]: another key made it, or somebody changed it or the message.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), PublicKeyError> {
        let wrong = PublicKeyError::WrongSignature;
        let key = Dalek::from_bytes(&self.public).map_err(|_| wrong)?;
        key.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| wrong)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey(Ed25519, {})", self.id)
    }
}

#[cfg(test)]
mod tests;
