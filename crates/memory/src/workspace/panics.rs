//! Reports of panics on small stacks.
//!
//! The standard library reports a panic on the stack on which it happens, and a backtrace takes some 28 KiB. Under a
//! tight limit on locked memory an operation has less than that left: the report would end on the guard page, and with
//! it the process. So where a store has small stacks, a panic in an operation is reported in one line. The panic hook
//! of the program stays in place for every other panic. A hook that the program sets later replaces this one.

use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shortens the report of a panic where `is_on_small_stack` says so, from the first call on. Does nothing while the
/// thread panics.
pub(super) fn shorten_reports(is_on_small_stack: fn() -> bool) {
    static DONE: AtomicBool = AtomicBool::new(false);
    if std::thread::panicking() || DONE.swap(true, Ordering::AcqRel) {
        return;
    }
    let programs = panic::take_hook();
    panic::set_hook(Box::new(move |report| match report.location() {
        Some(at) if is_on_small_stack() => {
            eprintln!("panicked at {at} in an operation, on a stack that is too small to report more");
        }
        _ => programs(report),
    }));
}
