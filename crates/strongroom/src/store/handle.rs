//! Handles to a store: those that keep it, and those that do not.

use std::fmt;
use std::sync::{Arc, Weak};

use strongroom_memory::SecretMemory;

use super::contexts::Contexts;
use super::line::Line;
use super::snapshot::Snapshot;
use super::sync::Mutex;
use crate::name::{KeySet, Text};

/// Holds named keys in secret memory.
///
/// A `KeyStore` is a handle. A clone is another handle to the same store, costs next to nothing, and can be moved to
/// any thread. Keys are used in a [`context`](Self::context) and change in a [`transaction`](Self::transaction). They
/// are erased when any handle [locks](Self::lock) the store, or when the last handle is dropped.
///
/// ```
/// # use strongroom::{Error, KeyStore, KeyUses};
/// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
/// let store = KeyStore::<Keys>::open()?;
/// let other = store.clone();
/// let thread = std::thread::spawn(move || {
///     other.transaction(|tx| {
///         let key = tx.generate(KeyUses::CONTENTS)?;
///         tx.insert(Key::User, key)
///     })
/// });
/// thread.join().unwrap()?;
/// store.context(|ctx| ctx.encrypt_text(ctx.key(Key::User)?, "milk"))?;
/// store.lock(); // for every handle
/// # Ok::<_, Error>(())
/// ```
pub struct KeyStore<S: KeySet = Text> {
    pub(super) shared: Arc<Shared<S>>,
}

/// What the handles of a store have in common.
pub(super) struct Shared<S: KeySet> {
    pub(super) memory: SecretMemory,
    pub(super) line: Line<Snapshot<S>>,
    /// Held while locking: the next call that locks returns when the keys are erased, too.
    pub(super) locking: Mutex<()>,
    pub(super) contexts: Contexts,
}

impl<S: KeySet> Clone for KeyStore<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<S: KeySet> KeyStore<S> {
    pub(super) fn new(shared: Arc<Shared<S>>) -> Self {
        Self { shared }
    }

    /// Returns a handle that does not keep the store alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakKeyStore<S> {
        WeakKeyStore { shared: Arc::downgrade(&self.shared) }
    }
}

/// Shows what protects the keys and how many are named, but no name.
impl<S: KeySet> fmt::Debug for KeyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protection = format_args!("{}", self.protection()).to_string();
        f.debug_struct("KeyStore")
            .field("protection", &protection)
            .field("locked", &self.is_locked())
            .field("named", &self.shared.line.now().len())
            .finish_non_exhaustive()
    }
}

/// Leads to a store without keeping its keys. A timer that locks the store after a while holds such a handle.
///
/// ```
/// use strongroom::KeyStore;
/// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
///
/// let store = KeyStore::<Keys>::open()?;
/// let timer = store.downgrade();
/// assert!(timer.upgrade().is_some_and(|store| !store.is_locked()));
/// drop(store); // its keys are erased
/// assert!(timer.upgrade().is_none());
/// # Ok::<(), strongroom::errors::OpenError>(())
/// ```
pub struct WeakKeyStore<S: KeySet = Text> {
    shared: Weak<Shared<S>>,
}

impl<S: KeySet> WeakKeyStore<S> {
    /// Returns a handle that keeps the store alive, or `None` if the last such handle was dropped.
    #[must_use]
    pub fn upgrade(&self) -> Option<KeyStore<S>> {
        self.shared.upgrade().map(KeyStore::new)
    }
}

impl<S: KeySet> Clone for WeakKeyStore<S> {
    fn clone(&self) -> Self {
        Self { shared: Weak::clone(&self.shared) }
    }
}

/// Shows nothing of the store.
impl<S: KeySet> fmt::Debug for WeakKeyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakKeyStore(..)")
    }
}
