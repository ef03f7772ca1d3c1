//! The kinds of keys, and the names that a program gives its keys of each kind. A kind is a type, so that a key of one
//! kind where another is asked for does not compile.

use std::fmt::Debug;
use std::hash::Hash;

use crate::key::symmetric::SymmetricKey;

/// The caller's own name of a long-lived key: small, copied freely, shown in errors and logs.
///
/// An id is metadata and rests in ordinary memory; put nothing secret into it.
pub trait KeyId: Copy + Eq + Hash + Debug + Send + Sync + 'static {
    /// The set this id belongs to. A store of another set does not accept it: that does not compile.
    type Set: KeySet;
    /// The kind of key this id names.
    type Kind: Kind;
}

/// The ids of one program: one id type for each kind of key. Usually an empty enum.
pub trait KeySet: Sized + 'static {
    /// The ids of symmetric keys.
    type Symmetric: KeyId<Set = Self, Kind = Symmetric>;
}

/// A kind of key: what can be done with it. Sealed, because a kind decides what lies in secret memory.
pub trait Kind: each::Kind + Send + Sync + 'static {
    /// The kind's name in messages.
    const NAME: &'static str;
}

/// What the rest of the crate writes once for all kinds.
pub(crate) mod each {
    use super::{KeyId, KeySet};
    use crate::key::resting::Resting;

    /// What a kind is made of.
    pub trait Kind: Sized + 'static {
        /// A key of this kind, ready for use in place.
        type Prepared: Resting + Send + Sync;
        /// The names that a set has for keys of this kind.
        type Id<S: KeySet>: KeyId<Set = S, Kind = Self>;

        /// This kind's member.
        fn of<F: Family>(all: &Each<F>) -> &F::Member<Self>
        where
            Self: super::Kind;
        /// This kind's member.
        fn of_mut<F: Family>(all: &mut Each<F>) -> &mut F::Member<Self>
        where
            Self: super::Kind;
    }

    /// A type for each kind.
    pub trait Family {
        /// The type for kind `K`.
        type Member<K: super::Kind>: Default;
    }

    /// One member of a family for each kind.
    pub struct Each<F: Family> {
        pub(super) symmetric: F::Member<super::Symmetric>,
    }

    impl<F: Family> std::fmt::Debug for Each<F> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Each(..)")
        }
    }

    impl<F: Family> Default for Each<F> {
        fn default() -> Self {
            Self { symmetric: Default::default() }
        }
    }
}

/// Keys that encrypt and decrypt contents and wrap other keys. Never constructed: it only marks types.
#[derive(Debug)]
pub enum Symmetric {}

impl Kind for Symmetric {
    const NAME: &'static str = "symmetric";
}
impl each::Kind for Symmetric {
    type Prepared = SymmetricKey;
    type Id<S: KeySet> = S::Symmetric;

    fn of<F: each::Family>(all: &each::Each<F>) -> &F::Member<Self> {
        &all.symmetric
    }

    fn of_mut<F: each::Family>(all: &mut each::Each<F>) -> &mut F::Member<Self> {
        &mut all.symmetric
    }
}

/// Does something for every kind: `for_each_kind!(K => ...)`, where `K` is the kind.
macro_rules! for_each_kind {
    ($kind:ident => $what:expr) => {{
        {
            type $kind = $crate::kind::Symmetric;
            $what;
        }
    }};
}
pub(crate) use for_each_kind;
