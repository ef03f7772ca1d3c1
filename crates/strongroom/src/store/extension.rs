//! Plain functions of a program's own, which make secrets and keys in the store's memory, and use the store's keys.
//!
//! For protocols that derive keys in ways that this crate does not know. Such a function runs as an operation of
//! [`strongroom_memory`]: on a stack in secret memory that is wiped afterwards, where the platform has it
//! ([`ProtectionLevels`](crate::report::ProtectionLevels)). It captures nothing; what goes in and out has a sealed type
//! ([`ScopeInput`], [`ScopeOutput`]).
//!
//! - [`make_secret`] makes a secret that is not a key of the store.
//! - [`make_key`] makes a local key of the bytes that a function writes.
//! - [`use_key`] runs a function on a key.
//!
//! **A function that uses a key sees its bytes, and its output is ordinary memory.** So this module is the second
//! place, beside [`hazmat`](crate::hazmat), that a review of a program's keys looks for. A function should return what
//! its protocol discloses, such as a MAC, and nothing else.
//!
//! A function must not allocate: no heap is protected. It says how much stack it needs ([`StackBudget`]). Where the
//! store protects keys in use, a function that says it allocates is refused, and so is one that needs more stack than
//! there is ([`Limit::Stack`](crate::errors::Limit::Stack)): neither runs on ordinary memory. One that goes deeper than
//! it said is counted ([`Usage::deep_exits`](crate::report::Usage)). A function of `make_key` or `use_key` must not
//! lock the store: the lock waits for the operation that runs.
//!
//! ```
//! use strongroom::extension::{self, ScopeToken, StackBudget, Status};
//! use strongroom::{Error, KeyStore, KeyUses, ProtectedBytes, algorithms::SymmetricAlgorithm};
//! # strongroom::key_ids! { enum Keys; symmetric Key { User } }
//!
//! /// The key of a protocol that takes the SHA-256 of a shared secret.
//! fn hash(inside: &ScopeToken<'_>, shared: &ProtectedBytes, out: &mut [u8]) -> Result<usize, Status> {
//!     use sha2::{Digest, Sha256};
//!
//!     let hash = Sha256::digest(&**shared.expose(inside));
//!     out.get_mut(..hash.len()).ok_or(Status(0))?.copy_from_slice(&hash);
//!     Ok(hash.len())
//! }
//!
//! let store = KeyStore::<Keys>::open()?;
//! let shared = store.secret_text("from a key exchange")?;
//! store.context(|ctx| {
//!     let room = StackBudget::stack(4 << 10, 24 << 10);
//!     let algorithm = SymmetricAlgorithm::Xaes256Gcm;
//!     let key = extension::make_key(ctx, algorithm, KeyUses::CONTENTS, room, hash, &shared)?;
//!     ctx.encrypt_text(key, "milk")?;
//!     Ok(())
//! })?;
//! # Ok::<_, Error>(())
//! ```

use std::fmt;

pub use strongroom_memory::{
    MakeError, NoHeap, ScopeInput, ScopeOutput, ScopeToken, SecretBox, SecretMemory, StackBudget, Status, random,
};

use strongroom_memory::ProtectedBytes;

use super::context::Context;
use super::key::Key;
use super::raw::import;
use crate::error::{Error, Operation};
use crate::key::uses::KeyUses;
use crate::kind::each::Kind as Each;
use crate::kind::{Algorithm, Kind, Symmetric};
use crate::name::KeySet;
use crate::operation::slot::Slot;
use crate::operation::{Format, Secret};

/// Runs `make`, which makes a secret in the memory that it is given, such as [`SecretBox::try_make`] does. If there is
/// no room, keys of the store are put to rest and it runs again.
///
/// The secret is the program's: it is erased when it is dropped, and the store's lock does not reach it. A clone of the
/// memory is what it is read with later ([`SecretMemory::scope`]).
///
/// # Errors
/// The store is locked; there is no room; the function panicked. [`ErrorKind::Function`](crate::ErrorKind::Function):
/// the function said no.
pub fn make_secret<S: KeySet, R>(
    ctx: &Context<'_, S>,
    mut make: impl FnMut(&SecretMemory) -> Result<R, MakeError<Status>>,
) -> Result<R, Error> {
    ctx.reach().making_outside(Operation::Extend, |memory| Ok(make(&memory.strict())?))
}

/// Makes a local key of an algorithm, for these uses, of the bytes that `f` writes to the front of the buffer that it
/// is given; `f` returns how many they are. They are 64 for AES-256-CBC-HMAC-SHA256, 32 for any other key that has such
/// a form, as for [`hazmat::import_bytes`](crate::hazmat::import_bytes), and are erased.
///
/// `room` is the stack that `f` needs.
///
/// # Errors
/// The store is locked; there is no room; `f` panicked. [`ErrorKind::Function`](crate::ErrorKind::Function): `f` said
/// no. [`Malformed::NotAKey`](crate::errors::Malformed::NotAKey): what it wrote is not a key of this algorithm.
pub fn make_key<'c, S: KeySet, A: Algorithm, I: ScopeInput + Copy>(
    ctx: &Context<'c, S>,
    algorithm: A,
    uses: KeyUses,
    room: StackBudget,
    f: fn(&ScopeToken<'_>, I, &mut [u8]) -> Result<usize, Status>,
    input: I,
) -> Result<Key<'c, A::Kind>, Error> {
    // In one pass of the gate: a lock that comes between would leave the bytes.
    ctx.reach().make::<A::Kind>(Operation::Extend, |memory| {
        let bytes =
            ProtectedBytes::try_make(&memory.strict().reserving(room), <A::Kind as Each>::Slot::LONGEST, f, input)?;
        import(memory, &bytes, Format::Raw(algorithm), uses)
    })
}

/// Runs `f` on a key, and returns what it returns, in ordinary memory. The uses that the key was made for are not
/// asked: what `f` does with it is the program's business.
///
/// `room` is the stack that `f` needs beside what it takes to write the key as bytes.
///
/// ```
/// use strongroom::extension::{self, ExposedKey, ScopeToken, StackBudget};
/// use strongroom::{Error, KeyStore, KeyUses, algorithms::SymmetricAlgorithm};
/// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
///
/// /// A value by which two parties see that they hold the same key: the SHA-256 of its encoded form and of a challenge.
/// fn check(inside: &ScopeToken<'_>, key: ExposedKey<'_>, challenge: &[u8]) -> Option<[u8; 32]> {
///     use sha2::{Digest, Sha256};
///
///     let mut bytes = [0; ExposedKey::MAX_LEN];
///     let length = key.write(inside, &mut bytes)?;
///     Some(Sha256::new().chain_update(challenge).chain_update(bytes.get(..length)?).finalize().into())
/// }
///
/// let store = KeyStore::<Keys>::open()?;
/// let values = store.context(|ctx| {
///     let [one, other] = [ctx.generate(KeyUses::CONTENTS)?, ctx.generate(KeyUses::CONTENTS)?];
///     let room = StackBudget::stack(4 << 10, 24 << 10);
///     let value = |key| extension::use_key(ctx, key, room, check, &b"challenge"[..]);
///     Ok([value(one)?, value(one)?, value(other)?])
/// })?;
/// assert!(values[0].is_some() && values[0] == values[1] && values[0] != values[2]);
/// # Ok::<_, Error>(())
/// ```
///
/// # Errors
/// The store is locked, there is no such room, or the function panicked.
pub fn use_key<'c, S: KeySet, K: Kind, I: ScopeInput, O: ScopeOutput>(
    ctx: &Context<'c, S>,
    key: Key<'c, K>,
    room: StackBudget,
    f: fn(&ScopeToken<'_>, ExposedKey<'_, K>, I) -> O,
    input: I,
) -> Result<O, Error> {
    ctx.reach().using(Operation::Extend, key, |memory, key| {
        let stack = room.stack.saturating_add(key.secret().room().stack);
        let output = memory.strict().scope_reserving(
            StackBudget { stack, ..room },
            |inside, (f, key, input): (Function<'_, K, I, O>, Lent<'_, K>, I)| f(inside, ExposedKey { key }, input),
            (f as Function<'_, K, I, O>, key.secret().lend(), input),
        );
        Ok(output?)
    })
}

/// A function that uses a key.
type Function<'k, K, I, O> = fn(&ScopeToken<'_>, ExposedKey<'k, K>, I) -> O;

/// A key, as a function that uses it is given it.
pub struct ExposedKey<'k, K: Kind = Symmetric> {
    key: Lent<'k, K>,
}

/// A key as an operation sees it.
type Lent<'k, K> = <Secret<K> as Slot>::Lent<'k>;

impl ExposedKey<'_, Symmetric> {
    /// Bytes that a symmetric key has at most in its encoded form.
    pub const MAX_LEN: usize = Secret::<Symmetric>::LONGEST;
}

impl<K: Kind> ExposedKey<'_, K> {
    /// Writes the key in its encoded form, as [`hazmat::expose_encoded`](crate::hazmat::expose_encoded) hands it out,
    /// to the front of `out` and returns its length in bytes. `None`: `out` is too short; what it holds then is not the
    /// key.
    pub fn write(&self, inside: &ScopeToken<'_>, out: &mut [u8]) -> Option<usize> {
        Secret::<K>::write(&self.key, inside, out)
    }
}

impl<K: Kind> fmt::Debug for ExposedKey<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExposedKey(..)")
    }
}
