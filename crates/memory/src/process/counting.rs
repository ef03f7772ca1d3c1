//! An allocator for tests, which counts what operations take from the heap.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::scope;

/// Counts the blocks that operations take from the heap. For tests.
///
/// No heap is protected: what an operation allocates lies in ordinary memory, and nobody erases it. So an operation
/// allocates nothing. No library can see to that for an algorithm that a program brings along. A test of the program
/// can:
///
/// ```
/// use strongroom_memory::process::CountingAlloc;
/// use strongroom_memory::{Policy, SecretBox, SecretMemory};
///
/// #[global_allocator]
/// static ALLOCATOR: CountingAlloc = CountingAlloc::new();
///
/// let memory = SecretMemory::open(Policy::best_available())?;
/// let key = SecretBox::make(&memory, |_inside, ()| [0x2a_u8; 32], ())?;
/// memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside).len(), &key)?;
/// assert_eq!(ALLOCATOR.blocks(), 0);
///
/// // The control: an operation that allocates is seen.
/// memory.scope(|inside, key: &SecretBox<[u8; 32]>| key.expose(inside).to_vec().len(), &key)?;
/// assert_eq!(ALLOCATOR.blocks(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A secret that is made or dropped inside an operation counts, too: lists of the library's own grow then, without
/// secrets. What a thread takes while it panics is not counted: the report of a panic allocates, and quotes no secret.
#[derive(Debug, Default)]
pub struct CountingAlloc<A = System> {
    allocator: A,
    blocks: AtomicU64,
}

impl CountingAlloc {
    /// Returns one around the system's allocator.
    #[must_use]
    pub const fn new() -> Self {
        Self::around(System)
    }
}

impl<A> CountingAlloc<A> {
    /// Returns one around another allocator.
    #[must_use]
    pub const fn around(allocator: A) -> Self {
        Self { allocator, blocks: AtomicU64::new(0) }
    }

    /// Returns how many blocks operations have taken so far, on all threads. A block that is resized counts again.
    pub fn blocks(&self) -> u64 {
        self.blocks.load(Ordering::Relaxed)
    }

    fn count(&self) {
        if scope::is_inside() && !std::thread::panicking() {
            self.blocks.fetch_add(1, Ordering::Relaxed);
        }
    }
}

// SAFETY: every call is handed on to `A`, itself a `GlobalAlloc`, as it is. Counting takes no memory and does not
// unwind: it reads thread-local numbers that need no initialisation where the target has thread-locals of its own, as
// all of Rust's first and second tier with threads do, and adds to an atomic one.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAlloc<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        self.count();
        // SAFETY: the caller's promise, passed on.
        unsafe { self.allocator.realloc(block, layout, new_size) }
    }
}
