//! Writing a COSE_Key of ML-DSA-44.

use super::{ML_DSA_44_PUBLIC, MlDsa44Parts, write_operations};
use crate::cose::cbor::Writer;
use crate::labels::cose::{AKP, AKP_PRIV, AKP_PUB, KEY_ALG, KEY_TYPE, KID, ML_DSA_44};

/// Writes an ML-DSA-44 key with the parts it has; returns its length in bytes.
pub(crate) fn write_ml_dsa_44(out: &mut [u8], parts: &MlDsa44Parts<'_>) -> Option<usize> {
    let mut writer = Writer::new(out);
    put_ml_dsa_44(&mut writer, parts);
    writer.finish()
}

/// Writes an ML-DSA-44 key with the parts it has.
pub(crate) fn put_ml_dsa_44(writer: &mut Writer<'_>, parts: &MlDsa44Parts<'_>) {
    let own = usize::from(parts.public.is_some()) + usize::from(parts.seed.is_some());
    writer.map(4 + own).integer(KEY_TYPE).integer(AKP).integer(KID).bytes(parts.kid);
    writer.integer(KEY_ALG).integer(ML_DSA_44);
    write_operations(writer, parts.operations);
    if let Some(public) = parts.public {
        writer.integer(AKP_PUB).bytes(public);
    }
    if let Some(seed) = parts.seed {
        writer.integer(AKP_PRIV).bytes(seed);
    }
}

/// What the thumbprint of a key of ML-DSA-44 is the hash of.
pub(crate) fn put_ml_dsa_44_thumbprint(writer: &mut Writer<'_>, public: &[u8; ML_DSA_44_PUBLIC]) {
    writer.map(3).integer(KEY_TYPE).integer(AKP).integer(KEY_ALG).integer(ML_DSA_44).integer(AKP_PUB).bytes(public);
}
