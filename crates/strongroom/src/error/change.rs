//! Why the keys that one counted on are not there any more, or why a list of things was not done.

/// The store was locked, and its keys are erased: name them again in a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the store is locked")]
pub struct Locked;

/// A transaction was not committed, and the store is as if it had not been begun.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another transaction, committed after this one began, changed the same name: begin again and look at what is
    /// there now.
    #[error("another transaction has changed the key {id} meanwhile")]
    Conflict {
        /// The id as its `Debug` shows it.
        id: String,
    },
    /// The store was locked after the transaction began.
    #[error(transparent)]
    Locked(#[from] Locked),
}

/// An item of a list failed, and with it the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("item {index}: {error}")]
pub struct ItemError<E> {
    /// Its place in the list; the first has 0.
    pub index: usize,
    /// Why it failed.
    pub error: E,
}
