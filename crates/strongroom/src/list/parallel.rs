//! Lists on all processors: how they are shared out.

use rayon::prelude::*;
use strongroom_memory::WorkerStacks;

use crate::name::KeySet;
use crate::store::Context;

/// So few items are not worth another thread: an item takes a microsecond and more, handing over a few of them.
const FEW: usize = 4;

/// How a list is shared out.
struct Shares<'m> {
    stacks: WorkerStacks<'m>,
    /// The fewest items of a share. A thread sets one of the stacks for a share, so there are not more shares than
    /// stacks, or not more threads.
    least: usize,
}

impl<S: KeySet> Context<'_, S> {
    /// Returns how so many items are shared out; `None` if the caller works alone.
    fn share_out(&self, items: usize) -> Option<Shares<'_>> {
        let shares = items / FEW;
        if shares < 2 {
            return None;
        }
        let wanted = shares.min(rayon::current_num_threads());
        let stacks = self.memory().worker_stacks(wanted);
        match stacks.threads() {
            1 => None,
            threads if threads < wanted => Some(Shares { stacks, least: items.div_ceil(threads) }),
            _ => Some(Shares { stacks, least: FEW }),
        }
    }

    /// Runs `one` for each thing and its place, on as many threads as the list is worth; results in order.
    pub(super) fn each<T: Sync, R: Send>(&self, things: &[T], one: impl Fn((usize, &T)) -> R + Sync) -> Vec<R> {
        let Some(Shares { stacks, least }) = self.share_out(things.len()) else {
            return things.iter().enumerate().map(one).collect();
        };
        let things = things.par_iter().enumerate().with_min_len(least);
        things.map_init(|| stacks.enter(), |_, thing| one(thing)).collect()
    }
}
