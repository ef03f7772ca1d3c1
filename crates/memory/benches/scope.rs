//! What a scope and a slot cost: `cargo bench -p strongroom-memory`.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use divan::{Bencher, black_box};
use strongroom_memory::{Demand, Policy, Protection, ScopeToken, SecretBox, SecretMemory, StackBudget};

fn main() {
    divan::main();
}

fn open(in_use: Demand) -> SecretMemory {
    SecretMemory::open(Policy::best_available().in_use(in_use)).unwrap()
}

fn nothing(_: &ScopeToken<'_>, number: u64) -> u64 {
    black_box(number)
}

/// A measure of the clock, which on shared machines changes by half: twenty times a shift, an exclusive or and a
/// multiplication that wait for one another, of 1, 1 and 3 cycles.
#[divan::bench]
fn a_hundred_cycles(bencher: Bencher<'_, '_>) {
    let mix = |number: u64| (number ^ number >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    // Each goes on with what the last one ended with.
    let mut number = black_box(7);
    bencher.bench_local(|| {
        number = (0..20).fold(number, |number, _| mix(number));
        number
    });
}

#[divan::bench]
fn in_place(bencher: Bencher<'_, '_>) {
    let memory = open(Demand::Exactly(Protection::Plain));
    bencher.bench(|| memory.scope(nothing, black_box(7)));
}

/// By the bytes of stack that are wiped afterwards.
#[divan::bench(args = [256, 1024, 2048, 4096, 6144, 10240, 20480])]
fn on_a_secret_stack(bencher: Bencher<'_, '_>, stack: usize) {
    let memory = open(Demand::BestAvailable).reserving(StackBudget { stack, ..StackBudget::FIELD });
    bencher.bench(|| memory.scope(nothing, black_box(7)));
}

#[divan::bench(args = [100])]
fn nested(bencher: Bencher<'_, '_>, times: u32) {
    let memory = open(Demand::BestAvailable);
    let _ = MEMORY.set(memory.reserving(StackBudget { stack: 256, ..StackBudget::FIELD }));
    let outer = |_: &ScopeToken<'_>, times: u32| {
        let memory = MEMORY.get().unwrap();
        black_box((0..times).map(|n| memory.scope(nothing, n.into()).unwrap()).sum::<u64>())
    };
    bencher.bench(|| memory.scope(outer, black_box(times)));
}
static MEMORY: std::sync::OnceLock<SecretMemory> = std::sync::OnceLock::new();

#[divan::bench]
fn make_and_drop_64_bytes(bencher: Bencher<'_, '_>) {
    let memory = open(Demand::BestAvailable);
    // Dropped within: what is handed back is dropped later, many at once.
    bencher.bench(|| drop(SecretBox::make(&memory, |_, byte: u8| [byte; 64], black_box(7)).unwrap()));
}

#[divan::bench]
fn make_and_drop_640_bytes(bencher: Bencher<'_, '_>) {
    let memory = open(Demand::BestAvailable);
    bencher.bench(|| drop(SecretBox::make(&memory, |_, byte: u8| [byte; 640], black_box(7)).unwrap()));
}
