//! `EncString` of types 3 to 6: a symmetric key under an RSA public key. Anybody can make one: it says nothing about
//! who did.

use strongroom_memory::{MemoryError, SecretBox, SecretMemory};

use super::contents::permit;
use super::enc_string::EncString;
use crate::cose::key_ops::KeyOperation;
use crate::error::{ErrorKind, Malformed, Unsupported, WrongKey};
use crate::kind::Asymmetric;
use crate::labels::EncStringType;
use crate::operation::{self, Boxed, Encapsulated, MasterBox, SymmetricBox, UnwrapFailure};
use crate::public::PublicKey;

/// Encapsulates `key` for the holder of the private key of `public`, as type 4.
pub(crate) fn encapsulate(
    memory: &SecretMemory,
    key: &SymmetricBox,
    public: &PublicKey,
) -> Result<EncString, ErrorKind> {
    let sealed = operation::encapsulate(memory, key, public.half())?;
    Ok(EncString::from_rsa_oaep_sha1(sealed))
}

/// Encapsulates a master key, as type 4.
pub(crate) fn encapsulate_master(
    memory: &SecretMemory,
    key: &MasterBox,
    public: &PublicKey,
) -> Result<EncString, ErrorKind> {
    let sealed = operation::encapsulate_master(memory, key, public.half())?;
    Ok(EncString::from_rsa_oaep_sha1(sealed))
}

/// Opens an encapsulated symmetric key.
pub(crate) fn decapsulate(
    memory: &SecretMemory,
    by: &Boxed<Asymmetric>,
    text: &EncString,
) -> Result<SymmetricBox, ErrorKind> {
    open(memory, by, text).map(SymmetricBox::from)
}

/// Opens an encapsulated master key.
pub(crate) fn decapsulate_master(
    memory: &SecretMemory,
    by: &Boxed<Asymmetric>,
    text: &EncString,
) -> Result<MasterBox, ErrorKind> {
    open(memory, by, text)
}

/// Opens what is encapsulated. The MACs of types 5 and 6 are not checked: no software knows their key.
fn open<T: Encapsulated>(
    memory: &SecretMemory,
    by: &Boxed<Asymmetric>,
    text: &EncString,
) -> Result<SecretBox<T>, ErrorKind> {
    let sha256 = match text.enc_type() {
        EncStringType::RsaOaepSha256 | EncStringType::RsaOaepSha256Mac => true,
        EncStringType::RsaOaepSha1 | EncStringType::RsaOaepSha1Mac => false,
        other => return Err(Unsupported::Type(other).into()),
    };
    let rsa = operation::rsa(memory, by)?;
    let facts = operation::facts::<Asymmetric>(memory, by).map_err(MemoryError::from)?;
    permit(&facts, KeyOperation::Unwrap)?;
    operation::decapsulate(memory, rsa, sha256, text.data()).map_err(|failure| match failure {
        UnwrapFailure::Memory(error) => error.into(),
        UnwrapFailure::NotAuthentic | UnwrapFailure::WrongAlgorithm => WrongKey::OrChanged.into(),
        UnwrapFailure::NotAKey | UnwrapFailure::Unusable(_) => Malformed::NotAKey.into(),
    })
}

#[cfg(test)]
mod tests;
