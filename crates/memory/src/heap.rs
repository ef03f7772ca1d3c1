//! The small scratch heap of a running operation, in memory of the level that protects it.
//!
//! Symmetric operations allocate nothing. RSA and PKCS#8 do, and what they allocate are parts of keys. A program whose
//! global allocator is [`crate::process::SecretAlloc`] has these blocks served from here while an operation runs. When it
//! ends every block must be free: then the whole heap is wiped and used again. A block that is left (some library keeps
//! it in a static) is counted, and its heap stays mapped and is never used again: the block stays valid and secret.

mod arena;

use crate::error::EnterError;
use crate::protection::Protection;
use arena::Place;
use rlsf::Tlsf;
use std::alloc::Layout;
use std::cell::{Cell, UnsafeCell};
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of a heap where there is room: RSA-2048 needs 12 KB.
pub(crate) const LEN: usize = 32 << 10;

/// Bytes of a heap where the limit on locked memory is tight.
pub(crate) const SMALL_LEN: usize = 16 << 10;

/// Two-level lists for blocks up to 128 KiB, 16 sizes to a power of two.
type Lists = Tlsf<'static, u16, u16, 12, 16>;

/// Operations that left a block behind, in this process.
static LEFT_BEHIND: AtomicU64 = AtomicU64::new(0);

/// Blocks that heaps of this process gave out.
static BLOCKS: AtomicU64 = AtomicU64::new(0);

/// Whether the program's allocator asks us: found out by [`is_installed`].
static INSTALLED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The heap of the operation that this thread runs; null outside.
    static INSIDE: Cell<*const UnsafeCell<Heap>> = const { Cell::new(ptr::null()) };
    /// Set while `is_installed` allocates.
    static PROBING: Cell<bool> = const { Cell::new(false) };
}

/// A heap.
///
/// # Invariants
/// 1. It is touched only by the thread that has its workspace, and by one call at a time: [`with_current`] hides the
///    heap from the allocator while it works on it.
/// 2. Every block that `lists` gave out and did not get back is counted in `live`.
/// 3. If there is a place and `live` is 0, every byte of it is zero or free in `lists`; all are zero when `lists` is
///    `None`.
pub(crate) struct Heap {
    kind: Protection,
    place: Option<Place>,
    lists: Option<Lists>,
    live: usize,
}

impl Heap {
    pub(crate) const fn new(kind: Protection) -> Self {
        Self { kind, place: None, lists: None, live: 0 }
    }

    /// Sees to it that there are `asked` bytes, counted with what the lists take for themselves.
    ///
    /// # Errors
    /// [`EnterError::NoHeap`].
    pub(crate) fn reserve(&mut self, asked: usize) -> Result<(), EnterError> {
        let has = match &self.place {
            Some(place) => place.len(),
            None => {
                let no_heap = |refusal| EnterError::NoHeap { asked, has: 0, refusal: Some(refusal) };
                let place =
                    Place::new(self.kind, LEN).or_else(|_| Place::new(self.kind, SMALL_LEN)).map_err(no_heap)?;
                self.place.insert(place).len()
            }
        };
        if has < asked { Err(EnterError::NoHeap { asked, has, refusal: None }) } else { Ok(()) }
    }

    fn allocate(&mut self, layout: Layout) -> Option<NonNull<u8>> {
        self.reserve(0).ok()?;
        let place = self.place.as_ref()?;
        let lists = match &mut self.lists {
            Some(lists) => lists,
            None => {
                let mut lists = Lists::new();
                let whole = NonNull::slice_from_raw_parts(place.data(), place.len());
                // SAFETY: the range is ours and mapped while the place lives (Place 1, Mapping 1); the lists are dropped
                // before the place is given back or wiped (`end`, `give_back`).
                unsafe { lists.insert_free_block_ptr(whole) };
                self.lists.insert(lists)
            }
        };
        let block = lists.allocate(layout)?;
        self.live += 1;
        BLOCKS.fetch_add(1, Ordering::Relaxed);
        Some(block)
    }

    /// # Safety
    /// The block is live, of this heap and of this alignment, and nobody uses it any more.
    unsafe fn free(&mut self, block: NonNull<u8>, align: usize) {
        if let Some(lists) = &mut self.lists {
            // SAFETY: the caller's promise.
            unsafe { lists.deallocate(block, align) };
            self.live -= 1;
        }
    }

    /// # Safety
    /// The block is live and of this heap; `layout` has its alignment and the new size.
    unsafe fn resize(&mut self, block: NonNull<u8>, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: the caller's promise.
        unsafe { self.lists.as_mut()?.reallocate(block, layout) }
    }

    /// The operation has ended: every block should be free. Wipes the heap whole, or sets it aside.
    #[inline]
    pub(crate) fn end(&mut self) {
        if self.lists.is_some() {
            self.end_used();
        }
    }

    #[cold]
    fn end_used(&mut self) {
        self.lists = None;
        let live = mem::take(&mut self.live);
        match &mut self.place {
            // SAFETY: every block that was given out was freed (invariant 2), and the lists are gone.
            Some(place) if live <= place.freed_elsewhere() => unsafe { place.wipe() },
            _ => {
                LEFT_BEHIND.fetch_add(1, Ordering::Relaxed);
                // Not given back: what was left may be in use.
                self.place = None;
            }
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.lists = None;
        match self.place.take() {
            // SAFETY: no block of it is in use (invariant 2), and the lists are gone.
            Some(place) if self.live == 0 => unsafe { place.give_back() },
            // Not given back: what was left may be in use.
            Some(_) => _ = LEFT_BEHIND.fetch_add(1, Ordering::Relaxed),
            None => {}
        }
    }
}

/// Blocks that heaps of this process gave out.
pub(crate) fn blocks() -> u64 {
    BLOCKS.load(Ordering::Relaxed)
}

/// Operations of this process that left a block behind.
pub(crate) fn left_behind() -> u64 {
    LEFT_BEHIND.load(Ordering::Relaxed)
}

/// Makes `heap` the one that this thread allocates from; returns what it was before, for [`leave`].
///
/// # Safety
/// Until the caller calls `leave` with what this returned, the heap lives and nobody else touches it: the caller has its
/// workspace.
#[inline]
pub(crate) unsafe fn enter(heap: &UnsafeCell<Heap>) -> *const UnsafeCell<Heap> {
    INSIDE.replace(heap)
}

/// # Safety
/// `before` is what the last [`enter`] on this thread that was not left yet returned.
#[inline]
pub(crate) unsafe fn leave(before: *const UnsafeCell<Heap>) {
    INSIDE.set(before);
}

/// Runs `work` with this thread's allocations in ordinary memory: for lists of the crate's own, which outlive an operation.
#[inline]
pub(crate) fn outside<R>(work: impl FnOnce() -> R) -> R {
    struct Back(*const UnsafeCell<Heap>);
    impl Drop for Back {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }
    let _back = Back(INSIDE.replace(ptr::null()));
    work()
}

/// Whether this thread's allocations belong on a secret heap: an operation runs, and it is not panicking (the report of a
/// panic allocates more than the heap has).
#[inline]
pub(crate) fn is_inside() -> bool {
    !INSIDE.get().is_null() && !std::thread::panicking()
}

/// Asks for a block while the flag is up; the program's allocator, if it is ours, sees it.
pub(crate) fn is_installed() -> bool {
    if !INSTALLED.load(Ordering::Relaxed) {
        PROBING.set(true);
        drop(std::hint::black_box(Box::new(0u8)));
        PROBING.set(false);
    }
    INSTALLED.load(Ordering::Relaxed)
}

/// Called by the allocator outside of operations, where it must cost next to nothing.
#[inline]
pub(crate) fn note_probe() {
    if PROBING.get() {
        INSTALLED.store(true, Ordering::Relaxed);
    }
}

/// Works on the heap of this thread's operation, hidden from the allocator meanwhile.
fn with_current<R>(work: impl FnOnce(&mut Heap) -> R) -> Option<R> {
    let heap = INSIDE.replace(ptr::null());
    if heap.is_null() {
        return None;
    }
    // SAFETY: between `enter` and `leave` the heap lives and is this thread's (invariant 1).
    let cell = unsafe { &*heap };
    // SAFETY: nobody else has a reference: other calls do not find the heap while `INSIDE` is null (invariant 1).
    let result = work(unsafe { &mut *cell.get() });
    INSIDE.set(heap);
    Some(result)
}

/// Sees to it that the heap of this thread's operation has `asked` bytes.
pub(crate) fn reserve(asked: usize) -> Result<(), EnterError> {
    let no_heap = EnterError::Internal { invariant: "an operation in a workspace has the heap of that" };
    with_current(|heap| heap.reserve(asked)).unwrap_or(Err(no_heap))
}

/// A block on the heap of this thread's operation; null when it is full.
pub(crate) fn allocate(layout: Layout) -> *mut u8 {
    // Only the program's allocator calls this; the question may be asked for the first time inside.
    INSTALLED.store(true, Ordering::Relaxed);
    with_current(|heap| heap.allocate(layout)).flatten().map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// The place of the arena that a block lies in, if it does.
#[inline]
pub(crate) fn place_of(block: *mut u8) -> Option<usize> {
    arena::place_of(NonNull::new(block)?)
}

/// Frees a block that lies in place `number`.
///
/// # Safety
/// The block is live, was allocated by [`allocate`] with this layout, and nobody uses it any more.
pub(crate) unsafe fn free(block: NonNull<u8>, number: usize, layout: Layout) {
    let freed = with_current(|heap| {
        let own = heap.place.as_ref().is_some_and(|place| place.number() == number);
        if own {
            // SAFETY: the block lies in this heap's place; the rest is the caller's promise.
            unsafe { heap.free(block, layout.align()) };
        }
        own
    });
    if freed != Some(true) {
        // SAFETY: the caller's promise.
        unsafe { arena::free_elsewhere(block, number, layout) };
    }
}

/// Resizes a block of this thread's own heap; `None` if it is another's, null if the heap is full.
///
/// # Safety
/// The block is live and was allocated by [`allocate`]; `layout` has its alignment and the new size.
pub(crate) unsafe fn resize(block: NonNull<u8>, number: usize, layout: Layout) -> Option<*mut u8> {
    with_current(|heap| {
        let own = heap.place.as_ref().is_some_and(|place| place.number() == number);
        // SAFETY: the block lies in this heap's place; the rest is the caller's promise.
        own.then(|| unsafe { heap.resize(block, layout) }.map_or(ptr::null_mut(), NonNull::as_ptr))
    })
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::reserve;
    use crate::error::EnterError;

    /// Broken here on purpose: where no operation runs there is no heap, which is not one with room.
    #[test]
    fn no_heap_is_not_one_with_room() {
        let invariant = "an operation in a workspace has the heap of that";
        assert_eq!(reserve(1), Err(EnterError::Internal { invariant }));
    }
}
