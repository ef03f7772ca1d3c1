//! What a program makes a key for.

use std::fmt;

use crate::cose::key_ops::{KeyOperation, KeyOperations};

/// What a key in the store works on: contents, keys, or both. Whoever makes a key says it. It can be wrapped in any
/// case.
///
/// A wrapped key of type 2 says nowhere that it is a key. So a key that may do both opens a wrapped key as contents and
/// hands out its bytes, and takes over a key from contents. A key with one use does neither, and the calls answer
/// [`NotPermitted`](crate::errors::NotPermitted):
///
/// ```
/// # use strongroom::{Error, ErrorKind, KeyStore, KeyUses};
/// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
/// # let store = KeyStore::<Keys>::open()?;
/// store.context(|ctx| {
///     let item = ctx.generate(KeyUses::CONTENTS)?;
///     let user = ctx.generate(KeyUses::KEYS)?;
///     let wrapped = ctx.wrap_key(user, item)?;
///     let refused = ctx.decrypt_bytes(user, &wrapped).unwrap_err();
///     assert!(matches!(refused.kind(), ErrorKind::NotPermitted(_)));
///     assert!(matches!(ctx.wrap_key(item, user).unwrap_err().kind(), ErrorKind::NotPermitted(_)));
///     Ok(())
/// })?;
/// # Ok::<_, Error>(())
/// ```
///
/// It guards against mistakes of the program, not against the program. Who may unwrap, derive, decapsulate or unseal a
/// key says for which use, and may do it twice: the same key once for contents and once for keys does what one for both
/// does.
///
/// The store keeps it beside the key. It does not travel with a wrapped key, so it is said again where the key is
/// unwrapped. A COSE key carries permitted operations too ([`KeyOperations`]): what it may be used for is what both
/// permit. A new COSE key carries all four of a symmetric key, as Bitwarden's software writes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyUses(KeyOperations);

impl KeyUses {
    /// To encrypt, decrypt and sign contents.
    pub const CONTENTS: Self = Self(KeyOperations::of(&[
        KeyOperation::Sign,
        KeyOperation::Verify,
        KeyOperation::Encrypt,
        KeyOperation::Decrypt,
    ]));

    /// To wrap, unwrap and decapsulate other keys.
    pub const KEYS: Self = Self(KeyOperations::of(&[KeyOperation::Wrap, KeyOperation::Unwrap]));

    /// Both. The keys of Bitwarden's users, organisations and items need it: fields and other keys lie under the same
    /// key. A program with such a key can open a wrapped key as contents.
    pub const CONTENTS_AND_KEYS: Self = Self(Self::CONTENTS.0.union(Self::KEYS.0));

    /// None: for a key that is only moved from under one key to under another.
    pub(crate) const NONE: Self = Self(KeyOperations::of(&[]));

    /// Returns the permitted operations.
    pub(crate) const fn operations(self) -> KeyOperations {
        self.0
    }
}

/// For example `KeyUses(CONTENTS)`.
impl fmt::Debug for KeyUses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CONTENTS => f.write_str("KeyUses(CONTENTS)"),
            Self::KEYS => f.write_str("KeyUses(KEYS)"),
            Self::CONTENTS_AND_KEYS => f.write_str("KeyUses(CONTENTS_AND_KEYS)"),
            Self(operations) => f.debug_tuple("KeyUses").field(&operations).finish(),
        }
    }
}
