//! Where secrets may be read: a plain function, given the token [`Inside`].
//!
//! An operation is a *plain function*: it captures nothing, so everything it sees comes in through its input and
//! everything it leaves goes out through its output, and the types of both are sealed. In come references to secrets,
//! slices of the caller's and plain numbers ([`Enter`]); out go numbers, `bool` and byte arrays ([`Leave`]): nothing on
//! the heap, and nothing with padding, which would carry bytes of the operation's stack with it.
//!
//! In this version the operation runs in place, on the caller's ordinary stack: keys are protected at rest and not in
//! use, and [`crate::Protected::in_use`] says so. The form is the final one, so that moving it onto a secret stack
//! changes no caller.

use crate::error::EnterError;
use crate::fork::Epoch;
use crate::scratch::Scratch;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The token that an operation holds and nobody else: with it a secret can be read.
///
/// It cannot be made, cloned, sent to another thread or kept.
pub struct Inside<'s> {
    epoch: Epoch,
    /// Invariant in `'s`.
    brand: PhantomData<fn(&'s ()) -> &'s ()>,
    /// Neither `Send` nor `Sync`.
    thread: PhantomData<*const ()>,
}

impl Inside<'_> {
    /// The process that the operation runs in.
    #[inline]
    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }
}

impl std::fmt::Debug for Inside<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inside")
    }
}

/// Runs `operation`, in the process of `home`. The one place where a token is made.
#[inline]
pub(crate) fn enter<I: Enter, O>(
    home: Epoch,
    input: I,
    operation: impl FnOnce(&Inside<'_>, I) -> O,
) -> Result<O, EnterError> {
    let epoch = Epoch::current();
    if epoch != home || !input.is_of(epoch) {
        return Err(EnterError::ForkedChild);
    }
    let inside = Inside { epoch, brand: PhantomData, thread: PhantomData };
    // What the operation holds is dropped by the unwinding; what it was lent is bytes, of which any state is valid.
    catch_unwind(AssertUnwindSafe(|| operation(&inside, input))).map_err(|payload| {
        // A payload may quote a secret, so it goes no further. Only the two types that the standard macros make are
        // known to drop without a panic of their own.
        if payload.is::<&'static str>() || payload.is::<String>() {
            drop(payload);
        } else {
            forget(payload);
        }
        EnterError::Panicked
    })
}

fn forget(payload: Box<dyn std::any::Any + Send>) {
    let _ = Box::into_raw(payload);
}

pub(crate) mod sealed {
    use crate::fork::Epoch;

    pub trait Enter {
        /// Whether every secret in the input was made in this process.
        #[inline]
        fn is_of(&self, epoch: Epoch) -> bool {
            let _ = epoch;
            true
        }
    }

    pub trait Leave {}
}

/// What may enter an operation: references to secrets, the caller's slices, plain numbers, and tuples of these. Sealed.
pub trait Enter: sealed::Enter {}
impl<T: sealed::Enter> Enter for T {}

/// What may leave an operation: numbers, `bool`, byte arrays, and `Option`, `Result` and tuples of these, which are taken
/// apart and put together outside. Sealed.
pub trait Leave: sealed::Leave {}
impl<T: sealed::Leave> Leave for T {}

/// A plain structure without secrets that may enter an operation by reference, such as the parameters of a key
/// derivation. Whoever implements it says that the type holds nothing secret.
pub trait Public {}

/// Why an operation said no: a small number that the caller's crate gives its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Status(pub u8);

impl<T: Copy> sealed::Enter for &mut Scratch<T> {
    #[inline]
    fn is_of(&self, epoch: Epoch) -> bool {
        self.epoch() == epoch
    }
}

impl<T: sealed::Enter> sealed::Enter for Option<T> {
    #[inline]
    fn is_of(&self, epoch: Epoch) -> bool {
        self.as_ref().is_none_or(|inner| inner.is_of(epoch))
    }
}

impl<T: Public> sealed::Enter for &T {}
impl sealed::Enter for &[u8] {}
impl sealed::Enter for &mut [u8] {}
impl<const N: usize> sealed::Enter for &[u8; N] {}
impl<const N: usize> sealed::Enter for &mut [u8; N] {}
impl<const N: usize> sealed::Enter for [u8; N] {}
impl<const N: usize> sealed::Leave for [u8; N] {}
impl sealed::Leave for Status {}
impl<T: sealed::Leave> sealed::Leave for Option<T> {}
impl<T: sealed::Leave, E: sealed::Leave> sealed::Leave for Result<T, E> {}

macro_rules! plain {
    ($($number:ty)*) => { $(impl sealed::Enter for $number {} impl sealed::Leave for $number {})* };
}
plain!(() bool u8 u16 u32 u64 usize);

macro_rules! tuples {
    ($(($($part:ident $at:tt),+))*) => { $(
        impl<$($part: sealed::Enter),+> sealed::Enter for ($($part,)+) {
            #[inline]
            fn is_of(&self, epoch: Epoch) -> bool {
                $(self.$at.is_of(epoch))&&+
            }
        }
        impl<$($part: sealed::Leave),+> sealed::Leave for ($($part,)+) {}
    )* };
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
