//! Memory for alternate signal stacks that no thread has set.

use crate::mapping::{Mapping, erase};
use crate::protection::Protection;
use crate::sys;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Below this limit on locked memory none wait: keys may need what they take.
const KEPT_FROM: u64 = 2 << 20;

/// The stacks of one store that wait for threads.
#[derive(Debug, Default)]
pub(crate) struct SignalMemory(Mutex<Vec<Mapping>>);

impl SignalMemory {
    /// Up to `most` stacks of this level, of `room` bytes at most.
    pub(crate) fn take(&self, kind: Protection, room: usize, most: usize) -> Vec<Mapping> {
        let len = sys::signal_stack_len().next_multiple_of(sys::page_size());
        // Where the setting cannot be asked for it cannot be made.
        let most = if sys::signal_stack().is_ok() { most.min(room / len) } else { 0 };
        let mut idle = self.lock();
        let waiting = idle.len();
        let mut stacks = idle.split_off(waiting.saturating_sub(most));
        drop(idle);
        while stacks.len() < most {
            let Ok(stack) = Mapping::new(kind, len) else { break };
            stacks.push(stack);
        }
        stacks
    }

    /// Keeps what was taken, where there is room for it.
    pub(crate) fn put_back(&self, stacks: Vec<Mapping>) {
        if sys::soft_lock_limit().is_some_and(|limit| limit < KEPT_FROM) {
            return;
        }
        for stack in &stacks {
            // SAFETY: the memory is writable (Mapping 1), and no thread has it set: that would own it.
            unsafe { erase(stack.data(), stack.len()) };
        }
        self.lock().extend(stacks);
    }

    /// Gives all that wait back to the system; returns whether any did.
    pub(crate) fn trim(&self) -> bool {
        !std::mem::take(&mut *self.lock()).is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Mapping>> {
        // Nothing under this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
