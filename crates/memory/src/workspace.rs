//! What one running operation has: a stack in memory of the demanded level, from a bounded pool.
//!
//! A workspace is taken on entry and given back on exit, wiped. Threads that find none free make another, up to the bound
//! or to what the limit on locked memory has room for, and then take turns. Between operations a workspace holds nothing.

mod run;
mod wipe;

#[cfg(unix)]
pub(crate) use run::is_in_guard;
pub(crate) use run::{is_nested, run};

use crate::error::EnterError;
use crate::evidence;
use crate::fork::Epoch;
use crate::heap::{self, Heap};
use crate::mapping::Mapping;
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::sys;
use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Bytes of a stack where there is room: twice what the deepest operation needs, and enough for a panic to be reported.
/// Builds without optimisation go deeper: the search for RSA primes 80 KiB.
const STACK: usize = if cfg!(debug_assertions) { 128 << 10 } else { 64 << 10 };

/// Bytes of a stack where the limit is tight.
const SMALL_STACK: usize = 32 << 10;

/// The most workspaces of one store: so many threads run operations at once, others wait their turn.
const MOST: usize = 32;

/// What an operation reserves on entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// Bytes of stack. So much is wiped on exit, so a small operation says a small number; an operation that goes deeper
    /// than it said is noticed and costs a wipe of the whole.
    pub stack: usize,
    /// Bytes of heap, 32 KiB at most; 0 for operations that allocate nothing, as all symmetric ones. More needs the
    /// program's [`SecretAlloc`](crate::process::SecretAlloc). A request that is not met is
    /// [`EnterError::NoHeap`]; an operation that allocates more than it asked for may end the process.
    pub heap: usize,
}

impl Room {
    /// For operations on fields with prepared keys: 2.8 KiB deep in release builds, 16 KiB in builds without
    /// optimisation.
    pub const FIELD: Self = Self { stack: if cfg!(debug_assertions) { 24 << 10 } else { 3072 }, heap: 0 };

    /// For operations with large temporaries: Argon2id goes 14 KiB deep in release builds, decryption of many blocks at
    /// once 9.
    pub const LARGE: Self = Self { stack: if cfg!(debug_assertions) { 28 << 10 } else { 20 << 10 }, heap: 0 };

    /// The same, and room for a value of type `T` that is made and moved.
    pub(crate) const fn making<T>(self) -> Self {
        Self { stack: self.stack + 3 * size_of::<T>(), ..self }
    }
}

/// A stack and a heap.
///
/// # Invariants
/// 1. Between leases every byte of both is zero.
struct Workspace {
    stack: Mapping,
    heap: UnsafeCell<Heap>,
}

impl Workspace {
    fn new(kind: Protection) -> Result<Self, Refusal> {
        let small = || Mapping::new(kind, SMALL_STACK);
        let stack = if is_tight() { small() } else { Mapping::new(kind, STACK).or_else(|_| small()) }?;
        Ok(Self { stack, heap: UnsafeCell::new(Heap::new(kind)) })
    }
}

/// Whether the limit on locked memory has no room for a large stack and then a heap and the keys.
pub(crate) fn is_tight() -> bool {
    #[cfg(unix)]
    {
        const ENOUGH: u64 = (STACK + heap::LEN) as u64;
        sys::memory_lock_limit().and_then(|limit| limit.soft).is_some_and(|soft| soft < ENOUGH)
    }
    #[cfg(not(unix))]
    false
}

/// A place for a workspace.
///
/// # Invariants
/// 1. Only who has turned `busy` from false to true touches `workspace`, until turning it back.
/// 2. `ready` tells whether there is one, for a look without the right to touch.
#[derive(Default)]
#[repr(align(128))]
struct Desk {
    busy: AtomicBool,
    ready: AtomicBool,
    workspace: UnsafeCell<Option<Workspace>>,
}

// SAFETY: the cell is touched by one thread at a time (invariant 1), and `Workspace` is Send.
unsafe impl Sync for Desk {}

impl Desk {
    #[inline]
    fn try_take(&self) -> bool {
        !self.busy.swap(true, Ordering::Acquire)
    }

    #[inline]
    fn give_back(&self) {
        self.busy.store(false, Ordering::Release);
    }
}

/// The workspaces of one store.
pub(crate) struct Workspaces {
    kind: Protection,
    epoch: Epoch,
    desks: [Desk; MOST],
    turn: Mutex<()>,
    freed: Condvar,
    waiting: AtomicUsize,
    deep: AtomicU64,
}

impl std::fmt::Debug for Workspaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspaces").field("kind", &self.kind).field("count", &self.count()).finish_non_exhaustive()
    }
}

impl Workspaces {
    /// Workspaces of exactly this level. One is made at once and looked at: opening fails where not one can be had, or
    /// where the stack cannot be switched.
    pub(crate) fn open(kind: Protection) -> Result<Self, Refusal> {
        if !crate::switch::AVAILABLE {
            return Err(Refusal::new(Call::Unsupported, 0));
        }
        let this = Self {
            kind,
            epoch: Epoch::current(),
            desks: std::array::from_fn(|_| Desk::default()),
            turn: Mutex::new(()),
            freed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            deep: AtomicU64::new(0),
        };
        let first = this.find()?;
        let stack = first.as_ref().and_then(Lease::workspace).map(|workspace| workspace.stack.data());
        evidence::of_level(kind, stack.ok_or(Refusal::unverified())?)?;
        drop(first);
        Ok(this)
    }

    pub(crate) fn kind(&self) -> Protection {
        self.kind
    }

    /// Workspaces made and not given back.
    pub(crate) fn count(&self) -> usize {
        self.desks.iter().filter(|desk| desk.ready.load(Ordering::Relaxed)).count()
    }

    /// Operations that went deeper than they had said.
    pub(crate) fn deep_exits(&self) -> u64 {
        self.deep.load(Ordering::Relaxed)
    }

    /// A workspace, when it is this thread's turn.
    #[inline]
    pub(crate) fn take(&self) -> Result<Lease<'_>, EnterError> {
        // The desk this thread had last.
        if let Some(desk) = self.desks.get(NEAR.get())
            && desk.ready.load(Ordering::Relaxed)
            && desk.try_take()
        {
            let lease = Lease { all: self, desk };
            // Between the look and the taking it may have been cleared (`trim`).
            if lease.workspace().is_some() {
                return Ok(lease);
            }
        }
        self.wait()
    }

    #[cold]
    fn wait(&self) -> Result<Lease<'_>, EnterError> {
        loop {
            match self.find() {
                Ok(Some(lease)) => return Ok(lease),
                Ok(None) => {}
                // The limit has no room for another: wait for one of those there are.
                Err(_) if self.count() > 0 => {}
                Err(refusal) => return Err(EnterError::NoWorkspace(refusal)),
            }
            self.waiting.fetch_add(1, Ordering::Relaxed);
            let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
            // A wake-up may be missed (giving back takes no lock), so the wait is short.
            drop(self.freed.wait_timeout(turn, Duration::from_micros(100)));
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// A free workspace, else a new one on a free desk; `None` if every desk is taken.
    fn find(&self) -> Result<Option<Lease<'_>>, Refusal> {
        for ready in [true, false] {
            for (number, desk) in self.desks.iter().enumerate() {
                if desk.ready.load(Ordering::Relaxed) != ready || !desk.try_take() {
                    continue;
                }
                let lease = Lease { all: self, desk };
                lease.furnish()?;
                NEAR.set(number);
                return Ok(Some(lease));
            }
        }
        Ok(None)
    }

    /// Gives idle workspaces back to the system.
    pub(crate) fn trim(&self) {
        if !self.epoch.is_current() {
            return;
        }
        for desk in &self.desks {
            if desk.try_take() {
                desk.ready.store(false, Ordering::Relaxed);
                // SAFETY: `busy` is ours (Desk 1).
                drop(unsafe { &mut *desk.workspace.get() }.take());
                desk.give_back();
            }
        }
    }
}

thread_local! {
    /// The desk this thread had last.
    static NEAR: Cell<usize> = const { Cell::new(0) };
}

/// A workspace while an operation has it.
///
/// # Invariants
/// 1. `desk.busy` is ours.
pub(crate) struct Lease<'w> {
    all: &'w Workspaces,
    desk: &'w Desk,
}

impl Lease<'_> {
    /// Sees to it that there is a workspace on the desk.
    fn furnish(&self) -> Result<(), Refusal> {
        // SAFETY: `busy` is ours (invariant 1; Desk 1).
        let place = unsafe { &mut *self.desk.workspace.get() };
        if place.is_none() {
            *place = Some(Workspace::new(self.all.kind)?);
            self.desk.ready.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    #[inline]
    fn workspace(&self) -> Option<&Workspace> {
        // SAFETY: `busy` is ours (invariant 1; Desk 1).
        unsafe { &*self.desk.workspace.get() }.as_ref()
    }
}

impl Drop for Lease<'_> {
    #[inline]
    fn drop(&mut self) {
        self.desk.give_back();
        if self.all.waiting.load(Ordering::Relaxed) > 0 {
            self.all.freed.notify_one();
        }
    }
}

/// Whether operations that need a heap have a secret one: the program has installed the allocator.
pub(crate) fn has_heap() -> bool {
    heap::is_installed()
}

/// The least bytes of locked memory that a store needs to protect keys in use: a small stack and a page of slots.
pub(crate) fn floor() -> usize {
    SMALL_STACK + sys::page_size()
}

#[cfg(all(test, target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;

    #[test]
    fn a_desk_that_was_cleared_since_the_look_is_furnished_again() {
        let all = Workspaces::open(Protection::Plain).unwrap();
        drop(all.take().unwrap());
        all.trim();
        // As a thread finds it that looked before it was cleared and takes it afterwards.
        all.desks[0].ready.store(true, Ordering::Relaxed);
        NEAR.set(0);
        assert!(all.take().unwrap().workspace().is_some());
        assert_eq!(all.count(), 1);
    }
}
