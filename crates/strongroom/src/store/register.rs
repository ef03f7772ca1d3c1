//! Where every prepared key of a session is entered, so that `lock` finds it wherever its context is.

use std::sync::{Arc, PoisonError};

use super::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

/// Parts with a lock each. A thread enters its keys in its own, as far as they reach.
const PARTS: usize = if cfg!(all(loom, test)) { 1 } else { 16 };

/// Something that holds a secret.
pub(super) trait Erase {
    /// Erases the secret, and does not come back from it.
    fn erase(&self);
}

/// The keys of one session.
pub(super) struct Register<T: ?Sized> {
    parts: [Mutex<Part<T>>; PARTS],
    /// Where the next look for keys to put to rest begins.
    hand: AtomicUsize,
}

struct Part<T: ?Sized> {
    entries: Vec<Option<Arc<T>>>,
    free: Vec<usize>,
    hand: usize,
}

/// Where a key is entered. Good for one removal.
#[derive(Debug)]
pub(super) struct Ticket {
    part: usize,
    place: usize,
}

impl<T: Erase + ?Sized> Register<T> {
    pub(super) fn new() -> Self {
        let part = || Part { entries: Vec::new(), free: Vec::new(), hand: 0 };
        Self { parts: std::array::from_fn(|_| Mutex::new(part())), hand: AtomicUsize::new(0) }
    }

    #[expect(clippy::indexing_slicing, reason = "a remainder of PARTS")]
    fn part(&self, part: usize) -> MutexGuard<'_, Part<T>> {
        // No code under this lock panics half-way through a change, and none of it is the caller's.
        self.parts[part % PARTS].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters a key. Only who is inside the gate does.
    pub(super) fn add(&self, thread: usize, key: Arc<T>) -> Ticket {
        let mut part = self.part(thread);
        let Part { entries, free, .. } = &mut *part;
        let place = free.pop().unwrap_or(entries.len());
        match entries.get_mut(place) {
            Some(entry) => *entry = Some(key),
            None => entries.push(Some(key)),
        }
        Ticket { part: thread % PARTS, place }
    }

    /// Erases a key and strikes it out. Both under the lock: who has gone through the register after that knows that
    /// the key is no more.
    pub(super) fn remove(&self, ticket: &Ticket) {
        let mut part = self.part(ticket.part);
        if let Some(key) = part.entries.get_mut(ticket.place).and_then(Option::take) {
            key.erase();
            part.free.push(ticket.place);
        }
    }

    /// Erases every key. Only behind a closed gate.
    pub(super) fn clear(&self) {
        for part in 0..PARTS {
            let mut part = self.part(part);
            part.entries.drain(..).flatten().for_each(|key| key.erase());
            part.free.clear();
        }
    }

    /// Goes round and picks at most `most` keys; each is looked at once at most.
    pub(super) fn pick(&self, most: usize, mut wanted: impl FnMut(&T) -> bool) -> Vec<Arc<T>> {
        let mut picked = Vec::new();
        let first = self.hand.fetch_add(1, Ordering::Relaxed);
        for part in 0..PARTS {
            let mut part = self.part(first.wrapping_add(part));
            let Part { entries, hand, .. } = &mut *part;
            let len = entries.len();
            for _ in 0..len {
                if picked.len() >= most {
                    return picked;
                }
                *hand = if *hand + 1 < len { *hand + 1 } else { 0 };
                if let Some(Some(key)) = entries.get(*hand)
                    && wanted(key)
                {
                    picked.push(Arc::clone(key));
                }
            }
        }
        picked
    }

    /// How many keys are entered.
    pub(super) fn len(&self) -> usize {
        (0..PARTS).map(|part| self.part(part)).map(|part| part.entries.len() - part.free.len()).sum()
    }
}
