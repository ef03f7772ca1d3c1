//! Contexts: they read one snapshot of the store, and hold local keys.

use std::fmt;
use std::marker::PhantomData;

use strongroom_memory::{ProtectedBytes, SecretMemory};
use zeroize::Zeroizing;

use super::key::{Brand, Key};
use super::locals::Locals;
use super::parent::Parent;
use super::reach::Reach;
use crate::cose::key_ops::KeyOperation;
use crate::error::{Error, ErrorKind, Limit, NotPermitted, Operation, VerifyError};
use crate::format;
use crate::format::enc_string::EncString;
use crate::format::external::External;
use crate::format::sealed::Contents;
use crate::kdf::Kdf;
use crate::key::algorithm::SymmetricAlgorithm;
use crate::key::uses::KeyUses;
use crate::kind::{Algorithm, Asymmetric, Kind, Symmetric};
use crate::labels::ContentType;
use crate::name::{KeyName, KeySet};
use crate::operation::{self, Boxed};
use crate::plaintext::Plaintext;

/// Uses keys: those of the store, which it [looks up](Self::key), and local ones that it makes itself.
///
/// A context is handed to the closure of [`KeyStore::context`](crate::KeyStore::context) and ends with it. Then its
/// local keys are erased. A context sees the named keys as they were when it began, whatever transactions do meanwhile.
/// It blocks nobody. No call takes or returns the bytes of a key, with one exception: a key for both uses decrypts a
/// wrapped key of type 2 as contents ([`KeyUses`]).
///
/// When the store is [locked](crate::KeyStore::lock), the keys of every open context are erased. From then on, every
/// call that uses or makes a key returns [`ErrorKind::Locked`]. So does every such call of a context that is opened on
/// a locked store, unless it is a [local one](crate::KeyStore::local_context).
///
/// Threads may share a context by reference. They use its keys and make keys in it at the same time. A
/// [child](Self::child) is for keys that end sooner.
///
/// # Errors of every call
/// Besides the errors that it lists, a call that uses or makes a key can return these:
/// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the operation, or for a key that was put to
///   rest and is prepared again.
/// - [`ErrorKind::ForkedChild`]: this process was forked from the one that opened the store.
pub struct Context<'c, S: KeySet> {
    reach: Reach<'c, S>,
    brand: Brand<'c>,
}

/// Seals the traits that give contexts more calls. It is implemented for contexts alone.
pub trait OfContext {}
impl<S: KeySet> OfContext for Context<'_, S> {}

impl<'c, S: KeySet> Context<'c, S> {
    pub(super) fn new(reach: Reach<'c, S>) -> Self {
        Self { reach, brand: PhantomData }
    }

    pub(super) fn reach(&self) -> &Reach<'c, S> {
        &self.reach
    }

    pub(super) fn reach_mut(&mut self) -> &mut Reach<'c, S> {
        &mut self.reach
    }

    pub(super) fn into_reach(self) -> Reach<'c, S> {
        self.reach
    }

    /// Runs `f` with a context that sees what this one sees, a transaction's changes included. The new context has
    /// local keys of its own, which are erased when `f` returns or panics. Through the [`Parent`] it may use the local
    /// keys of this one.
    ///
    /// Several threads may have a child each at the same time.
    ///
    /// ```
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) -> Result<(), strongroom::Error> {
    /// store.context(|ctx| {
    ///     let outer = ctx.generate(strongroom::KeyUses::CONTENTS)?;
    ///     let text = ctx.child(|child, parent| {
    ///         let own = child.generate(strongroom::KeyUses::CONTENTS)?; // erased at the end of the child
    ///         child.encrypt_text(parent.lend(outer), "milk")
    ///     })?;
    ///     ctx.decrypt_text(outer, &text)?;
    ///     Ok(())
    /// })
    /// # }
    /// ```
    ///
    /// A child's key is not the parent's:
    ///
    /// ```compile_fail,E0521
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.try_context(|ctx| {
    ///     ctx.child(|child, _| {
    ///         let own = child.generate(strongroom::KeyUses::CONTENTS).unwrap();
    ///         ctx.encrypt_text(own, "milk").is_ok()
    ///     })
    /// });
    /// # }
    /// ```
    ///
    /// and a parent's key is not the child's unless it is lent:
    ///
    /// ```compile_fail,E0521
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # fn f(store: &strongroom::KeyStore<Keys>) {
    /// store.try_context(|ctx| {
    ///     let outer = ctx.generate(strongroom::KeyUses::CONTENTS).unwrap();
    ///     ctx.child(|child, _| child.encrypt_text(outer, "milk").is_ok())
    /// });
    /// # }
    /// ```
    pub fn child<R>(&self, f: impl for<'d> FnOnce(&Context<'d, S>, &Parent<'c, 'd>) -> R) -> R {
        let locals = Locals::default();
        f(&Context::new(Reach::of_child(&self.reach, &locals)), &Parent::new())
    }

    /// Looks up a named key. The token is valid as long as the context, for any number of calls.
    ///
    /// ```
    /// # use strongroom::{Error, KeyStore, KeyUses};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { Notes } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// # store.transaction(|tx| { let key = tx.generate(KeyUses::CONTENTS)?; tx.insert(Key::Notes, key) })?;
    /// store.context(|ctx| {
    ///     let notes = ctx.key(Key::Notes)?;
    ///     Ok([ctx.encrypt_text(notes, "milk")?, ctx.encrypt_text(notes, "eggs")?])
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`ErrorKind::UnknownKey`]: the store holds no key of this name.
    /// - [`ErrorKind::OtherKind`]: the key of this name is of another kind, which can happen where keys are named by
    ///   text.
    /// - [`ErrorKind::Locked`]: the store is locked.
    pub fn key<K: Kind>(&self, name: impl KeyName<S, K>) -> Result<Key<'c, K>, Error> {
        self.key_by(&name)
    }

    /// Looks a named key up by a name that is used again.
    pub(crate) fn key_by<K: Kind>(&self, name: &impl KeyName<S, K>) -> Result<Key<'c, K>, Error> {
        self.reach.key(&name.probe())
    }

    /// Returns true if there is a key of this name and the store is not locked.
    #[must_use]
    pub fn contains(&self, name: impl Into<S>) -> bool {
        self.reach.contains(&name.into())
    }

    /// Makes a new symmetric key of XChaCha20-Poly1305 from the system's random source, for these uses.
    ///
    /// Such a key, a COSE key, is best for what a program seals for itself. A wrapped key then says that it is one, and
    /// contents can be bound to [associated data](Self::with_associated_data). For contents that every Bitwarden client
    /// reads, use [`generate_with`](Self::generate_with) and [`SymmetricAlgorithm::Aes256CbcHmacSha256`].
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    pub fn generate(&self, uses: KeyUses) -> Result<Key<'c, Symmetric>, Error> {
        self.generate_with(SymmetricAlgorithm::XChaCha20Poly1305, uses)
    }

    /// Makes a new key of an algorithm from the system's random source, for these uses. The algorithm decides the kind.
    /// A key that signs is for contents. A key that decapsulates is for keys.
    ///
    /// ```
    /// # use strongroom::{Error, KeyStore, KeyUses, algorithms::{AsymmetricAlgorithm, SymmetricAlgorithm}};
    /// # strongroom::key_ids! { enum Keys; symmetric Key { User } }
    /// # let store = KeyStore::<Keys>::open()?;
    /// store.context(|ctx| {
    ///     let key = ctx.generate_with(SymmetricAlgorithm::Xaes256Gcm, KeyUses::KEYS)?;
    ///     let signing = ctx.generate_with(AsymmetricAlgorithm::Ed25519, KeyUses::CONTENTS)?;
    ///     let wrapped = ctx.wrap_key(key, signing)?;
    ///     assert!(wrapped.to_string().starts_with("7."));
    ///     Ok(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    /// - [`Unsupported::Algorithm`](crate::errors::Unsupported::Algorithm): this build leaves the algorithm out.
    pub fn generate_with<A: Algorithm>(&self, algorithm: A, uses: KeyUses) -> Result<Key<'c, A::Kind>, Error> {
        self.make(Operation::Generate, |memory| {
            operation::generate::<A::Kind>(memory, algorithm).map(|key| key.for_uses(uses))
        })
    }

    /// Derives a key for these uses from a password: 32 bytes by `kdf`, stretched to 64 by HKDF-Expand (RFC 5869
    /// section 2.3) with the infos `enc` and `mac`.
    ///
    /// This takes as long as `kdf` says, usually a noticeable part of a second.
    ///
    /// The call cannot know whether the password is new. For a new password take `Kdf::argon2id(3, 64, 4)`, or any
    /// [`NewKdf`](crate::passwords::NewKdf), which proves that its parameters are enough. Store the parameters with
    /// what the key wraps.
    ///
    /// `salt` is used as given. Argon2id takes the SHA-256 of the salt. A program of its own takes a random
    /// [`Salt`](crate::Salt). The salt of a Bitwarden account is its e-mail address, trimmed and in lower case.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key or for the working memory.
    pub fn derive_from_password(
        &self,
        password: &ProtectedBytes,
        kdf: &Kdf,
        salt: impl AsRef<[u8]>,
        uses: KeyUses,
    ) -> Result<Key<'c, Symmetric>, Error> {
        self.make(Operation::Derive, |memory| {
            Ok(Boxed::of(operation::derive(memory, password, kdf, salt.as_ref())?).for_uses(uses))
        })
    }

    /// Decrypts a wrapped key of any kind. The key becomes a local key of this context, for these uses.
    ///
    /// What is done with the key says which kind is expected. Where that leaves the kind open, write
    /// `unwrap_key::<Symmetric>(..)`.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: `by` may not unwrap keys.
    /// - [`ErrorKind::WrongKey`]: another key wrapped the key, or `wrapped` was changed.
    /// - [`ErrorKind::Malformed`]: `wrapped` holds no key of this kind, or is not a COSE_Encrypt0 that can be read.
    /// - [`ErrorKind::Unsupported`]: `wrapped` is of a type that is not unwrapped, or the key in it is an RSA key that
    ///   cannot be used or is of an algorithm that this build leaves out.
    /// - [`ErrorKind::Refused`], [`ErrorKind::Limit`]: there is no room for the key.
    pub fn unwrap_key<K: Kind>(&self, by: Key<'c>, wrapped: &EncString, uses: KeyUses) -> Result<Key<'c, K>, Error> {
        self.reach.make_by::<_, K>(Operation::Unwrap, by, |memory, by| {
            format::unwrap::<K>(memory, by, wrapped).map(|key| key.for_uses(uses))
        })
    }

    /// Encrypts `key`, of any kind, under `by`. This is how keys leave the store.
    ///
    /// Under a key of AES-256-CBC-HMAC-SHA256 the result is of type 2. Under any other key it is of type 7.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: `by` may not wrap keys.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    pub fn wrap_key<K: Kind>(&self, by: Key<'c>, key: Key<'c, K>) -> Result<EncString, Error> {
        self.reach.using_both(Operation::Wrap, by, key, |memory, by, key| format::wrap::<K>(memory, by, key))
    }

    /// Signs bytes. With Ed25519 (RFC 8032 section 5.1.6) the signature has 64 bytes. With ML-DSA-44 (FIPS 204
    /// algorithm 2, the empty context) it has 2,420.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not sign.
    /// - [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of RSA.
    /// - [`ErrorKind::NoRandom`]: the key is of ML-DSA-44, and the system gives no random bytes.
    pub fn sign(&self, key: Key<'c, Asymmetric>, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.reach.making_by(Operation::Sign, key, |memory, key| {
            let signing = operation::signing(memory, key)?;
            let permitted = operation::facts::<Asymmetric>(memory, key)?.operations();
            if !permitted.permit(KeyOperation::Sign) {
                return Err(NotPermitted { operation: KeyOperation::Sign, permitted }.into());
            }
            operation::sign(memory, signing, message)?.ok_or(ErrorKind::NoRandom(None))
        })
    }

    /// Checks a signature of this key, as [`VerifyingKey::verify`](crate::signatures::VerifyingKey::verify) does with
    /// its public half.
    ///
    /// # Errors
    /// - [`ErrorKind::Signature`]: another key made the signature, or the signature or the message was changed.
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`Unsupported::ForAlgorithm`](crate::errors::Unsupported::ForAlgorithm): the key is of RSA.
    pub fn verify(&self, key: Key<'c, Asymmetric>, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.reach.using(Operation::Verify, key, |memory, key| {
            let (_, half) = operation::verifying_key(memory, operation::signing(memory, key)?)?;
            if half.verifies(message, signature) { Ok(()) } else { Err(VerifyError::WrongSignature.into()) }
        })
    }

    /// Encrypts text.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not encrypt.
    /// - [`ErrorKind::NoRandom`]: the system gives no random bytes.
    /// - [`ErrorKind::Limit`]: there is no memory for the result, or the text is longer than the key's algorithm
    ///   encrypts at once.
    pub fn encrypt_text(&self, key: Key<'c>, text: &str) -> Result<EncString, Error> {
        self.encrypt_as(key, ContentType::Utf8Padded, text.as_bytes())
    }

    /// Encrypts bytes.
    ///
    /// # Errors
    /// As for [`encrypt_text`](Self::encrypt_text).
    pub fn encrypt_bytes(&self, key: Key<'c>, bytes: &[u8]) -> Result<EncString, Error> {
        self.encrypt_as(key, ContentType::Octets, bytes)
    }

    pub(crate) fn encrypt_as(&self, key: Key<'c>, content: ContentType, bytes: &[u8]) -> Result<EncString, Error> {
        self.reach
            .using(Operation::Encrypt, key, |memory, key| format::encrypt(memory, key, content, bytes, &External::NONE))
    }

    /// Decrypts text. The result is the caller's: it is in ordinary memory, is erased when dropped, and is not shown by
    /// `Debug`.
    ///
    /// # Errors
    /// - [`ErrorKind::Locked`]: the store is locked.
    /// - [`ErrorKind::NotPermitted`]: the key may not decrypt.
    /// - [`ErrorKind::WrongKey`]: another key encrypted the text, or the text was changed.
    /// - [`ErrorKind::Malformed`]: it holds a key, its contents are not UTF-8, or it is not a COSE_Encrypt0 that can be
    ///   read.
    /// - [`ErrorKind::Unsupported`]: it is of a type that is not opened as contents.
    /// - [`ErrorKind::Limit`]: there is no memory for the result.
    pub fn decrypt_text(&self, key: Key<'c>, text: &EncString) -> Result<Plaintext, Error> {
        self.decrypt_contents(key, text, &External::NONE)
    }

    /// Decrypts bytes. The result is the caller's: it is in ordinary memory, is erased when dropped, and is not shown
    /// by `Debug`.
    ///
    /// # Errors
    /// As for [`decrypt_text`](Self::decrypt_text). Contents that are not UTF-8 are no error.
    pub fn decrypt_bytes(&self, key: Key<'c>, text: &EncString) -> Result<Plaintext<[u8]>, Error> {
        self.decrypt_contents(key, text, &External::NONE)
    }

    pub(crate) fn encrypt_contents<T: Contents>(&self, key: Key<'c>, contents: &T) -> Result<EncString, Error> {
        self.encrypt_as(key, T::CONTENT, contents.as_plain())
    }

    pub(crate) fn decrypt_contents<T: Contents>(
        &self,
        key: Key<'c>,
        text: &EncString,
        external: &External,
    ) -> Result<T, Error> {
        let length = text.max_contents_len();
        let mut plain = Zeroizing::new(Vec::new());
        let failed = |kind| key.failed(Operation::Decrypt, kind);
        plain.try_reserve_exact(length).map_err(|_| failed(Limit::Memory { asked: length }.into()))?;
        plain.resize(length, 0);
        let length = self.reach.using(Operation::Decrypt, key, |memory, key| {
            format::decrypt_into(memory, key, text, external, &mut plain)
        })?;
        plain.truncate(length);
        T::from_plain(plain).map_err(failed)
    }

    fn make<K: Kind>(
        &self,
        operation: Operation,
        make: impl FnMut(&SecretMemory) -> Result<Boxed<K>, ErrorKind>,
    ) -> Result<Key<'c, K>, Error> {
        self.reach.make::<K>(operation, make)
    }
}

/// Shows how many keys it sees, but no name.
impl<S: KeySet> fmt::Debug for Context<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (named, local) = (self.reach.snapshot().len(), self.reach.local_len());
        f.debug_struct("Context").field("named", &named).field("local", &local).finish_non_exhaustive()
    }
}
