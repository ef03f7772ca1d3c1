//! What `SecretAlloc` costs outside of operations: `cargo bench -p strongroom-memory --bench alloc`.

use divan::{Bencher, black_box};
use std::alloc::{GlobalAlloc, Layout, System};
use strongroom_memory::process::SecretAlloc;
use strongroom_memory::{Policy, Room, SecretMemory};

/// Installed, so that the arena is there as in a program that uses it.
#[global_allocator]
static ALLOCATOR: SecretAlloc = SecretAlloc::new();

fn main() {
    if let Ok(memory) = SecretMemory::open(Policy::best_available()) {
        let memory = memory.reserving(Room { heap: 4096, ..Room::LARGE });
        let _ = memory.scope(|_, ()| black_box(vec![1u8; 100]).len(), ());
    }
    divan::main();
}

fn take_and_free(allocator: &impl GlobalAlloc, bytes: usize) {
    if let Ok(layout) = Layout::from_size_align(black_box(bytes), 8) {
        // SAFETY: the size is not zero.
        let block = unsafe { allocator.alloc(layout) };
        // SAFETY: the block was just allocated by this allocator with this layout.
        unsafe { allocator.dealloc(black_box(block), layout) };
    }
}

#[divan::bench(args = [16, 100, 5000])]
fn system(bencher: Bencher<'_, '_>, bytes: usize) {
    bencher.bench(|| take_and_free(&System, bytes));
}

#[divan::bench(args = [16, 100, 5000])]
fn secret_alloc(bencher: Bencher<'_, '_>, bytes: usize) {
    bencher.bench(|| take_and_free(&ALLOCATOR, bytes));
}
