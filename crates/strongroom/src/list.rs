//! Works on many things at once: on all processors, in order, each with a result of its own.
//!
//! A list sees one snapshot of the named keys from its first item to its last, whatever transactions do meanwhile. Each
//! item is worked on in a [child](Context::child) of its own, so that no item sees the local keys of another. `rayon`
//! shares the items out to its global pool. If the call is made inside
//! [`rayon::ThreadPool::install`](https://docs.rs/rayon/latest/rayon/struct.ThreadPool.html#method.install), it shares
//! them out to that pool.
//!
//! Where keys are protected in use, each thread that works on a part of a list has its alternate signal stack in memory
//! of that level for that time. So a handler with `SA_ONSTACK` leaves no parts of keys in ordinary memory, and the
//! program need not know the pool's threads. A list uses as many threads as there is room for such stacks. The stacks
//! take an eighth of the limit on locked memory at most, and nothing that the largest operation needs. The caller's own
//! thread does all the work in three cases: for a few items, in a forked child (a pool of its parent has no threads
//! there), and where there is no room for two such stacks. There never is under a limit of 192 KiB, and there always is
//! from 512 KiB on where the compiler optimises. The signals of the caller's own thread are the program's to handle, as
//! with every other call. A program with such handlers installs
//! [`SignalStack`](https://docs.rs/strongroom-memory/latest/strongroom_memory/process/struct.SignalStack.html) there.
//!
//! Without the Cargo feature `parallel`, the caller's thread works on every list. The calls, their results and their
//! errors are the same.
//!
//! One bad item does not hide the others: every item has its result. The forms that begin with `try_` stop at the first
//! error instead. They return the same error each time: the first in the list.

#[cfg(not(feature = "parallel"))]
mod alone;
#[cfg(feature = "parallel")]
mod parallel;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::ItemError;
use crate::kind::Symmetric;
use crate::name::{KeyName, KeySet};
use crate::store::{Context, Key, KeyStore, OfContext, Parent};
use crate::traits::{Decryptable, Encryptable, UsesKey};

impl<S: KeySet> KeyStore<S> {
    /// Encrypts each thing with the key that it names, in parallel and from one snapshot of the keys. The results are
    /// in order.
    pub fn encrypt_list<T>(&self, things: &[T]) -> Vec<Result<T::Sealed, T::Error>>
    where
        T: Encryptable<S, Sealed: Send, Error: Send> + UsesKey<Name: KeyName<S, Symmetric>> + Sync,
    {
        self.try_context(|ctx| {
            ctx.map_list(things, |child, _, thing| thing.encrypt(child, child.key(thing.uses_key())?))
        })
    }

    /// Decrypts each thing with the key that it names, in parallel and from one snapshot of the keys. The results are
    /// in order.
    ///
    /// ```
    /// # use strongroom::{Context, Decryptable, EncString, Error, ExposeSecret, KeyStore, KeyUses, Plaintext, UsesKey};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// struct Note(EncString);
    /// impl UsesKey for Note {
    ///     type Name = Key;
    ///     fn uses_key(&self) -> Key { Key::User }
    /// }
    /// impl Decryptable<Keys> for Note {
    ///     type Plain = Plaintext;
    ///     type Error = Error;
    ///     fn decrypt<'c>(&self, ctx: &Context<'c, Keys>, key: strongroom::Key<'c>) -> Result<Plaintext, Error> {
    ///         Ok(ctx.decrypt_text(key, &self.0)?)
    ///     }
    /// }
    ///
    /// # let store = KeyStore::<Keys>::open()?;
    /// # let notes: Vec<Note> = store.transaction(|tx| {
    /// #     let key = tx.generate(KeyUses::CONTENTS)?;
    /// #     tx.insert(Key::User, key)?;
    /// #     ["milk", "eggs"].iter().map(|text| Ok::<_, Error>(Note(tx.encrypt_text(key, text)?))).collect()
    /// # })?;
    /// for note in store.decrypt_list(&notes) {
    ///     match note {
    ///         Ok(text) => println!("{}", text.expose_secret()),
    ///         Err(error) => eprintln!("one that cannot be read: {error}"), // the others are read all the same
    ///     }
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn decrypt_list<T>(&self, things: &[T]) -> Vec<Result<T::Plain, T::Error>>
    where
        T: Decryptable<S, Plain: Send, Error: Send> + UsesKey<Name: KeyName<S, Symmetric>> + Sync,
    {
        self.try_context(|ctx| {
            ctx.map_list(things, |child, _, thing| thing.decrypt(child, child.key(thing.uses_key())?))
        })
    }
}

/// Works on lists, in parallel.
///
/// The calls are those of a [`Context`] and a [`Transaction`](crate::Transaction). The trait is sealed.
pub trait Lists<'c, S: KeySet>: OfContext {
    /// Runs `f` for each thing, in parallel, each in a child of its own. The results are in order.
    ///
    /// ```
    /// # use strongroom::{Error, KeyStore, KeyUses};
    /// # use strongroom::list::Lists;
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// let texts = ["milk", "eggs"];
    /// let sealed = store.context(|ctx| {
    ///     let outer = ctx.generate(KeyUses::CONTENTS)?;
    ///     let each = ctx.map_list(&texts, |child, parent, text| child.encrypt_text(parent.lend(outer), text));
    ///     each.into_iter().collect::<Result<Vec<_>, Error>>()
    /// })?;
    /// assert_eq!(sealed.len(), 2);
    /// # Ok::<(), Error>(())
    /// ```
    fn map_list<T: Sync, R: Send>(
        &self,
        things: &[T],
        f: impl for<'d> Fn(&Context<'d, S>, &Parent<'c, 'd>, &T) -> R + Sync,
    ) -> Vec<R>;

    /// Runs `f` for each thing, as [`map_list`](Self::map_list) does, but stops at the first error. It returns all
    /// results, or that error and its place.
    ///
    /// # Errors
    /// [`ItemError`]: the first error in the order of the list. Later items may have been worked on or not.
    fn try_map_list<T: Sync, R: Send, E: Send>(
        &self,
        things: &[T],
        f: impl for<'d> Fn(&Context<'d, S>, &Parent<'c, 'd>, &T) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, ItemError<E>>;

    /// Encrypts each thing with `key`, which may be a local key of this context, in parallel. The results are in order.
    fn encrypt_list<T>(&self, key: Key<'c>, things: &[T]) -> Vec<Result<T::Sealed, T::Error>>
    where
        T: Encryptable<S, Sealed: Send, Error: Send> + Sync;

    /// Decrypts each thing with `key`, which may be a local key of this context, in parallel. The results are in order.
    fn decrypt_list<T>(&self, key: Key<'c>, things: &[T]) -> Vec<Result<T::Plain, T::Error>>
    where
        T: Decryptable<S, Plain: Send, Error: Send> + Sync;
}

impl<'c, S: KeySet> Lists<'c, S> for Context<'c, S> {
    fn map_list<T: Sync, R: Send>(
        &self,
        things: &[T],
        f: impl for<'d> Fn(&Context<'d, S>, &Parent<'c, 'd>, &T) -> R + Sync,
    ) -> Vec<R> {
        self.each(things, |(_, thing)| self.child(|child, parent| f(child, parent, thing)))
    }

    fn try_map_list<T: Sync, R: Send, E: Send>(
        &self,
        things: &[T],
        f: impl for<'d> Fn(&Context<'d, S>, &Parent<'c, 'd>, &T) -> Result<R, E> + Sync,
    ) -> Result<Vec<R>, ItemError<E>> {
        // No item before the first error is ever left out, so which one is the first does not depend on threads.
        let first_error = AtomicUsize::new(usize::MAX);
        let one = |(index, thing): (usize, &T)| {
            if index > first_error.load(Ordering::Relaxed) {
                return None;
            }
            let result = self.child(|child, parent| f(child, parent, thing));
            if result.is_err() {
                first_error.fetch_min(index, Ordering::Relaxed);
            }
            Some(result)
        };
        let results: Vec<Option<Result<R, E>>> = self.each(things, one);
        #[expect(clippy::expect_used, reason = "an item that is left out stands behind an error, which ends the list")]
        let number = |(index, result): (usize, Option<Result<R, E>>)| {
            result.expect("no item before the first error is left out").map_err(|error| ItemError { index, error })
        };
        results.into_iter().enumerate().map(number).collect()
    }

    fn encrypt_list<T>(&self, key: Key<'c>, things: &[T]) -> Vec<Result<T::Sealed, T::Error>>
    where
        T: Encryptable<S, Sealed: Send, Error: Send> + Sync,
    {
        self.map_list(things, |child, parent, thing| thing.encrypt(child, parent.lend(key)))
    }

    fn decrypt_list<T>(&self, key: Key<'c>, things: &[T]) -> Vec<Result<T::Plain, T::Error>>
    where
        T: Decryptable<S, Plain: Send, Error: Send> + Sync,
    {
        self.map_list(things, |child, parent, thing| thing.decrypt(child, parent.lend(key)))
    }
}
