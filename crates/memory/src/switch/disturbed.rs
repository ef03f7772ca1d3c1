//! A signal at each instruction of the way out, by a handler without a stack of its own: whatever the moment, what was
//! in registers does not stay on the stack.
//!
//! The processor traps after every instruction while the trap flag is set. The trap's handler runs on the thread's
//! alternate stack, counts, and at one instruction raises a second signal, whose frame goes to the stack that is left.

use super::{Left, Width, on_stack};
use crate::mapping::{Mapping, erase};
use crate::protection::Protection;
use std::arch::naked_asm;
use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// What the body leaves in registers and on its stack: no frame has it otherwise.
const PATTERN: u64 = 0xa5b6_c7d8_e9fa_0b1c;
/// How deep on its stack.
const DEPTH: usize = 3000;
const LEN: usize = 64 << 10;
const TRAP_FLAG: u64 = 0x100;

static BOTTOM: AtomicUsize = AtomicUsize::new(0);
/// Instructions since the body returned.
static STEPS: AtomicUsize = AtomicUsize::new(0);
/// The one at which the second signal is raised.
static AT: AtomicUsize = AtomicUsize::new(0);
static CAME: AtomicBool = AtomicBool::new(false);

/// Writes the pattern to the stack, broadcasts it to all registers that a body may spoil, and turns the trap on.
macro_rules! body {
    ($name:ident: $($fill:literal)*) => {
        #[unsafe(naked)]
        unsafe extern "C" fn $name(_data: *mut u8) {
            naked_asm!(
                "mov rax, {pattern}",
                "mov [rsp - {depth}], rax",
                $($fill,)*
                "mov rcx, rax", "mov rdx, rax", "mov rsi, rax", "mov rdi, rax",
                "mov r8, rax", "mov r9, rax", "mov r10, rax", "mov r11, rax",
                "pushfq",
                "or qword ptr [rsp], {flag}",
                "popfq",
                "ret",
                pattern = const PATTERN,
                depth = const DEPTH,
                flag = const TRAP_FLAG,
            )
        }
    };
}
body! {
    avx:
    "vmovq xmm0, rax" "vpunpcklqdq xmm0, xmm0, xmm0" "vinsertf128 ymm0, ymm0, xmm0, 1" "vmovaps ymm1, ymm0"
    "vmovaps ymm2, ymm0" "vmovaps ymm3, ymm0" "vmovaps ymm7, ymm0" "vmovaps ymm14, ymm0" "vmovaps ymm15, ymm0"
}
body! {
    avx512:
    "vpbroadcastq zmm0, rax" "vmovaps zmm1, zmm0" "vmovaps zmm2, zmm0" "vmovaps zmm3, zmm0" "vmovaps zmm7, zmm0"
    "vmovaps zmm15, zmm0" "vmovaps zmm16, zmm0" "vmovaps zmm23, zmm0" "vmovaps zmm31, zmm0"
}

extern "C" fn on_trap(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel hands over a context (SA_SIGINFO).
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let stack = registers[libc::REG_RSP as usize] as usize;
    let on_the_stack = (1..=LEN).contains(&stack.wrapping_sub(BOTTOM.load(Ordering::Relaxed)));
    let step = STEPS.load(Ordering::Relaxed);
    if on_the_stack && step < AT.load(Ordering::Relaxed) {
        STEPS.store(step + 1, Ordering::Relaxed);
        return;
    }
    registers[libc::REG_EFL as usize] &= !(TRAP_FLAG as i64);
    if on_the_stack {
        // It is blocked until this handler has returned.
        // SAFETY: a handler is installed.
        unsafe { libc::raise(libc::SIGUSR2) };
    }
}

extern "C" fn on_second(_: libc::c_int) {
    CAME.store(true, Ordering::Relaxed);
}

fn install(signal: libc::c_int, handler: *const (), flags: libc::c_int) {
    // SAFETY: all zeros are a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler.addr();
    action.sa_flags = flags;
    // SAFETY: the set is initialised, and the signal is one.
    assert_eq!(unsafe { libc::sigaddset(&raw mut action.sa_mask, libc::SIGUSR2) }, 0);
    // SAFETY: both handlers are of the form that their flags say, and call nothing that a handler may not call.
    assert_eq!(unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) }, 0);
}

/// The pattern, for a test that itself has it in no register that is the callee's to keep.
static SOUGHT: AtomicU64 = AtomicU64::new(PATTERN);

/// How often the pattern lies in the stack.
#[inline(never)]
fn count(stack: &Mapping) -> usize {
    let sought = SOUGHT.load(Ordering::Relaxed).to_ne_bytes();
    // SAFETY: the range is initialised (Mapping 1), and nobody writes it meanwhile.
    let all = unsafe { std::slice::from_raw_parts(stack.data().as_ptr(), stack.len()) };
    all.windows(8).filter(|bytes| *bytes == sought).count()
}

#[test]
fn a_signal_on_the_way_out_leaves_nothing_of_registers() {
    install(libc::SIGTRAP, on_trap as *const (), libc::SA_SIGINFO | libc::SA_ONSTACK);
    install(libc::SIGUSR2, on_second as *const (), 0);
    let stack = Mapping::new(Protection::Plain, LEN).unwrap();
    BOTTOM.store(stack.data().addr().get(), Ordering::Relaxed);
    // SAFETY: one past the end of the mapping (Mapping 1).
    let top = unsafe { stack.data().add(LEN) };
    for width in Width::every() {
        let body = match width {
            Width::Bits128 => continue,
            Width::Bits256 => avx,
            Width::Bits512 => avx512,
        };
        let (mut disturbed, mut worst, mut steps) = (0, 0, 0);
        for at in 0.. {
            AT.store(at, Ordering::Relaxed);
            STEPS.store(0, Ordering::Relaxed);
            CAME.store(false, Ordering::Relaxed);
            let look = Cell::new(top.addr().get() - 8192);
            // SAFETY: 64 KiB below `top` are ours and page-aligned; the look begins among them; the bodies take
            // nothing, keep what the convention says, and do not unwind; the processor has every width up to its own.
            let left = unsafe { on_stack(width, top, &look, NonNull::dangling().as_ptr(), body) };
            if !CAME.load(Ordering::Relaxed) {
                break;
            }
            steps += 1;
            match left {
                Left::Disturbed => {
                    disturbed += 1;
                    worst = worst.max(count(&stack));
                }
                left => assert_eq!(count(&stack), 0, "{width:?}, instruction {at}: {left:?}"),
            }
            // SAFETY: the range is writable (Mapping 1), and nothing runs there.
            unsafe { erase(stack.data(), LEN) };
        }
        assert!(steps > 100, "{width:?}: signals came at {steps} instructions");
        assert!(disturbed > 50 && worst > 10, "{width:?}: the control, {disturbed} times, up to {worst} words");
    }
}
