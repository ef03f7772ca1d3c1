//! Many small long-lived secrets in few pages.
//!
//! A [`Pool`] hands out slots of a few fixed sizes. Slots of one size share chunks: mappings that start at one page and
//! double up to 256 KiB, every page touched beforehand. So no key and no operation maps, unmaps or protects memory by
//! itself. A slot is erased when it is freed; a chunk whose last slot was freed is given back, except that each size
//! keeps its largest empty one, so that a program which makes and drops so many keys over and over maps nothing anew.
//!
//! Taking and freeing a slot holds a lock of that size for some 20 ns (longer when a chunk is made); using what lies in
//! a slot takes no lock.

mod chunk;

use crate::error::MemoryError;
use crate::fork::Epoch;
use crate::mapping::{Mapping, erase};
use crate::protection::Protection;
use crate::sys;
use chunk::Chunk;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sizes of slots, in bytes: small secrets; raw private keys; one prepared AES-256-CBC-HMAC key (640); larger keys;
/// passwords. Multiples of [`SLOT_ALIGN`].
pub(crate) const CLASSES: [usize; 6] = [64, 256, 640, 1024, 2048, LARGEST];

/// Every slot starts at a multiple of this many bytes.
pub(crate) const SLOT_ALIGN: usize = 64;

/// The largest secret a slot takes, in bytes.
pub(crate) const LARGEST: usize = 4096;

/// The largest chunk, in bytes.
const CHUNK_MAX: usize = 256 * 1024;

/// The slots of one store.
///
/// # Invariants
/// 1. A chunk is dropped only when none of its slots is taken, or with the pool; every [`Slot`] keeps the pool alive.
/// 2. A slot is handed out to one owner at a time: its bit is set under the lock of its class before that, and cleared
///    there after the owner is gone.
/// 3. A slot that is not taken is zero.
#[derive(Debug)]
pub(crate) struct Pool {
    kind: Protection,
    epoch: Epoch,
    /// The most bytes this pool maps.
    bound: usize,
    mapped: AtomicUsize,
    taken: AtomicUsize,
    classes: [Mutex<Class>; CLASSES.len()],
}

#[derive(Debug, Default)]
struct Class {
    /// Chunks by number; a gap is a number to use again.
    chunks: Vec<Option<Chunk>>,
    /// The numbers of chunks with a free slot.
    with_room: Vec<usize>,
    /// The bytes to ask for next.
    next_len: usize,
}

impl Pool {
    /// A pool of exactly the level `kind` that maps at most `bound` bytes. Maps nothing yet.
    pub(crate) fn new(kind: Protection, bound: usize) -> Self {
        Self {
            kind,
            epoch: Epoch::current(),
            bound,
            mapped: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            classes: std::array::from_fn(|_| Mutex::default()),
        }
    }

    pub(crate) fn kind(&self) -> Protection {
        self.kind
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn bound(&self) -> usize {
        self.bound
    }

    /// Bytes mapped now, guards not counted.
    pub(crate) fn mapped(&self) -> usize {
        self.mapped.load(Ordering::Relaxed)
    }

    /// Slots taken now.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// A free, zeroed slot of at least `len` bytes.
    pub(crate) fn take(self: &Arc<Self>, len: usize) -> Result<Slot, MemoryError> {
        let class = class_of(len).ok_or(MemoryError::TooLarge { asked: len, most: LARGEST })?;
        let (chunk, index, at) = self.place(class)?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Ok(Slot { pool: Arc::clone(self), at, class, chunk, index })
    }

    fn place(&self, class: usize) -> Result<(usize, usize, NonNull<u8>), MemoryError> {
        if !self.epoch.is_current() {
            return Err(MemoryError::ForkedChild);
        }
        let mut state = self.lock(class)?;
        let mut trimmed = false;
        loop {
            let Some(&number) = state.with_room.last() else {
                match self.grow(class, &mut state) {
                    Ok(()) => {}
                    // Another size may keep an empty chunk. Its lock is taken with none held.
                    Err(_) if !trimmed => {
                        drop(state);
                        self.trim();
                        trimmed = true;
                        state = self.lock(class)?;
                    }
                    Err(error) => return Err(error),
                }
                continue;
            };
            let Some(chunk) = state.chunks.get_mut(number).and_then(Option::as_mut) else {
                state.with_room.pop();
                continue;
            };
            match chunk.take() {
                Some((index, at)) => {
                    if chunk.is_full() {
                        state.with_room.pop();
                    }
                    return Ok((number, index, at));
                }
                None => {
                    state.with_room.pop();
                }
            }
        }
    }

    fn lock(&self, class: usize) -> Result<MutexGuard<'_, Class>, MemoryError> {
        let class = self.classes.get(class).ok_or(MemoryError::TooLarge { asked: 0, most: LARGEST })?;
        // No code under this lock panics half-way through a change.
        Ok(class.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds a chunk, of half the size again and again where the system or the bound has no room for more.
    fn grow(&self, class: usize, state: &mut Class) -> Result<(), MemoryError> {
        let slot = CLASSES.get(class).copied().unwrap_or(LARGEST);
        let page = sys::page_size();
        let mut len = state.next_len.clamp(page, CHUNK_MAX.max(page));
        loop {
            match self.map(len) {
                Ok(mapping) => {
                    let chunk = Chunk::new(mapping, slot);
                    state.next_len = len.saturating_mul(2);
                    let number = match state.chunks.iter().position(Option::is_none) {
                        Some(gap) => gap,
                        None => {
                            state.chunks.push(None);
                            state.chunks.len() - 1
                        }
                    };
                    if let Some(gap) = state.chunks.get_mut(number) {
                        *gap = Some(chunk);
                        state.with_room.push(number);
                    }
                    return Ok(());
                }
                Err(_) if len > page => len = (len / 2).next_multiple_of(page),
                Err(error) => return Err(error),
            }
        }
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

    /// Gives the spare empty chunks back.
    pub(crate) fn trim(&self) {
        if !self.epoch.is_current() {
            return;
        }
        for class in 0..CLASSES.len() {
            if let Ok(mut state) = self.lock(class) {
                let empty: Vec<usize> = state.empty_chunks().collect();
                for number in empty {
                    self.release(&mut state, number);
                }
                state.next_len = 0;
            }
        }
    }

    fn release(&self, state: &mut Class, number: usize) {
        if let Some(chunk) = state.chunks.get_mut(number).and_then(Option::take) {
            state.with_room.retain(|&other| other != number);
            self.mapped.fetch_sub(chunk.len(), Ordering::Relaxed);
        }
    }

    /// Takes a slot back that was erased.
    fn put_back(&self, class: usize, number: usize, index: usize) {
        let Ok(mut state) = self.lock(class) else { return };
        let Some(chunk) = state.chunks.get_mut(number).and_then(Option::as_mut) else { return };
        let was_full = chunk.is_full();
        chunk.put_back(index);
        let is_empty = chunk.is_empty();
        self.taken.fetch_sub(1, Ordering::Relaxed);
        if was_full {
            state.with_room.push(number);
        }
        if is_empty && state.empty_chunks().nth(1).is_some() {
            let len = |number: &usize| state.chunks.get(*number).and_then(Option::as_ref).map(Chunk::len);
            if let Some(smallest) = state.empty_chunks().min_by_key(len) {
                self.release(&mut state, smallest);
            }
        }
    }
}

impl Class {
    fn empty_chunks(&self) -> impl Iterator<Item = usize> + '_ {
        let empty =
            |(number, chunk): (usize, &Option<Chunk>)| chunk.as_ref().is_some_and(Chunk::is_empty).then_some(number);
        self.chunks.iter().enumerate().filter_map(empty)
    }
}

/// The smallest class that takes `len` bytes.
fn class_of(len: usize) -> Option<usize> {
    CLASSES.iter().position(|&size| len <= size)
}

/// One slot, owned; erased and taken back on drop.
///
/// # Invariants
/// 1. In the process of the pool, `at` to `at + size()` is mapped, readable and writable while the value lives
///    ([`Pool`] 1, `Mapping` 1), and nobody else knows it ([`Pool`] 2).
/// 2. `at` is a multiple of [`SLOT_ALIGN`].
/// 3. In any other process nothing behind `at` is touched.
#[derive(Debug)]
pub(crate) struct Slot {
    pool: Arc<Pool>,
    at: NonNull<u8>,
    class: usize,
    chunk: usize,
    index: usize,
}

// SAFETY: the value is the one owner of its slot (invariant 1); its address means the same on every thread, and the pool
// is Sync (its classes are behind locks).
unsafe impl Send for Slot {}
// SAFETY: `&Slot` only gives out the address; what is done there is the business of the types above.
unsafe impl Sync for Slot {}

impl Slot {
    pub(crate) fn at(&self) -> NonNull<u8> {
        self.at
    }

    /// Bytes of the slot.
    pub(crate) fn size(&self) -> usize {
        CLASSES.get(self.class).copied().unwrap_or(0)
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Whether this is the process that made the slot.
    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        self.pool.epoch.is_current()
    }

    /// Ends the process if the slot is not of `epoch`, the running process. A forked child gets here only when its
    /// operation reaches a secret of the parent through a static; there is nothing behind the address, or something
    /// else.
    #[inline]
    pub(crate) fn must_be_of(&self, epoch: Epoch) {
        if self.pool.epoch != epoch {
            std::process::abort();
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if !self.is_here() {
            return;
        }
        // SAFETY: by invariant 1 the slot is writable and ours alone.
        unsafe { erase(self.at, self.size()) };
        self.pool.put_back(self.class, self.chunk, self.index);
    }
}

#[cfg(test)]
mod tests;
