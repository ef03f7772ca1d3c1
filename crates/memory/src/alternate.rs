//! The alternate signal stacks that a thread was given here, until nobody can set them again.
//!
//! The setting belongs to the thread, and others change it too: the standard library, runtimes, libraries in C. Each
//! may remember the stack that it found, and put it back when it is done. So a stack of ours that is let go of while
//! another is set stays mapped. It is unmapped when it is the one that is set: then we put back what was there before
//! it.
//!
//! Whoever else sets a stack is taken to do as much: its memory stays mapped as long as another may put that stack
//! back, and it puts back what it found once. The standard library sets its stack before all others. When the thread
//! ends, it leaves none set and unmaps its own, so from then on nobody puts back what was found.

use crate::mapping::Mapping;
use crate::protection::Protection;
use crate::refusal::{Call, Refusal};
use crate::sys;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// A stack that the thread may have set.
///
/// # Invariants
/// 1. `memory` lives until the stack is taken out of the table: when it was never set, when another was set in its
///    place ([`settle`]), or when none is set and none will be.
struct Stack {
    memory: ManuallyDrop<Mapping>,
    before: sys::SignalStackSetting,
    /// Whether there is a [`Given`] for it.
    held: bool,
    /// Whether it was set for work that a library shares out.
    for_work: bool,
}

impl Stack {
    /// Whether this stack has its memory: in a forked child it has ordinary memory instead.
    fn is_at_least(&self, level: Protection) -> bool {
        self.memory.epoch().is_current() && self.memory.kind() >= level
    }
}

type Table = [Option<Stack>; sys::MOST_SIGNAL_STACKS];

thread_local! {
    /// Not dropped at the end of the thread: a stack in it may still be set.
    static STACKS: RefCell<ManuallyDrop<Table>> =
        const { RefCell::new(ManuallyDrop::new([const { None }; sys::MOST_SIGNAL_STACKS])) };
}

thread_local! {
    /// Dropped when the thread ends; what other values of the thread hold may be dropped before or after it.
    static UNTIL_THE_END: UntilTheEnd = const { UntilTheEnd };
}

struct UntilTheEnd;

impl Drop for UntilTheEnd {
    fn drop(&mut self) {
        drop(with_table(|table| settle(table, None)));
    }
}

/// Runs `work` on the table of this thread. `None` inside itself: in a signal handler that has no business here.
fn with_table<R>(work: impl FnOnce(&mut Table) -> R) -> Option<R> {
    STACKS.with(|table| table.try_borrow_mut().ok().map(|mut table| work(&mut table)))
}

/// A stack that is set for the calling thread until the value is dropped.
#[derive(Debug)]
pub(crate) struct Given {
    /// A pointer, so that the value stays on its thread: it is neither `Send` nor `Sync`.
    start: NonNull<u8>,
}

/// Sets the calling thread's alternate stack to `memory`.
///
/// # Errors
/// [`Refusal`]: the thread runs on its alternate stack, or has too many of them.
pub(crate) fn give(memory: Mapping, for_work: bool) -> Result<Given, Refusal> {
    let too_many = Refusal::new(Call::SignalStack, libc::EAGAIN);
    #[cfg(all(target_os = "linux", not(miri)))]
    sys::watch_forks()?;
    let _ = UNTIL_THE_END.try_with(|_| ());
    with_table(|table| {
        drop(settle(table, None));
        let (number, place) = table.iter_mut().enumerate().find(|(_, place)| place.is_none()).ok_or(too_many)?;
        let (start, len) = (memory.data(), memory.len());
        // Before it is set: a signal handler may fork between the two.
        #[cfg(all(target_os = "linux", not(miri)))]
        sys::announce_signal_stack(number, start, len);
        let set = if memory.epoch().is_current() {
            // SAFETY: the range is writable (Mapping 1), and is put into the table, where it stays as long as the stack
            // may be set (Stack 1).
            unsafe { sys::set_signal_stack(start, len) }
        } else {
            // This is the child of a handler that forked before the announcement.
            Err(Refusal::new(Call::SignalStack, libc::EINTR))
        };
        match set {
            Ok(before) => {
                *place = Some(Stack { memory: ManuallyDrop::new(memory), before, held: true, for_work });
                Ok(Given { start })
            }
            Err(refusal) => {
                drop(take_out(table, number));
                Err(refusal)
            }
        }
    })
    .unwrap_or(Err(too_many))
}

/// Whether the calling thread needs no other stack: its own is set and as good as `level`, or one was set for work that
/// a library shares out, and what the program did to the setting inside that work is its own business.
pub(crate) fn is_protected(level: Protection) -> bool {
    let is_set = |stack: &Stack| sys::signal_stack().is_ok_and(|now| now.address() == Some(stack.memory.data()));
    let is_enough = |stack: &Stack| stack.held && stack.is_at_least(level) && (stack.for_work || is_set(stack));
    with_table(|table| table.iter().flatten().any(is_enough)).unwrap_or(true)
}

impl Given {
    /// Puts back what was set before, if this stack is the one that is set. Returns its memory if nobody can set it
    /// again.
    pub(crate) fn take_back(self) -> Option<Mapping> {
        ManuallyDrop::new(self).let_go()
    }

    fn let_go(&self) -> Option<Mapping> {
        with_table(|table| {
            if let Some(stack) = table.iter_mut().flatten().find(|stack| stack.memory.data() == self.start) {
                stack.held = false;
            }
            settle(table, Some(self.start))
        })
        .flatten()
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        drop(self.let_go());
    }
}

/// Puts back what was set before as long as the stack that is set is one of ours that was let go of, and unmaps such
/// stacks; when the thread ends and none is set, all that were let go of. Returns the memory of the one that begins at
/// `wanted`.
fn settle(table: &mut Table, wanted: Option<NonNull<u8>>) -> Option<Mapping> {
    let mut found = None;
    while has_let_go(table) {
        let Some(set) = sys::signal_stack().ok().and_then(|now| now.address()) else { break };
        let is_let_go = |stack: &Stack| !stack.held && stack.memory.data() == set;
        let Some(number) = table.iter().position(|place| place.as_ref().is_some_and(is_let_go)) else { break };
        // A handler that set one of ours upon this one has returned, which took that setting away and not its memory.
        if table.iter().flatten().any(|stack| stack.before.address() == Some(set)) {
            break;
        }
        let Some(before) = table.get(number).and_then(Option::as_ref).map(|stack| stack.before) else { break };
        // SAFETY: this is what the thread had set when ours was set. If it was one of ours it is still there: it was
        // not taken out while a stack in the table names it (the look above; Stack 1). If it was another's, its owner
        // keeps it as long as the stack that is set now may be replaced by it.
        if unsafe { sys::restore_signal_stack(before) }.is_err() {
            // The thread runs on it.
            break;
        }
        let memory = take_out(table, number);
        if Some(set) == wanted {
            found = memory;
        }
    }
    let is_at_the_end = || UNTIL_THE_END.try_with(|_| ()).is_err();
    if has_let_go(table) && is_at_the_end() && sys::signal_stack().is_ok_and(|now| now.address().is_none()) {
        for number in 0..table.len() {
            if table.get(number).and_then(Option::as_ref).is_some_and(|stack| !stack.held) {
                drop(take_out(table, number));
            }
        }
    }
    found
}

fn has_let_go(table: &Table) -> bool {
    table.iter().flatten().any(|stack| !stack.held)
}

/// Takes a stack out of the table that is not set.
fn take_out(table: &mut Table, number: usize) -> Option<Mapping> {
    #[cfg(all(target_os = "linux", not(miri)))]
    sys::withdraw_signal_stack(number);
    let stack = table.get_mut(number).and_then(Option::take);
    stack.map(|stack| ManuallyDrop::into_inner(stack.memory))
}
