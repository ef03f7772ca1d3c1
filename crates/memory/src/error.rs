//! What can go wrong with secret memory, and what the caller can do.

use crate::protection::{Demand, Protection};
use crate::refusal::Refusal;
use thiserror::Error;

/// Memory was demanded that this machine does not grant: accept a lower level, or follow the advice in the refusals.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// No level that the policy accepts at rest can be had.
    #[error("protection at rest: {demand} was demanded{}", because(.refusals))]
    AtRest {
        /// What was demanded.
        demand: Demand,
        /// Why each level that was tried could not be had, the best level first.
        refusals: Vec<Refusal>,
    },
    /// No level that the policy accepts in use can be had.
    #[error("protection in use: {demand} was demanded, with keys at rest {at_rest}; it needs {floor} bytes of locked memory on Linux{}", because(.refusals))]
    InUse {
        /// What was demanded.
        demand: Demand,
        /// What could be had at rest: keys in use are never better off.
        at_rest: Protection,
        /// The least locked memory that a store needs for it, in bytes.
        floor: usize,
        /// Why each level that was tried could not be had, the best level first.
        refusals: Vec<Refusal>,
    },
    /// Operations that the caller needs have no room at the level that it demands.
    #[error(
        "protection in use: {demand} was demanded for {name}; {because}: raise RLIMIT_MEMLOCK if it is memory that lacks"
    )]
    Operation {
        /// The kind of operations.
        name: &'static str,
        /// What was demanded.
        demand: Demand,
        /// Why they are refused: what they need and what there is in bytes, or that they allocate.
        because: EnterError,
    },
    /// Operations that the caller needs are left out of its build: turn on the Cargo feature that adds them.
    #[error("this build does not have {name}; the feature `{feature}` adds it")]
    NotBuilt {
        /// The kind of operations.
        name: &'static str,
        /// The Cargo feature, of the crate that the store is of.
        feature: &'static str,
    },
}

fn because<'r>(refusals: impl IntoIterator<Item = &'r Refusal>) -> String {
    refusals.into_iter().map(|refusal| format!("; {refusal}")).collect()
}

/// A secret could not be placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The system gives no more memory of the level: the refusal says what to do. What is held already is unharmed.
    #[error("no more memory of this level: {0}")]
    Refused(Refusal),
    /// The bound that the program set for itself is reached: raise it, or drop some secrets.
    #[error("the program's own bound of {bytes} bytes of secret memory is reached")]
    Bound {
        /// The bound, in bytes.
        bytes: usize,
    },
    /// The secret is longer than a slot.
    #[error("a secret of {asked} bytes is too large: at most {most}")]
    TooLarge {
        /// What was asked for, in bytes.
        asked: usize,
        /// What a slot takes, in bytes.
        most: usize,
    },
    /// A forked child holds a copy of the handle and none of the memory: open a store of its own there.
    #[error("this process was forked from the one that holds the secrets, and has none of them: open its own store")]
    ForkedChild,
    /// The function that should have made the secret panicked. Its message is withheld.
    #[error("the operation panicked")]
    Panicked,
    /// See [`EnterError::Allocates`].
    #[error("the operation uses the heap, which is not protected, and protection in use is demanded")]
    Allocates,
    /// See [`EnterError::NoRoom`].
    #[error("the operation needs {asked} bytes of stack, and {has} are there")]
    NoRoom {
        /// What it needs, in bytes.
        asked: usize,
        /// What is there, in bytes.
        has: usize,
    },
    /// Something that the library relies on does not hold. No caller can cause it: report it.
    #[error("internal error, please report it; broken invariant: {invariant}")]
    Internal {
        /// What does not hold.
        invariant: &'static str,
    },
}

impl MemoryError {
    /// The refused call behind it.
    pub(crate) fn into_refusal(self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal,
            _ => Refusal::unverified(),
        }
    }
}

/// An operation did not begin, or did not end by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[non_exhaustive]
pub enum EnterError {
    /// See [`MemoryError::ForkedChild`].
    #[error("this process was forked from the one that holds the secrets, and has none of them: open its own store")]
    ForkedChild,
    /// The operation panicked. Its message is withheld, as it could quote a secret.
    #[error("the operation panicked")]
    Panicked,
    /// No workspace could be had, and there is none to wait for: the refusal says what to do.
    #[error("no memory to run in: {0}")]
    NoWorkspace(Refusal),
    /// The operation was declared to allocate ([`StackBudget::ALLOCATING`](crate::StackBudget::ALLOCATING)), and the
    /// policy demands protection in use.
    #[error("the operation uses the heap, which is not protected, and protection in use is demanded")]
    Allocates,
    /// The operation asks for more stack than the workspace has: a tight limit on locked memory makes small ones.
    #[error("the operation needs {asked} bytes of stack, and {has} are there")]
    NoRoom {
        /// What it needs, in bytes.
        asked: usize,
        /// What is there, in bytes.
        has: usize,
    },
    /// See [`MemoryError::Internal`].
    #[error("internal error, please report it; broken invariant: {invariant}")]
    Internal {
        /// What does not hold.
        invariant: &'static str,
    },
}

impl From<EnterError> for MemoryError {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::ForkedChild => Self::ForkedChild,
            EnterError::Panicked => Self::Panicked,
            EnterError::NoWorkspace(refusal) => Self::Refused(refusal),
            EnterError::NoRoom { asked, has } => Self::NoRoom { asked, has },
            EnterError::Allocates => Self::Allocates,
            EnterError::Internal { invariant } => Self::Internal { invariant },
        }
    }
}

/// A secret could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum MakeError<E> {
    /// There was no room for it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The function that makes it said no.
    #[error("the secret could not be made")]
    Failed(E),
}

/// A secret could not be read from a descriptor.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// More bytes came than a secret may have. What was read is erased.
    #[error("longer than {most} bytes")]
    TooLong {
        /// The most a secret may have, in bytes.
        most: usize,
    },
    /// The descriptor could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// There was no room for it.
    #[error(transparent)]
    Memory(#[from] MemoryError),
}

/// The system's random source refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("no random bytes: {0}")]
pub struct RandomError(pub Refusal);
