//! Running a function on another stack, and leaving nothing of it in registers.
//!
//! Linux on x86-64 and aarch64. The functions here are written in assembly: they save the caller's stack pointer in the
//! frame pointer, which the callee keeps, and on the way out set every general, vector and mask register to zero that
//! the calling convention lets the callee spoil: they may hold parts of a key. On x86-64 with AVX they wipe what was
//! used of the stack as well. Their unwind information lets a debugger walk across; a panic never does, as the function
//! that runs here catches it.
//!
//! Not scrubbed, because nothing that runs here puts data there unless it is built for it: on x86-64 the registers of
//! x87 and MMX, the tiles of AMX and the general registers r16 to r31 of APX; on aarch64 the predicates and FFR of SVE
//! and the array ZA of SME (the vectors of SVE are, with the v registers that are a part of them). Nor are flags: those
//! of the processor, MXCSR and FPSR say what kind of result there was last.

#[cfg(all(target_os = "linux", target_arch = "aarch64", not(miri)))]
mod arm;
mod body;
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
mod x86;

pub(crate) use body::Body;

use std::cell::Cell;
use std::ptr::NonNull;

/// Whether this build can switch stacks.
pub(crate) const AVAILABLE: bool =
    cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)));

/// The widest vector registers of this machine's processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Width {
    /// 16 bytes: SSE2, NEON.
    Bits128,
    /// 32 bytes: AVX.
    #[cfg(target_arch = "x86_64")]
    Bits256,
    /// 64 bytes: AVX-512, with mask registers.
    #[cfg(target_arch = "x86_64")]
    Bits512,
}

impl Width {
    /// Asked of the processor once, and remembered by the standard library.
    #[inline]
    pub(crate) fn of_this_machine() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self::Bits512;
            }
            if is_x86_feature_detected!("avx") {
                return Self::Bits256;
            }
        }
        Self::Bits128
    }

    /// Every width up to that of this machine: the processor has them all.
    #[cfg(test)]
    #[cfg(target_os = "linux")]
    pub(crate) fn every() -> Vec<Self> {
        let all = [
            Self::Bits128,
            #[cfg(target_arch = "x86_64")]
            Self::Bits256,
            #[cfg(target_arch = "x86_64")]
            Self::Bits512,
        ];
        let own = all.iter().position(|&width| width == Self::of_this_machine()).unwrap();
        all[..=own].to_vec()
    }
}

/// How a stack was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64", not(miri))), allow(dead_code))]
pub(crate) enum Left {
    /// Zero from where the look began. It was used from this address on, that of a [`CHUNK`]; from the top if only its
    /// last KiB was used, at which nobody looks.
    Wiped(usize),
    /// A signal came while it was wiped: any of it may be used.
    Disturbed,
    /// As the body left it.
    Used,
}

/// Bytes that are looked at and wiped at once.
pub(crate) const CHUNK: usize = 512;

/// Runs `body(data)` with the stack pointer at `top`, then scrubs registers. Where the processor makes it quick, the
/// stack is wiped too, from the first bytes that are not zero at or above the address that `look` then holds.
///
/// # Safety
/// `top` is the end of a writable range that nobody else uses meanwhile, is aligned to [`CHUNK`], and what lies below
/// it is a page or more, and suffices for `body` or ends in a guard page. `look` holds an address in that range, below
/// `top` and aligned to [`CHUNK`], when `body` returns. `width` is that of this machine. `body` is sound to call with
/// `data`, and does not unwind.
#[inline]
pub(crate) unsafe fn on_stack(width: Width, top: NonNull<u8>, look: &Cell<usize>, data: *mut u8, body: Body) -> Left {
    let top = top.as_ptr();
    #[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
    {
        let lowest = match width {
            // SAFETY: the caller's promise; the processor has the instructions.
            Width::Bits512 => unsafe { x86::switch_avx512(data, body, top, look.as_ptr()) },
            // SAFETY: the caller's promise; the processor has the instructions.
            Width::Bits256 => unsafe { x86::switch_avx(data, body, top, look.as_ptr()) },
            // SAFETY: the caller's promise.
            Width::Bits128 => unsafe {
                x86::switch_sse(data, body, top, look.as_ptr());
                return Left::Used;
            },
        };
        if lowest == 0 { Left::Disturbed } else { Left::Wiped(lowest) }
    }
    #[cfg(all(target_os = "linux", target_arch = "aarch64", not(miri)))]
    {
        let _ = (width, look);
        // SAFETY: the caller's promise.
        unsafe { arm::switch(data, body, top) };
        Left::Used
    }
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
    {
        let _ = (top, width, look);
        // SAFETY: the caller's promise. Nothing calls this: `AVAILABLE` is false.
        unsafe { body(data) };
        Left::Used
    }
}

#[cfg(all(test, target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
mod tests {
    use super::*;
    use crate::mapping::Mapping;
    use crate::protection::Protection;

    struct Seen {
        stack: usize,
        sum: u64,
    }

    unsafe extern "C" fn body(data: *mut u8) {
        let local = 0u8;
        // SAFETY: the tests hand over a `Seen`.
        let seen = unsafe { &mut *data.cast::<Seen>() };
        seen.stack = (&raw const local).addr();
        seen.sum = (1..=100).sum();
    }

    #[test]
    fn a_body_runs_on_the_stack_it_is_given() {
        let stack = Mapping::new(Protection::Plain, 64 << 10).unwrap();
        let range = stack.data().addr().get()..stack.data().addr().get() + stack.len();
        for width in Width::every() {
            let mut seen = Seen { stack: 0, sum: 0 };
            let look = Cell::new(range.start);
            // SAFETY: one past the end of the mapping (Mapping 1).
            let top = unsafe { stack.data().add(stack.len()) };
            // SAFETY: 64 KiB below `top` are ours, page-aligned, and enough; `look` is the lowest of them; `body` takes
            // a `Seen` and does not unwind; the processor has every width up to its own.
            unsafe { on_stack(width, top, &look, (&raw mut seen).cast(), body) };
            assert_eq!(seen.sum, 5050);
            assert!(range.contains(&seen.stack));
        }
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
mod disturbed;
#[cfg(test)]
#[cfg(all(target_os = "linux", target_arch = "x86_64", not(miri)))]
mod registers;
