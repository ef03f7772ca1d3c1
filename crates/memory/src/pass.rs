//! What may pass into an operation and out of it. Both traits are sealed.
//!
//! Out goes nothing that could carry bytes of the operation's stack along: a value with padding, or an enum whose
//! unused variant leaves room, is taken apart inside and put together outside. An output that owns heap memory does not
//! compile.

use crate::fork::Epoch;

pub(crate) mod sealed {
    use crate::fork::Epoch;

    pub trait ScopeInput {
        /// Whether every secret in the input was made in this process.
        #[inline]
        fn is_of(&self, epoch: Epoch) -> bool {
            let _ = epoch;
            true
        }
    }

    pub trait ScopeOutput: Sized {
        /// Where the parts of the value are put: in ordinary memory, initialised, each part a number or bytes.
        type Parts;

        /// The place before the operation.
        fn nothing() -> Self::Parts;

        /// Called inside: writes each part by itself, so that no byte between the parts is written.
        fn put(self, parts: &mut Self::Parts);

        /// Called outside.
        fn take(parts: Self::Parts) -> Self;
    }
}

/// What may enter an operation: references to secrets, the caller's slices, plain numbers, and tuples of these. Sealed.
pub trait ScopeInput: sealed::ScopeInput {}
impl<T: sealed::ScopeInput> ScopeInput for T {}

/// What may leave an operation: numbers, `bool`, byte arrays, and `Option`, `Result` and tuples of these, which are
/// taken apart and put together outside. Sealed.
pub trait ScopeOutput: sealed::ScopeOutput {}
impl<T: sealed::ScopeOutput> ScopeOutput for T {}

/// A plain structure without secrets that may enter an operation by reference, such as the parameters of a key
/// derivation. Whoever implements it says that the type holds nothing secret.
///
/// It is `Copy` and `'static`, so it refers to nothing of its caller's and has nothing that changes behind a shared
/// reference: an operation can neither call a closure that captures nor leave anything there. What borrows enters
/// beside it, as a slice.
pub trait PublicInput: Copy + 'static {}

/// Why an operation said no: a small number that the caller's crate gives its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Status(pub u8);

impl<T: sealed::ScopeInput> sealed::ScopeInput for Option<T> {
    #[inline]
    fn is_of(&self, epoch: Epoch) -> bool {
        self.as_ref().is_none_or(|inner| inner.is_of(epoch))
    }
}

impl<T: PublicInput> sealed::ScopeInput for &T {}
impl sealed::ScopeInput for &[u8] {}
impl sealed::ScopeInput for &mut [u8] {}
impl<const N: usize> sealed::ScopeInput for &[u8; N] {}
impl<const N: usize> sealed::ScopeInput for &mut [u8; N] {}
impl<const N: usize> sealed::ScopeInput for [u8; N] {}

impl<const N: usize> sealed::ScopeOutput for [u8; N] {
    type Parts = Self;

    #[inline]
    fn nothing() -> Self {
        [0; N]
    }

    #[inline]
    fn put(self, parts: &mut Self) {
        *parts = self;
    }

    #[inline]
    fn take(parts: Self) -> Self {
        parts
    }
}

macro_rules! plain {
    ($($number:ty)*) => { $(
        impl sealed::ScopeInput for $number {}
        impl sealed::ScopeOutput for $number {
            type Parts = Self;

            #[inline]
            fn nothing() -> Self {
                <$number>::default()
            }

            #[inline]
            fn put(self, parts: &mut Self) {
                *parts = self;
            }

            #[inline]
            fn take(parts: Self) -> Self {
                parts
            }
        }
    )* };
}
plain!(() bool u8 u16 u32 u64 usize);

impl sealed::ScopeOutput for Status {
    type Parts = u8;

    #[inline]
    fn nothing() -> u8 {
        0
    }

    #[inline]
    fn put(self, parts: &mut u8) {
        *parts = self.0;
    }

    #[inline]
    fn take(parts: u8) -> Self {
        Self(parts)
    }
}

impl<T: sealed::ScopeOutput> sealed::ScopeOutput for Option<T> {
    type Parts = (bool, T::Parts);

    #[inline]
    fn nothing() -> Self::Parts {
        (false, T::nothing())
    }

    #[inline]
    fn put(self, parts: &mut Self::Parts) {
        if let Some(value) = self {
            value.put(&mut parts.1);
            parts.0 = true;
        }
    }

    #[inline]
    fn take(parts: Self::Parts) -> Self {
        parts.0.then(|| T::take(parts.1))
    }
}

impl<T: sealed::ScopeOutput, E: sealed::ScopeOutput> sealed::ScopeOutput for Result<T, E> {
    type Parts = (bool, T::Parts, E::Parts);

    #[inline]
    fn nothing() -> Self::Parts {
        (false, T::nothing(), E::nothing())
    }

    #[inline]
    fn put(self, parts: &mut Self::Parts) {
        match self {
            Ok(value) => {
                value.put(&mut parts.1);
                parts.0 = true;
            }
            Err(error) => error.put(&mut parts.2),
        }
    }

    #[inline]
    fn take(parts: Self::Parts) -> Self {
        if parts.0 { Ok(T::take(parts.1)) } else { Err(E::take(parts.2)) }
    }
}

macro_rules! tuples {
    ($(($($part:ident $at:tt),+))*) => { $(
        impl<$($part: sealed::ScopeInput),+> sealed::ScopeInput for ($($part,)+) {
            #[inline]
            fn is_of(&self, epoch: Epoch) -> bool {
                $(self.$at.is_of(epoch))&&+
            }
        }

        impl<$($part: sealed::ScopeOutput),+> sealed::ScopeOutput for ($($part,)+) {
            type Parts = ($($part::Parts,)+);

            #[inline]
            fn nothing() -> Self::Parts {
                ($($part::nothing(),)+)
            }

            #[inline]
            fn put(self, parts: &mut Self::Parts) {
                $(self.$at.put(&mut parts.$at);)+
            }

            #[inline]
            fn take(parts: Self::Parts) -> Self {
                ($($part::take(parts.$at),)+)
            }
        }
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

#[cfg(test)]
mod tests {
    use super::sealed::ScopeOutput;
    use super::*;

    fn through<T: ScopeOutput>(value: T) -> T {
        let mut parts = T::nothing();
        value.put(&mut parts);
        T::take(parts)
    }

    #[test]
    fn what_leaves_is_what_was_put() {
        assert_eq!(through(7u64), 7);
        assert_eq!(through([1u8, 2, 3]), [1, 2, 3]);
        assert_eq!(through(Some((true, 9u32))), Some((true, 9)));
        assert_eq!(through(None::<[u8; 4]>), None);
        assert_eq!(through(Ok::<[u8; 4], Status>([4; 4])), Ok([4; 4]));
        assert_eq!(through(Err::<[u8; 4], Status>(Status(3))), Err(Status(3)));
        assert_eq!(through(Ok::<Option<u8>, Status>(Some(1))), Ok(Some(1)));
    }
}
