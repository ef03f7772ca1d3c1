//! A session: the keys of a store from its first to its lock, and where they lie.
//!
//! # Where keys rest
//! A key that is made, unwrapped or derived lies prepared in a slot of secret memory. When there is no room for
//! another, some are put to rest: sealed (ChaCha20-Poly1305) under the session's root key, which itself lies in a slot,
//! and their slots are erased. A resting key is prepared again when it is used, and keeps a slot until others need it.
//! So a limit of 64 KiB and 100,000 keys take the same path as ten keys and no limit, and a store holds as many keys as
//! ordinary memory takes.
//!
//! Who goes first: local keys and those that came back from rest, in the order of a clock with one chance more for what
//! was used. The named keys that found room stay; if they alone fill the memory, an eighth of them goes once and for
//! all, and in its room the others come and go. If that is not enough, as for a secret of another size, any key goes,
//! twice as many at each try.
//!
//! ARCHITECTURE ("Where keys rest") has the other ways and what they measured: raw keys dense in slots, prepared for
//! each use, and all keys sealed from the beginning.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use strongroom_memory::SecretMemory;

use super::gate::Pass;
use super::gated::{Gated, Look};
use super::life::Life;
use super::register::{Erase, Ticket};
use super::sync::{Mutex, MutexGuard};
use super::thread;
use crate::error::ErrorKind;
use crate::operation::{self, RootBox};

/// A key that a session holds, of whatever kind.
pub(super) trait Held: Erase + Send + Sync {
    /// What its slot is to it.
    fn place(&self) -> Place;

    /// Whether it was used since this was asked last.
    fn was_used(&self) -> bool;

    /// Seals it and erases its slot; says whether it did.
    fn put_to_rest(&self, session: &Session, pass: &Pass<'_>) -> bool;
}

/// What its slot is to a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A place to be until others need it.
    Slot,
    /// The place of a named key that found room.
    Resident,
}

/// How often to look again whether other threads are done with their slots.
const PATIENCE: u32 = 12;

/// How long to wait before the first look; before each other twice as long, 0.4 s in all.
const PAUSE: Duration = Duration::from_micros(100);

/// Keys that are put to rest at once, at first.
const FIRST: usize = 8;

/// Where it ends: all keys have been put to rest by then, and what still lacks room wakes some of them each time.
const ALL: usize = 1 << 24;

pub(super) struct Session {
    life: Life<dyn Held>,
    memory: SecretMemory,
    root: Gated<RootBox>,
    /// The number of the next key that is sealed.
    number: AtomicU64,
    /// Keys that there are, prepared and sealed.
    keys: AtomicUsize,
    unlocking: Mutex<Unlocking>,
}

/// What keeps spare memory: a session with named keys, or one that is to have some.
struct Unlocking {
    /// Transactions that run on this session before any was committed, and local contexts.
    running: usize,
    /// From the first of them on, until the last has failed or the session ends. Without it, memory that nobody uses is
    /// given back at once.
    spare: Option<SecretMemory>,
}

impl Session {
    /// A session that is not locked, and keeps spare memory from the beginning.
    pub(super) fn open(memory: SecretMemory) -> Arc<Self> {
        Self::new(memory.keeping_spare(false), Some(memory))
    }

    /// A session that is locked.
    pub(super) fn locked(memory: &SecretMemory) -> Arc<Self> {
        Self::new(memory.clone(), None)
    }

    fn new(memory: SecretMemory, spare: Option<SecretMemory>) -> Arc<Self> {
        Arc::new(Self {
            life: Life::new(memory.clone()),
            memory,
            root: Gated::new(None),
            number: AtomicU64::new(0),
            keys: AtomicUsize::new(0),
            unlocking: Mutex::new(Unlocking { running: 0, spare }),
        })
    }

    #[inline]
    pub(super) fn memory(&self) -> &SecretMemory {
        &self.memory
    }

    /// For the time of one primitive operation.
    #[inline]
    pub(super) fn enter(&self) -> Result<Pass<'_>, ErrorKind> {
        // Not `ok_or`: every operation would make the error, and drop it by a call.
        match self.life.enter(thread::number()) {
            Some(pass) => Ok(pass),
            None => Err(ErrorKind::Locked),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.life.is_over()
    }

    pub(super) fn add(&self, pass: &Pass<'_>, key: Arc<dyn Held>) -> Ticket {
        self.life.add(pass, thread::number(), key)
    }

    pub(super) fn remove(&self, ticket: &Ticket) {
        self.life.remove(ticket);
    }

    /// Waits for the operations in flight, then erases every key and the root key, and keeps no memory.
    pub(super) fn end(&self) {
        self.life.end();
        self.root.erase();
        self.unlocking().spare = None;
    }

    /// The root key; it is made when it is first wanted. None if there is no room or there are no random bytes.
    pub(super) fn root<'p>(&self, pass: &'p Pass<'_>) -> Look<'p, RootBox> {
        let there = self.root.look(pass);
        match there.get() {
            Some(_) => there,
            None => operation::root(&self.memory).map_or(there, |made| self.root.put_first(pass, made)),
        }
    }

    /// A number that no other key is sealed with.
    pub(super) fn number(&self) -> u64 {
        self.number.fetch_add(1, Ordering::Relaxed)
    }

    /// Runs `make`; while it lacks room and there are keys that can be put to rest, puts some to rest and runs it
    /// again.
    ///
    /// `make` need not be inside the gate: it may wait for a descriptor.
    pub(super) fn with_room<R>(
        &self,
        mut make: impl FnMut(&SecretMemory) -> Result<R, ErrorKind>,
    ) -> Result<R, ErrorKind> {
        let (mut many, mut patience) = (FIRST, 0);
        loop {
            match make(&self.memory) {
                // Slots of one size do not make room for another before a whole chunk is empty.
                Err(error) if error.lacks_memory() && many < ALL && self.make_room(many) => {
                    many = many.saturating_mul(2)
                }
                // Other threads may be using all there is, for as long as an operation takes; or a session that is
                // being locked has not ended. Nobody waits for ever, as each of them may hold a key and want another.
                Err(error) if error.lacks_memory() && patience < PATIENCE && self.memory.usage().secrets > 1 => {
                    std::thread::sleep(PAUSE * (1 << patience));
                    patience += 1;
                }
                other => return other,
            }
        }
    }

    /// Puts up to `many` keys to rest; says whether it did with any.
    #[cold]
    pub(super) fn make_room(&self, many: usize) -> bool {
        let Ok(pass) = self.enter() else { return false };
        let register = self.life.register();
        // What lacks room may be of another size, for which all keys of a page have to go; and the one key that came
        // back from rest may be the one that is wanted. So after a first try no key is spared.
        let spare_residents = many == FIRST;
        // Finding out that memory is short takes the system a while, so room is made for more than one.
        let many = many.max(register.len() / 16);
        let mut picked = register.pick(many, |key| key.place() == Place::Slot && !key.was_used());
        if picked.is_empty() {
            picked = register.pick(many, |key| key.place() == Place::Slot);
        }
        if picked.is_empty() || !spare_residents {
            picked.extend(register.pick((register.len() / 8).max(many), |_| true));
        }
        // Not `any`: each of them has to go.
        picked.iter().filter(|key| key.put_to_rest(self, &pass)).count() > 0
    }

    /// How many keys lie prepared, and how many sealed.
    pub(super) fn count(&self) -> (usize, usize) {
        if !self.memory.is_of_this_process() || self.is_over() {
            return (0, 0);
        }
        let prepared = self.life.register().len();
        (prepared, self.keys.load(Ordering::Relaxed).saturating_sub(prepared))
    }

    pub(super) fn count_key(&self) {
        self.keys.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn forget_key(&self) {
        self.keys.fetch_sub(1, Ordering::Relaxed);
    }

    fn unlocking(&self) -> MutexGuard<'_, Unlocking> {
        self.unlocking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a transaction or a local context on a locked store.
    pub(super) fn begin_unlocking(&self) {
        if !self.memory.is_of_this_process() {
            return;
        }
        let mut unlocking = self.unlocking();
        unlocking.running += 1;
        // A session that has ended, or is about to, takes no memory any more (`end`).
        if !self.is_over() {
            unlocking.spare.get_or_insert_with(|| self.memory.keeping_spare(true));
        }
    }

    /// Notes the end of one. If it was the last and the store is still locked, erases the root key that they may have
    /// made and keeps no memory, so that no secret page is left of an attempt that failed.
    pub(super) fn end_unlocking(&self, is_locked: impl FnOnce() -> bool) {
        if !self.memory.is_of_this_process() {
            return;
        }
        let mut unlocking = self.unlocking();
        unlocking.running = unlocking.running.saturating_sub(1);
        if unlocking.running == 0 && is_locked() {
            self.root.erase();
            unlocking.spare = None;
        }
    }
}

#[cfg(all(test, not(loom), target_os = "linux"))]
mod tests {
    use strongroom_memory::Policy;
    use strongroom_testkit::{End, fork, victim};

    use super::*;

    /// As when a thread of the parent is at the end of an attempt to unlock.
    #[test]
    fn a_forked_child_begins_and_ends_where_the_lock_is_held() {
        let outcome = victim!().run(|| {
            let session = Session::open(SecretMemory::open(Policy::best_available()).unwrap());
            let held = session.unlocking();
            let end = fork::child(|| {
                session.begin_unlocking();
                session.end_unlocking(|| true);
                assert_eq!(session.count(), (0, 0));
                7
            });
            assert_eq!(end, End::Exit(7));
            drop(held);
            session.begin_unlocking();
            session.end_unlocking(|| true);
        });
        outcome.assert_exit(0);
    }
}
