//! Names of keys, and references to them. Nothing in this room is key material.
//!
//! A program names its long-lived keys with a type of its own, a [`KeyId`]; the ids of one program form a
//! [`KeySet`]. By hand, a set takes these lines:
//!
//! ```
//! use strongroom::{KeyId, KeySet, NoId, Private, Signing, Symmetric};
//!
//! #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
//! enum VaultKey { User, Organization(u128) }
//! enum VaultKeys {}
//! impl KeySet for VaultKeys {
//!     type Symmetric = VaultKey;
//!     type Private = NoId<Self, Private>;
//!     type Signing = NoId<Self, Signing>;
//! }
//! impl KeyId for VaultKey { type Set = VaultKeys; type Kind = Symmetric; }
//! # let _ = (VaultKey::User, VaultKey::Organization(1));
//! ```
//!
//! and with the macro [`key_ids!`](crate::key_ids) these, which expand to the same:
//!
//! ```
//! strongroom::key_ids! {
//!     enum VaultKeys;
//!     symmetric VaultKey { User, Organization(u128) }
//! }
//! # let _ = (VaultKey::User, VaultKey::Organization(1));
//! ```

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::kind::{KeyId, KeySet, Kind, Symmetric};

/// Makes `'c` invariant: one context's brand can neither shrink nor grow into another's.
pub(crate) type Brand<'c> = PhantomData<fn(&'c ()) -> &'c ()>;

/// A key that lives as long as its context: an opaque token, freely copied.
///
/// The brand `'c` ties it to the context that made it: it cannot leave the closure that received the
/// context, and no other context accepts it.
pub struct LocalKey<'c, K: Kind = Symmetric> {
    index: usize,
    brand: Brand<'c>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> LocalKey<'_, K> {
    /// The token of the `index`th local key. Only a context calls this, for its own brand.
    pub(crate) fn new(index: usize) -> Self {
        Self { index, brand: PhantomData, kind: PhantomData }
    }

    pub(crate) fn index(self) -> usize {
        self.index
    }
}

impl<K: Kind> Clone for LocalKey<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: Kind> Copy for LocalKey<'_, K> {}
impl<K: Kind> PartialEq for LocalKey<'_, K> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}
impl<K: Kind> Eq for LocalKey<'_, K> {}
impl<K: Kind> Hash for LocalKey<'_, K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}
/// Shows the kind and the place among the context's local keys, for example `LocalKey(symmetric #0)`.
impl<K: Kind> Debug for LocalKey<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalKey({} #{})", K::NAME, self.index)
    }
}

/// What operations take: a named key or a local one. Made with `into()` from either.
pub enum KeyRef<'c, S: KeySet, K: Kind = Symmetric> {
    /// A long-lived key of the store.
    Named(K::Id<S>),
    /// A key of this context.
    Local(LocalKey<'c, K>),
}

impl<S: KeySet, K: Kind> Clone for KeyRef<'_, S, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: KeySet, K: Kind> Copy for KeyRef<'_, S, K> {}
impl<S: KeySet, K: Kind> PartialEq for KeyRef<'_, S, K> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(a), Self::Named(b)) => a == b,
            (Self::Local(a), Self::Local(b)) => a == b,
            _ => false,
        }
    }
}
impl<S: KeySet, K: Kind> Eq for KeyRef<'_, S, K> {}
impl<S: KeySet, K: Kind> Debug for KeyRef<'_, S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(id) => f.debug_tuple("Named").field(id).finish(),
            Self::Local(key) => f.debug_tuple("Local").field(key).finish(),
        }
    }
}

impl<I: KeyId> From<I> for KeyRef<'_, I::Set, I::Kind>
where
    I::Kind: Kind<Id<I::Set> = I>,
{
    fn from(id: I) -> Self {
        Self::Named(id)
    }
}

impl<'c, S: KeySet, K: Kind> From<LocalKey<'c, K>> for KeyRef<'c, S, K> {
    fn from(key: LocalKey<'c, K>) -> Self {
        Self::Local(key)
    }
}

/// Declares a set of key ids: the set's type first, then the ids of each kind that it has.
///
/// Symmetric keys come first; `private` and `signing` may follow or be left out. Visibility,
/// documentation, further attributes and fields are written as on any enum. The id types get the derives that
/// [`KeyId`] needs.
///
/// ```
/// strongroom::key_ids! {
///     /// The keys of a vault.
///     pub enum VaultKeys;
///     /// Names its symmetric keys.
///     pub symmetric VaultKey {
///         /// The user's own key.
///         User,
///         /// The key of an organisation, by its number.
///         Organization(u128),
///     }
///     /// Names the keys that open what others send.
///     pub private VaultPrivateKey { /// The user's own.
///         User }
///     /// Names the keys that sign.
///     pub signing VaultSigningKey { /// The user's own.
///         User }
/// }
/// assert_eq!(format!("{:?}", VaultKey::Organization(7)), "Organization(7)");
/// # let _ = (VaultKey::User, VaultPrivateKey::User, VaultSigningKey::User);
/// ```
#[macro_export]
macro_rules! key_ids {
    (
        $(#[$set_meta:meta])* $set_vis:vis enum $set:ident;
        $(#[$id_meta:meta])* $id_vis:vis symmetric $id:ident { $($body:tt)* }
        $($others:tt)*
    ) => {
        $(#[$set_meta])*
        #[derive(Debug)]
        $set_vis enum $set {}

        $crate::__id!($(#[$id_meta])* $id_vis $id Symmetric $set { $($body)* });
        $crate::__other_ids!($set $id [] [] $($others)*);
    };
}

/// The id types of [`key_ids!`] behind the symmetric ones, one after the other, and then the set.
#[doc(hidden)]
#[macro_export]
macro_rules! __other_ids {
    (
        $set:ident $symmetric:ident [] [$($signing:ident)?]
        $(#[$meta:meta])* $vis:vis private $id:ident { $($body:tt)* }
        $($others:tt)*
    ) => {
        $crate::__id!($(#[$meta])* $vis $id Private $set { $($body)* });
        $crate::__other_ids!($set $symmetric [$id] [$($signing)?] $($others)*);
    };
    (
        $set:ident $symmetric:ident [$($private:ident)?] []
        $(#[$meta:meta])* $vis:vis signing $id:ident { $($body:tt)* }
        $($others:tt)*
    ) => {
        $crate::__id!($(#[$meta])* $vis $id Signing $set { $($body)* });
        $crate::__other_ids!($set $symmetric [$($private)?] [$id] $($others)*);
    };
    ($set:ident $symmetric:ident [$($private:ident)?] [$($signing:ident)?]) => {
        impl $crate::KeySet for $set {
            type Symmetric = $symmetric;
            type Private = $crate::__id_or_none!($($private)? $set Private);
            type Signing = $crate::__id_or_none!($($signing)? $set Signing);
        }
    };
}

/// One id type of [`key_ids!`].
#[doc(hidden)]
#[macro_export]
macro_rules! __id {
    ($(#[$meta:meta])* $vis:vis $id:ident $kind:ident $set:ident { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        $vis enum $id { $($body)* }

        impl $crate::KeyId for $id {
            type Set = $set;
            type Kind = $crate::$kind;
        }
    };
}

/// The id type of a kind that a set has, or [`NoId`](crate::NoId).
#[doc(hidden)]
#[macro_export]
macro_rules! __id_or_none {
    ($id:ident $set:ident $kind:ident) => { $id };
    ($set:ident $kind:ident) => { $crate::NoId<$set, $crate::$kind> };
}

#[cfg(test)]
mod tests {
    use super::{KeyRef, LocalKey};
    use crate::kind::Symmetric;

    key_ids! {
        enum Ids;
        symmetric Id { One, Many(u8) }
    }

    #[test]
    fn references_are_compared_by_what_they_name() {
        let named = |id: Id| -> KeyRef<'static, Ids, Symmetric> { id.into() };
        let local = |n| -> KeyRef<'static, Ids, Symmetric> { LocalKey::new(n).into() };
        assert_eq!(named(Id::One), named(Id::One));
        assert_ne!(named(Id::One), named(Id::Many(1)));
        assert_eq!(local(1), local(1));
        assert_ne!(local(1), local(2));
        assert_ne!(local(0), named(Id::One));
    }

    #[test]
    fn local_keys_can_be_kept_in_maps() {
        let keys: std::collections::HashSet<LocalKey<'_>> = [1, 2, 1].map(LocalKey::new).into();
        assert_eq!(keys.len(), 2);
        assert!(keys.contains(&LocalKey::new(2)) && !keys.contains(&LocalKey::new(3)));
    }

    #[test]
    fn debug_shows_names_only() {
        let named: KeyRef<'_, Ids> = Id::Many(3).into();
        let local: KeyRef<'_, Ids> = LocalKey::new(2).into();
        assert_eq!(format!("{named:?}"), "Named(Many(3))");
        assert_eq!(format!("{local:?}"), "Local(LocalKey(symmetric #2))");
    }
}
