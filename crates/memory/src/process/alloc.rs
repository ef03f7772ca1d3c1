//! The allocator that a program installs, so that operations which need a heap have a secret one.

use crate::heap;
use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::{self, NonNull};

/// Wraps the program's allocator. While a thread runs an operation on a secret stack, its blocks come from a small heap in
/// the same memory; otherwise from `A`.
///
/// ```
/// use strongroom_memory::process::SecretAlloc;
///
/// #[global_allocator]
/// static ALLOCATOR: SecretAlloc = SecretAlloc::new();
/// # fn main() {}
/// ```
///
/// Around another allocator: `static ALLOCATOR: SecretAlloc<MiMalloc> = SecretAlloc::around(MiMalloc);`.
///
/// Without it operations that need a heap (RSA, PKCS#8) use the ordinary one, or, in a store whose policy demands
/// protection in use, answer [`AllocatorMissing`](crate::EnterError::AllocatorMissing). The report says whether it is
/// there.
///
/// A block that does not fit the secret heap is refused as if memory were exhausted: code that asks (`try_reserve`) gets an
/// error, other code ends the process by the standard library's abort. Nothing milder is sound: a block of `A` would put
/// parts of keys into ordinary memory, and an allocator must not unwind. So an operation reserves on entry what it needs
/// at most ([`Room::heap`](crate::Room)), and gets a typed error there if it is not to be had; all of ours do. While a
/// thread panics `A` serves it, as the report of a panic needs much.
#[derive(Clone, Copy, Debug, Default)]
pub struct SecretAlloc<A = System>(A);

impl SecretAlloc {
    /// Around the system's allocator.
    #[must_use]
    pub const fn new() -> Self {
        Self(System)
    }
}

impl<A> SecretAlloc<A> {
    /// Around another allocator.
    #[must_use]
    pub const fn around(allocator: A) -> Self {
        Self(allocator)
    }
}

/// Does our part of an allocator's work. An allocator must not unwind, so a panic in it ends the process.
#[inline]
fn without_unwinding<R>(work: impl FnOnce() -> R) -> R {
    struct Unwound;
    impl Drop for Unwound {
        fn drop(&mut self) {
            std::process::abort();
        }
    }
    let unwound = Unwound;
    let result = work();
    let _ = std::mem::ManuallyDrop::new(unwound);
    result
}

// SAFETY: blocks are served either by `A`, itself a `GlobalAlloc`, or by `heap`, whose blocks are of the size and
// alignment asked for and live until freed. Which of the two a block is from is told by its address alone, so each goes
// back to where it came from. Nothing here unwinds (`without_unwinding`).
unsafe impl<A: GlobalAlloc> GlobalAlloc for SecretAlloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if heap::is_inside() {
            return without_unwinding(|| heap::allocate(layout));
        }
        heap::note_probe();
        // SAFETY: the caller's promise, passed on.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if heap::is_inside() {
            let block = without_unwinding(|| heap::allocate(layout));
            if !block.is_null() {
                // SAFETY: the block has this size.
                unsafe { block.write_bytes(0, layout.size()) };
            }
            return block;
        }
        // SAFETY: the caller's promise, passed on.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match (heap::place_of(block), NonNull::new(block)) {
            // SAFETY: the block lies in the arena, so `heap` gave it out; the rest is the caller's promise.
            (Some(place), Some(block)) => without_unwinding(|| unsafe { heap::free(block, place, layout) }),
            // SAFETY: the block does not lie in the arena, so `A` gave it out.
            _ => unsafe { self.0.dealloc(block, layout) },
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let place = heap::place_of(block);
        if place.is_none() && !heap::is_inside() {
            // SAFETY: the block does not lie in the arena, so `A` gave it out.
            return unsafe { self.0.realloc(block, layout, new_size) };
        }
        let Ok(new) = Layout::from_size_align(new_size, layout.align()) else { return ptr::null_mut() };
        if let (Some(place), Some(block)) = (place, NonNull::new(block)) {
            // SAFETY: the block lies in the arena, so `heap` gave it out; `new` has its alignment.
            if let Some(resized) = without_unwinding(|| unsafe { heap::resize(block, place, new) }) {
                return resized;
            }
        }
        // From one to the other: what is inside stays inside, and what an operation left behind moves out with its owner.
        // SAFETY: the size is not zero (the caller's promise).
        let moved = unsafe { self.alloc(new) };
        if !moved.is_null() {
            let len = layout.size().min(new_size);
            // SAFETY: both blocks are live, at least `len` bytes long, and different.
            unsafe { moved.copy_from_nonoverlapping(block, len) };
            // SAFETY: the caller gives the old block up.
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }
}

#[cfg(all(test, target_os = "linux", not(miri)))]
mod tests {
    use super::without_unwinding;
    use strongroom_testkit::{libc, victim};

    #[test]
    fn a_panic_in_the_allocator_ends_the_process() {
        assert_eq!(without_unwinding(|| 7), 7);
        victim!()
            .run(|| {
                let _ = std::panic::catch_unwind(|| without_unwinding(|| panic!("in the allocator")));
            })
            .assert_signal(libc::SIGABRT);
    }
}
