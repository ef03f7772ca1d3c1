//! A planted data race: the control of `.ci/stress --thread-sanitizer`, which must report it, and through the switch of
//! stacks at that.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_memory::{Policy, ScopeToken, SecretMemory};

struct Shared(UnsafeCell<u64>);
// SAFETY: it is not safe. That is what the sanitizer has to find.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared(UnsafeCell::new(0));

/// Who is inside. Relaxed: it orders nothing.
static ARRIVED: AtomicU64 = AtomicU64::new(0);

fn add(_: &ScopeToken<'_>, rounds: u64) -> u64 {
    ARRIVED.fetch_add(1, Ordering::Relaxed);
    while ARRIVED.load(Ordering::Relaxed) < 2 {
        std::hint::spin_loop();
    }
    let place = SHARED.0.get();
    for _ in 0..rounds {
        // SAFETY: the place is there; another thread races for it, on purpose.
        let before = unsafe { place.read_volatile() };
        // SAFETY: as above.
        unsafe { place.write_volatile(before + 1) };
    }
    rounds
}

#[test]
#[ignore = "undefined behaviour, planted for the thread sanitizer"]
fn two_operations_race() {
    let memory = SecretMemory::open(Policy::best_available()).map_err(|error| error.to_string());
    let memory = memory.as_ref().unwrap_or_else(|error| unreachable!("{error}"));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| assert_eq!(memory.scope(add, 10_000).ok(), Some(10_000)));
        }
    });
}
