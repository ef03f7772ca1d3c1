//! The store of named keys: names, slots, snapshots. No cryptography.

mod context;
mod snapshot;
mod transaction;

use std::fmt;
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use arc_swap::ArcSwap;
use strongroom_memory::{
    MemoryError, OpenError, Policy, Protected, ReadError, Report, SecretBytes, SecretMemory, Usage,
};

pub use context::Context;
pub use transaction::Transaction;

use crate::kind::KeySet;
use snapshot::Snapshot;

/// Holds named keys in secret memory. One store serves all threads; share it by reference or `Arc`.
///
/// Keys are used in a [`context`](Self::context) and change in a [`transaction`](Self::transaction). When the store is
/// dropped, its keys are erased.
pub struct KeyStore<S: KeySet> {
    memory: SecretMemory,
    named: ArcSwap<Snapshot<S>>,
}

impl<S: KeySet> KeyStore<S> {
    /// Opens an empty store whose keys are protected as `policy` demands.
    ///
    /// ```
    /// use strongroom::{Demand, KeyStore, Policy, Protection};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    ///
    /// let store = KeyStore::<Keys>::open(Policy::best_available())?;
    /// println!("{}", store.protection());
    /// let strict = KeyStore::<Keys>::open(Demand::AtLeast(Protection::Secret));
    /// assert_eq!(strict.is_ok(), store.protection().at_rest == Protection::Secret);
    /// # Ok::<(), strongroom::OpenError>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]: this machine does not grant what the policy demands; with what refused and what to do about it.
    pub fn open(policy: impl Into<Policy>) -> Result<Self, OpenError> {
        Ok(Self::over(SecretMemory::open(policy.into())?))
    }

    /// As [`open`](Self::open), but maps at most `bound` bytes of secret memory (64 MiB otherwise).
    ///
    /// # Errors
    /// As `open`. Reaching the bound later is [`MemoryError::Bound`].
    pub fn open_bounded(policy: impl Into<Policy>, bound: usize) -> Result<Self, OpenError> {
        Ok(Self::over(SecretMemory::open_bounded(policy.into(), bound)?))
    }

    fn over(memory: SecretMemory) -> Self {
        Self { memory, named: ArcSwap::from_pointee(Snapshot::empty()) }
    }

    /// Runs `f` with a context over the named keys as they are now. The context's local keys are erased when `f`
    /// returns or panics.
    ///
    /// Contexts neither wait nor make anybody wait; `f` may take its time and may begin others.
    ///
    /// A local key does not get out of its context:
    ///
    /// ```compile_fail
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// let key = store.context(|ctx| ctx.generate().unwrap());
    /// # }
    /// ```
    ///
    /// and no other context takes it:
    ///
    /// ```compile_fail,E0521
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.context(|one| {
    ///     let key = one.generate().unwrap();
    ///     store.context(|other| other.encrypt_text(key, "milk").is_ok())
    /// });
    /// # }
    /// ```
    ///
    /// In its own it is as good as a named one:
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.context(|ctx| {
    ///     let key = ctx.generate().unwrap();
    ///     ctx.encrypt_text(key, "milk").is_ok() && ctx.encrypt_text(Key::User, "milk").is_ok()
    /// });
    /// # }
    /// ```
    ///
    /// Ids of another set are not accepted:
    ///
    /// ```compile_fail,E0271
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// mod other { strongroom::key_ids! { pub enum Keys; pub symmetric Key { User } } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.context(|ctx| ctx.encrypt_text(other::Key::User, "milk").is_ok());
    /// # }
    /// ```
    pub fn context<R>(&self, f: impl for<'c> FnOnce(&mut Context<'c, S>) -> R) -> R {
        let named = self.named.load();
        f(&mut Context::new(&self.memory, &named))
    }

    /// Runs `f` with a transaction, and applies what it changed if it returns `Ok`: all at once, so that no context
    /// sees a part of it. If it returns `Err` or panics, the store stays as it was.
    ///
    /// No lock is held while `f` runs. Of transactions that run at the same time and change the same name, the one that
    /// ends last wins; changes to different names do not touch each other.
    ///
    /// # Errors
    /// What `f` returns.
    pub fn transaction<R, E>(&self, f: impl for<'c> FnOnce(&mut Transaction<'c, S>) -> Result<R, E>) -> Result<R, E> {
        let named = self.named.load();
        let mut transaction = Transaction::new(&self.memory, &named);
        let result = f(&mut transaction)?;
        let changes = transaction.into_changes();
        if !changes.is_empty() {
            self.named.rcu(|current| current.changed(&changes));
        }
        Ok(result)
    }

    /// Copies a text, such as a password, into secret memory. The caller's copy stays the caller's business: where there
    /// is a choice, read it from its source with [`read_secret`](Self::read_secret) instead.
    ///
    /// # Errors
    /// [`MemoryError`]: no room, or more than [`SecretBytes::MAX`] bytes.
    pub fn secret_text(&self, text: &str) -> Result<SecretBytes, MemoryError> {
        SecretBytes::copy_from(&self.memory, text.as_bytes())
    }

    /// Reads a descriptor to its end straight into secret memory, at most [`SecretBytes::MAX`] bytes.
    ///
    /// # Errors
    /// [`ReadError`]: more bytes came, reading failed, or there is no room.
    #[cfg(unix)]
    pub fn read_secret(&self, from: BorrowedFd<'_>) -> Result<SecretBytes, ReadError> {
        SecretBytes::read_to_end(&self.memory, from)
    }

    /// Reads a line from a descriptor straight into secret memory, at most [`SecretBytes::MAX`] bytes; its newline is
    /// taken and not kept, and not a byte behind it is taken.
    ///
    /// # Errors
    /// As [`read_secret`](Self::read_secret).
    #[cfg(unix)]
    pub fn read_secret_line(&self, from: BorrowedFd<'_>) -> Result<SecretBytes, ReadError> {
        SecretBytes::read_line(&self.memory, from)
    }

    /// What protects the keys, verified.
    #[must_use]
    pub fn protection(&self) -> Protected {
        self.memory.protection()
    }

    /// What was verified, and what the machine around adds or takes away.
    #[must_use]
    pub fn report(&self) -> Report {
        self.memory.report()
    }

    /// What the store's secrets take: those of contexts and passwords in use included.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.memory.usage()
    }
}

/// What protects the keys and how many are named; not which.
impl<S: KeySet> fmt::Debug for KeyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protection = format_args!("{}", self.protection()).to_string();
        f.debug_struct("KeyStore")
            .field("protection", &protection)
            .field("named", &self.named.load().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
