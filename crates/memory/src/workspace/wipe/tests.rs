use super::*;
use crate::protection::Protection;
use crate::switch::{Width, on_stack};
use std::ptr::NonNull;

const LEN: usize = 16384;

/// A stack, and operations on it that dirty what they are told.
struct Stack {
    mapping: Mapping,
    depths: Depths,
    /// Operations that went deeper than was known.
    deep: Cell<u64>,
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
        let depths = Depths { exits: Cell::new(1), ..Depths::default() };
        Self { mapping: Mapping::new(Protection::Plain, LEN).unwrap(), depths, deep: Cell::new(0) }
    }

    /// Runs an operation that reserves `reserved` bytes, and `look` more are looked at, or as many as usual.
    fn run(&self, width: Width, reserved: usize, look: Option<usize>, depths: &[usize]) -> Left {
        let bottom = self.mapping.data().addr().get();
        let deepest = self.depths.deepest(bottom, LEN, reserved);
        let from = self.depths.look_from(bottom, deepest);
        let from = look.map_or(from, |look| deepest - look);
        // SAFETY: one past the end of the mapping (Mapping 1).
        let top = unsafe { self.mapping.data().add(LEN) };
        let mut dirt = Dirt { top, depths };
        // SAFETY: 16 KiB below `top` are ours and page-aligned; where the look begins is among them; `dirty` takes a
        // `Dirt` and does not unwind; the processor has every width up to its own.
        let left = unsafe { on_stack(width, top, &Cell::new(from), (&raw mut dirt).cast(), dirty) };
        // SAFETY: `dirty` has returned, and kept no reference.
        let deeper = unsafe { finish(&self.mapping, left, deepest, from, &self.depths) };
        self.deep.set(self.deep.get() + u64::from(deeper));
        left
    }

    /// Places that are not zero, counted down from the top.
    fn left(&self) -> Vec<usize> {
        // SAFETY: the range is initialised (Mapping 1), and nobody writes it meanwhile.
        let all = unsafe { std::slice::from_raw_parts(self.mapping.data().as_ptr(), LEN) };
        (1..=LEN).filter(|depth| all[LEN - depth] != 0).collect()
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
        assert_eq!(stack.deep.get(), 0);
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
            assert_eq!(stack.deep.get(), expected, "{width:?} {reserved} {depths:?}");
        }
    }
}

#[test]
fn what_lies_far_below_is_found_in_time_and_reserved_from_then_on() {
    for width in Width::every() {
        let stack = Stack::new();
        // Far below what was reserved, with nothing between.
        let run = || {
            stack.run(width, 2048, None, &[900, LEN - 100]);
            stack.left()
        };
        stack.depths.exits.set(0);
        assert!(run().is_empty(), "the first");
        for _ in 1..300 {
            assert!(run().is_empty(), "each, once one was found");
        }
        assert_eq!(stack.deep.get(), 1, "what is reserved is not deeper");
        // Others are wiped as far.
        assert!(matches!(stack.run(width, 4096, None, &[LEN - 2048]), Left::Wiped(_) | Left::Used));
        assert_eq!((stack.left(), stack.deep.get()), (vec![], 1));
        // While nothing is known it is found at the next turn, but by builds that look each time.
        let stack = Stack::new();
        for _ in 1..256 {
            stack.run(width, 2048, None, &[900, LEN - 100]);
            assert_eq!(stack.left().is_empty(), EACH_WHOLE);
        }
        stack.run(width, 2048, None, &[900, LEN - 100]);
        assert_eq!((stack.left(), stack.deep.get()), (vec![], 1), "the 256th");
    }
}

#[test]
fn little_by_little_as_much_is_reserved_as_operations_take() {
    for width in Width::every() {
        let stack = Stack::new();
        // Where only a chunk is looked at, a part is found each time.
        let depths: Vec<usize> = (600..=6000).collect();
        for _ in 0..20 {
            stack.run(width, 2048, None, &depths);
            assert!(stack.left().is_empty());
        }
        let deep = stack.deep.get();
        assert!((1..=8).contains(&deep), "{deep}");
        assert!((6000 - 2048..6000 - 2048 + CHUNK).contains(&stack.depths.beyond()), "{}", stack.depths.beyond());
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

/// Broken here on purpose: where a look begins too high, the operation counts as deeper than it said, and all is wiped.
#[test]
fn a_look_that_would_see_nothing_is_no_look_that_saw_zeros() {
    let stack = Stack::new();
    let (bottom, asked) = (stack.mapping.data().addr().get(), 8192);
    let deepest = stack.depths.deepest(bottom, LEN, asked);
    let dirty = |depth: usize| {
        // SAFETY: `depth` is at most the length of the mapping (Mapping 1).
        let place = unsafe { stack.mapping.data().add(LEN - depth) };
        // SAFETY: the byte is writable (Mapping 1).
        unsafe { place.write(7) };
    };
    dirty(asked);
    // SAFETY: nothing runs on this stack.
    let deeper = unsafe { finish(&stack.mapping, Left::Used, deepest, bottom, &stack.depths) };
    assert!(!deeper, "the control: no deeper than it said");
    dirty(LEN);
    // SAFETY: nothing runs on this stack.
    assert!(unsafe { finish(&stack.mapping, Left::Used, deepest, deepest + CHUNK, &stack.depths) });
    assert!(stack.left().is_empty());
    assert_eq!(stack.depths.beyond(), LEN - asked);
}
