//! What one running operation has: a stack in memory of the demanded level, from a bounded pool.
//!
//! A workspace is taken on entry and given back on exit, wiped. Threads that find none free make another, up to the
//! bound or to what the limit on locked memory has room for, and then take turns. Between operations a workspace holds
//! nothing; it is given back to the system if no [spare](crate::spare) memory is kept.
//!
//! An operation that asks for more stack than others gets a large one, of which there are few: they are made when the
//! first such operation comes, and kept only where the limit is generous.

mod panics;
mod room;
mod run;
mod stack;
mod wipe;

pub use room::StackBudget;
#[cfg(target_os = "linux")]
pub(crate) use run::is_in_guard;
pub(crate) use run::{is_inside, is_nested, is_on_small_stack, run};
pub(crate) use stack::floor;
#[cfg(unix)]
pub(crate) use stack::is_tight;

use stack::{Capacity, SLOTS, STACK, Size, Workspace, is_scarce};

use crate::error::{EnterError, MemoryError};
use crate::evidence;
use crate::fork::Epoch;
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::slots::{LARGEST, Pool};
use std::cell::{Cell, UnsafeCell};
use std::panic::RefUnwindSafe;
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The most workspaces of one store: so many threads run operations at once, others wait their turn.
const MOST: usize = 32;

/// The most workspaces of one store with a large stack, beside the others.
const MOST_LARGE: usize = 4;

/// A place for a workspace.
///
/// # Invariants
/// 1. Only who has turned `busy` from false to true touches `workspace`, until turning it back.
/// 2. `ready` tells whether there is one, for a look without the right to touch.
#[repr(align(128))]
struct Desk {
    /// Of the workspace.
    size: Size,
    busy: AtomicBool,
    ready: AtomicBool,
    workspace: UnsafeCell<Option<Workspace>>,
}

// SAFETY: the cell is touched by one thread at a time (invariant 1), and `Workspace` is Send (asserted below).
unsafe impl Sync for Desk {}
const _: () = {
    const fn sent<T: Send>() {}
    sent::<Workspace>();
};

// What panics in an operation is caught there, and the workspace is wiped like any other. So nothing that a panic
// leaves behind is seen here.
impl RefUnwindSafe for Desk {}

impl Desk {
    fn of(size: Size) -> Self {
        Self { size, busy: AtomicBool::new(false), ready: AtomicBool::new(false), workspace: UnsafeCell::new(None) }
    }

    #[inline]
    fn try_take(&self) -> bool {
        !self.busy.swap(true, Ordering::SeqCst)
    }

    #[inline]
    fn give_back(&self) {
        self.busy.store(false, Ordering::SeqCst);
    }

    /// Gives the workspace back to the system. It is told after it is done: who was refused memory meanwhile waits.
    ///
    /// # Safety
    /// `busy` is the caller's.
    unsafe fn clear(&self) {
        // SAFETY: `busy` is the caller's (invariant 1).
        drop(unsafe { &mut *self.workspace.get() }.take());
        self.ready.store(false, Ordering::Release);
    }
}

/// The workspaces of one store.
pub(crate) struct Workspaces {
    kind: Protection,
    epoch: Epoch,
    /// On the heap, as what follows: by value they would pass 300 KiB over the stack that opens a store.
    desks: Box<[Desk]>,
    capacity: Capacity,
    pool: Arc<Pool>,
    /// For operations that need a large stack.
    large: Box<[Desk]>,
    /// Held while a large stack is made: who is refused one meanwhile would not see that there is one to wait for.
    making: Mutex<()>,
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
    /// where the stack cannot be switched. `pool` holds the secrets that they work on; `is_short` tells whether the
    /// system has refused memory for them before.
    pub(crate) fn open(kind: Protection, pool: Arc<Pool>, is_short: bool) -> Result<Self, Refusal> {
        if !crate::switch::AVAILABLE {
            return Err(Refusal::new(Call::Unsupported, 0));
        }
        let (first, capacity) = Capacity::find(kind)?;
        evidence::of_level(kind, first.stack.data())?;
        has_slots(&pool, is_short || capacity.is_small())?;
        let this = Self {
            kind,
            capacity,
            epoch: Epoch::current(),
            desks: (0..MOST).map(|_| Desk::of(Size::Usual)).collect(),
            pool,
            large: (0..MOST_LARGE).map(|_| Desk::of(Size::Large)).collect(),
            making: Mutex::new(()),
            turn: Mutex::new(()),
            freed: Condvar::new(),
            waiting: AtomicUsize::new(0),
            deep: AtomicU64::new(0),
        };
        this.put_first(first);
        Ok(this)
    }

    fn put_first(&self, workspace: Workspace) {
        if let Some(desk) = self.desks.first().filter(|desk| desk.try_take()) {
            let lease = Lease { all: self, desk };
            lease.put(workspace);
        }
    }

    /// Whether an operation that reserves so much ever has room here.
    ///
    /// # Errors
    /// [`EnterError::NoRoom`]: what it needs, and what there can be. [`EnterError::Allocates`].
    #[inline]
    pub(crate) fn check(&self, room: StackBudget) -> Result<(), EnterError> {
        self.capacity.check(room)
    }

    pub(crate) fn kind(&self) -> Protection {
        self.kind
    }

    /// Has panics in operations reported in one line if the stacks are too small for more; `is_here` tells whether the
    /// calling thread is on such a stack.
    pub(crate) fn shorten_reports(&self, is_here: fn() -> bool) {
        if self.capacity.is_small() {
            panics::shorten_reports(is_here);
        }
    }

    /// Bytes that alternate signal stacks may take.
    #[cfg(unix)]
    pub(crate) fn room_for_signals(&self) -> usize {
        self.capacity.for_signals()
    }

    /// Workspaces made and not given back.
    pub(crate) fn count(&self) -> usize {
        self.desks.iter().chain(&self.large).filter(|desk| desk.ready.load(Ordering::Relaxed)).count()
    }

    fn desks(&self, size: Size) -> &[Desk] {
        match size {
            Size::Usual => &self.desks,
            Size::Large => &self.large,
        }
    }

    /// Whether there is one to wait for.
    fn has(&self, size: Size) -> bool {
        self.desks(size).iter().any(|desk| desk.ready.load(Ordering::Acquire))
    }

    /// Operations that went deeper than they had said.
    pub(crate) fn deep_exits(&self) -> u64 {
        self.deep.load(Ordering::Relaxed)
    }

    /// The workspace that this thread had last, if it has so much stack and is free.
    #[inline]
    pub(crate) fn take_near(&self, stack: usize) -> Option<Lease<'_>> {
        let desk = self.desks.get(NEAR.get()).filter(|_| stack <= STACK)?;
        if !desk.ready.load(Ordering::Relaxed) || !desk.try_take() {
            return None;
        }
        let lease = Lease { all: self, desk };
        // Between the look and the taking it may have been cleared (`trim`).
        lease.workspace().is_some().then_some(lease)
    }

    /// A workspace with so much stack, when it is this thread's turn. Under a tight limit it may have less.
    #[cold]
    pub(crate) fn take(&self, stack: usize) -> Result<Lease<'_>, EnterError> {
        if stack > STACK { self.take_large(stack) } else { self.wait() }
    }

    fn wait(&self) -> Result<Lease<'_>, EnterError> {
        loop {
            match self.find(Size::Usual) {
                Ok(Some(lease)) => return Ok(lease),
                Ok(None) => {}
                // The limit has no room for another: wait for one of those there are.
                Err(_) if self.has(Size::Usual) => {}
                Err(refusal) => return Err(EnterError::NoWorkspace(refusal)),
            }
            self.rest();
        }
    }

    fn take_large(&self, asked: usize) -> Result<Lease<'_>, EnterError> {
        self.check(StackBudget { stack: asked, allocates: false })?;
        loop {
            let making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            // Workspaces and slots that nobody uses may take up what is missing.
            let found = self.find(Size::Large).or_else(|_| {
                self.trim_usual();
                self.pool.trim();
                self.find(Size::Large)
            });
            match found {
                Ok(Some(lease)) => return Ok(lease),
                Ok(None) => {}
                Err(_) if self.has(Size::Large) => {}
                // The limit has room for one if others make it.
                Err(refusal) => return Err(EnterError::NoWorkspace(refusal)),
            }
            drop(making);
            self.rest();
        }
    }

    /// Waits until a workspace may be free.
    fn rest(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // A wake-up may be missed (giving back takes no lock), so the wait is short.
        drop(self.freed.wait_timeout(turn, Duration::from_micros(100)));
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// A free workspace, else a new one on a free desk; `None` if every desk is taken.
    fn find(&self, size: Size) -> Result<Option<Lease<'_>>, Refusal> {
        for ready in [true, false] {
            for (number, desk) in self.desks(size).iter().enumerate() {
                if desk.ready.load(Ordering::Relaxed) != ready || !desk.try_take() {
                    continue;
                }
                let lease = Lease { all: self, desk };
                lease.furnish()?;
                if size == Size::Usual {
                    NEAR.set(number);
                }
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
        self.trim_usual();
        clear_idle(&self.large);
    }

    fn trim_usual(&self) {
        clear_idle(&self.desks);
    }
}

/// Gives the workspaces on the desks that nobody has back to the system.
fn clear_idle(desks: &[Desk]) {
    for desk in desks.iter().filter(|desk| desk.try_take()) {
        // SAFETY: `busy` is ours (Desk 1).
        unsafe { desk.clear() };
        desk.give_back();
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
        if self.workspace().is_none() {
            let make = || Workspace::new(self.all.kind, self.all.capacity.len(self.desk.size));
            // Signal stacks that no thread has set may take up what is missing.
            self.put(make().or_else(|refusal| if self.all.pool.trim_signals() { make() } else { Err(refusal) })?);
        }
        Ok(())
    }

    /// Puts a workspace on the desk.
    fn put(&self, workspace: Workspace) {
        // SAFETY: `busy` is ours (invariant 1; Desk 1).
        unsafe { *self.desk.workspace.get() = Some(workspace) };
        self.desk.ready.store(true, Ordering::Relaxed);
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
        if self.desk.size == Size::Large && is_scarce() {
            // SAFETY: `busy` is ours (invariant 1).
            unsafe { self.desk.clear() };
        }
        self.desk.give_back();
        if !self.all.pool.spare().is_kept() {
            clear_idle(slice::from_ref(self.desk));
        }
        if self.all.waiting.load(Ordering::Relaxed) > 0 {
            self.all.freed.notify_one();
        }
    }
}

/// Checks that a pool has room for [`SLOTS`], if the limit is tight or `is_short` says that the system has refused
/// memory before. Other processes of the user may hold what the limit has room for.
///
/// # Errors
/// [`Refusal`]: the call that was refused.
pub(crate) fn has_slots(pool: &Arc<Pool>, is_short: bool) -> Result<(), Refusal> {
    if is_short || is_tight() {
        // Held at once, and let go of.
        let slots = (0..SLOTS / LARGEST).map(|_| pool.take(LARGEST));
        drop(slots.collect::<Result<Vec<_>, _>>().map_err(MemoryError::into_refusal)?);
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn a_desk_that_was_cleared_since_the_look_is_furnished_again() {
        let all = Workspaces::open(Protection::Plain, Arc::new(Pool::new(Protection::Plain, 4096)), false).unwrap();
        drop(all.take(0).unwrap());
        all.trim();
        // As a thread finds it that looked before it was cleared and takes it afterwards.
        all.desks[0].ready.store(true, Ordering::Relaxed);
        NEAR.set(0);
        assert!(all.take_near(0).is_none());
        assert!(all.take(0).unwrap().workspace().is_some());
        assert_eq!(all.count(), 1);
    }
}
