//! Lists in a build without the feature `parallel`: the caller works on them alone.

use crate::name::KeySet;
use crate::store::Context;

impl<S: KeySet> Context<'_, S> {
    /// Runs `one` for each thing and its place, on the caller's thread; results in order.
    pub(super) fn each<T: Sync, R: Send>(&self, things: &[T], one: impl Fn((usize, &T)) -> R + Sync) -> Vec<R> {
        things.iter().enumerate().map(one).collect()
    }
}
