//! Blocks that operations take from the heap are counted, at every level, and nothing else is.

use std::hint::black_box;

use strongroom_memory::process::CountingAlloc;
use strongroom_memory::{Demand, EnterError, Policy, Protection, ScopeToken, SecretMemory};

#[global_allocator]
static ALLOCATOR: CountingAlloc = CountingAlloc::new();

/// Takes one block, another that is zeroed, and one that grows once.
fn allocate(_: &ScopeToken<'_>, (): ()) -> usize {
    let block = black_box(vec![1u8; 64]);
    let zeroed = black_box(vec![0u8; 64]);
    let mut growing = black_box(Vec::<u8>::with_capacity(64));
    growing.reserve_exact(128);
    block.len() + zeroed.len() + black_box(growing).capacity()
}

/// One test, as the count is of the whole process.
#[test]
fn blocks_of_operations_are_counted_and_no_others() {
    let best = SecretMemory::open(Policy::best_available()).unwrap();
    let plain = SecretMemory::open(Policy::best_available().in_use(Demand::Exactly(Protection::Plain))).unwrap();
    for memory in [&best, &plain] {
        let before = ALLOCATOR.blocks();
        assert_eq!(memory.scope(|_, ()| black_box([1u8; 64]).len(), ()), Ok(64));
        drop(black_box(vec![1u8; 64]));
        assert_eq!(ALLOCATOR.blocks(), before, "{}", memory.protection());

        assert_eq!(memory.scope(allocate, ()), Ok(256));
        assert_eq!(ALLOCATOR.blocks(), before + 4, "{}", memory.protection());

        // The report of a panic is not counted. What came before it is.
        let fail = |_: &ScopeToken<'_>, (): ()| -> u8 { panic!("{}", black_box(String::from("why")).len()) };
        assert_eq!(memory.scope(fail, ()), Err(EnterError::Panicked));
        assert_eq!(ALLOCATOR.blocks(), before + 5, "{}", memory.protection());
        drop(black_box(vec![1u8; 64]));
        assert_eq!(ALLOCATOR.blocks(), before + 5, "{}", memory.protection());
    }
}
