//! Where the heaps of all workspaces lie: one range of address space, so that a comparison tells whether a block is one of
//! them. The allocator asks that question at every free.

use crate::fork::Epoch;
use crate::mapping::{Mapping, erase};
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::sys;
use std::alloc::Layout;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

/// Bytes from one place to the next: the largest heap and a guard page on either side.
const STRIDE: usize = 64 << 10;

/// Places in the arena. Its 16 MiB are address space without access: they count against no limit.
const PLACES: usize = 256;

/// Processes in a row, each forked from the one before, that have an arena of their own. A deeper one has no secret heap.
const GENERATIONS: usize = 8;

/// The arenas of the processes that this one was forked from, the oldest first, and then its own. Null where there is none.
static ARENAS: [AtomicPtr<Arena>; GENERATIONS] = [const { AtomicPtr::new(ptr::null_mut()) }; GENERATIONS];

/// The first page of the range: who holds which place.
///
/// A forked child inherits this page and the parts without access, but the places in use are holes there, in which other
/// mappings may come to be. So a child makes an arena of its own, and touches nothing in the inherited one.
///
/// # Invariants
/// 1. A pointer in `ARENAS` is to a value that lies at the start of a range of `LEN` bytes, which is never unmapped.
/// 2. In the process of `epoch`, the range behind the first stride is reserved: without access where no [`Place`] is.
struct Arena {
    /// The first byte of the range.
    start: AtomicPtr<u8>,
    epoch: Epoch,
    taken: [AtomicBool; PLACES],
    /// Blocks of each place that were freed by a thread which does not run in it.
    freed_elsewhere: [AtomicU32; PLACES],
}

/// Bytes of an arena: a stride for its first page, then the places.
const LEN: usize = (PLACES + 1) * STRIDE;
const _: () = assert!(size_of::<Arena>() <= 4096);

impl Arena {
    /// The arena of this process and its generation; it is made when it is first wanted.
    ///
    /// Takes no lock: a child may be forked while another thread is here.
    fn of_this_process() -> Result<(usize, &'static Self), Refusal> {
        for (generation, known) in ARENAS.iter().enumerate() {
            let mut arena = known.load(Ordering::Acquire);
            if arena.is_null() {
                let made = Self::make()?;
                arena = match known.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => made,
                    // Another thread was quicker. Ours stays reserved, without access, for good.
                    Err(winner) => winner,
                };
            }
            // SAFETY: the pointer was in `ARENAS` or has just been put there (invariant 1).
            let arena = unsafe { &*arena };
            if arena.epoch.is_current() {
                return Ok((generation, arena));
            }
        }
        Err(Refusal::new(Call::Mmap, 0))
    }

    fn make() -> Result<*mut Self, Refusal> {
        let no_memory = Refusal::new(Call::Mmap, 0);
        let start = sys::reserve_forever(LEN, size_of::<Self>()).ok_or(no_memory)?.cast::<Self>();
        let arena = Self {
            start: AtomicPtr::new(start.as_ptr().cast()),
            epoch: Epoch::current(),
            taken: [const { AtomicBool::new(false) }; PLACES],
            freed_elsewhere: [const { AtomicU32::new(0) }; PLACES],
        };
        // SAFETY: the range begins with so many writable bytes on a page boundary, and nobody else knows it.
        unsafe { start.as_ptr().write(arena) };
        Ok(start.as_ptr())
    }

    /// The guard page before a place.
    fn place(&self, index: usize) -> Option<NonNull<u8>> {
        let start = NonNull::new(self.start.load(Ordering::Relaxed))?;
        // SAFETY: the result is in the range for each index below PLACES (invariant 1).
        (index < PLACES).then(|| unsafe { start.add((index + 1) * STRIDE) })
    }
}

/// The place that a block lies in, counted over all arenas; `None` for every block that lies in none.
#[inline]
pub(crate) fn place_of(block: NonNull<u8>) -> Option<usize> {
    for (generation, arena) in ARENAS.iter().enumerate() {
        let start = arena.load(Ordering::Relaxed);
        if start.is_null() {
            break;
        }
        // A block of ours was handed out by a thread that had seen the pointer.
        let offset = block.addr().get().wrapping_sub(start.addr());
        if offset < LEN {
            return Some(generation * PLACES + (offset / STRIDE).saturating_sub(1));
        }
    }
    None
}

/// Memory for one heap.
///
/// # Invariants
/// 1. `arena.taken[number % PLACES]` was turned to true by this value, and stays so until it is given back.
pub(crate) struct Place {
    arena: &'static Arena,
    /// Counted over all arenas.
    number: usize,
    memory: ManuallyDrop<Mapping>,
}

impl Place {
    pub(crate) fn new(kind: Protection, len: usize) -> Result<Self, Refusal> {
        let (generation, arena) = Arena::of_this_process()?;
        let free = |(_, taken): &(usize, &AtomicBool)| !taken.swap(true, Ordering::Acquire);
        let (index, taken) = arena.taken.iter().enumerate().find(free).ok_or(Refusal::new(Call::Mmap, 0))?;
        let at = arena.place(index).ok_or(Refusal::new(Call::Mmap, 0))?;
        // SAFETY: the stride from `at` on is part of the reservation, which is never unmapped (Arena 2, this is its
        // process), and `index` is ours (just taken); `len` and two guard pages fit in it, which `carve` checks.
        match unsafe { Mapping::carve(kind, at, len, STRIDE) } {
            Ok(memory) => Ok(Self { arena, number: generation * PLACES + index, memory: ManuallyDrop::new(memory) }),
            Err(failed) => {
                // What is not reserved again may be somebody else's: it stays taken for good.
                if failed.is_reserved {
                    taken.store(false, Ordering::Release);
                }
                Err(failed.refusal)
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
        freed_elsewhere(self.arena, self.number).load(Ordering::Acquire) as usize
    }

    /// Zero again.
    ///
    /// # Safety
    /// No block of it is in use, and nobody refers to its bytes.
    pub(crate) unsafe fn wipe(&mut self) {
        // SAFETY: the range is ours (invariant 1; Mapping 1), and nobody uses it (the caller's promise).
        unsafe { erase(self.memory.data(), self.memory.len()) };
        freed_elsewhere(self.arena, self.number).store(0, Ordering::Relaxed);
    }

    /// Gives the memory back to the system and the place to others. A place that is dropped instead stays mapped for
    /// ever: blocks in it may still be in use. In a forked child nothing is done.
    ///
    /// # Safety
    /// As of [`wipe`](Self::wipe).
    #[expect(clippy::indexing_slicing, reason = "a remainder of PLACES")]
    pub(crate) unsafe fn give_back(self) {
        let Self { arena, number, memory } = self;
        if ManuallyDrop::into_inner(memory).give_back() {
            arena.taken[number % PLACES].store(false, Ordering::Release);
        }
    }
}

#[expect(clippy::indexing_slicing, reason = "a remainder of PLACES")]
fn freed_elsewhere(arena: &Arena, number: usize) -> &AtomicU32 {
    &arena.freed_elsewhere[number % PLACES]
}

/// Frees a block of a place that this thread does not run in: it was left there by an operation. Its bytes are erased;
/// the room is not used again.
///
/// # Safety
/// The block is live, was allocated in the arena with this layout, and nobody uses it any more.
pub(crate) unsafe fn free_elsewhere(block: NonNull<u8>, number: usize, layout: Layout) {
    let arena = ARENAS.get(number / PLACES).map_or(ptr::null_mut(), |arena| arena.load(Ordering::Acquire));
    // SAFETY: a pointer in `ARENAS` is null or to a value that stays (Arena 1).
    let Some(arena) = (unsafe { arena.as_ref() }) else { return };
    if !arena.epoch.is_current() {
        // A forked child has none of the memory.
        return;
    }
    // SAFETY: the block is live (the caller), so its place is mapped: a place with live blocks is never given back.
    unsafe { erase(block, layout.size()) };
    freed_elsewhere(arena, number).fetch_add(1, Ordering::Release);
}

#[cfg(all(test, target_os = "linux", not(miri)))]
mod tests {
    use super::*;
    use strongroom_testkit::{filter, libc, victim};

    /// `mremap(2)` may have taken the reserved pages away before it failed.
    #[test]
    fn a_place_that_may_be_somebody_elses_is_never_handed_out_again() {
        victim!()
            .run(|| {
                let first = Place::new(Protection::Plain, 4096).unwrap();
                assert_eq!(first.number(), 0);
                // SAFETY: it never had a block.
                unsafe { first.give_back() };
                filter::deny_syscall(libc::SYS_mremap, libc::ENOMEM);
                match Place::new(Protection::Secret, 4096) {
                    Err(Refusal { call: Call::Mremap, errno: libc::ENOMEM }) => {
                        assert_eq!(Place::new(Protection::Plain, 4096).unwrap().number(), 1);
                    }
                    // Where there is no secret memory, nothing was moved.
                    Err(_) => assert_eq!(Place::new(Protection::Plain, 4096).unwrap().number(), 0),
                    Ok(_) => panic!("mremap is denied"),
                }
            })
            .assert_exit(0);
    }
}
