//! What the concurrent core is built on: the standard library's, or the model checker's under `--cfg loom`.

#[cfg(not(all(loom, test)))]
mod imp {
    pub(in crate::store) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(in crate::store) use std::sync::{Condvar, Mutex, MutexGuard};

    use std::sync::Arc;

    /// Between two accesses that are sequentially consistent, which is enough by itself.
    #[inline(always)]
    pub(in crate::store) fn in_order() {}

    /// One `Arc` that is replaced whole. Readers neither wait nor make anybody wait.
    pub(in crate::store) struct Swap<T>(arc_swap::ArcSwap<T>);

    /// What was there when it was looked at.
    pub(in crate::store) type Seen<T> = arc_swap::Guard<Arc<T>>;

    impl<T> Swap<T> {
        pub(in crate::store) fn new(value: Arc<T>) -> Self {
            Self(arc_swap::ArcSwap::new(value))
        }

        #[inline]
        pub(in crate::store) fn load(&self) -> Seen<T> {
            self.0.load()
        }

        pub(in crate::store) fn swap(&self, value: Arc<T>) -> Arc<T> {
            self.0.swap(value)
        }

        /// Puts `value` there if `seen` still is; says whether.
        pub(in crate::store) fn replace(&self, seen: &Seen<T>, value: Arc<T>) -> bool {
            Arc::ptr_eq(&self.0.compare_and_swap(&**seen, value), seen)
        }
    }
}

/// The checker's. It does not see into `arc-swap`, so a lock with the same promises stands in for it: each call is one
/// step that all others see before or after.
#[cfg(all(loom, test))]
mod imp {
    pub(in crate::store) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    pub(in crate::store) use loom::sync::{Condvar, Mutex, MutexGuard};

    use std::sync::{Arc, PoisonError};

    /// The checker takes sequentially consistent accesses for acquire and release, but knows the fence.
    pub(in crate::store) fn in_order() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }

    pub(in crate::store) struct Swap<T>(Mutex<Arc<T>>);

    pub(in crate::store) type Seen<T> = Arc<T>;

    impl<T> Swap<T> {
        pub(in crate::store) fn new(value: Arc<T>) -> Self {
            Self(Mutex::new(value))
        }

        fn lock(&self) -> MutexGuard<'_, Arc<T>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }

        pub(in crate::store) fn load(&self) -> Seen<T> {
            Arc::clone(&self.lock())
        }

        pub(in crate::store) fn swap(&self, value: Arc<T>) -> Arc<T> {
            std::mem::replace(&mut self.lock(), value)
        }

        pub(in crate::store) fn replace(&self, seen: &Seen<T>, value: Arc<T>) -> bool {
            let mut current = self.lock();
            let same = Arc::ptr_eq(&current, seen);
            if same {
                *current = value;
            }
            same
        }
    }
}

pub(super) use imp::*;
