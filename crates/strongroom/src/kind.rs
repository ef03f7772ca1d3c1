//! The kinds of keys. A kind is a type, so that a key of one kind where another is asked for does not compile.

use std::fmt::Debug;

use strongroom_memory::SecretBox;

use crate::key::algorithm::{AsymmetricAlgorithm, SymmetricAlgorithm};
use crate::key::facts::KeyInfo;
use crate::key::symmetric::SymmetricKey;
use crate::labels::ContentType;
use crate::operation::slot::{AsymmetricSlot, Slot};

/// A kind of key: what can be done with it. Sealed, because a kind decides what lies in secret memory.
pub trait Kind: each::Kind<Slot: Slot<Algorithm = <Self as Kind>::Algorithm>> + Send + Sync + 'static {
    /// What keys of this kind may be keys of.
    type Algorithm: Algorithm<Kind = Self>;

    /// The kind's name in messages.
    const NAME: &'static str;
}

/// What a key is a key of: it decides the kind.
pub trait Algorithm: Copy + PartialEq + Debug + Send + Sync + 'static {
    /// The kind of such a key.
    type Kind: Kind<Algorithm = Self>;
}
impl Algorithm for SymmetricAlgorithm {
    type Kind = Symmetric;
}
impl Algorithm for AsymmetricAlgorithm {
    type Kind = Asymmetric;
}

/// What the rest of the crate writes once for all kinds.
pub(crate) mod each {
    use crate::key::facts::KeyInfo;
    use crate::labels::ContentType;
    use crate::operation::slot::Slot;

    /// What a kind is made of.
    pub trait Kind: Sized + 'static {
        /// Where a key of this kind lies, ready for use in place.
        type Slot: Slot;

        /// What the contents of a COSE_Encrypt0 that holds such a key may be called.
        const CONTENTS: &'static [ContentType];

        /// Which of these it is for a key.
        fn content(facts: &KeyInfo<<Self::Slot as Slot>::Algorithm>) -> ContentType;

        /// This kind's member.
        fn of<F: Family>(all: &Each<F>) -> &F::Member<Self>
        where
            Self: super::Kind;
        /// One of this kind.
        fn any<F: Family>(one: F::Member<Self>) -> Any<F>
        where
            Self: super::Kind;
        /// Returns it, if it is of this kind.
        fn of_any<F: Family>(any: &Any<F>) -> Option<&F::Member<Self>>
        where
            Self: super::Kind;
    }

    /// A type for each kind.
    pub trait Family {
        /// The type for kind `K`.
        type Member<K: super::Kind>;
    }

    /// One member of a family for each kind.
    pub struct Each<F: Family> {
        pub(super) symmetric: F::Member<super::Symmetric>,
        pub(super) asymmetric: F::Member<super::Asymmetric>,
    }

    impl<F: Family> std::fmt::Debug for Each<F> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Each(..)")
        }
    }

    impl<F: Family> Default for Each<F>
    where
        F::Member<super::Symmetric>: Default,
        F::Member<super::Asymmetric>: Default,
    {
        fn default() -> Self {
            Self { symmetric: Default::default(), asymmetric: Default::default() }
        }
    }

    /// The member of a family for some kind.
    pub enum Any<F: Family> {
        /// That for symmetric keys.
        Symmetric(F::Member<super::Symmetric>),
        /// That for asymmetric keys.
        Asymmetric(F::Member<super::Asymmetric>),
    }

    impl<F: Family> std::fmt::Debug for Any<F> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Any(..)")
        }
    }
}

/// Keys that encrypt and decrypt contents and wrap other keys. Never constructed: it only marks types.
#[derive(Debug)]
pub enum Symmetric {}

/// Pairs of keys: the private half, which decapsulates or signs, as its algorithm and uses say. Never constructed: it
/// only marks types.
#[derive(Debug)]
pub enum Asymmetric {}

/// The words of [`key_ids!`](crate::key_ids). The compiler says of a word that is none where it is written.
#[doc(hidden)]
pub mod kinds {
    pub use super::{Asymmetric as asymmetric, Symmetric as symmetric};
}

macro_rules! kinds {
    ($($kind:ident $member:ident $slot:ty, $algorithm:ident [$($content:ident)*])*) => { $(
        impl Kind for $kind {
            type Algorithm = $algorithm;
            const NAME: &'static str = stringify!($member);
        }

        impl each::Kind for $kind {
            type Slot = $slot;
            const CONTENTS: &'static [ContentType] = &[$(ContentType::$content),*];

            fn content(facts: &KeyInfo<$algorithm>) -> ContentType {
                // A key that carries no id is no COSE key; the first of the list is for these.
                let mut contents = Self::CONTENTS.iter().copied();
                let (first, last) = (contents.next(), contents.next_back());
                if facts.id().is_none() { first } else { last.or(first) }.unwrap_or(ContentType::Octets)
            }

            fn of<F: each::Family>(all: &each::Each<F>) -> &F::Member<Self> {
                &all.$member
            }

            fn any<F: each::Family>(one: F::Member<Self>) -> each::Any<F> {
                each::Any::$kind(one)
            }

            fn of_any<F: each::Family>(any: &each::Any<F>) -> Option<&F::Member<Self>> {
                match any {
                    each::Any::$kind(one) => Some(one),
                    _ => None,
                }
            }
        }
    )* };
}
kinds! {
    Symmetric symmetric SecretBox<SymmetricKey>, SymmetricAlgorithm [LegacyKey CoseKey]
    Asymmetric asymmetric AsymmetricSlot, AsymmetricAlgorithm [Pkcs8 CoseKey]
}

/// Writes a statement once for each kind, with the given name standing for the kind.
macro_rules! for_each_kind {
    ($kind:ident => $statement:expr) => {{
        {
            type $kind = crate::kind::Symmetric;
            $statement;
        }
        {
            type $kind = crate::kind::Asymmetric;
            $statement;
        }
    }};
}
pub(crate) use for_each_kind;

/// Evaluates an expression with what is in an [`Any`](each::Any), whatever its kind.
macro_rules! with_any {
    ($any:expr, $one:ident => $value:expr) => {
        match $any {
            $crate::kind::each::Any::Symmetric($one) => $value,
            $crate::kind::each::Any::Asymmetric($one) => $value,
        }
    };
}
pub(crate) use with_any;
