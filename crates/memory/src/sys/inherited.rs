//! Alternate signal stacks in a forked child. Linux.
//!
//! A child inherits the setting of the thread that forked, and not the memory of a stack of ours, which is excluded
//! from forks. So the child gets ordinary memory at the same address. To set another stack there would not do: a signal
//! handler that forks ends in the child by a return to the setting that it interrupted, whatever was set meanwhile.
//!
//! A child that was forked by a handler while it ran on such a stack cannot be helped: it has no stack to return on,
//! and the kernel ends it.

use super::signals::{MOST, signal_stack};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A stack that the thread may have set. `start` is 0 where there is none; it is stored last and cleared first, because
/// a signal handler may fork in between.
struct Stack {
    start: AtomicUsize,
    len: AtomicUsize,
}

thread_local! {
    /// Nothing here is dropped or made when it is first used: the handler of a fork may be the first to look.
    static STACKS: [Stack; MOST] =
        const { [const { Stack { start: AtomicUsize::new(0), len: AtomicUsize::new(0) } }; MOST] };
}

/// Gives every child that this thread forks from now on ordinary memory in place of these `len` bytes.
pub(crate) fn announce(number: usize, start: NonNull<u8>, len: usize) {
    STACKS.with(|stacks| {
        if let Some(stack) = stacks.get(number) {
            stack.len.store(len, Ordering::Release);
            stack.start.store(start.addr().get(), Ordering::Release);
        }
    });
}

/// Takes back what was announced under this number.
pub(crate) fn withdraw(number: usize) {
    STACKS.with(|stacks| {
        if let Some(stack) = stacks.get(number) {
            stack.start.store(0, Ordering::Release);
        }
    });
}

/// Maps ordinary memory where the stacks of the thread that forked were. Runs in the child, before `fork` returns
/// there.
///
/// It may run in a signal handler, so it takes no lock and makes system calls alone.
pub(crate) fn restore_in_child() {
    STACKS.with(|stacks| {
        for stack in stacks {
            let start = stack.start.swap(0, Ordering::AcqRel);
            if start != 0 && !map(start, stack.len.load(Ordering::Acquire)) {
                disable(start);
            }
        }
    });
}

/// Maps ordinary memory at an address where nothing is mapped; false if something is, or the system refuses.
fn map(start: usize, len: usize) -> bool {
    let at = ptr::without_provenance_mut(start);
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED_NOREPLACE;
    // SAFETY: this flag replaces nothing; a kernel before 4.17 does not know it and takes the address for a wish.
    let mapped = unsafe { libc::mmap(at, len, access, flags, -1, 0) };
    if mapped == libc::MAP_FAILED {
        return false;
    }
    if mapped != at {
        // SAFETY: the mapping was made just now, and nobody knows it.
        unsafe { libc::munmap(mapped, len) };
        return false;
    }
    true
}

/// Leaves the thread without an alternate stack if this is the one that is set.
fn disable(start: usize) {
    if signal_stack().is_ok_and(|now| now.address().is_some_and(|address| address.addr().get() == start)) {
        let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
        // SAFETY: the value is readable, and says that there is no stack.
        unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) };
    }
}
