//! What the switch leaves in registers: nothing. Bodies that leave every bit set, and a look in the same breath.

use super::{Width, x86};
use crate::mapping::Mapping;
use crate::protection::Protection;
use std::arch::{asm, naked_asm};

/// Vector, mask and caller-saved general registers.
#[repr(C, align(64))]
struct Registers {
    vectors: [[u8; 64]; 32],
    masks: [u64; 8],
    general: [u64; 9],
}

macro_rules! width {
    ($fill:ident $read:ident: $($ones:literal)*; $($store:literal)*) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $fill(_data: *mut u8) {
            naked_asm!(
                $($ones,)*
                "mov rax, -1", "mov rcx, -1", "mov rdx, -1", "mov rsi, -1", "mov rdi, -1",
                "mov r8, -1", "mov r9, -1", "mov r10, -1", "mov r11, -1",
                "ret",
            )
        }

        /// Runs `body` by way of `switch`, unless there is none, and reads the registers at once.
        ///
        /// # Safety
        /// `switch` is one; 4 KiB below `top`, a multiple of them, are writable and nobody else's; the processor has
        /// the registers.
        unsafe fn $read(switch: Option<*const ()>, top: *mut u8) -> Box<Registers> {
            let mut seen = Box::new(Registers { vectors: [[1; 64]; 32], masks: [1; 8], general: [1; 9] });
            let run = switch.unwrap_or($fill as *const ());
            let look = top.addr() - 4096;
            // SAFETY: both functions keep what the convention says that they keep; the stores go to `seen`, whose
            // fields lie as `repr(C)` says: 32 of 64 bytes, 8 of 8, 9 of 8.
            unsafe {
                asm!(
                    "call {run}",
                    $($store,)*
                    "mov [r12 + 2112], rax", "mov [r12 + 2120], rcx", "mov [r12 + 2128], rdx", "mov [r12 + 2136], rsi",
                    "mov [r12 + 2144], rdi", "mov [r12 + 2152], r8", "mov [r12 + 2160], r9", "mov [r12 + 2168], r10",
                    "mov [r12 + 2176], r11",
                    run = in(reg) run,
                    in("r12") &raw mut *seen,
                    in("rdi") 0,
                    in("rsi") $fill as *const (),
                    in("rdx") top,
                    in("rcx") &raw const look,
                    clobber_abi("C"),
                );
            }
            seen
        }
    };
}

width! {
    fill_sse read_sse:
        "pcmpeqd xmm0, xmm0" "pcmpeqd xmm1, xmm1" "pcmpeqd xmm2, xmm2" "pcmpeqd xmm3, xmm3" "pcmpeqd xmm4, xmm4"
        "pcmpeqd xmm5, xmm5" "pcmpeqd xmm6, xmm6" "pcmpeqd xmm7, xmm7" "pcmpeqd xmm8, xmm8" "pcmpeqd xmm9, xmm9"
        "pcmpeqd xmm10, xmm10" "pcmpeqd xmm11, xmm11" "pcmpeqd xmm12, xmm12" "pcmpeqd xmm13, xmm13"
        "pcmpeqd xmm14, xmm14" "pcmpeqd xmm15, xmm15";
        "movups [r12 + 0], xmm0" "movups [r12 + 64], xmm1" "movups [r12 + 128], xmm2" "movups [r12 + 192], xmm3"
        "movups [r12 + 256], xmm4" "movups [r12 + 320], xmm5" "movups [r12 + 384], xmm6" "movups [r12 + 448], xmm7"
        "movups [r12 + 512], xmm8" "movups [r12 + 576], xmm9" "movups [r12 + 640], xmm10"
        "movups [r12 + 704], xmm11" "movups [r12 + 768], xmm12" "movups [r12 + 832], xmm13"
        "movups [r12 + 896], xmm14" "movups [r12 + 960], xmm15"
}

width! {
    fill_avx read_avx:
        "vcmptrueps ymm0, ymm0, ymm0" "vcmptrueps ymm1, ymm1, ymm1" "vcmptrueps ymm2, ymm2, ymm2"
        "vcmptrueps ymm3, ymm3, ymm3" "vcmptrueps ymm4, ymm4, ymm4" "vcmptrueps ymm5, ymm5, ymm5"
        "vcmptrueps ymm6, ymm6, ymm6" "vcmptrueps ymm7, ymm7, ymm7" "vcmptrueps ymm8, ymm8, ymm8"
        "vcmptrueps ymm9, ymm9, ymm9" "vcmptrueps ymm10, ymm10, ymm10" "vcmptrueps ymm11, ymm11, ymm11"
        "vcmptrueps ymm12, ymm12, ymm12" "vcmptrueps ymm13, ymm13, ymm13" "vcmptrueps ymm14, ymm14, ymm14"
        "vcmptrueps ymm15, ymm15, ymm15";
        "vmovups [r12 + 0], ymm0" "vmovups [r12 + 64], ymm1" "vmovups [r12 + 128], ymm2"
        "vmovups [r12 + 192], ymm3" "vmovups [r12 + 256], ymm4" "vmovups [r12 + 320], ymm5"
        "vmovups [r12 + 384], ymm6" "vmovups [r12 + 448], ymm7" "vmovups [r12 + 512], ymm8"
        "vmovups [r12 + 576], ymm9" "vmovups [r12 + 640], ymm10" "vmovups [r12 + 704], ymm11"
        "vmovups [r12 + 768], ymm12" "vmovups [r12 + 832], ymm13" "vmovups [r12 + 896], ymm14"
        "vmovups [r12 + 960], ymm15"
}

width! {
    fill_avx512 read_avx512:
        "vpternlogd zmm0, zmm0, zmm0, 255" "vpternlogd zmm1, zmm1, zmm1, 255" "vpternlogd zmm2, zmm2, zmm2, 255"
        "vpternlogd zmm3, zmm3, zmm3, 255" "vpternlogd zmm4, zmm4, zmm4, 255" "vpternlogd zmm5, zmm5, zmm5, 255"
        "vpternlogd zmm6, zmm6, zmm6, 255" "vpternlogd zmm7, zmm7, zmm7, 255" "vpternlogd zmm8, zmm8, zmm8, 255"
        "vpternlogd zmm9, zmm9, zmm9, 255" "vpternlogd zmm10, zmm10, zmm10, 255"
        "vpternlogd zmm11, zmm11, zmm11, 255" "vpternlogd zmm12, zmm12, zmm12, 255"
        "vpternlogd zmm13, zmm13, zmm13, 255" "vpternlogd zmm14, zmm14, zmm14, 255"
        "vpternlogd zmm15, zmm15, zmm15, 255" "vpternlogd zmm16, zmm16, zmm16, 255"
        "vpternlogd zmm17, zmm17, zmm17, 255" "vpternlogd zmm18, zmm18, zmm18, 255"
        "vpternlogd zmm19, zmm19, zmm19, 255" "vpternlogd zmm20, zmm20, zmm20, 255"
        "vpternlogd zmm21, zmm21, zmm21, 255" "vpternlogd zmm22, zmm22, zmm22, 255"
        "vpternlogd zmm23, zmm23, zmm23, 255" "vpternlogd zmm24, zmm24, zmm24, 255"
        "vpternlogd zmm25, zmm25, zmm25, 255" "vpternlogd zmm26, zmm26, zmm26, 255"
        "vpternlogd zmm27, zmm27, zmm27, 255" "vpternlogd zmm28, zmm28, zmm28, 255"
        "vpternlogd zmm29, zmm29, zmm29, 255" "vpternlogd zmm30, zmm30, zmm30, 255"
        "vpternlogd zmm31, zmm31, zmm31, 255" "kxnorw k0, k0, k0" "kxnorw k1, k1, k1" "kxnorw k2, k2, k2"
        "kxnorw k3, k3, k3" "kxnorw k4, k4, k4" "kxnorw k5, k5, k5" "kxnorw k6, k6, k6" "kxnorw k7, k7, k7";
        "vmovdqu64 [r12 + 0], zmm0" "vmovdqu64 [r12 + 64], zmm1" "vmovdqu64 [r12 + 128], zmm2"
        "vmovdqu64 [r12 + 192], zmm3" "vmovdqu64 [r12 + 256], zmm4" "vmovdqu64 [r12 + 320], zmm5"
        "vmovdqu64 [r12 + 384], zmm6" "vmovdqu64 [r12 + 448], zmm7" "vmovdqu64 [r12 + 512], zmm8"
        "vmovdqu64 [r12 + 576], zmm9" "vmovdqu64 [r12 + 640], zmm10" "vmovdqu64 [r12 + 704], zmm11"
        "vmovdqu64 [r12 + 768], zmm12" "vmovdqu64 [r12 + 832], zmm13" "vmovdqu64 [r12 + 896], zmm14"
        "vmovdqu64 [r12 + 960], zmm15" "vmovdqu64 [r12 + 1024], zmm16" "vmovdqu64 [r12 + 1088], zmm17"
        "vmovdqu64 [r12 + 1152], zmm18" "vmovdqu64 [r12 + 1216], zmm19" "vmovdqu64 [r12 + 1280], zmm20"
        "vmovdqu64 [r12 + 1344], zmm21" "vmovdqu64 [r12 + 1408], zmm22" "vmovdqu64 [r12 + 1472], zmm23"
        "vmovdqu64 [r12 + 1536], zmm24" "vmovdqu64 [r12 + 1600], zmm25" "vmovdqu64 [r12 + 1664], zmm26"
        "vmovdqu64 [r12 + 1728], zmm27" "vmovdqu64 [r12 + 1792], zmm28" "vmovdqu64 [r12 + 1856], zmm29"
        "vmovdqu64 [r12 + 1920], zmm30" "vmovdqu64 [r12 + 1984], zmm31" "kmovw [r12 + 2048], k0"
        "kmovw [r12 + 2056], k1" "kmovw [r12 + 2064], k2" "kmovw [r12 + 2072], k3" "kmovw [r12 + 2080], k4"
        "kmovw [r12 + 2088], k5" "kmovw [r12 + 2096], k6" "kmovw [r12 + 2104], k7"
}

/// How many of the registers that were read are what `is` says: vectors of `wide` bytes, masks, general ones.
fn count(seen: &Registers, wide: usize, is: impl Fn(bool) -> bool) -> (usize, usize, usize) {
    let vectors = seen.vectors.iter().filter(|vector| is(vector.iter().take(wide).all(|&byte| byte == 0)));
    let masks = seen.masks.iter().filter(|&&mask| is(mask & 0xffff == 0));
    let general = seen.general.iter().filter(|&&word| is(word == 0));
    (vectors.count(), masks.count(), general.count())
}

#[test]
fn no_bit_of_a_body_is_left_in_them() {
    let stack = Mapping::new(Protection::Plain, 8192).unwrap();
    // SAFETY: one past the end of the mapping (Mapping 1).
    let top = unsafe { stack.data().add(stack.len()) }.as_ptr();
    for width in Width::every() {
        let read = |through: bool| match width {
            // SAFETY: 8 KiB below `top` are ours; the processor has every width up to its own.
            Width::Bits128 => unsafe { read_sse(through.then_some(x86::switch_sse as *const ()), top) },
            // SAFETY: as above.
            Width::Bits256 => unsafe { read_avx(through.then_some(x86::switch_avx as *const ()), top) },
            // SAFETY: as above.
            Width::Bits512 => unsafe { read_avx512(through.then_some(x86::switch_avx512 as *const ()), top) },
        };
        let (mut scrubbed, left) = (read(true), read(false));
        // What the switch returns: the address of the top, as no more than the last KiB was used.
        let returned = std::mem::take(&mut scrubbed.general[0]);
        assert_eq!(returned, if width == Width::Bits128 { 0 } else { top.addr() as u64 });
        let wide = match width {
            Width::Bits128 => 16,
            Width::Bits256 => 32,
            Width::Bits512 => 64,
        };
        // Narrow ones have 16 registers and no masks: the rest is as it was set, not zero.
        let (vectors, masks) = if width == Width::Bits512 { (32, 8) } else { (16, 0) };
        assert_eq!(count(&scrubbed, wide, |zero| zero), (vectors, masks, 9), "{width:?}");
        assert_eq!(count(&left, wide, |zero| zero), (0, 0, 0), "{width:?}: the control, without the switch");
    }
}
