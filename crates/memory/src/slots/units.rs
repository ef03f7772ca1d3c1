//! Units of 4 KiB, cut from few mappings.
//!
//! A chunk is a mapping of one page at first; each further one is twice as long, up to 256 KiB or a thirty-second of
//! the limit on locked memory. (One unit in use keeps its chunk mapped, and under a tight limit a stack may need what
//! the chunk takes.) Where the system refuses, half is asked for, down to a page. A chunk whose units are all free is
//! given back, but the largest such one is kept while [spare](crate::spare) memory is.

use crate::error::MemoryError;
use crate::mapping::Mapping;
use crate::protection::Protection;
use crate::spare::Spare;
use crate::sys;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of a unit: the largest slot, and no more than a page.
pub(super) const UNIT: usize = 4096;

/// The largest chunk, in bytes: a bit for each of its units fits a word.
pub(super) const CHUNK_MAX: usize = 64 * UNIT;

/// The chunks of one pool.
///
/// # Invariants
/// 1. A chunk is dropped only while none of its units is out, or with this value.
/// 2. A unit is out for one owner at a time: its bit is cleared under the lock before, and set there after its owner
///    has given it back.
/// 3. A unit that is not out is zero.
#[derive(Debug)]
pub(super) struct Units {
    kind: Protection,
    /// The most bytes that are mapped.
    bound: usize,
    /// The most bytes of a chunk.
    longest: usize,
    mapped: AtomicUsize,
    chunks: Mutex<Chunks>,
}

#[derive(Debug, Default)]
struct Chunks {
    /// By number; a gap is a number to use again.
    all: Vec<Option<Chunk>>,
    /// The bytes to ask for next.
    next_len: usize,
}

#[derive(Debug)]
struct Chunk {
    mapping: Mapping,
    /// A bit for each free unit.
    free: u64,
}

impl Chunk {
    fn new(mapping: Mapping) -> Self {
        let free = all_bits(mapping.len() / UNIT);
        Self { mapping, free }
    }

    fn is_empty(&self) -> bool {
        self.free == all_bits(self.mapping.len() / UNIT)
    }

    /// The first free unit: its index and its first byte.
    fn take(&mut self) -> Option<(u32, NonNull<u8>)> {
        let index = self.free.trailing_zeros();
        if index == u64::BITS {
            return None;
        }
        self.free &= !(1 << index);
        // SAFETY: a set bit is a unit of the mapping, so the address is in it (Mapping 1).
        let at = unsafe { self.mapping.data().add(index as usize * UNIT) };
        Some((index, at))
    }
}

/// So many bits, from the lowest on; all of a word for 64 and more.
fn all_bits(count: usize) -> u64 {
    u32::try_from(count).ok().and_then(|count| 1u64.checked_shl(count)).map_or(u64::MAX, |above| above - 1)
}

/// A unit that is out.
#[derive(Debug)]
pub(super) struct Unit {
    /// Its first byte, a multiple of [`UNIT`] from the start of a page.
    pub(super) at: NonNull<u8>,
    chunk: usize,
    index: u32,
}

// SAFETY: the value is the one owner of its unit (Units 2), whose address means the same on every thread.
unsafe impl Send for Unit {}

impl Units {
    /// None yet, of exactly the level `kind`; they will take at most `bound` bytes.
    pub(super) fn new(kind: Protection, bound: usize) -> Self {
        let share = sys::soft_lock_limit().and_then(|limit| usize::try_from(limit / 32).ok()).unwrap_or(CHUNK_MAX);
        let longest = share.clamp(1, CHUNK_MAX).next_multiple_of(sys::page_size());
        Self { kind, bound, longest, mapped: AtomicUsize::new(0), chunks: Mutex::default() }
    }

    pub(super) fn kind(&self) -> Protection {
        self.kind
    }

    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    /// Bytes mapped now, guards not counted.
    pub(super) fn mapped(&self) -> usize {
        self.mapped.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Chunks> {
        // No code under this lock panics half-way through a change.
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A free, zeroed unit.
    pub(super) fn take(&self) -> Result<Unit, MemoryError> {
        let mut chunks = self.lock();
        loop {
            let with_number = |(chunk, place): (usize, &mut Option<Chunk>)| {
                place.as_mut()?.take().map(|(index, at)| Unit { at, chunk, index })
            };
            // From the front, so that chunks at the back become empty.
            if let Some(unit) = chunks.all.iter_mut().enumerate().find_map(with_number) {
                return Ok(unit);
            }
            self.grow(&mut chunks)?;
        }
    }

    /// Adds a chunk, of half the size again and again where the system or the bound has no room for more.
    fn grow(&self, chunks: &mut Chunks) -> Result<(), MemoryError> {
        let page = sys::page_size();
        let mut len = chunks.next_len.clamp(page, self.longest);
        let mapping = loop {
            match self.map(len) {
                Ok(mapping) => break mapping,
                Err(_) if len > page => len = (len / 2).next_multiple_of(page),
                Err(error) => return Err(error),
            }
        };
        chunks.next_len = len.saturating_mul(2);
        let chunk = Some(Chunk::new(mapping));
        match chunks.all.iter_mut().find(|place| place.is_none()) {
            Some(gap) => *gap = chunk,
            None => chunks.all.push(chunk),
        }
        Ok(())
    }

    fn map(&self, len: usize) -> Result<Mapping, MemoryError> {
        let within = |mapped: usize| mapped.checked_add(len).filter(|&sum| sum <= self.bound);
        if self.mapped.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_err() {
            return Err(MemoryError::Bound { bytes: self.bound });
        }
        Mapping::new(self.kind, len).map_err(|refusal| {
            self.mapped.fetch_sub(len, Ordering::Relaxed);
            MemoryError::Refused(refusal)
        })
    }

    /// Takes a unit back, which is zero again. Returns empty chunks to the system: all but the largest while spare
    /// memory is kept, else all.
    pub(super) fn put_back(&self, unit: Unit, spare: &Spare) {
        let mut chunks = self.lock();
        #[expect(clippy::expect_used, reason = "a chunk is dropped only while none of its units is out (invariant 1)")]
        let chunk = chunks.all.get_mut(unit.chunk).and_then(Option::as_mut).expect("the chunk of a unit is there");
        chunk.free |= 1 << unit.index;
        if chunk.is_empty() {
            // Asked under the lock: the last one that keeps spare memory comes for what is free after it has said so.
            self.release_empty(&mut chunks, spare.is_kept());
        }
    }

    /// Returns all empty chunks to the system.
    pub(super) fn trim(&self) {
        self.release_empty(&mut self.lock(), false);
    }

    fn release_empty(&self, chunks: &mut Chunks, keep_largest: bool) {
        let len_if_empty =
            |place: &Option<Chunk>| place.as_ref().filter(|chunk| chunk.is_empty()).map(|chunk| chunk.mapping.len());
        let empty = chunks.all.iter().enumerate().filter_map(|(number, place)| Some((len_if_empty(place)?, number)));
        let kept = empty.max().filter(|_| keep_largest).map(|(_, number)| number);
        for (number, place) in chunks.all.iter_mut().enumerate() {
            if let Some(len) = len_if_empty(place).filter(|_| Some(number) != kept) {
                *place = None;
                self.mapped.fetch_sub(len, Ordering::Relaxed);
            }
        }
        if !keep_largest {
            chunks.next_len = 0;
        }
    }
}
