//! Wiping what an operation used of its stack, and a look whether it was more than it said.

use crate::mapping::{Mapping, erase};
use crate::switch::{CHUNK, Left};
use std::cell::Cell;

/// Whether this build looks at the whole stack after each operation: without optimisation, or for `.ci/depth`.
const EACH_WHOLE: bool = cfg!(any(debug_assertions, whole_stacks));

/// How deep operations go on a stack, beyond what they said they would.
///
/// How deep one goes is the compiler's choice: where it is told to optimise for size, a field takes half as much again.
/// What one operation has taken beyond what it reserved is from then on reserved for each on this stack. So is what a
/// signal's frame took that was left after the look: it cannot be told from the operation's, and wiping more than is
/// needed costs time alone.
#[derive(Debug, Default)]
pub(super) struct Depths {
    /// Operations that ended here, counted round.
    exits: Cell<u8>,
    /// Bytes beyond what was reserved.
    beyond: Cell<usize>,
}

impl Depths {
    pub(super) fn beyond(&self) -> usize {
        self.beyond.get()
    }

    /// The lowest address that is reserved for an operation that asks for so many bytes of a stack.
    #[inline]
    pub(super) fn deepest(&self, bottom: usize, len: usize, asked: usize) -> usize {
        bottom + len - asked.saturating_add(self.beyond.get()).min(len)
    }

    /// The lowest address to look at after an operation for which the stack is reserved from `deepest` on.
    ///
    /// An operation may go deeper and leave the bytes just below alone: a frame that is mostly not used reaches far. So
    /// the first operation of a stack and every 256th is followed by a look at the whole.
    #[inline]
    pub(super) fn look_from(&self, bottom: usize, deepest: usize) -> usize {
        let whole = EACH_WHOLE || self.exits.get() == 0;
        self.exits.set(self.exits.get().wrapping_add(1));
        if whole { bottom } else { below(bottom, deepest) }
    }
}

/// Where the look at what lies just below `deepest` begins: at least a chunk below, if the stack goes so far.
#[inline]
pub(super) fn below(bottom: usize, deepest: usize) -> usize {
    bottom.max(deepest.saturating_sub(CHUNK) & !(CHUNK - 1))
}

/// Ends the wipe of a stack that was reserved from `deepest` on and looked at from `look` on. Whether the operation
/// went deeper: then the whole is wiped, and more is reserved from now on.
///
/// # Safety
/// Nothing runs on the stack, and nobody has a reference into it.
#[inline]
pub(super) unsafe fn finish(stack: &Mapping, left: Left, deepest: usize, look: usize, depths: &Depths) -> bool {
    let lowest = match left {
        Left::Wiped(lowest) if lowest >= deepest & !(CHUNK - 1) => return false,
        Left::Wiped(lowest) => Some(lowest),
        // What was read here would go through registers to the ordinary stack, so what was reserved is wiped whether it
        // was used or not. What is read below it is zero, unless the operation went deeper than it said.
        // SAFETY: the caller's promise.
        Left::Used => match unsafe { wipe_and_look(stack, deepest, look) } {
            None => return false,
            lowest => lowest,
        },
        Left::Disturbed => None,
    };
    // SAFETY: the caller's promise.
    unsafe { wipe_whole(stack) };
    let Some(lowest) = lowest else { return false };
    depths.beyond.set(depths.beyond.get() + deepest.saturating_sub(lowest));
    true
}

/// # Safety
/// As of [`finish`].
#[cold]
unsafe fn wipe_whole(stack: &Mapping) {
    // SAFETY: the whole mapping is writable (Mapping 1), and nobody uses it meanwhile (the caller's promise).
    unsafe { erase(stack.data(), stack.len()) };
}

/// Wipes a stack from `deepest` on. The lowest address from `look` to there where it is not zero.
///
/// # Safety
/// As of [`finish`].
unsafe fn wipe_and_look(stack: &Mapping, deepest: usize, look: usize) -> Option<usize> {
    const WORD: usize = size_of::<u128>();
    let bottom = stack.data().addr().get();
    let word = |address: usize| address.saturating_sub(bottom).min(stack.len()) / WORD;
    // SAFETY: the mapping is writable and initialised (Mapping 1), page-aligned, and nobody else refers to it (the
    // caller's promise).
    let words = unsafe { std::slice::from_raw_parts_mut(stack.data().cast::<u128>().as_ptr(), stack.len() / WORD) };
    let (rest, used) = words.split_at_mut(word(deepest));
    for word in used {
        // Volatile: the compiler may neither leave it out nor make it a call.
        // SAFETY: a place of the slice.
        unsafe { std::ptr::from_mut(word).write_volatile(0) };
    }
    // A look that begins above `deepest` would see nothing. It must not pass for one that saw zeros.
    let Some(below) = rest.get(word(look)..) else { return Some(bottom) };
    let lowest = below.iter().position(|word| *word != 0)?;
    Some(bottom + (word(look) + lowest) * WORD)
}

#[cfg(test)]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod tests;
