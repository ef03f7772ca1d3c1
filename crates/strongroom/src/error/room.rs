//! Which errors say that secret memory is short.

use strongroom_memory::{EnterError, MemoryError, ReadError};

use super::secret::{ExtensionError, SecretError};
use super::{
    DecryptError, DeriveError, EncapsulateError, EncryptError, GenerateError, ImportError, SealError, SignError,
    UnsealError, UnwrapError,
};

/// Whether an operation failed for want of secret memory, so that it is worth trying again after others made room.
pub(crate) trait LacksRoom {
    fn lacks_room(&self) -> bool;
}

impl LacksRoom for MemoryError {
    fn lacks_room(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Bound { .. })
    }
}

impl LacksRoom for ReadError {
    fn lacks_room(&self) -> bool {
        matches!(self, Self::Memory(error) if error.lacks_room())
    }
}

/// A large stack is made when it is wanted.
impl LacksRoom for SignError {
    fn lacks_room(&self) -> bool {
        match self {
            Self::Memory(error) => error.lacks_room(),
            Self::Enter(error) => matches!(error, EnterError::NoWorkspace(_)),
            _ => false,
        }
    }
}

macro_rules! lacks_room {
    ($($error:ident)*) => { $(
        impl LacksRoom for $error {
            fn lacks_room(&self) -> bool {
                matches!(self, Self::Memory(error) if error.lacks_room())
            }
        }
    )* };
}
lacks_room!(SecretError ExtensionError EncapsulateError EncryptError DecryptError GenerateError DeriveError UnwrapError ImportError SealError UnsealError);
