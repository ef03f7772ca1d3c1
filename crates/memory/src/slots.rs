//! Many small long-lived secrets in few pages.
//!
//! A [`Pool`] hands out slots of a few fixed sizes. It maps [chunks](units) and cuts each unit of 4 KiB into slots of
//! one size when it is wanted. So no key and no operation maps, unmaps or protects memory by itself, and what secrets
//! of one size give back serves those of any other. A slot is erased when it is freed; a unit goes back with its last
//! slot.
//!
//! Taking and freeing a slot holds a lock of that size for some 20 ns (longer when a chunk is made); using what is in a
//! slot takes no lock.

mod cut;
mod units;

use crate::error::MemoryError;
use crate::fork::Epoch;
#[cfg(unix)]
use crate::mapping::Mapping;
use crate::mapping::erase;
use crate::protection::Protection;
#[cfg(unix)]
use crate::signal_memory::SignalMemory;
use crate::spare::Spare;
use cut::Cut;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use units::{UNIT, Units};

/// The sizes of slots, in bytes: small secrets; raw private keys; one prepared AES-256-CBC-HMAC key (640); larger keys;
/// passwords. Multiples of [`SLOT_ALIGN`].
pub(crate) const CLASSES: [usize; 6] = [64, 256, 640, 1024, 2048, LARGEST];

/// Every slot starts at a multiple of this many bytes.
pub(crate) const SLOT_ALIGN: usize = 64;

/// The largest secret a slot takes, in bytes.
pub(crate) const LARGEST: usize = UNIT;

/// The slots of one store.
///
/// # Invariants
/// 1. A unit is given back only when none of its slots is taken, or with the pool; every [`Slot`] keeps the pool alive.
/// 2. A slot is handed out to one owner at a time: its bit is cleared under the lock of its class before that, and set
///    there after the owner is gone.
/// 3. A slot that is not taken is zero.
#[derive(Debug)]
pub(crate) struct Pool {
    epoch: Epoch,
    taken: AtomicUsize,
    spare: Spare,
    units: Units,
    classes: [Mutex<Class>; CLASSES.len()],
    /// Of the operations on what is here.
    #[cfg(unix)]
    signals: SignalMemory,
}

/// The units that are cut into slots of one size.
#[derive(Debug, Default)]
struct Class {
    /// By number; a gap is a number to use again.
    cuts: Vec<Option<Cut>>,
    gaps: Vec<usize>,
    /// The numbers of those with a free slot.
    with_room: Vec<usize>,
}

impl Pool {
    /// A pool of exactly the level `kind` that maps at most `bound` bytes. Maps nothing yet.
    pub(crate) fn new(kind: Protection, bound: usize) -> Self {
        Self {
            epoch: Epoch::current(),
            taken: AtomicUsize::new(0),
            spare: Spare::kept(),
            units: Units::new(kind, bound),
            classes: std::array::from_fn(|_| Mutex::default()),
            #[cfg(unix)]
            signals: SignalMemory::default(),
        }
    }

    /// Up to `most` signal stacks of this level for threads that work on what is here, of `room` bytes at most.
    #[cfg(unix)]
    pub(crate) fn take_signals(&self, kind: Protection, room: usize, most: usize) -> Vec<Mapping> {
        self.signals.take(kind, room, most)
    }

    /// Keeps signal stacks that no thread has set, if spare memory is kept: asked afterwards, as with units.
    #[cfg(unix)]
    pub(crate) fn put_back_signals(&self, stacks: Vec<Mapping>) {
        self.signals.put_back(stacks);
        if !self.spare.is_kept() {
            self.signals.trim();
        }
    }

    /// Gives idle signal stacks back to the system; returns whether there were any.
    pub(crate) fn trim_signals(&self) -> bool {
        #[cfg(unix)]
        return self.signals.trim();
        #[cfg(not(unix))]
        false
    }

    pub(crate) fn kind(&self) -> Protection {
        self.units.kind()
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn bound(&self) -> usize {
        self.units.bound()
    }

    /// Whether an empty chunk, and the stacks of operations on what is stored here, are kept.
    #[inline]
    pub(crate) fn spare(&self) -> &Spare {
        &self.spare
    }

    /// Bytes mapped now, guards not counted.
    pub(crate) fn mapped(&self) -> usize {
        self.units.mapped()
    }

    /// Slots taken now.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// A free, zeroed slot of at least `len` bytes.
    pub(crate) fn take(self: &Arc<Self>, len: usize) -> Result<Slot, MemoryError> {
        if !self.epoch.is_current() {
            return Err(MemoryError::ForkedChild);
        }
        let class = ClassId::of(len).ok_or(MemoryError::TooLarge { asked: len, most: LARGEST })?;
        let (cut, index, at) = self.place(class)?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Ok(Slot { pool: Arc::clone(self), at, class, cut, index })
    }

    fn place(&self, class: ClassId) -> Result<(usize, u32, NonNull<u8>), MemoryError> {
        let mut state = self.lock(class);
        loop {
            if let Some((number, (index, at))) = state.take() {
                return Ok((number, index, at));
            }
            // Signal stacks that no thread has set may take up what is missing.
            let unit = self.units.take().or_else(|e| if self.trim_signals() { self.units.take() } else { Err(e) })?;
            state.add(Cut::new(unit, class.size()));
        }
    }

    #[expect(clippy::indexing_slicing, reason = "a class is a place among those of the sizes (ClassId 1)")]
    fn lock(&self, class: ClassId) -> MutexGuard<'_, Class> {
        // No code under this lock panics half-way through a change.
        self.classes[class.0].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the spare chunk back.
    pub(crate) fn trim(&self) {
        if self.epoch.is_current() {
            self.units.trim();
            self.trim_signals();
        }
    }

    /// Takes a slot back that was erased.
    fn put_back(&self, class: ClassId, number: usize, index: u32) {
        let mut state = self.lock(class);
        self.taken.fetch_sub(1, Ordering::Relaxed);
        let emptied = state.put_back(number, index);
        if let Some(cut) = emptied {
            self.units.put_back(cut.into_unit(), &self.spare);
        }
    }
}

impl Class {
    /// The unit of a number that is listed, or that a slot holds. That there is one is what slots rest on ([`Pool`] 1):
    /// a list that forgot a unit would hand it out twice.
    #[expect(
        clippy::expect_used,
        reason = "a unit is given back only when it is not listed and none of its slots is out"
    )]
    fn cut(&mut self, number: usize) -> &mut Cut {
        self.cuts.get_mut(number).and_then(Option::as_mut).expect("the unit of a slot is there")
    }

    /// A free slot: the number of its unit, its index and its first byte.
    fn take(&mut self) -> Option<(usize, (u32, NonNull<u8>))> {
        let number = *self.with_room.last()?;
        let cut = self.cut(number);
        let slot = cut.take();
        if cut.is_full() {
            cut.listed = None;
            self.with_room.pop();
        }
        slot.map(|slot| (number, slot))
    }

    fn add(&mut self, cut: Cut) {
        let number = self.gaps.pop().unwrap_or(self.cuts.len());
        match self.cuts.get_mut(number) {
            Some(gap) => *gap = Some(cut),
            None => self.cuts.push(Some(cut)),
        }
        self.list(number);
    }

    /// Takes a slot back; returns its unit if that was the last one.
    fn put_back(&mut self, number: usize, index: u32) -> Option<Cut> {
        let cut = self.cut(number);
        cut.put_back(index);
        let is_empty = cut.is_empty();
        if cut.listed.is_none() {
            self.list(number);
        }
        if !is_empty {
            return None;
        }
        self.delist(number);
        self.gaps.push(number);
        self.cuts.get_mut(number)?.take()
    }

    fn list(&mut self, number: usize) {
        self.cut(number).listed = Some(self.with_room.len());
        self.with_room.push(number);
    }

    fn delist(&mut self, number: usize) {
        let Some(at) = self.cut(number).listed.take() else { return };
        self.with_room.swap_remove(at);
        // The last one has moved to its place.
        if let Some(&moved) = self.with_room.get(at) {
            self.cut(moved).listed = Some(at);
        }
    }
}

/// A size of slots.
///
/// # Invariants
/// 1. The number is that of a place in [`CLASSES`].
#[derive(Clone, Copy, Debug)]
struct ClassId(usize);

impl ClassId {
    /// The smallest class that takes `len` bytes.
    fn of(len: usize) -> Option<Self> {
        CLASSES.iter().position(|&size| len <= size).map(Self)
    }

    /// Bytes of its slots.
    #[expect(clippy::indexing_slicing, reason = "the number is that of a place (invariant 1)")]
    fn size(self) -> usize {
        CLASSES[self.0]
    }
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
    class: ClassId,
    cut: usize,
    index: u32,
}

// SAFETY: the value is the one owner of its slot (invariant 1); its address means the same on every thread, and the
// pool is Sync (its classes are behind locks).
unsafe impl Send for Slot {}
// SAFETY: `&Slot` only gives out the address; what is done there is the business of the types above.
unsafe impl Sync for Slot {}

impl Slot {
    pub(crate) fn at(&self) -> NonNull<u8> {
        self.at
    }

    /// Bytes of the slot.
    pub(crate) fn size(&self) -> usize {
        self.class.size()
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
        self.pool.put_back(self.class, self.cut, self.index);
    }
}

#[cfg(test)]
mod tests;
