//! The store of named keys: names, slots, snapshots. No cryptography.

mod associated;
mod by_name;
mod context;
mod contexts;
mod encapsulation;
mod envelopes;
pub mod extension;
mod facts;
mod gate;
mod gated;
mod handle;
mod key;
mod life;
mod line;
mod locals;
pub(crate) mod lookup;
mod master;
#[cfg(all(loom, test))]
mod model;
mod named;
mod parent;
mod raw;
mod reach;
mod register;
mod report;
mod secrets;
mod session;
mod signatures;
mod snapshot;
mod stored;
mod stream;
mod sync;
pub(crate) mod table;
mod thread;
mod transaction;

use std::sync::{Arc, PoisonError};

use strongroom_memory::{OpenError, Policy, SecretMemory};

pub use associated::WithAssociatedData;
pub use context::Context;
pub(crate) use context::OfContext;
pub use encapsulation::Encapsulate;
pub use envelopes::Envelopes;
pub use facts::Inspect;
pub use handle::{KeyStore, WeakKeyStore};
pub use key::Key;
pub use master::MasterKeys;
pub use parent::Parent;
pub use report::{KeyCount, StoreReport};
pub use secrets::ProtectedContents;
pub use signatures::SignObjects;
pub use stream::Streams;
pub use transaction::Transaction;

use crate::error::Error;
use crate::name::KeySet;
use crate::operation::OperationKind;
use contexts::Contexts;
use handle::Shared;
use line::Line;
use locals::Locals;
use reach::Reach;
use session::Session;
use snapshot::Snapshot;
use sync::Mutex;

impl<S: KeySet> KeyStore<S> {
    /// Opens an empty store in the best memory that this machine grants. [`protection`](Self::protection) returns which
    /// that is.
    ///
    /// Its type says how it names keys: `KeyStore` by text, `KeyStore<Keys>` by names of the program's own. Where no
    /// name follows in the same function, the type is written: `let store: KeyStore = KeyStore::open()?`.
    ///
    /// ```
    /// let store = strongroom::KeyStore::open()?;
    /// println!("{}", store.protection());
    /// # store.generate("notes")?;
    /// # Ok::<(), strongroom::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]: this machine grants no memory.
    pub fn open() -> Result<Self, OpenError> {
        Self::open_with(Policy::best_available())
    }

    /// Opens an empty store whose keys are protected as `policy` demands.
    ///
    /// ```
    /// use strongroom::{Demand, KeyStore, Protection};
    ///
    /// let store: KeyStore = KeyStore::open()?;
    /// let strict: Result<KeyStore, _> = KeyStore::open_with(Demand::AtLeast(Protection::Secret));
    /// assert_eq!(strict.is_ok(), store.protection().at_rest == Protection::Secret);
    /// # Ok::<(), strongroom::errors::OpenError>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]: this machine does not grant what the policy demands; with what refused and what to do about it.
    pub fn open_with(policy: impl Into<Policy>) -> Result<Self, OpenError> {
        Ok(Self::over(SecretMemory::open(policy.into())?))
    }

    /// Opens an empty store whose keys are protected as `policy` demands, and that maps at most `bound` bytes of secret
    /// memory. Without a bound a store maps at most 64 MiB.
    ///
    /// # Errors
    /// [`OpenError`]: this machine does not grant what the policy demands. A call that reaches the bound later answers
    /// [`Limit::SecretMemory`](crate::errors::Limit::SecretMemory).
    pub fn open_bounded(policy: impl Into<Policy>, bound: usize) -> Result<Self, OpenError> {
        Ok(Self::over(SecretMemory::open_bounded(policy.into(), bound)?))
    }

    /// Opens an empty store for operations of these kinds. None of them will be refused for want of room, and each runs
    /// at the level in use that `policy` demands.
    ///
    /// ```
    /// use strongroom::{Demand, KeyStore, Policy, Protection, report::OperationKind};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    ///
    /// let secret = Demand::AtLeast(Protection::Secret);
    /// let kinds = [OperationKind::Fields, OperationKind::Ed25519];
    /// match KeyStore::<Keys>::open_for(Policy::at_rest(secret).in_use(secret), &kinds) {
    ///     Ok(store) => assert_eq!(store.protection().in_use, Protection::Secret),
    ///     Err(error) => eprintln!("{error}"), // what the machine lacks, and what to do
    /// }
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]: this machine does not grant what the policy demands. [`OpenError::Operation`]: the limit on locked
    /// memory never has room for one of them. [`OpenError::NotBuilt`]: a Cargo feature that adds one of them is off.
    pub fn open_for(policy: impl Into<Policy>, kinds: &[OperationKind]) -> Result<Self, OpenError> {
        let store = Self::open_with(policy)?;
        for kind in kinds {
            kind.demand(&store.shared.memory)?;
        }
        Ok(store)
    }

    fn over(memory: SecretMemory) -> Self {
        let session = Session::open(memory);
        Self::new(Arc::new(Shared {
            memory: session.memory().clone(),
            line: Line::new(Snapshot::empty(session, false)),
            locking: Mutex::new(()),
            contexts: Contexts::new(),
        }))
    }

    /// Runs `f` with a context over the named keys as they are now. The context's local keys are erased when `f`
    /// returns or panics.
    ///
    /// Contexts neither wait nor make anybody wait; `f` may take its time and may begin others.
    ///
    /// A local key does not get out of its context:
    ///
    /// ```compile_fail
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// let key = store.try_context(|ctx| ctx.generate(strongroom::KeyUses::CONTENTS));
    /// # }
    /// ```
    ///
    /// and no other context takes it:
    ///
    /// ```compile_fail,E0521
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.try_context(|one| {
    ///     let key = one.generate(strongroom::KeyUses::CONTENTS)?;
    ///     store.try_context(|other| other.encrypt_text(key, "milk"))
    /// });
    /// # }
    /// ```
    ///
    /// In its own it is as good as a named one:
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) -> Result<(), strongroom::Error> {
    /// let texts = store.context(|ctx| {
    ///     let key = ctx.generate(strongroom::KeyUses::CONTENTS)?;
    ///     Ok((ctx.encrypt_text(key, "milk")?, ctx.encrypt_text(ctx.key(Key::User)?, "milk")?))
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Names of another set are not accepted:
    ///
    /// ```compile_fail,E0271
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// mod other { strongroom::key_ids! { pub enum Keys; symmetric Key { User } } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.try_context(|ctx| ctx.key(other::Key::User).is_ok());
    /// # }
    /// ```
    ///
    /// A closure with an error of another type, or without a `Result`, goes to [`try_context`](Self::try_context).
    ///
    /// # Errors
    /// What `f` returns.
    pub fn context<R>(&self, f: impl for<'c> FnOnce(&Context<'c, S>) -> Result<R, Error>) -> Result<R, Error> {
        self.try_context(f)
    }

    /// Runs `f` with a context, as [`context`](Self::context) does, and returns whatever `f` returns: a `Result` with
    /// an error of the program's own, into which [`Error`] converts, or no `Result` at all.
    ///
    /// ```
    /// # use strongroom::{Error, KeyStore, KeyUses};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// #[derive(Debug)]
    /// enum NoteError { Empty, Store(Error) }
    /// impl From<Error> for NoteError {
    ///     fn from(error: Error) -> Self { NoteError::Store(error) }
    /// }
    ///
    /// # let store = KeyStore::<Keys>::open().unwrap();
    /// let keep = |note: &str| {
    ///     store.try_context(|ctx| {
    ///         if note.is_empty() {
    ///             return Err(NoteError::Empty);
    ///         }
    ///         Ok(ctx.encrypt_text(ctx.key(Key::User)?, note)?)
    ///     })
    /// };
    /// assert!(matches!(keep(""), Err(NoteError::Empty)));
    /// assert!(matches!(keep("milk"), Err(NoteError::Store(_)))); // there is no such key yet
    /// ```
    pub fn try_context<R>(&self, f: impl for<'c> FnOnce(&Context<'c, S>) -> R) -> R {
        let _open = self.shared.contexts.open();
        let snapshot = self.shared.line.now();
        let locals = Locals::default();
        f(&Context::new(Reach::of_context(&snapshot, &locals)))
    }

    /// Runs `f` with a context that has local keys alone, also while the store is locked, and leaves the store as it
    /// is. For keys that are none of the store's, such as the one that a backup's password gives.
    ///
    /// It sees no named key, locked or not. [`lock`](Self::lock) erases its keys as those of every context that is open
    /// then. A context that is begun by this call on a locked store has keys until it ends.
    ///
    /// ```
    /// # use strongroom::{Error, Kdf, KeyStore, KeyUses};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// store.lock();
    /// let password = store.secret_text("of a backup")?;
    /// let text = store.local_context(|ctx| {
    ///     let key = ctx.derive_from_password(&password, &Kdf::pbkdf2(600_000)?, b"salt", KeyUses::CONTENTS)?;
    ///     ctx.encrypt_text(key, "milk")
    /// })?;
    /// assert!(store.is_locked());
    /// # let _ = text;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// What `f` returns.
    pub fn local_context<R>(&self, f: impl for<'c> FnOnce(&Context<'c, S>) -> Result<R, Error>) -> Result<R, Error> {
        self.try_local_context(f)
    }

    /// Runs `f` with a context that has local keys alone, and returns whatever `f` returns, as
    /// [`try_context`](Self::try_context) does.
    pub fn try_local_context<R>(&self, f: impl for<'c> FnOnce(&Context<'c, S>) -> R) -> R {
        let _open = self.shared.contexts.open();
        let base = self.shared.line.now();
        let _unlocking = base.is_locked().then(|| Unlocking::begin(self, base.session()));
        let nameless = Snapshot::empty(Arc::clone(base.session()), false);
        let locals = Locals::default();
        f(&Context::new(Reach::of_context(&nameless, &locals)))
    }

    /// Runs `f` with a transaction, and applies what it changed if it returns `Ok`: all at once, so that no context
    /// sees a part of it. If it returns `Err` or panics, the store stays as it was.
    ///
    /// No lock is held while `f` runs. Of transactions that run at the same time and change the same name, the first to
    /// end wins, and the others end with [`ErrorKind::Conflict`](crate::ErrorKind::Conflict); changes to different
    /// names do not touch each other. Readers never wait and never see a part of the changes.
    ///
    /// On a [locked](Self::lock) store, a transaction that gives a key a name unlocks the store when it is committed.
    /// One that names nothing leaves it locked.
    ///
    /// A closure with an error of another type goes to [`try_transaction`](Self::try_transaction).
    ///
    /// # Errors
    /// What `f` returns. [`ErrorKind::Conflict`](crate::ErrorKind::Conflict): another transaction, committed since this
    /// one began, changed a name that this one changes. [`ErrorKind::Locked`](crate::ErrorKind::Locked): the store was
    /// locked since.
    pub fn transaction<R>(
        &self,
        f: impl for<'c> FnOnce(&mut Transaction<'c, S>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.try_transaction(f)
    }

    /// Runs `f` with a transaction, as [`transaction`](Self::transaction) does, for a closure with an error of the
    /// program's own.
    ///
    /// # Errors
    /// As `transaction`.
    pub fn try_transaction<R, E: From<Error>>(
        &self,
        f: impl for<'c> FnOnce(&mut Transaction<'c, S>) -> Result<R, E>,
    ) -> Result<R, E> {
        let _open = self.shared.contexts.open();
        let base = self.shared.line.now();
        let _unlocking = base.is_locked().then(|| Unlocking::begin(self, base.session()));
        let locals = Locals::default();
        let mut transaction = Transaction::new(&base, &locals);
        let result = f(&mut transaction)?;
        transaction.commit(&self.shared.line)?;
        Ok(result)
    }

    /// Erases all keys, named and local, and gives the memory back that they lay in. Passwords, a
    /// [`MasterKey`](crate::master_keys::MasterKey) and other secrets that the caller holds stay until they are
    /// dropped.
    ///
    /// It waits for the primitive operations in flight (one encryption, one key derivation), and for nothing else. When
    /// it returns no key is left, not even of contexts that are still open: every further call in them that uses or
    /// makes a key answers [`ErrorKind::Locked`](crate::ErrorKind::Locked), and so do contexts that are opened now,
    /// [local ones](Self::local_context) excepted. The next [transaction](Self::transaction) that names a key and is
    /// committed unlocks the store. One that had begun before the lock is not committed.
    ///
    /// A store may be locked at any time, also from inside a context of its own, and as often as one likes. While it is
    /// locked it keeps no memory that nobody uses: when every store of the process is locked and the passwords, master
    /// keys and other secrets that the program itself holds are dropped, in whatever order, they have no secret page,
    /// so that the machine can hibernate. Unlocking with a wrong password leaves none either, and a list that is under
    /// way gives its signal stacks back when it ends.
    pub fn lock(&self) {
        // A forked child has no keys, and could wait here for threads that it does not have.
        if !self.shared.memory.is_of_this_process() {
            return;
        }
        // Names are the program's code, and one that is dropped may lock the store: the snapshot goes after the guard.
        let _before = {
            let _one = self.shared.locking.lock().unwrap_or_else(PoisonError::into_inner);
            let before = self.shared.line.cut(Snapshot::empty(Session::locked(&self.shared.memory), true));
            before.session().end();
            before
        };
    }

    /// Returns true if the store is locked: no transaction has named a key since [`lock`](Self::lock). A store that was
    /// just opened is not locked, and holds no key.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.shared.line.now().is_locked()
    }
}

/// What runs on a locked store and may make keys: a transaction or a local context.
struct Unlocking<'u, S: KeySet> {
    store: &'u KeyStore<S>,
    session: &'u Arc<Session>,
}

impl<'u, S: KeySet> Unlocking<'u, S> {
    fn begin(store: &'u KeyStore<S>, session: &'u Arc<Session>) -> Self {
        session.begin_unlocking();
        Self { store, session }
    }
}

impl<S: KeySet> Drop for Unlocking<'_, S> {
    fn drop(&mut self) {
        // Dropped after the session's guard, as the names in it are the program's code.
        let mut now = None;
        self.session.end_unlocking(|| {
            let now = now.insert(self.store.shared.line.now());
            now.is_locked() && Arc::ptr_eq(now.session(), self.session)
        });
    }
}

#[cfg(test)]
mod tests;
