//! The keys that a context holds until it ends, where they can be added while others are used.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::named::Named;
use super::stored::Stored;
use crate::kind::each::{Each, Family, Kind as _};
use crate::kind::{Kind, for_each_kind};

/// A key that a context holds.
pub(super) enum Entry<K: Kind> {
    /// One that it made.
    Local(Arc<Stored<K>>),
    /// One that the transaction has given a name, and looked up by it. What it has given names may be named anew before
    /// it ends; keys of the store's snapshot stay where they are.
    Named(Arc<dyn Named<K>>),
}

/// Entries that are looked through for one that is there already.
const FIRST: usize = 16;

/// For each kind, the keys that a context holds.
#[derive(Default)]
pub(super) struct Locals(Each<Shelves>);

struct Shelves;

impl Family for Shelves {
    type Member<K: Kind> = Shelf<Entry<K>>;
}

impl Locals {
    /// Adds a key that the context made, and returns where it is until the context ends.
    pub(super) fn add<K: Kind>(&self, key: Arc<Stored<K>>) -> &Entry<K> {
        K::of(&self.0).push(Entry::Local(key))
    }

    /// Adds a key that this transaction has given a name, and returns where it is until the context ends. If it is one
    /// of the first that were added, it is there already: a loop that looks up the same name each time takes no memory
    /// each time.
    pub(super) fn look_up<K: Kind>(&self, named: Arc<dyn Named<K>>) -> &Entry<K> {
        let shelf = K::of(&self.0);
        let is_it = |entry: &&Entry<K>| match entry {
            Entry::Named(found) => Arc::ptr_eq(found, &named),
            Entry::Local(_) => false,
        };
        match shelf.iter().take(FIRST).find(is_it) {
            Some(entry) => entry,
            None => shelf.push(Entry::Named(named)),
        }
    }

    /// Counts the keys that the context made.
    pub(super) fn count(&self) -> usize {
        let mut sum = 0;
        for_each_kind!(K => sum += K::of(&self.0).iter().filter(|entry| matches!(entry, Entry::Local(_))).count());
        sum
    }
}

/// A list that grows while what it holds is lent, and from several threads: what was put there is never moved.
struct Shelf<T> {
    len: AtomicUsize,
    /// Most contexts hold few keys: these take nothing from the heap.
    few: [OnceLock<T>; 2],
    more: OnceLock<Box<Part<T>>>,
}

/// Each part is twice as long as the one before.
struct Part<T> {
    places: Box<[OnceLock<T>]>,
    next: OnceLock<Box<Part<T>>>,
}

impl<T> Part<T> {
    /// Places of the first part.
    const FIRST: usize = 8;

    fn new(len: usize) -> Box<Self> {
        Box::new(Self { places: (0..len).map(|_| OnceLock::new()).collect(), next: OnceLock::new() })
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { len: AtomicUsize::new(0), few: [OnceLock::new(), OnceLock::new()], more: OnceLock::new() }
    }
}

impl<T> Shelf<T> {
    /// Adds a thing, and returns it where it is now.
    fn push(&self, thing: T) -> &T {
        let number = self.len.fetch_add(1, Ordering::Relaxed);
        // Nobody else has this number, so the place is free.
        if let Some(place) = self.few.get(number) {
            return place.get_or_init(|| thing);
        }
        let mut at = number - self.few.len();
        let mut part = self.more.get_or_init(|| Part::new(Part::<T>::FIRST));
        loop {
            let len = part.places.len();
            if let Some(place) = part.places.get(at) {
                return place.get_or_init(|| thing);
            }
            at -= len;
            part = part.next.get_or_init(|| Part::new(2 * len));
        }
    }

    /// Goes through the things in the order in which they were added, as far as none is being added.
    fn iter(&self) -> impl Iterator<Item = &T> {
        let more = std::iter::successors(self.more.get(), |part| part.next.get()).flat_map(|part| part.places.iter());
        self.few.iter().chain(more).map_while(OnceLock::get)
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn what_was_put_there_stays_where_it_is() {
        let shelf = Shelf::default();
        let things: Vec<&usize> = (0..1000).map(|n| shelf.push(n)).collect();
        assert!(things.iter().enumerate().all(|(n, thing)| n == **thing));
        let mut places: Vec<*const usize> = things.iter().map(|thing| std::ptr::from_ref(*thing)).collect();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), 1000);
        assert!(shelf.iter().copied().eq(0..1000));
    }

    #[test]
    fn threads_that_add_at_once_have_a_place_each() {
        let shelf = Shelf::default();
        let shelf = &shelf;
        let sums: Vec<usize> = std::thread::scope(|threads| {
            let adding: Vec<_> = (0..4_usize)
                .map(|thread| {
                    threads.spawn(move || {
                        let things: Vec<&usize> = (0..500).map(|n| shelf.push(thread * 500 + n)).collect();
                        assert!(things.iter().enumerate().all(|(n, thing)| thread * 500 + n == **thing));
                        things.into_iter().sum()
                    })
                })
                .collect();
            adding.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(sums.into_iter().sum::<usize>(), (0..2000).sum::<usize>());
        assert_eq!(shelf.len.load(std::sync::atomic::Ordering::Relaxed), 2000);
    }
}
