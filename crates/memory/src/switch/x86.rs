//! The switch on x86-64, and the wipe on the way out.
//!
//! The stack below what an operation used is zero before it and after it, so what was used is found by looking. That
//! reads secrets: it happens before registers are scrubbed and while the stack pointer is still on the secret stack, so
//! that nothing that is read can come to lie elsewhere.
//!
//! A signal in that time, whose handler has no stack of its own, leaves a frame with what was read in registers below
//! the stack pointer, maybe where has been looked or wiped already. It is noticed: with AVX the kernel ends such a
//! frame 128 bytes below the stack pointer (the red zone of the ABI) by a word that is not zero, `FP_XSTATE_MAGIC2`, in
//! the last 64 bytes. These are wiped before all else, and looked at when every register is scrubbed, with no value in
//! a register.

use super::body::Body;
use std::arch::naked_asm;

// System V ABI for x86-64: the arguments come in rdi, rsi, rdx, rcx; rbx, rbp, r12 to r15 are the callee's to keep.
macro_rules! switch {
    ($(#[$doc:meta])* $name:ident: $result:ty, ($($wipe:literal)*) ($($scrub:literal)*) ($($check:literal)*)) => {
        $(#[$doc])*
        #[unsafe(naked)]
        pub(super) unsafe extern "C" fn $name(data: *mut u8, body: Body, top: *mut u8, look: *const usize) -> $result {
            naked_asm!(
                ".cfi_startproc",
                "push rbp",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset rbp, -16",
                "mov rbp, rsp",
                ".cfi_def_cfa_register rbp",
                "push rcx",
                "mov rsp, rdx",
                "call rsi",
                "xor eax, eax",
                $($wipe,)*
                $($scrub,)*
                "xor ecx, ecx",
                "xor edx, edx",
                "xor esi, esi",
                "xor edi, edi",
                "xor r8d, r8d",
                "xor r9d, r9d",
                "xor r10d, r10d",
                "xor r11d, r11d",
                $($check,)*
                "mov rsp, rbp",
                "pop rbp",
                ".cfi_def_cfa rsp, 8",
                "ret",
                ".cfi_endproc",
            )
        }
    };
}

macro_rules! wiping_switch {
    ($(#[$doc:meta])* $name:ident: $($scrub:literal)*) => {
        switch! {
            $(#[$doc])*
            $name: usize,
            (
                "vxorps xmm0, xmm0, xmm0"
                // Where a frame would end.
                "vmovaps [rsp - 192], ymm0" "vmovaps [rsp - 160], ymm0"
                // The last KiB: most operations use no more.
                "vmovaps [rsp - 32], ymm0" "vmovaps [rsp - 64], ymm0"
                "vmovaps [rsp - 96], ymm0" "vmovaps [rsp - 128], ymm0"
                "vmovaps [rsp - 224], ymm0" "vmovaps [rsp - 256], ymm0"
                "vmovaps [rsp - 288], ymm0" "vmovaps [rsp - 320], ymm0"
                "vmovaps [rsp - 352], ymm0" "vmovaps [rsp - 384], ymm0"
                "vmovaps [rsp - 416], ymm0" "vmovaps [rsp - 448], ymm0"
                "vmovaps [rsp - 480], ymm0" "vmovaps [rsp - 512], ymm0"
                "vmovaps [rsp - 544], ymm0" "vmovaps [rsp - 576], ymm0"
                "vmovaps [rsp - 608], ymm0" "vmovaps [rsp - 640], ymm0"
                "vmovaps [rsp - 672], ymm0" "vmovaps [rsp - 704], ymm0"
                "vmovaps [rsp - 736], ymm0" "vmovaps [rsp - 768], ymm0"
                "vmovaps [rsp - 800], ymm0" "vmovaps [rsp - 832], ymm0"
                "vmovaps [rsp - 864], ymm0" "vmovaps [rsp - 896], ymm0"
                "vmovaps [rsp - 928], ymm0" "vmovaps [rsp - 960], ymm0"
                "vmovaps [rsp - 992], ymm0" "vmovaps [rsp - 1024], ymm0"
                "lea rdx, [rsp - 1024]"
                "mov rax, rsp"
                // Looks at what lies below, from `look` on, by `CHUNK`.
                "mov rcx, [rbp - 8]"
                "mov rcx, [rcx]"
                "2:"
                "cmp rcx, rdx"
                "jae 4f"
                "vmovaps ymm1, [rcx]" "vmovaps ymm2, [rcx + 32]"
                "vorps ymm1, ymm1, [rcx + 64]" "vorps ymm2, ymm2, [rcx + 96]"
                "vorps ymm1, ymm1, [rcx + 128]" "vorps ymm2, ymm2, [rcx + 160]"
                "vorps ymm1, ymm1, [rcx + 192]" "vorps ymm2, ymm2, [rcx + 224]"
                "vorps ymm1, ymm1, [rcx + 256]" "vorps ymm2, ymm2, [rcx + 288]"
                "vorps ymm1, ymm1, [rcx + 320]" "vorps ymm2, ymm2, [rcx + 352]"
                "vorps ymm1, ymm1, [rcx + 384]" "vorps ymm2, ymm2, [rcx + 416]"
                "vorps ymm1, ymm1, [rcx + 448]" "vorps ymm2, ymm2, [rcx + 480]"
                "vorps ymm1, ymm1, ymm2"
                "add rcx, 512"
                "vptest ymm1, ymm1"
                "jz 2b"
                // Not zero: wipes from there on.
                "sub rcx, 512"
                "mov rax, rcx"
                "3:"
                "vmovaps [rcx], ymm0" "vmovaps [rcx + 32], ymm0"
                "vmovaps [rcx + 64], ymm0" "vmovaps [rcx + 96], ymm0"
                "vmovaps [rcx + 128], ymm0" "vmovaps [rcx + 160], ymm0"
                "vmovaps [rcx + 192], ymm0" "vmovaps [rcx + 224], ymm0"
                "vmovaps [rcx + 256], ymm0" "vmovaps [rcx + 288], ymm0"
                "vmovaps [rcx + 320], ymm0" "vmovaps [rcx + 352], ymm0"
                "vmovaps [rcx + 384], ymm0" "vmovaps [rcx + 416], ymm0"
                "vmovaps [rcx + 448], ymm0" "vmovaps [rcx + 480], ymm0"
                "add rcx, 512"
                "cmp rcx, rdx"
                "jb 3b"
                "4:"
            )
            (
                "vpxor xmm0, xmm0, xmm0" "vpxor xmm1, xmm1, xmm1" "vpxor xmm2, xmm2, xmm2" "vpxor xmm3, xmm3, xmm3"
                "vpxor xmm4, xmm4, xmm4" "vpxor xmm5, xmm5, xmm5" "vpxor xmm6, xmm6, xmm6" "vpxor xmm7, xmm7, xmm7"
                "vpxor xmm8, xmm8, xmm8" "vpxor xmm9, xmm9, xmm9" "vpxor xmm10, xmm10, xmm10" "vpxor xmm11, xmm11, xmm11"
                "vpxor xmm12, xmm12, xmm12" "vpxor xmm13, xmm13, xmm13" "vpxor xmm14, xmm14, xmm14" "vpxor xmm15, xmm15, xmm15"
                $($scrub)*
            )
            (
                // The carry flag is set when what is compared with zeros is zero.
                "vptest ymm0, [rsp - 192]"
                "jnc 5f"
                "vptest ymm0, [rsp - 160]"
                "jc 6f"
                "5:"
                "xor eax, eax"
                "6:"
                "vzeroupper"
            )
        }
    };
}

switch! {
    /// Scrubs xmm0 to xmm15. Wipes nothing: there are frames without such a word where there is no AVX.
    switch_sse: (),
    ()
    (
        "pxor xmm0, xmm0" "pxor xmm1, xmm1" "pxor xmm2, xmm2" "pxor xmm3, xmm3"
        "pxor xmm4, xmm4" "pxor xmm5, xmm5" "pxor xmm6, xmm6" "pxor xmm7, xmm7"
        "pxor xmm8, xmm8" "pxor xmm9, xmm9" "pxor xmm10, xmm10" "pxor xmm11, xmm11"
        "pxor xmm12, xmm12" "pxor xmm13, xmm13" "pxor xmm14, xmm14" "pxor xmm15, xmm15"
    )
    ()
}

wiping_switch! {
    /// Wipes the last KiB of the stack and, if it is not zero from `look` to there, the rest from the first
    /// [`CHUNK`](super::CHUNK) on that is not. Scrubs ymm0 to ymm15. Returns the address of that chunk, or `top` if
    /// there is none; 0 if a signal came and nothing is known.
    switch_avx:
}

wiping_switch! {
    /// As [`switch_avx`], and scrubs zmm0 to zmm31 and k0 to k7.
    switch_avx512:
    "vpxord zmm16, zmm16, zmm16" "vpxord zmm17, zmm17, zmm17" "vpxord zmm18, zmm18, zmm18"
    "vpxord zmm19, zmm19, zmm19" "vpxord zmm20, zmm20, zmm20" "vpxord zmm21, zmm21, zmm21"
    "vpxord zmm22, zmm22, zmm22" "vpxord zmm23, zmm23, zmm23" "vpxord zmm24, zmm24, zmm24"
    "vpxord zmm25, zmm25, zmm25" "vpxord zmm26, zmm26, zmm26" "vpxord zmm27, zmm27, zmm27"
    "vpxord zmm28, zmm28, zmm28" "vpxord zmm29, zmm29, zmm29" "vpxord zmm30, zmm30, zmm30"
    "vpxord zmm31, zmm31, zmm31"
    "kxorw k0, k0, k0" "kxorw k1, k1, k1" "kxorw k2, k2, k2" "kxorw k3, k3, k3"
    "kxorw k4, k4, k4" "kxorw k5, k5, k5" "kxorw k6, k6, k6" "kxorw k7, k7, k7"
}
