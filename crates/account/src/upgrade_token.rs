//! From version 1 to 2 of an account: the token by which devices that still have the old user key get the new one.

use serde::{Deserialize, Serialize};
use strongroom::{
    Context, EncString, Key, KeyUses, Symmetric, algorithms::SymmetricAlgorithm, inspection::Inspect, names::KeySet,
};

use crate::error::{Error, is_of_text};

/// Holds two user keys, each under the other, from an [upgrade](crate::upgrade).
///
/// A device whose PIN or device key still opens the user key of version 1 opens the one of version 2 with it
/// ([`upgrade`](Self::upgrade)), and unlocks the account with that. Then it puts the new user key under its PIN. The
/// token is good until the user key is rotated again; a server that keeps it longer serves a key that opens nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UpgradeToken {
    /// The key of version 1 under that of version 2: type 7.
    pub wrapped_user_key_1: EncString,
    /// The key of version 2 under that of version 1: type 2.
    pub wrapped_user_key_2: EncString,
}

impl UpgradeToken {
    /// Wraps the two keys under each other.
    ///
    /// # Errors
    /// [`Error::UnsuitableAlgorithm`]: `v1` is a COSE key, or `v2` is none. [`Error::Store`]: the store is locked, or a
    /// key may not wrap; no room, no random bytes.
    pub fn create<'c, S: KeySet>(ctx: &Context<'c, S>, v1: Key<'c>, v2: Key<'c>) -> Result<Self, Error> {
        for (key, version) in [(v1, 1), (v2, 2)] {
            let algorithm = ctx.key_info::<Symmetric>(key)?.algorithm();
            if version_of(algorithm) != version {
                return Err(Error::UnsuitableAlgorithm { algorithm, version });
            }
        }
        Ok(Self { wrapped_user_key_1: ctx.wrap_key(v2, v1)?, wrapped_user_key_2: ctx.wrap_key(v1, v2)? })
    }

    /// Opens the user key of version 2 with that of version 1. It becomes a local key of this context.
    ///
    /// # Errors
    /// [`Error::Store`]: `v1` does not open its half; the store is locked; no room. [`Error::TornToken`]: the key in
    /// this half does not open the other.
    pub fn upgrade<'c, S: KeySet>(&self, ctx: &Context<'c, S>, v1: Key<'c>) -> Result<Key<'c>, Error> {
        let v2 = ctx.unwrap_key(v1, &self.wrapped_user_key_2, KeyUses::CONTENTS_AND_KEYS)?;
        let again = ctx.unwrap_key(v2, &self.wrapped_user_key_1, KeyUses::CONTENTS_AND_KEYS).map_err(torn)?;
        if ctx.is_same_key(v1, again)? { Ok(v2) } else { Err(Error::TornToken) }
    }

    /// Opens the user key of version 1 with that of version 2, for what was encrypted before the upgrade. It becomes a
    /// local key of this context.
    ///
    /// # Errors
    /// As [`upgrade`](Self::upgrade), of `v2`.
    pub fn downgrade<'c, S: KeySet>(&self, ctx: &Context<'c, S>, v2: Key<'c>) -> Result<Key<'c>, Error> {
        let v1 = ctx.unwrap_key(v2, &self.wrapped_user_key_1, KeyUses::CONTENTS_AND_KEYS)?;
        let again = ctx.unwrap_key(v1, &self.wrapped_user_key_2, KeyUses::CONTENTS_AND_KEYS).map_err(torn)?;
        if ctx.is_same_key(v2, again)? { Ok(v1) } else { Err(Error::TornToken) }
    }
}

/// Returns what it means that a half is not opened by the key in the other.
fn torn(error: strongroom::Error) -> Error {
    if is_of_text(&error) { Error::TornToken } else { error.into() }
}

/// Returns the version of the accounts whose user keys are of this algorithm.
pub(crate) fn version_of(algorithm: SymmetricAlgorithm) -> u8 {
    match algorithm {
        SymmetricAlgorithm::Aes256CbcHmacSha256 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use strongroom::{
        ErrorKind,
        algorithms::EncStringType,
        errors::{Limit, Malformed, Unsupported, WrongKey},
    };

    use super::torn;
    use crate::error::Error;

    /// The token is blamed for what it holds, and for nothing that happened to the store meanwhile.
    #[test]
    fn a_token_is_torn_by_its_halves_alone() {
        for kind in [
            WrongKey::OrChanged.into(),
            Malformed::NotAKey.into(),
            Unsupported::Type(EncStringType::RsaOaepSha1).into(),
        ] {
            let kind: ErrorKind = kind;
            assert_eq!(torn(kind.into()), Error::TornToken);
        }
        for kind in [
            ErrorKind::Locked,
            ErrorKind::ForkedChild,
            ErrorKind::Panicked,
            ErrorKind::NoRandom(None),
            Unsupported::Allocates.into(),
            Limit::SecretMemory { bytes: 0 }.into(),
            ErrorKind::Internal { invariant: "none" },
        ] {
            assert_eq!(torn(kind.clone().into()), Error::Store(kind.into()));
        }
    }
}
