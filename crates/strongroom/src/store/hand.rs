//! What the rooms above do with keys and secrets by operations of their own.

use strongroom_memory::{MemoryError, SecretMemory};

use super::context::Context;
use crate::error::{LacksRoom, Locked, UnknownKey};
use crate::id::{KeyRef, LocalKey};
use crate::kind::{KeySet, Kind};
use crate::operation::Boxed;

impl<'c, S: KeySet> Context<'c, S> {
    /// Makes a secret that is no key of the store, by one primitive operation.
    pub(crate) fn make_secret<R, E: From<Locked> + LacksRoom>(
        &self,
        make: impl FnMut(&SecretMemory) -> Result<R, E>,
    ) -> Result<R, E> {
        self.reach().making(make)
    }

    /// Makes a local key by one primitive operation.
    pub(crate) fn make_key<K: Kind, E: From<Locked> + LacksRoom>(
        &mut self,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, E>,
    ) -> Result<LocalKey<'c, K>, E> {
        self.reach_mut().make::<K, E>(make).map(LocalKey::new)
    }

    /// Runs one primitive operation with a key.
    pub(crate) fn use_key<K: Kind, R, E>(
        &self,
        key: KeyRef<'c, S, K>,
        operation: impl FnOnce(&SecretMemory, &Boxed<K>) -> Result<R, E>,
    ) -> Result<R, E>
    where
        E: From<UnknownKey> + From<Locked> + From<MemoryError>,
    {
        self.reach().using(key, operation)
    }
}
