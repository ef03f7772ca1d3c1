//! Running a function on another stack, and leaving nothing of it in registers.
//!
//! Linux on x86-64 and aarch64. The functions here are written in assembly: they save the caller's stack pointer in the
//! frame pointer, which the callee keeps, and on the way out set every register to zero that the calling convention lets
//! the callee spoil, vector and mask registers included: they may hold parts of a key. Their unwind information lets a
//! debugger walk across; a panic never does, as the function that runs here catches it.

use std::ptr::NonNull;

/// What runs on the other stack. It must not unwind.
pub(crate) type Body = unsafe extern "C" fn(*mut u8);

/// Whether this build can switch stacks.
pub(crate) const AVAILABLE: bool = cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")));

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
    pub(crate) fn every() -> Vec<Self> {
        let all = [
            Self::Bits128,
            #[cfg(target_arch = "x86_64")]
            Self::Bits256,
            #[cfg(target_arch = "x86_64")]
            Self::Bits512,
        ];
        let own = all.iter().position(|&width| width == Self::of_this_machine());
        all[..=own.unwrap_or(0)].to_vec()
    }
}

/// Runs `body(data)` with the stack pointer at `top`, then scrubs registers.
///
/// # Safety
/// `top` is the end of a writable range that nobody else uses meanwhile, is aligned to 16 bytes, and what lies below it
/// suffices for `body` or ends in a guard page. `width` is that of this machine. `body` is sound to call with `data`, and
/// does not unwind.
#[inline]
pub(crate) unsafe fn on_stack(width: Width, top: NonNull<u8>, data: *mut u8, body: Body) {
    let top = top.as_ptr();
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    {
        match width {
            // SAFETY: the caller's promise; the processor has the instructions.
            Width::Bits512 => unsafe { x86::switch_avx512(data, body, top) },
            // SAFETY: the caller's promise; the processor has the instructions.
            Width::Bits256 => unsafe { x86::switch_avx(data, body, top) },
            // SAFETY: the caller's promise.
            Width::Bits128 => unsafe { x86::switch_sse(data, body, top) },
        }
    }
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    {
        let _ = width;
        // SAFETY: the caller's promise.
        unsafe { arm::switch(data, body, top) };
    }
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        let _ = (top, width);
        // SAFETY: the caller's promise. Nothing calls this: `AVAILABLE` is false.
        unsafe { body(data) };
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod x86 {
    use super::Body;
    use std::arch::naked_asm;

    // System V ABI for x86-64: the arguments come in rdi, rsi, rdx; rbx, rbp, r12 to r15 are the callee's to keep.
    macro_rules! switch {
        ($(#[$doc:meta])* $name:ident: $($scrub:literal)*) => {
            $(#[$doc])*
            #[unsafe(naked)]
            pub(super) unsafe extern "C" fn $name(data: *mut u8, body: Body, top: *mut u8) {
                naked_asm!(
                    ".cfi_startproc",
                    "push rbp",
                    ".cfi_def_cfa_offset 16",
                    ".cfi_offset rbp, -16",
                    "mov rbp, rsp",
                    ".cfi_def_cfa_register rbp",
                    "mov rsp, rdx",
                    "call rsi",
                    $($scrub,)*
                    "xor eax, eax",
                    "xor ecx, ecx",
                    "xor edx, edx",
                    "xor esi, esi",
                    "xor edi, edi",
                    "xor r8d, r8d",
                    "xor r9d, r9d",
                    "xor r10d, r10d",
                    "xor r11d, r11d",
                    "mov rsp, rbp",
                    "pop rbp",
                    ".cfi_def_cfa rsp, 8",
                    "ret",
                    ".cfi_endproc",
                )
            }
        };
    }

    switch! {
        /// Scrubs xmm0 to xmm15.
        switch_sse:
        "pxor xmm0, xmm0" "pxor xmm1, xmm1" "pxor xmm2, xmm2" "pxor xmm3, xmm3"
        "pxor xmm4, xmm4" "pxor xmm5, xmm5" "pxor xmm6, xmm6" "pxor xmm7, xmm7"
        "pxor xmm8, xmm8" "pxor xmm9, xmm9" "pxor xmm10, xmm10" "pxor xmm11, xmm11"
        "pxor xmm12, xmm12" "pxor xmm13, xmm13" "pxor xmm14, xmm14" "pxor xmm15, xmm15"
    }

    switch! {
        /// Scrubs ymm0 to ymm15.
        switch_avx: "vzeroall"
    }

    switch! {
        /// Scrubs zmm0 to zmm31 and k0 to k7.
        switch_avx512:
        "vzeroall"
        "vpxord zmm16, zmm16, zmm16" "vpxord zmm17, zmm17, zmm17" "vpxord zmm18, zmm18, zmm18"
        "vpxord zmm19, zmm19, zmm19" "vpxord zmm20, zmm20, zmm20" "vpxord zmm21, zmm21, zmm21"
        "vpxord zmm22, zmm22, zmm22" "vpxord zmm23, zmm23, zmm23" "vpxord zmm24, zmm24, zmm24"
        "vpxord zmm25, zmm25, zmm25" "vpxord zmm26, zmm26, zmm26" "vpxord zmm27, zmm27, zmm27"
        "vpxord zmm28, zmm28, zmm28" "vpxord zmm29, zmm29, zmm29" "vpxord zmm30, zmm30, zmm30"
        "vpxord zmm31, zmm31, zmm31"
        "kxorw k0, k0, k0" "kxorw k1, k1, k1" "kxorw k2, k2, k2" "kxorw k3, k3, k3"
        "kxorw k4, k4, k4" "kxorw k5, k5, k5" "kxorw k6, k6, k6" "kxorw k7, k7, k7"
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
mod arm {
    use super::Body;
    use std::arch::naked_asm;

    // AAPCS64: the arguments come in x0, x1, x2; x19 to x29 and the low halves of v8 to v15 are the callee's to keep.
    // Writing a v register clears the rest of the scalable register over it. v8 to v15 are saved here, as their low
    // halves are the caller's and their high halves may hold anything.
    /// Scrubs x0 to x17 and v0 to v31.
    #[unsafe(naked)]
    pub(super) unsafe extern "C" fn switch(data: *mut u8, body: Body, top: *mut u8) {
        naked_asm!(
            ".cfi_startproc",
            "stp x29, x30, [sp, #-80]!",
            ".cfi_def_cfa_offset 80",
            ".cfi_offset x29, -80",
            ".cfi_offset x30, -72",
            "stp d8, d9, [sp, #16]",
            "stp d10, d11, [sp, #32]",
            "stp d12, d13, [sp, #48]",
            "stp d14, d15, [sp, #64]",
            "mov x29, sp",
            ".cfi_def_cfa_register x29",
            "mov sp, x2",
            "blr x1",
            "movi v0.2d, #0",
            "movi v1.2d, #0",
            "movi v2.2d, #0",
            "movi v3.2d, #0",
            "movi v4.2d, #0",
            "movi v5.2d, #0",
            "movi v6.2d, #0",
            "movi v7.2d, #0",
            "movi v8.2d, #0",
            "movi v9.2d, #0",
            "movi v10.2d, #0",
            "movi v11.2d, #0",
            "movi v12.2d, #0",
            "movi v13.2d, #0",
            "movi v14.2d, #0",
            "movi v15.2d, #0",
            "movi v16.2d, #0",
            "movi v17.2d, #0",
            "movi v18.2d, #0",
            "movi v19.2d, #0",
            "movi v20.2d, #0",
            "movi v21.2d, #0",
            "movi v22.2d, #0",
            "movi v23.2d, #0",
            "movi v24.2d, #0",
            "movi v25.2d, #0",
            "movi v26.2d, #0",
            "movi v27.2d, #0",
            "movi v28.2d, #0",
            "movi v29.2d, #0",
            "movi v30.2d, #0",
            "movi v31.2d, #0",
            "mov x0, xzr",
            "mov x1, xzr",
            "mov x2, xzr",
            "mov x3, xzr",
            "mov x4, xzr",
            "mov x5, xzr",
            "mov x6, xzr",
            "mov x7, xzr",
            "mov x8, xzr",
            "mov x9, xzr",
            "mov x10, xzr",
            "mov x11, xzr",
            "mov x12, xzr",
            "mov x13, xzr",
            "mov x14, xzr",
            "mov x15, xzr",
            "mov x16, xzr",
            "mov x17, xzr",
            "mov sp, x29",
            "ldp d8, d9, [sp, #16]",
            "ldp d10, d11, [sp, #32]",
            "ldp d12, d13, [sp, #48]",
            "ldp d14, d15, [sp, #64]",
            "ldp x29, x30, [sp], #80",
            ".cfi_def_cfa sp, 0",
            "ret",
            ".cfi_endproc",
        )
    }
}

#[cfg(all(test, target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;

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
        let mut stack = vec![0u128; 4096];
        let range = stack.as_mut_ptr_range();
        let top = NonNull::new(range.end.cast::<u8>()).unwrap();
        for width in Width::every() {
            let mut seen = Seen { stack: 0, sum: 0 };
            // SAFETY: 64 KiB below `top` are ours, aligned to 16, and enough; `body` takes a `Seen` and does not unwind;
            // the processor has every width up to its own.
            unsafe { on_stack(width, top, (&raw mut seen).cast(), body) };
            assert_eq!(seen.sum, 5050);
            assert!((range.start.addr()..range.end.addr()).contains(&seen.stack));
        }
    }
}

#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod registers;
