//! What a piece of code takes from the heap: an allocator that counts, thread by thread.
//!
//! ```
//! use strongroom_testkit::allocations::{Counting, Taken, taken};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! let (text, first) = taken(|| "milk".repeat(25));
//! assert_eq!((text.len(), first), (100, Taken { blocks: 1, bytes: 100 }));
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// What was taken, whether it was given back or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// Blocks. One that grows counts again.
    pub blocks: usize,
    /// Bytes of all of them.
    pub bytes: usize,
}

/// The bytes that a thread holds, now and at most.
#[derive(Clone, Copy)]
struct Held {
    /// Blocks of other threads may be given back on this one, so it can be less than nothing.
    now: isize,
    most: isize,
}

thread_local! {
    static SO_FAR: Cell<Taken> = const { Cell::new(Taken { blocks: 0, bytes: 0 }) };
    static HELD: Cell<Held> = const { Cell::new(Held { now: 0, most: 0 }) };
}

fn count(bytes: usize) {
    // A thread that is ending has no count any more.
    let _ = SO_FAR.try_with(|so_far| {
        let Taken { blocks, bytes: before } = so_far.get();
        so_far.set(Taken { blocks: blocks + 1, bytes: before.saturating_add(bytes) });
    });
    hold(bytes.cast_signed());
}

fn hold(bytes: isize) {
    let _ = HELD.try_with(|held| {
        let Held { now, most } = held.get();
        let now = now + bytes;
        held.set(Held { now, most: most.max(now) });
    });
}

/// Runs `f` and says how many bytes it held at once on this thread, at most. A block that grows is there twice for a
/// moment. Without [`Counting`] as the program's allocator that is nothing.
pub fn peak<R>(f: impl FnOnce() -> R) -> (R, usize) {
    let Held { now, most } = HELD.get();
    HELD.set(Held { now, most: now });
    let result = f();
    let held = HELD.get();
    HELD.set(Held { now: held.now, most: most.max(held.most) });
    (result, (held.most - now).unsigned_abs())
}

/// Runs `f` and says what it took on this thread. Without [`Counting`] as the program's allocator that is nothing.
pub fn taken<R>(f: impl FnOnce() -> R) -> (R, Taken) {
    let before = SO_FAR.get();
    let result = f();
    let after = SO_FAR.get();
    (result, Taken { blocks: after.blocks - before.blocks, bytes: after.bytes - before.bytes })
}

// SAFETY: every call is handed on to the system's allocator as it is; counting touches a thread-local number alone,
// which takes no memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise for `layout` is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        hold(-layout.size().cast_signed());
        // SAFETY: `block` came from the system's allocator with this layout, as all blocks of this one do.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller's promise for `layout` is the system's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: `block` came from the system's allocator with this layout, and the caller promises the rest.
        let moved = unsafe { System.realloc(block, layout, size) };
        let given_back = if moved.is_null() { size } else { layout.size() };
        hold(-given_back.cast_signed());
        moved
    }
}
