//! Public keys: they may be read, stored and sent by anybody.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::cose::cbor::encoded;
use crate::cose::key::{
    CoseKey, Ed25519Parts, KID_LEN, ML_DSA_44_PUBLIC, MlDsa44Parts, put_ed25519_public, put_ed25519_thumbprint,
};
#[cfg(feature = "ml-dsa")]
use crate::cose::key::{put_ml_dsa_44, put_ml_dsa_44_thumbprint};
use crate::cose::key_ops::{KeyOperation, KeyOperations};
use crate::error::{PublicKeyError, UnusableRsaKey};
use crate::format::base64;
use crate::key::algorithm::AsymmetricAlgorithm;
use crate::key::facts::CoseKeyId;
use crate::key::private::{NotSpki, PublicHalf as RsaPublicHalf};
use crate::key::verifying::PublicHalf;

/// Holds the public half of an RSA key of 2,048, 3,072 or 4,096 bits with an odd public exponent from 3 to 2^64 - 1.
/// Keys made by this library have the exponent 65537.
///
/// It is serialised as the base64 of its SPKI form.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey {
    half: RsaPublicHalf,
}

impl PublicKey {
    pub(crate) fn new(half: RsaPublicHalf) -> Self {
        Self { half }
    }

    pub(crate) fn half(&self) -> &RsaPublicHalf {
        &self.half
    }

    /// Reads the SPKI form in DER (RFC 5280 section 4.1).
    ///
    /// # Errors
    /// - [`PublicKeyError::NotAnRsaKey`]: the bytes are not that form of an RSA key.
    /// - [`PublicKeyError::UnusableRsaKey`]: they are an RSA key that cannot be used.
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        RsaPublicHalf::from_spki(der).map(Self::new).map_err(|not| match not {
            NotSpki::NotRsa => PublicKeyError::NotAnRsaKey,
            NotSpki::Unusable(told) => PublicKeyError::UnusableRsaKey(UnusableRsaKey::of(told)),
        })
    }

    /// Returns the algorithm: RSA of one of its sizes.
    #[must_use]
    pub fn algorithm(&self) -> AsymmetricAlgorithm {
        self.half.size().into()
    }

    /// Returns the SPKI form in DER. Keys with the public exponent 65537 have 294, 422 or 550 bytes in it.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        self.half.to_spki()
    }
}

/// Parses the base64 of the SPKI form.
impl TryFrom<String> for PublicKey {
    type Error = PublicKeyError;

    fn try_from(text: String) -> Result<Self, PublicKeyError> {
        Self::from_spki(&base64::decoded(&text).map_err(|_| PublicKeyError::NotAnRsaKey)?)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        base64::encoded(&key.to_spki())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.algorithm())
    }
}

/// Holds the public half of a signing key, of Ed25519 or ML-DSA-44, with the key's id.
///
/// It is serialised as the base64 of its COSE_Key.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifyingKey {
    id: CoseKeyId,
    half: PublicHalf,
}

impl VerifyingKey {
    pub(crate) fn new(kid: [u8; KID_LEN], half: PublicHalf) -> Self {
        Self { id: CoseKeyId::new(kid), half }
    }

    /// Reads a COSE_Key that may verify.
    ///
    /// # Errors
    /// - [`PublicKeyError::NotAVerifyingKey`]: the bytes are no such key, or the point is not one that a private key
    ///   gives.
    /// - [`PublicKeyError::MayNotVerify`]: the key's permitted operations leave out verification.
    /// - [`PublicKeyError::UnavailableAlgorithm`]: the key is of ML-DSA-44, and this build has no ML-DSA-44.
    pub fn from_cose(bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let not_one = PublicKeyError::NotAVerifyingKey;
        let key = CoseKey::parse(bytes).map_err(|_| not_one)?;
        let (kid, operations, half) = match (key.as_ed25519_public(), key.as_ml_dsa_44()) {
            (Some(Ed25519Parts { kid, operations, key }), _) => {
                (kid, operations, PublicHalf::ed25519(key).ok_or(not_one))
            }
            (None, Some(MlDsa44Parts { kid, operations, public: Some(public), .. })) => {
                (kid, operations, ml_dsa_44(public))
            }
            _ => return Err(not_one),
        };
        if !operations.permit(KeyOperation::Verify) {
            return Err(PublicKeyError::MayNotVerify);
        }
        Ok(Self::new(*kid, half?))
    }

    /// Takes over the bytes of a public key that came without an id: the 32 of an Ed25519 point (RFC 8032 section
    /// 5.1.5), or the 1,312 of a key of ML-DSA-44 (FIPS 204 algorithm 22).
    ///
    /// Its id is derived: the first 16 bytes of its thumbprint (RFC 9679). So the key verifies
    /// [signatures](Self::verify), but not signed objects that name the id of their key. For these, use
    /// [`from_cose`](Self::from_cose).
    ///
    /// ```
    /// use strongroom::{Error, KeyStore, KeyUses, algorithms::AsymmetricAlgorithm, signatures::VerifyingKey};
    /// use strongroom::signatures::SignObjects;
    ///
    /// let store: KeyStore = KeyStore::open()?;
    /// let (public, signature) = store.context(|ctx| {
    ///     let key = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
    ///     Ok((ctx.verifying_key(key)?.as_bytes().to_vec(), ctx.sign(key, b"message")?))
    /// })?;
    /// let key = VerifyingKey::from_bytes(AsymmetricAlgorithm::Ed25519, &public)?;
    /// assert!(key.verify(b"message", &signature).is_ok());
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`PublicKeyError::NotAVerifyingKey`]: the bytes are of another length, the point is one that no private key
    ///   gives, or `algorithm` is RSA.
    /// - [`PublicKeyError::UnavailableAlgorithm`]: this build has no ML-DSA-44.
    pub fn from_bytes(algorithm: AsymmetricAlgorithm, bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let not_one = PublicKeyError::NotAVerifyingKey;
        let half = match algorithm {
            AsymmetricAlgorithm::Ed25519 => bytes.try_into().ok().and_then(PublicHalf::ed25519).ok_or(not_one),
            AsymmetricAlgorithm::MlDsa44 => bytes.try_into().map_err(|_| not_one).and_then(ml_dsa_44),
            _ => Err(not_one),
        }?;
        let named = encoded(|writer| match &half {
            PublicHalf::Ed25519(key) => put_ed25519_thumbprint(writer, key),
            #[cfg(feature = "ml-dsa")]
            PublicHalf::MlDsa44(public) => put_ml_dsa_44_thumbprint(writer, public),
        });
        let mut kid = [0; KID_LEN];
        kid.iter_mut().zip(Sha256::digest(named)).for_each(|(to, from)| *to = from);
        Ok(Self::new(kid, half))
    }

    /// Returns the COSE_Key.
    #[must_use]
    pub fn to_cose(&self) -> Vec<u8> {
        let (kid, operations) = (self.id.as_bytes(), KeyOperations::of(&[KeyOperation::Verify]));
        encoded(|writer| match &self.half {
            PublicHalf::Ed25519(key) => put_ed25519_public(writer, &Ed25519Parts { kid, operations, key }),
            #[cfg(feature = "ml-dsa")]
            PublicHalf::MlDsa44(public) => {
                put_ml_dsa_44(writer, &MlDsa44Parts { kid, operations, public: Some(public), seed: None })
            }
        })
    }

    /// Returns the id that it shares with its signing key.
    #[must_use]
    pub fn id(&self) -> CoseKeyId {
        self.id
    }

    /// Returns the algorithm: Ed25519 or ML-DSA-44.
    #[must_use]
    pub fn algorithm(&self) -> AsymmetricAlgorithm {
        self.half.algorithm().into()
    }

    /// Returns the 32 bytes of the point (RFC 8032 section 5.1.5), or the 1,312 of an ML-DSA-44 key (FIPS 204 algorithm
    /// 22).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.half.as_bytes()
    }

    /// Checks a signature of `message`.
    ///
    /// Ed25519 is checked strictly (RFC 8032 section 5.1.7, without the cofactor): no small-order points, no scalar out
    /// of range, no second signature that others would take for the same. ML-DSA-44 is checked with the empty context
    /// (FIPS 204 algorithm 3).
    ///
    /// # Errors
    /// [`PublicKeyError::WrongSignature`]: another key made the signature, or the signature or the message was changed.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PublicKeyError> {
        if self.half.verifies(message, signature) { Ok(()) } else { Err(PublicKeyError::WrongSignature) }
    }
}

/// Parses the base64 of the COSE_Key.
impl TryFrom<String> for VerifyingKey {
    type Error = PublicKeyError;

    fn try_from(text: String) -> Result<Self, PublicKeyError> {
        Self::from_cose(&base64::decoded(&text).map_err(|_| PublicKeyError::NotAVerifyingKey)?)
    }
}

impl From<VerifyingKey> for String {
    fn from(key: VerifyingKey) -> Self {
        base64::encoded(&key.to_cose())
    }
}

#[cfg(feature = "ml-dsa")]
fn ml_dsa_44(public: &[u8; ML_DSA_44_PUBLIC]) -> Result<PublicHalf, PublicKeyError> {
    Ok(PublicHalf::MlDsa44(Box::new(*public)))
}

#[cfg(not(feature = "ml-dsa"))]
fn ml_dsa_44(_: &[u8; ML_DSA_44_PUBLIC]) -> Result<PublicHalf, PublicKeyError> {
    Err(crate::error::UnavailableAlgorithm::ML_DSA_44.into())
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({}, {})", self.algorithm(), self.id)
    }
}

#[cfg(test)]
mod tests;
