//! The named keys at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use super::lookup::Probe;
use super::named::AnyKey;
use super::session::Session;
use super::table::Table;
use crate::error::{Error, ErrorKind, Operation};
use crate::name::KeySet;

/// Changes to named keys: a key to put in place, or `None` to remove what is there.
pub(super) type Changes<S> = HashMap<S, Option<AnyKey<S>>>;

/// The named keys at one moment. Never changed: a commit puts another one in its place.
pub(super) struct Snapshot<S: KeySet> {
    session: Arc<Session>,
    /// Whether no transaction of the session was committed since the store was locked.
    locked: bool,
    named: Table<S, AnyKey<S>>,
}

impl<S: KeySet> Snapshot<S> {
    pub(super) fn empty(session: Arc<Session>, locked: bool) -> Self {
        Self { session, locked, named: Table::default() }
    }

    #[inline]
    pub(super) fn session(&self) -> &Arc<Session> {
        &self.session
    }

    #[inline]
    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    #[inline]
    pub(super) fn find(&self, name: &impl Probe<S>) -> Option<&AnyKey<S>> {
        name.in_table(&self.named)
    }

    /// Returns the names.
    pub(super) fn names(&self) -> Vec<S> {
        self.named.names().cloned().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.named.len()
    }

    /// The snapshot that these changes, made by looking at `base`, make of this one.
    ///
    /// # Errors
    /// The store was locked since `base`, or a name that they change has another key than it had.
    pub(super) fn changed(&self, base: &Self, changes: &Changes<S>) -> Result<Self, Error> {
        if !Arc::ptr_eq(&self.session, &base.session) {
            return Err(Error::of(Operation::Commit, ErrorKind::Locked));
        }
        for name in changes.keys() {
            let is_same = match (base.find(name), self.find(name)) {
                (Some(before), Some(now)) => before.is(now),
                (None, None) => true,
                _ => false,
            };
            if !is_same {
                return Err(Error::with(Operation::Commit, name, ErrorKind::Conflict));
            }
        }
        Ok(Self { session: Arc::clone(&self.session), locked: false, named: self.named.changed(changes.iter()) })
    }
}
