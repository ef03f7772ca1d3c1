//! Keys of any kind under any symmetric key.

use strongroom_memory::SecretMemory;

use super::aes_cbc_hmac;
use super::contents::permit;
use super::cose_encrypt0::{self, CoseFacts};
use super::enc_string::EncString;
use crate::cose::key_ops::KeyOperation;
use crate::error::ErrorKind;
use crate::kind::{Kind, Symmetric};
use crate::labels::EncStringType;
use crate::operation::{self, Boxed, SymmetricBox};

/// Wraps `key` under `by`: as type 2 under a key of AES-256-CBC-HMAC-SHA256, as type 7 under a COSE key.
pub(crate) fn wrap<K: Kind>(memory: &SecretMemory, by: &SymmetricBox, key: &Boxed<K>) -> Result<EncString, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, by)?;
    permit(&facts, KeyOperation::Wrap)?;
    match CoseFacts::of(&facts) {
        None => aes_cbc_hmac::wrap::<K>(memory, by, key),
        Some(cose) => {
            let content = K::content(&operation::facts::<K>(memory, key)?);
            cose_encrypt0::wrap::<K>(memory, by, &cose, key, content)
        }
    }
}

/// Unwraps the key in `text`.
pub(crate) fn unwrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    text: &EncString,
) -> Result<Boxed<K>, ErrorKind> {
    let facts = operation::facts::<Symmetric>(memory, by)?;
    permit(&facts, KeyOperation::Unwrap)?;
    match text.enc_type() {
        EncStringType::Cose => cose_encrypt0::unwrap::<K>(memory, by, &facts, text),
        _ => aes_cbc_hmac::unwrap::<K>(memory, by, text),
    }
}
