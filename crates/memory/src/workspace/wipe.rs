//! Wiping what an operation used of its stack, and a look whether it was more than it said.

use crate::mapping::{Mapping, erase};
use crate::switch::{CHUNK, Left};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether this build looks at the whole stack after each operation: without optimisation, or for `.ci/depth`.
const EACH_WHOLE: bool = cfg!(any(debug_assertions, whole_stacks));

/// The lowest address to look at after an operation that reserved the stack from `deepest` on.
///
/// An operation may go deeper and leave the bytes just below alone: a frame that is mostly not used reaches far. So the
/// first operation of a stack, every 256th, and each once one was found that went deeper, is followed by a look at the
/// whole. `exits` counts the operations of this stack.
#[inline]
pub(super) fn look_from(bottom: usize, deepest: usize, exits: &Cell<u8>, deep: &AtomicU64) -> usize {
    let whole = EACH_WHOLE || exits.get() == 0 || deep.load(Ordering::Relaxed) > 0;
    exits.set(exits.get().wrapping_add(1));
    if whole { bottom } else { below(bottom, deepest) }
}

/// Where the look at what lies just below `deepest` begins: at least a chunk below, if the stack goes so far.
#[inline]
pub(super) fn below(bottom: usize, deepest: usize) -> usize {
    bottom.max(deepest.saturating_sub(CHUNK) & !(CHUNK - 1))
}

/// Ends the wipe of a stack that was reserved from `deepest` on and looked at from `look` on: counts an operation that
/// went deeper, and wipes the whole after it.
#[inline]
pub(super) fn finish(stack: &Mapping, left: Left, deepest: usize, look: usize, deep: &AtomicU64) {
    match left {
        Left::Wiped(lowest) if lowest >= deepest & !(CHUNK - 1) => {}
        // What was read here would go through registers to the ordinary stack, so what was reserved is wiped whether it
        // was used or not. What is read below it is zero, unless the operation went deeper than it said.
        Left::Used if wipe_and_look(stack, deepest, look) => {}
        left => {
            if left != Left::Disturbed {
                deep.fetch_add(1, Ordering::Relaxed);
            }
            // SAFETY: the whole mapping is writable (Mapping 1), and nothing runs on this stack any more.
            unsafe { erase(stack.data(), stack.len()) };
        }
    }
}

/// Wipes a stack from `deepest` on, and tells whether it is zero from `look` to there.
fn wipe_and_look(stack: &Mapping, deepest: usize, look: usize) -> bool {
    const WORD: usize = size_of::<u128>();
    let word = |address: usize| address.saturating_sub(stack.data().addr().get()).min(stack.len()) / WORD;
    // SAFETY: the mapping is writable and initialised (Mapping 1), page-aligned, and nothing runs on this stack any more.
    let words = unsafe { std::slice::from_raw_parts_mut(stack.data().cast::<u128>().as_ptr(), stack.len() / WORD) };
    let (rest, used) = words.split_at_mut(word(deepest));
    for word in used {
        // Volatile: the compiler may neither leave it out nor make it a call.
        // SAFETY: a place of the slice.
        unsafe { std::ptr::from_mut(word).write_volatile(0) };
    }
    rest.get(word(look)..).unwrap_or_default().iter().fold(0, |all, more| all | more) == 0
}

#[cfg(test)]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests;
