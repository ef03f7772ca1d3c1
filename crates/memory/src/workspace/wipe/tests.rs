use super::*;
use crate::protection::Protection;
use crate::switch::{Width, on_stack};
use std::ptr::NonNull;

const LEN: usize = 16384;

/// A stack, and operations on it that dirty what they are told.
struct Stack {
    mapping: Mapping,
    exits: Cell<u8>,
    deep: AtomicU64,
}

/// What an operation dirties: places, counted down from the top of the stack.
struct Dirt<'d> {
    top: NonNull<u8>,
    depths: &'d [usize],
}

unsafe extern "C" fn dirty(data: *mut u8) {
    // SAFETY: `Stack::run` hands over a `Dirt`.
    let dirt = unsafe { &*data.cast::<Dirt<'_>>() };
    for &depth in dirt.depths {
        // SAFETY: the tests name places of the stack.
        let place = unsafe { dirt.top.sub(depth) };
        // SAFETY: it is below the frame of this function, where nothing else lies.
        unsafe { place.write_volatile(7) };
    }
}

impl Stack {
    fn new() -> Self {
        Self { mapping: Mapping::new(Protection::Plain, LEN).unwrap(), exits: Cell::new(1), deep: AtomicU64::new(0) }
    }

    /// Runs an operation that reserves `reserved` bytes, and `look` more are looked at, or as many as usual.
    fn run(&self, width: Width, reserved: usize, look: Option<usize>, depths: &[usize]) -> Left {
        let bottom = self.mapping.data().addr().get();
        let deepest = bottom + LEN - reserved;
        let from = look_from(bottom, deepest, &self.exits, &self.deep);
        let from = look.map_or(from, |look| deepest - look);
        // SAFETY: one past the end of the mapping (Mapping 1).
        let top = unsafe { self.mapping.data().add(LEN) };
        let mut dirt = Dirt { top, depths };
        // SAFETY: 16 KiB below `top` are ours and page-aligned; where the look begins is among them; `dirty` takes a `Dirt`
        // and does not unwind; the processor has every width up to its own.
        let left = unsafe { on_stack(width, top, &Cell::new(from), (&raw mut dirt).cast(), dirty) };
        finish(&self.mapping, left, deepest, from, &self.deep);
        left
    }

    /// Places that are not zero, counted down from the top.
    fn left(&self) -> Vec<usize> {
        // SAFETY: the range is initialised (Mapping 1), and nobody writes it meanwhile.
        let all = unsafe { std::slice::from_raw_parts(self.mapping.data().as_ptr(), LEN) };
        (1..=LEN).filter(|depth| all[LEN - depth] != 0).collect()
    }

    fn deep(&self) -> u64 {
        self.deep.load(Ordering::Relaxed)
    }
}

#[test]
fn what_an_operation_used_is_wiped_wherever_it_lies_in_what_it_reserved() {
    for width in Width::every() {
        let stack = Stack::new();
        for depth in (600..=8192).step_by(8).chain([1023, 1024, 1025, 1535, 1536, 1537, 8191]) {
            let left = stack.run(width, 8192, None, &[depth]);
            if width != Width::Bits128 {
                let top = stack.mapping.data().addr().get() + LEN;
                let chunk = if depth <= 1024 { 0 } else { depth.next_multiple_of(CHUNK) };
                assert_eq!(left, Left::Wiped(top - chunk), "{width:?} {depth}");
            }
            assert!(stack.left().is_empty(), "{width:?} {depth}");
        }
        assert_eq!(stack.deep(), 0);
    }
}

#[test]
fn an_operation_that_went_deeper_is_counted_and_costs_a_wipe_of_the_whole() {
    for width in Width::every() {
        for (reserved, depths, expected) in [
            (2048, &[2048][..], 0),
            (2048, &[2049], 1),
            (2048, &[2049, 9000], 1),
            (2048, &[2560, LEN], 1),
            (4096, &[4600, LEN, 8000], 1),
            (LEN, &[LEN], 0),
        ] {
            let stack = Stack::new();
            stack.run(width, reserved, Some(CHUNK.min(LEN - reserved)), depths);
            assert!(stack.left().is_empty(), "{width:?} {reserved} {depths:?}");
            assert_eq!(stack.deep(), expected, "{width:?} {reserved} {depths:?}");
        }
    }
}

#[test]
fn what_lies_far_below_the_rest_is_found_in_time() {
    for width in Width::every() {
        let stack = Stack::new();
        stack.exits.set(0);
        // Far below what was reserved, with nothing between.
        let run = || {
            stack.run(width, 2048, None, &[900, LEN - 100]);
            stack.left()
        };
        assert!(run().is_empty(), "the first");
        assert_eq!(stack.deep(), 1);
        assert!(run().is_empty(), "each, once one was found");
        assert_eq!(stack.deep(), 2);
        stack.deep.store(0, Ordering::Relaxed);
        // Otherwise at the next turn, but for builds that look each time.
        for _ in 2..256 {
            assert_eq!(run().is_empty(), EACH_WHOLE);
        }
        assert!(run().is_empty(), "the 256th");
        assert!(stack.deep() > 0);
    }
}

#[test]
fn the_look_stays_in_the_stack() {
    let (bottom, len) = (1 << 20, 8192);
    for reserved in [0, 1, 511, 512, 513, 1024, 7679, 7680, 7681, 8192] {
        let deepest = bottom + len - reserved;
        let from = below(bottom, deepest);
        assert!((bottom..=bottom + len - CHUNK).contains(&from) && from.is_multiple_of(CHUNK), "{reserved}");
        assert!(from == bottom || deepest - from >= CHUNK, "{reserved}");
    }
}
