//! The secrets that a protocol hands out, as types of their own. They lie in secret memory until they are exposed.

use std::fmt;

use strongroom_memory::{MemoryError, SecretBytes, SecretMemory};
use zeroize::Zeroizing;

use crate::encoded_text::encoded_text;
use crate::error::{SecretError, broken};
use crate::kind::KeySet;
use crate::operation::{self, Alphabet, Fixed, SecretFailure};
use crate::store::Context;

/// A secret of `N` bytes, with what it takes to look at it.
pub(super) struct Held<const N: usize> {
    pub(super) bytes: Fixed<N>,
    memory: SecretMemory,
}

pub(super) fn secret_error(failure: SecretFailure, expected: usize) -> SecretError {
    match failure {
        SecretFailure::Memory(error) => error.into(),
        SecretFailure::Random => SecretError::Random,
        SecretFailure::Malformed => SecretError::Malformed { expected },
        SecretFailure::AllZero => SecretError::AllZero,
    }
}

impl<const N: usize> Held<N> {
    /// One that an operation makes.
    pub(super) fn make<S: KeySet>(
        ctx: &Context<'_, S>,
        mut make: impl FnMut(&SecretMemory) -> Result<Fixed<N>, SecretFailure>,
    ) -> Result<Self, SecretError> {
        ctx.make_secret(|memory| match make(memory) {
            Ok(bytes) => Ok(Self { bytes, memory: memory.clone() }),
            Err(failure) => Err(secret_error(failure, N)),
        })
    }

    /// Its bytes, for an operation that takes others of any length.
    pub(super) fn give<S: KeySet>(&self, ctx: &Context<'_, S>) -> Result<SecretBytes, SecretError> {
        ctx.make_secret(|memory| operation::give(memory, &self.bytes).map_err(|failure| secret_error(failure, N)))
    }

    pub(super) fn expose(&self, alphabet: Alphabet) -> Result<Zeroizing<String>, SecretError> {
        let mut text = Zeroizing::new(vec![0; N.div_ceil(3) * 4]);
        let length = operation::encode(&self.memory, &self.bytes, alphabet, &mut text).map_err(MemoryError::from)?;
        text.truncate(length.ok_or(broken("base64 has four characters for three bytes")).map_err(MemoryError::from)?);
        Ok(encoded_text(text).map_err(MemoryError::from)?)
    }
}

impl<const N: usize> fmt::Debug for Held<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// Declares a secret of a length, written in base64 of an alphabet.
macro_rules! secret {
    ($(#[$meta:meta])* $name:ident, $length:literal, $alphabet:ident) => {
        $(#[$meta])*
        #[derive(Debug)]
        pub struct $name($crate::account::secret::Held<$length>);

        impl $name {
            /// A new one, from the system's random source.
            ///
            /// # Errors
            /// [`SecretError`](crate::SecretError): no random bytes, or no room.
            pub fn generate<S: $crate::kind::KeySet>(
                ctx: &$crate::store::Context<'_, S>,
            ) -> Result<Self, $crate::error::SecretError> {
                $crate::account::secret::Held::make(ctx, $crate::operation::random_secret).map(Self)
            }

            /// Reads what [`expose`](Self::expose) gave, with or without padding, in constant time.
            ///
            /// # Errors
            /// [`SecretError::Malformed`](crate::SecretError::Malformed): the text is no such secret; no room.
            pub fn read<S: $crate::kind::KeySet>(
                ctx: &$crate::store::Context<'_, S>,
                text: &strongroom_memory::SecretBytes,
            ) -> Result<Self, $crate::error::SecretError> {
                let alphabet = $crate::operation::Alphabet::$alphabet;
                $crate::account::secret::Held::make(ctx, |memory| $crate::operation::decode(memory, text, alphabet))
                    .map(Self)
            }

            $crate::account::secret::exposed!($alphabet);
        }
    };
}
pub(super) use secret;

/// The way out of a secret that is written in base64 of an alphabet.
macro_rules! exposed {
    ($alphabet:ident) => {
        /// The secret as text, in ordinary memory: it is the caller's then. Erased when dropped.
        ///
        /// # Errors
        /// [`SecretError`](crate::SecretError): the operation could not run, as in a forked child.
        pub fn expose(&self) -> Result<zeroize::Zeroizing<String>, $crate::error::SecretError> {
            self.0.expose($crate::operation::Alphabet::$alphabet)
        }
    };
}
pub(super) use exposed;
