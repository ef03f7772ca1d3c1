//! The store of named keys: names, slots, snapshots. No cryptography.

mod associated;
mod context;
mod envelopes;
pub mod extension;
mod facts;
mod gate;
mod gated;
mod key;
mod life;
mod line;
mod master;
#[cfg(all(loom, test))]
mod model;
mod parent;
mod raw;
mod reach;
mod register;
mod report;
mod secrets;
mod session;
mod signatures;
mod snapshot;
mod stream;
mod sync;
mod table;
mod transaction;

use std::fmt;
#[cfg(unix)]
use std::os::fd::BorrowedFd;

use std::sync::{Arc, PoisonError};

#[cfg(unix)]
use strongroom_memory::ReadError;
use strongroom_memory::{MemoryError, OpenError, Policy, Protected, SecretBytes, SecretMemory, Usage};

pub use associated::WithAssociatedData;
pub use context::Context;
pub use parent::Parent;
pub use report::{KeyCount, StoreReport};
pub use transaction::Transaction;

use crate::error::Error;
use crate::kind::KeySet;
use crate::operation::{OperationKind, OperationReport};
use line::Line;
use reach::Reach;
use session::Session;
use snapshot::Snapshot;
use sync::Mutex;

/// Holds named keys in secret memory. One store serves all threads; share it by reference or `Arc`.
///
/// Keys are used in a [`context`](Self::context) and change in a [`transaction`](Self::transaction). When the store is
/// [locked](Self::lock) or dropped, its keys are erased.
pub struct KeyStore<S: KeySet> {
    memory: SecretMemory,
    line: Line<Snapshot<S>>,
    /// Held by who locks: the next one comes back when the keys are erased, too.
    locking: Mutex<()>,
}

impl<S: KeySet> KeyStore<S> {
    /// Opens an empty store whose keys are protected as `policy` demands.
    ///
    /// ```
    /// use strongroom::{Demand, KeyStore, Policy, Protection};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    ///
    /// let store = KeyStore::<Keys>::open(Policy::best_available())?;
    /// println!("{}", store.protection());
    /// let strict = KeyStore::<Keys>::open(Demand::AtLeast(Protection::Secret));
    /// assert_eq!(strict.is_ok(), store.protection().at_rest == Protection::Secret);
    /// # Ok::<(), strongroom::OpenError>(())
    /// ```
    ///
    /// # Errors
    /// [`OpenError`]: this machine does not grant what the policy demands; with what refused and what to do about it.
    pub fn open(policy: impl Into<Policy>) -> Result<Self, OpenError> {
        Ok(Self::over(SecretMemory::open(policy.into())?))
    }

    /// As [`open`](Self::open), but maps at most `bound` bytes of secret memory (64 MiB otherwise).
    ///
    /// # Errors
    /// As `open`. Reaching the bound later is [`MemoryError::Bound`].
    pub fn open_bounded(policy: impl Into<Policy>, bound: usize) -> Result<Self, OpenError> {
        Ok(Self::over(SecretMemory::open_bounded(policy.into(), bound)?))
    }

    /// As [`open`](Self::open), for a program that needs operations of these kinds: none of them will be refused for want
    /// of room, and each runs at the level in use that `policy` demands.
    ///
    /// ```
    /// use strongroom::{Demand, KeyStore, OperationKind, Policy, Protection};
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
    /// As `open`. [`OpenError::Operation`]: the limit on locked memory never has room for one of them.
    /// [`OpenError::NotBuilt`]: a Cargo feature that adds one of them is off.
    pub fn open_for(policy: impl Into<Policy>, kinds: &[OperationKind]) -> Result<Self, OpenError> {
        let store = Self::open(policy)?;
        for kind in kinds {
            kind.demand(&store.memory)?;
        }
        Ok(store)
    }

    /// Where operations of each kind run: what [`report`](Self::report) says of them.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationReport> {
        OperationKind::ALL.iter().map(|kind| kind.in_use(&self.memory)).collect()
    }

    fn over(memory: SecretMemory) -> Self {
        let session = Session::open(memory);
        Self {
            memory: session.memory().clone(),
            line: Line::new(Snapshot::empty(session, false)),
            locking: Mutex::new(()),
        }
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
    /// let key = store.context(|ctx| ctx.generate(strongroom::KeyUses::CONTENTS).unwrap());
    /// # }
    /// ```
    ///
    /// and no other context takes it:
    ///
    /// ```compile_fail,E0521
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.context(|one| {
    ///     let key = one.generate(strongroom::KeyUses::CONTENTS).unwrap();
    ///     store.context(|other| other.encrypt_text(key, "milk").is_ok())
    /// });
    /// # }
    /// ```
    ///
    /// In its own it is as good as a named one:
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.context(|ctx| {
    ///     let key = ctx.generate(strongroom::KeyUses::CONTENTS).unwrap();
    ///     ctx.encrypt_text(key, "milk").is_ok() && ctx.encrypt_text(Key::User, "milk").is_ok()
    /// });
    /// # }
    /// ```
    ///
    /// Ids of another set are not accepted:
    ///
    /// ```compile_fail,E0271
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// mod other { strongroom::key_ids! { pub enum Keys; pub symmetric Key { User } } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.context(|ctx| ctx.encrypt_text(other::Key::User, "milk").is_ok());
    /// # }
    /// ```
    pub fn context<R>(&self, f: impl for<'c> FnOnce(&mut Context<'c, S>) -> R) -> R {
        let snapshot = self.line.now();
        f(&mut Context::new(Reach::of_context(&snapshot)))
    }

    /// Runs `f` with a context that has local keys alone, also while the store is locked, and leaves the store as it is. For
    /// keys that are none of the store's, such as the one that a backup's password gives.
    ///
    /// It sees no named key, locked or not. [`lock`](Self::lock) erases its keys as those of every context that is open
    /// then. A context that is begun by this call on a locked store has keys until it ends.
    ///
    /// ```
    /// # use strongroom::{Error, Kdf, KeyStore, KeyUses, Policy};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open(Policy::best_available())?;
    /// store.lock();
    /// let password = store.secret_text("of a backup")?;
    /// let text = store.local_context(|ctx| {
    ///     let key = ctx.derive_from_password(&password, &Kdf::pbkdf2(600_000)?, b"salt", KeyUses::CONTENTS)?;
    ///     Ok::<_, Error>(ctx.encrypt_text(key, "milk")?)
    /// })?;
    /// assert!(store.is_locked());
    /// # let _ = text;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn local_context<R>(&self, f: impl for<'c> FnOnce(&mut Context<'c, S>) -> R) -> R {
        let base = self.line.now();
        let _unlocking = base.is_locked().then(|| Unlocking::begin(self, base.session()));
        let nameless = Snapshot::empty(Arc::clone(base.session()), false);
        f(&mut Context::new(Reach::of_context(&nameless)))
    }

    /// Runs `f` with a transaction, and applies what it changed if it returns `Ok`: all at once, so that no context
    /// sees a part of it. If it returns `Err` or panics, the store stays as it was.
    ///
    /// No lock is held while `f` runs. Of transactions that run at the same time and change the same name, the first to
    /// end wins, and the others end with [`CommitError::Conflict`](crate::CommitError::Conflict); changes to different
    /// names do not touch each other. Readers never wait and never see a part of the changes.
    ///
    /// On a [locked](Self::lock) store, the transaction that is committed unlocks it.
    ///
    /// # Errors
    /// What `f` returns; [`Error::Commit`] if another transaction, committed since this one began, changed a name that
    /// this one changes, or the store was locked since.
    pub fn transaction<R, E: From<Error>>(
        &self,
        f: impl for<'c> FnOnce(&mut Transaction<'c, S>) -> Result<R, E>,
    ) -> Result<R, E> {
        let base = self.line.now();
        let _unlocking = base.is_locked().then(|| Unlocking::begin(self, base.session()));
        let mut transaction = Transaction::new(&base);
        let result = f(&mut transaction)?;
        transaction.commit(&self.line).map_err(Error::from)?;
        Ok(result)
    }

    /// Erases all keys, named and local, and gives the memory back that they lay in. Passwords, a
    /// [`MasterKey`](crate::MasterKey) and other secrets that the caller holds stay until they are dropped.
    ///
    /// It waits for the primitive operations in flight (one encryption, one key derivation), and for nothing else. When it
    /// returns no key is left, not even of contexts that are still open: every further call in them that uses or makes a key
    /// answers [`Locked`](crate::Locked), and so do contexts that are opened now, [local ones](Self::local_context) excepted.
    /// The next [transaction](Self::transaction) that is committed unlocks the store: it names keys again. One that had begun
    /// before the lock is not committed.
    ///
    /// A store may be locked at any time, also from inside a context of its own, and as often as one likes. While it is
    /// locked it keeps no memory that nobody uses: when every store of the process is locked and the passwords, master keys
    /// and other secrets that the program itself holds are dropped, in whatever order, they have no secret page, so that
    /// the machine can hibernate. Unlocking with a wrong password leaves none either, and a
    /// list that is under way gives its signal stacks back when it ends.
    pub fn lock(&self) {
        // A forked child has no keys, and could wait here for threads that it does not have.
        if !self.memory.is_of_this_process() {
            return;
        }
        let _one = self.locking.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.line.cut(Snapshot::empty(Session::locked(&self.memory), true));
        before.session().end();
    }

    /// Whether the store is locked: no transaction was committed since [`lock`](Self::lock).
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.line.now().is_locked()
    }

    /// Copies a text, such as a password, into secret memory. The caller's copy stays the caller's business: where there
    /// is a choice, read it from its source with [`read_secret`](Self::read_secret) instead.
    ///
    /// # Errors
    /// [`MemoryError`]: no room, or more than [`SecretBytes::MAX`] bytes.
    pub fn secret_text(&self, text: &str) -> Result<SecretBytes, MemoryError> {
        self.line.now().session().with_room(|memory| SecretBytes::copy_from(memory, text.as_bytes()))
    }

    /// Reads a descriptor to its end straight into secret memory, at most [`SecretBytes::MAX`] bytes.
    ///
    /// # Errors
    /// [`ReadError`]: more bytes came, reading failed, or there is no room.
    #[cfg(unix)]
    pub fn read_secret(&self, from: BorrowedFd<'_>) -> Result<SecretBytes, ReadError> {
        self.line.now().session().with_room(|memory| SecretBytes::read_to_end(memory, from))
    }

    /// Reads a line from a descriptor straight into secret memory, at most [`SecretBytes::MAX`] bytes; its newline is
    /// taken and not kept, and not a byte behind it is taken.
    ///
    /// # Errors
    /// As [`read_secret`](Self::read_secret).
    #[cfg(unix)]
    pub fn read_secret_line(&self, from: BorrowedFd<'_>) -> Result<SecretBytes, ReadError> {
        self.line.now().session().with_room(|memory| SecretBytes::read_line(memory, from))
    }

    /// What protects the keys, verified.
    #[must_use]
    pub fn protection(&self) -> Protected {
        self.memory.protection()
    }

    /// How many keys there are, what was verified of the memory they lie in, and what the machine around adds or takes
    /// away.
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = strongroom::KeyStore::<Keys>::open(strongroom::Policy::best_available())?;
    /// println!("{}", store.report());
    /// assert_eq!(store.report().keys.to_string(), "0 named; 0 prepared, 0 sealed");
    /// # Ok::<(), strongroom::OpenError>(())
    /// ```
    #[must_use]
    pub fn report(&self) -> StoreReport {
        StoreReport {
            keys: self.keys(),
            locked: self.is_locked(),
            memory: self.memory.report(),
            operations: self.operations(),
        }
    }

    /// How many keys there are, and where they lie.
    #[must_use]
    pub fn keys(&self) -> KeyCount {
        let snapshot = self.line.now();
        let (prepared, sealed) = snapshot.session().count();
        KeyCount { named: snapshot.len(), prepared, sealed }
    }

    /// What the store's secrets take: those of contexts and passwords in use included, and the root key that resting keys
    /// are sealed under.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.memory.usage()
    }
}

/// What protects the keys and how many are named; not which.
impl<S: KeySet> fmt::Debug for KeyStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protection = format_args!("{}", self.protection()).to_string();
        f.debug_struct("KeyStore")
            .field("protection", &protection)
            .field("locked", &self.is_locked())
            .field("named", &self.line.now().len())
            .finish_non_exhaustive()
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
        self.session.end_unlocking(|| {
            let now = self.store.line.now();
            now.is_locked() && Arc::ptr_eq(now.session(), self.session)
        });
    }
}

#[cfg(test)]
mod tests;
