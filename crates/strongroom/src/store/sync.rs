//! What the concurrent core is built on: the standard library's, or the model checker's under `--cfg loom`.

#[cfg(not(all(loom, test)))]
mod imp {
    pub(in crate::store) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(in crate::store) use std::sync::{Condvar, Mutex, MutexGuard};

    use arc_swap::{ArcSwapAny, RefCnt};

    /// Between two accesses that are sequentially consistent, which is enough by itself.
    #[inline(always)]
    pub(in crate::store) fn in_order() {}

    /// One `Arc`, or `Option` of one, that is replaced whole. Readers neither wait nor make anybody wait.
    pub(in crate::store) struct Swap<P: RefCnt>(ArcSwapAny<P>);

    /// What was there when it was looked at. Whoever replaces it does not wait until this is dropped: it keeps alive
    /// what it shows.
    pub(in crate::store) type Seen<P> = arc_swap::Guard<P>;

    impl<P: RefCnt> Swap<P> {
        pub(in crate::store) fn new(value: P) -> Self {
            Self(ArcSwapAny::new(value))
        }

        #[inline]
        pub(in crate::store) fn load(&self) -> Seen<P> {
            self.0.load()
        }

        pub(in crate::store) fn swap(&self, value: P) -> P {
            self.0.swap(value)
        }

        /// Puts `value` there if `seen` still is; says whether.
        pub(in crate::store) fn replace(&self, seen: &Seen<P>, value: P) -> bool {
            RefCnt::as_ptr(&*self.0.compare_and_swap(&**seen, value)) == RefCnt::as_ptr(&**seen)
        }
    }
}

/// The checker's. It does not see into `arc-swap`, so a lock with the same promises stands in for it: each call is one
/// step that all others see before or after, and so is the end of what a call has shown.
#[cfg(all(loom, test))]
mod imp {
    pub(in crate::store) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(in crate::store) use loom::sync::{Condvar, Mutex, MutexGuard};

    use std::ops::Deref;
    use std::sync::{Arc, PoisonError};

    use arc_swap::RefCnt;

    /// The checker takes sequentially consistent accesses for acquire and release, but knows the fence.
    pub(in crate::store) fn in_order() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }

    pub(in crate::store) struct Swap<P> {
        current: Mutex<P>,
        shown: Arc<AtomicUsize>,
    }

    pub(in crate::store) struct Seen<P> {
        value: P,
        /// Touched by who replaces the value and by who lets go of it, so that the checker tries both orders.
        shown: Option<Arc<AtomicUsize>>,
    }

    impl<P: RefCnt> Swap<P> {
        pub(in crate::store) fn new(value: P) -> Self {
            Self { current: Mutex::new(value), shown: Arc::new(AtomicUsize::new(0)) }
        }

        fn lock(&self) -> MutexGuard<'_, P> {
            self.current.lock().unwrap_or_else(PoisonError::into_inner)
        }

        pub(in crate::store) fn load(&self) -> Seen<P> {
            Seen { value: self.lock().clone(), shown: Some(Arc::clone(&self.shown)) }
        }

        pub(in crate::store) fn swap(&self, value: P) -> P {
            let before = std::mem::replace(&mut *self.lock(), value);
            self.shown.fetch_add(1, Ordering::SeqCst);
            before
        }

        pub(in crate::store) fn replace(&self, seen: &Seen<P>, value: P) -> bool {
            let mut current = self.lock();
            let same = RefCnt::as_ptr(&*current) == RefCnt::as_ptr(&seen.value);
            if same {
                *current = value;
            }
            drop(current);
            self.shown.fetch_add(1, Ordering::SeqCst);
            same
        }
    }

    impl<P> Seen<P> {
        pub(in crate::store) fn from_inner(value: P) -> Self {
            Self { value, shown: None }
        }
    }

    impl<P> Deref for Seen<P> {
        type Target = P;

        fn deref(&self) -> &P {
            &self.value
        }
    }

    /// A step of its own, and then the value goes.
    impl<P> Drop for Seen<P> {
        fn drop(&mut self) {
            if let Some(shown) = &self.shown {
                shown.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

pub(super) use imp::*;
