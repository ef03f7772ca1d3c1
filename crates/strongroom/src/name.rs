//! Names of keys. Names are metadata.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::hash::Hash;
use std::sync::Arc;

use crate::kind::Kind;
use crate::store::lookup::{Lookup, Probe};
use crate::store::table::Table;

/// Can name the keys of a store: any type that is cloned, compared, hashed and shown.
///
/// Every such type has this trait, so a program does not implement it. A store names its keys by [`Text`] unless its
/// type says otherwise. Names of the program's own type are checked at compile time.
///
/// ```
/// use strongroom::{Error, KeyId, KeyStore, KeyUses, Symmetric};
///
/// #[derive(Clone, PartialEq, Eq, Hash, Debug)]
/// enum VaultKey { User, Organization(u128) }
///
/// impl KeyId for VaultKey { type Set = Self; type Kind = Symmetric; }
///
/// let store = KeyStore::<VaultKey>::open()?;
/// store.transaction(|tx| {
///     let key = tx.generate(KeyUses::CONTENTS)?;
///     tx.insert(VaultKey::Organization(7), key)
/// })?;
/// assert!(store.context(|ctx| Ok(!ctx.contains(VaultKey::User)))?);
/// # Ok::<_, Error>(())
/// ```
///
/// Names for keys of several kinds are types of their own, and the set holds any of them. [`key_ids!`](crate::key_ids)
/// writes such types.
///
/// The store calls the methods of names during look-ups and commits. They may use the store. They must not commit
/// transactions to it.
pub trait KeySet: Clone + Eq + Hash + Debug + Send + Sync + 'static {}
impl<T: Clone + Eq + Hash + Debug + Send + Sync + 'static> KeySet for T {}

/// Names a program's long-lived keys of one kind. Errors and logs show the names.
///
/// A name is metadata in ordinary memory: put nothing secret into it.
pub trait KeyId: KeySet + Into<<Self as KeyId>::Set> {
    /// The set that these names belong to. A call with a name of another set than the store's does not compile.
    type Set: KeySet;
    /// The kind of the keys that these names belong to.
    type Kind: Kind;
}

/// Names a key of kind `K` in a store whose names are `S`.
///
/// A [`KeyId`] of this set and kind does so. In a store that names its keys by [`Text`], text does so for every kind.
/// The trait is sealed, because it decides how a name is looked up.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a name of a key of kind `{K}` in a store whose names are `{S}`",
    label = "not a name for this",
    note = "a store `KeyStore` is asked by text; a store `KeyStore<Keys>` by the names of `key_ids!`, each of its own kind"
)]
pub trait KeyName<S: KeySet, K: Kind>: Clone + Into<S> + Lookup<S> {}

impl<I: KeyId> KeyName<I::Set, I::Kind> for I {}

impl<I: KeyId> Lookup<I::Set> for I {
    type Probe<'n> = I::Set;

    fn probe(&self) -> I::Set {
        self.clone().into()
    }
}

/// Names a key of any kind by text. A store names its keys in this way unless its type says otherwise.
///
/// Cloning a `Text` does not copy the text. Give names that come from outside, such as from a server, a prefix of their
/// own. Without one they could be the names of the program's other keys.
///
/// ```
/// use strongroom::{Error, KeyStore, KeyUses, names::Text};
///
/// let store = KeyStore::<Text>::open()?;
/// store.transaction(|tx| {
///     let key = tx.generate(KeyUses::CONTENTS)?;
///     tx.insert("notes", key)
/// })?;
/// let sealed = store.context(|ctx| ctx.encrypt_text(ctx.key("notes")?, "milk"))?;
/// # let _ = sealed;
/// assert_eq!(store.names(), [Text::from("notes")]);
/// # Ok::<_, Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Shows the text in quotes.
impl Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Compares and hashes as the text does.
impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}

impl Probe<Text> for &str {
    fn in_table<'t, V: Clone>(&self, table: &'t Table<Text, V>) -> Option<&'t V> {
        table.find(*self)
    }

    fn in_map<'m, V>(&self, map: &'m HashMap<Text, V>) -> Option<&'m V> {
        map.get(*self)
    }
}

/// Looks names up without copying their text.
macro_rules! text {
    ($($type:ty)*) => { $(
        impl<K: Kind> KeyName<Text, K> for $type {}

        impl Lookup<Text> for $type {
            type Probe<'n>
                = &'n str
            where
                Self: 'n;

            fn probe(&self) -> &str {
                self.as_ref()
            }
        }
    )* };
}
text!(Text &Text String &String &str);

/// Declares the names of a program's keys: a set, and enums of names for each kind of keys.
///
/// All types get the visibility of the set and the derives that [`KeySet`](crate::names::KeySet) asks for. The kinds
/// are `symmetric` and `asymmetric`, in any order. Each may have any number of enums of names, or none. Documentation,
/// fields and other attributes are written as on any enum.
///
/// ```
/// strongroom::key_ids! {
///     /// The names of a vault's keys.
///     pub enum VaultKeys;
///     /// Names its symmetric keys.
///     symmetric VaultKey {
///         /// The user's own key.
///         User,
///         /// The key of an organisation, by its number.
///         Organization(u128),
///     }
///     /// Names its pairs of keys.
///     #[derive(Copy)]
///     asymmetric VaultKeyPair { /// The user's own.
///         User }
/// }
/// assert_eq!(format!("{:?}", VaultKey::Organization(7)), "Organization(7)");
/// # let _ = (VaultKey::User, VaultKeyPair::User);
/// ```
///
/// The set is an enum with a variant for each enum of names. [`KeyStore::names`](crate::KeyStore::names) returns values
/// of the set:
///
/// ```
/// # use strongroom::{Error, KeyStore, KeyUses};
/// strongroom::key_ids! {
///     enum VaultKeys;
///     symmetric VaultKey { User, Organization(u128) }
/// }
///
/// let store = KeyStore::<VaultKeys>::open()?;
/// store.transaction(|tx| {
///     let key = tx.generate(KeyUses::CONTENTS)?;
///     tx.insert(VaultKey::Organization(7), key)
/// })?;
/// for name in store.names() {
///     match name {
///         VaultKeys::VaultKey(VaultKey::User) => println!("the user's"),
///         VaultKeys::VaultKey(VaultKey::Organization(number)) => println!("that of organisation {number}"),
///     }
/// }
/// # Ok::<_, Error>(())
/// ```
#[macro_export]
macro_rules! key_ids {
    ($(#[$meta:meta])* $vis:vis enum $set:ident; $($ids:tt)*) => {
        $crate::__key_ids! { [$(#[$meta])*] [$vis] $set [] $($ids)* }
    };
}

/// The enums of names of [`key_ids!`], one after the other, and then the set.
#[doc(hidden)]
#[macro_export]
macro_rules! __key_ids {
    (
        [$($set_meta:tt)*] [$vis:vis] $set:ident [$($before:ident)*]
        $(#[$meta:meta])* $kind:ident $id:ident { $($body:tt)* }
        $($ids:tt)*
    ) => {
        $(#[$meta])*
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash, ::core::fmt::Debug)]
        $vis enum $id { $($body)* }

        impl $crate::KeyId for $id {
            type Set = $set;
            type Kind = $crate::kinds::$kind;
        }

        impl ::core::convert::From<$id> for $set {
            fn from(id: $id) -> Self {
                Self::$id(id)
            }
        }

        $crate::__key_ids! { [$($set_meta)*] [$vis] $set [$($before)* $id] $($ids)* }
    };
    ([$($set_meta:tt)*] [$vis:vis] $set:ident [$($id:ident)*]) => {
        $($set_meta)*
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        $vis enum $set { $(
            #[doc = ::core::concat!("A name of [`", ::core::stringify!($id), "`].")]
            $id($id),
        )* }

        /// Shows the name alone.
        impl ::core::fmt::Debug for $set {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                match *self { $(
                    Self::$id(ref id) => ::core::fmt::Debug::fmt(id, f),
                )* }
            }
        }
    };
}
