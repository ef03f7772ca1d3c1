//! One key of a session: prepared in a slot, or at rest.

use std::sync::{Arc, OnceLock, PoisonError};

use strongroom_memory::SecretMemory;

use super::gate::Pass;
use super::gated::{Gated, Look};
use super::register::{Erase, Ticket};
use super::session::{Held, Place, Session};
use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering};
use crate::error::ErrorKind;
use crate::key::uses::KeyUses;
use crate::kind::Kind;
use crate::operation::slot::Slot;
use crate::operation::{self, Boxed, Secret};

/// A prepared key while an operation uses it.
pub(super) type InUse<'p, K> = Look<'p, Boxed<K>>;

/// The share of a key: local to a context, named in snapshots, or both. With the last share the key is erased.
pub(super) struct Stored<K: Kind> {
    body: Arc<Body<K>>,
    session: Arc<Session>,
}

/// What the register knows of a key.
struct Body<K: Kind> {
    prepared: Gated<Boxed<K>>,
    /// For what it was made.
    uses: KeyUses,
    /// Set when it is first put to rest, and good until the end: a key never changes.
    rested: OnceLock<<Secret<K> as Slot>::Rested>,
    /// Whether it was named since it was prepared. A key that comes back from rest has no place of its own.
    resident: AtomicBool,
    used: AtomicBool,
    /// Where it is entered while it is prepared. Held for the change from one state to the other.
    ticket: Mutex<Option<Ticket>>,
}

impl<K: Kind> Stored<K> {
    /// Makes a key by an operation and enters it in the register.
    pub(super) fn make(
        session: &Arc<Session>,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<Arc<Self>, ErrorKind> {
        let pass = session.enter()?;
        // There when room is short, and then it is too late to make one. Without it nothing can be put to rest, and
        // memory is short a little sooner.
        let _ = session.root(&pass);
        let prepared = session.with_room(make)?;
        let body = Arc::new(Body {
            uses: prepared.uses(),
            prepared: Gated::new(Some(prepared)),
            rested: OnceLock::new(),
            resident: AtomicBool::new(false),
            used: AtomicBool::new(false),
            ticket: Mutex::new(None),
        });
        *body.ticket() = Some(session.add(&pass, Arc::clone(&body) as Arc<dyn Held>));
        session.count_key();
        Ok(Arc::new(Self { body, session: Arc::clone(session) }))
    }

    /// The prepared key; one at rest is woken.
    #[inline]
    pub(super) fn prepared<'p>(&self, pass: &'p Pass<'_>) -> Result<InUse<'p, K>, ErrorKind> {
        let body = &*self.body;
        let there = body.prepared.look(pass);
        if there.get().is_none() {
            return self.wake(pass);
        }
        if !body.used.load(Ordering::Relaxed) {
            body.used.store(true, Ordering::Relaxed);
        }
        Ok(there)
    }

    #[cold]
    fn wake<'p>(&self, pass: &'p Pass<'_>) -> Result<InUse<'p, K>, ErrorKind> {
        let root = self.session.root(pass);
        let (Some(rested), Some(root)) = (self.body.rested.get(), root.get()) else {
            return Err(ErrorKind::Locked);
        };
        let prepared = self.session.with_room(|memory| Ok(operation::wake::<K>(memory, root, rested)?))?;
        let prepared = prepared.for_uses(self.body.uses);
        let mut ticket = self.body.ticket();
        if self.body.prepared.look(pass).get().is_some() {
            // Another thread was quicker: this one serves its operation and goes.
            return Ok(Look::at(pass, prepared));
        }
        self.body.resident.store(false, Ordering::Relaxed);
        let prepared = self.body.prepared.put(pass, prepared);
        *ticket = Some(self.session.add(pass, Arc::clone(&self.body) as Arc<dyn Held>));
        Ok(prepared)
    }

    /// Notes that it is a named key now. If it lies in a slot, it stays there as long as there is any other way.
    pub(super) fn settle(&self) {
        self.body.resident.store(true, Ordering::Relaxed);
    }
}

impl<K: Kind> Drop for Stored<K> {
    fn drop(&mut self) {
        // A forked child has no key to erase, and may find a lock held by a thread that it does not have.
        if !self.session.memory().is_of_this_process() {
            return;
        }
        self.session.forget_key();
        if let Some(ticket) = self.body.ticket().take() {
            self.session.remove(&ticket);
        }
    }
}

impl<K: Kind> Body<K> {
    fn ticket(&self) -> MutexGuard<'_, Option<Ticket>> {
        self.ticket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Kind> Erase for Body<K> {
    fn erase(&self) {
        self.prepared.erase();
    }
}

impl<K: Kind> Held for Body<K> {
    fn place(&self) -> Place {
        if self.resident.load(Ordering::Relaxed) { Place::Resident } else { Place::Slot }
    }

    fn was_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    fn put_to_rest(&self, session: &Session, pass: &Pass<'_>) -> bool {
        let (prepared, root) = (self.prepared.look(pass), session.root(pass));
        let (Some(key), Some(root)) = (prepared.get(), root.get()) else { return false };
        if self.rested.get().is_none() {
            let Some(rested) = operation::rest(session.memory(), root, key, session.number()) else { return false };
            // If another thread was quicker, its ciphertext is as good.
            let _ = self.rested.set(rested);
        }
        drop(prepared);
        // This erases it; an operation that uses it keeps it until it is done.
        let mut ticket = self.ticket();
        let ticket = ticket.take();
        ticket.inspect(|ticket| session.remove(ticket)).is_some()
    }
}

#[cfg(all(test, not(loom), target_os = "linux"))]
mod tests {
    use strongroom_memory::Policy;
    use strongroom_testkit::{End, fork, victim};

    use super::*;
    use crate::key::algorithm::SymmetricAlgorithm;
    use crate::kind::Symmetric;

    /// As when a thread of the parent is about to put it to rest, or to wake it.
    #[test]
    fn a_forked_child_drops_a_key_whose_lock_is_held() {
        let outcome = victim!().run(|| {
            let session = Session::open(SecretMemory::open(Policy::best_available()).unwrap());
            let make = |memory: &SecretMemory| {
                operation::generate::<Symmetric>(memory, SymmetricAlgorithm::Aes256CbcHmacSha256)
            };
            let mut key = Some(Stored::<Symmetric>::make(&session, make).unwrap());
            let body = Arc::clone(&key.as_ref().unwrap().body);
            let held = body.ticket();
            let end = fork::child(|| {
                drop(key.take());
                7
            });
            assert_eq!(end, End::Exit(7));
            drop(held);
            drop(key);
            assert_eq!(session.memory().usage().secrets, 1, "the root key");
        });
        outcome.assert_exit(0);
    }
}
