//! Names of keys. They are metadata.
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

/// Declares a set of key ids: the set's type first, then the ids of each kind that it has.
///
/// Symmetric keys come first; `private` and `signing` may follow or be left out. Visibility,
/// documentation, further attributes and fields are written as on any enum. The id types get the derives that
/// [`KeyId`](crate::KeyId) needs.
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
