//! From the first key to `lock`: the gate and the register together.

use std::sync::Arc;

use strongroom_memory::SecretMemory;

use super::gate::{Gate, Pass};
use super::register::{Erase, Register, Ticket};

/// A life: keys are entered while it lasts, and none is left when it has ended.
pub(super) struct Life<T: ?Sized> {
    gate: Gate,
    register: Register<T>,
}

impl<T: Erase + ?Sized> Life<T> {
    /// A life of keys in `memory`.
    pub(super) fn new(memory: SecretMemory) -> Self {
        Self { gate: Gate::new(memory), register: Register::new() }
    }

    /// For the time of one primitive operation; `None` after the end.
    #[inline]
    pub(super) fn enter(&self, thread: usize) -> Option<Pass<'_>> {
        self.gate.enter(thread)
    }

    pub(super) fn is_over(&self) -> bool {
        self.gate.is_closed()
    }

    /// Enters a key that the operation that holds the pass has made.
    pub(super) fn add(&self, _pass: &Pass<'_>, thread: usize, key: Arc<T>) -> Ticket {
        self.register.add(thread, key)
    }

    /// Erases a key whose last owner has gone.
    pub(super) fn remove(&self, ticket: &Ticket) {
        self.register.remove(ticket);
    }

    pub(super) fn register(&self) -> &Register<T> {
        &self.register
    }

    /// Ends it: waits for the operations in flight, then erases every key.
    pub(super) fn end(&self) {
        self.gate.close();
        self.register.clear();
    }
}
