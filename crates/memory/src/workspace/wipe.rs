//! Wiping what an operation used of its stack, and a look whether it was more than it had reserved.
//!
//! A stack is all zeros before an operation. So what the operation used begins where the first byte is not zero, and it is
//! enough to wipe from there. Most operations use less than they reserve, and to look costs half of what wiping does.

use crate::mapping::{Mapping, erase};
use crate::switch::Width;
use std::cell::Cell;
use std::ops::Range;
use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is looked at or wiped begins and ends at a multiple of so many bytes, itself one of a vector register.
const STEP: usize = 256;

/// Bytes at the top that nearly every operation uses: of what was reserved there all is wiped without a look.
const TOP: usize = 4 * STEP;

/// How far below what was reserved to look, in bytes.
///
/// An operation may go deeper and leave this range alone: a frame that is mostly not used reaches far. So the first
/// operation of a stack, every 256th, and each once one was found that went deeper, is followed by a look at the whole.
/// Builds for tests look at the whole each time.
const BELOW: usize = STEP;

/// Whether this build looks at the whole stack after each operation: without optimisation, or for `.ci/depth`.
const EACH_WHOLE: bool = cfg!(any(debug_assertions, whole_stacks));

/// Wipes what was used of a stack. Reserved was what lies from `deepest` on; an operation that is seen to have gone deeper
/// is counted, and then the whole is wiped. `exits` counts the operations of this stack.
#[inline]
pub(super) fn wipe(width: Width, stack: &Mapping, deepest: usize, exits: &Cell<u8>, deep: &AtomicU64) {
    let len = stack.len();
    let reserved = deepest.saturating_sub(stack.data().addr().get()).min(len) & !(STEP - 1);
    let top = len.saturating_sub(TOP).max(reserved);
    let whole = EACH_WHOLE || exits.get() == 0 || deep.load(Ordering::Relaxed) > 0;
    exits.set(exits.get().wrapping_add(1));
    let from = if whole { 0 } else { reserved.saturating_sub(BELOW) };
    // SAFETY: `top` is at most the mapping's length (Mapping 1).
    let at = unsafe { stack.data().add(top) };
    // SAFETY: both ranges lie in the mapping, which is initialised and writable (Mapping 1) and page-aligned, as its length
    // is; so all bounds are multiples of a step. Nothing runs on this stack any more.
    if !unsafe { wipe_and_look(width, at, len - top, top - from) } {
        wipe_deeper(width, stack, from..top, reserved, deep);
    }
}

/// Wipes the rest, of which something was used.
#[cold]
fn wipe_deeper(width: Width, stack: &Mapping, rest: Range<usize>, reserved: usize, deep: &AtomicU64) {
    // SAFETY: the range begins in the mapping (Mapping 1).
    let lowest = unsafe { stack.data().add(rest.start) };
    // SAFETY: the range lies in the mapping, which is initialised (Mapping 1), and nothing runs on this stack any more.
    let steps = unsafe { slice::from_raw_parts(lowest.cast::<[u128; STEP / 16]>().as_ptr(), rest.len() / STEP) };
    let clean = steps.iter().take_while(|step| **step == [0; STEP / 16]).count() * STEP;
    let used = rest.start + clean;
    // SAFETY: the range begins in the mapping (Mapping 1).
    let at = unsafe { stack.data().add(used) };
    // SAFETY: the range lies in the mapping, which is writable (Mapping 1); its bounds are multiples of a step.
    unsafe { wipe_and_look(width, at, rest.end - used, 0) };
    if used < reserved {
        deep.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the whole mapping is writable (Mapping 1), and nothing runs on this stack any more.
        unsafe { erase(stack.data(), stack.len()) };
    }
}

/// Writes `len` zeros at `at`, by wide registers; returns whether the `below` bytes below are zero.
///
/// # Safety
/// `at - below` to `at + len` is mapped and initialised, and writable from `at` on; nobody else reads or writes it
/// meanwhile. All three are multiples of [`STEP`]. `width` is that of this machine.
#[inline]
unsafe fn wipe_and_look(width: Width, at: NonNull<u8>, len: usize, below: usize) -> bool {
    match width {
        // SAFETY: the caller's promise; sixteen of 16 bytes are a step.
        Width::Bits128 => unsafe { wipe_and_look_by::<u128, 16>(0, at, len, below, |all, more| all | more) == 0 },
        // Wider registers are no faster: one store of 64 bytes takes the time of two of 32.
        // SAFETY: the caller's promise; the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Width::Bits256 | Width::Bits512 => unsafe { x86::wipe_and_look_avx(at, len, below) },
    }
}

/// Writes `len` bytes of `zero` at `at`; returns the bits that are set in the `below` bytes below.
///
/// # Safety
/// As of [`wipe_and_look`]; `zero` is zeros, any bits are a `V`, and `N` of them are a step.
#[inline(always)]
unsafe fn wipe_and_look_by<V: Copy, const N: usize>(
    zero: V,
    at: NonNull<u8>,
    len: usize,
    below: usize,
    or: impl Fn(V, V) -> V + Copy,
) -> V {
    const { assert!(size_of::<[V; N]>() == STEP) }
    let first = at.cast::<V>();
    for step in 0..len / STEP {
        for index in 0..N {
            // SAFETY: the place lies in the `len` bytes.
            let place = unsafe { first.add(step * N + index) };
            // Volatile: the compiler may neither leave it out nor make it a call.
            // SAFETY: the place is writable and aligned (the caller).
            unsafe { place.write_volatile(zero) };
        }
    }
    // SAFETY: the caller's promise.
    let from = unsafe { at.sub(below) }.cast::<[V; N]>();
    // SAFETY: the range is mapped and initialised (the caller), and nobody writes it now.
    let below = unsafe { slice::from_raw_parts(from.as_ptr(), below / STEP) };
    // As many chains as a step is wide, which do not wait for one another.
    let mut all = [zero; N];
    for step in below {
        all.iter_mut().zip(step).for_each(|(all, more)| *all = or(*all, *more));
    }
    all.into_iter().fold(zero, or)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::wipe_and_look_by;
    use std::arch::x86_64::{_mm256_castpd_si256, _mm256_or_pd, _mm256_setzero_pd, _mm256_testz_si256};
    use std::ptr::NonNull;

    /// # Safety
    /// As of [`super::wipe_and_look`].
    #[target_feature(enable = "avx")]
    pub(super) unsafe fn wipe_and_look_avx(at: NonNull<u8>, len: usize, below: usize) -> bool {
        let (zero, or) = (_mm256_setzero_pd(), |all, more| _mm256_or_pd(all, more));
        // SAFETY: the caller's promise; eight of 32 bytes are a step.
        let bits = unsafe { wipe_and_look_by::<_, 8>(zero, at, len, below, or) };
        let bits = _mm256_castpd_si256(bits);
        _mm256_testz_si256(bits, bits) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_wipes_what_it_is_told_and_looks_below() {
        #[repr(align(256))]
        struct Stack([u8; 2048]);
        for width in Width::every() {
            for (from, below) in [(0_usize, 0), (256, 256), (1024, 512), (1792, 1792), (2048, 256)] {
                for dirty in [None, Some(0), Some(from / 2), from.checked_sub(1)] {
                    let mut stack = Stack([0; 2048]);
                    stack.0[from..].fill(0xff);
                    dirty.filter(|_| from > 0).inspect(|&at| stack.0[at] = 1);
                    let seen = (from - below..from).any(|at| stack.0[at] != 0);
                    let at = NonNull::from(&mut stack.0).cast::<u8>();
                    // SAFETY: `from` is at most the length.
                    let at = unsafe { at.add(from) };
                    // SAFETY: both ranges lie in the array, aligned as it is; every width up to the machine's is there.
                    let clean = unsafe { wipe_and_look(width, at, 2048 - from, below) };
                    assert_eq!(clean, !seen, "{width:?} {from} {dirty:?}");
                    assert!(stack.0[from..].iter().all(|&byte| byte == 0));
                    assert!(dirty.is_none_or(|at| from == 0 || stack.0[at] == 1), "what lies below is left alone");
                }
            }
        }
    }

    #[test]
    fn whatever_was_used_is_wiped_and_an_operation_that_went_deeper_is_counted() {
        let stack = Mapping::new(crate::Protection::Plain, 8192).unwrap();
        let bottom = stack.data().addr().get();
        let deep = AtomicU64::new(0);
        // SAFETY: the range is writable (Mapping 1).
        let all = unsafe { std::slice::from_raw_parts_mut(stack.data().as_ptr(), stack.len()) };
        for (reserved, used, expected) in [
            (1024, 1024, 0),
            (3072, 0, 0),
            (3072, 2000, 0),
            (1024, 1025, 1),
            (1024, 1280, 1),
            (256, 0, 0),
            (256, 257, 1),
            (0, 1, 1),
            (3072, 3073, 1),
            (8192, 8192, 0),
        ] {
            for width in Width::every() {
                deep.store(0, Ordering::Relaxed);
                all[8192 - used..].fill(7);
                wipe(width, &stack, bottom + 8192 - reserved, &Cell::new(1), &deep);
                assert!(all.iter().all(|&byte| byte == 0), "{width:?} {reserved} {used}");
                assert_eq!(deep.load(Ordering::Relaxed), expected, "{width:?} {reserved} {used}");
            }
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
