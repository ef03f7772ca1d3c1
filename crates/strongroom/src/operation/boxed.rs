//! A key where it rests, and beside it what is public of it.

use std::sync::OnceLock;

use strongroom_memory::{EnterError, SecretBox, SecretMemory};

use super::slot::{AsymmetricSlot, Slot};
use crate::error::{ErrorKind, Unsupported};
use crate::key::facts::KeyInfo;
use crate::key::private::PrivateKey;
use crate::key::signing::SigningKey;
use crate::key::uses::KeyUses;
use crate::kind::{Asymmetric, Kind, Symmetric, each};

/// A prepared key of kind `K` where it rests.
///
/// Its facts decide what it is asked to do, so they are read before most operations: once, and then they are kept in
/// ordinary memory.
pub(crate) struct Boxed<K: Kind> {
    slot: K::Slot,
    uses: KeyUses,
    facts: OnceLock<KeyInfo<K::Algorithm>>,
}

/// A symmetric key where it rests.
pub(crate) type SymmetricBox = Boxed<Symmetric>;

/// A key as it goes into an operation.
pub(crate) type Secret<K> = <K as each::Kind>::Slot;

impl<K: Kind> Boxed<K> {
    /// The key itself, for an operation.
    #[inline]
    pub(crate) fn secret(&self) -> &Secret<K> {
        &self.slot
    }

    /// Returns the key for these uses alone.
    pub(crate) fn for_uses(self, uses: KeyUses) -> Self {
        Self { slot: self.slot, uses, facts: OnceLock::new() }
    }

    /// Returns the uses for which it was made.
    pub(crate) fn uses(&self) -> KeyUses {
        self.uses
    }
}

impl<K: Kind> Boxed<K> {
    /// A key for any use, as far as the key itself permits it.
    pub(crate) fn of(slot: K::Slot) -> Self {
        Self { slot, uses: KeyUses::CONTENTS_AND_KEYS, facts: OnceLock::new() }
    }
}

impl From<Secret<Symmetric>> for SymmetricBox {
    fn from(slot: Secret<Symmetric>) -> Self {
        Self::of(slot)
    }
}

impl<K: Kind> std::fmt::Debug for Boxed<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Boxed(..)")
    }
}

/// The facts of a key.
#[inline]
pub(crate) fn facts<K: Kind>(memory: &SecretMemory, key: &Boxed<K>) -> Result<KeyInfo<K::Algorithm>, EnterError> {
    match key.facts.get() {
        Some(facts) => Ok(*facts),
        None => read_facts(memory, key),
    }
}

#[cold]
fn read_facts<K: Kind>(memory: &SecretMemory, key: &Boxed<K>) -> Result<KeyInfo<K::Algorithm>, EnterError> {
    let facts = key.slot.facts(memory)?;
    Ok(*key.facts.get_or_init(|| facts.for_uses(key.uses)))
}

/// The key of RSA.
///
/// # Errors
/// [`Unsupported::ForAlgorithm`]: it is of another algorithm.
pub(crate) fn rsa<'k>(
    memory: &SecretMemory,
    key: &'k Boxed<Asymmetric>,
) -> Result<&'k SecretBox<PrivateKey>, ErrorKind> {
    match &key.slot {
        AsymmetricSlot::Rsa(key) => Ok(key),
        AsymmetricSlot::Signing(_) => Err(not_for_algorithm(memory, key)),
    }
}

/// The key of a signature scheme.
///
/// # Errors
/// [`Unsupported::ForAlgorithm`]: it is of another algorithm.
pub(crate) fn signing<'k>(
    memory: &SecretMemory,
    key: &'k Boxed<Asymmetric>,
) -> Result<&'k SecretBox<SigningKey>, ErrorKind> {
    match &key.slot {
        AsymmetricSlot::Signing(key) => Ok(key),
        AsymmetricSlot::Rsa(_) => Err(not_for_algorithm(memory, key)),
    }
}

#[cold]
fn not_for_algorithm(memory: &SecretMemory, key: &Boxed<Asymmetric>) -> ErrorKind {
    match facts::<Asymmetric>(memory, key) {
        Ok(facts) => Unsupported::ForAlgorithm(facts.algorithm()).into(),
        Err(error) => error.into(),
    }
}
