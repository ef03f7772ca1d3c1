//! Where the heaps of all workspaces lie: one range of address space, so that a single comparison tells whether a block
//! is one of them. The allocator asks that question at every free.

use crate::fork::Epoch;
use crate::mapping::{Mapping, erase};
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::sys;
use std::alloc::Layout;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// Bytes from one place to the next: the largest heap and a guard page on either side.
const STRIDE: usize = 64 << 10;

/// Places in the arena. Its 16 MiB are address space without access: they count against no limit.
const PLACES: usize = 256;

/// The address of the arena; 0 before the first heap.
static BASE: AtomicUsize = AtomicUsize::new(0);
static TAKEN: [AtomicBool; PLACES] = [const { AtomicBool::new(false) }; PLACES];
/// Blocks of each place that were freed by a thread which does not run in it.
static FREED_ELSEWHERE: [AtomicU32; PLACES] = [const { AtomicU32::new(0) }; PLACES];

/// The reservation and the process that made it.
fn arena() -> Option<(NonNull<u8>, Epoch)> {
    static ARENA: OnceLock<Option<(Start, Epoch)>> = OnceLock::new();
    let arena = ARENA.get_or_init(|| {
        let start = sys::reserve_forever(PLACES * STRIDE)?;
        BASE.store(start.addr().get(), Ordering::Relaxed);
        Some((Start(start), Epoch::current()))
    });
    arena.as_ref().map(|(start, epoch)| (start.0, *epoch))
}

/// The first byte of the arena: a number that means the same on every thread.
struct Start(NonNull<u8>);
// SAFETY: it is only an address; what is done there is the business of `Place`.
unsafe impl Send for Start {}
// SAFETY: as above.
unsafe impl Sync for Start {}

/// The place that a block lies in; `None` for every block that is not of the arena.
#[inline]
pub(crate) fn place_of(block: NonNull<u8>) -> Option<usize> {
    let base = BASE.load(Ordering::Relaxed);
    let offset = block.addr().get().wrapping_sub(base);
    (offset < PLACES * STRIDE && base != 0).then_some(offset / STRIDE)
}

/// Memory for one heap.
///
/// # Invariants
/// 1. `number` is taken by this value alone, until it is given back.
#[derive(Debug)]
pub(crate) struct Place {
    number: usize,
    memory: ManuallyDrop<Mapping>,
}

impl Place {
    pub(crate) fn new(kind: Protection, len: usize) -> Result<Self, Refusal> {
        let (start, _) = arena().ok_or(Refusal::new(Call::Mmap, 0))?;
        let free = |(_, taken): &(usize, &AtomicBool)| !taken.swap(true, Ordering::Acquire);
        let (number, taken) = TAKEN.iter().enumerate().find(free).ok_or(Refusal::new(Call::Mmap, 0))?;
        // SAFETY: `number` is below PLACES, so the address lies in the reservation.
        let at = unsafe { start.add(number * STRIDE) };
        // SAFETY: the stride from `at` on is part of the reservation, which is never unmapped, and `number` is ours
        // (just taken); `len` and two guard pages fit in it, which `carve` checks.
        match unsafe { Mapping::carve(kind, at, len, STRIDE) } {
            Ok(memory) => Ok(Self { number, memory: ManuallyDrop::new(memory) }),
            Err(refusal) => {
                taken.store(false, Ordering::Release);
                Err(refusal)
            }
        }
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }

    pub(crate) fn data(&self) -> NonNull<u8> {
        self.memory.data()
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.len()
    }

    /// Blocks of it that were freed elsewhere.
    pub(crate) fn freed_elsewhere(&self) -> usize {
        FREED_ELSEWHERE.get(self.number).map_or(0, |count| count.load(Ordering::Acquire) as usize)
    }

    /// Zero again. No block of it is in use.
    pub(crate) fn wipe(&mut self) {
        // SAFETY: the range is ours (invariant 1; Mapping 1), and the caller says that nobody uses it.
        unsafe { erase(self.memory.data(), self.memory.len()) };
        if let Some(count) = FREED_ELSEWHERE.get(self.number) {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Gives the memory back to the system and the place to others. A place that is dropped instead stays mapped for
    /// ever: blocks in it may still be in use.
    pub(crate) fn give_back(mut self) {
        // SAFETY: the value ends here.
        unsafe { ManuallyDrop::drop(&mut self.memory) };
        if let Some(taken) = TAKEN.get(self.number) {
            taken.store(false, Ordering::Release);
        }
    }
}

/// Frees a block of a place that this thread does not run in: it was left there by an operation. Its bytes are erased;
/// the room is not used again.
///
/// # Safety
/// The block is live, was allocated in the arena with this layout, and nobody uses it any more.
pub(crate) unsafe fn free_elsewhere(block: NonNull<u8>, number: usize, layout: Layout) {
    match arena() {
        // A forked child has none of the memory.
        Some((_, epoch)) if epoch.is_current() => {}
        _ => return,
    }
    // SAFETY: the block is live (the caller), so its place is mapped: a place with live blocks is never given back.
    unsafe { erase(block, layout.size()) };
    if let Some(count) = FREED_ELSEWHERE.get(number) {
        count.fetch_add(1, Ordering::Release);
    }
}
