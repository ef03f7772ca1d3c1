//! From the errors of memory, parsers and lists to that of a store.

use strongroom_memory::{EnterError, MakeError, MemoryError, OpenError, RandomError, ReadError, Status};

use super::failure::{Error, ErrorKind};
use super::item::ItemError;
use super::key::{NotPermitted, PublicKeyError, UnavailableAlgorithm, UnusableRsaKey};
use super::limit::Limit;
use super::malformed::Malformed;
use super::message::{MessageError, VerifyError};
use super::parameters::KdfError;
use super::text::EncStringError;
use super::unsupported::Unsupported;
use super::wrong_key::WrongKey;

impl From<MemoryError> for ErrorKind {
    fn from(error: MemoryError) -> Self {
        match error {
            MemoryError::Refused(refusal) => Self::Refused(refusal),
            MemoryError::Bound { bytes } => Self::Limit(Limit::SecretMemory { bytes }),
            MemoryError::TooLarge { asked, most } => Self::Limit(Limit::Secret { asked, most }),
            MemoryError::ForkedChild => Self::ForkedChild,
            MemoryError::Panicked => Self::Panicked,
            MemoryError::Allocates => Self::Unsupported(Unsupported::Allocates),
            MemoryError::NoRoom { asked, has } => Self::Limit(Limit::Stack { asked, has }),
            MemoryError::Internal { invariant } => Self::Internal { invariant },
            _ => Self::Internal { invariant: "every error of memory has a kind" },
        }
    }
}

impl From<EnterError> for ErrorKind {
    fn from(error: EnterError) -> Self {
        MemoryError::from(error).into()
    }
}

impl From<RandomError> for ErrorKind {
    fn from(RandomError(refusal): RandomError) -> Self {
        Self::NoRandom(Some(refusal))
    }
}

impl From<ReadError> for ErrorKind {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooLong { most } => Self::Limit(Limit::Input { most }),
            ReadError::Io(error) => Self::Read(error.into()),
            ReadError::Memory(error) => error.into(),
            _ => Self::Internal { invariant: "every error of reading has a kind" },
        }
    }
}

impl From<MakeError<Status>> for ErrorKind {
    fn from(error: MakeError<Status>) -> Self {
        match error {
            MakeError::Memory(error) => error.into(),
            MakeError::Failed(status) => Self::Function(status),
        }
    }
}

impl From<PublicKeyError> for ErrorKind {
    fn from(error: PublicKeyError) -> Self {
        match error {
            PublicKeyError::NotAnRsaKey | PublicKeyError::NotAVerifyingKey | PublicKeyError::MayNotVerify => {
                Malformed::PublicKey(error).into()
            }
            PublicKeyError::UnusableRsaKey(error) => error.into(),
            PublicKeyError::UnavailableAlgorithm(error) => error.into(),
            PublicKeyError::WrongSignature => VerifyError::WrongSignature.into(),
        }
    }
}

macro_rules! kinds {
    ($($variant:ident($error:ident))*) => { $(
        impl From<$error> for ErrorKind {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )* };
}
kinds! {
    NotPermitted(NotPermitted) WrongKey(WrongKey) Malformed(Malformed) Unsupported(Unsupported) Limit(Limit)
    Signature(VerifyError)
}

impl From<OpenError> for ErrorKind {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotBuilt { name, feature } => Unsupported::NotBuilt { name, feature }.into(),
            _ => Self::Protection(error),
        }
    }
}

impl From<EncStringError> for ErrorKind {
    fn from(error: EncStringError) -> Self {
        Malformed::EncString(error).into()
    }
}

impl From<MessageError> for ErrorKind {
    fn from(error: MessageError) -> Self {
        Malformed::Message(error).into()
    }
}

impl From<KdfError> for ErrorKind {
    fn from(error: KdfError) -> Self {
        Limit::Kdf(error).into()
    }
}

impl From<UnusableRsaKey> for ErrorKind {
    fn from(error: UnusableRsaKey) -> Self {
        Unsupported::RsaKey(error).into()
    }
}

impl From<UnavailableAlgorithm> for ErrorKind {
    fn from(error: UnavailableAlgorithm) -> Self {
        Unsupported::Algorithm(error).into()
    }
}

impl From<ItemError<Error>> for Error {
    fn from(ItemError { index, error }: ItemError<Error>) -> Self {
        ErrorKind::Item { index, error: Box::new(error) }.into()
    }
}

macro_rules! from {
    ($($error:ident)*) => { $(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                ErrorKind::from(error).into()
            }
        }
    )* };
}
from!(Limit Malformed NotPermitted Unsupported WrongKey EncStringError KdfError MessageError VerifyError PublicKeyError OpenError MemoryError EnterError RandomError ReadError);
