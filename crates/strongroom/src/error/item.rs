//! Which of many things failed.

/// An item of a list failed, and with it the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("item {index}: {error}")]
pub struct ItemError<E> {
    /// Its place in the list; the first has 0.
    pub index: usize,
    /// Why it failed.
    pub error: E,
}
