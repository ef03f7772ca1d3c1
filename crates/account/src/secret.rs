//! The secrets that a protocol hands out, as types of their own. They are in secret memory until they are exposed.

use std::fmt;

use strongroom::extension::{self, ScopeInput, ScopeToken, SecretBox, SecretMemory, Status, random};
use strongroom::{Context, ErrorKind, ProtectedBytes, names::KeySet};
use zeroize::Zeroizing;

use crate::encoding::{self, Alphabet};
use crate::error::Error;
use crate::operation::{ALL_ZERO, Fixed, MALFORMED, NO_RANDOM, ROOM, operation_error};

/// A secret of `N` bytes, with the memory that it is read in.
pub(crate) struct Held<const N: usize> {
    pub(crate) bytes: Fixed<N>,
    memory: SecretMemory,
}

/// Returns what an operation on a secret of `expected` bytes says by its status.
pub(crate) fn secret_error(error: strongroom::Error, expected: usize) -> Error {
    match error.kind() {
        ErrorKind::Function(ALL_ZERO) => Error::AllZero,
        ErrorKind::Function(MALFORMED) => Error::MalformedSecret { expected },
        _ => operation_error(error),
    }
}

impl<const N: usize> Held<N> {
    /// Makes one by a plain function.
    pub(crate) fn make<S: KeySet, I: ScopeInput + Copy>(
        ctx: &Context<'_, S>,
        f: fn(&ScopeToken<'_>, I) -> Result<[u8; N], Status>,
        input: I,
    ) -> Result<Self, Error> {
        let made = extension::make_secret(ctx, |memory| {
            let bytes = SecretBox::try_make(&memory.reserving(ROOM), f, input)?;
            Ok(Self { bytes, memory: memory.clone() })
        });
        made.map_err(|error| secret_error(error, N))
    }

    /// Makes one of random bytes.
    pub(crate) fn random<S: KeySet>(ctx: &Context<'_, S>) -> Result<Self, Error> {
        Self::make(
            ctx,
            |inside, ()| {
                let mut bytes = [0; N];
                random::secret(inside, &mut bytes).map_err(|_| NO_RANDOM)?;
                Ok(bytes)
            },
            (),
        )
    }

    /// Reads the text of one.
    pub(crate) fn read<S: KeySet>(
        ctx: &Context<'_, S>,
        text: &ProtectedBytes,
        alphabet: Alphabet,
    ) -> Result<Self, Error> {
        let decode = |inside: &ScopeToken<'_>, (text, is_url): (&ProtectedBytes, bool)| {
            encoding::decode(text.expose(inside), is_url)
        };
        Self::make(ctx, decode, (text, alphabet.is_url()))
    }

    /// Returns its text, in ordinary memory.
    pub(crate) fn expose(&self, alphabet: Alphabet) -> Result<Zeroizing<String>, Error> {
        let mut text = Zeroizing::new(vec![0; N.div_ceil(3) * 4]);
        let length = self.memory.scope_reserving(
            ROOM,
            |inside, (secret, is_url, out): (&Fixed<N>, bool, &mut [u8])| {
                encoding::encode(secret.expose(inside).as_slice(), is_url, out)
            },
            (&self.bytes, alphabet.is_url(), &mut text[..]),
        );
        let length = length.map_err(strongroom::Error::from)?;
        text.truncate(length.ok_or(Error::broken("base64 has four characters for three bytes"))?);
        match String::from_utf8(std::mem::take(&mut *text)) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(Error::broken("an encoder writes ASCII"))
            }
        }
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
        pub struct $name($crate::secret::Held<$length>);

        impl $name {
            /// Makes a new one, from the system's random source.
            ///
            /// # Errors
            /// [`Error::Store`](crate::Error::Store): no random bytes, or no room.
            pub fn generate<S: strongroom::names::KeySet>(
                ctx: &strongroom::Context<'_, S>,
            ) -> Result<Self, $crate::error::Error> {
                $crate::secret::Held::random(ctx).map(Self)
            }

            /// Reads what [`expose`](Self::expose) returned, with or without padding, in constant time.
            ///
            /// # Errors
            /// [`Error::MalformedSecret`](crate::Error::MalformedSecret): the text is not such a secret.
            /// [`Error::Store`](crate::Error::Store): no room.
            pub fn read<S: strongroom::names::KeySet>(
                ctx: &strongroom::Context<'_, S>,
                text: &strongroom::ProtectedBytes,
            ) -> Result<Self, $crate::error::Error> {
                $crate::secret::Held::read(ctx, text, $crate::encoding::Alphabet::$alphabet).map(Self)
            }

            $crate::secret::exposed!($alphabet);
        }
    };
}
pub(crate) use secret;

/// Declares the way out of a secret that is written in base64 of an alphabet.
macro_rules! exposed {
    ($alphabet:ident) => {
        /// Returns the secret as text, in ordinary memory: it is the caller's then. Erased when dropped.
        ///
        /// # Errors
        /// [`Error::Store`](crate::Error::Store): the operation could not run, as in a forked child.
        pub fn expose(&self) -> Result<zeroize::Zeroizing<String>, $crate::error::Error> {
            self.0.expose($crate::encoding::Alphabet::$alphabet)
        }
    };
}
pub(crate) use exposed;

#[cfg(test)]
mod tests {
    use strongroom::ErrorKind;
    use strongroom::extension::Status;

    use super::secret_error;
    use crate::error::Error;
    use crate::operation::{ALL_ZERO, LENGTH, MALFORMED, NO_RANDOM, operation_error};

    fn of(kind: ErrorKind) -> strongroom::Error {
        kind.into()
    }

    /// What no input brings about is not said to be the input's fault, nor by a number.
    #[test]
    fn every_status_is_said_in_words() {
        let short = ErrorKind::Internal { invariant: "a secret and the buffer for it are as long as they always are" };
        let unknown = ErrorKind::Internal { invariant: "a function ends with a status that its caller knows" };
        let no_random = Error::Store(of(ErrorKind::NoRandom(None)));
        for (status, of_secret, of_operation) in [
            (NO_RANDOM, no_random.clone(), no_random),
            (MALFORMED, Error::MalformedSecret { expected: 16 }, Error::Store(of(unknown.clone()))),
            (ALL_ZERO, Error::AllZero, Error::Store(of(unknown.clone()))),
            (LENGTH, Error::Store(of(short.clone())), Error::Store(of(short))),
            (Status(5), Error::Store(of(unknown.clone())), Error::Store(of(unknown))),
        ] {
            assert_eq!(secret_error(of(ErrorKind::Function(status)), 16), of_secret, "{status:?}");
            assert_eq!(operation_error(of(ErrorKind::Function(status))), of_operation, "{status:?}");
        }
        for kind in [ErrorKind::Locked, ErrorKind::Panicked] {
            assert_eq!(secret_error(of(kind.clone()), 16), Error::Store(of(kind.clone())));
            assert_eq!(operation_error(of(kind.clone())), Error::Store(of(kind)));
        }
    }
}
