//! A context that changes named keys, all or none.

use std::fmt;
use std::ops::{Deref, DerefMut};

use strongroom_memory::SecretMemory;

use super::context::Context;
use super::snapshot::{Changes, Snapshot};
use crate::error::Error;
use crate::id::LocalKey;
use crate::kind::{KeySet, Symmetric};

/// A [`Context`] whose changes to named keys take effect together when its closure returns `Ok`, or not at all.
///
/// It sees its own changes; nobody else does before the end.
pub struct Transaction<'c, S: KeySet> {
    context: Context<'c, S>,
}

impl<'c, S: KeySet> Transaction<'c, S> {
    pub(super) fn new(memory: &'c SecretMemory, named: &'c Snapshot<S>) -> Self {
        Self { context: Context::new(memory, named) }
    }

    pub(super) fn into_changes(mut self) -> Changes<S> {
        std::mem::take(self.context.changes())
    }

    /// Gives a local key a name, under which it stays in the store. A key that had the name is replaced.
    ///
    /// It returns the general [`Error`], so that it can end a transaction with nothing left to infer.
    ///
    /// # Errors
    /// [`Error::UnknownKey`]: the context has no such local key, which no program that compiles can bring about.
    pub fn name(&mut self, id: S::Symmetric, key: LocalKey<'c, Symmetric>) -> Result<(), Error> {
        let key = self.context.local(key)?;
        self.context.changes().insert(id, Some(key));
        Ok(())
    }

    /// Removes a named key. Its slot is erased when the last context that sees it has ended.
    ///
    /// # Errors
    /// [`Error::UnknownKey`]: the store holds no key of this name.
    pub fn remove(&mut self, id: S::Symmetric) -> Result<(), Error> {
        if !self.context.has(id) {
            return Err(crate::error::UnknownKey { id: format!("{id:?}") }.into());
        }
        self.context.changes().insert(id, None);
        Ok(())
    }
}

impl<'c, S: KeySet> Deref for Transaction<'c, S> {
    type Target = Context<'c, S>;

    fn deref(&self) -> &Context<'c, S> {
        &self.context
    }
}

impl<S: KeySet> DerefMut for Transaction<'_, S> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.context
    }
}

/// How many keys it sees and changes; not which.
impl<S: KeySet> fmt::Debug for Transaction<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("context", &self.context).finish_non_exhaustive()
    }
}
