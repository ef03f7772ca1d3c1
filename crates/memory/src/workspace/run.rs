//! Running an operation: in a workspace of its own, or, inside another operation, right there.

use super::stack::STACK;
use super::wipe::{below, finish};
use super::{StackBudget, Workspace, Workspaces};
use crate::error::EnterError;
use crate::protection::Protection;
use crate::switch::{Body, Width, on_stack};
#[cfg(target_os = "linux")]
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

/// Shows where this thread's operation runs; `None` outside of operations.
#[inline]
fn with_current<R>(look: impl FnOnce(&Running) -> R) -> Option<R> {
    // SAFETY: what `CURRENT` points to lives until `run` sets `CURRENT` back. We are called by what `run` has called,
    // on this thread, so that happens after `look` has returned, and `look` cannot keep the reference.
    unsafe { CURRENT.get().as_ref() }.map(look)
}

/// Returns whether this thread runs an operation in a workspace.
#[inline]
pub(crate) fn is_inside() -> bool {
    !CURRENT.get().is_null()
}

/// Whether an address lies in the guard page below the stack that this thread's operation runs on.
#[cfg(target_os = "linux")]
pub(crate) fn is_in_guard(address: usize) -> bool {
    with_current(|Running { bottom, .. }| (bottom - sys::page_size()..*bottom).contains(&address)) == Some(true)
}

/// Whether this thread's operation runs on a stack that a panic's report may overflow.
pub(crate) fn is_on_small_stack() -> bool {
    with_current(|running| running.len < STACK) == Some(true)
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
/// [`EnterError::NoRoom`]: there it is, and has no such room.
#[inline]
pub(crate) fn is_nested(all: &Workspaces, room: StackBudget) -> Result<bool, EnterError> {
    with_current(|running| running.admit(all, room)).unwrap_or(Ok(false))
}

impl Running {
    /// As [`is_nested`], for the operation that runs here.
    #[inline]
    fn admit(&self, all: &Workspaces, room: StackBudget) -> Result<bool, EnterError> {
        let here = here();
        let has = here.wrapping_sub(self.bottom);
        if has >= self.len || self.kind < all.kind {
            return Ok(false);
        }
        let left = has.saturating_sub(MARGIN);
        if left < room.stack {
            return Err(EnterError::NoRoom { asked: room.stack, has: left });
        }
        let lowest = (here - room.stack).saturating_sub(self.beyond).max(self.bottom);
        if lowest < self.deepest.get() {
            self.deepest.set(lowest);
            self.look.set(below(self.bottom, lowest).min(self.look.get()));
        }
        Ok(true)
    }
}

/// Runs `body(data)` in a workspace of `all`.
///
/// # Safety
/// `body` is sound to call with `data`, does not unwind, and keeps no address of its stack.
#[inline]
pub(crate) unsafe fn run(all: &Workspaces, room: StackBudget, data: *mut u8, body: Body) -> Result<(), EnterError> {
    let lease = match all.take_near(room.stack) {
        Some(lease) => lease,
        None => all.take(room.stack)?,
    };
    let Some(Workspace { stack, depths }) = lease.workspace() else {
        return Err(EnterError::Internal { invariant: "a lease has a workspace" });
    };
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
    let width = Width::of_this_machine();
    // SAFETY: the stack is ours until the lease ends (Lease 1), writable (Mapping 1), page-aligned at its top, and
    // ends in a guard page; `look` is in it, a chunk below its top or more; the rest is the caller's promise.
    let left = unsafe { on_stack(width, top, &running.look, data, body) };
    CURRENT.set(outer);
    // SAFETY: `body` has returned, and keeps no address of its stack (the caller's promise).
    let deeper = unsafe { finish(stack, left, running.deepest.get(), running.look.get(), depths) };
    if deeper {
        all.deep.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
