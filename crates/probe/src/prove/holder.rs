//! What a victim is asked to do with its keys, however it holds them.

use std::error::Error;

use crate::operation::Operation;

/// What happens to a victim that it cannot help.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// What a victim holds its keys in.
pub(crate) trait Holder: Sync {
    /// What is left of it when it is locked.
    type Locked;

    type Another: Another;

    /// Does this once.
    fn operate(&self, operation: Operation) -> Result<(), Failed>;

    /// Does this once, one of those that make something, and calls `made` with what came of it (texts, or wrapped keys)
    /// while it still holds it.
    fn make(&self, operation: Operation, made: &mut dyn FnMut(String)) -> Result<(), Failed>;

    /// Opens another one, without keys.
    fn open(&self) -> Result<Self::Another, Failed>;

    /// Whether its threads have alternate stacks for signals in secret memory.
    fn has_signal_stacks(&self) -> bool {
        true
    }

    /// Forgets its keys and the password.
    fn lock(self) -> Self::Locked;
}

/// What holds one key, under many names.
pub(crate) trait Another: Send + Sync {
    /// Reads the key from its file, uses it, and puts it under so many names, all at once. Calls `begun` when nothing
    /// is left to be done but this. What was locked meanwhile stays without it.
    fn commit(&self, names: usize, begun: &mut dyn FnMut()) -> Result<(), Failed>;

    /// Forgets the key.
    fn lock(&self);
}
