//! What is public of a key.

#[cfg(feature = "parallel")]
use strongroom_memory::SecretMemory;

use super::context::{Context, OfContext};
use super::key::Key;
use crate::error::{Error, Operation};
use crate::key::facts::{DerivedKeyId, KeyId, KeyInfo};
use crate::key::uses::KeyUses;
use crate::kind::Kind;
use crate::name::KeySet;
use crate::operation;

impl<'c, S: KeySet> Context<'c, S> {
    /// Returns the memory that the keys are in.
    #[cfg(feature = "parallel")]
    pub(crate) fn memory(&self) -> &SecretMemory {
        self.reach().memory()
    }

    /// Returns the uses that the program made a symmetric key for.
    pub(crate) fn uses(&self, key: Key<'c>) -> Result<KeyUses, Error> {
        self.reach().using(Operation::Inspect, key, |_, key| Ok(key.uses()))
    }
}

/// Tells what is public of a key.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed. [`Context`]
/// lists the errors of every call.
pub trait Inspect<'c, S: KeySet>: OfContext {
    /// Returns true if two symmetric keys have the same algorithm, id, permitted operations and bytes. It compares in
    /// constant time. The uses that the program made the keys for do not count.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    fn is_same_key(&self, one: Key<'c>, other: Key<'c>) -> Result<bool, Error>;

    /// Returns what is public of a key: algorithm, permitted operations, id.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    fn key_info<K: Kind>(&self, key: Key<'c, K>) -> Result<KeyInfo<K::Algorithm>, Error>;

    /// Returns the id that is derived of a key that carries none: the first 16 bytes of its thumbprint (RFC 9679). It
    /// returns `None` for a key that carries its own id.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    fn derived_id(&self, key: Key<'c>) -> Result<Option<DerivedKeyId>, Error>;

    /// Returns the id of a symmetric key: the one that it carries, or else the one that is derived of it.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store is locked.
    fn key_id(&self, key: Key<'c>) -> Result<KeyId, Error>;
}

impl<'c, S: KeySet> Inspect<'c, S> for Context<'c, S> {
    fn is_same_key(&self, one: Key<'c>, other: Key<'c>) -> Result<bool, Error> {
        self.reach()
            .using_both(Operation::Inspect, one, other, |memory, one, other| Ok(operation::same(memory, one, other)?))
    }

    fn key_info<K: Kind>(&self, key: Key<'c, K>) -> Result<KeyInfo<K::Algorithm>, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| Ok(operation::facts::<K>(memory, key)?))
    }

    fn derived_id(&self, key: Key<'c>) -> Result<Option<DerivedKeyId>, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| {
            Ok(operation::derived_id(memory, key)?.map(DerivedKeyId::new))
        })
    }

    fn key_id(&self, key: Key<'c>) -> Result<KeyId, Error> {
        self.reach().using(Operation::Inspect, key, |memory, key| Ok(operation::key_id(memory, key)?))
    }
}
