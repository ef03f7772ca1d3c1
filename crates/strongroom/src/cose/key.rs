//! COSE_Key (RFC 9052 section 7) of the three shapes that Bitwarden knows: a symmetric key, an Ed25519 key and an
//! ML-DSA-44 key.
//!
//! Runs inside operations: the reader hands out references into its input, the writer fills a slice.

#[cfg(feature = "ml-dsa")]
mod ml_dsa_44;

#[cfg(feature = "ml-dsa")]
pub(crate) use ml_dsa_44::{put_ml_dsa_44, put_ml_dsa_44_thumbprint, write_ml_dsa_44};

use super::cbor::{NotCbor, Reader, Value, Writer, once};
use super::key_ops::{KeyOperation, KeyOperations};
use crate::labels::cose::{
    AKP, CRV, ED25519, EDDSA, K, KEY_ALG, KEY_OPS, KEY_TYPE, KID, ML_DSA_44, OKP, OKP_D, OKP_X, SYMMETRIC_KEY_TYPE,
};

/// Bytes of a `kid`.
pub(crate) const KID_LEN: usize = 16;

/// Bytes of a public ML-DSA-44 key (FIPS 204 table 2).
pub(crate) const ML_DSA_44_PUBLIC: usize = 1312;

/// Bytes of the seed of an ML-DSA key (FIPS 204 section 3.6.3), which is its private key.
pub(crate) const ML_DSA_SEED: usize = 32;

/// Labels that may stand in one key: enough for those of RFC 9052 and 9053 and some of others'.
const MOST_LABELS: u64 = 16;

/// What stands in a COSE_Key, not yet judged. Absent labels are `None`.
#[derive(Default)]
pub(crate) struct CoseKey<'b> {
    key_type: Option<i64>,
    kid: Option<&'b [u8]>,
    alg: Option<i64>,
    operations: Option<KeyOperations>,
    curve: Option<i64>,
    /// Label -1 as bytes: the symmetric key, or the public ML-DSA key.
    first: Option<&'b [u8]>,
    /// Label -2: the public Ed25519 key, or the seed of an ML-DSA key.
    second: Option<&'b [u8]>,
    /// Label -4: the private Ed25519 key.
    private: Option<&'b [u8]>,
}

/// A symmetric COSE_Key.
pub(crate) struct SymmetricParts<'b> {
    pub(crate) kid: &'b [u8; KID_LEN],
    pub(crate) alg: i64,
    pub(crate) operations: KeyOperations,
    pub(crate) key: &'b [u8; 32],
}

/// An Ed25519 COSE_Key, private or public: the 32 bytes of `d` or of `x`.
pub(crate) struct Ed25519Parts<'b> {
    pub(crate) kid: &'b [u8; KID_LEN],
    pub(crate) operations: KeyOperations,
    pub(crate) key: &'b [u8; 32],
}

/// An ML-DSA-44 COSE_Key. Which of the two it has to have depends on what it is to be.
pub(crate) struct MlDsa44Parts<'b> {
    pub(crate) kid: &'b [u8; KID_LEN],
    pub(crate) operations: KeyOperations,
    pub(crate) public: Option<&'b [u8; ML_DSA_44_PUBLIC]>,
    pub(crate) seed: Option<&'b [u8; ML_DSA_SEED]>,
}

impl<'b> CoseKey<'b> {
    /// Reads one COSE_Key and nothing behind it. Unknown labels are read over; a label that stands twice is refused.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Self, NotCbor> {
        let mut reader = Reader::new(bytes);
        let pairs = reader.map()?;
        if pairs > MOST_LABELS {
            return Err(NotCbor);
        }
        let mut key = Self::default();
        for _ in 0..pairs {
            let Value::Integer(label) = reader.value()? else {
                reader.skip()?;
                continue;
            };
            match label {
                KEY_TYPE => once(&mut key.key_type, reader.integer()?)?,
                KID => once(&mut key.kid, reader.bytes()?)?,
                KEY_ALG => once(&mut key.alg, reader.integer()?)?,
                KEY_OPS => once(&mut key.operations, operations(&mut reader)?)?,
                // CRV, K and AKP_PUB share their number: a curve is a number, a key is bytes.
                CRV => match reader.clone().bytes() {
                    Ok(_) => once(&mut key.first, reader.bytes()?)?,
                    Err(_) => once(&mut key.curve, reader.integer()?)?,
                },
                // So do OKP_X and AKP_PRIV.
                OKP_X => once(&mut key.second, reader.bytes()?)?,
                OKP_D => once(&mut key.private, reader.bytes()?)?,
                _ => reader.skip()?,
            }
        }
        reader.end()?;
        Ok(key)
    }

    /// It is a symmetric key of 32 bytes.
    pub(crate) fn as_symmetric(&self) -> Option<SymmetricParts<'b>> {
        Some(SymmetricParts {
            kid: self.kid?.try_into().ok()?,
            alg: self.alg?,
            operations: self.operations(),
            key: self.first.filter(|_| self.key_type == Some(SYMMETRIC_KEY_TYPE))?.try_into().ok()?,
        })
    }

    /// It is a private Ed25519 key.
    pub(crate) fn as_ed25519_private(&self) -> Option<Ed25519Parts<'b>> {
        self.ed25519(self.private)
    }

    /// It is a public Ed25519 key.
    pub(crate) fn as_ed25519_public(&self) -> Option<Ed25519Parts<'b>> {
        self.ed25519(self.second)
    }

    fn ed25519(&self, key: Option<&'b [u8]>) -> Option<Ed25519Parts<'b>> {
        let fits = self.key_type == Some(OKP) && self.curve == Some(ED25519) && self.alg == Some(EDDSA);
        Some(Ed25519Parts {
            kid: self.kid?.try_into().ok()?,
            operations: self.operations(),
            key: key.filter(|_| fits)?.try_into().ok()?,
        })
    }

    /// It is an ML-DSA-44 key. What it has of public key and seed is of the right length.
    pub(crate) fn as_ml_dsa_44(&self) -> Option<MlDsa44Parts<'b>> {
        let fits = self.key_type == Some(AKP) && self.curve.is_none() && self.alg == Some(ML_DSA_44);
        fits.then_some(())?;
        Some(MlDsa44Parts {
            kid: self.kid?.try_into().ok()?,
            operations: self.operations(),
            public: self.first.map(TryInto::try_into).transpose().ok()?,
            seed: self.second.map(TryInto::try_into).transpose().ok()?,
        })
    }

    /// Where none are stated none are permitted: no software writes keys without them.
    fn operations(&self) -> KeyOperations {
        self.operations.unwrap_or(KeyOperations::of(&[]))
    }
}

/// The array of `key_ops`; uses that we do not know permit nothing here.
fn operations(reader: &mut Reader<'_>) -> Result<KeyOperations, NotCbor> {
    let count = reader.array()?;
    let mut bits = 0;
    for _ in 0..count.min(MOST_LABELS + 1) {
        if let Value::Integer(number @ 1..=7) = reader.value()? {
            bits |= 1_u8 << number;
        }
    }
    if count > MOST_LABELS { Err(NotCbor) } else { Ok(KeyOperations::from_bits(bits)) }
}

/// Writes a symmetric key; returns its length in bytes.
pub(crate) fn write_symmetric(out: &mut [u8], parts: &SymmetricParts<'_>) -> Option<usize> {
    let mut writer = Writer::new(out);
    writer.map(5).integer(KEY_TYPE).integer(SYMMETRIC_KEY_TYPE).integer(KID).bytes(parts.kid);
    writer.integer(KEY_ALG).integer(parts.alg);
    write_operations(&mut writer, parts.operations);
    writer.integer(K).bytes(parts.key);
    writer.finish()
}

/// Writes a private Ed25519 key; returns its length in bytes.
pub(crate) fn write_ed25519_private(out: &mut [u8], parts: &Ed25519Parts<'_>) -> Option<usize> {
    let mut writer = Writer::new(out);
    write_ed25519_head(&mut writer, parts);
    writer.integer(OKP_D).bytes(parts.key).integer(CRV).integer(ED25519);
    writer.finish()
}

/// Writes a public Ed25519 key.
pub(crate) fn put_ed25519_public(writer: &mut Writer<'_>, parts: &Ed25519Parts<'_>) {
    write_ed25519_head(writer, parts);
    writer.integer(CRV).integer(ED25519).integer(OKP_X).bytes(parts.key);
}

/// What the thumbprint (RFC 9679 section 4.1) of an Ed25519 key is the hash of.
pub(crate) fn put_ed25519_thumbprint(writer: &mut Writer<'_>, public: &[u8; 32]) {
    writer.map(3).integer(KEY_TYPE).integer(OKP).integer(CRV).integer(ED25519).integer(OKP_X).bytes(public);
}

fn write_ed25519_head(writer: &mut Writer<'_>, parts: &Ed25519Parts<'_>) {
    writer.map(6).integer(KEY_TYPE).integer(OKP).integer(KID).bytes(parts.kid).integer(KEY_ALG).integer(EDDSA);
    write_operations(writer, parts.operations);
}

fn write_operations(writer: &mut Writer<'_>, operations: KeyOperations) {
    writer.integer(KEY_OPS).array(operations.iter().count());
    operations.iter().for_each(|operation: KeyOperation| {
        writer.integer(operation as i64);
    });
}

#[cfg(test)]
mod tests;
