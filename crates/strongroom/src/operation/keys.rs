//! What is done with keys of a kind, whatever their type.

use strongroom_memory::{EnterError, MemoryError, SecretMemory};
use zeroize::Zeroizing;

use super::boxed::{Boxed, SymmetricBox};
use super::raw::{Format, ImportFailure, Source};
use super::rest::RootBox;
use super::slot::Slot;
use super::wrap::{Encrypted, EncryptedAead, MOST, UnwrapFailure, Wrapped};
use crate::error::ErrorKind;
use crate::key::aes_cbc::BLOCK;
use crate::key::symmetric::TAG;
use crate::kind::Kind;
use crate::labels::ContentType;

/// Makes a new key from the system's random source.
pub(crate) fn generate<K: Kind>(memory: &SecretMemory, algorithm: K::Algorithm) -> Result<Boxed<K>, ErrorKind> {
    K::Slot::generate(memory, algorithm).map(Boxed::of)
}

/// Reads and checks a key.
pub(crate) fn import<K: Kind, F: Source>(
    memory: &SecretMemory,
    source: &F,
    format: Format<K::Algorithm>,
) -> Result<Boxed<K>, ImportFailure> {
    K::Slot::import(memory, source, format).map(Boxed::of)
}

/// Returns the encoded form of a key, in ordinary memory.
pub(crate) fn expose<K: Kind>(memory: &SecretMemory, key: &Boxed<K>) -> Result<Zeroizing<Vec<u8>>, EnterError> {
    key.secret().encoded(memory)
}

/// Encrypts `key` in its encoded form under `by`, of AES-256-CBC-HMAC-SHA256, into `out`.
///
/// `None`: `by` is of another algorithm.
pub(crate) fn wrap<'o, K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    key: &Boxed<K>,
    iv: &[u8; BLOCK],
    out: &'o mut [u8; MOST],
) -> Result<Option<Wrapped<'o, 32>>, EnterError> {
    key.secret().wrap(memory, by.secret(), iv, out)
}

/// Encrypts `key` in its typed form under `by`, a COSE key, into `out`.
///
/// `None`: `by` is no COSE key, or the nonce not of its length.
pub(crate) fn wrap_aead<'o, K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    key: &Boxed<K>,
    nonce: &[u8],
    aad: &[u8],
    out: &'o mut [u8; MOST],
) -> Result<Option<Wrapped<'o, TAG>>, EnterError> {
    key.secret().wrap_aead(memory, by.secret(), nonce, aad, out)
}

/// Decrypts a wrapped key of type 2.
pub(crate) fn unwrap<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    wrapped: &Encrypted<'_>,
) -> Result<Boxed<K>, UnwrapFailure> {
    K::Slot::unwrap(memory, by.secret(), wrapped).map(Boxed::of)
}

/// Decrypts a wrapped key of type 7 whose contents are called `content`.
pub(crate) fn unwrap_aead<K: Kind>(
    memory: &SecretMemory,
    by: &SymmetricBox,
    wrapped: &EncryptedAead<'_>,
    content: ContentType,
) -> Result<Boxed<K>, UnwrapFailure> {
    K::Slot::unwrap_aead(memory, by.secret(), wrapped, content).map(Boxed::of)
}

/// Seals a key under a root key. No two keys under one root have the same `number`. `None` if the operation cannot run.
pub(crate) fn rest<K: Kind>(
    memory: &SecretMemory,
    root: &RootBox,
    key: &Boxed<K>,
    number: u64,
) -> Option<<K::Slot as Slot>::Rested> {
    key.secret().rest(memory, root, number)
}

/// Opens a key at rest and prepares it.
pub(crate) fn wake<K: Kind>(
    memory: &SecretMemory,
    root: &RootBox,
    rested: &<K::Slot as Slot>::Rested,
) -> Result<Boxed<K>, MemoryError> {
    K::Slot::wake(memory, root, rested).map(Boxed::of)
}

#[cfg(test)]
mod tests {
    use strongroom_memory::MemoryError;

    use super::{rest, wake};
    use crate::kind::Symmetric;
    use crate::operation::root;
    use crate::vectors::{key, memory, same};

    /// Broken here on purpose: another root key.
    #[test]
    fn a_key_that_does_not_open_is_not_taken_for_a_panic() {
        let memory = memory();
        let (own, other) = (root(&memory).unwrap(), root(&memory).unwrap());
        let key = key(&memory, &[1; 64]);
        let rested = rest::<Symmetric>(&memory, &own, &key, 7).unwrap();
        assert!(same(&memory, &wake::<Symmetric>(&memory, &own, &rested).unwrap(), &key), "the control");
        let invariant = "a key that rests opens under the root key that sealed it";
        assert_eq!(wake::<Symmetric>(&memory, &other, &rested).unwrap_err(), MemoryError::Internal { invariant });
    }
}
