//! A key where it rests, and beside it what is public of it.

use std::sync::OnceLock;

use strongroom_memory::{EnterError, SecretBox, SecretMemory};

use crate::error::broken;
use crate::key::facts::KeyFacts;
use crate::key::prepared::Prepared;
use crate::key::uses::KeyUses;
use crate::kind::{Kind, Symmetric, each};

/// A prepared key of kind `K` where it rests.
///
/// Its facts decide what it is asked to do, so they are read before most operations: once, and then they are kept in
/// ordinary memory.
pub(crate) struct Boxed<K: each::Kind> {
    secret: Secret<K>,
    uses: KeyUses,
    facts: OnceLock<KeyFacts<K::Algorithm>>,
}

/// A symmetric key where it rests.
pub(crate) type SymmetricBox = Boxed<Symmetric>;

/// A key as it goes into an operation.
pub(crate) type Secret<K> = SecretBox<<K as each::Kind>::Prepared>;

impl<K: Kind> Boxed<K> {
    /// The key itself, for an operation.
    #[inline]
    pub(crate) fn secret(&self) -> &Secret<K> {
        &self.secret
    }

    /// Returns the key for these uses alone.
    pub(crate) fn for_uses(self, uses: KeyUses) -> Self {
        Self { secret: self.secret, uses, facts: OnceLock::new() }
    }

    /// Returns the uses for which it was made.
    pub(crate) fn uses(&self) -> KeyUses {
        self.uses
    }
}

/// For any use, as far as the key itself permits it.
impl<K: Kind> From<Secret<K>> for Boxed<K> {
    fn from(secret: Secret<K>) -> Self {
        Self { secret, uses: KeyUses::CONTENTS_AND_KEYS, facts: OnceLock::new() }
    }
}

impl<K: Kind> std::fmt::Debug for Boxed<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Boxed(..)")
    }
}

/// The facts of a key.
#[inline]
pub(crate) fn facts<K: Kind>(memory: &SecretMemory, key: &Boxed<K>) -> Result<KeyFacts<K::Algorithm>, EnterError> {
    match key.facts.get() {
        Some(facts) => Ok(*facts),
        None => read_facts(memory, key),
    }
}

#[cold]
fn read_facts<K: Kind>(memory: &SecretMemory, key: &Boxed<K>) -> Result<KeyFacts<K::Algorithm>, EnterError> {
    let told = memory.scope(|inside, key: &Secret<K>| key.expose(inside).tell(), key.secret())?;
    let facts = K::Prepared::facts(told).ok_or(broken("a key tells an algorithm of its kind"))?;
    Ok(*key.facts.get_or_init(|| facts.for_uses(key.uses)))
}
