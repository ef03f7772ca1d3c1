//! The kinds of keys, and the names that a program gives its keys of each kind. A kind is a type, so that a key of one
//! kind where another is asked for does not compile.

use std::fmt::{self, Debug};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use crate::key::algorithm::{PrivateAlgorithm, SigningAlgorithm, SymmetricAlgorithm};
use crate::key::facts::KeyFacts;
use crate::key::private::PrivateKey;
use crate::key::signing::SigningKey;
use crate::key::symmetric::SymmetricKey;
use crate::labels::ContentType;

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
    /// The ids of private keys; [`NoId`] for a set without any.
    type Private: KeyId<Set = Self, Kind = Private>;
    /// The ids of signing keys; [`NoId`] for a set without any.
    type Signing: KeyId<Set = Self, Kind = Signing>;
}

/// The id type of a kind of key that a set has no names for. It has no values.
pub struct NoId<S, K> {
    never: Never,
    of: PhantomData<fn() -> (S, K)>,
}

#[derive(Clone, Copy)]
enum Never {}

impl<S, K> Clone for NoId<S, K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S, K> Copy for NoId<S, K> {}
impl<S, K> PartialEq for NoId<S, K> {
    fn eq(&self, _: &Self) -> bool {
        match self.never {}
    }
}
impl<S, K> Eq for NoId<S, K> {}
impl<S, K> Hash for NoId<S, K> {
    fn hash<H: Hasher>(&self, _: &mut H) {
        match self.never {}
    }
}
impl<S, K> Debug for NoId<S, K> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.never {}
    }
}
impl<S: KeySet, K: Kind> KeyId for NoId<S, K> {
    type Set = S;
    type Kind = K;
}

/// A kind of key: what can be done with it. Sealed, because a kind decides what lies in secret memory.
pub trait Kind: each::Kind + Send + Sync + 'static {
    /// The kind's name in messages.
    const NAME: &'static str;
}

/// What a key is a key of: it decides the kind.
pub trait Algorithm: Copy + PartialEq + Debug + Send + Sync + 'static {
    /// The kind of such a key.
    type Kind: Kind + each::Kind<Algorithm = Self>;
}
impl Algorithm for SymmetricAlgorithm {
    type Kind = Symmetric;
}
impl Algorithm for PrivateAlgorithm {
    type Kind = Private;
}
impl Algorithm for SigningAlgorithm {
    type Kind = Signing;
}

/// What the rest of the crate writes once for all kinds.
pub(crate) mod each {
    use super::{KeyId, KeySet};
    use crate::key::facts::KeyFacts;
    use crate::key::prepared::Prepared;
    use crate::labels::ContentType;

    /// What a kind is made of.
    pub trait Kind: Sized + 'static {
        /// A key of this kind, ready for use in place.
        type Prepared: Prepared<Algorithm = Self::Algorithm>;
        /// What keys of this kind may be keys of.
        type Algorithm: super::Algorithm;
        /// The names that a set has for keys of this kind.
        type Id<S: KeySet>: KeyId<Set = S, Kind = Self>;

        /// What the contents of a COSE_Encrypt0 that holds such a key may be called.
        const CONTENTS: &'static [ContentType];

        /// Which of these it is for a key.
        fn content(facts: &KeyFacts<Self::Algorithm>) -> ContentType;

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
        pub(super) private: F::Member<super::Private>,
        pub(super) signing: F::Member<super::Signing>,
    }

    impl<F: Family> std::fmt::Debug for Each<F> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Each(..)")
        }
    }

    impl<F: Family> Default for Each<F> {
        fn default() -> Self {
            Self { symmetric: Default::default(), private: Default::default(), signing: Default::default() }
        }
    }
}

/// Keys that encrypt and decrypt contents and wrap other keys. Never constructed: it only marks types.
#[derive(Debug)]
pub enum Symmetric {}

/// Keys that open what was encapsulated for their public half. Never constructed: it only marks types.
#[derive(Debug)]
pub enum Private {}

/// Keys that sign. Never constructed: it only marks types.
#[derive(Debug)]
pub enum Signing {}

macro_rules! kinds {
    ($($kind:ident $member:ident $prepared:ident $algorithm:ident [$($content:ident)*])*) => { $(
        impl Kind for $kind {
            const NAME: &'static str = stringify!($member);
        }

        impl each::Kind for $kind {
            type Prepared = $prepared;
            type Algorithm = $algorithm;
            type Id<S: KeySet> = S::$kind;
            const CONTENTS: &'static [ContentType] = &[$(ContentType::$content),*];

            fn content(facts: &KeyFacts<$algorithm>) -> ContentType {
                // A key that carries no id is no COSE key; the first of the list is for these.
                let mut contents = Self::CONTENTS.iter().copied();
                let (first, last) = (contents.next(), contents.next_back());
                if facts.id().is_none() { first } else { last.or(first) }.unwrap_or(ContentType::Octets)
            }

            fn of<F: each::Family>(all: &each::Each<F>) -> &F::Member<Self> {
                &all.$member
            }

            fn of_mut<F: each::Family>(all: &mut each::Each<F>) -> &mut F::Member<Self> {
                &mut all.$member
            }
        }
    )* };
}
kinds! {
    Symmetric symmetric SymmetricKey SymmetricAlgorithm [LegacyKey CoseKey]
    Private private PrivateKey PrivateAlgorithm [Pkcs8]
    Signing signing SigningKey SigningAlgorithm [CoseKey]
}

/// Writes a statement once for each kind, with the given name standing for the kind.
macro_rules! for_each_kind {
    ($kind:ident => $statement:expr) => {{
        {
            type $kind = crate::kind::Symmetric;
            $statement;
        }
        {
            type $kind = crate::kind::Private;
            $statement;
        }
        {
            type $kind = crate::kind::Signing;
            $statement;
        }
    }};
}
pub(crate) use for_each_kind;
