//! Running an operation: in a workspace of its own, or, inside another operation, right there.

use super::wipe::{below, finish};
use super::{Room, Workspace, Workspaces};
use crate::error::EnterError;
use crate::heap;
use crate::protection::Protection;
use crate::switch::{Body, Width, on_stack};
#[cfg(unix)]
use crate::sys;
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::Ordering;

thread_local! {
    /// Where this thread's operation runs; null outside of operations.
    static CURRENT: Cell<*const Running> = const { Cell::new(ptr::null()) };
}

/// Where an operation runs. It lies on the stack of [`run`], which sets `CURRENT` back before it returns.
struct Running {
    /// The lowest address of the stack.
    bottom: usize,
    /// Bytes of the stack.
    len: usize,
    kind: Protection,
    /// Bytes to reserve beyond what an operation asks for.
    beyond: usize,
    /// The lowest address that the operation and those nested in it have reserved.
    deepest: Cell<usize>,
    /// The lowest address to look at afterwards.
    look: Cell<usize>,
}

/// Where this thread's operation runs.
#[inline]
fn current<'r>() -> Option<&'r Running> {
    // SAFETY: what `CURRENT` points to lives until `run` sets it back, which is after everything that runs inside: a
    // caller of this function, which keeps the reference no longer than itself.
    unsafe { CURRENT.get().as_ref() }
}

/// Whether an address lies in the guard page below the stack that this thread's operation runs on.
#[cfg(unix)]
pub(crate) fn is_in_guard(address: usize) -> bool {
    current().is_some_and(|Running { bottom, .. }| (bottom - sys::page_size()..*bottom).contains(&address))
}

/// An address in the caller's frame: where the stack is now, about.
#[inline(always)]
fn here() -> usize {
    let mark = 0u8;
    std::hint::black_box(&raw const mark).addr()
}

/// What a nested operation leaves free above the guard page.
const MARGIN: usize = 1024;

/// Whether this thread is inside an operation whose workspace is as good as those of `all`: then another may run right
/// there, and the room for it is reserved.
///
/// # Errors
/// [`EnterError::NoRoom`], [`EnterError::NoHeap`]: there it is, and has no such room.
#[inline]
pub(crate) fn is_nested(all: &Workspaces, room: Room) -> Result<bool, EnterError> {
    let Some(running) = current() else { return Ok(false) };
    let here = here();
    let has = here.wrapping_sub(running.bottom);
    if has >= running.len || running.kind < all.kind {
        return Ok(false);
    }
    if has < room.stack + MARGIN {
        return Err(EnterError::NoRoom { asked: room.stack, has: has.saturating_sub(MARGIN) });
    }
    if room.heap > 0 && heap::is_installed() {
        heap::reserve(room.heap)?;
    }
    let lowest = (here - room.stack).saturating_sub(running.beyond).max(running.bottom);
    if lowest < running.deepest.get() {
        running.deepest.set(lowest);
        running.look.set(below(running.bottom, lowest).min(running.look.get()));
    }
    Ok(true)
}

/// Runs `body(data)` in a workspace of `all`.
///
/// # Safety
/// `body` is sound to call with `data`, does not unwind, and keeps no address of its stack.
#[inline]
pub(crate) unsafe fn run(all: &Workspaces, room: Room, data: *mut u8, body: Body) -> Result<(), EnterError> {
    let lease = match all.take_near(room.stack) {
        Some(lease) => lease,
        None => all.take(room.stack)?,
    };
    let Some(Workspace { stack, heap, depths }) = lease.workspace() else {
        return Err(EnterError::NoRoom { asked: room.stack, has: 0 });
    };
    if room.heap > 0 && heap::is_installed() {
        // SAFETY: the heap is ours until the lease ends (Lease 1), and no operation runs in it.
        let heap = unsafe { &mut *heap.get() };
        heap.reserve(room.heap).or_else(|_| {
            // Workspaces that nobody uses may take up what is missing.
            all.trim();
            heap.reserve(room.heap)
        })?;
    }
    if stack.len() < room.stack {
        return Err(EnterError::NoRoom { asked: room.stack, has: stack.len() });
    }
    // SAFETY: one past the end of the mapping (Mapping 1).
    let top = unsafe { stack.data().add(stack.len()) };
    let (bottom, len) = (stack.data().addr().get(), stack.len());
    let deepest = depths.deepest(bottom, len, room.stack);
    let (look, beyond) = (Cell::new(depths.look_from(bottom, deepest)), depths.beyond());
    let running = Running { bottom, len, kind: all.kind, beyond, deepest: Cell::new(deepest), look };
    let outer = CURRENT.replace(&raw const running);
    let outer_heap = heap::enter(heap);
    let width = Width::of_this_machine();
    // SAFETY: the stack is ours until the lease ends (Lease 1), writable (Mapping 1), page-aligned at its top, and
    // ends in a guard page; `look` is in it, a chunk below its top or more; the rest is the caller's promise.
    let left = unsafe { on_stack(width, top, &running.look, data, body) };
    heap::leave(outer_heap);
    CURRENT.set(outer);
    // SAFETY: the heap is ours until the lease ends (Lease 1), and the operation that ran in it has ended.
    unsafe { &mut *heap.get() }.end();
    if finish(stack, left, running.deepest.get(), running.look.get(), depths) {
        all.deep.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
