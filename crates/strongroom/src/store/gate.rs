//! The gate that every primitive operation passes, and that `lock` closes.
//!
//! Entering adds one to a count and looks whether the gate is closed; leaving takes one off. Each thread has a count of
//! its own as far as they reach, so that threads do not hand a cache line back and forth: the pair costs some 10 ns.
//! Who closes the gate turns away everybody that comes later and waits for those inside. Since nobody waits *at* the
//! gate, one who is inside may enter again without a deadlock: it is let in or turned away.
//!
//! # Why nobody is overlooked
//! The one that enters writes its count and then reads `closed`; the one that closes writes `closed` and then reads the
//! counts; all four are sequentially consistent. So at least one sees the other's write: either the operation sees the
//! closed gate and turns back, or it is counted, and waited for.

use std::sync::PoisonError;

use strongroom_memory::SecretMemory;

use super::sync::{AtomicBool, AtomicUsize, Condvar, Mutex, Ordering, in_order};

/// Counts. A power of two.
const COUNTS: usize = if cfg!(all(loom, test)) { 2 } else { 32 };

/// A count on a cache line of its own (and the one that processors fetch with it).
#[repr(align(128))]
struct Count {
    inside: AtomicUsize,
}

/// The gate. It opens never again.
pub(super) struct Gate {
    counts: [Count; COUNTS],
    closed: AtomicBool,
    turn: Mutex<()>,
    left: Condvar,
    /// What lies behind it. It knows a forked child.
    memory: SecretMemory,
}

/// Shows that its holder is inside.
pub(super) struct Pass<'g> {
    gate: &'g Gate,
    count: &'g Count,
}

impl Gate {
    pub(super) fn new(memory: SecretMemory) -> Self {
        Self {
            memory,
            counts: std::array::from_fn(|_| Count { inside: AtomicUsize::new(0) }),
            closed: AtomicBool::new(false),
            turn: Mutex::new(()),
            left: Condvar::new(),
        }
    }

    /// Lets the calling thread in; `None` if the gate is closed. `thread` chooses the count: any number will do.
    #[inline]
    pub(super) fn enter(&self, thread: usize) -> Option<Pass<'_>> {
        let count = self.counts.get(thread % COUNTS)?;
        count.inside.fetch_add(1, Ordering::SeqCst);
        in_order();
        // From here on the count is taken back, whatever comes.
        let pass = Pass { gate: self, count };
        (!self.closed.load(Ordering::SeqCst)).then_some(pass)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Closes the gate and waits until everybody has left.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        in_order();
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        while self.counts.iter().any(|count| count.inside.load(Ordering::SeqCst) > 0) {
            turn = self.left.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Wakes who closes. It looks at the counts with `turn` in its hands, so this comes before that look or wakes it.
    #[cold]
    fn wake(&self) {
        // A thread that a forked child does not have may hold the lock, and nobody waits there.
        if !self.memory.is_of_this_process() {
            return;
        }
        drop(self.turn.lock().unwrap_or_else(PoisonError::into_inner));
        self.left.notify_all();
    }
}

impl Drop for Pass<'_> {
    #[inline]
    fn drop(&mut self) {
        self.count.inside.fetch_sub(1, Ordering::SeqCst);
        in_order();
        if self.gate.closed.load(Ordering::SeqCst) {
            self.gate.wake();
        }
    }
}

#[cfg(all(test, not(loom), target_os = "linux"))]
mod tests {
    use strongroom_memory::Policy;
    use strongroom_testkit::{End, fork, victim};

    use super::*;

    /// As when a thread of the parent is about to wait at the gate.
    #[test]
    fn a_forked_child_leaves_a_closed_gate_whose_lock_is_held() {
        let outcome = victim!().run(|| {
            let gate = Gate::new(SecretMemory::open(Policy::best_available()).unwrap());
            gate.close();
            let held = gate.turn.lock().unwrap();
            assert_eq!(fork::child(|| if gate.enter(0).is_none() { 7 } else { 8 }), End::Exit(7));
            drop(held);
            assert!(gate.enter(0).is_none());
        });
        outcome.assert_exit(0);
    }
}
