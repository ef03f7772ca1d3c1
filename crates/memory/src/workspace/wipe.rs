//! Wiping what an operation used of its stack, and a look whether it was more.

use crate::mapping::{Mapping, erase};
use crate::switch::Width;
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of the widest vector register. What is wiped starts at a multiple of it.
const WIDEST: usize = 64;

/// How far below the wiped part to look, in bytes.
///
/// An operation may go deeper and leave this range alone: a frame that is mostly not used reaches far. So the first
/// operation of a stack, every 256th, and each once one was found that went deeper, is followed by a look at the whole.
const LOOK: usize = 256;

/// Whether this build looks at the whole stack after each operation: without optimisation, or for `.ci/depth`.
const EACH_WHOLE: bool = cfg!(any(debug_assertions, whole_stacks));

/// Wipes the stack from `deepest` to its top, looks whether the operation went deeper, and wipes the whole if it did.
/// `exits` counts the operations of this stack.
///
/// What was reserved is wiped whether it was used or not: to look first would be quicker, but this runs outside, where
/// what is read goes through registers, and from there to the ordinary stack.
#[inline]
pub(super) fn wipe(width: Width, stack: &Mapping, deepest: usize, exits: &Cell<u8>, deep: &AtomicU64) {
    let whole = EACH_WHOLE || exits.get() == 0 || deep.load(Ordering::Relaxed) > 0;
    exits.set(exits.get().wrapping_add(1));
    let rest = deepest.saturating_sub(stack.data().addr().get()).min(stack.len()) & !(WIDEST - 1);
    // SAFETY: `rest` is at most the mapping's length (Mapping 1).
    let lowest = unsafe { stack.data().add(rest) };
    let below = if whole { rest } else { rest.min(LOOK) };
    // SAFETY: both ranges lie in the mapping (Mapping 1), which is page-aligned, as `rest` and with it all lengths are to
    // the widest register; nothing runs on this stack any more.
    if !unsafe { zero(width, lowest, stack.len() - rest, below) } {
        deep.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the whole mapping is writable (Mapping 1), and nothing runs on this stack any more.
        unsafe { erase(stack.data(), stack.len()) };
    }
}

/// Writes `len` zeros at `at`, by the widest registers that there are; returns whether the `below` bytes below are zero.
///
/// # Safety
/// `at - below` to `at + len` is mapped and initialised, and writable from `at` on; nobody else reads or writes it
/// meanwhile. All three are multiples of [`WIDEST`]. `width` is that of this machine.
#[inline]
unsafe fn zero(width: Width, at: NonNull<u8>, len: usize, below: usize) -> bool {
    match width {
        // SAFETY: the caller's promise; the size of the type divides `WIDEST`.
        Width::Bits128 => unsafe { zero_by(0u128, at, len, below, |all, more| all | more) == 0 },
        // SAFETY: the caller's promise; the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Width::Bits256 => unsafe { x86::zero_avx(at, len, below) },
        // SAFETY: the caller's promise; the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Width::Bits512 => unsafe { x86::zero_avx512(at, len, below) },
    }
}

/// Writes `len` bytes of `zero` at `at`; returns the bits that are set in the `below` bytes below.
///
/// # Safety
/// As of [`zero`](fn@zero); `zero` is zeros, any bits are a `V`, and its size divides [`WIDEST`].
#[inline(always)]
unsafe fn zero_by<V: Copy>(zero: V, at: NonNull<u8>, len: usize, below: usize, or: impl Fn(V, V) -> V) -> V {
    let first = at.cast::<V>();
    for index in 0..len / size_of::<V>() {
        // SAFETY: `index` times the size is below `len`.
        let place = unsafe { first.add(index) };
        // Volatile: the compiler may neither leave it out nor make it a call.
        // SAFETY: the place is writable and aligned (the caller).
        unsafe { place.write_volatile(zero) };
    }
    // SAFETY: the caller's promise.
    let from = unsafe { at.sub(below) }.cast::<V>();
    // SAFETY: the range is mapped and initialised (the caller), and nobody writes it now.
    let below = unsafe { std::slice::from_raw_parts(from.as_ptr(), below / size_of::<V>()) };
    below.iter().fold(zero, |all, more| or(all, *more))
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::zero_by;
    use std::arch::x86_64::{
        _mm256_castpd_si256, _mm256_or_pd, _mm256_setzero_pd, _mm256_testz_si256, _mm512_or_si512,
        _mm512_setzero_si512, _mm512_test_epi64_mask,
    };
    use std::ptr::NonNull;

    /// # Safety
    /// As of [`super::zero`].
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn zero_avx512(at: NonNull<u8>, len: usize, below: usize) -> bool {
        let (zero, or) = (_mm512_setzero_si512(), |all, more| _mm512_or_si512(all, more));
        // SAFETY: the caller's promise; the type is of 64 bytes.
        let bits = unsafe { zero_by(zero, at, len, below, or) };
        _mm512_test_epi64_mask(bits, bits) == 0
    }

    /// # Safety
    /// As of [`super::zero`].
    #[target_feature(enable = "avx")]
    pub(super) unsafe fn zero_avx(at: NonNull<u8>, len: usize, below: usize) -> bool {
        let (zero, or) = (_mm256_setzero_pd(), |all, more| _mm256_or_pd(all, more));
        // SAFETY: the caller's promise; the type is of 32 bytes.
        let bits = unsafe { zero_by(zero, at, len, below, or) };
        let bits = _mm256_castpd_si256(bits);
        _mm256_testz_si256(bits, bits) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_wipes_what_it_is_told_and_looks_below() {
        #[repr(align(64))]
        struct Stack([u8; 1024]);
        for width in Width::every() {
            for (from, below) in [(0_usize, 0), (64, 64), (512, 256), (960, 960), (1024, 256)] {
                for dirty in [None, Some(0), Some(from / 2), from.checked_sub(1)] {
                    let mut stack = Stack([0; 1024]);
                    stack.0[from..].fill(0xff);
                    dirty.filter(|_| from > 0).inspect(|&at| stack.0[at] = 1);
                    let seen = (from - below..from).any(|at| stack.0[at] != 0);
                    let at = NonNull::from(&mut stack.0).cast::<u8>();
                    // SAFETY: `from` is at most the length.
                    let at = unsafe { at.add(from) };
                    // SAFETY: both ranges lie in the array, aligned as it is; every width up to the machine's is there.
                    assert_eq!(unsafe { zero(width, at, 1024 - from, below) }, !seen, "{width:?} {from} {dirty:?}");
                    assert!(stack.0[from..].iter().all(|&byte| byte == 0));
                    assert!(dirty.is_none_or(|at| from == 0 || stack.0[at] == 1), "what lies below is left alone");
                }
            }
        }
    }

    #[test]
    fn an_operation_that_went_deeper_costs_a_wipe_of_the_whole() {
        let stack = Mapping::new(crate::Protection::Plain, 8192).unwrap();
        let bottom = stack.data().addr().get();
        let deep = AtomicU64::new(0);
        // SAFETY: the range is writable (Mapping 1).
        let all = unsafe { std::slice::from_raw_parts_mut(stack.data().as_ptr(), stack.len()) };
        for (reserved, dirtied, expected) in
            [(1024, 1024, 0), (1024, 1025, 1), (1024, 1280, 2), (0, 1, 3), (8192, 8192, 3)]
        {
            all[8192 - dirtied..].fill(7);
            wipe(Width::of_this_machine(), &stack, bottom + 8192 - reserved, &Cell::new(1), &deep);
            assert!(all.iter().all(|&byte| byte == 0), "{reserved} {dirtied}");
            assert_eq!(deep.load(Ordering::Relaxed), expected);
        }
    }

    #[test]
    fn what_lies_deep_below_the_rest_is_found_in_time() {
        let stack = Mapping::new(crate::Protection::Plain, 16384).unwrap();
        let bottom = stack.data().addr().get();
        let (exits, deep) = (Cell::new(0), AtomicU64::new(0));
        // SAFETY: the range is writable (Mapping 1).
        let all = unsafe { std::slice::from_raw_parts_mut(stack.data().as_ptr(), stack.len()) };
        let mut run = |expected| {
            // Far below the 1024 bytes that were reserved, with nothing between.
            all[100] = 7;
            all[16383] = 7;
            wipe(Width::of_this_machine(), &stack, bottom + 16384 - 1024, &exits, &deep);
            assert_eq!(all.iter().any(|&byte| byte != 0), expected, "{exits:?}");
            deep.load(Ordering::Relaxed)
        };
        assert_eq!(run(false), 1);
        // From now on it is looked for each time.
        assert_eq!(run(false), 2);
        deep.store(0, Ordering::Relaxed);
        // Otherwise at the next turn, but for builds that look each time.
        let unseen = !EACH_WHOLE;
        for _ in 2..256 {
            assert_eq!(run(unseen) == 0, unseen);
        }
        assert!(run(false) > 0);
    }
}
