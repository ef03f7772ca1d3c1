//! What all messages that travel as base64 of bytes have in common.

/// Declares a message: bytes that were found to be of its kind, in one allocation of their length, and what it says of
/// itself. The kind's `about(&[u8]) -> Result<About, MessageError>` says whether they are, and what; `NAME` is what it
/// is called in errors.
macro_rules! message {
    ($(#[$meta:meta])* $name:ident $about:ty) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name {
            bytes: Box<[u8]>,
            about: $about,
        }

        impl $name {
            /// Takes the bytes apart, and keeps a copy. That they are *genuine* is not known yet.
            ///
            /// # Errors
            /// [`MessageError`](crate::errors::MessageError): they are no such message.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, crate::error::MessageError> {
                let about = Self::about(bytes)?;
                Ok(Self { bytes: bytes.into(), about })
            }

            /// A message that was just written.
            ///
            /// # Errors
            /// [`EnterError::Internal`](crate::errors::EnterError::Internal): it is none that would be read.
            pub(super) fn written(bytes: Vec<u8>) -> Result<Self, crate::errors::EnterError> {
                let bytes = bytes.into_boxed_slice();
                match Self::about(&bytes) {
                    Ok(about) => Ok(Self { bytes, about }),
                    Err(_) => Err(crate::error::broken(concat!("what is written as ", stringify!($name), " is read"))),
                }
            }

            /// The bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.bytes
            }
        }

        /// From base64, with or without its padding.
        impl std::str::FromStr for $name {
            type Err = crate::error::MessageError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let bytes = crate::format::base64::decoded(text)
                    .map_err(|_| crate::error::MessageError::Base64 { expected: Self::NAME })?;
                let about = Self::about(&bytes)?;
                Ok(Self { bytes, about })
            }
        }

        /// Base64.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&crate::format::base64::encoded(&self.bytes))
            }
        }

        /// Its length alone.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.bytes.len())
            }
        }

        /// As base64.
        impl serde::ser::Serialize for $name {
            fn serialize<S: serde::ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        /// From base64.
        impl<'de> serde::de::Deserialize<'de> for $name {
            fn deserialize<D: serde::de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use message;
