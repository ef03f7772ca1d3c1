//! What an operation reads.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A secret that an operation reads: behind a reference that stays on the operation's thread.
///
/// A thread that an operation starts has an ordinary stack, where what it reads would stay. So a reference to this type
/// is not `Send`:
///
/// ```compile_fail,E0277
/// # use strongroom_memory::{ScopeToken, SecretBox};
/// fn first(inside: &ScopeToken<'_>, key: &SecretBox<[u8; 32]>) -> u8 {
///     let bytes = key.expose(inside);
///     std::thread::scope(|threads| threads.spawn(|| bytes[0]).join().unwrap())
/// }
/// ```
///
/// It dereferences to `T`. The plain reference that this gives is as `Send` as any: whoever hands *that* to a thread
/// has taken it out on purpose.
#[repr(transparent)]
pub struct Exposed<T: ?Sized> {
    /// Not `Sync`.
    thread: PhantomData<*const ()>,
    value: T,
}

impl<T: ?Sized> Exposed<T> {
    #[inline]
    pub(crate) fn of(value: &T) -> &Self {
        let exposed = std::ptr::from_ref(value) as *const Self;
        // SAFETY: the type is a transparent wrapper, so what is valid as a `T` is valid as one, for as long.
        unsafe { &*exposed }
    }
}

impl<T: ?Sized> Deref for Exposed<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> fmt::Debug for Exposed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exposed(..)")
    }
}
