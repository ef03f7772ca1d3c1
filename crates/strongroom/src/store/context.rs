//! Read access to one snapshot of the store, and keys of one's own.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use secrecy::{SecretSlice, SecretString};
use strongroom_memory::{SecretBytes, SecretMemory};
use zeroize::Zeroizing;

use super::snapshot::{Changes, Snapshot};
use crate::error::{DecryptError, DeriveError, EncryptError, GenerateError, UnknownKey, UnwrapError, WrapError};
use crate::format;
use crate::format::enc_string::EncString;
use crate::format::sealed::Contents;
use crate::id::{KeyRef, LocalKey};
use crate::kdf::Kdf;
use crate::kind::KeySet;
use crate::kind::Symmetric;
use crate::operation::{self, SymmetricBox};

/// Uses keys: the named ones of one snapshot of the store, and local ones that it makes itself.
///
/// A context is handed to the closure of [`KeyStore::context`](crate::KeyStore::context) and ends with it; then its
/// local keys are erased. It sees the named keys as they were when it began, whatever transactions do meanwhile, and
/// blocks nobody. No call takes or returns the bytes of a key.
pub struct Context<'c, S: KeySet> {
    memory: &'c SecretMemory,
    named: &'c Snapshot<S>,
    /// What the transaction that this context belongs to has changed so far; empty in any other.
    changes: Changes<S>,
    local: Vec<Arc<SymmetricBox>>,
    brand: PhantomData<fn(&'c ()) -> &'c ()>,
}

impl<'c, S: KeySet> Context<'c, S> {
    pub(super) fn new(memory: &'c SecretMemory, named: &'c Snapshot<S>) -> Self {
        Self { memory, named, changes: Changes::<S>::new(), local: Vec::new(), brand: PhantomData }
    }

    /// Whether the snapshot has a key of this name.
    #[must_use]
    pub fn has(&self, id: S::Symmetric) -> bool {
        self.find(id).is_some()
    }

    /// Makes a new key from the system's random source.
    ///
    /// # Errors
    /// [`GenerateError`]: no random bytes, or no room for the key.
    pub fn generate(&mut self) -> Result<LocalKey<'c, Symmetric>, GenerateError> {
        let key = operation::generate(self.memory)?;
        Ok(self.keep(key))
    }

    /// Derives a key from a password: 32 bytes by `kdf`, stretched to 64 by HKDF-Expand (RFC 5869 section 2.3) with the
    /// infos `enc` and `mac`.
    ///
    /// This takes as long as `kdf` says, usually a noticeable part of a second. `salt` is used as given; Argon2id takes
    /// its SHA-256. The salt of an account is its e-mail address, trimmed and in lower case.
    ///
    /// # Errors
    /// [`DeriveError`]: no room for the key or the working memory.
    pub fn derive_from_password(
        &mut self,
        password: &SecretBytes,
        kdf: &Kdf,
        salt: &[u8],
    ) -> Result<LocalKey<'c, Symmetric>, DeriveError> {
        let key = operation::derive(self.memory, password, kdf, salt)?;
        Ok(self.keep(key))
    }

    /// Decrypts a wrapped key. It becomes a local key of this context.
    ///
    /// # Errors
    /// [`UnwrapError`]: `by` is unknown, does not open `wrapped`, or opens something else than a key.
    pub fn unwrap(
        &mut self,
        by: impl Into<KeyRef<'c, S>>,
        wrapped: &EncString,
    ) -> Result<LocalKey<'c, Symmetric>, UnwrapError> {
        let key = format::unwrap(self.memory, self.key(by.into())?, wrapped)?;
        Ok(self.keep(key))
    }

    /// Encrypts `key` under `by`. This is the way in which keys leave.
    ///
    /// # Errors
    /// [`WrapError`]: a key is unknown, or there are no random bytes.
    pub fn wrap(&self, by: impl Into<KeyRef<'c, S>>, key: impl Into<KeyRef<'c, S>>) -> Result<EncString, WrapError> {
        format::wrap(self.memory, self.key(by.into())?, self.key(key.into())?)
    }

    /// Encrypts text.
    ///
    /// # Errors
    /// [`EncryptError`]: the key is unknown, or there is no memory or no random bytes.
    pub fn encrypt_text(&self, key: impl Into<KeyRef<'c, S>>, text: &str) -> Result<EncString, EncryptError> {
        self.encrypt_bytes(key, text.as_bytes())
    }

    /// Encrypts bytes.
    ///
    /// # Errors
    /// As [`encrypt_text`](Self::encrypt_text).
    pub fn encrypt_bytes(&self, key: impl Into<KeyRef<'c, S>>, bytes: &[u8]) -> Result<EncString, EncryptError> {
        format::encrypt(self.memory, self.key(key.into())?, bytes)
    }

    /// Decrypts text. It is the caller's then: in ordinary memory, erased when dropped, not shown by `Debug`.
    ///
    /// # Errors
    /// [`DecryptError`]: the key is unknown or does not open it, or the contents are not UTF-8.
    pub fn decrypt_text(&self, key: impl Into<KeyRef<'c, S>>, text: &EncString) -> Result<SecretString, DecryptError> {
        self.decrypt_contents(key.into(), text)
    }

    /// Decrypts bytes. They are the caller's then: in ordinary memory, erased when dropped, not shown by `Debug`.
    ///
    /// # Errors
    /// [`DecryptError`]: the key is unknown or does not open it.
    pub fn decrypt_bytes(
        &self,
        key: impl Into<KeyRef<'c, S>>,
        text: &EncString,
    ) -> Result<SecretSlice<u8>, DecryptError> {
        self.decrypt_contents(key.into(), text)
    }

    /// Decrypts bytes into the front of `out` and returns how many they are.
    ///
    /// `out` is at least [`max_contents_len`](EncString::max_contents_len) bytes long; what lies behind the contents is
    /// overwritten too. On an error it holds no contents.
    ///
    /// # Errors
    /// [`DecryptError`]: the key is unknown or does not open it, or `out` is too short.
    pub fn decrypt_into(
        &self,
        key: impl Into<KeyRef<'c, S>>,
        text: &EncString,
        out: &mut [u8],
    ) -> Result<usize, DecryptError> {
        format::decrypt_into(self.memory, self.key(key.into())?, text, out)
    }

    pub(crate) fn encrypt_contents<T: Contents>(
        &self,
        key: KeyRef<'c, S>,
        contents: &T,
    ) -> Result<EncString, EncryptError> {
        self.encrypt_bytes(key, contents.as_plain())
    }

    pub(crate) fn decrypt_contents<T: Contents>(
        &self,
        key: KeyRef<'c, S>,
        text: &EncString,
    ) -> Result<T, DecryptError> {
        let length = text.max_contents_len();
        let mut plain = Zeroizing::new(Vec::new());
        plain.try_reserve_exact(length).map_err(|_| DecryptError::OutOfMemory { length })?;
        plain.resize(length, 0);
        let length = self.decrypt_into(key, text, &mut plain)?;
        plain.truncate(length);
        T::from_plain(plain)
    }

    fn key(&self, key: KeyRef<'c, S>) -> Result<&SymmetricBox, UnknownKey> {
        let found = match key {
            KeyRef::Named(id) => self.find(id),
            KeyRef::Local(key) => self.local.get(key.index()).map(AsRef::as_ref),
        };
        found.ok_or_else(|| UnknownKey {
            id: match key {
                KeyRef::Named(id) => format!("{id:?}"),
                KeyRef::Local(key) => format!("{key:?}"),
            },
        })
    }

    fn find(&self, id: S::Symmetric) -> Option<&SymmetricBox> {
        match self.changes.get(&id) {
            Some(change) => change.as_deref(),
            None => self.named.find(id),
        }
    }

    fn keep(&mut self, key: SymmetricBox) -> LocalKey<'c, Symmetric> {
        self.local.push(Arc::new(key));
        LocalKey::new(self.local.len() - 1)
    }

    /// The local key itself, to be named.
    pub(super) fn local(&self, key: LocalKey<'c, Symmetric>) -> Result<Arc<SymmetricBox>, UnknownKey> {
        self.local.get(key.index()).cloned().ok_or_else(|| UnknownKey { id: format!("{key:?}") })
    }

    pub(super) fn changes(&mut self) -> &mut Changes<S> {
        &mut self.changes
    }
}

/// How many keys it sees; not which.
impl<S: KeySet> fmt::Debug for Context<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (named, local) = (self.named.len(), self.local.len());
        f.debug_struct("Context").field("named", &named).field("local", &local).finish_non_exhaustive()
    }
}
